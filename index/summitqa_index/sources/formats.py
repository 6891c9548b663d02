"""HTML, PDF and Word files: bytes to a document, each through the library that reads it best.

Give them bytes of unknown origin only through :mod:`.sandbox`: a hostile file may take all
the time and memory there is. A reader imports its library when called: a process pays for one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

from summitqa.errors import SourceError
from summitqa_index.sources.clean import clean, decode, one_line, tidy
from summitqa_index.sources.document import Document, Paragraph, Unit, join
from summitqa_index.sources.prose import assemble, heading, paragraph

_EMPTY = "holds no text to answer from"
_ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
# What may hold a date among other words and be no prose: what a page says of itself, its titles.
_DATED = frozenset({"script", "title", "time", "abbr", "h1", "h2", "h3"})
# A date with a few words before it at most, and none behind it: "Last updated on 2025-03-04".
_STATED = re.compile(
    rf"\W*+(?:[^\W\d_][\w.'’-]*+\W++){{0,4}}{_ISO_DATE.pattern}(?:[T\s]\d{{1,2}}:[\d:.]+\w*)?\W*"
)


def _document(paragraphs: Iterable[Paragraph], title: str | None, **known: Any) -> Document:
    text, blocks = join(one for one in paragraphs if one.text)
    if not blocks:
        raise SourceError(_EMPTY)
    return Document(text, blocks, title, **known)


def _language(tag: object) -> str | None:
    """Give the ISO 639 code that a BCP 47 tag such as "en-GB" begins with."""
    match = re.match(r"[A-Za-z]{2,3}(?![A-Za-z0-9])", str(tag or "").strip())
    return match[0].lower() if match else None


_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:text-indent|left|top)\s*:\s*-\d{4}"
    r"|(?:font-size|opacity|max-height)\s*:\s*(?:0++(?:\.0*+)?|\.0++)(?![.\d])"
    r"|text-decoration(?:-line)?\s*:[^;}]{0,60}?line-through",
    re.IGNORECASE,
)


def read_html(raw: bytes, *, charset: str | None = None) -> Document:
    """Read a page: its article's paragraphs, with what the page says of title, author and date.

    The encoding is that of the byte-order mark, ``charset`` (what HTTP said), the page's own
    declaration, or UTF-8. Text hidden or struck out, by element, attribute, style or a simple style
    rule, is left out.
    Raises ``SourceError`` where no text is left.
    """
    from lxml import html
    from trafilatura import extract_metadata

    from summitqa_index.sources.content import article_of, drop_marks, lost
    from summitqa_index.sources.tree import units, unstrike

    if raw.startswith(b"%PDF-"):
        raise SourceError("is a PDF, not an HTML page")
    text = decode(raw, charset or _declared(raw))
    if not text.strip():
        raise SourceError(_EMPTY)
    # Bytes, since lxml refuses a str that declares an encoding, as XHTML does.
    page = html.document_fromstring(text.encode(), html.HTMLParser(encoding="utf-8"))
    _drop_hidden(page)
    unstrike(page)
    _straighten(page)
    drop_marks(page)
    # Only a date the page states as its own: a year found somewhere in the text is a guess.
    dating = {"extensive_search": False, "original_date": True}
    known: Any = extract_metadata(_undated(page), date_config=dating, extensive=False)
    title = _title(page, one_line(known.title))
    article = article_of(page)
    document = _document(
        assemble(units(article), title),
        title,
        url=known.url if re.match(r"https?://[^\s/]", known.url or "") else None,
        published=date.fromisoformat(known.date) if known.date else None,
        credit=one_line(known.author),
        language=_language(page.get("lang") or page.get("xml:lang")),
    )
    return replace(document, trouble=lost(article, document.text))


def _undated(page: Any) -> Any:
    """Give a copy of a page without the dates that its text speaks of."""
    copy = deepcopy(page)
    for element in copy.iter("*"):
        for part in ("text", "tail"):
            text = getattr(element, part) or ""
            own = part == "text" and element.tag in _DATED
            if not own and _ISO_DATE.search(text) and not _STATED.fullmatch(text):
                setattr(element, part, _ISO_DATE.sub("", text))
    return copy


def _title(page: Any, found: str | None) -> str | None:
    """Give a page's title: what was ``found``, save one of several first headings.

    These head its sections alike; then it is what the page states, if it states any.
    """
    heads = {one_line(one.text_content()) for one in page.iter("h1")} - {None}
    if len(heads) < 2 or found not in heads:
        return found
    stated = one_line(page.findtext(".//head//title")) or ""
    return found if found in re.split(r"\s+[-–—|·•»:]\s+", stated) else stated or None


def _declared(raw: bytes) -> str | None:
    """Find the charset a page declares, in its first 1,024 bytes as HTML wants it."""
    match = re.search(rb"""(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", raw[:1024], re.IGNORECASE)
    name = match[1].decode("ascii", "replace") if match else None
    # A declaration that can be read as ASCII does not stand in UTF-16, whatever it says.
    return None if name and name.lower().startswith("utf-16") else name


def _drop_hidden(page: Any) -> None:
    rules = _hiding_rules("}".join(style.text or "" for style in page.iter("style")))
    for element in list(page.iterdescendants("*")):
        names = {f".{name}" for name in element.get("class", "").split()}
        if element.tag in {"head", "body"} or element.getparent() is None:
            continue  # a body hidden until its script has run is the usual flicker guard
        if (
            element.tag == "template"
            or element.get("hidden") is not None
            or _HIDING.search(element.get("style", ""))
            or not rules.isdisjoint({*names, f"#{element.get('id')}"})
        ):
            element.drop_tree()


def _straighten(page: Any) -> None:
    """Clean every string, so that none stops a library, and unwrap the source's own lines."""
    for element in page.iter("*"):
        inside = element.tag == "pre" or next(element.iterancestors("pre"), None) is not None
        for part in ("text", "tail"):
            text = clean(getattr(element, part) or "")
            kept = inside and (part == "text" or element.tag != "pre")
            setattr(element, part, text if kept else re.sub(r"\s+", " ", text))


def _hiding_rules(styles: str) -> frozenset[str]:
    """Find the single classes and ids that style sheets hide, on every medium alike."""
    found: set[str] = set()
    depth = 0
    for chunk in styles.split("}"):
        selectors, *bodies = chunk.split("{")
        depth += len(bodies)
        if depth == len(bodies) == 1 and _HIDING.search(bodies[0]):  # deeper ones are @media's
            found.update(selector.strip() for selector in selectors.split(","))
        depth = max(0, depth - 1)
    return frozenset(selector for selector in found if re.fullmatch(r"[.#][\w-]+", selector))


def read_docx(raw: bytes) -> Document:
    """Read a Word document: paragraphs and tables (row by row) in order, under their headings.

    Inserted text counts; deleted, hidden and struck-out text does not. Raises ``SourceError``
    without text.
    """
    import docx

    document = docx.Document(BytesIO(raw))
    _settle(document.element.body)
    levels = {
        style.style_id: int(match[1] or 0)
        for style in document.styles
        if (match := re.fullmatch(r"(?i)(?:title|heading ([1-9]))", style.name or ""))
    }
    known = document.core_properties
    title = one_line(known.title) or next(
        (one_line(p.text) for p in document.paragraphs if levels.get(p._p.style or "") == 0), None
    )
    return _document(
        assemble(_docx_units(document, levels), title),
        title,
        # The library's own template names itself as the author.
        credit=one_line(known.author) if known.author != "python-docx" else None,
        language=_language(known.language),
    )


def _settle(body: Any) -> None:
    """Take changes as made, drop hidden and struck runs, and unwrap what python-docx skips."""
    from docx.oxml.ns import qn

    off = "@w:val='0' or @w:val='false' or @w:val='off'"
    for run in body.xpath(
        f".//w:r[w:rPr/*[self::w:vanish or self::w:strike or self::w:dstrike][not({off})]]"
    ):
        run.getparent().remove(run)
    # What is deleted or moved away (w:del, w:moveFrom) is wrapped as well, and stays unread.
    wrappers = ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:smartTag", "w:fldSimple")
    for element in list(body.iter(*map(qn, wrappers))):
        for child in list(element):
            element.addprevious(child)
        element.getparent().remove(element)


def _docx_units(document: Any, levels: dict[str, int]) -> Iterator[Unit]:
    from summitqa_index.sources.grid import Cell, rows

    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            # A cell that reaches over several is given once for each, by the same element.
            elements = [[cell._tc for cell in row.cells] for row in block.rows]
            read = {cell._tc: Cell(_cell(cell)) for row in block.rows for cell in row.cells}
            grid = [[read[element] for element in row] for row in elements]
            if lines := tuple(line for row in rows(grid, marked=False) for line in row):
                yield Unit(lines, apart=True)
            continue
        level = levels.get(block._p.style or "")
        text = tidy(block.text)
        if level is None:
            yield from paragraph(text, _bold(block))
        else:
            yield heading(text, level or 1)


def _bold(block: Any) -> str:
    """Give the words in bold that a paragraph begins with."""
    runs: list[str] = []
    for run in block.runs:
        if not run.bold and run.text.strip():
            break
        runs.append(run.text)
    return tidy("".join(runs))


def _cell(cell: Any) -> str:
    """Give the text of a table's cell, with that of tables in it, on one line."""
    inside = (
        "; ".join(_cell(one) for row in block.rows for one in row.cells)
        if hasattr(block, "rows")
        else str(block.text)
        for block in cell.iter_inner_content()
    )
    return one_line(" ".join(inside)) or ""


def read_pdf(raw: bytes) -> Document:
    """Read a PDF's paragraphs with their page numbers, columns in the order they were written.

    Lines are rejoined by their spacing, running heads and page numbers left out. Raises
    ``SourceError`` where a password is needed or there is no text, as in a scan.
    """
    from pypdf import PasswordType, PdfReader

    from summitqa_index.sources.pdf import paragraphs, stated

    reader = PdfReader(BytesIO(raw))
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise SourceError("is a PDF that needs a password; give one that does not")
    known: Mapping[str, object] = reader.metadata or {}
    return _document(
        (replace(one, text=tidy(one.text)) for one in paragraphs(reader.pages)),
        stated(known.get("/Title")),
        credit=stated(known.get("/Author")),
        language=_language(reader.root_object.get("/Lang")),
    )
