"""A browser for each file of tests, the page in front of a real desk, and who reads it."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from shelf import Site, filled, serving
from visit import Visit, Visiting, opened

from summitqa.encoder import Encoder
from summitqa.reader import Reader
from tests import chromium


def lasting(made: Any) -> Any:
    """Make a fixture that stays, with its loop, for a whole file."""
    return pytest_asyncio.fixture(scope="module", loop_scope="module")(made)


@lasting
async def browser() -> AsyncIterator[Browser]:
    path = chromium.found()
    if path is None:
        pytest.skip("no Chromium here; `bash .ci/browser` installs one where it can")
    async with chromium.running(path) as started:
        yield started


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    return filled(tmp_path_factory.mktemp("page"), encoder)


@lasting
async def site(home: Path, encoder: Encoder, reader: Reader | None) -> AsyncIterator[Site]:
    """The page where it is open to all."""
    async with serving(home, encoder, reader, web_access="public") as served:
        yield served


@pytest.fixture
def visiting(browser: Browser, site: Site) -> Visiting:
    """What opens a window on that page."""
    return partial(opened, browser, site.url)


@pytest_asyncio.fixture(loop_scope="module")
async def visit(visiting: Visiting) -> AsyncIterator[Visit]:
    """A window of the usual size, with JavaScript, in light colours."""
    async with visiting() as one:
        yield one
