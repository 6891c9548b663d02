"""Break the index, its builds and its sources in every way we know; see ``__main__``."""
