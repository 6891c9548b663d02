"""The command on a community's shelf: it looks and reads again, it never fills it."""

import asyncio
import json
from pathlib import Path

import pytest
from test_cli import run  # noqa: F401

from summitqa.encoder import Encoder
from summitqa.library import CURRENT, Library, current_version
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from tests.fakes import index, write

# ruff: noqa: F811 - a fixture of another module

NAME = "discord-1"
ADMIN = Actor("discord", "200000000000000002", "1", "10", manages=True)


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUMMITQA_SHELF", "house")


def fill(home: Path, encoder: Encoder, tmp_path: Path) -> None:
    index(
        home, write(tmp_path / "house", {"b.md": "# Bridge\n\nIt is of stone.\n"}), encoder=encoder
    )
    desk = Desk(Settings(home=home), Library(home, encoder), State(home), encoder)

    async def put() -> None:
        draft = await desk.articles.add(ADMIN, Material(text="# Pool\n\nThe pool opens at six.\n"))
        await desk.press(ADMIN, draft.buttons[0].id)
        await desk.close()

    asyncio.run(put())


@pytest.mark.parametrize("command", [["status"], ["ask", "when", "is", "it"], ["index"]])
def test_of_an_empty_shelf_it_is_said_who_fills_it(run, real_home, command):
    code, out, err = run("--shelf", NAME, *command)
    assert (code, out) == (2, "")
    assert "a community fills its own from chat" in " ".join(err.split())
    assert not (real_home / "shelves" / NAME / CURRENT).exists()


def test_it_is_asked_and_read_again_but_not_filled(run, real_home, encoder, tmp_path):
    fill(real_home, encoder, tmp_path)
    folder = real_home / "shelves" / NAME
    before = current_version(folder)
    code, out, _ = run("--shelf", NAME, "ask", "When does the pool open?")
    assert (code, "opens at six" in out) == (0, True)
    code, _, err = run("--shelf", NAME, "index", str(tmp_path / "house"))
    assert (code, "filled from chat" in " ".join(err.split())) == (2, True)
    code, out, _ = run("--shelf", NAME, "index", "--force", "--json")
    assert (code, json.loads(out)["unchanged"]) == (0, 1)
    assert current_version(folder) != before
    assert "bridge" not in run("--shelf", NAME, "ask", "What is the bridge of?")[1].lower()


@pytest.mark.parametrize("name", ["../x", "BAD", "a/b"])
def test_a_name_that_is_none_is_a_sentence(run, name):
    code, _, err = run("--shelf", name, "status")
    assert (code, "expects a shelf's name" in " ".join(err.split())) == (2, True)
