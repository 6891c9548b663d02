"""A data folder and its database as one file: ``backup`` makes it, ``restore`` takes it apart."""
