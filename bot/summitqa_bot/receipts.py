"""A receipt of a quote: what was cited and where it stands, with the hashes to hold it to.

Nothing here does I/O. Of the question and of who asked it a receipt says nothing.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from summitqa.article import Article, Citation, Passage, Sentence
from summitqa.errors import InputError, SettingsError
from summitqa.settings import shelf_name
from summitqa_bot.strings import receipts as said

LARGEST = 1 << 20
"""Bytes: far more than a receipt of the longest sentence has."""
_MOST = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was cited.

    ``article`` is its slug; ``start`` and ``end`` are offsets in characters of the article's text
    in ``version`` of ``shelf``; ``sha256`` is that of ``text`` in UTF-8 and ``article_sha256`` of
    the article's whole text, ``None`` where that version was not kept any more; ``url`` is the
    source's, ``None`` where it has none; ``cited_at`` in UTC, ISO 8601.
    """

    article: str
    title: str
    shelf: str
    version: str
    paragraph: int
    start: int
    end: int
    text: str
    sha256: str
    article_sha256: str | None
    url: str | None
    cited_at: str

    def to_json(self) -> dict[str, Any]:
        """Give the receipt as JSON has it."""
        return asdict(self)

    @property
    def at(self) -> datetime:
        """When it was cited."""
        return datetime.fromisoformat(self.cited_at)


def digest(text: str) -> str:
    """Give the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def stamp(at: datetime) -> str:
    """Write a time, which knows its zone, as a receipt has it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def parse(raw: bytes) -> Receipt:
    """Read a receipt, whoever wrote it; InputError, naming the field, where it is none."""
    if len(raw) > LARGEST:
        raise InputError(said.NO_RECEIPT)
    try:
        given = json.loads(raw, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise InputError(said.NO_RECEIPT) from None
    if not isinstance(given, dict):
        raise InputError(said.NO_RECEIPT)
    for one in fields(Receipt):
        if one.name not in given or not _SOUND[one.name](given[one.name]):
            raise InputError(said.NO_RECEIPT_FIELD.format(field=one.name))
    receipt = Receipt(**{one.name: given[one.name] for one in fields(Receipt)})
    if receipt.start >= receipt.end:
        raise InputError(said.NO_RECEIPT_FIELD.format(field="end"))
    return receipt


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = dict(pairs)
    if len(given) != len(pairs):  # of two, people may see the one and we the other
        raise ValueError("a name stands there twice")
    return given


def _text(value: object) -> bool:
    # Half a surrogate is no text: it has no bytes to compare.
    return isinstance(value, str) and re.fullmatch(r"[^\ud800-\udfff]+", value) is not None


def _whole(least: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and least <= value < _MOST


def _like(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _or_none(sound: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or sound(value)


def _shelf(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(shelf_name("", value))
    except SettingsError:
        return False


def _time(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_HASH = _like(r"[0-9a-f]{64}")
_SOUND: dict[str, Callable[[object], bool]] = {
    "article": _text, "title": _text, "shelf": _shelf, "version": _like(r"\w[\w.-]{0,99}"),
    "paragraph": _whole(1), "start": _whole(0), "end": _whole(1), "text": _text,
    "sha256": _HASH, "article_sha256": _or_none(_HASH), "url": _or_none(_text), "cited_at": _time,
}  # fmt: skip


def altered(receipt: Receipt, article: Article, built_at: str) -> list[str]:
    """Name the fields that are not what they were, held against the very article that was cited.

    ``built_at``: when its version was made, ISO 8601. Of ``cited_at`` no more can be said than
    that it lies between that and now.
    """
    return list(dict.fromkeys(_altered(receipt, article, built_at)))


def _altered(receipt: Receipt, article: Article, built_at: str) -> Iterator[str]:
    if receipt.title != article.title:
        yield "title"
    span, amiss = _located(receipt, article)
    passage = _around(article, span)
    if passage and passage.number != receipt.paragraph:
        yield "paragraph"
    yield from amiss
    if receipt.article_sha256 != digest(article.text):
        yield "article_sha256"
    if passage and receipt.url != Citation(article, passage, span).url:
        yield "url"
    if not datetime.fromisoformat(built_at) <= receipt.at <= datetime.now(UTC):
        yield "cited_at"


def _located(receipt: Receipt, article: Article) -> tuple[Sentence, list[str]]:
    """Find where the quote stands, and which of span, text and hash the others speak against."""
    start, end, text = receipt.start, receipt.end, receipt.text
    there = Sentence(start, end)
    quote, hashed = article.text[start:end], digest(text) == receipt.sha256
    if quote == text:
        return there, [] if hashed else ["sha256"]
    if digest(quote) == receipt.sha256:
        return there, ["text"]
    place = _nearest(article.text, text, start, end)
    if place is None:
        return there, ["text", "sha256"]
    moved = [name for name, at, is_at in (
        ("start", start, place.start), ("end", end, place.end)
    ) if at != is_at]  # fmt: skip
    return place, moved if hashed else [*moved, "sha256"]


def _nearest(whole: str, text: str, start: int, end: int) -> Sentence | None:
    """Give where a text stands: from the start on, up to the end, or anywhere."""
    for place in (start, end - len(text), whole.find(text)):
        if place >= 0 and whole.startswith(text, place):
            return Sentence(place, place + len(text))
    return None


def _around(article: Article, span: Sentence) -> Passage | None:
    holding = (one for one in article.passages if one.start <= span.start and span.end <= one.end)
    return next(holding, None)
