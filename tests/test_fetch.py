"""A page comes from a public address that was checked, within its limits, or not at all."""

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from summitqa.errors import SourceError
from summitqa_index.sources.fetch import Fetched, FetchLimits, fetch
from summitqa_index.sources.network import Address

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers on 127.0.0.1 as a test says, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: Answer = page(b"<p>Hello</p>")
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str = "/", host: str = "site.example", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.server_port}{path}"

    def limits(self, **others: float | str) -> FetchLimits:
        return replace(FetchLimits(ports=frozenset({self.server_port})), **others)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: clients hang up on purpose here."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        self.server.answer(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def page(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        sent = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
        for name, value in {**sent, **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def home(host: str) -> Sequence[str]:
    return ["127.0.0.1"]


def local(address: Address) -> bool:
    return address == ip_address("127.0.0.1")


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(name="server")
def started() -> Iterator[Server]:
    with serving(Server()) as running:
        yield running


def get(server: Server, path: str = "/", **known: object) -> Fetched:
    options = {"resolver": home, "allow": local, "limits": server.limits(), **known}
    return fetch(server.url(path), **options)  # type: ignore[arg-type]


def test_a_page_comes_with_what_the_server_said_of_it(server: Server) -> None:
    server.answer = page(b"Gr\xfc\xdfe", Content_Type="text/plain; charset=latin-1", ETag='"v1"')
    got = get(server, "/a b/ü?q=1#part")
    assert (got.body, got.content_type, got.charset) == (b"Gr\xfc\xdfe", "text/plain", "latin-1")
    assert got.etag == '"v1"'
    assert got.url == server.url("/a b/ü?q=1")
    path, headers = server.asked[0]
    assert path == "/a%20b/%C3%BC?q=1"
    assert headers["User-Agent"] == "SummitQA/0.1"
    assert headers["Host"] == f"site.example:{server.server_port}"
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)


def test_an_unchanged_page_is_not_sent_again(server: Server) -> None:
    server.answer = page(b"<p>One</p>", ETag='"v1"', Last_Modified="Sat, 16 Aug 2025 10:00:00 GMT")
    first = get(server)
    server.answer = page(b"", 304, Content_Type="", Content_Length="")
    again = get(server, previous=first)
    assert again == replace(first, not_modified=True)
    assert server.asked[1][1]["If-None-Match"] == '"v1"'
    assert server.asked[1][1]["If-Modified-Since"] == "Sat, 16 Aug 2025 10:00:00 GMT"


def test_marks_of_one_page_are_not_sent_for_another(server: Server) -> None:
    other = Fetched(server.url("/other"), b"x", "text/html", etag='"v1"')
    server.answer = page(b"", 304, Content_Type="", Content_Length="")
    with pytest.raises(SourceError, match="answered 304"):
        get(server, previous=other)
    assert "If-None-Match" not in server.asked[0][1]


def test_a_changed_page_replaces_the_old_one(server: Server) -> None:
    old = Fetched(server.url(), b"old", "text/html", etag='"v1"')
    got = get(server, previous=old)
    assert got.body == b"<p>Hello</p>"
    assert not got.not_modified


@pytest.mark.parametrize("url", [
    "ftp://site.example/", "file:///etc/passwd", "http:///x", "http://user:pw@site.example/",
    "http://user@site.example/", "http://site.example:22/", "http://site.example:0/",
    "http://site.example:99999/", "http://[::1/", "javascript:alert(1)", "", "http://..", "http://a..b/",
])  # fmt: skip
def test_a_url_that_may_not_be_used_is_refused(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        fetch(url, resolver=lambda host: ["8.8.8.8"])
    assert "pw" not in str(caught.value)


def test_redirects_are_followed_to_the_end_but_not_for_ever(server: Server) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        step = int(handler.path[1:] or 0)
        moved = page(b"", 307, Location=f"/{step + 1}")
        (page(b"<p>End</p>") if step == 5 else moved)(handler)

    server.answer = answer
    assert get(server).url == server.url("/5")
    with pytest.raises(SourceError, match="redirects more than 5 times"):
        get(server, "/6")


def test_a_page_over_the_size_is_refused_with_and_without_its_length(server: Server) -> None:
    for length in ("2001", ""):
        server.answer = page(b"x" * 2001, Content_Length=length)
        with pytest.raises(SourceError, match="larger than"):
            get(server, limits=server.limits(size=2000))
    server.answer = page(b"x" * 2000)
    assert len(get(server, limits=server.limits(size=2000)).body) == 2000


def test_gzip_is_unpacked_and_a_bomb_is_not(server: Server) -> None:
    server.answer = page(gzip.compress(b"a" * 70000) + gzip.compress(b"b"), Content_Encoding="gzip")
    assert get(server).body == b"a" * 70000 + b"b"
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    server.answer = page(bomb, Content_Encoding="gzip")
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="larger than 10 MB"):
            get(server)
        assert tracemalloc.get_traced_memory()[1] < 25_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "packing"),
    [(zlib.compress(b"x"), "gzip"), (gzip.compress(b"x" * 999)[:-9], "gzip"), (b"x", "br")],
    ids=["zlib", "cut short", "br"],  # of bytes an id would hold the time of day
)
def test_a_body_packed_wrongly_is_refused(server: Server, body: bytes, packing: str) -> None:
    server.answer = page(body, Content_Encoding=packing)
    with pytest.raises(SourceError):
        get(server)


