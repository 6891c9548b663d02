"""Retrieval quality, speed and memory of SummitQA, beside peers; ``python -m benchmarks``."""

import os

# One thread for everything, before any library counts the cores.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
