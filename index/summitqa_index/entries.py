"""From an entry of a catalogue to an article: read as any source, then in the admin's words."""

import threading
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from summitqa.article import Article
from summitqa.errors import IndexDamagedError, SourceError, UnreadableError
from summitqa.settings import Settings
from summitqa_index.blobs import Blobs
from summitqa_index.catalogue import PASTED, Change, Entry
from summitqa_index.fields import ANSWER
from summitqa_index.room import Seen, standing
from summitqa_index.sources.fetch import MB, FetchLimits
from summitqa_index.sources.pages import fetch_page, kept_page, page_name, unpacked
from summitqa_index.sources.passages import named
from summitqa_index.sources.reading import Reading
from summitqa_index.sources.readings import READINGS, Readings
from summitqa_index.sources.sandbox import Readers
from summitqa_index.sources.shelf import (
    AT_A_TIME,
    FETCHED,
    Tick,
    amiss,
    kind_of,
    page_limits,
    read_fetched,
    read_page,
    within,
)
from summitqa_index.sources.walk import printable

_ROOM = ", all that SUMMITQA_SHELF_MB leaves on this shelf"
_WORDS = 8  # of a text's beginning, which name it where nothing else does


@dataclass(frozen=True, slots=True)
class EntryReading:
    """An entry as read: the article, and what was amiss, in a sentence.

    ``unknown`` are the fields of the article that neither its file nor an admin has said: of
    ``title``, ``published``, ``url`` and ``credit``.
    """

    article: Article
    trouble: str | None = None
    unknown: tuple[str, ...] = ()


Outcome = EntryReading | SourceError


def read_entry(
    entry: Entry,
    settings: Settings,
    blobs: Blobs,
    readings: Readings,
    beside: Sequence[Entry] = (),
    *,
    seen: Seen | None = None,
) -> EntryReading:
    """Read an entry of the settings' shelf; a page is fetched anew, and kept.

    With ``seen`` it is taken from there, else as it is kept, and fetched where it is neither.
    A page may have as many bytes as what is to stand ``beside`` it leaves. What an admin said
    stands for what the file says. Where the entry has no slug yet, the article has the one it
    would have by itself. SourceError, in a sentence, for what cannot be read; IndexDamagedError
    and UnreadableError where its bytes are not to be had.
    """
    name = printable(entry.name if entry.blob else str(entry.url))[:200]
    try:
        if entry.blob is None:
            reading, trouble = _page(entry, settings, blobs, readings, beside, seen)
        else:
            reading, trouble = _file(entry, blobs.get(entry.blob), settings, readings, name), None
    except _UnnamedError as error:
        raise SourceError(f"{name} {error}.") from error
    return _worded(entry, reading, amiss(name, trouble, reading.trouble))


def read_entries(
    entries: Sequence[Entry],
    settings: Settings,
    blobs: Blobs,
    tick: Tick,
    cancelled: threading.Event | None = None,
    beside: Sequence[Entry] = (),
    seen: Seen | None = None,
) -> tuple[list[Outcome], AbstractSet[str]]:
    """Read entries; of each the reading or the error, in order, and the names of what is kept.

    ``tick`` is called with (done, total) after each; CalledOffError once ``cancelled`` is set.
    """
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(AT_A_TIME) as pool, Readers(cancelled=cancelled) as readers:
        readings = Readings(readers, settings.folder / READINGS)
        tried = [
            pool.submit(_try, entry, settings, blobs, readings, beside, seen) for entry in entries
        ]
        try:
            for one in tried:
                outcomes.append(one.result())
                tick(len(outcomes), len(entries))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return outcomes, readings.used


def _try(
    entry: Entry,
    settings: Settings,
    blobs: Blobs,
    readings: Readings,
    beside: Sequence[Entry],
    seen: Seen | None,
) -> Outcome:
    try:
        return read_entry(entry, settings, blobs, readings, beside, seen=seen)
    except SourceError as error:
        return error
    except (IndexDamagedError, UnreadableError) as error:
        return SourceError(str(error))


def fetch_entry(entry: Entry, settings: Settings, blobs: Blobs, beside: Sequence[Entry]) -> bytes:
    """Fetch an entry's page as it is now, and give it as pages are kept; SourceError, as above."""
    try:
        return fetch_page(str(entry.url), _limits(entry, settings, blobs, beside))
    except SourceError as error:
        raise SourceError(f"{printable(str(entry.url))[:200]} {error}.") from error


def seen_of(change: Change, blobs: Blobs) -> Seen:
    """Give the page that was fetched when a change was looked at; IndexDamagedError, as above."""
    if change.after is None or change.page is None:
        return {}
    return {str(change.after.url): blobs.get(change.page)}


class _UnnamedError(SourceError):
    """What is wrong with a source, as it follows its name."""


def _file(entry: Entry, held: bytes, settings: Settings, readings: Readings, name: str) -> Reading:
    kind = kind_of(PurePosixPath(entry.name).suffix, name)
    raw = within(held, name, settings.max_source_mb)
    try:
        return readings.read(kind, raw)
    except SourceError as error:
        raise _UnnamedError(str(error)) from error


def _page(
    entry: Entry,
    settings: Settings,
    blobs: Blobs,
    readings: Readings,
    beside: Sequence[Entry],
    seen: Seen | None,
) -> tuple[Reading, str | None]:
    url, folder = str(entry.url), settings.folder / FETCHED
    limits = _limits(entry, settings, blobs, beside)
    try:
        held = None if seen is None else seen.get(url) or kept_page(url, folder)
        if held is not None:
            return read_fetched(readings, unpacked(held)), None
        return read_page(url, folder, limits, readings)
    except SourceError as error:
        raise _UnnamedError(str(error)) from error


def _limits(entry: Entry, settings: Settings, blobs: Blobs, beside: Sequence[Entry]) -> FetchLimits:
    """Give what a page may cost beside others; SourceError where none may be fetched."""
    if not settings.allow_urls:
        raise _UnnamedError("is a URL; set SUMMITQA_ALLOW_URLS=1 to let sources be URLs")
    limits = page_limits(settings)
    others = [one for one in beside if one.blob or one.url != entry.url]
    room = max(0, settings.shelf_mb * MB - standing(blobs, settings.folder, others))
    return replace(limits, size=room, set_by=_ROOM) if room < limits.size else limits


def _worded(entry: Entry, reading: Reading, trouble: str | None) -> EntryReading:
    """Put the admin's words over the file's."""
    found = reading.article
    day = entry.at.date() if entry.kind == ANSWER else None
    known = replace(
        found,
        title=entry.title or found.title,
        published=entry.published or found.published or day,
        url=found.url if entry.blob is None else entry.url or found.url,
        credit=entry.credit or found.credit,
    )
    unknown = ("title", "published", "url", "credit")
    return EntryReading(
        replace(named(known, _name(entry, known)), slug=entry.slug or _slug(entry, known)),
        trouble,
        tuple(name for name in unknown if not getattr(known, name)),
    )


def _slug(entry: Entry, known: Article) -> str:
    return known.slug or named(replace(known, slug=""), _name(entry, known)).slug


def _name(entry: Entry, known: Article) -> str:
    """Name an article by its file or page; a text that was pasted, by what it says."""
    if entry.blob is None:
        return page_name(str(known.url))
    if entry.name != PASTED and entry.kind != ANSWER:
        return PurePosixPath(entry.name).stem
    first = known.passages[0]
    return known.title or " ".join(known.text[first.start : first.end].split()[:_WORDS])
