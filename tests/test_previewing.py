"""Before something is put on a shelf it is told what that would do, and nothing is done."""

from dataclasses import replace
from pathlib import Path

import pytest
from test_fetch import page
from test_pages import BODY, TEXT, server  # noqa: F401

from summitqa.errors import ConflictError, InputError, SourceError
from summitqa_index.catalogue import Change
from tests.fakes import CountingEncoder
from tests.putting import Shelf

BRIDGE, INN = "The bridge was built of oak. It is long.", "The inn stands by the river."
RULES = "---\ntitle: The rules\ndate: soon\n---\n# Dogs\n\nDogs stay on the lead. Always.\n\nThe gate is shut at nine. So it is."


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "home")
    shelf.add("bridge", BRIDGE)
    shelf.add("inn", INN)
    return shelf


def state(shelf: Shelf) -> list[tuple[str, bytes]]:
    files = (
        path for path in shelf.folder.rglob("*") if path.is_file() and "readings" not in path.parts
    )
    return sorted((str(path), path.read_bytes()) for path in files)


def adding(shelf: Shelf, text: str | bytes = RULES, **other: object) -> Change:
    return Change.adding(shelf.entry("", text, **{"name": "Rules.md", "ref": "r", **other}))


def test_what_would_be_added_is_told_and_nothing_is_written(shelf):
    change = adding(shelf)
    before = state(shelf)
    found = shelf.preview(change)
    assert state(shelf) == before
    assert (found.article.slug, found.article.title, found.passages) == ("rules", "The rules", 2)
    assert (found.first, found.last) == ("Dogs stay on the lead.", "So it is.")
    assert found.unknown == ("published", "url", "credit")
    assert (
        found.trouble
        == "Rules.md says the date 'soon', which cannot be read (write it as 2025-08-16)."
    )
    assert (found.changes.added, found.changes.unchanged) == (("rules",), ("bridge", "inn"))
    assert len(found.changes.passages) == 2
    assert found.lost is None


def test_what_was_previewed_is_what_is_put(shelf):
    found = shelf.preview(adding(shelf))
    assert shelf.put(Change.from_json(found.change.to_json())).changes == found.changes.__class__(
        ("rules",), (), (), ("bridge", "inn"), ()
    )
    assert shelf.texts["rules"] == found.article.text


def test_the_first_thing_on_a_shelf_is_previewed_where_no_folder_is_yet(tmp_path):
    shelf = Shelf(tmp_path / "new")
    found = shelf.preview(adding(shelf))
    assert found.changes.added == ("rules",)
    assert {path.name for path in shelf.folder.iterdir()} <= {"blobs", "readings"}


def test_a_name_that_is_taken_is_told_as_it_would_be(shelf):
    found = shelf.preview(adding(shelf, name="inn.md"))
    assert found.article.slug == "inn-2"
    assert found.changes.added == ("inn-2",)


def test_it_is_told_what_a_replacement_changes_passage_by_passage(shelf):
    entry = shelf.entry("x", BRIDGE.replace("oak", "elm"))
    found = shelf.preview(Change.replacing(shelf.catalogue, "bridge", entry))
    assert found.changes.changed == ("bridge",)
    assert [(one.old, one.new) for one in found.changes.passages] == [
        (BRIDGE, BRIDGE.replace("oak", "elm"))
    ]


def test_renaming_and_removing_are_told_too(shelf):
    found = shelf.preview(Change.renaming(shelf.catalogue, "inn", "The inn", "r"))
    assert (found.article.title, found.changes.changed) == ("The inn", ("inn",))
    same = shelf.preview(Change.renaming(shelf.catalogue, "inn", None, "r"))
    assert (same.article.slug, same.changes.none) == ("inn", True)
    found = shelf.preview(Change.removing(shelf.catalogue, "inn", "r"))
    assert (found.article, found.changes.removed) == (None, ("inn",))
    assert (found.passages, found.first, found.last) == (0, "", "")
    shelf.remove("bridge")
    last = shelf.preview(Change.removing(shelf.catalogue, "inn", "r"))
    assert (last.changes.removed, last.changes.unchanged) == (("inn",), ())


@pytest.mark.parametrize(("raw", "given", "error"), [(b"\0", {}, SourceError), (b"", {}, SourceError),
                         (b"x", {"name": "x.exe"}, SourceError), (b"x", {"title": "a\nb"}, InputError)])  # fmt: skip
def test_what_cannot_be_put_is_told_in_a_sentence(shelf, raw, given, error):
    with pytest.raises(error, match=r"^[^\n]*\.$"):
        shelf.preview(adding(shelf, raw, **given))


def test_what_has_been_changed_since_is_told(shelf):
    change = Change.removing(shelf.catalogue, "inn", "r")
    shelf.rename("inn", "The inn")
    with pytest.raises(ConflictError):
        shelf.preview(change)


