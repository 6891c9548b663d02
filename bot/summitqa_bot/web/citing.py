"""A quote with where it stands, to be pasted elsewhere: as plain text, as Markdown, as HTML."""

import html
import re
from dataclasses import dataclass

from summitqa.article import Article, Citation, Sentence
from summitqa_bot.wording import cards

_LIVE = re.compile(r"([\\`*_\[\]<>~|&])")
_OPENING = re.compile(r"(?m)^([^\S\n]*+)([#+=-]|\d+[.)])")


@dataclass(frozen=True, slots=True)
class Copied:
    """The three forms."""

    plain: str
    markdown: str
    html: str


def citation_at(article: Article, start: int, end: int) -> Citation | None:
    """Give the citation that a span of the text is; ``None`` where no passage holds all of it."""
    for passage in article.passages:
        if passage.start <= start < end <= passage.end:
            return Citation(article, passage, Sentence(start, end))
    return None


def copied(citation: Citation, address: str) -> Copied:
    """Write a citation with a link: to where the article is from, else to ``address``."""
    link = citation.url or address
    place = cards.where(citation.article, citation.passage, whole=True)
    beside = _beside(citation.article)
    quote = citation.quote
    return Copied(
        plain=f"“{quote}”\n— {place}{beside}\n{link}",
        markdown=(
            f"{_quoted(quote)}\n>\n> — [{_escaped(place)}](<{_address(link)}>){_escaped(beside)}"
        ),
        html=(
            f'<blockquote cite="{html.escape(link)}"><p>{html.escape(quote)}</p></blockquote>\n'
            f'<p>— <a href="{html.escape(link)}">{html.escape(place)}</a>{html.escape(beside)}</p>'
        ),
    )


def _beside(article: Article) -> str:
    """Give date and credit, as far as they are known."""
    known = [cards.day(article.published) if article.published else "", article.credit or ""]
    return "".join(f", {one}" for one in known if one)


def _quoted(quote: str) -> str:
    return "\n".join(f"> {line.strip()}".rstrip() for line in _escaped(quote).split("\n"))


def _escaped(text: str) -> str:
    """Escape for Markdown what would be markup, at the beginning of a line too."""
    return _OPENING.sub(lambda match: f"{match[1]}{_guarded(match[2])}", _LIVE.sub(r"\\\1", text))


def _address(link: str) -> str:
    """Escape what ends an address in Markdown, or escapes what does."""
    return link.replace("\\", "%5C").replace("<", "%3C").replace(">", "%3E")


def _guarded(sign: str) -> str:
    return f"{sign[:-1]}\\{sign[-1]}"
