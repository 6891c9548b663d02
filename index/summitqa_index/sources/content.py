"""What of a page is its article: neither what leads about the site, nor what stands around it.

Nothing else is left out of a page, so that no word of an article is lost in silence. What is left
out says so itself (``<nav>``, a role, a name), or is a table of contents.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NEVER = """
annotation audio button canvas datalist embed iframe input noscript object select script style
svg template textarea video
"""
_UNREAD = frozenset(_NEVER.split())
_ROLES = frozenset({"navigation", "contentinfo", "search", "menu", "menubar", "doc-toc"})
# Names that are given to what leads somewhere; it goes where most of it is links, too.
_LEADING = re.compile(
    r"(?i)(?:^|[\s_-])(?:nav|navbar|navigation|navbox|menu|breadcrumbs?|sidebar|toc|pagination|pager"
    r"|footer|header|related|social|share|sharing)(?:$|[\s_-])"
)
# Names that are given to nothing but what stands around an article.
_STANDING = re.compile(
    r"(?i)(?:^|\s)(?:mw-editsection|disqus_thread|comments?-?(?:list|area|section)"
    r"|(?:cookie|consent)s?[-_]?(?:banner|bar|consent|law|notice|popup|manager)|onetrust[-\w]*"
    r"|related-(?:posts|articles|stories)|share-?buttons|newsletter-?(?:signup|form|box)"
    r"|site-(?:header|footer|nav)|nav-?(?:header|footer)|printfooter|screen-reader-text|sr-only"
    r"|visually-hidden)(?:$|\s)"
)
_BLOCKS = ("ul", "ol", "dl", "table", "p", "div", "nav", "section", "aside", "td")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary", "caption", "th"})
_LEVEL = re.compile("h[1-6]")
_NO_LETTER = re.compile(r"[\W\d_]+")
_MARKS = frozenset({"¶", "#", "§", "🔗", "∞", "↩", "↩︎", "^"})
_WORD = re.compile(r"\w+")
_MAIN, _PART = 0.5, 0.8  # shares of a page's letters that what is taken for its article holds
_CLIMB = 6  # elements above a link that may be what it leads to
_FEW, _SHARE = 20, 0.02  # words that may be missing, and their share


@dataclass(frozen=True, slots=True)
class _Weight:
    """Letters of an element: all, those in links, and those in links to elsewhere on its page."""

    all: int = 0
    linked: int = 0
    inside: int = 0


def article_of(page: Any) -> Any:
    """Give the element of a page that holds its article, what is no part of it dropped."""
    body = page if page.tag == "body" else page.find("body")
    body = page if body is None else body
    _drop(list(body.iter(*_UNREAD)))
    weights = _weigh(body)
    most = weights[body].all / 2
    _drop(
        [
            one
            for one in body.iterdescendants("*")
            if _is_around(one, weights[one]) and weights[one].all <= most
        ]
    )
    return _holding(body)


def _drop(elements: list[Any]) -> None:
    for element in elements:
        if element.getparent() is not None:
            element.drop_tree()


def drop_marks(page: Any) -> None:
    """Drop links that say no word, as the "¶" behind a heading."""
    _drop(
        [
            link
            for link in page.iter("a")
            if link.get("href", "").startswith("#")
            and not len(link)
            and (link.text or "").strip() in _MARKS
        ]
    )


def _weigh(body: Any) -> dict[Any, _Weight]:
    """Weigh each element, those within others first."""
    names = {
        element.get(key): element for element in body.iter() for key in ("name", "id")
        if isinstance(element.tag, str) and element.get(key)
    }  # fmt: skip
    weights: dict[Any, _Weight] = {}
    for element in reversed(list(body.iter())):
        if not isinstance(element.tag, str):
            weights[element] = _Weight()
            continue
        parts = [weights[child] for child in element]
        own = sum(_letters(child.tail) for child in element) + _letters(element.text)
        own += _letters(element.get("alt")) if element.tag == "img" else 0
        total = own + sum(part.all for part in parts)
        linked, inside = (sum(part.linked for part in parts), sum(part.inside for part in parts))
        if element.tag == "a" and element.get("href"):
            linked, inside = total, total if _leads_inside(element, names) else 0
        weights[element] = _Weight(total, linked, inside)
    return weights


def _letters(text: str | None) -> int:
    return len(_NO_LETTER.sub("", text or ""))


def _leads_inside(link: Any, names: dict[str, Any]) -> bool:
    """Tell whether a link leads elsewhere on its own page; a heading's leads to itself."""
    target = names.get(link.get("href").rpartition("#")[2]) if "#" in link.get("href") else None
    if target is None:
        return False
    above = [link, *list(link.iterancestors())[:_CLIMB]]
    return target not in above and target.getparent() not in above[:2]


def _is_contents(weight: _Weight) -> bool:
    return 0 < weight.all == weight.inside


def _is_around(element: Any, weight: _Weight) -> bool:
    tag, role = element.tag, element.get("role")
    if tag in {"html", "body", "main", "article"}:
        return False
    if tag == "nav" or role in _ROLES or element.get("aria-hidden") == "true":
        return True
    if tag == "footer":
        return next(element.iterancestors("blockquote"), None) is None
    names = [element.get("class") or "", element.get("id") or "", element.get("summary") or ""]
    if any(_STANDING.search(name) for name in names[:2]):
        return True
    leads = weight.linked * 2 >= weight.all
    if leads and (tag in {"aside", "header"} or any(_LEADING.search(name) for name in names)):
        return tag not in _HEADINGS and not _is_whole_heading(element, weight)
    return tag in _BLOCKS and _is_contents(weight)


def _is_whole_heading(element: Any, weight: _Weight) -> bool:
    """Tell a link that says all of a heading, as one back to the table of contents does."""
    above = element.getparent()
    return bool(_LEVEL.fullmatch(above.tag)) and _letters(above.text_content()) == weight.all


def _holding(body: Any) -> Any:
    """Find what holds nearly all of a page's letters outside links, and says that it does."""
    from trafilatura.xpaths import BODY_XPATH

    weights = _weigh(body)
    plain = weights[body].all - weights[body].linked
    for found, share in (
        (body.xpath(".//main|.//*[@role='main']"), _MAIN),
        (body.xpath(".//article"), _PART),
        *((xpath(body)[:1], _PART) for xpath in BODY_XPATH),
    ):
        if len(found) == 1 and weights[found[0]].all - weights[found[0]].linked >= share * plain:
            return found[0]
    return body


def lost(article: Any, told: str) -> str | None:
    """Say how many words of a page's article are not in what was read of it, where they are many.

    Headings are left out: the title is no part of a text, nor is one with nothing below it.
    """
    said = Counter(_WORD.findall(" ".join(_said(article))))
    missing = (said - Counter(_WORD.findall(told))).total()
    if missing <= max(_FEW, _SHARE * said.total()):
        return None
    return f"has {missing:,} words that what was read of it lacks"


def _said(element: Any) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in {*_UNREAD, *_HEADINGS}:
        return
    yield element.text or ""
    for child in element:
        yield from _said(child)
        yield child.tail or ""
