"""What the template of an article is filled with: pure, from an opened article to plain values."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from summitqa_bot.links import Span
from summitqa_bot.service.reading import Read
from summitqa_bot.strings import web as said
from summitqa_bot.web.citing import citation_at, copied
from summitqa_bot.web.setting import Block, Paragraph, Table, set_out
from summitqa_bot.wording import cards
from summitqa_bot.wording.differing import difference

MOST_CHANGES = 50
"""How many changed passages are shown."""
# Of the languages with an ISO 639-1 code, those written from right to left.
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "ug", "ur", "yi"})
_QUOTED = re.compile(r"[A-Za-z0-9_-]{8,32}\.[0-9]{1,3}")


def reading_of(read: Read, spans: Sequence[Span], address: str, quoted: str = "") -> dict[str, Any]:
    """Give what is shown of an article that was opened by a link with these spans.

    ``address`` is the page's own, to be copied with a citation; ``quoted`` names the remembered
    quote, "ref.n", whose receipt there is.
    """
    article = read.article
    # The link leads to where the quote stood, though it may stand elsewhere by now.
    anchor = f"s{spans[0][0]}-{spans[0][1]}" if spans else ""
    blocks = set_out(article, read.cited, read.beside, anchor)
    cited = read.cited and citation_at(article, *read.cited)
    link = f"{address}#{anchor}" if anchor else address
    return {
        "article": article,
        "direction": "rtl" if article.language in _RIGHT_TO_LEFT else "ltr",
        "byline": _byline(read),
        "source": article.url and _host(article.url),
        "blocks": blocks,
        "anchors": _anchors(blocks, anchor),
        "cited": cited and cited.passage.number,
        "receipt": quoted if _QUOTED.fullmatch(quoted) else "",
        "copied": cited and copied(cited, link),
        "notes": _notes(read, asked=bool(spans)),
        "gone": read.gone,
        "changes": [difference(one) for one in read.changes[:MOST_CHANGES]],
        "more_changes": max(0, len(read.changes) - MOST_CHANGES),
    }


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _byline(read: Read) -> list[str]:
    published, credit = read.article.published, read.article.credit
    return [one for one in (cards.day(published) if published else "", credit or "") if one]


def _anchors(blocks: Sequence[Block], first: str) -> list[tuple[str, int]]:
    """Give the anchors of what is lit with the numbers of their paragraphs, the cited one first."""
    found = [
        (piece.anchor, number) for number, pieces in _pieces(blocks) for piece in pieces
        if piece.anchor
    ]  # fmt: skip
    return sorted(found, key=lambda one: one[0] != first)


def _pieces(blocks: Sequence[Block]) -> Any:
    for block in blocks:
        if isinstance(block, Paragraph):
            for row in block.rows:
                yield block.number, (*row.mark, *row.pieces)
        elif isinstance(block, Table):
            for body in block.bodies:
                for cells in body.rows:
                    for cell in cells:
                        yield body.number, (*cell.label, *cell.pieces)


def _notes(read: Read, *, asked: bool) -> list[str]:
    if not read.kept:
        lit = said.NOT_KEPT_LIT if asked and read.cited else ""
        return [said.NOT_KEPT.format(lit=lit), *([said.GONE] if read.gone else [])]
    return [said.CHANGED] if read.changes else []
