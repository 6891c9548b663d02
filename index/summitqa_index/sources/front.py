"""Front matter: what a file says of itself between two lines of "---", each value as written.

It is read entry by entry, so that one that is not valid costs only itself and is named with its
line. A value on its key's line is taken as it stands ("no", "1:30" and "010" are text here, and a
colon may follow another); YAML is asked only for quoted, folded and listed values.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from summitqa_index.sources.clean import one_line

_FRONT = re.compile(r"\A\s*---[ \t]*\n(?P<inside>.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\A\s*\+\+\+[ \t]*\n(?:.*?\n)?\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_OPEN = re.compile(r"\A\s*---[ \t]*\n(?P<inside>(?>(?:[^\n]*\S[^\n]*(?:\n|\Z))+))")
_KEY = re.compile(
    r"""["']?(?P<key>\w[\w .-]{0,40})["']?[ \t]*:(?:[ \t]+(?P<value>.*))?""", re.DOTALL
)
_GOES_ON = (" ", "\t", "-", "]", "}")  # how a line begins that belongs to the key above it
_FOR_YAML = ('"', "'", "[", "{", "|", ">")
_NOTHING = {"", "~", "null", "Null", "NULL"}
_LONGEST = 20_000  # characters of metadata; YAML is slow to read
_NAMED = 3  # lines that are told of

_TEXTS = {
    "title": ("title",),
    "credit": ("credit", "author", "authors", "byline", "photo"),
    "language": ("language", "lang"),
    "slug": ("slug",),
    "url": ("url", "link", "canonical"),
    "published": ("published", "date"),
}  # fmt: skip


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?>(?:[-_][A-Za-z0-9]{2,8})*)")


@dataclass(frozen=True, slots=True)
class Front:
    """What a file says of itself, its keys in lower case; where the text begins; what is amiss."""

    known: dict[str, str]
    end: int
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key's line and those that belong to it; ``line`` counts from 1."""

    line: int
    text: str


def read_front(text: str) -> Front | None:
    """Read the front matter that a text begins with; ``None`` where it begins with none.

    Two rules with text between them, none of it a key and its value, are no front matter.
    """
    found = _FRONT.match(text)
    inside = (found["inside"] or "") if found else ""
    first = text.count("\n", 0, found.start("inside")) + 1 if found and inside else 1
    entries = list(_entries(inside[:_LONGEST], first))
    keyed = [(entry, _KEY.fullmatch(entry.text)) for entry in entries]
    if not found or (entries and not any(match for _, match in keyed)):
        return None if found else _unknown(text)
    known: dict[str, str] = {}
    amiss = [entry.line for entry, match in keyed if not match]
    for entry, match in keyed:
        value = _value(entry, match) if match else None
        if match and value is None:
            amiss.append(entry.line)
        elif match and value not in _NOTHING:
            known[match["key"].strip().lower()] = str(value)
    return Front(known, found.end(), _unread(sorted(amiss), len(inside)))


def _unknown(text: str) -> Front | None:
    """Name front matter that is of another kind, or that no line ends."""
    if toml := _TOML.match(text):
        return Front({}, toml.end(), "has front matter between “+++”, unread; expected “---”")
    begun = _OPEN.match(text)
    entries = list(_entries(begun["inside"][:_LONGEST], 1)) if begun else []
    keyed = [_KEY.fullmatch(entry.text) for entry in entries]
    named = {match["key"].lower() for match in keyed if match and match["value"]}
    if not all(keyed) or named.isdisjoint(key for keys in _TEXTS.values() for key in keys):
        return None  # a rule above text
    return Front({}, 0, "begins with “---” and front matter, but no line “---” ends it")


def metadata(known: dict[str, str]) -> tuple[dict[str, Any], str | None]:
    """Give a document's fields by front matter's keys; with them what is no date or address."""
    given = {
        field: next((known[key] for key in keys if key in known), None)
        for field, keys in _TEXTS.items()
    }
    fields: dict[str, Any] = {field: one_line(value) for field, value in given.items()}
    url, day = fields["url"], fields["published"]
    fields["url"] = url if url and re.fullmatch(r"https?://[^\s/]\S*", url) else None
    fields["published"] = _date(day)
    language = fields["language"]
    fields["language"] = language if language and _LANGUAGE.fullmatch(language) else None
    amiss = [
        f"the {what} {value[:40]!r}, which cannot be read (write it as {example})"
        for what, value, read, example in (
            ("address", url, fields["url"], "https://example.org/page"),
            ("date", day, fields["published"], "2025-08-16"),
            ("language", language, fields["language"], "en or pt-BR"),
        )
        if value and read is None
    ]
    return fields, f"says {' and '.join(amiss)}" if amiss else None


def _entries(inside: str, first: int) -> Iterator[_Entry]:
    lines: list[str] = []
    start = first
    for number, line in enumerate(inside.splitlines(), start=first):
        if line.startswith("#") or (not line.strip() and not lines):
            continue
        if lines and line.strip() and not line.startswith(_GOES_ON):
            yield _Entry(start, "\n".join(lines))
            lines = []
        start = start if lines else number
        lines.append(line)
    if lines:
        yield _Entry(start, "\n".join(lines))


def _value(entry: _Entry, match: re.Match[str]) -> str | None:
    """Give the value as it is written; ``None`` where YAML makes nothing of it."""
    value = (match["value"] or "").strip()
    if "\n" not in entry.text.strip() and not value.startswith(_FOR_YAML):
        return re.split(r"(?:^|[ \t])#", value, maxsplit=1)[0].strip()
    try:
        node = yaml.compose(entry.text, Loader=yaml.BaseLoader)
        return _written(node.value[0][1]) if isinstance(node, yaml.MappingNode) else None
    except (yaml.YAMLError, ValueError, LookupError, RecursionError):
        return None


def _written(node: yaml.Node) -> str:
    """Give a scalar, or a list of them with commas; a mapping is nothing that is asked for."""
    if isinstance(node, yaml.SequenceNode):
        return ", ".join(one.value for one in node.value if isinstance(one, yaml.ScalarNode))
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _unread(lines: list[int], length: int) -> str | None:
    if lines:
        told = ", ".join(map(str, lines[:_NAMED])) + (", …" if len(lines) > _NAMED else "")
        return (
            f"has front matter that cannot be read in line{'s'[: len(lines) - 1]} {told}; "
            "expected “key: value”"
        )
    if length > _LONGEST:
        return (
            f"has front matter of more than {_LONGEST:,} characters, the rest of which is not read"
        )
    return None


def _date(value: str | None) -> date | None:
    try:
        return date.fromisoformat((value or "")[:10])
    except ValueError:
        return None
