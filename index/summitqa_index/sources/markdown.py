"""Markdown as a reader sees it: through HTML, so that what is written in either is read alike."""

import re
from collections.abc import Sequence
from typing import Any

from lxml import html
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from summitqa_index.sources.clean import one_line
from summitqa_index.sources.dialects import common, drop_attributes, unwrap
from summitqa_index.sources.tree import unstrike

# What may be markup in a Markdown file; "<name>" is a word in pointed brackets.
_NAMES = """
a abbr b blockquote body br caption center cite code dd del details dfn div dl dt em figcaption
figure font footer h1 h2 h3 h4 h5 h6 header hr html i img input ins kbd li main mark ol p pre q
s samp script section small span strike strong style sub summary sup table tbody td tfoot th
thead tr tt u ul var
"""
_TAGS = frozenset(_NAMES.split())
_ALERT = re.compile(r"\A\s*+\[!\w++\][+-]?\s*+")
_OPEN = re.compile(r"<(?!!--)(?=/?([A-Za-z][\w-]*+)?)")


def _escaped(match: re.Match[str]) -> str:
    return match[0] if (match[1] or "").lower() in _TAGS else "&lt;"


def _passed(_self: object, tokens: Sequence[Token], at: int, _: OptionsDict, _env: Any) -> str:
    return _OPEN.sub(_escaped, tokens[at].content)


def _nothing(*_: object) -> str:
    return ""


def _parser() -> MarkdownIt:
    # What is nested deeper is dropped without a word; a list takes two levels for each of its own.
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(deflist_plugin)
    parser.core.ruler.push("attributes", drop_attributes)
    parser.core.ruler.push("unwrap", unwrap)
    for name in ("html_inline", "html_block"):
        parser.add_render_rule(name, _passed)
    for name in ("footnote_ref", "footnote_anchor"):
        parser.add_render_rule(name, _nothing)
    return parser


def tree_of(text: str) -> Any:
    """Give the tree of HTML that a Markdown text stands for."""
    whole = f"<html><body>{_parser().render(common(text))}</body></html>"
    tree = html.document_fromstring(whole.encode(), html.HTMLParser(encoding="utf-8"))
    unstrike(tree)
    for quote in tree.iter("blockquote"):
        _drop_alert(quote)
    return tree


def _drop_alert(quote: Any) -> None:
    """Drop the "[!WARNING]" that says how a quote is to be shown."""
    first = next(quote.iterchildren(), None)
    if first is not None and first.tag == "p":
        first.text = _ALERT.sub("", first.text or "")


def title_of(tree: Any) -> str | None:
    """Give the first heading, where it is one of the first level."""
    first = next(tree.iter("h1", "h2", "h3", "h4", "h5", "h6"), None)
    return one_line(first.text_content()) if first is not None and first.tag == "h1" else None
