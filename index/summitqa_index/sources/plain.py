"""Plain text and Markdown: their paragraphs, headings, and metadata lines.

The stored text of a ``.txt`` file is the file's own, cleaned, front matter included, so that
every span can be checked against the file by eye, only that lines of prose which were wrapped by
hand are put together; that of Markdown is what a reader sees, which
is the file's own where it has no markup but headings.
"""

import re
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import replace

from summitqa.asks import asks
from summitqa_index.sources.clauses import clauses
from summitqa_index.sources.clean import clean, decode, one_line
from summitqa_index.sources.document import (
    Block,
    Document,
    Line,
    Paragraph,
    Part,
    Unit,
    join,
    placed,
    stacked,
)
from summitqa_index.sources.front import metadata, read_front
from summitqa_index.sources.headed import drawn, headed, parted
from summitqa_index.sources.prose import assemble, paragraph
from summitqa_index.sources.typed import is_list, quotable
from summitqa_index.sources.wrapped import unwrapped

_HEAD_LINE = re.compile(
    r"(?:(?:date|published|updated)\b[:\s]*)?(?P<date>\d{4}-\d{2}-\d{2})\b\s*(?P<rest>.*)",
    re.IGNORECASE,
)
# A credit names somebody: a capital after "by", and no full stop at the end.
_CREDIT_LINE = re.compile(
    r"(?i:photo(?:graph)?|image|picture|illustration|text|words)?\s*(?i:by)\s+[^\W\d_a-z].{0,120}(?<![.!?…])"
)
_BLANK = re.compile(r"\n[ \t]*\n")
# Empty lines, and headings without markup of their own.
_HEADINGS = re.compile(r"(?>(?:[ \t]*+\n|#{1,6} [^`<*~\[\]|\\&\n]*+\n)*)")
# Above this many characters a line that ends without an empty line after it is taken for a
# paragraph of its own; text wrapped by hand is seldom wider.
_WRAPPED = 120
_NUMBER = re.compile(r"\s*\d{1,3}(?:\.\d{1,3})*[.)]?\s+(?=[^\W\d_])")
_LED = 900  # characters of a list with the paragraph that leads to it


def read_plain(raw: bytes, *, markdown: bool, charset: str | None = None) -> Document:
    """Read ``.txt`` or ``.md`` bytes; SourceError where they are not text.

    ``charset`` is what HTTP said of a page.
    """
    text = clean(decode(raw, charset))
    front = read_front(text)
    known = dict(front.known) if front else {}
    start = front.end if front else 0
    if markdown:
        title, text, blocks = _markdown(text, start, one_line(known.get("title")))
        known.setdefault("title", title or "")
    else:
        text = text[:start] + unwrapped(text[start:])
        blocks = _text_blocks(text, start)
    if not front:
        blocks, head = _split_head(text, blocks)
        known.update(head)
    if not markdown:
        title, blocks = headed(text, list(_led(text, _answered(text, blocks))))
        known.setdefault("title", title or "")
    fields, trouble = metadata(known)
    troubles = [one for one in (front and front.trouble, trouble) if one]
    return Document(text, tuple(blocks), **fields, trouble=" and ".join(troubles) or None)


def _markdown(text: str, start: int, title: str | None) -> tuple[str | None, str, list[Block]]:
    """Give the title, the text as a reader sees it, and its paragraphs."""
    from summitqa_index.sources.markdown import title_of, tree_of
    from summitqa_index.sources.tree import units

    tree = tree_of(text[start:])
    first = title_of(tree)
    # A first heading that the title says, too, heads everything as it does.
    known = first if first and title and first.lower() in title.lower() else title or first
    title = title or first
    found = list(assemble(units(tree), known))
    if as_written := _as_written(text, start, found):
        return title, text, as_written
    seen, blocks = join(found)
    return title, seen, list(blocks)


def _as_written(text: str, start: int, found: list[Paragraph]) -> list[Block] | None:
    """Place the paragraphs in the file's own text; ``None`` where it holds more than headings."""
    blocks: list[Block] = []
    lined = f"{text}\n"
    for one in found:
        gap = _HEADINGS.match(lined, start)
        begin = gap.end() if gap else start
        if not lined.startswith(f"{one.text}\n", begin):
            return None
        start = begin + len(one.text) + 1
        blocks.append(placed(one, begin))
    gap = _HEADINGS.match(lined, min(start, len(lined)))
    return blocks if gap is None or gap.end() == len(lined) else None


def _split_head(text: str, blocks: list[Block]) -> tuple[list[Block], dict[str, str]]:
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
    parts = [
        Block(*one) for span in spans for part in parted(text, *span) for one in drawn(text, *part)
    ]
    return list(clauses(text, parts))


def _answered(text: str, blocks: list[Block]) -> Iterator[Block]:
    """Put "Q: …" or "3.1 …?" and the paragraph that answers it together, no label to be quoted."""
    asked: Block | None = None
    for block in blocks:
        unit = _unit(text[block.start : block.end])
        parts = tuple(
            Part(block.start + part.start, block.start + part.end, part.whole)
            for part in stacked(unit.lines, ()).parts
        )
        if len(unit.lines) == 1 and not unit.lines[0].mark:
            spans = quotable(text[block.start : block.end])
            parts = tuple(Part(block.start + begin, block.start + end) for begin, end in spans)
        plain = parts == (Part(block.start, block.end),)
        found = replace(block, parts=() if plain else parts)
        if asked and not unit.asks:
            yield replace(asked, end=found.end, parts=(*asked.parts, *parts))
        elif asked:
            yield asked
        elif not unit.asks:
            yield found
        asked = found if unit.asks else None
    if asked:
        yield asked


def _unit(text: str) -> Unit:
    """Give a paragraph as a unit; a question with a number asks as one with a label does."""
    first, *others = text.split("\n")
    number = _NUMBER.match(first)
    if number and len(others) < 2 and asks(text) and not any(map(_NUMBER.match, others)):
        return Unit((Line(text[number.end() :], number[0], whole=True),), asks=True)
    (unit,) = paragraph(text)
    return unit


def _led(text: str, blocks: Iterable[Block]) -> Iterator[Block]:
    """Put a paragraph that leads to a list ("Bring:") together with it, where both are short."""
    held: Block | None = None
    for block in blocks:
        if held and is_list(text[block.start : block.end]) and block.end - held.start <= _LED:
            parts = (_parts(held), _parts(block))
            held = replace(held, end=block.end, parts=(*parts[0], *parts[1]))
            continue
        if held:
            yield held
        held = block
        if not text[block.start : block.end].endswith((":", "：")):
            yield held
            held = None
    if held:
        yield held


def _parts(block: Block) -> tuple[Part, ...]:
    return block.parts or (Part(block.start, block.end),)


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
