"""How the weights that come with the package were trained; no part of what is installed."""