def test_a_body_cut_short_is_refused(server: Server) -> None:
    server.answer = page(b"half", Content_Length="8")
    with pytest.raises(SourceError, match="ended before"):
        get(server)


@pytest.mark.parametrize("slow_head", [True, False])
def test_a_server_that_drips_is_left_at_the_deadline(server: Server, slow_head: bool) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if slow_head:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        else:
            page(b"", Content_Length="")(handler)
        for _ in range(100):
            handler.wfile.write(b"X")
            handler.wfile.flush()
            time.sleep(0.05)

    server.answer = answer
    start = time.monotonic()
    with pytest.raises(SourceError, match=r"took longer than 0\.4 s"):
        get(server, limits=server.limits(seconds=0.4))
    assert time.monotonic() - start < 4  # of the five seconds that all of it would take


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "text/javascript", ""])
def test_other_content_is_refused(server: Server, kind: str) -> None:
    server.answer = page(b"x", Content_Type=kind)
    with pytest.raises(SourceError, match="content type"):
        get(server)


@pytest.mark.parametrize("status", [204, 401, 404, 500, 999])
def test_an_error_of_the_server_is_told(server: Server, status: int) -> None:
    server.answer = page(b"", status)
    with pytest.raises(SourceError, match=f"answered {status}"):
        get(server)


def test_what_is_no_http_is_one_sentence(server: Server) -> None:
    server.answer = lambda handler: handler.wfile.write(b"\x16\x03\x01 nonsense\r\n\r\n") and None
    with pytest.raises(SourceError, match="could not be fetched"):
        get(server)


def test_a_closed_port_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    limits = FetchLimits(ports=frozenset({port}))
    with pytest.raises(SourceError, match="could not be fetched: Connection refused"):
        fetch(f"http://a.example:{port}/", resolver=home, allow=local, limits=limits)


def test_a_chunk_of_less_than_nothing_is_not_read_to_its_end(server: Server) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        page(b"-1\r\n", Content_Length="", Transfer_Encoding="chunked")(handler)
        for _ in range(60):
            handler.wfile.write(b"x" * 1_000_000)

    server.answer = answer
    tracemalloc.start()
    try:
        with pytest.raises(SourceError):
            get(server)
        assert tracemalloc.get_traced_memory()[1] < 25_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content_type", [
    "text/html; charset*=utf-8''x; charset*0=y", "text/html; charset*0=a; charset*1=b",
    "text/html; charset=a; charset=b", "text/html; charset=\"",
    "text/html; charset=" + "x" * 99, "text/html; charset*=utf-8''latin-1",
])  # fmt: skip
def test_a_charset_that_cannot_be_read_is_one_sentence(server: Server, content_type: str) -> None:
    server.answer = page(b"<p>Hello</p>", Content_Type=content_type)
    with pytest.raises(SourceError, match="content type that cannot be read") as caught:
        get(server)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(("content_type", "charset"), [
    ("TEXT/HTML;Charset=UTF-8", "UTF-8"), ('text/html; charset="latin-1"; a=b', "latin-1"),
    ("text/html;;", None), ("text/html; boundary=x", None), ("text/html ; charset = utf-8 ", "utf-8"),
])  # fmt: skip
def test_a_charset_is_read_however_it_is_written(server, content_type, charset) -> None:
    server.answer = page(b"<p>Hello</p>", Content_Type=content_type)
    assert (get(server).content_type, get(server).charset) == ("text/html", charset)


@pytest.mark.parametrize("mark", ["e" * 9000, "caf\xe9", "\x7f"])
def test_a_mark_that_no_server_needs_is_not_kept(server: Server, mark: str) -> None:
    server.answer = page(b"<p>Hello</p>", ETag=mark, Last_Modified=mark)
    got = get(server)
    assert (got.etag, got.last_modified) == (None, None)
