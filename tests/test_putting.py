"""What is put on a shelf from chat is there once, or not at all, and everything can be undone."""

from pathlib import Path

import pytest
from test_pages import BODY, TEXT, server  # noqa: F401

from summitqa.errors import (
    ConflictError,
    GateError,
    IndexBusyError,
    IndexDamagedError,
    InputError,
    SourceError,
)
from summitqa.files import MANIFEST
from summitqa.library import VERSIONS
from summitqa_index import putting, versions
from summitqa_index.catalogue import Change
from tests.fakes import CountingEncoder, index, library, write
from tests.putting import Shelf

BRIDGE, INN, MILL = (
    "The bridge was built of oak.",
    "The inn stands by the river.",
    "The mill is shut.",
)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "home")


@pytest.fixture
def full(shelf: Shelf) -> Shelf:
    shelf.add("bridge", BRIDGE)
    shelf.add("inn", INN)
    return shelf


def test_the_first_thing_makes_a_shelf_and_the_next_stands_beside_it(shelf):
    first = shelf.add("bridge", BRIDGE)
    assert (first.before, first.switched, first.changes.added) == (None, True, ("bridge",))
    second = shelf.add("inn", INN)
    assert (second.before, second.changes.unchanged) == (first.index_version, ("bridge",))
    assert shelf.texts == {"bridge": BRIDGE, "inn": INN}
    assert (
        library(shelf.folder).ask("What was the bridge built of?").matches[0].citation.quote
        == BRIDGE
    )


def test_a_version_says_what_it_was_made_from(full):
    facts = library(full.folder).store.facts
    assert facts["sources"] == ["bridge.md", "inn.md"]
    assert [one["slug"] for one in facts["catalogue"]] == ["bridge", "inn"]
    assert facts["puts"] == ["put-bridge", "put-inn"]


def test_what_is_put_a_second_time_is_there_once(full):
    report = full.put(Change.adding(full.entry("inn", INN)))
    assert (report.switched, report.changes.unchanged) == (False, ("bridge", "inn"))
    full.remove("inn")
    assert not full.put(Change.adding(full.entry("inn", INN))).switched
    assert full.slugs == ["bridge"]


def test_another_thing_of_the_same_name_gets_a_name_of_its_own(full):
    report = full.put(Change.adding(full.entry("inn", MILL, ref="other")))
    assert report.changes.added == ("inn-2",)
    assert full.texts == {"bridge": BRIDGE, "inn": INN, "inn-2": MILL}


def test_only_what_is_new_is_read_and_embedded(full, monkeypatch):
    read = []
    monkeypatch.setattr(
        putting,
        "read_entries",
        lambda entries, *given: read.append(entries) or real(entries, *given),
    )
    encoder = CountingEncoder()
    report = full.add("mill", MILL, encoder=encoder)
    assert [one.slug for (one,) in read] == ["mill"]
    assert encoder.texts == [MILL]
    assert (report.reused, report.embedded) == (2, 1)


real = putting.read_entries


def test_things_are_replaced_renamed_and_removed(full):
    full.put(Change.replacing(full.catalogue, "inn", full.entry("x", MILL, ref="r")))
    assert full.texts == {"bridge": BRIDGE, "inn": MILL}
    full.rename("inn", "The old mill")
    assert library(full.folder).store.article("inn").title == "The old mill"
    full.rename("inn", None)
    assert library(full.folder).store.article("inn").title == "X"
    assert full.remove("bridge").changes.removed == ("bridge",)
    assert full.texts == {"inn": MILL}


def test_what_two_do_at_once_stays_and_what_two_do_to_one_thing_is_told(full):
    base = full.catalogue
    full.add("mill", MILL)
    full.put(Change.renaming(base, "bridge", "The bridge", "r"))
    assert full.slugs == ["bridge", "inn", "mill"]
    before = full.publisher.used()
    with pytest.raises(ConflictError, match="'bridge' has been changed by somebody else since"):
        full.put(Change.removing(base, "bridge", "s"))
    assert full.publisher.used() == before


def test_while_another_builds_it_is_said_to_be_busy(full):
    with full.publisher.lock("Ann"), pytest.raises(IndexBusyError, match="by Ann"):
        full.add("mill", MILL)


def test_what_cannot_be_read_changes_nothing(full):
    before = full.publisher.used()
    with pytest.raises(SourceError, match=r"mill\.md looks like a binary file"):
        full.add("mill", b"\0")
    assert (full.publisher.used(), full.slugs) == (before, ["bridge", "inn"])


