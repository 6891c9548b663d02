"""A data folder worth reading, and the page that shows it, served on the loopback."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_rig import free_port
from test_pdf import column, pdf

from summitqa.article import Article
from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa.reader import Reader
from summitqa_bot import listening
from summitqa_bot.listening import Address
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.web import app
from summitqa_index.build import build
from tests.fakes import job, write
from tests.faults.hostile import PAYLOADS

BUNDLED = Path(__file__).parents[2] / "index" / "summitqa_index" / "articles"
HANDBOOK = """---
title: The harbour handbook
date: 2025-03-01
credit: The harbour office
url: https://harbour.example/handbook
---

## Opening hours

The harbour opens at six. The gate closes at nine.

## Fees

| Boat | Fee a day |
| --- | --- |
| Canoe | 2 crowns |
| Barge | 40 crowns |

## Rules

{rules}

The end.
"""
_MATTERS = ("mooring", "cleaning", "painting", "lighting", "naming", "towing", "loading")


@dataclass(frozen=True)
class Site:
    """The page as it is served: where, by which desk, and the articles that it shows."""

    url: str
    desk: Desk
    library: Library

    def article(self, slug: str) -> Article:
        return self.library.store.article(slug)


def filled(folder: Path, encoder: Encoder) -> Path:
    """Make a data folder with the bundled article, a long one, a paged one and hostile ones."""
    sources = (str(BUNDLED), str(write(folder / "shelf", {**_articles(), **_hostile()})))
    build(job(Settings(home=folder / "home", sources=sources), encoder))
    return folder / "home"


def _articles() -> dict[str, str | bytes]:
    rules = (
        f"Rule {number} of the harbour is about the {_MATTERS[number % 7]} of boats. Keep it."
        for number in range(60)
    )
    pages = [
        column(50, 700, "The minutes of the harbour are kept."),
        column(50, 700, "The lighthouse was painted white in May."),
    ]
    return {"handbook.md": HANDBOOK.format(rules="\n\n".join(rules)), "minutes.pdf": pdf(pages)}


def _hostile() -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {}
    for number, payload in enumerate(PAYLOADS):
        line, text = json.dumps(payload.replace("\n", " ")), payload.replace("\0", "")
        found[f"hostile-{number}.md"] = (
            f"---\ntitle: {line}\ncredit: {line}\nslug: hostile-{number}\n---\n"
            f"{text}\n\nThe end of number {number}.\n"
        )
    return found


@asynccontextmanager
async def serving(
    home: Path, encoder: Encoder, reader: Reader | None, **given: Any
) -> AsyncIterator[Site]:
    """Serve the page of a data folder on a free port; ``given`` are settings."""
    many = Rate(10**6, 1)
    limits = {"user_limit": many, "channel_limit": many}
    settings = Settings(home=home, web_port=free_port(), **(limits | given))
    library = Library(home, encoder, reader)
    desk = Desk(settings, library, State(home), encoder)
    address = Address(settings.web_host, settings.web_port, "SUMMITQA_WEB_PORT")
    async with listening.serving(app.application(settings, desk), address, app.log):
        yield Site(f"http://{settings.web_host}:{settings.web_port}", desk, library)
    await desk.close()
