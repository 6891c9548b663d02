"""The folder engine: a version as files on this machine's disk, read through the joint.

Nothing outside knows it but ``summitqa.library``, which opens versions, and the indexer's
``summitqa_index.folder``, which writes them.
"""
