"""Pages by http(s), from public addresses only, within limits of size, time and redirects.

The host is resolved once and every address checked; the connection is made to a checked
address itself, so that no second look-up can lead anywhere else.
"""

import http.client
import re
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit

from summitqa.errors import SourceError
from summitqa_index.sources.network import (
    Address,
    Resolver,
    connect,
    is_public,
    resolve,
    system_resolver,
    until,
)

KINDS = MappingProxyType({
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
})  # fmt: skip

_AGENT = "SummitQA/0.1"
_SCHEMES = {"http": 80, "https": 443}
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65536
_CHARSET = re.compile(r";\s*charset([^=;]*=\s*(?:\"[^\"]*\"?|[^;]*))", re.IGNORECASE)
_LABEL = re.compile(r'[\w.:+-]{1,40}|"[\w.:+-]{1,40}"', re.ASCII)
_LONGEST = 256  # characters of a mark: the longest in use are hashes


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may cost: ``size`` in bytes, unpacked; ``seconds`` for all its redirects."""

    size: int = 10 * 2**20
    seconds: float = 20.0
    redirects: int = 5
    ports: frozenset[int] = frozenset({80, 443})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: its bytes, unpacked, and what the server said of them.

    ``url`` is where it was found in the end; ``content_type`` a key of ``KINDS``. With
    ``not_modified`` the server said so, and all else is as it was the time before.
    """

    url: str
    body: bytes
    content_type: str
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    not_modified: bool = False


