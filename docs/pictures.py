"""Take the pictures in ``docs/pictures``: an answer in each chat, and the page in a browser."""

import asyncio
import logging
import socket
from dataclasses import replace
from pathlib import Path

from playwright.async_api import Browser

from docs import drawing
from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot.discord import text as discord_text
from summitqa_bot.listening import Address, serving
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.slack import blocks as slack_blocks
from summitqa_bot.state import State
from summitqa_bot.web import app
from tests import chromium

HERE = Path(__file__).parent / "pictures"
_SCALE = 1.25
_WINDOW = {"width": 820, "height": 460}


def take(settings: Settings, library: Library, encoder: Encoder, question: str) -> None:
    """Take every picture, or say that there is no browser to take them with."""
    path = chromium.found()
    if path is None:
        print("No Chromium here, so docs/pictures stays as it is.")  # noqa: T201
        return
    HERE.mkdir(exist_ok=True)
    port = _free_port()
    settings = replace(
        settings, web_port=port, web_url=f"http://127.0.0.1:{port}", web_access="public"
    )
    desk = Desk(settings, library, State(settings.home), encoder)
    asyncio.run(_take(path, settings, desk, question))


async def _take(path: str, settings: Settings, desk: Desk, question: str) -> None:
    address = Address(settings.web_host, settings.web_port, "SUMMITQA_WEB_PORT")
    try:
        async with serving(app.application(settings, desk), address, logging.getLogger("docs")):
            replies = [
                await desk.ask(Actor(platform, "1", workspace="1"), question)
                for platform in ("discord", "slack")
            ]
            discord, slack = discord_text.message(replies[0]), slack_blocks.message(replies[1])
            async with chromium.running(path) as browser:
                await _draw(browser, "discord", drawing.on_discord(question, discord))
                await _draw(browser, "slack", drawing.on_slack(question, slack))
                await _pages(browser, str(settings.web_url), question)
    finally:
        await desk.close()


async def _draw(browser: Browser, name: str, html: str) -> None:
    page = await browser.new_page(viewport=_WINDOW, device_scale_factor=_SCALE)
    await page.set_content(html)
    await page.locator("figure").screenshot(path=HERE / f"{name}.png")
    await page.close()


async def _pages(browser: Browser, url: str, question: str) -> None:
    """Ask on the page and open the citation, once in light colours and once in dark ones."""
    for scheme in ("light", "dark"):
        context = await browser.new_context(
            viewport=_WINDOW,
            device_scale_factor=_SCALE,
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        page = await context.new_page()
        await page.goto(url)
        await page.get_by_role("searchbox").fill(question)
        await page.keyboard.press("Enter")
        await page.locator("blockquote").first.wait_for()
        await page.screenshot(path=HERE / f"answer-{scheme}.png")
        await page.locator("figcaption a").first.click()
        await page.locator("mark").first.wait_for()
        await page.screenshot(path=HERE / f"article-{scheme}.png")
        await context.close()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
