"""Hostile articles, in the terminal and both renderers: shown as text, nothing live, no control."""

import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from summitqa.answer import Answer
from summitqa_bot.commands import terminal
from summitqa_bot.discord import text as discord_text
from summitqa_bot.slack import blocks as slack_blocks
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply
from tests.fakes import index, library, write
from tests.faults.common import Tally, require

PAYLOADS = (
    "@everyone and @here", "<!channel> <!here> <!everyone>", "<@U012ABCDEF> <@!123456789012345678>",
    "<@&123456789012345678> <#C012ABCDE> <#123456789012345678>", "<script>alert(1)</script>",
    "[click](https://evil.example) ![i](https://evil.example/i.png)", "<https://evil.example|bank>",
    "https://evil.example/login?a=b", "discord.gg/invite and discord.com/invite/x",
    "**bold** __under__ ~~gone~~ ||hidden|| `code` *i* _i_", "```\nblock\n``` and ``x``",
    "# heading", "> quote\n>>> more", "- item\n1. item", "-# small", ":smile: <:a:1> <t:1700000000:R>",
    "[bold]rich[/bold] [link=https://evil.example]x[/link] [red]", "\\[escaped] \\* \\\\",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;https://evil.example\x07x\x1b]8;;\x07 \x9b31m",
    "\x07\x08\x08\x08\r overwritten \x00 \x7f", "\u202eevil\u202c \u2066x\u2069 \u200b\u200f\ufeff",
    "&lt;b&gt; &amp;amp; &#64;everyone", "{0} {x} %s %(x)s $(id) `id`", "|table|row|", "\U000e0041\U000e0042",
    "a\u0301" * 50, "😀" * 60, "w" * 3000, "</ask:123> <id:customize>", "*bold* _it_ ~st~ `c`",
)  # fmt: skip
_ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
_LIVE_DISCORD = re.compile(
    r"[*_~`|\\@<]|\]\(|\[|://|:[\w+~-]+:|discord[.\w]*/|^[^\S\n]*([#>+-]|\d+\.)",
    re.MULTILINE | re.IGNORECASE,
)
_OURS_DISCORD = re.compile(
    r"\[((?:[^\[\]])*)\]\(https://site\.example/[^\s)]*\)$|^-# ", re.MULTILINE
)
_OURS_TERMINAL = re.compile(
    r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b\x07]*;(?:https://site\.example/[^\x1b\x07]*)?\x1b\\"
)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SLACK_TYPES = {
    "rich_text", "rich_text_section", "rich_text_quote", "text", "link", "context", "plain_text",
    "actions", "button",
}  # fmt: skip


def sources(folder: Path) -> dict[str, Path]:
    """Write each payload as an article of each kind: in its text, its metadata, its name."""
    found = {}
    for number, payload in enumerate(PAYLOADS):
        said = f"Before it. The marker{number} says {payload} to you. After it.".replace("\0", "")
        metadata = json.dumps(payload.replace("\n", " "))
        page = f"<html><title>{html.escape(payload)}</title><article><p>{html.escape(said)}</p></article>"
        files = {
            "a.md": f"---\ntitle: {metadata}\nauthor: {metadata}\nslug: {metadata}\n"
            f"url: https://site.example/{number}\n---\n## {said.splitlines()[0]}\n\n{said}\n",
            "b.txt": said,
        }
        if number % 7 == 0:
            files["c.html"] = page
        found[f"marker{number}"] = write(folder / str(number), files)
    found["megabyte"] = write(folder / "m", {"a.txt": "The megabyte says @everyone. " * 36_000})
    paragraphs = "\n\n".join(["word", "@everyone", "<!channel>", "megaword"] * 25_000)
    found["megaword"] = write(folder / "p", {"a.txt": paragraphs})
    return found


def shown(answer: Answer) -> Iterator[Reply]:
    """Give every reply that shows what an article says."""
    yield replies.answered(answer, "ref", private=True)
    yield replies.not_found(answer, "ref", answer.matches[0].citation.article.title, private=False)
    yield replies.page(answer.matches, 1, "ref.1", heading=answer.question)
    yield replies.context({1: answer.matches[0].citation})


def check_discord(payload: dict[str, Any]) -> None:
    require(payload["allowed_mentions"] == {"parse": []}, "mentions may ping")
    for text in (payload["content"], *(embed["description"] for embed in payload["embeds"])):
        bare = _OURS_DISCORD.sub(r"\1", _ESCAPED.sub("·", text)).replace("**", "")
        live = _LIVE_DISCORD.search(bare)
        require(
            not live,
            f"live on Discord: {live and bare[max(0, live.start() - 20) : live.end() + 20]!r}",
        )
    require(not _CONTROL.search(_strings(payload)), "a control character reaches Discord")


def check_slack(payload: dict[str, Any]) -> None:
    require(not re.search(r"[<>]|&(?!amp;|lt;|gt;)", payload["text"]), "live in Slack's fallback")
    kinds = set(re.findall(r'"type": "(\w+)"', json.dumps(payload["blocks"])))
    require(kinds <= _SLACK_TYPES, f"parsed by Slack: {kinds - _SLACK_TYPES}")
    links = re.findall(r'"url": "([^"]*)"', json.dumps(payload["blocks"]))
    require(all(link.startswith("https://site.example/") for link in links), f"a link to {links}")
    require(not _CONTROL.search(_strings(payload)), "a control character reaches Slack")


def check_terminal(answer: Answer) -> None:
    screen = io.StringIO()
    Console(file=screen, force_terminal=True, width=100, highlight=False).print(
        terminal.answer(answer, answer.matches[:3])
    )
    seen = _OURS_TERMINAL.sub("", screen.getvalue())
    control = _CONTROL.search(seen)
    require(not control, f"a control character reaches the screen: {control and control[0]!r}")
    quote = "".join(answer.matches[0].citation.quote.split())
    require(quote[:300] in "".join(seen.split()), "the quote is not shown as it stands")


def _strings(node: Any) -> str:
    if isinstance(node, dict | list):
        parts = node.values() if isinstance(node, dict) else node
        return "".join(_strings(part) for part in parts)
    return node if isinstance(node, str) else ""


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    passages = 0
    for name, source in list(sources(folder / "s").items()):
        if quick and name == "megaword":
            continue
        home = folder / name
        index(home, source)
        found = library(home)
        passages += found.store.facts["passages"]
        for question in (
            f"What says the {name}?",
            f"{name} {PAYLOADS[len(name) % len(PAYLOADS)]} says",
        ):
            answer = found.ask(question, top=5)
            tally.attempt(f"{name}, terminal", lambda answer=answer: check_terminal(answer))
            for reply in shown(answer):
                for check, render in (
                    (check_discord, discord_text.message),
                    (check_discord, discord_text.text_message),
                    (check_slack, slack_blocks.message),
                ):
                    tally.attempt(
                        f"{name}, {render.__module__}",
                        lambda check=check, render=render, reply=reply: check(render(reply)),
                    )
    tally.note = f"{len(PAYLOADS) + 2} payloads, {passages:,} passages; terminal, Discord, Slack"
    return tally
