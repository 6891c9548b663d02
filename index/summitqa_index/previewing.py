"""What a change would put on a shelf, told before it is made."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from summitqa.article import Article, Sentence
from summitqa.errors import CalledOffError, IndexBusyError
from summitqa.retrieval import Models
from summitqa.snapshot import Snapshot
from summitqa_index.build import Contents, Job, write_draft
from summitqa_index.catalogue import Change, Entry
from summitqa_index.changes import Changes, compare
from summitqa_index.entries import EntryReading, fetch_entry, read_entry, seen_of
from summitqa_index.gate import judge
from summitqa_index.journal import Journal
from summitqa_index.putting import Standing, contents_of
from summitqa_index.room import Seen, keep
from summitqa_index.sources.pages import kept_page
from summitqa_index.sources.readings import READINGS, Readings
from summitqa_index.sources.sandbox import Readers
from summitqa_index.sources.shelf import FETCHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would do.

    ``change`` is what is to be put, its entry with its slug; ``article`` as it would stand on the
    shelf, ``None`` where it is taken off; ``unknown`` which of its fields (``title``,
    ``published``, ``url``, ``credit``) neither the file nor the admin says; ``trouble`` what is
    amiss, in a sentence; ``changes`` what the shelf would be changed in, passage by passage;
    ``lost`` the questions of the shelf that would not be answered any more, ``None`` where none
    were asked.
    """

    change: Change
    article: Article | None
    unknown: tuple[str, ...]
    trouble: str | None
    changes: Changes
    lost: tuple[str, ...] | None = None

    @property
    def passages(self) -> int:
        """How many passages the article has."""
        return len(self.article.passages) if self.article else 0

    @property
    def first(self) -> str:
        """The first sentence that may be quoted."""
        return self._quoted(self.article.passages[0].sentences[0]) if self.article else ""

    @property
    def last(self) -> str:
        """The last sentence that may be quoted."""
        return self._quoted(self.article.passages[-1].sentences[-1]) if self.article else ""

    def _quoted(self, sentence: Sentence) -> str:
        return self.article.text[sentence.start : sentence.end] if self.article else ""


def preview(job: Job, change: Change) -> Preview:
    """Read what a change is about, and tell what it would do to the shelf.

    Nothing is put anywhere, but a page is fetched, and its bytes are kept to be put. Where the
    shelf has questions, a version is made, asked them and dropped again; what was embedded for it
    is kept for when the change is made. While another build holds the lock that is left out.
    Raises what ``put`` and ``keep`` raise of the change and its entry.
    """
    standing = Standing.of(job.publisher)
    beside = [one for one in standing.catalogue if one != change.before]
    seen = _seen(job, change, beside)
    reading = _read(job, change, beside, seen)
    if change.after and reading:
        change = replace(change, after=replace(change.after, slug=reading.article.slug))
    newest = change.upon(standing.catalogue)
    slug = change.before.slug if change.before else newest[-1].slug
    article = replace(reading.article, slug=slug) if reading else None
    found = (article if one.slug == slug else standing.article(one) for one in newest)
    articles = [one for one in found if one is not None]
    if change.ref not in standing.puts:
        standing.admit(job, newest, articles, seen)
    if change.page is None:
        for raw in seen.values():
            change = replace(change, page=keep(job.publisher, job.settings, raw))
    return Preview(
        change=change,
        article=article,
        unknown=reading.unknown if reading else (),
        trouble=reading.trouble if reading else None,
        changes=compare(standing.snapshot, articles, passages=True),
        lost=_lost(job, standing.snapshot, contents_of(articles, newest, job.settings.folder)),
    )


def _seen(job: Job, change: Change, beside: Sequence[Entry]) -> Seen:
    """Give the page that a change is about, as it was fetched or is now.

    None where it is no page, or one that is kept and only spoken of otherwise.
    """
    after, folder = change.after, job.settings.folder
    if change.page or after is None or after.blob:
        return seen_of(change, job.publisher.blobs)
    url = str(after.url)
    if change.rewords and kept_page(url, folder / FETCHED):
        return {}
    return {url: fetch_entry(after, job.settings, job.publisher.blobs, beside)}


def _read(job: Job, change: Change, beside: Sequence[Entry], seen: Seen) -> EntryReading | None:
    if change.after is None:
        return None
    with Readers(cancelled=job.cancelled) as readers:
        readings = Readings(readers, job.settings.folder / READINGS)
        blobs = job.publisher.blobs
        return read_entry(change.after, job.settings, blobs, readings, beside, seen=seen)


def _lost(job: Job, used: Snapshot | None, contents: Contents) -> tuple[str, ...] | None:
    """Ask a version that is not switched to the questions of the shelf."""
    if used is None or not contents.questions or not contents.articles:
        return None
    try:
        with job.publisher.lock(job.who), closing(Journal(job.settings.folder)) as journal:
            return _asked(job, used, contents, journal)
    except IndexBusyError:
        return None


def _asked(
    job: Job, used: Snapshot, contents: Contents, journal: Journal
) -> tuple[str, ...] | None:
    job.publisher.require_room(contents.articles)
    try:
        version, _ = write_draft(job, contents, journal)
        verdict = judge(
            job.settings, contents.questions, used,
            (job.publisher.opened(version), Models(job.encoder, job.reader)),
            lambda done, total: job.step("checking", done, total),
        )  # fmt: skip
    except CalledOffError:
        raise
    except Exception:  # a full disk, or what the journal held
        journal.remove()
        raise
    return verdict.lost if verdict else None
