"""What a new reading of the sources changes, article by article and passage by passage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rapidfuzz.distance import Indel

from summitqa.article import Article
from summitqa.snapshot import Snapshot

# Two runs of more passages than this are paired in their order: matching takes the square.
_MATCHED = 2000


@dataclass(frozen=True, slots=True)
class PassageChange:
    """A passage that is new, gone or other than before: ``old`` or ``new`` is ``None`` then."""

    article: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Slugs of the articles added, changed, removed and unchanged, and the passages behind."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    passages: tuple[PassageChange, ...]

    @property
    def none(self) -> bool:
        """Whether everything is as it was."""
        return not (self.added or self.changed or self.removed)


def compare(
    previous: Snapshot | None, articles: Sequence[Article], *, passages: bool = False
) -> Changes:
    """Compare articles as read now with those of a version (``None``: there is none yet).

    Only with ``passages`` are the passages given that were added, changed and removed.
    """
    sorts: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
    found: list[PassageChange] = []
    for now in articles:
        before = _before(previous, now.slug)
        sorts["added" if before is None else "unchanged" if before == now else "changed"].append(
            now.slug
        )
        if passages and before != now:
            found += _passages(now.slug, _texts(before), _texts(now))
    present = {article.slug for article in articles}
    removed = [slug for slug in (previous.slugs if previous else ()) if slug not in present]
    if passages:
        for slug in removed:
            found += _passages(slug, _texts(_before(previous, slug)), [])
    lists = {name: tuple(slugs) for name, slugs in sorts.items()}
    return Changes(**lists, removed=tuple(removed), passages=tuple(found))


def between(before: Article, now: Article) -> tuple[PassageChange, ...]:
    """Give the passages of an article that are other in a later state of it."""
    return tuple(_passages(now.slug, _texts(before), _texts(now)))


def _before(previous: Snapshot | None, slug: str) -> Article | None:
    if previous is None or slug not in previous.slugs:
        return None
    return previous.article(slug)


def _texts(article: Article | None) -> list[str]:
    if article is None:
        return []
    return [article.text[passage.start : passage.end] for passage in article.passages]


def _passages(slug: str, old: list[str], new: list[str]) -> Iterator[PassageChange]:
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    for before, after in _runs(old, new):
        for pair in zip_longest(before, after):
            yield PassageChange(slug, *pair)


def _alike(old: list[str], new: list[str]) -> int:
    """Count the passages at the head that are the same."""
    pairs = zip(old, new, strict=False)
    return next(
        (place for place, (before, after) in enumerate(pairs) if before != after),
        min(len(old), len(new)),
    )


def _runs(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Give the runs of passages that differ, each beside what stands in its place."""
    if max(len(old), len(new)) > _MATCHED:
        yield old, new
        return
    low = first = 0
    # Of what matches, as few passages as can be are new or gone: in bit-parallel time, for the
    # many alike that a text may hold.
    for block in Indel.opcodes(old, new).as_matching_blocks():
        if (low, first) != (block.a, block.b):
            yield old[low : block.a], new[first : block.b]
        low, first = block.a + block.size, block.b + block.size
