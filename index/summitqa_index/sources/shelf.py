"""From sources (files, folders, URLs) to articles, each unreadable one named with its reason."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from io import BufferedReader
from pathlib import Path
from types import MappingProxyType

from summitqa.article import Article
from summitqa.errors import SourceError
from summitqa.files import open_regular
from summitqa.settings import Settings
from summitqa_index.sources.fetch import MB, FetchLimits
from summitqa_index.sources.pages import Page, get_page, is_url, page_name
from summitqa_index.sources.passages import named
from summitqa_index.sources.reading import Reading
from summitqa_index.sources.readings import READINGS, Readings
from summitqa_index.sources.sandbox import Readers
from summitqa_index.sources.slugs import assign, identity
from summitqa_index.sources.walk import inside, open_below, printable, reason, walk

BUNDLED = Path(__file__).parents[1] / "articles"
QUESTIONS = "questions.jsonl"
FETCHED = "fetched"
KINDS = {
    ".txt": "txt", ".md": "md", ".markdown": "md",
    ".html": "html", ".htm": "html", ".pdf": "pdf", ".docx": "docx",
}  # fmt: skip
READABLE = tuple(KINDS)
AT_A_TIME = min(4, os.cpu_count() or 1)

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A source that was left out, and why, in one sentence; ``read``: it was not, but for that."""

    source: str
    reason: str
    read: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was read: the articles, what was left out, and the slug of each source by its path.

    ``readings`` names what is kept of it.
    """

    articles: Sequence[Article]
    skipped: Sequence[Skipped]
    slugs: Mapping[str, str]
    readings: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class _Found:
    """One thing to read: a URL or a file, the folder that was named, and what is amiss already."""

    source: str
    folder: str | None = None
    trouble: str | None = None

    @property
    def id(self) -> str:
        """Name it the same by whatever path it was found."""
        if self.trouble or is_url(self.source):
            return printable(self.source)
        return identity(self.source, self.folder)

    @property
    def is_link(self) -> bool:
        """Whether it is but a link to a file."""
        return not is_url(self.source) and Path(self.source).is_symlink()


def read_sources(
    sources: Sequence[str],
    settings: Settings,
    tick: Tick,
    known: Mapping[str, str] = MappingProxyType({}),
    cancelled: threading.Event | None = None,
    *,
    keep: bool = True,
) -> Shelf:
    """Read every source; ``tick`` is called with (done, total) after each file or page.

    ``known`` are the slugs that sources have already; ``cancelled``, once it is set, ends the
    reading of even a single file at once, in CalledOffError. Without ``keep`` nothing is written:
    what was read and fetched is of use, but not kept for the next time. A file of a folder that
    cannot be read is skipped and named. A source that was named itself must be readable:
    SourceError otherwise, as it is where no article is left.
    """
    everything = _once([found for source in sources for found in _expand(source, settings)])
    read: list[tuple[_Found, Article | None]] = []
    skipped: list[Skipped] = []
    with ThreadPoolExecutor(AT_A_TIME) as pool, Readers(cancelled=cancelled) as readers:
        readings = Readings(readers, settings.folder / READINGS, keep=keep)
        tried = [pool.submit(_try, found, settings, readings) for found in everything]
        try:
            for done, (found, one) in enumerate(zip(everything, tried, strict=True), start=1):
                article, trouble = one.result()
                read.append((found, article))
                if trouble:
                    skipped.append(Skipped(printable(found.source), trouble, article is not None))
                tick(done, len(everything))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    articles, slugs = _slugged(read, known)
    if not articles:
        raise SourceError(_nothing(sources, skipped))
    return Shelf(articles, skipped, slugs, readings.used)


def _try(
    found: _Found, settings: Settings, readings: Readings
) -> tuple[Article | None, str | None]:
    """Read one file or page; what keeps a file of a folder from being read is told."""
    try:
        return _read(found, settings, readings)
    except SourceError as error:
        if found.folder is None:
            raise
        return None, str(error)


def _once(everything: Sequence[_Found]) -> list[_Found]:
    """Give each file once, however often it is named: by its own name rather than by a link's."""
    best: dict[str, _Found] = {}
    for found in sorted(everything, key=lambda one: (one.is_link, one.folder is not None)):
        best.setdefault(found.id, found)
    chosen = {id(found) for found in best.values()}
    return [found for found in everything if id(found) in chosen]


def questions_files(sources: Sequence[str]) -> list[Path]:
    """Find the questions beside the sources: in a folder or next to it, or next to a file."""
    found = []
    for path in (Path(source) for source in sources if not is_url(source)):
        near = [path / QUESTIONS, path.parent / QUESTIONS]
        found += [file for file in near if os.path.isfile(file)][:1]  # noqa: PTH113 - as above
    return list(dict.fromkeys(found))


def _expand(source: str, settings: Settings) -> Iterator[_Found]:
    """Give each file of a folder, or the file or URL that was named itself."""
    if is_url(source):
        if not settings.allow_urls:
            raise SourceError(
                f"{printable(source)} is a URL; set SUMMITQA_ALLOW_URLS=1 to let sources be URLs."
            )
        yield _Found(source)
        return
    if not os.path.lexists(source):
        raise SourceError(
            f"There is no file or folder {printable(source)!r}; expected one with articles in it."
        )
    try:
        source.encode()
    except UnicodeEncodeError as error:
        raise SourceError(
            f"The path {printable(source)!r} is not UTF-8, as the index can note it; rename it."
        ) from error
    if not os.path.isdir(source):  # noqa: PTH112 - Path's own raises where it may not look
        yield _Found(source)
        return
    found = sorted(_walk(source))
    if not found:
        raise SourceError(
            f"The folder {printable(source)!r} holds no article; expected files ending in "
            f"{', '.join(READABLE)}."
        )
    yield from found


