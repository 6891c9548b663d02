"""Every header a server can send: a page costs at most itself, its kept copy stands in, and a good
answer afterwards is taken as if nothing had been."""

import itertools
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from summitqa_index.sources import fetch as fetching
from summitqa_index.sources import pages
from tests.fakes import index, library, write
from tests.faults.common import Tally, require

_NAMES = (
    b"Content-Type", b"Content-Length", b"Location", b"ETag", b"Last-Modified", b"Content-Encoding",
    b"Transfer-Encoding", b"Connection", b"Set-Cookie", b"Vary", b"Date", b"Age",
)  # fmt: skip
_VALUES = (
    b"", b" ", b"\0", b"text/plain; charset*=utf-8''x; charset*0=y", b"text/plain; charset=utf\0-8",
    b"text/plain; charset*0=u; charset*1*=t", b"text/plain; charset*1=x", b"text/plain; charset*=x",
    b"text/plain; charset=\"", b"text/plain; charset=", b"text/plain;charset=a;charset=b", b"text/plain;",
    b"text/plain; charset=" + b"x" * 9000, b"text/plain; charset=hex", b"text/plain; charset=rot13",
    b"text/plain; charset=unicode_escape", b"text/plain; charset=idna", b"text/plain; charset=utf-16",
    b"text/plain; charset=\xff\xfe", b"text/plain; =;;;=", b"; charset=x", b"text/plain; a*0*=x''%",
    b"TEXT/PLAIN", b"text", b"/", b"text/plain/x", b"application/pdf; charset*=x''y", b"multipart/mixed",
    b"message/rfc822", b"-1", b"0", b"1", b"99999999999999999999999", b"1e9", b"0x10", b"1,2", b"+5",
    b"\xb2", b"/x y", b"//", b"//[::1", b"http://[", b"http://user:pw@site.example/", b"javascript:x",
    b"http://127.0.0.1:1/", b"http://\0/", b"http://a..b/", b"?" * 9000, b"file:///etc/passwd",
    b"http://site.example:99999/", b"\xe6\x97\xa5", b"%00", b"%", b"#", b"W/\"1\"", b"\"\r", b"\x85",
    b"\"" + b"e" * 9000 + b"\"", b"\xff" * 99, b"a\x0bb\x0cc", b"chunked", b"chunked, chunked", b"gzip",
    b"gzip, gzip", b"br", b"identity, gzip", b"GZIP\0", b"close", b"keep-alive", b"upgrade", b"x" * 65_000,
    b"Sat, 99 Foo 99999 99:99:99 GMT", b"=?utf-8?q?=00?=", b"=?x?b?y?=", b"(" * 5000, b"\"" * 5000,
)  # fmt: skip
_STATUS = (b"200 OK", b"301 Moved", b"304 Not Modified", b"206 Partial", b"100 Continue", b"-1 X")
_GOOD = b"The storm took %s in the night."


class _Server:
    """Sends one raw answer to whoever asks, on 127.0.0.1."""

    def __init__(self) -> None:
        self.answer = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.settimeout(2)
                    asked = peer.recv(65_536)
                    while asked and b"\r\n\r\n" not in asked[-8192:]:
                        asked += peer.recv(65_536)
                    peer.sendall(self.answer)
                    peer.shutdown(socket.SHUT_WR)
                    peer.recv(1)
                except OSError:
                    continue

    def close(self) -> None:
        self._socket.close()


@contextmanager
def _serving() -> Iterator[_Server]:
    """Let pages be fetched from the loopback server as if it were public."""
    server, real = _Server(), fetching.fetch
    local = partial(real, resolver=lambda host: ["127.0.0.1"], allow=lambda address: True)

    def fetch(url: str, *, previous, limits):
        given = fetching.FetchLimits(limits.size, 5.0, ports=frozenset({server.port}))
        return local(url, previous=previous, limits=given)

    pages.fetch = fetch
    try:
        yield server
    finally:
        pages.fetch = real
        server.close()


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    with _serving() as server:
        shelf = write(folder / "s", {"a.txt": "The bell rings."})
        _all(server, folder / "home", shelf, quick, tally)
    return tally


def _all(server: _Server, home: Path, shelf: Path, quick: bool, tally: Tally) -> None:
    words = itertools.count()
    rolls = random.Random(24)
    sources = (shelf, f"http://site.example:{server.port}/storm")
    build: Callable[..., object] = partial(index, home, *sources, allow_urls=True)
    server.answer = _answer(b"200 OK", [(b"Content-Type", b"text/plain")], _GOOD % b"the roof")
    build()
    for what, answer in _hostile(rolls, quick):

        def survive(answer: bytes = answer) -> None:
            server.answer = answer
            build()
            store = library(home).store
            require(len(store.slugs) == 2, "an article has gone")
            word = b"roof%d" % next(words)
            head = [(b"Content-Type", b"text/plain; charset=utf-8"), (b"ETag", b'"1"')]
            server.answer = _answer(b"200 OK", head, _GOOD % word)
            report = build()
            require(not report.skipped, f"still named afterwards: {report.skipped}")
            store = library(home).store
            require(word.decode() in store.article("storm").text, "not taken anew")

        tally.attempt(what, survive)


def _hostile(rolls: random.Random, quick: bool) -> Iterator[tuple[str, bytes]]:
    body = _GOOD % b"a tree"
    names = _NAMES[:6] if quick else _NAMES
    pairs = [(name, value) for name in names for value in _VALUES]
    for name, value in rolls.sample(pairs, 40 if quick else 300):
        status = b"301 Moved" if name == b"Location" else b"200 OK"
        heads = (
            [(name, value)]
            if name == b"Content-Type"
            else [(b"Content-Type", b"text/plain"), (name, value)]
        )
        yield f"{name.decode()}: {value[:50]!r}", _answer(status, heads, body)
    for number in range(20 if quick else 100):
        heads = [
            (rolls.choice(_NAMES), rolls.choice(_VALUES)) for _ in range(rolls.randrange(1, 9))
        ]
        yield (
            f"mixed {number}: {[h[1][:20] for h in heads]}",
            _answer(rolls.choice(_STATUS), heads, body),
        )
    for chunk in (
        b"-1",
        b"-8",
        b"0x5",
        b"5;" + b"x" * 70_000,
        b"f" * 40,
        b"",
        b" 5",
        b"+5",
        b"\xb2",
    ):
        heads = [(b"Content-Type", b"text/plain"), (b"Transfer-Encoding", b"chunked")]
        yield f"a chunk of {chunk[:9]!r}", _answer(b"200 OK", heads, chunk + b"\r\n" + body)
    yield "no head", b"\r\n\r\n"
    yield "a head without end", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000
    yield "many heads", _answer(b"200 OK", [(b"X", b"y")] * 101, body)


def _answer(status: bytes, heads: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    lines = b"".join(b"%s: %s\r\n" % head for head in heads)
    return b"HTTP/1.1 %s\r\n%s\r\n%s" % (status, lines, body)