def test_a_page_that_is_previewed_is_not_kept(shelf, server):  # noqa: F811
    found = shelf.preview(Change.adding(shelf.page("", server.url("/The-Storm"))), allow_urls=True)
    assert (found.article.slug, found.article.title) == ("the-storm", "Storm")
    assert not (shelf.folder / "fetched").exists()
    server.answer = page(BODY % TEXT)
    assert shelf.put(found.change, allow_urls=True).changes.added == ("the-storm",)


FLOOD = page(BODY % TEXT.replace(b"storm", b"flood"), ETag='"2"')
DOWN = page(b"", 503)


@pytest.mark.parametrize("later", [FLOOD, DOWN])
def test_a_page_is_put_as_it_was_previewed_whatever_its_site_says_by_then(shelf, server, later):  # noqa: F811
    found = shelf.preview(Change.adding(shelf.page("", server.url("/a"))), allow_urls=True)
    asked = len(server.asked)
    server.answer = later
    shelf.put(Change.from_json(found.change.to_json()), allow_urls=True)
    assert shelf.texts["a"] == found.article.text
    assert len(server.asked) == asked


def test_other_words_for_a_page_are_no_reason_to_fetch_it(shelf, server):  # noqa: F811
    shelf.put(Change.adding(shelf.page("a", server.url("/a"))), allow_urls=True)
    asked, text = len(server.asked), shelf.texts["a"]
    server.answer = DOWN
    found = shelf.preview(Change.renaming(shelf.catalogue, "a", "The storm", "r"), allow_urls=True)
    assert (found.article.text, found.trouble) == (text, None)
    shelf.put(found.change, allow_urls=True)
    assert (shelf.texts["a"], len(server.asked)) == (text, asked)


def test_the_words_over_a_page_may_be_set_before_it_is_put_and_it_is_still_the_one(shelf, server):  # noqa: F811
    first = shelf.preview(Change.adding(shelf.page("", server.url("/a"))), allow_urls=True).change
    server.answer = DOWN
    worded = replace(first, after=replace(first.after, title="The night"))
    found = shelf.preview(Change.from_json(worded.to_json()), allow_urls=True)
    assert found.article.title == "The night"
    assert shelf.put(found.change, allow_urls=True).changes.added == ("a",)


def test_what_is_in_place_of_a_page_is_fetched_when_it_is_looked_at_and_by_a_reread(shelf, server):  # noqa: F811
    url = server.url("/a")
    shelf.put(Change.adding(shelf.page("a", url)), allow_urls=True)
    server.answer = FLOOD
    change = Change.replacing(shelf.catalogue, "a", shelf.page("", url, ref="again"))
    found = shelf.preview(change, allow_urls=True)
    assert "flood" in found.article.text
    server.answer = page(BODY % TEXT, ETag='"1"')
    shelf.put(found.change, allow_urls=True)
    assert "flood" in shelf.texts["a"]
    shelf.reread(allow_urls=True)
    assert "storm" in shelf.texts["a"]


def test_a_site_that_is_down_is_told_when_it_is_looked_at(shelf, server):  # noqa: F811
    url = server.url("/a")
    shelf.put(Change.adding(shelf.page("a", url)), allow_urls=True)
    server.answer = DOWN
    before = state(shelf)
    change = Change.replacing(shelf.catalogue, "a", shelf.page("", url, ref="again"))
    with pytest.raises(SourceError, match=r"/a answered 503"):
        shelf.preview(change, allow_urls=True)
    assert state(shelf) == before


def test_the_questions_that_would_be_lost_are_told_and_nothing_is_switched(shelf):
    shelf.ask_of(
        [("Where stands the inn?", "by the river"), ("What was the bridge built of?", "oak")]
    )
    before = shelf.publisher.used()
    found = shelf.preview(Change.removing(shelf.catalogue, "inn", "r"))
    assert found.lost == ("Where stands the inn?",)
    assert shelf.preview(adding(shelf)).lost == ()
    assert (shelf.publisher.used(), len(shelf.publisher.ids()), shelf.publisher.aside()) == (
        before,
        2,
        None,
    )


def test_what_was_embedded_for_the_questions_is_not_embedded_again(shelf):
    shelf.ask_of([("Where stands the inn?", "by the river")])
    change = adding(shelf)
    first, second = CountingEncoder(), CountingEncoder()
    shelf.preview(change, encoder=first)
    assert any("Dogs" in text for text in first.texts)
    found = shelf.preview(change, encoder=second)
    shelf.put(found.change, encoder=second)
    assert not any("Dogs" in text for text in second.texts)
    assert not (shelf.folder / "embedding.journal").exists()


def test_while_another_builds_the_questions_are_not_asked(shelf):
    shelf.ask_of([("Where stands the inn?", "by the river")])
    with shelf.publisher.lock("Ann"):
        found = shelf.preview(adding(shelf))
    assert (found.lost, found.article.slug) == (None, "rules")
