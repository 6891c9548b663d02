"""Pages by http(s), from public addresses only, within limits of size, time and redirects.

The host is resolved once and every address checked; the connection is made to a checked
address itself, so that no second look-up can lead anywhere else.
"""

import asyncio
import re
import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit

from summitqa.errors import SourceError
from summitqa_index.sources.network import Address, Resolver, is_public, resolve, system_resolver

if TYPE_CHECKING:
    from aiohttp import ClientResponse

CONTENT_TYPES = MappingProxyType({
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
})  # fmt: skip

MB = 1_000_000
_AGENT = "SummitQA/0.1"
_SCHEMES = {"http": 80, "https": 443}
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65536
_CHARSET = re.compile(r";\s*charset([^=;]*=\s*(?:\"[^\"]*\"?|[^;]*))", re.IGNORECASE)
_LABEL = re.compile(r'[\w.:+-]{1,40}|"[\w.:+-]{1,40}"', re.ASCII)
_LONGEST = 256  # characters of a mark: the longest in use are hashes


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one page may cost: ``size`` in bytes, unpacked; ``seconds`` for all its redirects.

    ``set_by``: what sets the size, in a clause that follows it.
    """

    size: int = 10_000_000
    seconds: float = 20.0
    redirects: int = 5
    ports: frozenset[int] = frozenset({80, 443})
    set_by: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: its bytes, unpacked, and what the server said of them.

    ``url`` is where it was found in the end; ``content_type`` a key of ``CONTENT_TYPES``. With
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
    limits: FetchLimits | None = None,
    allow: Callable[[Address], bool] = is_public,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """Fetch a page, or learn that it is as ``previous`` has it.

    ``allow`` says which addresses may be connected to; ``tls`` replaces the system's trust.
    Raises ``SourceError``, its message a reason that follows the URL ("… answered 404 …").
    """
    way = _Way(limits or FetchLimits(), resolver, allow, tls)
    # A loop of its own, which nothing else waits on: a look-up may hold it.
    return asyncio.run(_in_time(urldefrag(url).url, previous, way))


@dataclass(frozen=True, slots=True)
class _Way:
    """How every request of a page is made."""

    limits: FetchLimits
    resolver: Resolver
    allow: Callable[[Address], bool]
    tls: ssl.SSLContext | None


async def _in_time(url: str, previous: Fetched | None, way: _Way) -> Fetched:
    try:
        async with asyncio.timeout(way.limits.seconds):
            return await _follow(url, previous, way)
    except TimeoutError:
        raise SourceError(f"took longer than {way.limits.seconds:g} s") from None


async def _follow(url: str, previous: Fetched | None, way: _Way) -> Fetched:
    """Go from redirect to redirect, each checked as the first was."""
    from summitqa_index.sources.client import asked  # aiohttp, which a page alone takes

    for _ in range(way.limits.redirects + 1):
        parts = _parse(url, way.limits)
        addresses = resolve(str(parts.hostname), way.resolver, way.allow)
        known = previous if previous and previous.url == url else None
        async with asked(parts.geturl(), _headers(known), addresses, way.tls) as answer:
            if answer.status not in _MOVED:
                return await _take(answer, url, known, way.limits)
            # Quoted, the header's bytes are what was sent.
            place = quote(_header(answer, "Location"), "/%:?#[]@!$&'()*+,;=~", "latin-1")
            url = urldefrag(urljoin(url, place)).url
    raise SourceError(f"redirects more than {way.limits.redirects} times")


def _parse(url: str, limits: FetchLimits) -> SplitResult:
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


def _headers(known: Fetched | None) -> dict[str, str]:
    conditions = {
        "If-None-Match": known and known.etag,
        "If-Modified-Since": known and known.last_modified,
    }
    return {
        "User-Agent": _AGENT,
        "Accept": ", ".join(CONTENT_TYPES),
        "Accept-Encoding": "gzip",
        **{name: value for name, value in conditions.items() if value},
    }


async def _take(
    answer: "ClientResponse", url: str, known: Fetched | None, limits: FetchLimits
) -> Fetched:
    if answer.status == HTTPStatus.NOT_MODIFIED and known:
        return replace(known, not_modified=True)
    if answer.status != HTTPStatus.OK:
        raise SourceError(f"answered {answer.status} ({_phrase(answer.status)})")
    content_type, charset = _content_type(_header(answer, "Content-Type"))
    return Fetched(
        url,
        await _body(answer, limits),
        content_type,
        charset=charset,
        etag=mark(_header(answer, "ETag")),
        last_modified=mark(_header(answer, "Last-Modified")),
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown status"


def _header(answer: "ClientResponse", name: str) -> str:
    """Give the first header of a name, its bytes read as Latin-1; "" where there is none."""
    sent = (value for given, value in answer.raw_headers if given.lower() == name.lower().encode())
    return next(sent, b"").decode("latin-1")


def _content_type(header: str) -> tuple[str, str | None]:
    """Read the kind and the charset, as RFC 9110 (8.3) writes them; SourceError for any other."""
    kind, *_ = header.split(";", 1)
    kind = kind.strip().lower()
    if kind not in CONTENT_TYPES:
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


async def _body(answer: "ClientResponse", limits: FetchLimits) -> bytes:
    packing = (_header(answer, "Content-Encoding") or "identity").strip().lower()
    if packing not in {"identity", "gzip", "x-gzip"}:
        raise SourceError(f"is packed as {packing[:20]!r}, though only gzip was offered")
    pieces = _limited(answer.content.iter_chunked(_CHUNK), limits)
    if packing.endswith("gzip"):
        pieces = _limited(_unpack(pieces), limits)
    return b"".join([piece async for piece in pieces])


async def _limited(pieces: AsyncIterator[bytes], limits: FetchLimits) -> AsyncIterator[bytes]:
    total = 0
    async for piece in pieces:
        total += len(piece)
        if total > limits.size:
            raise SourceError(f"is larger than {limits.size / MB:.3g} MB{limits.set_by}")
        yield piece


async def _unpack(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Unpack gzip, of one member or several, never more than a chunk at a time."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    async for piece in pieces:
        rest = piece
        while rest:
            if inflate.eof:
                inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield inflate.decompress(rest, _CHUNK)
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    yield inflate.flush()
    if not inflate.eof:
        raise SourceError("ended before all of it had come")
