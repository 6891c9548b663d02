"""The machine's own Chromium, driven by Playwright, which reaches nothing but the loopback."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip


def found() -> str | None:
    """Give the path of a Chromium, if the machine has one."""
    return next((path for path in map(shutil.which, _NAMES) if path), None)


@asynccontextmanager
async def running(path: str) -> AsyncIterator[Browser]:
    """Start a browser, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        await browser.close()
