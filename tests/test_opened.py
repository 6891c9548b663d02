"""Shelves of communities are opened when they are asked, few at a time, and let go again."""

import asyncio
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from summitqa import library as library_module
from summitqa.folder import held
from summitqa.folder.store import Store
from summitqa_bot import assemble
from summitqa_bot.service import shelves as shelves_module
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.shelves import OPEN, Shelves
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_index.catalogue import Change
from tests.fakes import FakeEncoder, index, library, shelves, write
from tests.putting import Shelf

QUESTION = "When do quiet hours begin?"
ACTOR = Actor("discord", "200000000000000001", "1", "10")
TEXT = "# House rules\n\nDogs stay on the lead.\n\nQuiet hours begin at ten in the evening.\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a house shelf and, as a template, one that a community has filled."""
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    one = Shelf(home)
    one.put(Change.adding(one.entry("rules", TEXT)))
    return home


def many(home: Path, count: int) -> list[str]:
    """Give the names of so many shelves, all alike."""
    names = [f"discord-{number}" for number in range(count)]
    for name in names:
        shutil.copytree(home / "shelves" / "one", home / "shelves" / name, copy_function=os.link)
    return names


@pytest.fixture
def opened(home: Path) -> Shelves:
    return shelves(library(home), State(home))


@pytest.fixture
def openings(monkeypatch) -> list[Path]:
    """The folders of the versions that are opened."""
    found: list[Path] = []
    whole = library_module.opened

    def noted(folder: Path, version: str) -> Store:
        found.append(folder)
        return whole(folder, version)

    monkeypatch.setattr(assemble, "opened", noted)
    return found


def files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def regions() -> int:
    return len(Path("/proc/self/maps").read_text().splitlines())


def test_a_thousand_shelves_are_asked_and_a_few_stay_open(home, opened, monkeypatch):
    alive: set[int] = set()
    most = 0

    class Counted(library_module.Library):
        def __init__(self, *given) -> None:
            super().__init__(*given)
            alive.add(id(self))

        def __del__(self) -> None:
            alive.discard(id(self))

    monkeypatch.setattr(shelves_module, "Library", Counted)
    names = many(home, 1000)
    for number, name in enumerate(names):
        answer = opened.get(name).library.ask(QUESTION)
        assert "Quiet hours begin" in answer.matches[0].citation.quote
        most = max(most, len(alive))
        if number == OPEN:
            before, mapped = files(), regions()
    assert most <= OPEN + 1
    assert len(opened._open) == OPEN
    assert files() <= before + 5
    assert regions() <= mapped + 20


def test_who_asks_often_stays_open_and_who_has_no_shelf_takes_nobodys_place(home, opened, openings):
    names = many(home, OPEN)
    for name in names:
        opened.get(name)
    openings.clear()
    opened.get(names[0])
    assert opened.get("discord-none") is None
    assert opened.get(names[1])
    assert openings == []
    shutil.copytree(home / "shelves" / "one", home / "shelves" / "discord-new")
    opened.get("discord-new")
    assert opened.get(names[0])
    assert len(openings) == 1
    assert opened.get(names[2])
    assert len(openings) == 2


def test_a_question_goes_on_though_its_shelf_is_let_go_meanwhile(home, opened):
    names = many(home, OPEN + 2)
    begun, held = threading.Event(), threading.Event()
    asked = opened.get(names[0]).library
    encode = asked._encoder.encode

    def slow(*given):
        begun.set()
        held.wait(20)
        return encode(*given)

    asked._encoder = replace_encoder(slow)
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(asked.ask, QUESTION)
        assert begun.wait(20)
        for name in names[1:]:
            opened.get(name)
        assert names[0] not in opened._open
        held.set()
        assert "Quiet hours" in answering.result(20).matches[0].citation.quote


def replace_encoder(encode) -> FakeEncoder:
    encoder = FakeEncoder()
    encoder.encode = encode
    return encoder


@pytest.fixture
def slowly(monkeypatch) -> tuple[threading.Event, threading.Event, list[Path]]:
    """Opening a version tells that it has begun, and waits until it may go on."""
    begun, held, found = threading.Event(), threading.Event(), []
    whole = library_module.opened

    def slow(folder: Path, version: str) -> Store:
        found.append(folder)
        begun.set()
        held.wait(20)
        return whole(folder, version)

    monkeypatch.setattr(assemble, "opened", slow)
    return begun, held, found


