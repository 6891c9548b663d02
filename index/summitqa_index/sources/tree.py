"""A tree of HTML to units: what a reader sees of it, whatever was written to say so."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from summitqa.asks import asks
from summitqa_index.sources.cells import has_strays, is_placing, placed, values
from summitqa_index.sources.clean import one_line, tidy
from summitqa_index.sources.document import Line, Unit
from summitqa_index.sources.prose import heading, paragraph
from summitqa_index.sources.wrapped import ENDED, unwrapped

# Stand for <br>, and for where a block begins or ends; no cleaned page can hold them.
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


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a tree: which elements have a block within, and which a heading."""

    holders: frozenset[Any]
    headed: frozenset[Any]


def units(tree: Any) -> Iterator[Unit]:
    """Give the units of a tree in their order."""
    return _flow(tree, _Known(_above(tree, _BLOCKS), _above(tree, _HEADINGS)))


def _above(tree: Any, tags: Iterable[str]) -> frozenset[Any]:
    """Find the elements that have one of these within them, however deep."""
    found: set[Any] = set()
    for block in tree.iter(*tags):
        for above in block.iterancestors():
            if above in found:
                break
            found.add(above)
    return frozenset(found)


def _flow(element: Any, known: _Known, depth: int | None = None) -> Iterator[Unit]:
    """Give the units of an element that holds blocks, text or both.

    ``depth`` is that of a list's item, whose own lists are set one deeper.
    """
    run: list[Any] = [element.text or ""]
    for child in element:
        if child.tag in _BLOCKS or child in known.holders:
            yield from _said(run)
            run = []
            if depth is not None and child.tag in _LISTS:
                yield Unit(tuple(_list(child, known, depth + 1)))
            else:
                yield from _block(child, known)
        else:
            run.append(child)
        run.append(child.tail or "")
    yield from _said(run)


def _block(element: Any, known: _Known) -> Iterator[Unit]:
    tag = element.tag
    if tag in _HEADINGS:
        yield heading(_line(element), _depth(element) + _HEADINGS[tag])
    elif tag == "summary":
        text = _line(element)
        yield Unit((Line(text),), asks=True) if asks(text) else heading(text, _depth(element))
    elif tag == "details":
        yield from _flow(element, known)
        yield Unit((), level=_depth(element) + _WITHIN)
    elif tag in _LISTS:
        yield from _listed(element, known)
    elif tag == "dl":
        yield from _terms(element, known)
    elif tag == "table":
        yield from _table(element, known)
    elif tag == "pre":
        yield from _preformatted(words(element))
    elif isinstance(tag, str) and tag not in _UNSEEN:
        yield from _flow(element, known)


def _preformatted(text: str) -> Iterator[Unit]:
    """Give lines as they are; prose among them, a licence in a fence perhaps, put together."""
    written = frozenset(tidy(text).split("\n"))
    lines = [Line(one, whole=one in written) for one in tidy(unwrapped(text)).split("\n") if one]
    if lines:
        yield Unit(tuple(lines))


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
    # A newline in a page is a space by now.
    for part in re.split(f"{BREAK}\\s*{BREAK}", text):
        yield from paragraph(tidy(part), first)
        first = ""


def _listed(element: Any, known: _Known) -> Iterator[Unit]:
    """Give a list, and between its items what is none: a heading where it was never closed."""
    lines: list[Line] = []
    for one in _list(element, known, 0):
        if isinstance(one, Line):
            lines.append(one)
            continue
        if lines:
            yield Unit(tuple(lines), apart=True)
            lines = []
        yield from _block(one, known)
    if lines:
        yield Unit(tuple(lines), apart=True)


def _list(element: Any, known: _Known, depth: int) -> Iterator[Any]:
    """Give a list's lines, those of the lists within it below their item.

    Of one at ``depth`` 0 what holds a heading, and what is no item behind it, is given as it is.
    """
    start = _number(element.get("start"))
    number, ended = 1 if start is None else start, False
    yield from _loose(element.text, depth)
    for item in element:
        if not depth and (item.tag in _HEADINGS or _is_headed(item, known)):
            ended = True
            yield item
        elif ended and item.tag != "li":
            yield item
        elif item.tag in _LISTS:
            yield from _list(item, known, depth + 1)
        elif item.tag == "li":
            given = _number(item.get("value"))
            number = number if given is None else given
            sign = f"{number}. " if element.tag == "ol" else "- "
            yield from _item(item, known, "  " * depth + sign, depth)
            number += 1
        elif isinstance(item.tag, str) and item.tag not in _UNSEEN:
            yield from _item(item, known, "", depth)
        yield from _loose(item.tail, depth)


