"""What the desk hands to a platform to show: plain data, never markup.

Every string here is text. A renderer turns it into its platform's form and escapes all of
it, whoever wrote it: the article, the asker or we.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from summitqa_bot import strings


@dataclass(frozen=True, slots=True)
class Cited:
    """Which quote of an article (its slug) a card shows: a span of its text, and its number."""

    article: str
    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class Card:
    """One passage as shown: ``before + quote + after`` are the article's own words.

    ``label`` is its citation line, "[1] Title › Heading, ¶5, 16 Aug 2025"; ``url`` links to the
    very quote, on the reading page or where the article is from, or is ``None`` where there is
    neither. ``quote`` may be empty where
    nothing of the passage is singled out (the paragraphs around an answer). ``lead`` is set
    small above, the question that the quote answers; ``rest`` small behind the citation, what
    else the passage says. ``cited`` is what ``url`` is made of, and no part of what is shown.
    """

    label: str
    before: str
    quote: str
    after: str
    url: str | None = None
    lead: str = ""
    rest: str = ""
    cited: Cited | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press: ``action`` is one of the desk's verbs, ``ref`` what it is about.

    Together as ``action:ref`` they are the component's id on the platform (at most 100
    characters), which is all a press needs, so that buttons outlive a restart. ``form``
    asks for one optional line of text before the press is handed on.
    """

    action: str
    ref: str
    label: str
    form: str | None = None

    @property
    def id(self) -> str:
        """The component's id on every platform."""
        return f"{self.action}:{self.ref}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a platform, to be named as that platform names people, never by an id."""

    platform: str
    user: str

    @property
    def words(self) -> str:
        """What stands for them where no name can be shown."""
        return strings.SOMEBODY[self.platform]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, to be told as a platform tells times; ``at`` knows its zone."""

    at: datetime

    @property
    def words(self) -> str:
        """The time as plain text."""
        at = self.at.astimezone(UTC)
        return f"{at.day} {strings.MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"

    @property
    def seconds(self) -> int:
        """The time in seconds since 1970."""
        return int(self.at.timestamp())


Value = Person | Moment


@dataclass(frozen=True, slots=True)
class Field:
    """Something to fill in: a line, a longer text, or a file.

    ``name`` is what its value is handed on under; ``value`` what stands in it to begin with.
    """

    name: str
    label: str
    kind: Literal["line", "text", "file"] = "line"
    value: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What is to be filled in before something is done; at most five fields.

    ``component`` is the id that comes back with what was filled in, as that of a button does.
    """

    component: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody hands in: its name as given, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled into a form: texts by the names of their fields, and files."""

    texts: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()

    def text(self, name: str) -> str | None:
        """Give what stands in a field, without white space around it; ``None`` for nothing."""
        return self.texts.get(name, "").strip() or None


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole message: a line of text, small print, passages, buttons, in that order.

    ``text`` comes first and is the fallback where only text can be shown; with ``private``
    only the asker may see it. ``ref`` names the answer behind it, so that the adapter can
    tell the desk where it was posted. ``values`` are the people and times whose words stand
    in ``text``, in that order, for a renderer to set in its platform's own form. ``file`` is one
    to go with it. ``wait``: that it was too much, and the seconds until it may be tried again, 0
    where nobody knows. ``owed``: that it is not remembered yet, so that no press on it is heard.
    """

    text: str
    cards: tuple[Card, ...] = ()
    note: str = ""
    buttons: tuple[Button, ...] = ()
    private: bool = False
    ref: str | None = None
    values: tuple[Value, ...] = ()
    file: File | None = None
    wait: int | None = None
    owed: bool = False


def pieces(text: str, values: Iterable[Value]) -> list[str | Value]:
    """Split a text at the words of its values."""
    found: list[str | Value] = []
    for value in values:
        before, words, after = text.partition(value.words)
        if words:
            found += [before, value]
            text = after
    return [one for one in (*found, text) if one]