def fetch(
    url: str,
    *,
    resolver: Resolver = system_resolver,
    previous: Fetched | None = None,
    limits: Limits | None = None,
    allow: Callable[[Address], bool] = is_public,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """Fetch a page, or learn that it is as ``previous`` has it.

    ``allow`` says which addresses may be connected to; ``tls`` replaces the system's trust.
    Raises ``SourceError``, its message a reason that follows the URL ("… answered 404 …").
    """
    limits, url = limits or Limits(), urldefrag(url).url
    ends = time.monotonic() + limits.seconds
    for _ in range(limits.redirects + 1):
        parts = _parse(url, limits)
        addresses = resolve(str(parts.hostname), resolver, allow)
        known = previous if previous and previous.url == url else None
        with (
            _open(parts, addresses, ends, limits, tls) as connection,
            _ask(connection, parts, known) as answer,
        ):
            if answer.status not in _MOVED:
                return _take(answer, url, known, limits)
            # A header is bytes read as Latin-1; quoted, those bytes are what was sent.
            place = quote(answer.headers.get("Location", ""), "/%:?#[]@!$&'()*+,;=~", "latin-1")
            url = urldefrag(urljoin(url, place)).url
    raise SourceError(f"redirects more than {limits.redirects} times")


def _parse(url: str, limits: Limits) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = _SCHEMES.get(parts.scheme) if parts.port is None else parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").rstrip(".")
    except ValueError:
        raise SourceError("is not a valid URL") from None
    if parts.scheme not in _SCHEMES or not host:
        raise SourceError("is not an http or https URL with a host")
    if parts.username is not None or parts.password is not None:
        raise SourceError("holds a user name or password, which a URL here may not")
    if port not in limits.ports:
        raise SourceError(f"names port {port}, but only {sorted(limits.ports)} may be used")
    netloc = f"[{host}]" if ":" in host else host
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    return SplitResult(parts.scheme, f"{netloc}:{port}", path, query, "")


@contextmanager
def _open(
    parts: SplitResult,
    addresses: Sequence[Address],
    ends: float,
    limits: Limits,
    tls: ssl.SSLContext | None,
) -> Iterator[http.client.HTTPConnection]:
    """Connect to a checked address; end in a SourceError whatever the network does."""
    late = SourceError(f"took longer than {limits.seconds:g} s")
    host, port = str(parts.hostname), parts.port or 0
    context = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
    try:
        with connect(host, port, addresses, ends, context) as sock, until(ends, sock):
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            connection = http.client.HTTPConnection(host, port)
            connection.default_port = _SCHEMES[parts.scheme]  # for the Host header
            connection.sock = sock
            connection.auto_open = 0  # never to connect anew, which would look the host up
            yield connection
    except ssl.SSLCertVerificationError as error:
        raise SourceError(f"has a certificate that is not valid: {error.verify_message}") from None
    except (SourceError, OSError, http.client.HTTPException, zlib.error, ValueError) as error:
        if time.monotonic() >= ends:
            raise late from None
        if isinstance(error, SourceError):
            raise
        what = getattr(error, "strerror", None) or type(error).__name__
        raise SourceError(f"could not be fetched: {what}") from None
    if time.monotonic() >= ends:  # what was cut off may look like an end
        raise late


def _ask(
    connection: http.client.HTTPConnection, parts: SplitResult, known: Fetched | None
) -> http.client.HTTPResponse:
    conditions = {
        "If-None-Match": known and known.etag,
        "If-Modified-Since": known and known.last_modified,
    }
    headers = {
        "User-Agent": _AGENT,
        "Accept": ", ".join(KINDS),
        "Accept-Encoding": "gzip",
        "Connection": "close",
        **{name: value for name, value in conditions.items() if value},
    }
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request("GET", target, headers=headers)
    return connection.getresponse()


def _take(
    answer: http.client.HTTPResponse, url: str, known: Fetched | None, limits: Limits
) -> Fetched:
    if answer.status == HTTPStatus.NOT_MODIFIED and known:
        return replace(known, not_modified=True)
    if answer.status != HTTPStatus.OK:
        phrase = http.client.responses.get(answer.status, "an unknown status")
        raise SourceError(f"answered {answer.status} ({phrase})")
    content_type, charset = _content_type(answer.headers.get("Content-Type", ""))
    return Fetched(
        url,
        _body(answer, limits.size),
        content_type,
        charset=charset,
        etag=mark(answer.headers.get("ETag")),
        last_modified=mark(answer.headers.get("Last-Modified")),
    )


def _content_type(header: str) -> tuple[str, str | None]:
    """Read the kind and the charset, as RFC 9110 (8.3) writes them; SourceError for any other."""
    kind, *_ = header.split(";", 1)
    kind = kind.strip().lower()
    if kind not in KINDS:
        raise SourceError(
            f"has the content type {kind[:60]!r}, not that of a page, text, PDF or docx"
        )
    given = [match[1].strip().removeprefix("=").strip() for match in _CHARSET.finditer(header)]
    # A charset in pieces or in a language (RFC 2231) is none that HTTP knows.
    if len(given) > 1 or not all(map(is_label, given)):
        raise SourceError(f"has a content type that cannot be read: {header[:100]!r}")
    return kind, given[0].strip('"') if given else None


def is_label(charset: object) -> bool:
    """Tell whether something may name a charset, in quotes or not."""
    return isinstance(charset, str) and _LABEL.fullmatch(charset) is not None


def mark(header: object) -> str | None:
    """Give an ETag or a date as it may be sent back; ``None`` for what no server needs sent."""
    text = " ".join(header.split()) if isinstance(header, str) else ""
    return text if text.isascii() and text.isprintable() and 0 < len(text) <= _LONGEST else None


def _body(answer: http.client.HTTPResponse, size: int) -> bytes:
    packing = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in {"", "identity", "gzip", "x-gzip"}:
        raise SourceError(f"is packed as {packing[:20]!r}, though only gzip was offered")
    pieces = _limited(_pieces(answer), size)
    if packing.endswith("gzip"):
        pieces = _limited(_unpack(pieces), size)
    body = b"".join(pieces)
    if answer.length:
        raise SourceError("ended before all of it had come")
    return body


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    # Into a buffer: ``read`` takes a chunk of size -1 for all that the server ever sends.
    buffer = bytearray(_CHUNK)
    while count := answer.readinto(buffer):
        yield bytes(buffer[:count])


def _limited(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > size:
            raise SourceError(f"is larger than {size / 2**20:.3g} MB")
        yield piece


def _unpack(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip, of one member or several, never more than a chunk at a time."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for piece in pieces:
        rest = piece
        while rest:
            if inflate.eof:
                inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield inflate.decompress(rest, _CHUNK)
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    yield inflate.flush()
    if not inflate.eof:
        raise SourceError("ended before all of it had come")
