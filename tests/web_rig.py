"""The page before a desk, over loopback, with a reader who sees what stands on it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp.test_utils import TestClient, TestServer
from lxml import html

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.web import app
from tests.fakes import FakeEncoder, library

# What is live in a page, were it an article's.
_LIVE = ("//script", "//style", "//iframe", "//img", "//object", "//embed", "//base", "//svg", "//@*[starts-with(name(), 'on')]", "//@style")  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """An answer of the page."""

    status: int
    headers: Any
    text: str

    @property
    def tree(self) -> Any:
        return html.document_fromstring(self.text)

    @property
    def words(self) -> str:
        """What stands on it, white space in one."""
        return " ".join(self.tree.find("body").text_content().split())

    @property
    def said(self) -> str:
        """What its main part says."""
        return " ".join(self.tree.get_element_by_id("main").text_content().split())

    def lit(self, how: str = "cited") -> list[str]:
        return [one.text_content() for one in self.tree.iterfind(f".//mark[@class='{how}']")]

    def live(self) -> list[Any]:
        """Give what would run, or load something, but our own script."""
        found = [one for path in _LIVE for one in self.tree.xpath(path)]
        return [
            one for one in found if getattr(one, "get", lambda _: "")("src", "")[:8] != "/static/"
        ]

    def links(self) -> dict[str, str]:
        """Give the links by what they say."""
        return {one.text_content(): one.get("href") for one in self.tree.iterfind(".//a")}

    def form(self, number: int = 0) -> dict[str, str]:
        """Give what a form would send, its buttons too."""
        form = self.tree.findall(".//form")[number]
        found = [*form.iter("input"), *form.iter("button")]
        return {one.get("name"): one.get("value") or "" for one in found if one.get("name")}


class Visitor:
    """Somebody with a browser that shows no more than it is sent."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def open(self, path: str, **query: str) -> Seen:
        where = f"{path}?{urlencode(query)}" if query else path
        return await self._seen(self.client.get(where, allow_redirects=False))

    async def send(self, path: str, **form: str) -> Seen:
        return await self._seen(self.client.post(path, data=form))

    async def _seen(self, sent: Any) -> Seen:
        async with sent as answer:
            assert "Set-Cookie" not in answer.headers
            return Seen(answer.status, answer.headers, await answer.text())


@asynccontextmanager
async def desk_of(home: Path, encoder: Encoder | None = None, **given: Any) -> AsyncIterator[Desk]:
    """A desk over a data folder; ``given`` are settings."""
    settings = Settings(home=home, **given)
    shelf = Library(home, encoder) if encoder else library(home)
    desk = Desk(settings, shelf, State(home), encoder or FakeEncoder())
    await desk.start()
    try:
        yield desk
    finally:
        await desk.close()


@asynccontextmanager
async def visitor_of(desk: Desk) -> AsyncIterator[Visitor]:
    """A visitor of the page of a desk."""
    async with TestClient(TestServer(app.application(desk._settings, desk))) as client:
        yield Visitor(client)


def anchors(seen: Seen) -> list[str]:
    """Give the places within the page that it leads to."""
    return re.findall(r'href="#([^"]+)"', seen.text)
