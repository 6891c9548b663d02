"""How many bytes of files and pages a shelf has: what stands on it, and what is kept beside.

What is kept beside is what a version to go back to was made of, and what is drafted.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from summitqa.errors import IndexBusyError, IndexDamagedError, IndexMismatchError, InputError
from summitqa.settings import Settings
from summitqa_index.blobs import OPEN, Blobs
from summitqa_index.catalogue import Catalogue, Entry, catalogue_of
from summitqa_index.publisher import Publisher
from summitqa_index.sources import pages
from summitqa_index.sources.fetch import MB
from summitqa_index.sources.readings import READINGS
from summitqa_index.sources.readings import prune as prune_readings
from summitqa_index.sources.shelf import FETCHED

Seen = Mapping[str, bytes]
"""Pages by their URLs as they were looked at, and not yet put."""
_DRAFTS = OPEN + timedelta(hours=1)  # as one that is decided at the last moment has to wait
_FULL = (
    "With this, {megabytes:.1f} MB of files and pages would be kept for this shelf, to go back to "
    "and to be looked at, and no more than {most} may be (SUMMITQA_SHELF_MB for each of "
    "SUMMITQA_KEEP_VERSIONS, and once more); what no version is made of goes after a day."
)


def standing(
    blobs: Blobs, folder: Path, entries: Iterable[Entry], seen: Seen = MappingProxyType({})
) -> int:
    """Count the bytes of entries, each file and page once, a page that was ``seen`` as it was."""
    known = list(entries)
    urls = {str(one.url) for one in known if one.blob is None}
    named = {one.blob for one in known if one.blob}
    kept = blobs.size(named) + pages.size(folder / FETCHED, urls - seen.keys())
    return kept + sum(len(seen[url]) for url in urls & seen.keys())


def keep(publisher: Publisher, settings: Settings, raw: bytes) -> str:
    """Keep the bytes of a draft, and give their name; InputError where too many are kept.

    Whoever puts and takes off by turns fills no disk.
    """
    folder = settings.folder
    most = (settings.keep_versions + 1) * settings.shelf_mb
    if _kept(publisher, folder) + len(raw) > most * MB:
        with suppress(IndexBusyError), publisher.lock("what is looked at"):
            if tidy(publisher, folder):
                prune_readings(folder / READINGS, frozenset())
        megabytes = (_kept(publisher, folder) + len(raw)) / MB
        if megabytes > most:
            raise InputError(_FULL.format(megabytes=megabytes, most=most))
    return publisher.blobs.put(raw)


def tidy(publisher: Publisher, folder: Path) -> bool:
    """Remove the bytes and pages that no version which is kept was made from.

    Tells whether there were such bytes. Only called under the lock.
    """
    try:
        entries = list(chain.from_iterable(_catalogues(publisher)))
    except (IndexDamagedError, IndexMismatchError):
        return False  # what that one was made from is not known
    pages.prune(folder / FETCHED, (str(one.url) for one in entries if one.blob is None))
    return publisher.blobs.prune({one.blob for one in entries if one.blob}, _DRAFTS)


def _kept(publisher: Publisher, folder: Path) -> int:
    return publisher.blobs.size() + pages.size(folder / FETCHED)


def _catalogues(publisher: Publisher) -> Iterator[Catalogue]:
    aside = publisher.aside()
    for version in [*publisher.ids(), *([aside] if aside else [])]:
        yield catalogue_of(publisher.facts(version), version)
