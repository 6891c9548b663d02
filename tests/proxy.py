"""A TCP proxy before a server on the loopback, which does to its bytes what a bad network does."""

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator

# Below those that the kernel gives to whoever connects.
_PORTS = range(15_000, 32_000)
_RESET = struct.pack("ii", 1, 0)
_PIECE = 65_536


def free_port() -> int:
    """Give a port of the loopback that nobody listens on and that no connection is given."""
    while True:
        with socket.socket() as one, contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", random.choice(_PORTS)))
            return int(one.getsockname()[1])


class Proxy:
    """Listens on ``port``; ``delay`` is how many seconds each piece waits on its way."""

    def __init__(self, target: int) -> None:
        self.target, self.port, self.delay = target, free_port(), 0.0
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._door: socket.socket | None = None
        self.mend()

    def freeze(self) -> None:
        """Let connections stand, and be made, but no byte pass either way."""
        self._flowing.clear()

    def cut(self) -> None:
        """End every connection by a reset, and refuse new ones."""
        with self._lock:
            door, self._door = self._door, None
            ends = list(self._open)
        if door is not None:
            # A thread that waits in accept() is woken by this alone.
            with contextlib.suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            door.close()
        for end in ends:
            _reset(end)
        self._flowing.set()

    def mend(self) -> None:
        """Let all pass again, at once."""
        self.delay = 0.0
        self._flowing.set()
        with self._lock:
            if self._door is None:
                self._door = socket.create_server(("127.0.0.1", self.port), backlog=100)
                threading.Thread(target=self._accept, args=(self._door,), daemon=True).start()

    def _accept(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = door.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            _reset(near)
            return
        with self._lock:
            self._open |= {near, far}
        back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
        back.start()
        self._pump(near, far)
        back.join()
        with self._lock:
            self._open -= {near, far}
        near.close()
        far.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                time.sleep(self.delay)
                self._flowing.wait()
                sink.sendall(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxied(target: int) -> Iterator[Proxy]:
    """Put a proxy before a port for a while."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.cut()


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # Whoever waits in recv() on it is woken by the shutdown, and closes it, which resets.
        end.shutdown(socket.SHUT_RD)
