"""What reading a source gives, and how it goes from the child that read it to the parent.

Lines of JSON: what is known of the article and how many passages it has, then a passage a line,
then its text as it is. No line holds up a thread of the parent for long, however large the whole.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from summitqa.article import Article, Passage, Sentence
from summitqa_index.sources.clean import LONGEST_LINE, is_visible

# Counts the ways of reading there have been. One more where any source comes to be read otherwise,
# in its text, passages or sentences, or what is made of them is made otherwise (3: under their
# headings): an index that was made in another way is to be built anew.
WAY = 8

_FACTS = ("slug", "title", "url", "credit", "language")
_SLUG = re.compile(r"(?:[^\W_]|-){0,80}")
_LANGUAGE = re.compile("[a-z]{2}")
_ADDRESS = re.compile(r"https?://[^\s/]\S{0,2000}")
_MOST = 2**31 - 1  # as the index notes places and pages


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as read, not yet named after its source; what was amiss, in a clause, if any."""

    article: Article
    trouble: str | None = None


def encode(reading: Reading) -> bytes:
    """Give the reading as bytes that ``decode`` takes."""
    article = reading.article
    facts = {name: getattr(article, name) for name in _FACTS}
    facts["published"] = article.published and article.published.isoformat()
    head = {**facts, "trouble": reading.trouble, "passages": len(article.passages)}
    lines = [json.dumps(head), *(json.dumps(_row(passage)) for passage in article.passages), ""]
    return "\n".join(lines).encode() + article.text.encode()


def _row(passage: Passage) -> list[Any]:
    edges = [edge for sentence in passage.sentences for edge in (sentence.start, sentence.end)]
    return [passage.start, passage.end, passage.page, passage.heading, edges]


def decode(raw: bytes) -> Reading:
    """Read what ``encode`` gave; ValueError where the bytes are no such thing.

    Whoever wrote them may be hostile: each value is of its type and in its bounds, no text holds
    what ``clean`` drops, passages stand in the text in order, sentences in their passage.
    """
    try:
        head, _, rest = raw.partition(b"\n")
        known: dict[str, Any] = json.loads(head)
        trouble, count = known.pop("trouble"), _number(known.pop("passages"), 1, len(rest))
        *lines, body = rest.split(b"\n", count)
        if len(lines) != count:
            raise ValueError("there are fewer passages than are said to be")
        text = body.decode()
        passages = tuple(_passage(n, json.loads(line)) for n, line in enumerate(lines, start=1))
        _check(passages, text)
        return Reading(_article(known, text, passages), _optional(trouble))
    except (TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError("is no reading") from error


def line(value: object) -> str:
    """Give a value that is one line of text to be shown; ValueError for any other."""
    if not isinstance(value, str) or len(value) > LONGEST_LINE:
        raise ValueError("is no line of text")
    if "\n" in value or not is_visible(value):
        raise ValueError("holds what cannot be shown")
    return value


def _optional(value: object) -> str | None:
    return None if value is None else line(value)


def _number(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("is no number, or out of bounds")
    return value


def _article(known: dict[str, Any], text: str, passages: tuple[Passage, ...]) -> Article:
    slug, language, url = (known.pop(name) for name in ("slug", "language", "url"))
    published, title, credit = (known.pop(name) for name in ("published", "title", "credit"))
    if known or not (_SLUG.fullmatch(slug) and _LANGUAGE.fullmatch(language)):
        raise ValueError("what is known of it is not what is asked")
    if url is not None and not is_address(url):
        raise ValueError("its address is none")
    day = None if published is None else date.fromisoformat(published)
    return Article(slug, line(title), text, passages, url, day, _optional(credit), language)


def is_address(url: str) -> bool:
    """Tell whether a page can be linked to by this."""
    return _ADDRESS.fullmatch(url) is not None and url.isprintable()


def _passage(number: int, row: list[Any]) -> Passage:
    start, end, page, heading, edges = row
    spans = zip(edges[::2], edges[1::2], strict=True)
    sentences = tuple(Sentence(_place(first), _place(last)) for first, last in spans)
    if not all(isinstance(one, str) and is_visible(one) for one in heading):
        raise ValueError("a heading is no text that can be shown")
    page = None if page is None else _number(page, 1, _MOST)
    return Passage(number, _place(start), _place(end), sentences, tuple(heading), page)


def _place(value: object) -> int:
    return _number(value, 0, _MOST)


def _check(passages: tuple[Passage, ...], text: str) -> None:
    place = 0
    for passage in passages:
        if not place <= passage.start < passage.end <= len(text) or not passage.sentences:
            raise ValueError("passages are not spans of the text, in order")
        place = passage.start
        for sentence in passage.sentences:
            if not place <= sentence.start < sentence.end <= passage.end:
                raise ValueError("sentences are not spans of their passage, in order")
            place = sentence.end
        place = passage.end
    if not is_visible(text):
        raise ValueError("its text holds what cannot be shown")
