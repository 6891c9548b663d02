"""Of each version of a shelf an admin is told what it has that the one before had not."""

from pathlib import Path

from summitqa_bot.service import reports
from summitqa_index.catalogue import Change, Difference
from summitqa_index.versions import Version, listed
from tests.fakes import index, publisher, write
from tests.putting import Shelf


def told(shelf: Shelf) -> list[str]:
    """Give what is said of each version, newest first, without its name, time and size."""
    lines = reports.versions(listed(shelf.publisher)).text.split("\n")
    return [line.split(" · ", 3)[3].removeprefix("in use · ") for line in lines[:-1]]


def test_each_is_told_from_the_one_before(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add("rules", "Dogs stay out.")
    shelf.add("pool", "The pool is open.")
    shelf.rename("pool", "Swimming")
    assert told(shelf) == ["renamed pool", "added pool"]
    newer = shelf.entry("rules", "Dogs are in.", ref="newer")
    shelf.put(Change.replacing(shelf.catalogue, "rules", newer))
    shelf.remove("pool")
    assert told(shelf) == ["removed pool", "changed rules"]
    shelf.reread(force=True)
    assert told(shelf) == ["the same articles, read again", "removed pool"]


def test_of_many_a_few_are_named(tmp_path: Path) -> None:
    many = Difference(tuple("abcde"), (), ("f",), ())
    line = reports.versions(
        [Version("v1", "2026-11-30T12:00:00+00:00", 6, 6, False, False, differs=many)]
    )
    assert line.text.endswith(" · 6 articles · added a, b, c and 2 more; renamed f")


def test_of_one_made_from_files_which_carries_no_list_of_them_nothing_is_said(tmp_path: Path):
    home, source = tmp_path / "home", tmp_path / "shelf"
    for name in ("mill", "door"):
        index(home, write(source, {f"{name}.md": f"The {name} is old."}))
    assert [one.differs for one in listed(publisher(home))] == [None, None]
