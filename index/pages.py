"""Pages by URL, kept as they were last fetched, so that an unchanged one is not fetched again.

One file a page, in ``HOME/fetched``: a line of JSON, then the body as it came. What is
damaged there is fetched anew.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from index.fetch import KINDS, Fetched, Limits, fetch
from summitqa.errors import SourceError

_FACTS = ("url", "content_type", "charset", "etag", "last_modified")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is to be read: its bytes, their kind ("html", "txt", …), where it was found.

    ``trouble`` says why it could not be fetched this time, where a copy stands in.
    """

    kind: str
    body: bytes
    charset: str | None
    url: str
    trouble: str | None = None


def is_url(source: str) -> bool:
    """Tell a URL from a path."""
    return bool(re.match(r"https?://", source, re.IGNORECASE))


def page_name(url: str) -> str:
    """Name a page by the last part of its path, without its ending, else by its host."""
    parts = urlsplit(url)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return last.rpartition(".")[0] or last or str(parts.hostname)


def get_page(url: str, folder: Path, size: int) -> Page:
    """Fetch a page of at most ``size`` bytes, or learn that the copy in ``folder`` is the same.

    Where it cannot be fetched the copy stands in, so that a server's bad day takes no article
    off the shelf; SourceError where there is none.
    """
    place = folder / f"{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()[:32]}.page"
    kept = _load(place)
    try:
        found = fetch(url, previous=kept, limits=Limits(size=size))
    except SourceError as error:
        if kept is None:
            raise
        return _page(kept, f"{error}; the copy fetched before stands in")
    if not found.not_modified:
        _keep(place, found)
    return _page(found)


def _page(found: Fetched, trouble: str | None = None) -> Page:
    return Page(KINDS[found.content_type], found.body, found.charset, found.url, trouble)


def _load(place: Path) -> Fetched | None:
    try:
        head, _, body = place.read_bytes().partition(b"\n")
        facts = json.loads(head)
        sound = facts.pop("sha256") == hashlib.sha256(body).hexdigest()
        found = Fetched(body=body, **facts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return found if sound and found.content_type in KINDS else None


def _keep(place: Path, found: Fetched) -> None:
    facts = {name: getattr(found, name) for name in _FACTS}
    head = json.dumps({**facts, "sha256": hashlib.sha256(found.body).hexdigest()})
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_suffix(".new")
    aside.write_bytes(head.encode() + b"\n" + found.body)
    aside.replace(place)
