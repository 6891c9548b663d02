"""Where a sentence stands: what a reader of the whole text knows, and of the sentence alone not."""

from itertools import islice, takewhile

from summitqa.article import Article, Passage, Sentence
from summitqa.asks import asks, is_label, only_listens
from summitqa.lexical import words

# Words that speak of something said before, or, in a short answer, of what was asked.
_LISTED = (
    "also both former he her here him his instead it its latter no one ones otherwise same she so "
    "such that their them then there these they this those yes"
)
_LEANING = frozenset(_LISTED.split())
_SHORT = 8  # words; a sentence of fewer seldom stands alone
_FOLLOWING = 8  # passages; what is said later answers no question that was put before


def heading_of(article: Article, passage: Passage) -> str:
    """Give the title and the headings above a passage, a sentence each."""
    path = [article.title, *(one for one in passage.heading if one != article.title)]
    return " ".join(f"{part.rstrip('.')}." for part in path)


def lead_of(article: Article, passage: Passage, place: int) -> str:
    """Give the sentence that leads to one of a passage, or an empty text where it needs none.

    The question that the passage answers (its own first sentence, or what is asked right before
    it, as in an interview), else the sentence before one that is short or speaks of it.
    """
    sentences = passage.sentences
    if not place:
        before = article.passages[passage.number - 2] if passage.number > 1 else None
        asked = before and before.heading == passage.heading and before.sentences[-1]
        last = _text(article, asked) if asked else ""
        return last if asks(last) else ""
    first, previous, own = (_text(article, sentences[one]) for one in (0, place - 1, place))
    if first_asks(article, passage):
        return first
    found = [word.folded for word in words(own)]
    leans = len(found) < _SHORT or not _LEANING.isdisjoint(found)
    return previous if leans or asks(previous) else ""


def first_asks(article: Article, passage: Passage) -> bool:
    """Tell whether the first sentence of a passage asks, by its mark or by the label before it."""
    first = passage.sentences[0]
    return asks(_text(article, first)) or is_label(article.text[passage.start : first.start])


def says_something(article: Article, passage: Passage) -> bool:
    """Tell whether a passage says more than "Okay", which answers behind a question alone."""
    if not only_listens(article.text[passage.start : passage.end]):
        return True
    return bool(lead_of(article, passage, 0))


def answer_to(article: Article, passage: Passage) -> Passage | None:
    """Give the passage that answers one that only asks, as in an interview, or ``None``.

    That is the next one under the same heading that says something.
    """
    if not _only_asks(article, passage):
        return None
    after = islice(article.passages, passage.number, passage.number + _FOLLOWING)
    beside = takewhile(lambda one: one.heading == passage.heading, after)
    return next((one for one in beside if not _only_asks(article, one)), None)


def _only_asks(article: Article, passage: Passage) -> bool:
    return all(asks(_text(article, one)) for one in passage.sentences)


def _text(article: Article, sentence: Sentence) -> str:
    return article.text[sentence.start : sentence.end]
