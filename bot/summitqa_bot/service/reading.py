"""Articles opened for reading: as they were cited, and what has become of them since.

Nothing is shown of an article that was taken off its shelf, whatever versions of it are kept.
Everything here is synchronous and runs in the desk's worker threads.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from summitqa.article import Article
from summitqa.errors import SettingsError, SummitQAError
from summitqa.settings import shelf_name
from summitqa.snapshot import Snapshot
from summitqa_bot.asked import Asked
from summitqa_bot.links import Span, Target
from summitqa_bot.receipts import Receipt, digest, stamp
from summitqa_bot.service.changed import standing
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.state import State
from summitqa_index.changes import PassageChange, between

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """An article that was opened, as it stands in ``version`` of ``shelf``.

    ``kept``: whether that is the version that was asked for; else it is the one in use. ``cited``
    is the span of the quote that was followed and ``beside`` are those of the others, all within
    the text; ``gone`` the quote's words where they stand in it no longer. ``changes``: what is
    other in the text in use.
    """

    shelf: str
    version: str
    article: Article
    kept: bool
    cited: Span | None
    beside: tuple[Span, ...]
    gone: str = ""
    changes: tuple[PassageChange, ...] = ()


class Reading:
    """Opens what a link leads to. Whether it may be read is for the link to say."""

    def __init__(self, shelves: Shelves, state: State) -> None:
        self._shelves = shelves
        self._state = state

    def open(self, target: Target, spans: Sequence[Span], cited: str = "") -> Read | None:
        """Open an article; ``None`` where it is on its shelf no more, or there is no such shelf.

        ``spans`` are those to light in the version asked for, the quote's own first. ``cited``,
        "ref.n", is the remembered quote to look for where that version is not kept any more.
        """
        used = self._used(target.shelf)
        if used is None or target.slug not in used.slugs:
            return None
        now = used.article(target.slug)
        then = used if target.version in ("", used.version) else self._then(target)
        if then is None:
            return self._found_again(target, used, now, cited)
        article = then.article(target.slug)
        own, *others = spans or [(0, 0)]
        return Read(
            target.shelf, then.version, article, kept=True,
            cited=own if _within(article, own) else None,
            beside=tuple(one for one in others if _within(article, one)),
            changes=between(article, now),
        )  # fmt: skip

    def receipt(self, cited: str) -> Receipt | None:
        """Give the receipt of a remembered quote, "ref.n" or "ref" for the first.

        ``None`` where there is no such quote, or its article is on the shelf no more.
        """
        asked, number = self._remembered(cited if "." in cited else f"{cited}.1")
        if asked is None or not asked.found or not 0 < number <= len(asked.cited):
            return None
        slug, paragraph, start, end, quote, _, url, *_ = asked.cited[number - 1]
        target = Target(asked.shelf, slug, asked.version)
        read, at = self.open(target, [(start, end)]), self._state.answered_at(asked.ref)
        if read is None or at is None:
            return None
        return Receipt(
            article=slug, title=read.article.title, shelf=asked.shelf, version=asked.version,
            paragraph=paragraph, start=start, end=end, text=quote, sha256=digest(quote),
            article_sha256=digest(read.article.text) if read.kept else None, url=url,
            cited_at=stamp(at),
        )  # fmt: skip

    def _used(self, name: str) -> Snapshot | None:
        try:
            shelf = self._shelves.get(shelf_name("", name))
        except SettingsError:  # what is no shelf's name may be a path
            return None
        return None if shelf is None else shelf.library.store

    def _then(self, target: Target) -> Snapshot | None:
        """Open the version that was asked for, if it is kept and had the article."""
        try:
            store = self._shelves.at(target.shelf, target.version)
        except SummitQAError:
            log.exception("an article is shown as it is in use, not as it was cited")
            return None
        return store if store and target.slug in store.slugs else None

    def _found_again(self, target: Target, used: Snapshot, now: Article, cited: str) -> Read:
        """Give the text in use, and where the quotes of the answer stand in it."""
        asked, number = self._remembered(cited)
        rows = [] if asked is None or asked.shelf != target.shelf else list(asked.cited)
        own = rows.pop(number - 1) if 0 < number <= len(rows) else None
        if own is None or own[0] != target.slug:
            return Read(target.shelf, used.version, now, kept=False, cited=None, beside=())
        span, *others = [_stands(one, used) for one in (own, *rows) if one[0] == target.slug]
        return Read(
            target.shelf, used.version, now, kept=False, cited=span,
            beside=tuple(one for one in others if one), gone="" if span else str(own[4]),
        )  # fmt: skip

    def _remembered(self, cited: str) -> tuple[Asked | None, int]:
        ref, _, number = cited.rpartition(".")
        if not (ref and number.isascii() and number.isdecimal() and len(number) < 4):
            return None, 0
        return self._state.answer(ref), int(number)


def _stands(cited: Sequence[Any], used: Snapshot) -> Span | None:
    found = standing(cited, used)
    return None if found is None else (found.sentence.start, found.sentence.end)


def _within(article: Article, span: Span) -> bool:
    return 0 <= span[0] < span[1] <= len(article.text)
