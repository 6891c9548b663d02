"""Questions to begin with, made from the shelf itself; only such as it answers."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from weakref import WeakKeyDictionary

from summitqa.answer import Answer, Band
from summitqa.article import Article, Passage
from summitqa.errors import SummitQAError
from summitqa.lexical import STOP_WORDS, Word, words
from summitqa.library import Library
from summitqa.snapshot import Snapshot
from summitqa_bot import strings

MOST = 4
"""As many as are ever made; Slack shows no more."""

# What is looked at, so that a shelf of thousands of articles costs what one of ten does.
_ARTICLES, _PASSAGES, _TRIES = 8, 60, 40
_LONGEST_TOPIC, _LONGEST_QUESTION, _LONGEST_PASSAGE = 50, 120, 5000

# Headings of any article, which say nothing of this one.
_GENERIC = frozenset({
    "about", "abstract", "appendix", "background", "conclusion", "contents", "details",
    "external links", "faq", "foreword", "further reading", "general", "introduction",
    "miscellaneous", "notes", "other", "outline", "overview", "preface", "references", "see also",
    "summary", "table of contents",
})  # fmt: skip
_DATES = frozenset([*calendar.day_name, *calendar.month_name, *calendar.month_abbr])
_VAGUE = re.compile(
    r"\b(?:case|day|end|fact|first|following|last|latter|month|next|other|part|past|rest|same|"
    r"second|start|thing|time|way|week|year)\b"
)
_ASKING = re.compile(
    r"(?:Who|What|When|Where|Which|Why|How|Is|Are|Can|Could|Do|Does|Did|May|Must|Should|Will)"
    r"\s[^“”\"?]+\?"
)
_DEMONYM = re.compile(r"\w+(?:ean|ian|ish|ese|ican)$")
# What follows a whole noun phrase: a stop, or a small word.
_AFTER = (
    r"(?=[.,;:!?]|"
    r" (?:and|are|at|by|for|from|has|have|in|is|must|of|on|or|to|was|were|will|with)\b)"
)
_NAME = re.compile(rf"\bthe [A-Z][\w-]*(?: [A-Z][\w-]+)*{_AFTER}|\b[A-Z][\w-]*(?: [A-Z][\w-]+)*")
_THING = re.compile(rf"\b[Tt]he [a-z]{{4,}}{_AFTER}")
EXAMPLES = 3  # that help names
_known: WeakKeyDictionary[Snapshot, tuple[str, ...]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question, and the article and passages (their numbers) that are to answer it."""

    question: str
    article: str
    passages: frozenset[int]


def examples(library: Library, count: int) -> tuple[str, ...]:
    """Give at most ``count`` (and ``MOST``) questions that the version in use answers.

    Each was asked, and is answered by a passage it was made from; worked out once for each
    version. A shelf may offer none. Slow the first time: not for an event loop.
    """
    store = library.store
    if store not in _known:
        _known[store] = _answered(library, store)
    return _known[store][:count]


def _answered(library: Library, store: Snapshot) -> tuple[str, ...]:
    """Give the first candidates that are likely answered, each by another passage."""
    answered: list[str] = []
    shown: set[tuple[str, int]] = set()
    for candidate in islice(_candidates(store), _TRIES):
        answer = _ask(library, candidate.question)
        if answer is None or not _answers(answer, candidate, store):
            continue
        passage = answer.matches[0].citation.passage
        if (place := (candidate.article, passage.number)) not in shown:
            shown.add(place)
            answered.append(candidate.question)
        if len(answered) == MOST:
            break
    return tuple(answered)


def _ask(library: Library, question: str) -> Answer | None:
    try:
        return library.ask(question, top=1)
    except SummitQAError:
        return None


def _answers(answer: Answer, candidate: _Candidate, store: Snapshot) -> bool:
    likely = answer.found and answer.band is not Band.WEAK
    if not likely or answer.index_version != store.version:
        return False
    citation = answer.matches[0].citation
    heads = {_bare(one) for one in (citation.article.title, *citation.passage.heading)}
    return (
        citation.article.slug == candidate.article
        and citation.passage.number in candidate.passages
        and _bare(citation.quote) not in heads | {_bare(candidate.question)}
    )


def _bare(line: str) -> str:
    """Give a line without what a heading and a sentence of the same words may differ in."""
    return re.sub(r"^[\W\d_]+|[\W_]+$", "", line).casefold()


