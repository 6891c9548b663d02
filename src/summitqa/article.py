"""The nouns: an article, its passages, their sentences, and a citation of one.

All spans are half-open character offsets (Python ``str`` indices, not bytes) into
``Article.text``, the stored text, so that ``text[start:end]`` is always the quote.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is quoted, one sentence or two side by side: a span of the article's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is cited: one paragraph, numbered from 1 within its article.

    ``heading`` is the path of headings above it, outermost first; ``page`` the page of a
    paged source (numbered from 1), else ``None``.
    """

    number: int
    start: int
    end: int
    sentences: tuple[Sentence, ...]
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A text and what is known of it.

    ``slug`` is its stable name; ``url``, ``published`` and ``credit`` are ``None`` where
    the source gives none; ``language`` is an ISO 639-1 code.
    """

    slug: str
    title: str
    text: str
    passages: tuple[Passage, ...]
    url: str | None = None
    published: date | None = None
    credit: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote of an article, and where it stands: what every answer resolves to.

    ``sentence`` runs from the start of one sentence of ``passage`` to the end of the same one
    or the next.
    """

    article: Article
    passage: Passage
    sentence: Sentence

    @property
    def quote(self) -> str:
        """What is quoted, as it stands in the article."""
        return self.article.text[self.sentence.start : self.sentence.end]

    @property
    def text(self) -> str:
        """The whole passage, as it stands in the article."""
        return self.article.text[self.passage.start : self.passage.end]

    @property
    def url(self) -> str | None:
        """A link to the quote itself, or ``None`` where the article has no URL."""
        if self.article.url is None:
            return None
        return text_fragment(self.article.url, self.quote, self.article.text)


# A quote of up to this many words is given whole in a link, a longer one by its ends.
_WHOLE, _ENDS = 12, 5


def text_fragment(url: str, quoted: str, text: str) -> str:
    """Link to a quote of ``text``, the page at ``url`` (WICG Scroll To Text Fragment).

    A long one is given by its first and last words, as many as it takes for a browser, which
    looks for the first occurrence, to stop at this quote. So is one of several lines: a browser
    finds a text that is given whole within one block of the page only. Any fragment of ``url``
    itself is kept before the directive.
    """
    lines = [words for line in quoted.splitlines() if (words := line.split())]
    page, whole = _in_one_line(text), " ".join(quoted.split())
    parts = [whole]
    if len(lines) > 1 or len(lines[0]) > _WHOLE:
        start = page.find(whole)
        first = _least(lines[0], lambda head: page.find(head) == start, tail=False)
        last = _least(
            lines[-1],
            lambda tail: page.find(tail, start) + len(tail) == start + len(whole),
            tail=True,
        )
        short = len(lines) > 1 or len(first) + len(last) < len(whole)
        parts = [first, last] if short else [whole]
    # "-" and "," are the directive's own syntax, so they are escaped on top of the rest.
    escaped = ",".join(quote(part, safe="").replace("-", "%2D") for part in parts)
    return f"{url}{'' if '#' in url else '#'}:~:text={escaped}"


@lru_cache(maxsize=8)
def _in_one_line(text: str) -> str:
    """Put single spaces between words; kept, for an answer links to one article many times."""
    return " ".join(text.split())


def _least(words: list[str], enough: Callable[[str], bool], *, tail: bool) -> str:
    """Give the fewest words from one end that are enough, five at least, else all.

    More words are never found earlier, so what is enough is looked for by halves.
    """

    def part(count: int) -> str:
        return " ".join(words[-count:] if tail else words[:count])

    counts = range(_ENDS, len(words))
    place = bisect_left(counts, True, key=lambda count: enough(part(count)))
    return part(counts[place] if place < len(counts) else len(words))
