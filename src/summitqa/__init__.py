"""The core of SummitQA: from a question to cited passages, word for word.

It knows no chat platform and reads no source file: front ends live in ``summitqa_bot``,
the indexer in ``summitqa_index``.
"""

import os

# A question is answered on one thread, and other cores are left to other questions. NumPy's
# OpenBLAS looks at this once, when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
