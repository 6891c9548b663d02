"""Build a new version aside, check it, switch to it; what has not changed is not embedded again."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from summitqa.article import Article
from summitqa.encoder import Encoder
from summitqa.errors import CalledOffError, GateError, InputError, TurnOverError
from summitqa.model import ENCODER, Model
from summitqa.reader import Reader
from summitqa.retrieval import Models
from summitqa.settings import Settings
from summitqa.snapshot import Snapshot
from summitqa_index.catalogue import Held
from summitqa_index.changes import Changes, compare
from summitqa_index.embedding import Embedding
from summitqa_index.gate import pass_gate
from summitqa_index.journal import Journal
from summitqa_index.publisher import Publisher
from summitqa_index.questions import amiss, questions_of
from summitqa_index.rejected import accept, digest_of, refuse_rejected
from summitqa_index.sources.pages import is_url
from summitqa_index.sources.reading import WAY
from summitqa_index.sources.readings import READINGS
from summitqa_index.sources.readings import prune as prune_readings
from summitqa_index.sources.shelf import BUNDLED, Shelf, Skipped, questions_files, read_sources
from summitqa_index.versions import is_filled, open_used, read_otherwise, slugs_of, sources_of

log = logging.getLogger(__name__)

LOG_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: ``done`` of ``total`` in a phase ("reading", "embedding", "checking")."""

    phase: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did. ``reused`` counts passages whose vectors were taken from before.

    ``index_version`` is the version in use afterwards, ``None`` after a dry run; ``switched``
    is false where it was in use already, as nothing had changed. ``before`` is the version in use
    when a shelf that is filled from chat was changed; ``None`` is an empty shelf in both.
    """

    index_version: str | None
    changes: Changes
    reused: int
    embedded: int
    skipped: Sequence[Skipped]
    seconds: float
    switched: bool = True
    before: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the ``index --json`` contract; ``passages`` are those that changed, in a dry run."""
        return {
            "index_version": self.index_version,
            "added": len(self.changes.added),
            "changed": len(self.changes.changed),
            "removed": len(self.changes.removed),
            "unchanged": len(self.changes.unchanged),
            "reused": self.reused,
            "skipped": [{"source": one.source, "reason": one.reason} for one in self.skipped],
            "seconds": round(self.seconds, 3),
            "switched": self.switched,
            "passages": [asdict(change) for change in self.changes.passages],
        }


@dataclass(frozen=True)
class Job:
    """One build: where it is published, its settings and encoder, whom to tell, what calls it off.

    ``force`` builds though nothing has changed, and switches though questions are lost;
    ``reader``: what the questions beside the sources are answered with, too; ``over`` tells that it
    has had its turn, and is to be begun anew in another. ``admit`` is asked before a shelf that is
    filled from chat comes to hold something else: it raises InputError where that is too much.
    """

    publisher: Publisher
    settings: Settings
    encoder: Encoder
    who: str = "the command line"
    tell: Callable[[Progress], None] = lambda _: None
    cancelled: threading.Event = field(default_factory=threading.Event)
    force: bool = False
    reader: Reader | None = None
    over: Callable[[], bool] = lambda: False
    admit: Callable[[Held, Held], None] = lambda _held, _would: None
    pace: "Pace" = field(default_factory=lambda: Pace())

    def step(self, phase: str, done: int, total: int) -> None:
        """Tell how far the build is; raises what ``check`` raises."""
        self.check()
        self.tell(Progress(phase, done, total))
        if self.pace.due():
            log.info("%s: %d of %d", phase, done, total)

    def check(self) -> None:
        """Raise CalledOffError where the build was called off, TurnOverError at its turn's end."""
        if self.cancelled.is_set():
            raise CalledOffError
        if self.over():
            raise TurnOverError


