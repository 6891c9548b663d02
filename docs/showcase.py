"""Draw what the README shows: ``python -m docs.showcase`` (``make docs``).

The terminal as the SVG that Rich exports, a transcript of each chat surface made from what the
renderers produce, and pictures of both chats and of the page, so that none of it can drift from
the product.
"""

import io
import re
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from docs import pictures
from summitqa.library import Library
from summitqa_bot import assemble
from summitqa_bot.commands import terminal
from summitqa_bot.discord import text as discord_text
from summitqa_bot.settings import Settings
from summitqa_bot.slack import blocks as slack_blocks
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply
from summitqa_index.build import Job, build
from summitqa_index.models import load_encoder, load_reader

HERE = Path(__file__).parent
QUESTION = "What did Trump call the limousine?"
OFF_TOPIC = "How do I make sourdough bread rise?"


def pages(library: Library) -> dict[str, str]:
    """Give every generated file of this folder, by name."""
    found, missed = library.ask(QUESTION), library.ask(OFF_TOPIC)
    talk = [
        (f"/ask question: {QUESTION}", replies.answered(found, "aB3dE6gH9", private=False)),
        ("presses “Show context”", replies.context({1: found.matches[0].citation})),
        (
            f"/ask question: {OFF_TOPIC}",
            replies.not_found(missed, "jK2mN5pQ8", (), private=False),
        ),
    ]
    return {
        "terminal.svg": _terminal(library),
        "on-discord.md": _transcript("Discord", talk, _discord),
        "on-slack.md": _transcript("Slack", talk, _slack),
    }


def _terminal(library: Library) -> str:
    console = Console(
        record=True, width=88, file=io.StringIO(), force_terminal=True, highlight=False,
        color_system="truecolor", no_color=False,
    )  # fmt: skip
    for question in (QUESTION, OFF_TOPIC):
        console.print(f'$ summitqa ask "{question}"', style="bold", markup=False)
        answer = library.ask(question)
        console.print(terminal.answer(answer, answer.worth_showing(2)))
        console.print()
    return console.export_svg(title="summitqa", unique_id="summitqa")


def _transcript(platform: str, talk: list[tuple[str, Reply]], show: Any) -> str:
    about = "What the renderer makes of three replies; made by `make docs`."
    lines = [f"# On {platform}", "", about, ""]
    for said, reply in talk:
        lines += [f"**reader** {said}", ""]
        lines += [f"> {line}".rstrip() for line in show(reply).splitlines()]
        lines += ["", ""]
    return "\n".join(lines).rstrip() + "\n"


def _discord(reply: Reply) -> str:
    payload = discord_text.message(reply)
    said = [payload["content"], *(embed["description"] for embed in payload["embeds"])]
    parts = [_small(line) for text in said for line in text.splitlines() if line]
    rows = payload["components"]
    parts.append(_buttons(item["label"] for row in rows for item in row["components"]))
    return "\n\n".join(part for part in parts if part)


def _small(line: str) -> str:
    """Set Discord's small print as GitHub does."""
    return re.sub(r"^-# (.+)", r"<sub>\1</sub>", line)


def _slack(reply: Reply) -> str:
    parts = []
    for block in slack_blocks.message(reply)["blocks"]:
        if block["type"] == "actions":
            parts.append(_buttons(one["text"]["text"] for one in block["elements"]))
        elif block["type"] == "context":
            parts += [f"<sub>{one['text']}</sub>" for one in block["elements"]]
        else:
            sections = (section["elements"] for section in block["elements"])
            parts += ["".join(_slack_text(one) for one in section) for section in sections]
    return "\n\n".join(parts)


def _slack_text(element: dict[str, Any]) -> str:
    text = str(element.get("text", ""))
    if element["type"] == "link":
        return f"[{text}]({element['url']})"
    return f"**{text}**" if element.get("style", {}).get("bold") else text


def _buttons(labels: Any) -> str:
    return " ".join(f"`{label}`" for label in labels)


def main() -> None:
    """Write every page."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        encoder = load_encoder(settings.home, settings.model)
        build(Job(assemble.publisher(settings), settings, encoder))
        library = Library(settings.home, encoder, load_reader(settings.home, settings.reader))
        for name, text in pages(library).items():
            (HERE / name).write_text(text, "utf-8")
        pictures.take(settings, library, encoder, QUESTION)


if __name__ == "__main__":
    main()
