"""Pages by URL, kept as they were last fetched, so that an unchanged one is not fetched again.

One file a page, in ``HOME/fetched``: a line of JSON, then the body as it came. What is
damaged there is fetched anew.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from summitqa.errors import SourceError
from summitqa_index.sources.fetch import CONTENT_TYPES, Fetched, FetchLimits, fetch, is_label, mark

_FACTS = ("url", "content_type", "charset", "etag", "last_modified")

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is to be read: its bytes, their kind ("html", "txt", …), where it was found."""

    kind: str
    body: bytes
    charset: str | None
    url: str


def is_url(source: str) -> bool:
    """Tell a URL from a path."""
    return bool(re.match(r"https?://", source, re.IGNORECASE))


def page_name(url: str) -> str:
    """Name a page by the last part of its path, without its ending, else by its host."""
    parts = urlsplit(url)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return last.rpartition(".")[0] or last or str(parts.hostname)


def get_page(
    url: str, folder: Path, limits: FetchLimits, read: Callable[[Page], Read], *, keep: bool = True
) -> tuple[Read, str | None]:
    """Fetch a page within limits and ``read`` it; with it what was amiss.

    An unchanged one is not sent again. Where it cannot be fetched or read, the copy in
    ``folder`` stands in, so that a server's bad day takes no article off the shelf; SourceError
    where there is none. Only what could be read is kept, and nothing without ``keep``.
    """
    place = _place(folder, url)
    kept = _load(place)
    try:
        found = fetch(url, previous=kept, limits=limits)
        try:
            result = read(_page(found))
        except SourceError:
            if not found.not_modified:
                raise
            # It is the copy that cannot be read, which the server does not know.
            kept, found = None, fetch(url, previous=None, limits=limits)
            result = read(_page(found))
    except SourceError as error:
        if kept is None:
            raise
        return read(_page(kept)), f"{error}; the copy fetched before stands in"
    if keep and not found.not_modified:
        _write(place, _packed(found))
    return result, None


def fetch_page(url: str, limits: FetchLimits) -> bytes:
    """Fetch a page, whatever is kept of it; give it as a page is kept, but keep nothing."""
    return _packed(fetch(url, previous=None, limits=limits))


def kept_page(url: str, folder: Path) -> bytes | None:
    """Give a page as it is kept in ``folder``, ``None`` where it is not, or not whole."""
    found = _load(_place(folder, url))
    return _packed(found) if found else None


def keep_page(url: str, folder: Path, raw: bytes) -> None:
    """Keep in ``folder`` what ``fetch_page`` gave."""
    _write(_place(folder, url), raw)


def unpacked(raw: bytes) -> Page:
    """Give the page that these bytes keep; SourceError where they keep none."""
    found = _unpacked(raw)
    if found is None:
        raise SourceError("is not kept as a page that was fetched; look at it anew")
    return _page(found)


def size(folder: Path, urls: Iterable[str] | None = None) -> int:
    """Count the bytes of the pages kept in ``folder``: of those of some URLs, or of all."""
    places = None if urls is None else {_place(folder, url) for url in urls}
    total = 0
    for path in folder.glob("*.page") if not folder.is_symlink() else ():
        with suppress(OSError):
            total += path.lstat().st_size if places is None or path in places else 0
    return total


def prune(folder: Path, urls: Iterable[str]) -> None:
    """Remove the pages kept in ``folder`` but for those of some URLs."""
    kept = {_place(folder, url) for url in urls}
    for path in folder.glob("*.page") if not folder.is_symlink() else ():
        if path not in kept:
            with suppress(OSError):
                path.unlink()


def _place(folder: Path, url: str) -> Path:
    return folder / f"{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()[:32]}.page"


def _page(found: Fetched) -> Page:
    return Page(CONTENT_TYPES[found.content_type], found.body, found.charset, found.url)


def _load(place: Path) -> Fetched | None:
    """Load a kept page; ``None`` for what is damaged, or was kept with headers not fit to keep."""
    try:
        return _unpacked(place.read_bytes())
    except OSError:
        return None


def _unpacked(raw: bytes) -> Fetched | None:
    head, _, body = raw.partition(b"\n")
    try:
        facts = json.loads(head)
        if facts["sha256"] != hashlib.sha256(body).hexdigest():
            return None
        found = Fetched(facts["url"], body, facts["content_type"], facts["charset"])
        sound = is_url(found.url) and found.content_type in CONTENT_TYPES
        if not sound or not (found.charset is None or is_label(found.charset)):
            return None
        etag, last_modified = mark(facts["etag"]), mark(facts["last_modified"])
        return replace(found, etag=etag, last_modified=last_modified)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _packed(found: Fetched) -> bytes:
    facts = {name: getattr(found, name) for name in _FACTS}
    head = json.dumps({**facts, "sha256": hashlib.sha256(found.body).hexdigest()})
    return head.encode() + b"\n" + found.body


def _write(place: Path, raw: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_suffix(".new")
    aside.write_bytes(raw)
    aside.replace(place)
