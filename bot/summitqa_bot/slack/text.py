"""What people type on Slack, as plain text: Slack's own markup taken off, options read."""

import re
from dataclasses import dataclass

_ENTITY = re.compile(r"<([@#!]?)([^<>|]*+)(?:\|([^<>]*+))?>")
_SCOPE = re.compile(r"(?:^|(?<=\s))in:([A-Za-z0-9][\w-]*)(?=\s|$)")
_PRIVATE = re.compile(r"(?:^|(?<=\s))--private(?=\s|$)")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Typed:
    """A question as typed: its words, the article it is limited to, and who may see the answer."""

    question: str
    article: str | None = None
    private: bool = False


def read_question(text: str) -> Typed:
    """Read ``in:article`` and ``--private``, anywhere, as options."""
    rest, flags = _PRIVATE.subn("", text)
    scope = _SCOPE.search(rest)
    words = " ".join(part for part in _SCOPE.sub("", rest).split(" ") if part)
    return Typed(words.strip(), scope[1] if scope else None, bool(flags))


def plain(text: str) -> str:
    """Turn the text of a Slack event into what its author sees, without any mention of a user.

    Slack sends ``<@U1>``, ``<#C1|name>``, ``<!here>``, ``<url|label>`` and escapes ``& < >``
    (docs.slack.dev, Formatting message text).
    """
    shown = _ENTITY.sub(_entity, text)
    for escaped, character in _ESCAPES:
        shown = shown.replace(escaped, character)
    return shown.strip()


def mentions(text: str, user: str) -> bool:
    """Tell whether an event's text mentions the user."""
    return f"<@{user}>" in text or f"<@{user}|" in text


def addresses_another(text: str, user: str) -> bool:
    """Tell whether a message mentions somebody other than ``user``."""
    return any(one != user for one in re.findall(r"<@(\w+)", text))


def _entity(match: re.Match[str]) -> str:
    kind, target, label = match.groups()
    if kind == "@":
        return ""
    if kind == "#":
        return f"#{label or target}"
    if kind == "!":
        return label or f"@{target}"
    return label or target
