"""What is cited opens on the reading page from both platforms alike, at the very quote."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import simcord
from on_both import InlineDesk, OnDiscord
from on_slack import OnSlack
from slack_rig import Rig
from slack_server import SlackServer

from summitqa_bot import strings
from summitqa_bot.discord.app import build as build_discord
from summitqa_bot.links import Target, spans_of
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State

URL = "https://quotes.example.org"
QUESTION = "What did Trump call the limousine?"
OFF_TOPIC = "How do I make sourdough bread rise?"


def make_desk(home, bundled, encoder, **given: Any) -> Desk:
    many = Rate(1000, 1)
    settings = Settings(home=home, user_limit=many, channel_limit=many, **given)
    return InlineDesk(settings, bundled, State(home), encoder)


def links_of(on: OnDiscord | OnSlack) -> list[str]:
    """Give the addresses of the message shown last, in order."""
    if isinstance(on, OnSlack):
        return [
            element["url"]
            for block in on.last
            for part in block["elements"]
            for element in part.get("elements", ())
            if isinstance(element, dict) and element["type"] == "link"
        ]
    shown = "\n".join(embed.description or "" for embed in on.last.embeds)
    return re.findall(r"\]\((https?://[^)\s]+)\)", shown)


async def script(on: OnDiscord | OnSlack) -> dict[str, list[str]]:
    """Look at all that shows quotes; give the links of each."""
    found = {}
    await on.ask(QUESTION)
    found["ask"] = links_of(on)
    await on.press(strings.BUTTON_CONTEXT)
    found["context"] = links_of(on)
    await on.ask(QUESTION)
    await on.press(strings.BUTTON_MORE)
    found["more"] = links_of(on)
    await on.ask(QUESTION, private=True)
    found["private"] = links_of(on)
    await on.ask(OFF_TOPIC)
    await on.press(strings.BUTTON_NEAREST)
    found["nearest"] = links_of(on)
    return found


def asked_of(link: str) -> tuple[Target, str, str, str]:
    """Take a link apart: what it opens, its spans, the quote's name and the seal."""
    parts = urlsplit(link)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    _, _, shelf, slug = parts.path.split("/")
    return (
        Target(shelf, slug, query["v"]), query["s"], query.get("r", ""), query.get("k", ""),
    )  # fmt: skip


async def check(desk: Desk, found: dict[str, list[str]]) -> None:
    for step, links in found.items():
        assert links, step
        for link in links:
            assert link.startswith(f"{URL}/a/house/alaska-summit?"), step
            target, spans, cited, seal = asked_of(link)
            assert desk.links.opens(target, seal), step
            read = await desk.read(target, spans_of(spans), cited)
            assert read is not None, step
            assert read.kept, step
            assert urlsplit(link).fragment == "s{}-{}".format(*read.cited), step
            assert bool(cited) == (step in {"ask", "context", "private"}), step
            if cited:
                ref, _, number = cited.partition(".")
                row = desk._state.answer(ref).cited[int(number) - 1]
                assert read.article.text[slice(*read.cited)] == row[4], step


@pytest.fixture
async def both(tmp_path, bundled, encoder):
    """Do the script on both, with the same settings; give what each shows, and its desk."""
    desks: list[Desk] = []

    async def run(**given: Any):
        desk = make_desk(tmp_path / f"discord{len(desks)}", bundled, encoder, **given)
        bot = build_discord(Settings(answer_in="thread", discord_token="a.b.c"), desk)
        async with simcord.run(bot, shard_count=1) as env:
            # In a context of its own, as everything that a platform delivers.
            on_discord = await asyncio.create_task(script(OnDiscord(env)))
        async with SlackServer() as server:
            other = make_desk(tmp_path / f"slack{len(desks)}", bundled, encoder, **given)
            on_slack = await asyncio.create_task(script(OnSlack(Rig(server, other), server)))
        desks.extend([desk, other])
        return (desk, on_discord), (other, on_slack)

    yield run
    for desk in desks:
        await desk.close()


async def test_every_quote_opens_on_the_page_alike(both):
    (desk, on_discord), (other, on_slack) = await both(web_url=URL)
    await check(desk, on_discord)
    await check(other, on_slack)
    for step, links in on_discord.items():
        parts = [asked_of(link)[:2] for link in links]
        assert parts == [asked_of(link)[:2] for link in on_slack[step]], step
    # What one process sealed opens nothing where another database is.
    target, _, _, seal = asked_of(on_discord["ask"][0])
    assert not other.links.opens(target, seal)


async def test_where_all_may_read_links_are_plain_and_without_a_page_there_are_none(both):
    (_, on_discord), (_, on_slack) = await both(web_url=URL, web_access="public")
    for step in on_discord:
        assert all("&k=" not in one for one in on_discord[step] + on_slack[step])
    (_, on_discord), (_, on_slack) = await both(web_url=URL, web_access="off")
    assert list(on_discord.values()) == list(on_slack.values()) == [[]] * len(on_slack)