def _number(written: str | None) -> int | None:
    return int(written) if written and re.fullmatch("[0-9]{1,9}", written) else None


def _loose(text: str | None, depth: int) -> Iterator[Line]:
    """Give what stands in a list and in none of its items."""
    if said := tidy(text or ""):
        yield Line(said, depth=depth + 1)


def _is_headed(item: Any, known: _Known) -> bool:
    """Tell an item that has a heading with something below it."""
    if item not in known.headed:
        return False
    only = len(item) == 1 and item[0].tag in _HEADINGS and not (item.text or "").strip()
    return not only or bool((item[0].tail or "").strip())


def _item(item: Any, known: _Known, mark: str, depth: int) -> Iterator[Line]:
    level = depth if mark else depth + 1
    for unit in _flow(item, known, depth):
        for line in unit.lines:
            text = line.text
            if mark and (box := _BOX.match(text)):
                mark, text = mark[: 2 * depth] + _TICKS[box[1].lower()], text[box.end() :]
            if text:
                yield Line(text, line.mark or mark, line.whole, max(line.depth, level))
            mark, level = "", depth + 1


def _terms(element: Any, known: _Known) -> Iterator[Unit]:
    """Give a list of terms: each with what is said of it, a question with its answer."""
    term = ""
    for item in _flat(element):
        if item.tag == "dt":
            yield from _unsaid(term)
            term = _line(item)
            if asks(term):
                yield Unit((Line(term),), asks=True)
                term = ""
            continue
        for unit in _flow(item, known) if item.tag == "dd" else _block(item, known):
            lines = unit.lines
            named = term if ENDED.search(term) else f"{term}:"
            if term and lines and not lines[0].mark:
                lines = (Line(f"{named} {lines[0].text}", whole=lines[0].whole), *lines[1:])
                term = ""
            elif term and lines:
                lines = (Line(named), *(replace(one, depth=one.depth + 1) for one in lines))
                term = ""
            yield replace(unit, lines=lines)
    yield from _unsaid(term)


def _flat(element: Any) -> Iterator[Any]:
    """Give what a list of terms holds, what groups them opened."""
    for child in element:
        if child.tag == "div":
            yield from _flat(child)
        elif isinstance(child.tag, str):
            yield child


def _unsaid(term: str) -> Iterator[Unit]:
    if term:
        yield Unit((Line(term),))


def _table(element: Any, known: _Known) -> Iterator[Unit]:
    """Give a table row by row below its caption; one that only places things, as what it holds."""

    def flow(cell: Any) -> Iterator[Unit]:
        return _flow(cell, known)

    level = _depth(element) + _WITHIN
    if has_strays(element):
        yield from _flow(element, known)
        return
    caption = next((_line(one) for one in element.iterchildren("caption")), "")
    if is_placing(element):
        found = placed(element, flow, words, level + 1)
    else:
        lines = values(element, flow, words)
        found = iter([Unit(lines, apart=True)] if lines else [])
    if caption:
        yield heading(caption, level)
    yield from found
    if caption:
        yield Unit((), level)


def _line(element: Any) -> str:
    return one_line(words(element).replace(BREAK, " ").replace(END, " ")) or ""


def words(element: Any) -> str:
    """Give the words of an element.

    Its breaks as ``BREAK``, ``END`` around its blocks, its pictures as they are described.
    """
    tag = element.tag
    if not isinstance(tag, str) or tag in _UNSEEN or "footnote-ref" in element.get("class", ""):
        return ""
    if tag == "br":
        return BREAK
    if tag == "img":
        return str(element.get("alt") or "")
    pieces = [element.text or ""]
    for child in element:
        edge = END if child.tag in _BLOCKS else ""
        pieces += [edge, words(child), edge, child.tail or ""]
    return "".join(pieces)
