"""Backups taken under questions, reindexes and additions: each is whole, and nothing is lost."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from summitqa_bot.saving.backup import backup
from summitqa_bot.saving.restore import restore
from summitqa_bot.service.desk import Desk
from summitqa_bot.state import State
from summitqa_bot.state.schema import ANSWERS
from summitqa_index.blobs import Blobs
from summitqa_index.catalogue import catalogue_of
from summitqa_index.putting import Standing
from summitqa_index.versions import verify
from tests.fakes import index, publisher, write
from tests.saving import ADMIN, BRIDGE, add, desk

QUESTIONS = ("How often was the bridge mended?", "Where do boats tie up?")


@dataclass(frozen=True)
class Made:
    """A backup, how many questions were answered before it began, and what was put by then."""

    file: Path
    answered: int
    put: frozenset[str]


class Busy:
    """A home that is asked, reindexed and added to until it is stopped."""

    def __init__(self, folder: Path) -> None:
        self._home, self._sources = folder / "home", folder / "house"
        self._over, self._grew = threading.Event(), threading.Event()
        self.failed: list[Exception] = []
        self._answered, self._put, self._built = 0, ["harbour"], 0
        self._reindex()
        add(self._home, "harbour", "# Harbour\n\nBoats tie up at the east pier.\n")

    def _reindex(self) -> None:
        self._built += 1
        text = {"bridge.md": f"{BRIDGE}\nThe bridge was mended {self._built} times.\n"}
        index(self._home, write(self._sources, text), keep_versions=100)

    def _add(self) -> None:
        slug = f"pier-{len(self._put)}"
        text = f"# {slug}\n\nThe pier of number {len(self._put)} is long.\n"
        add(self._home, slug, text, keep_versions=100)
        self._put.append(slug)
        self._grew.set()

    def _again(self, act: Callable[[], None]) -> None:
        try:
            while not self._over.is_set():
                act()
        except Exception as error:  # noqa: BLE001 - told to the test
            self.failed.append(error)

    async def _ask(self, one: Desk) -> None:
        while not self._over.is_set():
            one._shelves.refresh()
            for text in QUESTIONS:
                await one.ask(ADMIN, text)
                self._answered += 1

    async def _save(self, file: Path) -> Made:
        made = Made(file, self._answered, frozenset(self._put))
        self._grew.clear()
        await asyncio.to_thread(backup, self._home, None, file)
        await asyncio.to_thread(self._grew.wait, 20)
        return made

    async def _both(self, one: Desk, files: list[Path]) -> list[Made]:
        asking = [asyncio.create_task(self._ask(one)) for _ in range(2)]
        made = [await self._save(file) for file in files]
        self._over.set()
        await asyncio.gather(*asking)
        return made

    def save(self, files: list[Path]) -> list[Made]:
        """Make backups while it is busy."""
        acts = (self._reindex, self._add)
        threads = [threading.Thread(target=self._again, args=[act]) for act in acts]
        for thread in threads:
            thread.start()
        try:
            with desk(self._home) as one:
                return asyncio.run(self._both(one, files))
        finally:
            self._over.set()
            for thread in threads:
                thread.join()


def test_backups_taken_under_questions_reindexes_and_additions_lose_nothing(tmp_path):
    busy = Busy(tmp_path)
    made = busy.save([tmp_path / f"{number}.backup" for number in range(4)])
    assert busy.failed == []
    assert made[-1].answered > made[0].answered
    assert made[-1].put > made[0].put
    for one in made:
        home = one.file.with_suffix("")
        restore(one.file, home, None)
        shelves = {"house": home, ADMIN.community: home / "shelves" / ADMIN.community}
        for folder in shelves.values():
            assert_whole(folder)
        standing = Standing.of(publisher(shelves[ADMIN.community]))
        assert one.put <= {entry.slug for entry in standing.catalogue}
        assert assert_resolves(home, shelves) >= one.answered


def assert_whole(folder: Path) -> None:
    """Hold every version to its manifest, and what it was made of to being there."""
    one, blobs = publisher(folder), Blobs(folder)
    for version in one.ids():
        assert verify(one, version) == []
        for entry in catalogue_of(one.facts(version), version):
            assert blobs.get(entry.blob)


def assert_resolves(home: Path, shelves: dict[str, Path]) -> int:
    """Hold every answer to the version it was cited from; count them."""
    with closing(State(home)) as state, state._engine.connect() as connection:
        answers = connection.execute(select(ANSWERS)).all()
    for answer in answers:
        store = publisher(shelves[answer.shelf]).opened(answer.version)
        for slug, _, start, end, quote, *_ in answer.cited:
            assert store.article(slug).text[start:end] == quote
    return len(answers)
