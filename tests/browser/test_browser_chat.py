"""From an answer in chat to its sentence in the browser: the whole bot, over real sockets."""

import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import lasting
from discord_rest import TOKEN
from discord_server import Discord
from discord_server import serving as discord_serving
from playwright.async_api import Browser
from slack_rig import free_port, mention
from slack_server import SlackServer
from test_slack_wire import Bot
from visit import opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "What did Trump call the limousine?"
COMMAND = "from summitqa_bot.commands.cli import main; main()"


@dataclass(frozen=True)
class Chats:
    """Both chats with the bot in them, and where its page is."""

    slack: SlackServer
    discord: Discord
    url: str


@lasting
async def chats(home: Path) -> AsyncIterator[Chats]:
    """`summitqa serve`, with both chats and the page, the links to it sealed."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with SlackServer() as slack, discord_serving() as discord:
        environ = {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONWARNINGS": "ignore",
            "HF_HUB_OFFLINE": "1",
            "SUMMITQA_HOME": str(home),
            "SUMMITQA_WEB_URL": url,
            "SUMMITQA_WEB_PORT": str(port),
            "DISCORD_TOKEN": TOKEN,
            "SUMMITQA_DISCORD_API_URL": f"{discord.url}/api",
            "SUMMITQA_DISCORD_GATEWAY_URL": f"{discord.url.replace('http', 'ws')}/gateway",
        }
        async with Bot(slack, "-c", COMMAND, "serve", **environ):
            await slack.until(lambda: slack.connections, within=60)
            await discord.until(lambda: discord.sockets, 60)
            yield Chats(slack, discord, url)


async def slack_link(chats: Chats) -> str:
    await chats.slack.send(mention(QUESTION))
    await chats.slack.until(lambda: chats.slack.sent("chat.postMessage"), within=30)
    return next(links(chats.slack.sent("chat.postMessage")[0]["blocks"]))


def links(blocks: Any) -> Iterator[str]:
    """Give where the links of blocks lead, in order."""
    if isinstance(blocks, dict):
        if blocks.get("type") == "link":
            yield blocks["url"]
        blocks = list(blocks.values())
    for one in blocks if isinstance(blocks, list) else ():
        yield from links(one)


async def discord_link(chats: Chats) -> str:
    await chats.discord.use("ask", question=QUESTION)
    (message, *_) = await chats.discord.until(chats.discord.shown, 30)
    match = re.search(r"\]\((\S+)\)", message["embeds"][0]["description"])
    assert match is not None
    return match[1]


@pytest.mark.parametrize("link_from", [slack_link, discord_link])
async def test_an_answers_link_leads_to_the_sentence(
    browser: Browser, chats: Chats, link_from: Any
):
    link = await link_from(chats)
    assert link.startswith(f"{chats.url}/a/house/alaska-summit?")
    async with opened(browser, chats.url) as visit:
        assert await visit.open(link.removeprefix(chats.url)) == 200
        start, end = map(int, re.findall(r"#s(\d+)-(\d+)$", link)[0])
        lit = visit.lit(start, end)
        assert await visit.in_window(lit)
        words = await lit.inner_text()
        assert "“The Beast”" in words
        assert await visit.barriers() == []
        await visit.page.get_by_text("Copy citation").click()
        receipt = visit.page.get_by_role("link", name="Receipt of this quote")
        given = await visit.page.request.get(f"{chats.url}{await receipt.get_attribute('href')}")
        assert (await given.json())["text"] == words


async def test_a_link_that_was_meddled_with_opens_nothing(browser: Browser, chats: Chats):
    link = (await slack_link(chats)).removeprefix(chats.url)
    seal = re.search(r"&k=([^&#]+)", link)
    assert seal is not None
    meddled = (
        link.replace(seal[0], ""),
        link.replace(seal[1], seal[1][:-1] + ("A" if seal[1][-1] != "A" else "B")),
        link.replace("alaska-summit", "handbook"),
        link.replace("/house/", "/slack-t00000001/"),
    )
    async with opened(browser, chats.url) as visit:
        for one in meddled:
            assert await visit.open(one) in {403, 404}, one
            assert await visit.page.locator("article").count() == 0
            assert await visit.barriers() == []


async def test_without_a_link_nothing_is_listed_and_nothing_can_be_asked(
    browser: Browser, chats: Chats
):
    async with opened(browser, chats.url) as visit:
        for path in ("/", "/?q=limousine", "/?find=summit"):
            await visit.open(path)
            shown = await visit.page.get_by_role("main").inner_text()
            assert "The Beast" not in shown
            assert "Alaska" not in shown
            assert await visit.page.get_by_role("searchbox").count() == 0
        assert await visit.barriers() == []
