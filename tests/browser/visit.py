"""One visit of the page: what is seen of it, and all that the browser was asked for meanwhile."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
)

_PATIENCE = 30_000  # ms
_IN_WINDOW = """one => {
  const { top, bottom, left, right, height } = one.getBoundingClientRect();
  return height > 0 && top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
}"""
_STYLE = "(one, [name, pseudo]) => getComputedStyle(one, pseudo).getPropertyValue(name)"
_TOO_WIDE = "() => document.scrollingElement.scrollWidth - innerWidth"
# What a browser says of every answer but 200, however well it was meant.
_STATUS = "Failed to load resource: the server responded with a status of"


@dataclass
class Visit:
    """A window on the page at ``url``; ``page`` is Playwright's."""

    page: Page
    url: str
    asked_for: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        """Note what the page asks for, and what ought never to happen."""
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("dialog", self._dialog)

    async def open(self, path: str) -> int:
        """Go to an address of the page; give the status."""
        response = await self.page.goto(self.url + path)
        assert response is not None
        return response.status

    def lit(self, start: int, end: int) -> Locator:
        """Give the sentence of an address."""
        return self.page.locator(f"[id='s{start}-{end}']")

    async def in_window(self, one: Locator) -> bool:
        """Tell whether the whole of something is within the window."""
        return bool(await one.evaluate(_IN_WINDOW))

    async def style(self, one: Locator, name: str, pseudo: str | None = None) -> str:
        return str(await one.evaluate(_STYLE, [name, pseudo]))

    async def too_wide(self) -> int:
        """Give the pixels by which the page reaches beyond the window."""
        return int(await self.page.evaluate(_TOO_WIDE))

    async def barriers(self) -> list[str]:
        """Name what axe-core finds that keeps somebody from using the page."""
        found = (await Axe().run(self.page)).response["violations"]
        return [
            f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']]}"
            for one in found
        ]

    def check(self) -> None:
        """Hold the visit to what every visit is held to."""
        strangers = [
            one for one in self.asked_for if urlsplit(one).netloc != urlsplit(self.url).netloc
        ]
        assert strangers == []
        assert self.complaints == []

    def _asked(self, request: Request) -> None:
        self.asked_for.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(_STATUS):
            self.complaints.append(message.text)

    async def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        await dialog.dismiss()


Visiting = Callable[..., AbstractAsyncContextManager[Visit]]
"""Opens a window, by Playwright's options of a context."""


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: Any) -> AsyncIterator[Visit]:
    """Open a window, and hold what happened in it to what every visit is held to."""
    context = await browser.new_context(**options)
    context.set_default_timeout(_PATIENCE)
    visit = Visit(await context.new_page(), url)
    visit.listen(context)
    yield visit
    await context.close()
    visit.check()