def test_who_comes_while_a_shelf_is_being_opened_waits_for_that(opened, slowly):
    begun, held, found = slowly
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(opened.get, "one")
        assert begun.wait(20)
        others = [pool.submit(opened.get, "one") for _ in range(3)]
        held.set()
        shelves = [one.result(20) for one in (first, *others)]
    assert len({id(one.library) for one in shelves}) == 1
    assert len(found) == 1


def test_other_shelves_are_asked_while_one_is_being_opened(home, opened, slowly):
    begun, held, _ = slowly
    ready = opened.house
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(opened.get, "one")
        assert begun.wait(20)
        assert opened.get("house") is ready
        assert opened.get("discord-none") is None
        opened.refresh()
        held.set()
        assert first.result(20)


def test_a_shelf_that_cannot_be_opened_is_tried_again(home, opened):
    current = home / "shelves" / "one" / "CURRENT"
    good = current.read_text()
    current.write_text("nothing")
    for _ in range(2):
        with pytest.raises(Exception, match="damaged"):
            opened.get("one")
    current.write_text(good)
    assert opened.get("one")


def test_nothing_of_an_erased_shelf_stays_open_though_it_was_being_opened(home, opened, slowly):
    begun, held, _ = slowly
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(opened.get, "one")
        assert begun.wait(20)
        opened.erase("one")
        held.set()
        late.exception(20)
    assert opened.get("one") is None


def test_what_is_opened_while_its_files_go_is_let_go_again(home, opened, monkeypatch):
    publisher = opened.publisher("one")
    monkeypatch.setattr(opened, "publisher", lambda _: Publisher(publisher))

    class Publisher:
        def __init__(self, whole) -> None:
            self._whole = whole

        def erase(self) -> None:
            assert opened.get("one")
            self._whole.erase()

    opened.erase("one")
    assert opened.get("one") is None


@pytest.fixture
async def desk(home: Path):
    settings = Settings(home=home, user_limit=Rate(1000, 1), channel_limit=Rate(1000, 1))
    shutil.copytree(home / "shelves" / "one", home / "shelves" / ACTOR.community)
    desk = Desk(settings, library(home), State(home), FakeEncoder())
    yield desk
    await desk.close()


@pytest.mark.parametrize("in_memory", [1 << 24, 0], ids=["in memory", "on the disk"])
async def test_a_shelf_erased_while_it_is_asked_ends_in_a_sentence(desk, monkeypatch, in_memory):
    monkeypatch.setattr(held, "IN_MEMORY", in_memory)
    encode, erased = desk._shelves._encoder.encode, []

    def erasing(*given):
        if not erased:
            erased.append(True)
            desk._shelves.erase(ACTOR.community)
        return encode(*given)

    assert "Quiet hours" in (await desk.ask(ACTOR, QUESTION)).cards[0].quote
    monkeypatch.setattr(desk._shelves._encoder, "encode", erasing)
    reply = await desk.ask(ACTOR, "When do the quiet hours begin here?")
    assert erased
    assert reply.text or reply.cards
    assert "Something went wrong" not in reply.text
    assert "Quiet" not in str((await desk.ask(ACTOR, QUESTION)).cards)


async def test_what_was_being_asked_while_all_was_erased_is_not_kept(desk, monkeypatch):
    encode, begun, held = desk._shelves._encoder.encode, asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(*given):
        loop.call_soon_threadsafe(begun.set)
        held.wait(20)
        return encode(*given)

    monkeypatch.setattr(desk._shelves._encoder, "encode", slow)
    gone, erase = asyncio.Event(), desk._shelves.erase

    def erasing_it(name: str) -> None:
        erase(name)
        loop.call_soon_threadsafe(gone.set)

    monkeypatch.setattr(desk._shelves, "erase", erasing_it)
    asking = asyncio.create_task(desk.ask(ACTOR, QUESTION))
    await begun.wait()
    erasing = asyncio.create_task(desk.erase(ACTOR.community))
    await gone.wait()
    held.set()
    ref = (await asking).ref
    assert ref
    await erasing  # which may have come before it was saved, or after
    assert desk._state.answer(ref) is None
