"""What trafilatura found of a page, as HTML again, with what it has no names for.

A table's caption and where details end are marked before it looks, and found again thereafter.
"""

import re
from typing import Any

from lxml import etree

from summitqa_index.sources.tree import END

_MARK = "\U000e0001"  # is no white space, and no cleaned page can hold it
_DEEPEST = 20  # details in details


def mark(page: Any) -> None:
    """Mark captions, summaries, and the ends of their details."""
    for caption in page.iter("caption"):
        caption.text = _MARK + (caption.text or "")
    for details in list(page.iter("details")):
        summary = details.find("summary")
        if summary is not None:
            summary.text = _MARK + (summary.text or "")
            etree.SubElement(details, "p").text = _MARK


# What trafilatura calls what it found, in HTML's names.
_NAMES = {"row": "tr", "lb": "br", "quote": "blockquote", "hi": "b", "body": "div"}


def as_html(body: Any) -> Any:
    """Name the elements of trafilatura's tree as HTML does."""
    for element in body.iter("*"):
        rend = element.get("rend") or ""
        if element.tag == "head":
            shown = rend if re.fullmatch("h[1-6]", rend) else "h6"
            element.tag = "summary" if _is_marked(element) else shown
        elif element.tag == "list":
            element.tag = rend if rend in {"ol", "dl"} else "ul"
        elif element.tag == "item":
            element.tag = rend[:2] if rend[:2] in {"dt", "dd"} else "li"
        elif element.tag == "cell":
            element.tag = "th" if element.get("role") == "head" else "td"
        elif element.tag == "code" and "\n" in "".join(element.itertext()):
            element.tag = "pre"
        else:
            element.tag = _NAMES.get(element.tag, element.tag) if rend != "#i" else "i"
        if element.tag != "pre" and next(element.iterancestors("pre"), None) is None:
            _mark_ends(element)
    for row in list(body.iter("tr")):
        _captioned(row)
    for parent in dict.fromkeys(summary.getparent() for summary in list(body.iter("summary"))):
        _enclose(parent)
    return body


def _mark_ends(element: Any) -> None:
    """Mark trafilatura's newlines: they stand between paragraphs that it could not tell apart."""
    element.text = (element.text or "").replace("\n", END)
    for child in element:
        child.tail = (child.tail or "").replace("\n", END)


def _is_marked(element: Any) -> bool:
    return (element.text or "").lstrip().startswith(_MARK)


def _captioned(row: Any) -> None:
    """Make a caption of the row that one was given as."""
    if len(row) and _is_marked(row[0]):
        text = "".join(row.itertext())
        row.tag, row[:], row.text = "caption", [], text.replace(_MARK, "")


def _enclose(parent: Any) -> None:
    """Put what stands from a summary to the end of its details into them."""
    around: list[Any] = []
    for child in list(parent):
        if child.tag == "summary" and len(around) < _DEEPEST:
            details = etree.Element("details")
            if around:
                around[-1].append(details)
            else:
                child.addprevious(details)
            around.append(details)
        if around:
            around[-1].append(child)
        if around and child.tag == "p" and child.text == _MARK:
            around.pop()
