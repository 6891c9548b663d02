"""What a new reading of the sources changes, article by article and passage by passage."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from summitqa.article import Article
from summitqa.store import Store


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


def compare(previous: Store | None, articles: Sequence[Article]) -> Changes:
    """Compare articles as read now with those of a version (``None``: there is none yet)."""
    numbers = previous.numbers if previous is not None else {}
    before = {
        article.slug: previous.article(numbers[article.slug])
        for article in articles
        if previous is not None and article.slug in numbers
    }
    now = {article.slug for article in articles}
    changed = [
        article
        for article in articles
        if article.slug in before and before[article.slug] != article
    ]
    passages = [
        change
        for article in changed
        for change in _passages(article.slug, before[article.slug], article)
    ]
    return Changes(
        added=tuple(article.slug for article in articles if article.slug not in numbers),
        changed=tuple(article.slug for article in changed),
        removed=tuple(slug for slug in numbers if slug not in now),
        unchanged=tuple(
            article.slug
            for article in articles
            if article.slug in before and before[article.slug] == article
        ),
        passages=tuple(passages),
    )


def _passages(slug: str, before: Article, now: Article) -> list[PassageChange]:
    old, new = _texts(before), _texts(now)
    found = []
    for kind, low, high, first, last in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            continue
        for step in range(max(high - low, last - first)):
            found.append(
                PassageChange(
                    slug,
                    old[low + step] if low + step < high else None,
                    new[first + step] if first + step < last else None,
                )
            )
    return found


def _texts(article: Article) -> list[str]:
    return [article.text[passage.start : passage.end] for passage in article.passages]
