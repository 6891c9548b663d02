"""A mirror whose disk is full answers as it is, and keeps nothing that was erased."""

import errno
from pathlib import Path

import pytest

from summitqa.errors import IndexMissingError
from summitqa.library import Library
from summitqa.postgres import mirror as mirroring
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.settings import Settings
from summitqa_index.postgres.publisher import SharedPublisher
from tests.fakes import FakeEncoder
from tests.sharing import published

pytestmark = pytest.mark.usefixtures("mirrors")
SHELF = "slack-t1"


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def quote(home: Path, url: str) -> str:
    """Give what a replica quotes that opens the shelf anew."""
    chosen = Settings(home=home, database_url=url, shelf=SHELF)
    assemble.bring(chosen)
    found = Library(chosen.folder, FakeEncoder()).ask("What is the bell of?")
    return found.matches[0].citation.quote


def test_a_shelf_stays_at_the_version_that_is_here_until_there_is_room(
    tmp_path, url, monkeypatch, caplog
):
    other = assemble.mirror(Settings(home=tmp_path / "other", database_url=url))
    published(other, "The bell is of gold.", SHELF)
    assert quote(tmp_path / "home", url) == "The bell is of gold."
    published(other, "The bell is of lead.", SHELF)
    with monkeypatch.context() as patch:
        patch.setattr(Mirror, "_write", full)
        assert quote(tmp_path / "home", url) == "The bell is of gold."
        assert f"{SHELF} stays as it is here: [Errno 28]" in caplog.text
        with pytest.raises(OSError, match="No space"):
            quote(tmp_path / "new", url)
    assert quote(tmp_path / "home", url) == "The bell is of lead."


def test_a_shelf_that_was_erased_is_not_answered_from(tmp_path, url, monkeypatch):
    other = assemble.mirror(Settings(home=tmp_path / "other", database_url=url))
    published(other, "The bell is of gold.", SHELF)
    quote(tmp_path / "home", url)
    SharedPublisher(other, SHELF).erase()
    monkeypatch.setattr(mirroring, "remove_folder", full)
    with pytest.raises((OSError, IndexMissingError)):
        quote(tmp_path / "home", url)


def test_what_is_amiss_with_the_disk_otherwise_is_told(tmp_path, url, monkeypatch):
    other = assemble.mirror(Settings(home=tmp_path / "other", database_url=url))
    published(other, "The bell is of gold.", HOUSE)
    assemble.bring(Settings(home=tmp_path / "home", database_url=url))

    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Mirror, "follow", refused)
    with pytest.raises(OSError, match="Read-only"):
        assemble.bring(Settings(home=tmp_path / "home", database_url=url))
