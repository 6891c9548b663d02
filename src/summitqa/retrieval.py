"""A question to ranked, cited passages: gather the evidence, read the best, judge, quote."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from summitqa.answer import Answer, Match
from summitqa.article import Article, Citation, Passage, Sentence
from summitqa.asks import asks
from summitqa.context import first_asks, heading_of, lead_of, says_something
from summitqa.encoder import Encoder, Floats
from summitqa.evidence import Evidence, answers_to, gather
from summitqa.question import Question
from summitqa.ranking import Judgement, band, judge, weights
from summitqa.reader import Reader, Shown
from summitqa.reading import lacking
from summitqa.snapshot import Scope, Snapshot
from summitqa.spelling import respell

# Characters: a longer sentence is not quoted beside the best, or the quote would be no quote.
LONGEST_BESIDE = 500


def retrieve(
    shelf: Snapshot,
    question: Question,
    article: str | None,
    top: int,
    reader: Reader | None = None,
) -> Answer:
    """Answer a question from one article (a slug) or from the whole shelf.

    Gives at most ``top`` passages. Raises ArticleUnknownError for an unknown slug.
    """
    found = Search(shelf, question, article, reader)
    judged = found.judged
    matches = tuple(
        Match(
            found.cite(int(place)),
            float(judged.reading.scores[place]),
            float(judged.probabilities[place]),
        )
        for place in judged.order[:top]
    )
    confidence = judged.confidence
    return Answer(question.text, judged.found, confidence, band(confidence), shelf.version, matches)


@dataclass(frozen=True, slots=True)
class Models:
    """What questions are answered with; ``reader`` is ``None`` where there is to be none."""

    encoder: Encoder
    reader: Reader | None = None

    def ask(self, shelf: Snapshot, question: str, article: str | None, top: int) -> Answer:
        """Answer a question by its words alone; see ``retrieve``."""
        return retrieve(shelf, Question.read(question, self.encoder), article, top, self.reader)


@dataclass(frozen=True)
class Search:
    """One question, put to one article or the whole shelf."""

    shelf: Snapshot
    asked: Question
    article: str | None
    reader: Reader | None

    @cached_property
    def scope(self) -> Scope:
        """What is searched."""
        return self.shelf.scope(self.article)

    @cached_property
    def question(self) -> Question:
        """The question as the scope spells it."""
        return respell(self.asked, self.scope)

    @cached_property
    def evidence(self) -> Evidence:
        """What speaks for each passage."""
        return gather(self.question, self.scope)

    @cached_property
    def judged(self) -> Judgement:
        """What the models make of it."""
        odds_of = self.odds_of if self.reader else None
        return judge(self.evidence, self.quotable, odds_of, self.answer_of)

    def cite(self, place: int) -> Citation:
        """Cite the sentence of a candidate passage that answers best, or two that share it."""
        article, passage = self.home(place)
        values = self.judged.reading.values[self.evidence.rows(place)]
        if np.isneginf(values).all():  # too far behind to have been looked at sentence by sentence
            values = lacking(self.evidence, place, self.quotable(place), weights().reading.sentence)
        return _cited(article, passage, values)

    def read(self, place: int) -> Citation:
        """Cite a candidate passage that is known to answer by what the reader thinks best in it."""
        article, passage = self.home(place)
        values = lacking(self.evidence, place, self.quotable(place), weights().reading.sentence)
        return _cited(article, passage, self._heard(values, self.evidence.rows(place).start))

    def _heard(self, values: Floats, first: int) -> Floats:
        """Add what the reader thinks of the best sentences, of which the first has a number."""
        if self.reader is None:
            return values
        used = weights().reading
        odds = np.full(len(values), used.unread, np.float32)
        for sentence in np.argsort(-values, kind="stable")[: used.most].tolist():
            odds[sentence] = self.odds_of(first + sentence)
        heard: Floats = values + np.float32(used.odds) * odds
        return heard

    def place_of(self, passage: int) -> int | None:
        """Give the place of a passage, by its number, among the candidates."""
        places = np.flatnonzero(self.evidence.passages == passage)
        return int(places[0]) if len(places) else None

    def home(self, place: int) -> tuple[Article, Passage]:
        """Give the article and the passage of a candidate."""
        return self.scope.cite([int(self.evidence.passages[place])])[0]

    def answer_of(self, place: int) -> int | None:
        """Give the candidate that answers one that only asks."""
        (answer,) = answers_to(self.scope, self.evidence.passages[place : place + 1])
        return None if answer is None else self.place_of(answer)

    def quotable(self, place: int) -> NDArray[np.bool_]:
        """Tell which sentences of a passage may be quoted: a question answers none."""
        article, passage = self.home(place)
        texts = (article.text[one.start : one.end] for one in passage.sentences)
        found = np.asarray([not asks(text) for text in texts])
        if first_asks(article, passage) or not says_something(article, passage):
            found[0] = False
        return found

    def odds_of(self, sentence: int) -> float:
        """Have the reader tell whether a sentence of the evidence answers."""
        assert self.reader is not None  # noqa: S101
        return float(self.reader.read(self.question.given, [self.shown(sentence)])[0])

    def shown(self, sentence: int) -> Shown:
        """Give a sentence of the evidence as the reader sees it."""
        place = int(np.searchsorted(self.evidence.firsts, sentence, side="right")) - 1
        article, passage = self.home(place)
        number = sentence - int(self.evidence.firsts[place])
        span = passage.sentences[number]
        text = article.text[span.start : span.end]
        return Shown(heading_of(article, passage), lead_of(article, passage, number), text)


def _cited(article: Article, passage: Passage, values: Floats) -> Citation:
    """Cite the best of a passage's sentences, or two; ``values``: (s,) of each."""
    lengths = [one.end - one.start for one in passage.sentences]
    first, last = quoted(values, weights().reading.close, lengths)
    span = Sentence(passage.sentences[first].start, passage.sentences[last].end)
    return Citation(article, passage, span)


def quoted(values: Floats, close: float, lengths: Sequence[int]) -> tuple[int, int]:
    """Give the first and last of the sentences to quote: the best, or it and its neighbour.

    ``values``, ``lengths``: (s,) of a passage's sentences, the latter in characters. The neighbour,
    before or after, is quoted too where it lacks less than ``close`` and is not long.
    """
    best = int(np.argmax(values))
    beside = [one for one in (best - 1, best + 1) if 0 <= one < len(values)]
    short = [one for one in beside if lengths[one] <= LONGEST_BESIDE]
    other = max(short, key=lambda one: float(values[one]), default=best)
    if values[other] > values[best] - close:
        return min(best, other), max(best, other)
    return best, best
