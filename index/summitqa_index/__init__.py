"""The indexer: sources to articles to passages to vectors to a new store version."""
