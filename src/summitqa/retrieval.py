"""A question to ranked, cited passages: gather the evidence, judge it, quote."""

import numpy as np

from summitqa.answer import Answer, Match
from summitqa.article import Citation
from summitqa.asks import asks
from summitqa.evidence import Evidence, Scope, gather
from summitqa.question import Question
from summitqa.ranking import band, judge
from summitqa.spelling import respell
from summitqa.store import Store


def retrieve(store: Store, question: Question, article: str | None, top: int) -> Answer:
    """Answer a question from one article (a slug) or from the whole shelf.

    Gives at most ``top`` passages. Raises ArticleUnknownError for an unknown slug.
    """
    scope = Scope.of(store, article)
    evidence = gather(respell(question, scope), scope)
    judged = judge(evidence)
    matches = tuple(
        Match(
            cite(store, evidence, int(place)),
            float(judged.scores[place]),
            float(judged.probabilities[place]),
        )
        for place in judged.order[:top]
    )
    confidence = judged.confidence
    return Answer(question.text, judged.found, confidence, band(confidence), store.version, matches)


def cite(store: Store, evidence: Evidence, place: int) -> Citation:
    """Cite the sentence of a candidate passage that is most similar to the question.

    A question answers none: one is quoted only where its passage has nothing else.
    """
    first = int(evidence.firsts[place])
    last = int(evidence.firsts[place + 1]) if place + 1 < len(evidence.firsts) else None
    row = int(evidence.passages[place])
    number = store.article_of(row)
    article = store.article(number)
    passage = article.passages[row - int(store.tables.articles[number])]
    text = article.text
    asked = [asks(text[one.start : one.end]) for one in passage.sentences]
    similarity = evidence.similarity[first:last] - 2 * np.asarray(asked, np.float32)
    return Citation(article, passage, passage.sentences[int(np.argmax(similarity))])
