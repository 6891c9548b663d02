"""Counting answers."""

import threading


class Tally:
    """How many questions were answered, and how many of them from memory; from many threads."""

    def __init__(self) -> None:
        self.answers = 0
        self.remembered = 0
        self._lock = threading.Lock()

    def add(self, *, remembered: bool) -> None:
        """Count an answer."""
        with self._lock:
            self.answers += 1
            self.remembered += remembered