def _candidates(store: Snapshot) -> Iterator[_Candidate]:
    """Take turns among some articles, spread over the shelf."""
    step = max(1, len(store.slugs) // _ARTICLES)
    places = range(0, len(store.slugs), step)[:_ARTICLES]
    articles = (store.article(store.slugs[place]) for place in places)
    seen: set[str] = set()
    for one in chain.from_iterable(zip_longest(*map(_of, articles))):
        if one is not None and len(one.question) <= _LONGEST_QUESTION and one.question not in seen:
            seen.add(one.question)
            yield one


def _of(article: Article) -> Iterator[_Candidate]:
    """Give what may be asked of an article: its own questions, its headings, what it names."""
    yield from _own_questions(article)
    # The sentence around a topic is English, as are the words that make one out.
    if article.language != "en":
        return
    for topic, passages in chain(_headings(article), _named(article)):
        for question in (strings.EXAMPLE.format(topic=topic), _titled(article.title, topic)):
            yield _Candidate(question, article.slug, frozenset(passages))


def _own_questions(article: Article) -> Iterator[_Candidate]:
    for passage in article.passages[:_PASSAGES]:
        first, number = passage.sentences[0], passage.number
        for text in (*passage.heading[-1:], article.text[first.start : first.end]):
            if _ASKING.fullmatch(text.strip()):
                yield _Candidate(text.strip(), article.slug, frozenset([number, number + 1]))


def _headings(article: Article) -> Iterator[tuple[str, list[int]]]:
    """Give the innermost headings with their passages."""
    under: dict[str, list[int]] = {}
    for passage in article.passages[:_PASSAGES]:
        if passage.heading:
            under.setdefault(passage.heading[-1], []).append(passage.number)
    text = " ".join(article.text[one.start : one.end] for one in _first(article))
    found = words(text)
    for heading, passages in under.items():
        topic = re.sub(r"^[\W\d]+|[\W_]+$", "", heading)
        if topic.casefold() in _GENERIC:
            continue
        if 2 < len(topic) <= _LONGEST_TOPIC and topic != article.title and "?" not in heading:
            yield _in_a_sentence(topic, text, found), passages


def _in_a_sentence(heading: str, text: str, found: list[Word]) -> str:
    """Begin a heading with a small letter, unless its first word is a name."""
    first, *rest = heading.split()
    stems = {word.stem for word in words(first)}
    used = [word.start for word in found if word.stem in stems]
    named = any(text[at].isupper() and _within(text, at) for at in used)
    titled = any(word[0].isupper() for word in rest if word.lower() not in STOP_WORDS)
    if first.lower() in STOP_WORDS or (
        (used or rest) and not named and not titled and first[1:].islower()
    ):
        return heading[0].lower() + heading[1:]
    return heading


def _within(text: str, at: int) -> bool:
    """Tell whether what begins here stands within a sentence."""
    return re.search(r"[a-z,] $", text[max(0, at - 2) : at]) is not None


def _named(article: Article) -> Iterator[tuple[str, list[int]]]:
    """Give the names and things that the first passages speak of, the most spoken of first."""
    where: dict[str, list[int]] = {}
    for passage in _first(article):
        for match in _NAME.finditer(article.text, passage.start, passage.end):
            if _within(article.text, match.start()) and _tells(match[0], article.title):
                where.setdefault(match[0], []).append(passage.number)
        for match in _THING.finditer(article.text, passage.start, passage.end):
            topic = match[0][0].lower() + match[0][1:]
            if _tells(topic, article.title):
                where.setdefault(topic, []).append(passage.number)
    yield from sorted(where.items(), key=lambda item: -len(item[1]))


def _first(article: Article) -> Iterator[Passage]:
    """Give the first passages, but for such as are too long to be worth looking through."""
    return (one for one in article.passages[:_PASSAGES] if one.end - one.start <= _LONGEST_PASSAGE)


def _tells(topic: str, title: str) -> bool:
    return (
        2 < len(topic) <= _LONGEST_TOPIC
        and topic not in title
        and _DATES.isdisjoint(topic.split())
        and not _VAGUE.search(topic)
        and not _DEMONYM.search(topic)
    )


def _titled(title: str, topic: str) -> str:
    short = re.split(r": | [–—|-] ", title)[0].strip('“”" ')
    return strings.EXAMPLE_IN.format(title=short, topic=topic) if short else ""
