"""Build a new version aside, check it, and switch to it; what has not changed is not embedded again."""

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from index.changes import Changes, compare
from index.sources import BUNDLED, Skipped, read_sources
from index.vectors import PassageVectors, embed, key_of, stored
from index.versions import BUILDING, builder_lock, prune, switch
from index.writer import Writer
from summitqa.article import Article, Passage
from summitqa.encoder import Encoder
from summitqa.errors import CancelledError, IndexMissingError, InputError
from summitqa.files import sync_folder
from summitqa.library import VERSIONS, current_version
from summitqa.settings import Settings
from summitqa.store import Store

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: ``done`` of ``total`` in a phase ("reading", "embedding", "checking")."""

    phase: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did. ``reused`` counts passages whose vectors were taken from before."""

    index_version: str | None
    changes: Changes
    reused: int
    embedded: int
    skipped: Sequence[Skipped]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Give the ``index --json`` contract."""
        return {
            "index_version": self.index_version,
            "added": len(self.changes.added),
            "changed": len(self.changes.changed),
            "removed": len(self.changes.removed),
            "unchanged": len(self.changes.unchanged),
            "reused": self.reused,
            "skipped": [{"source": one.source, "reason": one.reason} for one in self.skipped],
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Job:
    """One build: its settings and encoder, whom to tell, and a flag that calls it off."""

    settings: Settings
    encoder: Encoder
    who: str = "the command line"
    tell: Callable[[Progress], None] = lambda _: None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def step(self, phase: str, done: int, total: int) -> None:
        """Tell how far the build is; CancelledError where it was called off."""
        if self.cancelled.is_set():
            raise CancelledError("The reindex was cancelled; the index in use stays as it was.")
        self.tell(Progress(phase, done, total))


def build(job: Job, sources: Sequence[str] = (), *, dry_run: bool = False) -> Report:
    """Read the sources and, unless ``dry_run``, switch to a new version made from them.

    Without ``sources``: those of the settings, else those of the version in use, else the
    bundled article. Whatever fails, the version in use stays as it is.
    """
    began = time.monotonic()
    home = job.settings.home
    with builder_lock(home, job.who):
        previous = _previous(home)
        chosen = _sources(job.settings, sources, previous)
        articles, skipped = read_sources(
            chosen, job.settings, lambda done, total: job.step("reading", done, total)
        )
        changes = compare(previous, articles)
        if dry_run:
            return Report(None, changes, 0, 0, skipped, time.monotonic() - began)
        version, reused, embedded = _write(job, chosen, articles, previous)
        prune(home, job.settings.keep_versions)
    return Report(version, changes, reused, embedded, skipped, time.monotonic() - began)


def _previous(home: Path) -> Store | None:
    """Open the version in use to compare with; a missing or damaged one counts as none."""
    try:
        return Store.open(home / VERSIONS / current_version(home))
    except InputError:
        return None


def _sources(settings: Settings, given: Sequence[str], previous: Store | None) -> list[str]:
    if given:
        return [str(Path(source).expanduser().absolute()) for source in given]
    if settings.sources:
        return list(settings.sources)
    if previous is not None:
        return list(previous.manifest.facts["sources"])
    return [str(BUNDLED)]


def _write(
    job: Job, sources: Sequence[str], articles: Sequence[Article], previous: Store | None
) -> tuple[str, int, int]:
    """Write, read back, switch; give the version's id and how many passages were reused, embedded."""
    versions = job.settings.home / VERSIONS
    versions.mkdir(parents=True, exist_ok=True)
    version = time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(3)
    aside = versions / f"{BUILDING}{version}"
    aside.mkdir()
    try:
        reused, embedded = _fill(job, Writer(aside), sources, articles, previous)
        job.step("checking", 0, 1)
        Store.open(aside)
        job.step("checking", 1, 1)
        sync_folder(aside)
        os.rename(aside, versions / version)
        sync_folder(versions)
        switch(job.settings.home, version)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return version, reused, embedded


def _fill(
    job: Job,
    writer: Writer,
    sources: Sequence[str],
    articles: Sequence[Article],
    previous: Store | None,
) -> tuple[int, int]:
    checksum = job.encoder.checksum
    known = _known(previous, checksum)
    total = sum(len(article.passages) for article in articles)
    flat = ((article, passage) for article in articles for passage in article.passages)
    counts = [0, 0]

    def vectors_of(item: tuple[Article, Passage]) -> tuple[bytes, PassageVectors]:
        article, passage = item
        key = key_of(article, passage, checksum)
        row = known.get(key)
        counts[0 if row is not None and previous is not None else 1] += 1
        if row is not None and previous is not None:
            return key, stored(previous, row)
        return key, embed(job.encoder, article, passage)

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        done = 0
        for batch in _batches(flat):
            for key, vectors in pool.map(vectors_of, batch):
                writer.add_passage(key, vectors)
                done += 1
            job.step("embedding", done, total)
    writer.finish(
        articles,
        {"model": job.settings.model, "checksum": checksum, "sources": list(sources)},
    )
    return counts[0], counts[1]


def _known(previous: Store | None, checksum: str) -> dict[bytes, int]:
    """Give the passages whose vectors can be taken from the version in use, by content key."""
    if previous is None or previous.manifest.facts["checksum"] != checksum:
        return {}
    return {key.tobytes(): row for row, key in enumerate(previous.tables.keys)}


def _batches(items: Iterable[tuple[Article, Passage]]) -> Iterator[list[tuple[Article, Passage]]]:
    """Group lazily, so that the vectors of a whole shelf never stand in memory at once."""
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def has_index(home: Path) -> bool:
    """Tell whether a version is in use."""
    try:
        current_version(home)
    except IndexMissingError:
        return False
    return True
