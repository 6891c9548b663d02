"""Questions put to articles and shelves by models that were not trained on them, as served.

For each fold its articles and shelves are indexed with that fold's encoder, and its questions are
asked there by the product's own code, the fold's reader beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import Asked, store_of
from summitqa.encoder import Encoder
from summitqa.encoder import load_onnx as load_encoder
from summitqa.evidence import Evidence
from summitqa.question import Question
from summitqa.reader import Reader
from summitqa.reader import load_onnx as load_reader
from summitqa.retrieval import Search
from summitqa.snapshot import Snapshot
from training.groups import READ_FOLD, Group, by_itself, groups, lines_for, strangers

# Of SquadShifts' questions, which repeat their paragraph's words, only every so many-th is asked.
_EVERY = 4
SHELF, DOCUMENT, ARTICLE, SQUAD = "shelf", "document", "article", "squad"
TAKEN_OUT = "taken out"


@dataclass(eq=False)
class Sample:
    """A question asked of a scope: its evidence, and what answers.

    ``source``: a shelf's, one of its documents' alone, an article's or SquadShifts'; ``kind``:
    answerable, near-topic, taken out (what answers was left out of the evidence), elsewhere (asked
    of something else), off-topic or conversation; ``right``: (c,) which passages answer,
    ``quotes``: (s,) which sentences.
    """

    source: str
    kind: str
    asked: Asked
    search: Search
    evidence: Evidence
    right: NDArray[np.bool_]
    quotes: NDArray[np.bool_]
    _odds: dict[int, float] = field(default_factory=dict)

    def odds_of(self, sentence: int) -> float:
        """Give the reader's log-odds of a sentence of the evidence, read once."""
        number = int(self.evidence.sentences[sentence])
        if number not in self._odds:
            whole = int(np.searchsorted(self.search.evidence.sentences, number))
            self._odds[number] = self.search.odds_of(whole)
        return self._odds[number]

    def quotable(self, place: int) -> NDArray[np.bool_]:
        """Tell which sentences of a passage may be quoted."""
        whole = np.searchsorted(self.search.evidence.passages, self.evidence.passages[place])
        return self.search.quotable(int(whole))

    def without(self) -> "Sample":
        """Take out of the evidence what answers."""
        one = self.evidence
        counts = np.diff(one.firsts, append=len(one.sentences))
        kept = np.repeat(~self.right, counts)
        counts = counts[~self.right]
        evidence = replace(
            one,
            passages=one.passages[~self.right],
            sentences=one.sentences[kept],
            firsts=(np.cumsum(counts) - counts).astype(np.int32),
            similarity=one.similarity[kept],
            bm25=one.bm25[kept],
            coverage=one.coverage[~self.right],
            lengths=one.lengths[~self.right],
            headings=one.headings[~self.right],
            total=one.total - int(self.right.sum()),
        )
        nothing = np.zeros(len(evidence.passages), bool)
        return replace(
            self,
            kind=TAKEN_OUT,
            evidence=evidence,
            right=nothing,
            quotes=np.zeros(kept.sum(), bool),
        )


@dataclass(frozen=True)
class Fold:
    """What one fold leaves out, indexed and read by its own models."""

    number: int
    held: Sequence[Group]
    trained: Path

    @cached_property
    def encoder(self) -> Encoder:
        """The fold's encoder."""
        return load_encoder(self.trained / f"encoder-{self.number}")

    @cached_property
    def reader(self) -> Reader:
        """The fold's reader."""
        return load_reader(self.trained / f"reader-{self.number}")

    def samples(self) -> Iterator[Sample]:
        """Ask everything of what it is asked of, and some of something else."""
        chance = Random(self.number)
        for group in self.held:
            others = [one for one in self.held if one is not group]
            shelf = len(group.articles) > 1
            yield from self._asked_of(group, SHELF if shelf else ARTICLE, others, chance)
            for article in group.articles if shelf else ():
                yield from self._asked_of(by_itself(group, article), DOCUMENT, others, chance)

    def _asked_of(
        self, group: Group, source: str, others: Sequence[Group], chance: Random
    ) -> Iterator[Sample]:
        folder = self.trained / f"index-{self.number}" / group.name
        store = store_of(group.articles, self.encoder, folder)

        def put(asked: Asked, source: str = source) -> Sample:
            return self._sample(store, Question.read(asked.text, self.encoder), asked, source)

        for asked in group.questions(_EVERY):
            one = put(asked, source if asked in group.natural else SQUAD)
            yield one
            if one.right.any() and not one.right.all():
                yield one.without()
        for asked in (
            *strangers(group, others, chance),
            *(group.lines or lines_for(self.held, chance)),
        ):
            yield put(asked)

    def _sample(self, store: Snapshot, question: Question, asked: Asked, source: str) -> Sample:
        search = Search(store, question, None, self.reader)
        evidence = search.evidence
        numbers = [
            store.scope(slug).first + place - 1
            for slug, place in asked.places
            if slug in store.slugs
        ]
        right = np.isin(evidence.passages, numbers)
        quotes = np.zeros(len(evidence.sentences), bool)
        for place in np.flatnonzero(right):
            article, passage = search.home(int(place))
            texts = (article.text[one.start : one.end] for one in passage.sentences)
            quotes[evidence.rows(int(place))] = [asked.answered_by(text) for text in texts]
        return Sample(source, asked.kind, asked, search, evidence, right, quotes)


def samples(data: Path, trained: Path) -> list[Sample]:
    """Give the samples of the fold that the reader was trained without, too."""
    for role in ("encoder", "reader"):
        if not (trained / f"{role}-{READ_FOLD}").is_dir():
            raise SystemExit(f"{trained} holds no {role} of fold {READ_FOLD}: run `make train`.")
    held = [one for one in groups(data) if one.fold == READ_FOLD]
    return list(Fold(READ_FOLD, held, trained).samples())
