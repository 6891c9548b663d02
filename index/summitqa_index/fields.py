"""What the fields of a catalogue's entry may hold, whoever wrote them."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from summitqa_index.sources.reading import is_address, line

ARTICLE, ANSWER = "article", "answer"
_SLUG = re.compile(r"(?:[^\W_]|-){0,100}")
_BLOB = re.compile("[0-9a-f]{64}")
_REF = re.compile(r"[\w-]{0,100}")


def is_ref(value: object) -> bool:
    """Tell whether it can be the name of a draft."""
    return isinstance(value, str) and _REF.fullmatch(value) is not None


def is_blob(value: object) -> bool:
    """Tell whether it can be the name of a blob."""
    return isinstance(value, str) and _BLOB.fullmatch(value) is not None


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError
        return value

    return read


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _said(value: object) -> str:
    """Take a line that says something."""
    if not line(value).strip():
        raise ValueError
    return line(value)


def _address(value: Any) -> str:
    if not is_address(value):
        raise ValueError
    return str(value)


def _moment(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError
    return at


def _kind(value: object) -> str:
    if value not in {ARTICLE, ANSWER}:
        raise ValueError
    return str(value)


_LINE = "a line of at most 500 characters that can be shown"
# By name: what gives the value, or raises TypeError or ValueError, and what is expected.
FIELDS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "slug": (_matching(_SLUG), "letters, digits and hyphens"),
    "name": (_said, _LINE),
    "blob": (_optional(_matching(_BLOB)), "64 hexadecimal digits, or null"),
    "url": (_optional(_address), "an address that begins with http:// or https://, or null"),
    "at": (_moment, "a moment with its time zone, as 2025-08-16T12:00:00+00:00"),
    "title": (_optional(_said), f"{_LINE}, or null"),
    "published": (_optional(date.fromisoformat), "a day, as 2025-08-16, or null"),
    "credit": (_optional(_said), f"{_LINE}, or null"),
    "by": (line, _LINE),
    "ref": (_matching(_REF), "letters, digits and hyphens, at most 100"),
    "kind": (_kind, f"{ARTICLE!r} or {ANSWER!r}"),
}
