"""The core of SummitQA: from a question to cited passages, word for word.

It knows no chat platform and reads no source file: front ends live in ``summitqa_bot``,
the indexer in ``summitqa_index``.
"""

import os

# A question is answered on one thread, and other cores are left to other questions. NumPy's
# OpenBLAS looks at this once, when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# ONNX Runtime's own builds report to their maker what they run on, unless they find this when they
# are loaded; the call that they have for it comes after the first report.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
