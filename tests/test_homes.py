"""A home that an earlier version has left answers at once, or says what brings it up; nothing is lost.

The homes are made by the code of their time: ``tests/homes/README.md`` says by which.
"""

import asyncio
import json
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from summitqa.encoder import Encoder
from summitqa.errors import IndexMismatchError
from summitqa.library import Library
from summitqa.reader import Reader
from summitqa.taught import pairs_of, read_raw
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, database
from summitqa_bot.state.steps import NEWEST
from summitqa_index.build import build
from tests.command import ran
from tests.fakes import job, publisher
from tests.homes.make import ADMIN, QUESTION

HOMES = Path(__file__).parent / "homes"
QUOTE = "Boats tie up at the east pier, which is of oak."
# Those of which the articles are read and embedded otherwise by now, and those that answer at once.
STALE, FRESH = tuple(map(str, range(1, 10))), ("10",)
WITH_SHELVES = ("8", "9", "10")


def opened(number: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Take a home out of its file; give what its own code remembered of it, too."""
    with tarfile.open(HOMES / f"{number}.tar.gz") as tar:
        # Unknown to the first releases of Python 3.11, asked for by later ones.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(folder)
    return folder / "home", json.loads((folder / "home" / "remembered.json").read_text())


def reindexed(home: Path, encoder: Encoder) -> None:
    settings = Settings(home=home, sources=(str(HOMES / "harbour.md"),))
    build(job(settings, encoder), settings.sources)


def quote(library: Library) -> str:
    return library.ask(QUESTION).matches[0].citation.quote


def test_every_home_there_is_is_opened():
    assert {path.name.split(".")[0] for path in HOMES.glob("*.tar.gz")} == {*STALE, *FRESH}


@pytest.mark.parametrize("number", FRESH)
def test_a_home_that_is_read_as_today_answers_at_once(number, tmp_path, encoder, reader):
    home, _ = opened(number, tmp_path)
    assert quote(Library(home, encoder, reader)) == QUOTE


@pytest.mark.parametrize("number", STALE)
def test_a_home_that_is_read_otherwise_says_what_brings_it_up(number, tmp_path, encoder, reader):
    home, told = opened(number, tmp_path)
    with pytest.raises(IndexMismatchError, match="summitqa index") as caught:
        Library(home, encoder, reader)
    assert "\n" not in str(caught.value)
    reindexed(home, encoder)
    assert quote(Library(home, encoder, reader)) == QUOTE
    assert set(told["versions"]) < set(publisher(home).ids())


@pytest.mark.parametrize("number", [*STALE, *FRESH])
def test_what_a_home_remembers_is_remembered(number, tmp_path):
    home, told = opened(number, tmp_path)
    with closing(State(home)) as state:
        answer = state.answer(told["ref"])
        assert (answer.question, answer.asker) == (told["question"], told["asker"])
        assert [list(one[:5]) for one in answer.cited] == told["cited"]
        assert (answer.message, answer.thread) == ("m1", "t1")
        assert state.hashed(ADMIN) == told["hashed"]
        assert sorted(list(line[:3]) for line in state.audit_log(20)) == told["audit"]
        assert state.ratings()[2] == [(told["question"], "too short")]
        assert not state.events.claim("event-1")
        # Whose channel it was was not noted then, only its platform.
        community = "discord-1" if number in WITH_SHELVES else "discord"
        assert state.communities.rules(community, "10").articles == ("harbour",)
    assert database.schema(home, None) == NEWEST


@pytest.mark.parametrize("number", WITH_SHELVES)
def test_a_communitys_shelf_is_asked_and_what_it_was_taught_is_known(
    number, tmp_path, encoder: Encoder, reader: Reader, monkeypatch, capsys
):
    home, _ = opened(number, tmp_path)
    if number in STALE:
        reindexed(home, encoder)
        shelf = ("--home", str(home), "--shelf", "discord-1", "index")
        assert ran(monkeypatch, capsys, *shelf)[0] == 0
    admin = Actor("discord", ADMIN, "1", "11", "t2", manages=True, workspaces=("1",))
    asked = ("When does the pool open?", "When may I swim?")

    async def answers() -> list[str]:
        desk = Desk(Settings(home=home), Library(home, encoder, reader), State(home), encoder)
        try:
            replies = [await desk.ask(admin, text) for text in asked]
        finally:
            await desk.close()
        return [reply.cards[0].quote for reply in replies]

    assert asyncio.run(answers()) == ["The pool opens at six in the morning."] * 2
    (pair,) = pairs_of(read_raw(home / "shelves" / "discord-1"))
    assert (pair.question, pair.article) == ("When may I swim?", "pool")
