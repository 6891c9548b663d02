"""Articles from rows, the latest of them kept."""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np

from summitqa.article import Article, Passage, Sentence

# Characters of text: some megabytes, of the articles that questions come back to.
_KEPT = 1 << 23


def article_of(record: bytes, text: bytes, shape: bytes) -> Article:
    """Make an article from its row; ValueError and the like where it is none.

    ``record``: JSON, with the paths of headings that passages lie under; ``shape``: int32, spans
    of the passages (p, 2), their pages, paths and counts of sentences (p,) each, and spans of the
    sentences.
    """
    held = json.loads(record)
    numbers = np.frombuffer(shape, "<i4")
    count = int(held["passages"])
    spans, pages, paths, counts, rest = np.split(numbers, np.cumsum([2, 1, 1, 1]) * count)
    sentences = [Sentence(*span) for span in rest.reshape(-1, 2).tolist()]
    ends = np.cumsum(counts).tolist()
    if ends[-1] != len(sentences):
        raise ValueError("another number of sentences")
    begins, stops = spans.reshape(-1, 2).T.tolist()
    columns = (begins, stops, pages.tolist(), paths.tolist(), [0, *ends], ends)
    headings = [tuple(path) for path in held["headings"]]
    return Article(
        slug=held["slug"],
        title=held["title"],
        text=text.decode(),
        passages=tuple(
            Passage(number, begin, stop, tuple(sentences[one:end]), headings[path], page or None)
            for number, (begin, stop, page, path, one, end) in enumerate(
                zip(*columns, strict=False), 1
            )
        ),
        url=held["url"],
        published=date.fromisoformat(held["published"]) if held["published"] else None,
        credit=held["credit"],
        language=held["language"],
    )


class Kept:
    """The articles that were needed last, by their numbers; may be used by many threads."""

    def __init__(self) -> None:
        self._articles: OrderedDict[int, Article] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def among(self, numbers: Iterable[int]) -> dict[int, Article]:
        """Give those of these that are here."""
        with self._lock:
            found = {one: self._articles[one] for one in numbers if one in self._articles}
            for number in found:
                self._articles.move_to_end(number)
        return found

    def add(self, articles: dict[int, Article]) -> None:
        """Keep these, in place of what was needed longest ago."""
        with self._lock:
            for number, article in articles.items():
                if number not in self._articles:
                    self._articles[number] = article
                    self._characters += len(article.text)
            while self._characters > _KEPT:
                _, gone = self._articles.popitem(last=False)
                self._characters -= len(gone.text)


def named(record: bytes) -> tuple[str, str]:
    """Give the slug and the title of a record."""
    held: dict[str, Any] = json.loads(record)
    return str(held["slug"]), str(held["title"])