class Pace:
    """Says when a line in the log is due: a build that takes long has one every few seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def due(self) -> bool:
        """Tell whether the last line, or the beginning, was some seconds ago."""
        now = time.monotonic()
        if now - self._last < LOG_SECONDS:
            return False
        self._last = now
        return True


def preview(
    publisher: Publisher,
    settings: Settings,
    sources: Sequence[str] = (),
    tell: Callable[[Progress], None] = lambda _: None,
) -> Report:
    """Read the sources as ``build`` does and tell what it would change.

    Nothing is written, so neither the lock nor a model is needed.
    """
    began = time.monotonic()
    chosen = _sources(publisher, settings, sources)
    shelf = read_sources(
        chosen,
        settings,
        lambda done, total: tell(Progress("reading", done, total)),
        slugs_of(publisher),
        keep=False,
    )
    changes = compare(open_used(publisher), shelf.articles, passages=True)
    return Report(None, changes, 0, 0, _skipped(chosen, shelf), time.monotonic() - began, False)


def build(job: Job, sources: Sequence[str] = ()) -> Report:
    """Read the sources and switch to a new version made from them.

    Without ``sources``: those of the settings, else those of the version in use, else the
    bundled article. Where nothing has changed the version in use stays, so that a schedule
    does not push the versions that differ out of reach of a rollback; RejectedError where the
    sources say what was rolled back from. Whatever fails, the version in use stays as it is.
    """
    began = time.monotonic()
    publisher, folder = job.publisher, job.settings.folder
    with publisher.lock(job.who):
        _require_from_files(publisher)
        previous = open_used(publisher)
        chosen = _sources(publisher, job.settings, sources)
        shelf = read_sources(
            chosen,
            job.settings,
            lambda done, total: job.step("reading", done, total),
            slugs_of(publisher),
            job.cancelled,
        )
        skipped = _skipped(chosen, shelf)
        changes = compare(previous, shelf.articles)

        def report(version: str | None, reused: int, embedded: int, switched: bool) -> Report:
            seconds = time.monotonic() - began
            return Report(version, changes, reused, embedded, skipped, seconds, switched)

        prune_readings(folder / READINGS, shelf.readings)
        if previous and changes.none and not job.force and _same(job, previous, chosen, shelf):
            return report(previous.version, previous.facts["passages"], 0, False)
        digest = digest_of(job.encoder.checksum, shelf.articles)
        if previous and not job.force:
            refuse_rejected(publisher, digest, previous.version)
        publisher.require_room(shelf.articles)
        with closing(Journal(folder)) as journal:
            facts = {"sources": chosen, "slugs": shelf.slugs}
            contents = Contents(
                shelf.articles, facts, [*questions_files(chosen), *questions_of(folder)]
            )
            version, reused, embedded = write_version(job, contents, previous, journal)
        accept(publisher, digest)
        publisher.prune(job.settings.keep_versions)
    return report(version, reused, embedded, True)


def _require_from_files(publisher: Publisher) -> None:
    if is_filled(publisher):
        raise InputError(
            f"The shelf in {publisher} is filled from chat; sources are not put in place of it."
        )


def _skipped(sources: Sequence[str], shelf: Shelf) -> list[Skipped]:
    """Give what was left out of the shelf, and what is amiss in the questions beside it."""
    return [*shelf.skipped, *amiss(questions_files(sources), shelf.articles)]


def _sources(publisher: Publisher, settings: Settings, given: Sequence[str]) -> list[str]:
    chosen = given or settings.sources
    if not chosen:
        return sources_of(publisher) or [str(BUNDLED)]
    return [one if is_url(one) else _absolute(one) for one in chosen]


def _absolute(path: str) -> str:
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError:  # "~" before the name of nobody; it is said to be missing later
        return path


def _same(job: Job, previous: Snapshot, sources: list[str], shelf: Shelf) -> bool:
    """Tell whether a version was made by this model from these sources, named as they are."""
    facts = previous.facts
    made_of = (facts["checksum"], facts["sources"], facts.get("slugs"))
    return made_of == (job.encoder.checksum, sources, shelf.slugs) and not read_otherwise(facts)


@dataclass(frozen=True)
class Contents:
    """What a version is made of, what it says of that, and the files of what it must answer."""

    articles: Sequence[Article]
    facts: Mapping[str, Any]
    questions: Sequence[Path] = ()


def write_version(
    job: Job, contents: Contents, previous: Snapshot | None, journal: Journal
) -> tuple[str, int, int]:
    """Write, read back, gate, switch; give the version's id and how many were reused, embedded."""
    publisher = job.publisher
    try:
        version, embedding = write_draft(job, contents, journal)
        job.step("checking", 0, 1)
        written = publisher.opened(version)
        try:
            _gate(job, contents.questions, previous, written)
        except GateError:
            publisher.keep_aside(version)
            raise
        job.step("checking", 1, 1)
        publisher.switch(version)
        journal.remove()
    except CalledOffError:  # the next build goes on from here
        raise
    except Exception:  # a full disk, or what the journal held
        journal.remove()
        raise
    return version, embedding.reused, embedding.total - embedding.reused


def write_draft(job: Job, contents: Contents, journal: Journal) -> tuple[str, Embedding]:
    """Write a draft; give its id, and what was embedded for it."""
    embedding = Embedding(contents.articles, job.encoder, job.publisher, journal)
    made = embedding.run(lambda done, total: job.step("embedding", done, total), job.check)
    facts = {
        **contents.facts,
        "model": Model(ENCODER, job.settings.model, job.settings.home).known_as,
        "checksum": job.encoder.checksum,
        "reading": WAY,
    }
    with closing(made):
        return job.publisher.write(contents.articles, made, facts), embedding


def _gate(job: Job, files: Sequence[Path], previous: Snapshot | None, written: Snapshot) -> None:
    if previous is None or not files or job.force:
        return
    pass_gate(
        job.settings, files, previous, (written, Models(job.encoder, job.reader)),
        lambda done, total: job.step("checking", done, total),
    )  # fmt: skip
