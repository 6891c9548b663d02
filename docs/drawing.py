"""Draw a message as a chat shows it, from the very payload that the bot sends.

A drawing, and captioned as one: the words, their order, what is bold, small or a link, and the
buttons are the payload's; the frame around them is no platform's.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

Payload = Mapping[str, Any]

_MARKDOWN = MarkdownIt("zero", {"html": False}).enable(["emphasis", "escape", "link"])
_SMALL = "-# "
_PAGE = Markup("""\
<!doctype html><html lang="en"><meta charset="utf-8"><title>{caption}</title><style>
body {{ margin: 0; background: #fff; color: #1c1d1f; font: 15px/1.45 system-ui, sans-serif }}
figure {{ margin: 0; padding: 20px 24px 14px }}
.said {{ display: grid; grid-template-columns: 40px 1fr; gap: 2px 12px; margin-bottom: 14px }}
.face {{ grid-row: span 2; width: 40px; height: 40px; border-radius: 10px; color: #fff;
  background: #5b6b7f; font-weight: 600; line-height: 40px; text-align: center }}
.bot .face {{ background: #8a5a12 }}
.who {{ font-weight: 650 }}
.app {{ font-size: 10px; font-weight: 600; letter-spacing: .04em; vertical-align: 1px; color: #555;
  border: 1px solid #bbb; border-radius: 3px; padding: 0 4px; margin-left: 6px }}
.what p, .what blockquote, .what small {{ margin: 3px 0 }}
blockquote {{ padding-left: 12px; border-left: 4px solid #d0d0d0 }}
.embed {{ background: #f5f5f6; border: 1px solid #e3e4e6; border-left: 4px solid #8a5a12;
  border-radius: 6px; padding: 10px 14px }}
small {{ display: block; font-size: 12.5px; color: #5c6066 }}
a {{ color: #0b5cad; text-decoration: none }}
.buttons {{ display: flex; flex-wrap: wrap; gap: 8px; padding-top: 6px }}
.buttons span {{ border: 1px solid #c6c8cc; border-radius: 6px; padding: 3px 12px;
  font-size: 13.5px; font-weight: 550 }}
figcaption {{ border-top: 1px solid #ececec; padding-top: 8px; font-size: 12px; color: #6a6e74 }}
</style><figure>{asked}{answered}<figcaption>{caption}</figcaption></figure></html>
""")
_SAID = Markup(
    '<div class="said{bot}"><div class="face">{face}</div><div><span class="who">{who}</span>{app}'
    '</div><div class="what">{what}</div></div>'
)
_CAPTION = "A drawing of the message that the bot sends; {platform} sets it in its own way."


def on_discord(question: str, payload: Payload) -> str:
    """Give the drawing of a message of Discord's API, as HTML."""
    embed = Markup('<div class="embed">{}</div>')
    labels = (item["label"] for row in payload["components"] for item in row["components"])
    parts = [
        *_lines(payload["content"]),
        *(embed.format(_joined(_lines(one["description"]))) for one in payload["embeds"]),
        _buttons(labels),
    ]
    return _page("Discord", question, parts)


def on_slack(question: str, payload: Payload) -> str:
    """Give the drawing of a message of Slack's API, as HTML."""
    return _page("Slack", question, [part for one in payload["blocks"] for part in _block(one)])


def _page(platform: str, question: str, parts: Iterable[Markup]) -> str:
    app = Markup('<span class="app">APP</span>')
    said = Markup("<p>{}</p>").format(question)
    return str(
        _PAGE.format(
            caption=_CAPTION.format(platform=platform),
            asked=_SAID.format(bot="", face="R", who="reader", app="", what=said),
            answered=_SAID.format(
                bot=" bot", face="S", who="SummitQA", app=app, what=_joined(parts)
            ),
        )
    )


def _lines(text: str) -> Iterable[Markup]:
    """Set Discord's Markdown, of which the bot uses bold, escapes, links and small print."""
    for line in filter(None, text.splitlines()):
        small = line.startswith(_SMALL)
        tag = Markup("<small>{}</small>") if small else Markup("<p>{}</p>")
        yield tag.format(Markup(_MARKDOWN.renderInline(line.removeprefix(_SMALL))))  # noqa: S704


def _block(block: Payload) -> Iterable[Markup]:
    if block["type"] == "actions":
        yield _buttons(one["text"]["text"] for one in block["elements"])
    elif block["type"] == "context":
        yield from (Markup("<small>{}</small>").format(one["text"]) for one in block["elements"])
    else:
        for section in block["elements"]:
            quoted = section["type"] == "rich_text_quote"
            tag = Markup("<blockquote>{}</blockquote>") if quoted else Markup("<p>{}</p>")
            yield tag.format(_joined(_piece(one) for one in section["elements"]))


def _piece(element: Payload) -> Markup:
    text = Markup("{}").format(element.get("text", ""))
    if element["type"] == "link":
        text = Markup('<a href="{}">{}</a>').format(element["url"], text)
    return Markup("<b>{}</b>").format(text) if element.get("style", {}).get("bold") else text


def _buttons(labels: Iterable[str]) -> Markup:
    return Markup('<div class="buttons">{}</div>').format(
        _joined(Markup("<span>{}</span>").format(label) for label in labels)
    )


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
