"""Retrieval quality, speed and memory of SummitQA, beside peers; ``python -m benchmarks``."""
