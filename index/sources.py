"""From sources (files, folders, URLs) to articles, each unreadable one named with its reason."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index import sandbox
from index.document import Document
from index.passages import to_article
from index.plain import read_plain
from summitqa.article import Article
from summitqa.errors import SourceError
from summitqa.settings import Settings

BUNDLED = Path(__file__).parent / "articles"
QUESTIONS = "questions.jsonl"
_PLAIN = {".txt": False, ".md": True, ".markdown": True}
_SANDBOXED = {".html": "html", ".htm": "html", ".pdf": "pdf", ".docx": "docx"}
READABLE = (*_PLAIN, *_SANDBOXED)

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A source that was left out, and why, in one sentence."""

    source: str
    reason: str


def read_sources(
    sources: Sequence[str], settings: Settings, tick: Tick
) -> tuple[list[Article], list[Skipped]]:
    """Read every source; ``tick`` is called with (done, total) after each file.

    A file of a folder that cannot be read is skipped and named. A source that was named
    itself must be readable: SourceError otherwise, as it is where no article is left.
    """
    files = [found for source in sources for found in _files(source)]
    articles: list[Article] = []
    skipped: list[Skipped] = []
    for done, (path, folder) in enumerate(files, start=1):
        try:
            articles.append(to_article(read_file(path, folder, settings), path.stem))
        except SourceError as error:
            if folder is None:
                raise
            skipped.append(Skipped(printable(str(path)), str(error)))
        tick(done, len(files))
    if not articles:
        raise SourceError(_nothing(sources, skipped))
    return _distinct(articles), skipped


def _files(source: str) -> Iterator[tuple[Path, Path | None]]:
    """Give each file of a source, with the folder that was named, ``None`` for a file named itself."""
    path = Path(source).expanduser()
    if "\0" in source or not os.path.lexists(path):
        raise SourceError(
            f"There is no file or folder {printable(source)!r}; expected one with articles in it."
        )
    if not path.is_dir():
        yield path, None
        return
    try:
        found = sorted(_walk(path))
    except OSError as error:
        raise SourceError(
            f"The folder {printable(source)!r} cannot be read: {error.strerror}."
        ) from error
    if not found:
        raise SourceError(
            f"The folder {printable(source)!r} holds no article; expected files ending in {', '.join(READABLE)}."
        )
    yield from ((file, path) for file in found)


def _walk(folder: Path) -> Iterator[Path]:
    """Find a folder's files, without following a link to another folder; hidden ones are left out."""

    def fail(error: OSError) -> None:
        raise error

    for root, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(root, name) for name in names if not name.startswith(".") and name != QUESTIONS
        )


def read_file(path: Path, folder: Path | None, settings: Settings) -> Document:
    """Read one file; SourceError, in one sentence, where it is no readable article."""
    name = printable(path.name)
    ending = path.suffix.lower()
    if ending not in READABLE:
        raise SourceError(f"{name} is not of a readable kind; expected {', '.join(READABLE)}.")
    if folder is not None and not path.resolve().is_relative_to(folder.resolve()):
        raise SourceError(f"{name} is a link that leads out of its folder.")
    raw = _bytes(path, name, settings.max_source_mb)
    try:
        if ending in _PLAIN:
            document = read_plain(raw, markdown=_PLAIN[ending])
        else:
            document = sandbox.read(_SANDBOXED[ending], raw)
    except SourceError as error:
        raise SourceError(f"{name} {error}") from error
    if not document.blocks:
        raise SourceError(f"{name} holds no paragraph of text.")
    return document


def _bytes(path: Path, name: str, limit_mb: int) -> bytes:
    """Read a regular file of at most ``limit_mb`` megabytes; never waits on a FIFO or a device."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise SourceError(f"{name} is not a regular file.")
            raw = file.read(limit_mb * 1_000_000 + 1)
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror or error}.") from error
    if len(raw) > limit_mb * 1_000_000:
        raise SourceError(
            f"{name} is larger than {limit_mb} MB, the limit that SUMMITQA_MAX_SOURCE_MB sets."
        )
    if not raw.strip():
        raise SourceError(f"{name} is empty.")
    return raw


def _distinct(articles: list[Article]) -> list[Article]:
    """Give two articles of one name two slugs, the later ones numbered from 2."""
    taken: set[str] = set()
    named = []
    for article in articles:
        slug, number = article.slug, 1
        while slug in taken:
            number += 1
            slug = f"{article.slug}-{number}"
        taken.add(slug)
        named.append(replace(article, slug=slug))
    return named


def _nothing(sources: Sequence[str], skipped: Sequence[Skipped]) -> str:
    first = f" The first that was skipped: {skipped[0].reason}" if skipped else ""
    return f"No article could be read from {printable(', '.join(sources))}.{first}"


def printable(text: str) -> str:
    """Give a file's name as it can be shown on one line: controls and lone bytes as escapes."""
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )
