"""A shelf that is filled from chat: a change is made upon the version in use, and gives the next.

Each version carries its catalogue, so that switching to one, or back, is one step, and a kill at
any moment leaves the one before or the one after. Only what a change is about is read; the text of
everything else is taken as the version in use has it.
"""

import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from summitqa.article import Article
from summitqa.errors import (
    ConflictError,
    IndexMissingError,
    InputError,
    SourceError,
)
from summitqa.snapshot import Snapshot
from summitqa_index.build import Contents, Job, Report, write_version
from summitqa_index.catalogue import (
    FACT,
    PUTS,
    UPON,
    Catalogue,
    Change,
    Entry,
    Held,
    catalogue_of,
    find,
    to_json,
)
from summitqa_index.changes import Changes, compare
from summitqa_index.entries import EntryReading, read_entries, seen_of
from summitqa_index.journal import Journal
from summitqa_index.publisher import Publisher
from summitqa_index.questions import amiss, questions_of
from summitqa_index.rejected import accept, digest_of, refuse_rejected
from summitqa_index.room import Seen, standing, tidy
from summitqa_index.sources.pages import keep_page
from summitqa_index.sources.readings import READINGS
from summitqa_index.sources.readings import prune as prune_readings
from summitqa_index.sources.shelf import FETCHED, Skipped
from summitqa_index.sources.walk import printable
from summitqa_index.versions import go_back, open_used, read_otherwise

_REMEMBERED = 100  # changes, so that one that is made a second time is known


@dataclass(frozen=True)
class Standing:
    """A shelf as it stands: the version in use, what it was made from, the changes made last.

    ``version`` is ``None`` where the shelf is empty; ``snapshot`` also where it is damaged.
    ``passages`` counts those of all articles.
    """

    version: str | None = None
    snapshot: Snapshot | None = None
    catalogue: Catalogue = ()
    puts: tuple[str, ...] = ()
    passages: int = 0

    @classmethod
    def of(cls, publisher: Publisher) -> "Standing":
        """Look at a shelf.

        IndexDamagedError where it is not known what it is made of: nothing may be put upon that.
        InputError where it is made from files.
        """
        try:
            version = publisher.used()
        except IndexMissingError:
            return cls()
        facts = publisher.facts(version)
        if FACT not in facts:
            raise InputError(
                f"The shelf in {publisher} is made from files or pages; change those and reindex."
            )
        puts = facts.get(PUTS)
        known = tuple(map(str, puts)) if isinstance(puts, list) else ()
        catalogue = catalogue_of(facts, version)
        return cls(version, open_used(publisher), catalogue, known, facts["passages"])

    def admit(self, job: Job, newest: Catalogue, articles: Sequence[Article], seen: Seen) -> None:
        """Ask the job whether the shelf may come to hold this; raises what that raises."""
        blobs, folder = job.publisher.blobs, job.settings.folder
        passages = sum(len(article.passages) for article in articles)
        job.admit(
            Held(len(self.catalogue), self.passages, standing(blobs, folder, self.catalogue)),
            Held(len(newest), passages, standing(blobs, folder, newest, seen)),
        )

    def article(self, entry: Entry) -> Article | None:
        """Give what the version in use has of an entry; ``None`` where that is another, or none."""
        snapshot = self.snapshot
        if snapshot is None or find(self.catalogue, entry.slug) != entry:
            return None
        return snapshot.article(entry.slug) if entry.slug in snapshot.slugs else None


@dataclass(frozen=True)
class _Gathered:
    """The articles of a catalogue, what was amiss, and which readings were of use."""

    articles: Sequence[Article]
    skipped: Sequence[Skipped]
    readings: AbstractSet[str]


def put(job: Job, change: Change) -> Report:
    """Make a change upon the shelf as it is now, and switch to what it gives.

    One that was made already is not made again. Where the last entry goes, no version is in use
    afterwards. Raises ConflictError where the entry has been changed since by somebody else,
    SourceError where it cannot be read, GateError where questions are lost (not with
    ``job.force``), and what ``job.admit`` and ``build`` raise; the version in use stays then.
    """
    with job.publisher.lock(job.who):
        standing = Standing.of(job.publisher)
        if change.ref and change.ref in standing.puts:
            return _Build(job, standing).unchanged()
        newest = change.upon(standing.catalogue)
        puts = (*standing.puts, change.ref)[-_REMEMBERED:] if change.ref else standing.puts
        return _Build(job, standing).run(newest, puts, seen_of(change, job.publisher.blobs))


def reread(job: Job) -> Report:
    """Read every entry of the shelf again, and switch where anything has changed.

    Of an entry that cannot be read the text stays as the version in use has it, and it is named
    among ``skipped``. RejectedError where what is read was rolled back from.
    """
    with job.publisher.lock(job.who):
        standing = Standing.of(job.publisher)
        return _Build(job, standing).run(standing.catalogue, standing.puts, None)


def undo(publisher: Publisher, version: str | None, to: str | None, who: str) -> None:
    """Go back from a version to the one before it, each ``None`` for the empty shelf.

    ConflictError where another is in use by now; else what ``rollback`` raises.
    """
    with publisher.lock(who):
        if used_of(publisher) != version:
            raise ConflictError("The shelf has been changed since; nothing was undone.")
        if to is None:
            publisher.withdraw()
        else:
            go_back(publisher, to)