def test_an_entry_that_is_not_sound_never_comes_on_the_shelf(full):
    for wrong in ({"title": "a\nb"}, {"slug": ""}, {"by": "\x1b"}):
        with pytest.raises(InputError, match=r"expected [^\n]*\.$"):
            full.put(Change.adding(full.entry("mill", MILL, ref="w", **wrong) if "slug" not in wrong
                                   else full.entry("", MILL, ref="w")))  # fmt: skip
    assert full.slugs == ["bridge", "inn"]


def test_what_goes_last_leaves_an_empty_shelf_which_is_filled_again(full):
    full.remove("bridge")
    report = full.remove("inn")
    assert (report.index_version, report.switched, report.changes.removed) == (None, True, ("inn",))
    assert not versions.has_index(full.publisher)
    assert full.catalogue == ()
    assert not full.reread().switched
    assert full.put(Change.adding(full.entry("mill", MILL))).before is None
    assert full.texts == {"mill": MILL}


def test_each_step_can_be_undone_down_to_the_empty_shelf(shelf):
    first = shelf.add("bridge", BRIDGE)
    second = shelf.rename("bridge", "Oak")
    third = shelf.remove("bridge")
    shelf.undo(third)
    assert shelf.publisher.used() == second.index_version
    shelf.undo(second)
    assert library(shelf.folder).store.article("bridge").title == "Bridge"
    shelf.undo(first)
    assert shelf.catalogue == ()
    shelf.add("bridge", BRIDGE)
    assert shelf.slugs == ["bridge"]


def test_only_what_is_still_in_use_is_undone(full):
    report = full.add("mill", MILL)
    full.rename("inn", "The inn")
    with pytest.raises(ConflictError, match="has been changed since; nothing was undone"):
        full.undo(report)
    assert full.slugs == ["bridge", "inn", "mill"]


def test_nothing_is_put_upon_what_is_not_known(full):
    manifest = full.folder / VERSIONS / full.publisher.used() / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:-9])
    for change in (lambda: full.add("mill", MILL), full.reread):
        with pytest.raises(IndexDamagedError, match="rollback"):
            change()
    versions.rollback(full.publisher)
    assert full.slugs == ["bridge"]


def test_a_shelf_that_is_made_from_files_is_not_filled_from_chat(shelf, tmp_path):
    index(shelf.folder, write(tmp_path / "files", {"a.txt": BRIDGE}))
    with pytest.raises(InputError, match="is made from files or pages; change those and reindex"):
        shelf.add("inn", INN)


@pytest.mark.parametrize("state", ["full", "empty", "damaged"])
def test_files_do_not_take_the_place_of_what_was_put_from_chat(full, tmp_path, state):
    if state == "empty":
        full.remove("bridge")
        full.remove("inn")
    if state == "damaged":
        (full.folder / VERSIONS / full.publisher.used() / "text.utf8").write_bytes(b"x")
    before = full.slugs
    with pytest.raises(InputError, match="filled from chat; sources are not put in place of it"):
        index(full.folder, write(tmp_path / "files", {"a.txt": BRIDGE}))
    assert full.slugs == before


def test_what_loses_questions_is_kept_aside_unless_an_admin_insists(full):
    full.ask_of([("Where stands the inn?", "by the river")])
    before = full.publisher.used()
    change = Change.removing(full.catalogue, "inn", "r")
    with pytest.raises(GateError) as caught:
        full.put(change, gate_tolerance=0)
    assert caught.value.lost == ("Where stands the inn?",)
    assert full.publisher.used() == before
    encoder = CountingEncoder()
    assert full.put(change, gate_tolerance=0, force=True, encoder=encoder).changes.removed == (
        "inn",
    )
    assert encoder.texts == []


@pytest.mark.parametrize("meanwhile", [False, True])
def test_what_was_kept_aside_does_not_come_back_over_what_was_done_since(full, meanwhile):
    full.rename("bridge", "Oak")
    full.ask_of([("Where stands the inn?", "by the river")])
    with pytest.raises(GateError) as caught:
        full.remove("inn", gate_tolerance=0)
    if meanwhile:
        before = versions.rollback(full.publisher)
        with pytest.raises(ConflictError, match=r"has been changed since .* was kept aside"):
            versions.rollback(full.publisher, caught.value.version)
        assert full.publisher.used() == before
    else:
        versions.rollback(full.publisher, caught.value.version)
        assert full.slugs == ["bridge"]
