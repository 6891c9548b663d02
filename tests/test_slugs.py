"""Slugs: a source keeps its own while it lives, a newcomer gives way, and a file is read once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summitqa.article import Article
from summitqa.files import MANIFEST
from summitqa.settings import Settings
from summitqa_index import versions
from summitqa_index.build import Report
from summitqa_index.sources import shelf as sources
from summitqa_index.sources.pages import Page
from summitqa_index.sources.slugs import assign
from tests.fakes import index, library, publisher, write


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return write(tmp_path / "shelf", {"b/notes.txt": "In b it stands."})


def texts(home: Path) -> dict[str, str]:
    """Give the text of each article in use by its slug."""
    store = library(home).store
    return {slug: store.article(slug).text for slug in store.slugs}


def read(shelf: Path) -> list[Article]:
    return list(sources.read_sources([str(shelf)], Settings(home=shelf), lambda *_: None).articles)


def test_two_files_of_one_name_get_two_slugs_in_the_order_of_their_paths(tmp_path):
    shelf = write(
        tmp_path, {"b/x.txt": "In b.", "a/x.md": "In a.", "a/x.txt": "Again.", "x-2.txt": "2."}
    )
    assert [(article.slug, article.text) for article in read(shelf)] == [
        ("x", "In a."), ("x-2", "Again."), ("x-3", "In b."), ("x-2-2", "2."),
    ]  # fmt: skip


def test_ten_thousand_files_of_one_name_take_no_time():
    slugs = list(assign([(str(number), "x") for number in range(10_000)], {}).values())
    assert len(set(slugs)) == 10_000
    assert slugs[-1] == "x-10000"


def test_a_newcomer_of_the_same_name_takes_no_slug_over(home, shelf):
    index(home, shelf)
    report = index(home, write(shelf, {"a/notes.txt": "In a it stands."}))
    assert (report.changes.added, report.changes.unchanged) == (("notes-2",), ("notes",))
    assert texts(home) == {"notes": "In b it stands.", "notes-2": "In a it stands."}
    (shelf / "b/notes.txt").unlink()
    index(home, shelf)
    assert texts(home) == {"notes-2": "In a it stands."}
    index(home, write(shelf, {"0/notes.txt": "In 0 it stands."}))
    assert texts(home) == {"notes-2": "In a it stands.", "notes": "In 0 it stands."}


def test_a_slug_is_kept_while_the_file_cannot_be_read(home, shelf):
    index(home, write(shelf, {"other.txt": "Another stands here."}))
    write(shelf, {"b/notes.txt": b"\0\0\0", "a/notes.txt": "In a it stands."})
    assert index(home, shelf).changes.added == ("notes-2",)
    index(home, write(shelf, {"b/notes.txt": "In b it stands again."}))
    assert texts(home)["notes"] == "In b it stands again."


def test_a_slug_is_kept_though_the_version_that_gave_it_is_damaged(home, shelf):
    index(home, shelf)
    index(home, write(shelf, {"a/notes.txt": "In a it stands."}))
    (library(home).store.folder / MANIFEST).write_bytes(b"{}")
    index(home, shelf)
    assert texts(home) == {"notes": "In b it stands.", "notes-2": "In a it stands."}


def test_a_source_that_was_renamed_is_a_new_article(home, shelf):
    index(home, shelf)
    (shelf / "b/notes.txt").rename(shelf / "b/minutes.txt")
    changes = index(home, shelf).changes
    assert (changes.added, changes.removed) == (("minutes",), ("notes",))


def test_a_moved_file_has_its_slug_from_then_on(home, shelf):
    index(home, shelf)
    (shelf / "b/notes.txt").rename(shelf / "notes.txt")
    assert index(home, shelf).switched  # what it says is the same, where it stands is not
    index(home, write(shelf, {"a/notes.txt": "In a it stands."}))
    assert texts(home) == {"notes": "In b it stands.", "notes-2": "In a it stands."}


def test_a_slug_that_the_author_sets_anew_is_the_new_one(home, shelf):
    index(home, write(shelf, {"b/notes.txt": "---\nslug: old\n---\nIn b it stands."}))
    index(home, write(shelf, {"b/notes.txt": "---\nslug: new\n---\nIn b it stands."}))
    assert list(texts(home)) == ["new"]


def test_after_a_rollback_a_source_gets_the_slug_it_had_before_it(home, shelf):
    index(home, shelf)
    index(home, write(shelf, {"c/notes.txt": "In c it stands."}))
    index(home, write(shelf, {"a/notes.txt": "In a it stands."}))
    had = texts(home)
    for _ in range(2):
        versions.rollback(publisher(home))
    index(home, shelf, force=True)
    assert texts(home) == had


def named(home: Path, *sources: Path | str) -> Report:
    return index(home, *sources, force=True)


def test_the_same_file_named_twice_is_indexed_once(home, shelf, tmp_path, monkeypatch):
    file = shelf / "b" / "notes.txt"
    (tmp_path / "link.txt").symlink_to(file)
    (tmp_path / "way").symlink_to(shelf)
    monkeypatch.chdir(shelf)
    for others in (
        (file,), (shelf,), ("./b/notes.txt",), ("b/../b/notes.txt",), (tmp_path / "way",),
        (tmp_path / "link.txt",), ("b", shelf), (tmp_path / "way" / "b",),
    ):  # fmt: skip
        for both in ((file, *others), (*others, file)):
            named(home, *both)
            assert list(texts(home)) == ["notes"], both


def test_a_link_that_may_not_be_followed_hides_no_file_that_is_named(home, shelf, tmp_path):
    outside = write(tmp_path / "out", {"own.txt": "It stands outside."})
    (shelf / "a.txt").symlink_to(outside / "own.txt")
    report = named(home, shelf, outside / "own.txt")
    assert sorted(texts(home)) == ["notes", "own"]
    assert "leads out of its folder" in report.skipped[0].reason


def test_the_same_address_named_twice_is_fetched_once(monkeypatch, tmp_path):
    asked: list[str] = []

    def get(url: str, _folder: Path, _size: int, read: Callable[[Page], Any], **_: Any) -> Any:
        asked.append(url)
        return read(Page("txt", b"It stands here.", None, url)), None

    monkeypatch.setattr(sources, "get_page", get)
    address = "https://site.example/page"
    given = Settings(home=tmp_path, allow_urls=True)
    shelf = sources.read_sources([address, address], given, lambda *_: None)
    assert [article.slug for article in shelf.articles] == ["page"]
    assert asked == [address]