def used_of(publisher: Publisher) -> str | None:
    """Name the version in use, ``None`` for an empty shelf."""
    try:
        return publisher.used()
    except IndexMissingError:
        return None


def contents_of(
    articles: Sequence[Article], catalogue: Catalogue, folder: Path, **facts: Any
) -> Contents:
    """Give what a version of a catalogue is made of; ``facts`` are what else it is to say."""
    sources = [printable(str(entry.url or entry.name)) for entry in catalogue]
    known = {"sources": sources, "slugs": {}, FACT: to_json(catalogue)}
    return Contents(articles, {**known, **facts}, questions_of(folder))


class _Build:
    """A build upon a shelf as it stands, under the lock."""

    def __init__(self, job: Job, standing: Standing) -> None:
        self._job, self._standing = job, standing
        self._folder = job.settings.folder
        self._began = time.monotonic()
        self._changes = Changes((), (), (), (), ())

    def unchanged(self) -> Report:
        """Tell that nothing is to be done."""
        snapshot = self._standing.snapshot
        self._changes = Changes((), (), (), tuple(snapshot.slugs) if snapshot else (), ())
        return self._report(self._standing.version, (), switched=False)

    def run(self, newest: Catalogue, puts: Sequence[str], seen: Seen | None) -> Report:
        """Read what is to be read, write and switch.

        ``seen`` are the pages that are put as they were looked at; with ``None`` all is read again.
        """
        job, standing, again = self._job, self._standing, seen is None
        gathered = self._gather(newest, seen)
        articles = gathered.articles
        standing.admit(job, newest, articles, seen or {})
        for url, raw in (seen or {}).items():
            keep_page(url, self._folder / FETCHED, raw)
        self._changes = compare(standing.snapshot, articles)
        skipped = [*gathered.skipped, *amiss(questions_of(self._folder), articles)]
        if again:
            prune_readings(self._folder / READINGS, gathered.readings)
        if not newest:
            if standing.version:
                job.publisher.withdraw()
            return self._report(None, skipped, switched=standing.version is not None)
        if not articles:
            first = gathered.skipped[0].reason
            raise SourceError(f"No article of the shelf can be read. The first: {first}")
        if self._same(newest):
            return self._report(standing.version, skipped, switched=False)
        digest = digest_of(job.encoder.checksum, articles)
        if again and standing.version and not job.force:
            refuse_rejected(job.publisher, digest, standing.version)
        facts = {PUTS: list(puts), UPON: standing.version}
        contents = contents_of(articles, newest, self._folder, **facts)
        job.publisher.require_room(articles)
        with closing(Journal(self._folder)) as journal:
            version, *counts = write_version(job, contents, standing.snapshot, journal)
        accept(job.publisher, digest)
        job.publisher.prune(job.settings.keep_versions)
        if tidy(job.publisher, self._folder):
            prune_readings(self._folder / READINGS, gathered.readings)
        return self._report(version, skipped, *counts)

    def _report(
        self, version: str | None, skipped: Sequence[Skipped], reused: int = 0, embedded: int = 0,
        *, switched: bool = True,
    ) -> Report:  # fmt: skip
        seconds = time.monotonic() - self._began
        before = self._standing.version
        return Report(version, self._changes, reused, embedded, skipped, seconds, switched, before)

    def _same(self, newest: Catalogue) -> bool:
        """Tell whether the version in use is what would be written."""
        snapshot = self._standing.snapshot
        if snapshot is None or self._job.force or not self._changes.none:
            return False
        by_this_model = snapshot.facts["checksum"] == self._job.encoder.checksum
        return (
            newest == self._standing.catalogue
            and by_this_model
            and not read_otherwise(snapshot.facts)
        )

    def _gather(self, newest: Catalogue, seen: Seen | None) -> _Gathered:
        """Read what is not held, or all of it; what cannot be read now stays as it is held."""
        job, standing = self._job, self._standing
        held = {entry.slug: standing.article(entry) for entry in newest}
        snapshot = standing.snapshot
        stale = seen is None or snapshot is None or read_otherwise(snapshot.facts)
        entries = [entry for entry in newest if stale or held[entry.slug] is None]
        outcomes, used = read_entries(
            entries, job.settings, job.publisher.blobs,
            lambda done, total: job.step("reading", done, total), job.cancelled, newest, seen,
        )  # fmt: skip
        skipped = []
        for entry, outcome in zip(entries, outcomes, strict=True):
            source = printable(str(entry.url if entry.blob is None else entry.name))
            if isinstance(outcome, EntryReading):
                held[entry.slug] = outcome.article
                if outcome.trouble:
                    skipped.append(Skipped(source, outcome.trouble, read=True))
            elif entry not in standing.catalogue:
                raise outcome
            else:
                there = held[entry.slug] is not None
                stays = " The text that was read before stays." if there else ""
                skipped.append(Skipped(source, f"{outcome}{stays}", read=there))
        return _Gathered([one for one in held.values() if one is not None], skipped, used)
