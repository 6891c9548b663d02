"""Text made inert and cut to a length, as Discord reads and counts it. Pure, no I/O."""

import re
from collections.abc import Sequence

# What may be live, each ending in the character to disarm: "\\" before ASCII punctuation shows
# that character and nothing more. The rest stays as it is, for notifications show it raw.
_LIVE = tuple(
    re.compile(pattern, re.MULTILINE | re.IGNORECASE)
    for pattern in (
        r"[\\`*_~|\[\]<@]",  # emphasis, code, spoilers, links, mentions, timestamps
        r"(?<=\])\(",  # a masked link's target
        r"^[^\S\n]*[#>+-]",  # headings, quotes, lists, small print
        r"^[^\S\n]*\d+\.",  # numbered lists
        r":(?=//|[\w+~-]+:)",  # links and emoji codes
        r"discord[\w.]{0,20}/",  # invites, which need no scheme
    )
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s)")


def units(text: str) -> int:
    """Count UTF-16 code units, which is never less than the number of characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Drop what no client can show: control characters and halves of surrogate pairs."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    return _CONTROL.sub("", whole)


def escape(text: str) -> str:
    """Make text inert: shown as it stands, with no markup, link, mention or emoji code."""
    return "".join(_escaped(clean(text)))


def _escaped(text: str) -> list[str]:
    """Escape character by character, so that any prefix of the list is itself inert."""
    live = {match.end() - 1 for one in _LIVE for match in one.finditer(text)}
    return [f"\\{char}" if place in live else char for place, char in enumerate(text)]


def cut(text: str, limit: int, *, live: bool = True) -> str:
    """Fit text into ``limit`` units, ending a cut at a sentence or a word with "…".

    With ``live`` the text is escaped for a place that renders markdown; without, it is for
    a place that shows plain text (a button, a footer, a title).
    """
    text = clean(text)[: max(0, limit) + 1]
    pieces = _escaped(text) if live else list(text)
    keep = _fitting(pieces, limit)
    if keep == len(pieces):
        return "".join(pieces)
    keep = _end(text, _fitting(pieces, limit - 1))
    return "".join(pieces[:keep]).rstrip() + "…" if limit > 0 else ""


def cut_start(text: str, limit: int) -> str:
    """Fit text into ``limit`` units by its end: what stands right before the quote counts."""
    text = clean(text)[-max(0, limit) - 1 :]
    pieces = _escaped(text)
    if _fitting(pieces, limit) == len(pieces):
        return "".join(pieces)
    drop = len(pieces) - _fitting(pieces[::-1], limit - 1)
    word = re.compile(r"\s\S").search(text, drop, drop + (len(text) - drop) // 2)
    drop = word.start() + 1 if word else drop
    return "…" + "".join(pieces[drop:]) if limit > 0 else ""


def _fitting(pieces: Sequence[str], limit: int) -> int:
    """Count the leading pieces that fit into ``limit`` units."""
    for count, piece in enumerate(pieces):
        limit -= len(piece) + (piece > "\uffff")
        if limit < 0:
            return count
    return len(pieces)


def _end(text: str, keep: int) -> int:
    """Move a cut back to the last sentence or word that ends in the latter half."""
    half = keep // 2
    ends = [match.end() for match in _SENTENCE_END.finditer(text, half, keep + 1)]
    if ends:
        return min(ends[-1], keep)
    spaces = [place for place in range(half, keep + 1) if text[place : place + 1].isspace()]
    return spaces[-1] if spaces else keep
