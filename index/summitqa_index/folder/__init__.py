"""The folder engine's writing side: versions as files on this machine's disk.

Nothing outside knows it but what puts a program together.
"""
