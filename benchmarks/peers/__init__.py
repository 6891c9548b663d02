"""Other retrieval systems on the same encoder, each in a process of the peers' environment."""
