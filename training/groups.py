"""What is trained on: each article of the encyclopedia, and each shelf, with its questions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import mode

from benchmarks import natural
from benchmarks.corpus import (
    ANSWERABLE,
    CONVERSATION,
    FITTING,
    NEAR_TOPIC,
    OFF_TOPIC,
    Asked,
    read,
)
from summitqa.article import Article

FOLDS = 3
READ_FOLD = 0  # what the reader is trained without
ELSEWHERE = "elsewhere"  # the kind of a question that is put to something else
_STRANGERS = 12  # questions from elsewhere for each article
_LINES = 16  # of what is said or asked of nothing there, for each article by itself


@dataclass(frozen=True, slots=True)
class Group:
    """Articles that are searched together, and what is asked of them.

    ``natural``: people's own questions; ``squad``: SquadShifts', which repeat the words of their
    paragraph; ``lines``: what is said or asked of nothing there; ``fold``: the one that leaves the
    group out.
    """

    name: str
    articles: tuple[Article, ...]
    natural: tuple[Asked, ...]
    squad: tuple[Asked, ...]
    lines: tuple[Asked, ...]
    fold: int

    def questions(self, every: int = 1) -> tuple[Asked, ...]:
        """Give the natural questions, and of SquadShifts' every so many-th."""
        return (*self.natural, *self.squad[::every])


def groups(data: Path, every: int = 1) -> list[Group]:
    """Read all that may be fitted on; of the questions, every so many-th."""
    fitted = natural.fitted(data)
    wiki = fitted.pop(natural.WIKI)
    squad = read(data / FITTING).questions
    found = [
        Group(
            one.slug,
            (one,),
            _of(one.slug, wiki.questions)[::every],
            _of(one.slug, squad)[::every],
            (),
            number % FOLDS,
        )
        for number, one in enumerate(sorted(wiki.articles, key=lambda one: one.slug))
    ]
    for name, corpus in sorted(fitted.items()):
        asked, lines = (
            tuple(one for one in corpus.questions if one.kind in kinds)
            for kinds in ((ANSWERABLE, NEAR_TOPIC), (OFF_TOPIC, CONVERSATION))
        )
        fold = natural.FITTED_SHELVES[name]
        found.append(Group(name, corpus.articles, asked[::every], (), lines, fold))
    return found


def by_itself(group: Group, article: Article) -> Group:
    """Give a document of a shelf alone, with what was asked about it."""
    natural = tuple(
        replace(asked, places=places)
        for asked in group.natural
        if _document_of(asked.source, group.natural) == article.slug
        for places in [tuple(one for one in asked.places if one[0] == article.slug)]
        if places or asked.kind != ANSWERABLE
    )
    name = f"{group.name}-{article.slug}"
    return replace(group, name=name, articles=(article,), natural=natural, lines=())


def _document_of(source: str | None, natural: Sequence[Asked]) -> str:
    """Give the slug of what most questions of one source are answered by."""
    return mode(one.places[0][0] for one in natural if one.source == source and one.places)


def lines_for(everything: Sequence[Group], chance: Random) -> tuple[Asked, ...]:
    """Draw some of all that is said or asked of nothing there, to be put to one article."""
    lines = [line for one in everything for line in one.lines]
    return tuple(chance.sample(lines, min(_LINES, len(lines))))


def strangers(group: Group, everything: Sequence[Group], chance: Random) -> list[Asked]:
    """Draw questions that are natural elsewhere, to be put to a group that answers none of them."""
    others = [asked for one in everything if one is not group for asked in one.natural]
    drawn = chance.sample(others, min(_STRANGERS * len(group.articles), len(others)))
    return [replace(asked, places=(), answers=(), kind=ELSEWHERE) for asked in drawn]


def _of(slug: str, asked: Sequence[Asked]) -> tuple[Asked, ...]:
    return tuple(one for one in asked if one.article == slug)
