"""A tree of HTML to units: what a reader sees of it, whatever was written to say so."""

import re
from collections.abc import Iterator
from typing import Any

from summitqa.asks import asks
from summitqa_index.sources.clean import one_line, tidy
from summitqa_index.sources.document import Line
from summitqa_index.sources.grid import rows
from summitqa_index.sources.prose import Unit, heading, paragraph

# Stand for <br>, and for an end of a paragraph, until it is whole; no cleaned page can hold them.
BREAK, END = "\u2028", "\u2029"
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_NAMES = """
address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption
figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol p pre search section
summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_NAMES.split())
_UNSEEN = frozenset({"script", "style", "template", "title", "head", "object", "select", "svg"})
_BOX = re.compile(r"\[([ xX])\](?:\s++|\Z)")  # of a list of things to do
_TICKS = {" ": "☐ ", "x": "☑ "}
_WITHIN = 7  # levels that details add to those of the headings in them, and to their summary's


def unstrike(tree: Any) -> None:
    """Empty what is struck out: a rule that is struck out is no rule."""
    for element in list(tree.iter("del", "s", "strike")):
        element.clear(keep_tail=True)
        element.tag = "span"


def units(tree: Any) -> Iterator[Unit]:
    """Give the units of a tree in their order."""
    return _flow(tree, _holders(tree))


def _holders(tree: Any) -> frozenset[Any]:
    """Find the elements that have a block within them, however deep."""
    found: set[Any] = set()
    for block in tree.iter(*_BLOCKS):
        for above in block.iterancestors():
            if above in found:
                break
            found.add(above)
    return frozenset(found)


def _flow(element: Any, holders: frozenset[Any], depth: int | None = None) -> Iterator[Unit]:
    """Give the units of an element that holds blocks, text or both.

    ``depth`` is that of a list's item, whose own lists are set one deeper.
    """
    run: list[Any] = [element.text or ""]
    for child in element:
        if child.tag in _BLOCKS or child in holders:
            yield from _said(run)
            run = []
            if depth is not None and child.tag in _LISTS:
                yield Unit(tuple(_list(child, holders, depth + 1)))
            else:
                yield from _block(child, holders)
        else:
            run.append(child)
        run.append(child.tail or "")
    yield from _said(run)


def _block(element: Any, holders: frozenset[Any]) -> Iterator[Unit]:
    tag = element.tag
    if tag in _HEADINGS:
        yield heading(_line(element), _depth(element) + _HEADINGS[tag])
    elif tag == "summary":
        text = _line(element)
        yield Unit((Line(text),), asks=True) if asks(text) else heading(text, _depth(element))
    elif tag == "details":
        yield from _flow(element, holders)
        yield Unit((), level=_depth(element) + _WITHIN)
    elif tag in _LISTS:
        if lines := tuple(_list(element, holders, 0)):
            yield Unit(lines, apart=True)
    elif tag == "dl":
        yield from _terms(element, holders)
    elif tag == "table":
        yield from _table(element, holders)
    elif tag == "pre":
        lines = tuple(Line(line, whole=True) for line in tidy(words(element)).split("\n") if line)
        if lines:
            yield Unit(lines)
    else:
        yield from _flow(element, holders)


def _depth(element: Any) -> int:
    """Give the level that the details around an element have together."""
    return _WITHIN * sum(1 for _ in element.iterancestors("details"))


def _said(run: list[Any]) -> Iterator[Unit]:
    """Give the paragraphs that a run of text and inline elements makes."""
    said = [piece for piece in run if not isinstance(piece, str) or piece.strip()]
    if not said:
        return
    bold = said[0] if getattr(said[0], "tag", "") in {"b", "strong"} else None
    first = tidy(words(bold)) if bold is not None else ""
    text = "".join(piece if isinstance(piece, str) else words(piece) for piece in run)
    # A newline in a page is a space by now; END is trafilatura's, where it could not tell.
    for part in re.split(f"{END}|{BREAK}\\s*{BREAK}", text):
        yield from paragraph(tidy(part), first)
        first = ""


def _list(element: Any, holders: frozenset[Any], depth: int) -> Iterator[Line]:
    """Give a list's lines, those of the lists within it below their item."""
    start = element.get("start") or ""
    number = int(start) if re.fullmatch(r"[0-9]{1,9}", start) else 1
    for item in element:
        if item.tag in _LISTS:
            yield from _list(item, holders, depth + 1)
        elif isinstance(item.tag, str) and item.tag not in _UNSEEN:
            sign = f"{number}. " if element.tag == "ol" else "- "
            yield from _item(item, holders, "  " * depth + sign)
            number += 1


def _item(item: Any, holders: frozenset[Any], mark: str) -> Iterator[Line]:
    depth = (len(mark) - len(mark.lstrip())) // 2
    for unit in _flow(item, holders, depth):
        for line in unit.lines:
            text = line.text
            if mark and (box := _BOX.match(text)):
                mark, text = mark[: 2 * depth] + _TICKS[box[1].lower()], text[box.end() :]
            if text:
                yield Line(text, line.mark or mark, line.whole)
            mark = ""


def _terms(element: Any, holders: frozenset[Any]) -> Iterator[Unit]:
    """Give a list of terms: each with what is said of it, a question with its answer."""
    term = ""
    for item in element.iter("dt", "dd"):
        if item.tag == "dt":
            term = _line(item)
            if asks(term):
                yield Unit((Line(term),), asks=True)
                term = ""
            continue
        for unit in _flow(item, holders):
            lines = unit.lines
            if term and lines and not lines[0].mark:
                lines = (Line(f"{term}: {lines[0].text}", whole=lines[0].whole), *lines[1:])
                term = ""
            yield Unit(lines, unit.level, unit.asks, unit.apart)


def _table(element: Any, holders: frozenset[Any]) -> Iterator[Unit]:
    """Give a table row by row below its caption; one that only places things, as what it holds."""
    if any(cell.tag == "table" for cell in element.iterdescendants("table")):
        yield from _flow(element, holders)
        return
    caption = next((_line(one) for one in element.iter("caption")), "")
    lines = tuple(Line(row, whole=True) for row in rows(element, words))
    level = _depth(element) + _WITHIN
    if caption and lines:
        yield heading(caption, level)
    if lines:
        yield Unit(lines, apart=True)
    if caption and lines:
        yield Unit((), level)


def _line(element: Any) -> str:
    return one_line(words(element).replace(BREAK, " ").replace(END, " ")) or ""


def words(element: Any) -> str:
    """Give the words of an element, its breaks as ``BREAK``, its pictures as they are described."""
    tag = element.tag
    if not isinstance(tag, str) or tag in _UNSEEN or "footnote-ref" in element.get("class", ""):
        return ""
    if tag == "br":
        return BREAK
    if tag == "img":
        return str(element.get("alt") or "")
    pieces = [element.text or ""]
    for child in element:
        pieces += [words(child), " " if child.tag in _BLOCKS else "", child.tail or ""]
    return "".join(pieces)
