"""Four replicas that start at once on an empty database: each serves, and one of them builds."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

from sqlalchemy import create_engine, text

from summitqa.library import Library
from summitqa_bot import assemble
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.state.database import asynchronous
from tests import postgres
from tests.fakes import FakeEncoder
from tests.faults.common import NEW, QUESTION, Tally, child, ended, require, shelf

REPLICAS = 4


def race(folder: Path, url: str) -> None:
    """Start all of them at once, and hold each to what it should have come to."""
    sources = shelf(folder / "shelf", NEW)
    base = Settings(database_url=url, sources=(str(sources),), reader="off")
    start = time.time() + 0.2

    def work(number: int) -> None:
        time.sleep(max(0.0, start - time.time()))
        chosen = replace(base, home=folder / f"replica-{number}")
        (folder / f"{number}.json").write_text(json.dumps(_started(chosen)))

    pids = [child(lambda number=number: work(number)) for number in range(REPLICAS)]
    statuses = [ended(pid) for pid in pids]
    require(set(statuses) == {0}, f"replicas ended with {statuses}")
    found = [json.loads((folder / f"{number}.json").read_text()) for number in range(REPLICAS)]
    require(sum(one["built"] for one in found) == 1, f"not one of them built: {found}")
    for what in ("version", "salt", "answer"):
        require(len({one[what] for one in found}) == 1, f"of {what} there are several: {found}")
    _require_once(url)


def _started(chosen: Settings) -> dict[str, object]:
    """Start a replica: the shelf, the state, and the tables of Slack's workspaces."""
    with mock.patch.object(assemble, "open_encoder", lambda *_: FakeEncoder()):
        library, _, report = assemble.open_library(chosen, lambda _: None)
    state = State(chosen.home, chosen.database_url)
    asyncio.run(_workspaces(chosen))
    state.communities.joined("slack-t1")
    state.close()
    return {
        "built": report is not None,
        "version": library.store.version,
        "salt": state.hashed("somebody"),
        "answer": _answer(library),
    }


def _answer(library: Library) -> str:
    return library.ask(QUESTION).matches[0].citation.quote


async def _workspaces(chosen: Settings) -> None:
    from summitqa_bot.slack.store import Installations, States
    from summitqa_bot.state.sealed import Keys

    engine = asynchronous(chosen.home, chosen.database_url)
    await Installations("1.2", engine, Keys("A" * 42 + "E=")).create_tables()
    await States(engine).create_tables()
    await engine.dispose()


def _require_once(url: str) -> None:
    """Hold the database to what one start would have made."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as connection:
        for table, count in (("shelves", 1), ("shelf_snapshots", 1)):
            found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            require(found == count, f"{found} rows in {table}")
    engine.dispose()


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally(note=f"{REPLICAS} first starts at once")
    with postgres.serving(folder / "postgres") as fresh:
        for number in range(2 if quick else 20):
            place = folder / f"round-{number}"
            place.mkdir()
            tally.attempt(f"round {number}", lambda place=place: race(place, fresh()))
    return tally
