"""Questions beside others that ask the same, or nearly: what teaching is fitted and measured on.

Two people's questions with the same answer are rewordings of one another. Those of
``natural/rewordings.jsonl`` were written for this with the question in sight: one that asks the
same in other words, and one that asks for another thing in nearly the same words.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import Asked, Corpus
from benchmarks.natural import FITTED_SHELVES, HERE
from summitqa.article import Article

FILE = HERE / "rewordings.jsonl"
PEOPLE, REWORDED, OTHER = "people's own", "reworded", "another question"


@dataclass(frozen=True, slots=True)
class Put:
    """A question as it is put, and ``of`` which question that is a rewording, or all but one.

    ``of`` is itself where it is one of people's own. ``kind``: one of the three above.
    """

    text: str
    of: Asked
    kind: str = PEOPLE

    @property
    def known(self) -> bool:
        """Whether anybody said what answers it, or that nothing does."""
        return self.kind != OTHER

    def answered_by(self, taught: Asked) -> bool:
        """Tell whether the passage that another question is taught with answers this one."""
        return self.known and taught.places[0] in self.of.places


@dataclass(frozen=True, slots=True)
class Group:
    """What is asked of one shelf, or of one article: ``article`` is its slug then."""

    name: str
    article: str | None
    articles: Mapping[str, Article]
    puts: tuple[Put, ...]

    @property
    def answerable(self) -> list[Asked]:
        """What may be taught: people's own questions that a passage answers."""
        return [put.of for put in self.puts if put.kind == PEOPLE and put.of.places]


def groups(name: str, corpus: Corpus) -> Iterator[Group]:
    """Give what is asked of a shelf, or of each article where its questions name one."""
    known = {article.slug: article for article in corpus.articles}
    scopes = dict.fromkeys(asked.article for asked in corpus.questions)
    for scope in scopes:
        puts = [Put(one.text, one) for one in corpus.questions if one.article == scope]
        if name in FITTED_SHELVES:
            puts += _written(name, {put.text: put.of for put in puts})
        yield Group(scope or name, scope, known, tuple(puts))


def _written(shelf: str, asked: Mapping[str, Asked]) -> Iterator[Put]:
    for line in FILE.read_text("utf-8").splitlines():
        given = json.loads(line)
        if given["shelf"] == shelf:
            of = asked[given["question"]]
            yield Put(given["reworded"], of, REWORDED)
            yield Put(given["other"], of, OTHER)


def same_answer(one: Asked, two: Asked) -> bool:
    """Tell whether two questions have one label, or a part of it: they ask the same then."""
    texts = [[" ".join(label) for label in asked.answers] for asked in (one, two)]
    return any(a in b or b in a for a in texts[0] for b in texts[1])


def written(path: Path = FILE) -> int:
    """Count the rewordings that were written for this."""
    return len(path.read_text("utf-8").splitlines())
