"""What reading a source gives, and how it goes from the child that read it to the parent.

Lines of JSON: what is known of the article and how many passages it has, then a passage a line,
then its text as it is. No line holds up a thread of the parent for long, however large the whole.
"""

import json
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from summitqa.article import Article, Passage, Sentence

_FACTS = ("slug", "title", "url", "credit", "language")


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

    Every span is checked: passages stand in the text in order, sentences in their passage.
    """
    try:
        head, _, rest = raw.partition(b"\n")
        known: dict[str, Any] = json.loads(head)
        trouble, count = known.pop("trouble"), known.pop("passages")
        *lines, body = rest.split(b"\n", count)
        if len(lines) != count or not count:
            raise ValueError("there are fewer passages than are said to be")
        text = body.decode()
        passages = tuple(_passage(n, json.loads(line)) for n, line in enumerate(lines, start=1))
        _check(passages, len(text))
        return Reading(_article(known, text, passages), trouble and str(trouble))
    except (TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError("is no reading") from error


def _article(known: dict[str, Any], text: str, passages: tuple[Passage, ...]) -> Article:
    published = known.pop("published")
    facts = {name: value and str(value) for name, value in known.items()}
    return Article(
        text=text,
        passages=passages,
        published=date.fromisoformat(published) if published else None,
        **facts,
    )


def _passage(number: int, row: list[Any]) -> Passage:
    start, end, page, heading, edges = row
    spans = zip(edges[::2], edges[1::2], strict=True)
    sentences = tuple(Sentence(int(first), int(last)) for first, last in spans)
    return Passage(
        number, int(start), int(end), sentences, tuple(map(str, heading)), page and int(page)
    )


def _check(passages: tuple[Passage, ...], length: int) -> None:
    place = 0
    for passage in passages:
        edges = [passage.start, *(e for s in passage.sentences for e in (s.start, s.end))]
        edges.append(passage.end)
        if not place <= passage.start < passage.end <= length or not passage.sentences:
            raise ValueError("passages are not spans of the text, in order")
        if any(second < first for first, second in pairwise(edges)):
            raise ValueError("sentences are not spans of their passage, in order")
        place = passage.end
