"""Where a command prints: what was asked for, and what is said besides."""

from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
