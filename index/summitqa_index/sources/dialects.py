"""What site builders add to Markdown, as common Markdown, or left out where no reader sees it.

Template tags and attribute lists (Jekyll, kramdown) are seen by nobody; an admonition of
Python-Markdown (``!!! note "Title"``) is a text under its title. Programs are left as they are.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

_FENCE = re.compile(r"[ >]{0,12}(?:[-*+][ ]+)?(`{3,}|~{3,})")
_ADMONITION = re.compile(
    r"(?P<indent>[ ]{0,3})(?:!!!|\?\?\?[+-]?)[ \t]+[\w-]+(?>(?:[ \t]+[\w-]+){0,4})"
    r'(?:[ \t]+"(?P<title>[^"]*)")?[ \t]*'
)
# A line of nothing but tags of a template, also as an item of a list, or as a link made of them.
_TEMPLATE = re.compile(
    r"[ ]{0,3}(?:[-*+][ \t]+)?"
    r"(?>(?:\{%(?>(?:[^%]|%(?!\}))*)%\}|[\[(]?\{\{[^{}]*+\}\}[\])]?|[ \t])+)"
)
_TAG = re.compile(r"\{[{%]")
_ATTRIBUTES = re.compile(r"\{:(?=[ .#\w])[^{}\n]*+\}")
_SETTING = r"""[ \t]*+(?:[.#][\w-]++|[\w-]++=(?:"[^"{}]*+"|[^\s{}"]++))"""
_BEHIND = re.compile(rf"\{{(?>(?:{_SETTING})+)[ \t]*+\}}")
_BODY = 4  # columns that what an admonition says is set in
_WRAPPED = 55  # characters of a line that may have been wrapped
_DEEPEST = 10  # admonitions in one another


def common(text: str) -> str:
    """Give a Markdown text in common Markdown."""
    if "{{" not in text and "{%" not in text and "!!!" not in text and "???" not in text:
        return text
    return "\n".join(_common(text.split("\n"), 0))


def _common(lines: Sequence[str], depth: int) -> Iterator[str]:
    fence = ""
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        opened = _FENCE.match(line)
        if fence:
            fence = "" if line.strip(" >").startswith(fence) else fence
            yield line
        elif opened:
            fence = opened[1]
            yield line
        elif depth < _DEEPEST and (found := _ADMONITION.fullmatch(line.rstrip())):
            body = _body(lines, place, len(found["indent"]) + _BODY)
            place += len(body)
            yield from _shown(found["title"] or "", _common(body, depth + 1)) if body else [line]
        elif not (_TAG.search(line) and _TEMPLATE.fullmatch(line)):
            yield line


def _body(lines: Sequence[str], place: int, indent: int) -> list[str]:
    """Give the lines from a place on that are set in so far, less what they are set in by."""
    body: list[str] = []
    for number in range(place, len(lines)):
        line = lines[number].expandtabs(_BODY)
        if line.strip() and not line.startswith(" " * indent):
            break
        body.append(line[indent:])
    while body and not body[-1].strip():
        body.pop()
    return body


def _shown(title: str, body: Iterator[str]) -> Iterator[str]:
    """Give what a title heads; without one, the text alone."""
    yield from ("", f"<details><summary>{escape(title)}</summary>", "") if title.strip() else ("",)
    yield from body
    yield from ("", "</details>", "") if title.strip() else ("",)


def drop_attributes(state: Any) -> None:
    """Drop attribute lists from what has been read; a rule for ``markdown_it``."""
    before = ""
    for token in state.tokens:
        if token.type == "inline":
            _drop_from(token.children or [], heading=before == "heading_open")
        before = token.type


def _drop_from(parts: Sequence[Any], *, heading: bool) -> None:
    before = ""
    for part in parts:
        if part.type == "text" and "{" in part.content:
            part.content = _ATTRIBUTES.sub("", part.content)
            behind = _BEHIND.match(part.content)
            if behind and (before.endswith("_close") or before in {"image", "code_inline"}):
                part.content = part.content[behind.end() :]
        before = part.type
    if heading and parts and parts[-1].type == "text":
        text = parts[-1].content.rstrip()
        start = text.rfind("{")
        if start >= 0 and _BEHIND.fullmatch(text, start):
            parts[-1].content = text[:start].rstrip()


def unwrap(state: Any) -> None:
    """Make a space of the end of a line that was wrapped, as a reader sees it; a markdown_it rule.

    A short line was ended by whoever wrote it, who may have meant it to end.
    """
    for token in state.tokens:
        width = 0
        for part in token.children or []:
            if part.type == "softbreak" and width >= _WRAPPED:
                part.type, part.content, width = "text", " ", 0
            elif part.type in {"softbreak", "hardbreak"}:
                width = 0
            else:
                width += len(part.content)
