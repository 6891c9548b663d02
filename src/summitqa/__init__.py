"""The core of SummitQA: from a question to cited passages, word for word.

It knows no chat platform and reads no source file: front ends live in ``bot``, the
indexer in ``index``.
"""
