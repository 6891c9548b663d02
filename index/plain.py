"""Plain text and Markdown: their paragraphs, headings, and metadata lines.

The stored text is the file's own text, cleaned, front matter included, so that every span
can be checked against the file by eye.
"""

import re
import statistics
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.clean import clean, decode, one_line
from index.document import Block, Document

_FRONT = re.compile(r"\A\s*---[ \t]*\n(?P<yaml>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_HEAD_LINE = re.compile(
    r"(?:(?:date|published|updated)\b[:\s]*)?(?P<date>\d{4}-\d{2}-\d{2})\b\s*(?P<rest>.*)",
    re.IGNORECASE,
)
# A credit names somebody: a capital after "by", and no full stop at the end.
_CREDIT_LINE = re.compile(
    r"(?i:photo(?:graph)?|image|picture|illustration|text|words)?\s*(?i:by)\s+[^\W\d_a-z].{0,120}(?<![.!?…])"
)
_BLANK = re.compile(r"\n[ \t]*\n")
# Above this many characters a line that ends without an empty line after it is taken for a
# paragraph of its own; text wrapped by hand is seldom wider.
_WRAPPED = 120
_LONGEST_FRONT = 20_000  # characters of metadata; YAML is slow to read


def read_plain(raw: bytes, *, markdown: bool, charset: str | None = None) -> Document:
    """Read ``.txt`` or ``.md`` bytes; SourceError where they are not text.

    ``charset`` is what HTTP said of a page.
    """
    text = clean(decode(raw, charset))
    front = _FRONT.match(text)
    known = _front_matter(front["yaml"][:_LONGEST_FRONT]) if front else {}
    start = front.end() if front else 0
    if markdown:
        title, blocks = _markdown_blocks(text, start)
        known.setdefault("title", title)
    else:
        blocks = _text_blocks(text, start)
    if not front:
        blocks, head = _split_head(text, blocks)
        known.update(head)
    return Document(text=text, blocks=tuple(blocks), **_metadata(known))


def _front_matter(source: str) -> dict[str, Any]:
    """Read front matter; what is no YAML mapping holds no metadata and still is no passage."""
    try:
        loaded = yaml.safe_load(source)
    # A tag that does not fit its value ("!!int") makes PyYAML raise almost anything.
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
            RecursionError):  # fmt: skip
        return {}
    if not isinstance(loaded, Mapping):
        return {}
    return {str(key).lower(): value for key, value in loaded.items() if value is not None}


def _metadata(known: Mapping[str, Any]) -> dict[str, Any]:
    def text(*keys: str) -> str | None:
        value = next((known[key] for key in keys if known.get(key)), None)
        try:
            return one_line(str(value)) if isinstance(value, str | int | float) else None
        except ValueError:  # an integer of thousands of digits
            return None

    url = text("url", "link", "canonical")
    return {
        "title": text("title"),
        "url": url if url and re.fullmatch(r"https?://[^\s/]\S*", url) else None,
        "published": _date(next((known[k] for k in ("date", "published") if k in known), None)),
        "credit": text("credit", "author", "byline", "photo"),
        "language": text("language", "lang"),
        "slug": text("slug"),
    }


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None


def _split_head(text: str, blocks: list[Block]) -> tuple[list[Block], dict[str, Any]]:
    """Take a leading line such as "date 2025-08-16 Photo by …" for metadata, not a passage."""
    if len(blocks) < 2:
        return blocks, {}
    line = text[blocks[0].start : blocks[0].end]
    if "\n" in line or len(line) > 200:
        return blocks, {}
    dated = _HEAD_LINE.fullmatch(line)
    rest = dated["rest"].strip() if dated else line
    if rest and not _CREDIT_LINE.fullmatch(rest):
        return blocks, {}
    head = {"date": dated["date"]} if dated else {}
    return blocks[1:], head | ({"credit": rest} if rest else {})


def _text_blocks(text: str, start: int) -> list[Block]:
    spans = _between(text, start, _BLANK)
    if len(spans) == 1:
        lines = _between(text, start, re.compile(r"\n"))
        if len(lines) > 1 and statistics.median(end - begin for begin, end in lines) > _WRAPPED:
            spans = lines
    return [Block(begin, end) for begin, end in spans]


def _between(text: str, start: int, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    """Give the spans between separators, trimmed of white space, empty ones left out."""
    cuts = [(match.start(), match.end()) for match in separator.finditer(text, start)]
    starts = [start, *(end for _, end in cuts)]
    ends = [*(begin for begin, _ in cuts), len(text)]
    trimmed = (_trim(text, begin, end) for begin, end in zip(starts, ends, strict=True))
    return [span for span in trimmed if span[0] < span[1]]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), max(
        start, end - len(piece) + len(piece.rstrip())
    )


def _markdown_blocks(text: str, start: int) -> tuple[str | None, list[Block]]:
    """Give the first top heading as title, and each top-level block under its heading path."""
    lines = [start, *(start + match.end() for match in re.finditer("\n", text[start:])), len(text)]
    # Blocks alone: what stands within them is kept as it is written, and slow to parse.
    parser = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
    tokens = parser.parse(text[start:])
    title: str | None = None
    path: dict[int, str] = {}
    blocks: list[Block] = []
    for position, token in enumerate(tokens):
        if (
            token.level
            or token.map is None
            or token.nesting < 0
            or token.type in {"hr", "html_block"}
        ):
            continue
        if token.type == "heading_open":
            title, path = _heading(token, one_line(tokens[position + 1].content) or "", title, path)
            continue
        begin, end = _trim(text, lines[token.map[0]], lines[min(token.map[1], len(lines) - 1)])
        if begin < end:
            blocks.append(Block(begin, end, tuple(path[level] for level in sorted(path))))
    return title, blocks


def _heading(
    token: Token, content: str, title: str | None, path: dict[int, str]
) -> tuple[str | None, dict[int, str]]:
    level = int(token.tag[1])
    if level == 1 and title is None and not path:
        return content, {}
    return title, {above: name for above, name in path.items() if above < level} | {level: content}
