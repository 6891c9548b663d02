"""A Form as a modal view of Slack's, and what was filled into it."""

from collections.abc import Iterator
from typing import Any

from summitqa_bot import strings
from summitqa_bot.slack.blocks import clean, cut, plain_text
from summitqa_bot.slack.views import MAX_INPUT, MAX_LABEL, modal, packed
from summitqa_bot.wording.reply import Field, Form
from summitqa_index.sources.shelf import READABLE

View = dict[str, Any]

FIELDS = "fields"


def view(form: Form, metadata: dict[str, str | None]) -> View:
    """Set a form, with what stands in its fields already; ``metadata`` comes back with it."""
    known = {**metadata, "component": form.component}
    blocks = [_field(one) for one in form.fields]
    shown = modal(FIELDS, form.title, strings.SLACK_FORM_SEND, blocks)
    return shown | {"private_metadata": packed(known)}


def texts(filled: View) -> dict[str, str]:
    """Give the texts entered, by the names of their fields."""
    return {name: str(entered.get("value") or "") for name, entered in _values(filled)}


def files(filled: View) -> tuple[str, ...]:
    """Give the ids of the files handed in."""
    return tuple(
        str(one["id"]) for _, entered in _values(filled) for one in entered.get("files") or ()
    )


def _values(filled: View) -> Iterator[tuple[str, View]]:
    for name, actions in ((filled.get("state") or {}).get("values") or {}).items():
        yield from ((name, entered) for entered in actions.values())


def _field(field: Field) -> View:
    return {
        "type": "input",
        "block_id": field.name,
        "optional": not field.required,
        "label": plain_text(field.label, MAX_LABEL),
        "element": {"action_id": field.name, **_element(field)},
    }


def _element(field: Field) -> View:
    if field.kind == "file":
        kinds = [suffix.removeprefix(".") for suffix in READABLE]
        return {"type": "file_input", "filetypes": kinds, "max_files": 1}
    line: View = {"type": "plain_text_input", "max_length": MAX_INPUT}
    if field.kind == "text":
        line["multiline"] = True
    if field.value:
        line["initial_value"] = cut(clean(field.value), MAX_INPUT)
    return line