def _walk(folder: str) -> Iterator[_Found]:
    """Find a folder's files, leaving out the questions and naming what is not gone into."""
    try:
        for parts, trouble in walk(folder):
            if parts[-1] != QUESTIONS:
                yield _Found(str(Path(folder, *parts)), folder, trouble)
    except OSError as error:
        raise SourceError(
            f"The folder {printable(folder)!r} cannot be read: {error.strerror}."
        ) from error


def _read(found: _Found, settings: Settings, readings: Readings) -> tuple[Article, str | None]:
    """Read one file or page; with it what was amiss, though it could be read."""
    if found.trouble:
        raise SourceError(found.trouble)
    if is_url(found.source):
        return _read_page(found.source, settings, readings)
    path = Path(found.source)
    name = printable(path.name)
    kind, raw = _read_file(path, name, found.folder, settings)
    try:
        reading = readings.read(kind, raw)
    except SourceError as error:
        raise SourceError(f"{name} {error}.") from error
    return named(reading.article, path.stem), amiss(name, reading.trouble)


def _read_page(url: str, settings: Settings, readings: Readings) -> tuple[Article, str | None]:
    name = printable(url)[:200]
    limits = page_limits(settings)
    try:
        reading, trouble = read_page(url, settings.folder / FETCHED, limits, readings)
    except SourceError as error:
        raise SourceError(f"{name} {error}.") from error
    article = reading.article
    return named(article, page_name(str(article.url))), amiss(name, trouble, reading.trouble)


def page_limits(settings: Settings) -> FetchLimits:
    """Give what one page may cost by the settings."""
    set_by = ", the limit that SUMMITQA_MAX_SOURCE_MB sets"
    return FetchLimits(settings.max_source_mb * MB, set_by=set_by)


def read_page(
    url: str, folder: Path, limits: FetchLimits, readings: Readings
) -> tuple[Reading, str | None]:
    """Read a page as ``get_page`` fetches it; it is kept where the readings are."""
    read = partial(read_fetched, readings)
    return get_page(url, folder, limits, read, keep=readings.keep)


def read_fetched(readings: Readings, page: Page) -> Reading:
    """Read a page as it was fetched; its URL is where it was found in the end."""
    reading = readings.read(page.kind, page.body, charset=page.charset)
    return replace(reading, article=replace(reading.article, url=page.url))


def amiss(name: str, *troubles: str | None) -> str | None:
    """Put what was amiss into one sentence."""
    clauses = [trouble for trouble in troubles if trouble]
    return f"{name} {' and '.join(clauses)}." if clauses else None


def _read_file(path: Path, name: str, folder: str | None, settings: Settings) -> tuple[str, bytes]:
    """Give the kind and the bytes of one file; SourceError where it is none that can be read."""
    return kind_of(path.suffix, name), _bytes(path, folder, name, settings.max_source_mb)


def kind_of(suffix: str, name: str) -> str:
    """Give the kind of a file by its ending; SourceError where it is not readable."""
    kind = KINDS.get(suffix.lower())
    if kind is None:
        raise SourceError(f"{name} is not of a readable kind; expected {', '.join(READABLE)}.")
    return kind


def _bytes(path: Path, folder: str | None, name: str, limit_mb: int) -> bytes:
    """Read a regular file of at most ``limit_mb`` megabytes; below a folder, without leaving it."""
    try:
        with _open(path, folder, name) as file:
            raw = file.read(limit_mb * MB + 1)
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {reason(error)}.") from error
    return within(raw, name, limit_mb)


def within(raw: bytes, name: str, limit_mb: int) -> bytes:
    """Give bytes back; SourceError where they are more than so many megabytes, or say nothing."""
    if len(raw) > limit_mb * MB:
        raise SourceError(
            f"{name} is larger than {limit_mb} MB, the limit that SUMMITQA_MAX_SOURCE_MB sets."
        )
    if not raw.strip():
        raise SourceError(f"{name} is empty.")
    return raw


def _open(path: Path, folder: str | None, name: str) -> AbstractContextManager[BufferedReader]:
    if folder is None:
        return open_regular(path, follow=True)
    return open_below(folder, inside(folder, path.relative_to(folder).parts, name))


def _slugged(
    read: Sequence[tuple[_Found, Article | None]], known: Mapping[str, str]
) -> tuple[list[Article], dict[str, str]]:
    """Give each article a slug of its own; with them the slug of every source."""
    natural = [(found.id, article.slug if article else None) for found, article in read]
    slugs = assign(natural, known)
    articles = [replace(one, slug=slugs[found.id]) for found, one in read if one is not None]
    return articles, slugs


def _nothing(sources: Sequence[str], skipped: Sequence[Skipped]) -> str:
    first = f" The first that was skipped: {skipped[0].reason}" if skipped else ""
    return f"No article could be read from {printable(', '.join(sources))}.{first}"
