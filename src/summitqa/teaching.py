"""A question that was taught, or one much like it, finds the passage somebody pointed it to."""

from dataclasses import replace

from summitqa.answer import Answer, Match
from summitqa.article import Article, Citation, Passage, Sentence
from summitqa.lessons import Lesson, Lessons
from summitqa.likeness import weights
from summitqa.question import Question
from summitqa.ranking import band
from summitqa.reader import Reader
from summitqa.retrieval import Models, Search, retrieve
from summitqa.snapshot import Snapshot


def taught_first(
    found: Answer, lesson: Lesson, shelf: Snapshot, question: Question, reader: Reader | None
) -> Answer:
    """Put a lesson's passage first in what was found for a question, the rest as it was.

    A lesson in other words gives way to a passage that is surer to answer than the two questions
    are to be one.
    """
    if surer(found.found, found.confidence, lesson):
        return found
    citation = _cited(shelf, question, reader, lesson)
    score = max((match.score for match in found.matches), default=0.0)
    others = [match for match in found.matches if not _same(match.citation, citation)]
    return replace(
        found,
        found=True,
        confidence=lesson.confidence,
        band=band(lesson.confidence),
        matches=(Match(citation, score, lesson.confidence), *others)[: max(1, len(found.matches))],
        taught=lesson.pair.question,
    )


def ask(
    models: Models, lessons: Lessons, shelf: Snapshot, question: str, article: str | None, top: int
) -> Answer:
    """Answer a question by its words alone, and by what was taught.

    One that was taught is answered by its passage alone, and neither encoded nor searched for.
    """
    known = lessons.taught(question, article)
    if known is not None:
        return _alone(question, known, shelf)
    asked = Question.read(question, models.encoder)
    answer = retrieve(shelf, asked, article, top, models.reader)
    lesson = lessons.met(asked, article)
    return taught_first(answer, lesson, shelf, asked, models.reader) if lesson else answer


def _alone(question: str, lesson: Lesson, shelf: Snapshot) -> Answer:
    article, sure = shelf.article(lesson.pair.article), lesson.confidence
    passage = article.passages[lesson.number - 1]
    match = Match(Citation(article, passage, passage.sentences[0]), 0.0, sure)
    return Answer(
        question, True, sure, band(sure), shelf.version, (match,), taught=lesson.pair.question
    )


def surer(found: bool, confidence: float, lesson: Lesson) -> bool:
    """Tell whether what was found is surer than a lesson; nothing is, of the very same words."""
    return found and lesson.likeness < min(confidence, weights().same)


def _same(one: Citation, two: Citation) -> bool:
    return one.article.slug == two.article.slug and one.passage == two.passage


def _cited(shelf: Snapshot, question: Question, reader: Reader | None, lesson: Lesson) -> Citation:
    """Cite what was quoted when it was taught, where a part was, else what answers best."""
    slug = lesson.pair.article
    article = shelf.article(slug)
    passage = article.passages[lesson.number - 1]
    pointed = _pointed(article, passage, lesson.pair.answer)
    if pointed:
        return Citation(article, passage, pointed)
    within = Search(shelf, question, slug, reader)
    place = within.place_of(within.scope.first + lesson.number - 1)
    if place is None:  # of an article of thousands of passages it is none of the nearest
        return Citation(article, passage, passage.sentences[0])
    return within.read(place)


def _pointed(article: Article, passage: Passage, answer: str) -> Sentence | None:
    """Give the sentence that holds a text, or the two; ``None`` for what is longer or stands not.

    All of a passage is no quote of it.
    """
    start = article.text.find(answer, passage.start, passage.end)
    if start < 0:
        return None
    end = start + len(answer)
    held = [one for one in passage.sentences if one.start < end and one.end > start]
    if not 1 <= len(held) <= 2 or (len(held) == len(passage.sentences) > 1):
        return None
    return Sentence(held[0].start, held[-1].end)
