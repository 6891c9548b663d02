"""Why an answer came out as it did: every number between the question and the ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from summitqa.answer import Band
from summitqa.article import Citation
from summitqa.encoder import Floats
from summitqa.lessons import Lesson
from summitqa.question import Question
from summitqa.ranking import RANKING, band, weights
from summitqa.reader import Reader
from summitqa.retrieval import Search
from summitqa.snapshot import Snapshot
from summitqa.teaching import surer

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that was weighed.

    ``score``: what words and vectors say, the sum of the ``features`` times their weights;
    ``odds``: the reader's log-odds that the sentence cited answers, ``None`` where it was not
    read; ``total``: what the passage was ranked by.
    """

    citation: Citation
    score: float
    features: Mapping[str, float]
    odds: float | None
    total: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The numbers behind an answer.

    ``searched``: the question as the index spells it; ``passages``: how many the scope has;
    ``read``: how many sentences the reader read, ``None`` without one; ``candidates``: the best
    five; ``features``: what the two judges saw; ``weights``: of ranking, reading and each judge,
    by name; ``on_topic``: the probability that the question is about what the scope is about,
    held against ``threshold``; ``confidence``: that the first passage answers; ``lesson``: what
    was taught for it, whose passage comes first where ``taught``.
    """

    question: str
    searched: str
    index_version: str
    passages: int
    read: int | None
    candidates: tuple[Candidate, ...]
    features: Mapping[str, float]
    weights: Mapping[str, Mapping[str, float]]
    on_topic: float
    threshold: float
    found: bool
    confidence: float
    band: Band
    lesson: Lesson | None = None

    @property
    def taught(self) -> bool:
        """Whether the passage that somebody pointed the question to comes first."""
        return self.lesson is not None and not surer(self.found, self.confidence, self.lesson)


def why(
    shelf: Snapshot,
    question: Question,
    article: str | None,
    reader: Reader | None = None,
    lesson: Lesson | None = None,
) -> Explanation:
    """Explain the answer to a question; ArticleUnknownError for an unknown slug."""
    search = Search(shelf, question, article, reader)
    judged = search.judged
    used = weights()
    judges = used.with_reader if reader else used.alone
    return Explanation(
        question=question.text,
        searched=search.question.given,
        index_version=shelf.version,
        passages=search.scope.passages,
        read=len(judged.reading.read) if reader else None,
        candidates=tuple(_candidates(search)),
        features=judged.signals,
        weights={
            "ranking": _named(used.ranking),
            "reading": asdict(used.reading),
            "found": judges.found,
            "confidence": judges.confidence,
        },
        on_topic=judged.on_topic,
        threshold=judges.threshold,
        found=judged.found,
        confidence=judged.confidence,
        band=band(judged.confidence),
        lesson=lesson,
    )


def _candidates(search: Search) -> Sequence[Candidate]:
    judged = search.judged
    return [
        Candidate(
            search.cite(place),
            float(judged.scores[place]),
            _named(judged.features[place]),
            _odds(judged.reading.odds[search.evidence.rows(place)]),
            float(judged.reading.scores[place]),
        )
        for place in judged.order[:_SHOWN].tolist()
    ]


def _odds(read: Floats) -> float | None:
    """Give the best of the log-odds that are known of a passage's sentences."""
    known = read[~np.isnan(read)]
    return float(known.max()) if len(known) else None


def _named(values: Floats) -> dict[str, float]:
    return dict(zip(RANKING, (float(value) for value in values), strict=True))
