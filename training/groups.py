"""What is trained on: each article of the encyclopedia, and each shelf, with its questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import natural
from benchmarks.corpus import ANSWERABLE, FITTING, NEAR_TOPIC, Asked, read
from summitqa.article import Article

FOLDS = 3
READ_FOLD = 0  # what the reader is trained without


@dataclass(frozen=True, slots=True)
class Group:
    """Articles that are searched together, and what is asked of them.

    ``natural``: people's own questions; ``squad``: SquadShifts', which repeat the words of their
    paragraph; ``fold``: the one that leaves the group out.
    """

    name: str
    articles: tuple[Article, ...]
    natural: tuple[Asked, ...]
    squad: tuple[Asked, ...]
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
            number % FOLDS,
        )
        for number, one in enumerate(sorted(wiki.articles, key=lambda one: one.slug))
    ]
    for number, (name, corpus) in enumerate(sorted(fitted.items())):
        asked = tuple(one for one in corpus.questions if one.kind in (ANSWERABLE, NEAR_TOPIC))
        found.append(Group(name, corpus.articles, asked[::every], (), number % FOLDS))
    return found


def _of(slug: str, asked: Sequence[Asked]) -> tuple[Asked, ...]:
    return tuple(one for one in asked if one.article == slug)
