"""The views: App Home, the form behind a button, the form that asks a question."""

import json
from typing import Any

from summitqa_bot import strings
from summitqa_bot.slack.blocks import MAX_BUTTON, MAX_TEXT, clean, cut, plain_text

View = dict[str, Any]

# docs.slack.dev, reference of views, options and the plain-text input.
MAX_TITLE = 24
MAX_METADATA = 3000
MAX_INPUT = 3000
MAX_LABEL = 2000
MAX_HEADER = 150
MAX_OPTION = 75
MAX_OPTION_VALUE = 150
MAX_OPTIONS = 100
MAX_PLACEHOLDER = 150

FORM = "form"
ASK = "ask_form"
OPEN_ASK = "ask_open"
ARTICLE = "ask_article"
TEXT = "text"


def home(titles: tuple[tuple[str, str], ...]) -> View:
    """Tell how to ask, and list the articles as (slug, title)."""
    ask = {"type": "button", "action_id": OPEN_ASK, "value": OPEN_ASK}
    label = plain_text(strings.SLACK_ASK_BUTTON, MAX_BUTTON)
    blocks = [
        _header(strings.SLACK_HOME_HEADER),
        {"type": "section", "text": plain_text(strings.SLACK_HOME_HOW)},
        {"type": "actions", "elements": [{**ask, "text": label}]},
        _header(strings.SLACK_HOME_ARTICLES),
        {"type": "rich_text", "elements": [_articles(titles)]},
    ]
    return {"type": "home", "blocks": blocks}


def form(question: str, metadata: dict[str, str | None]) -> View:
    """Ask for one optional line; ``metadata`` comes back with it."""
    return modal(
        FORM, strings.SLACK_FORM_TITLE, strings.SLACK_FORM_SEND, [_input(question, optional=True)]
    ) | {"private_metadata": packed(metadata)}


def ask_form() -> View:
    """Ask for a question and, if wished, the article to look in."""
    choose = {
        "type": "external_select",
        "action_id": ARTICLE,
        "min_query_length": 0,
        "placeholder": plain_text(strings.SLACK_ASK_CHOOSE, MAX_PLACEHOLDER),
    }
    article = {
        "type": "input",
        "block_id": ARTICLE,
        "optional": True,
        "label": plain_text(strings.SLACK_ASK_ARTICLE, MAX_LABEL),
        "element": choose,
    }
    question = _input(strings.SLACK_ASK_QUESTION, optional=False)
    return modal(ASK, strings.SLACK_ASK_TITLE, strings.SLACK_ASK_SEND, [question, article])


def options(titles: tuple[tuple[str, str], ...]) -> list[View]:
    """Give the articles to choose from."""
    return [
        {"text": plain_text(title or slug, MAX_OPTION), "value": slug}
        for slug, title in titles[:MAX_OPTIONS]
        if 0 < len(slug) <= MAX_OPTION_VALUE
    ]


def unpacked(view: View) -> dict[str, str | None]:
    """Give a form's metadata."""
    packed: dict[str, str | None] = json.loads(view.get("private_metadata") or "{}")
    return packed


def entered(view: View) -> str:
    """Give the text entered into a view's one text input."""
    return str(view["state"]["values"][TEXT][TEXT].get("value") or "")


def chosen(view: View) -> str | None:
    """Give the slug chosen in the asking form."""
    option = view["state"]["values"][ARTICLE][ARTICLE].get("selected_option")
    return option["value"] if option else None


def packed(metadata: dict[str, str | None]) -> str:
    """Pack what comes back with a form; without its longest part where all is too long."""
    packed = json.dumps(metadata)
    if len(packed) > MAX_METADATA:
        packed = json.dumps({**metadata, "url": None})
    return packed


def modal(callback: str, title: str, submit: str, blocks: list[View]) -> View:
    """Set a view that is opened above all else."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain_text(title, MAX_TITLE),
        "submit": plain_text(submit, MAX_TITLE),
        "close": plain_text(strings.SLACK_FORM_CANCEL, MAX_TITLE),
        "blocks": blocks,
    }


def _articles(titles: tuple[tuple[str, str], ...]) -> View:
    lines, room = [], MAX_TEXT
    for slug, title in titles:
        line = cut(clean(f"{title} (in:{slug})"), 300)
        if len(line) > room:
            lines.append(strings.SLACK_HOME_MORE)
            break
        room -= len(line)
        lines.append(line)
    items = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": line}]}
        for line in lines or [strings.SLACK_HOME_NONE]
    ]
    return {"type": "rich_text_list", "style": "bullet", "elements": items}


def _header(text: str) -> View:
    return {"type": "header", "text": plain_text(text, MAX_HEADER)}


def _input(label: str, *, optional: bool) -> View:
    element = {"type": "plain_text_input", "action_id": TEXT, "max_length": MAX_INPUT}
    return {
        "type": "input",
        "block_id": TEXT,
        "optional": optional,
        "label": plain_text(label, MAX_LABEL),
        "element": element,
    }
