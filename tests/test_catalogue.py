"""A catalogue is changed by giving another; what is read from disk is held to what it may be."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa.errors import ConflictError, IndexDamagedError
from summitqa_index.catalogue import (
    Change,
    Entry,
    added,
    catalogue_of,
    clean_name,
    conflict,
    difference,
    entry_from,
    find,
    from_json,
    removed,
    renamed,
    replaced,
    to_json,
)

AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
BLOB = "ab" * 32


def entry(slug: str = "rules", **other: Any) -> Entry:
    known = {"name": "rules.pdf", "blob": BLOB, "url": None, "at": AT, "ref": f"put-{slug}"}
    return Entry(**{"slug": slug, **known, **other})


SHELF = (entry(), entry("map", name="map.md"))


def test_what_is_added_comes_last():
    assert added((), entry()) == (entry(),)
    assert [one.slug for one in added(SHELF, entry("news"))] == ["rules", "map", "news"]


def test_a_slug_that_is_taken_is_numbered_and_the_one_that_has_it_keeps_it():
    twice = added(SHELF, entry(ref="other"))
    assert [one.slug for one in twice] == ["rules", "map", "rules-2"]
    assert [one.slug for one in added(twice, entry())] == ["rules", "map", "rules-2", "rules-3"]
    assert [one.slug for one in added((entry("a-2"), entry("a")), entry("a"))] == [
        "a-2",
        "a",
        "a-3",
    ]


def test_what_takes_the_place_of_another_stands_where_it_stood_under_its_slug():
    found = replaced(SHELF, "rules", entry("other", name="new.md"))
    assert found == (entry(name="new.md", ref="put-other"), SHELF[1])


def test_a_title_is_changed_and_nothing_else():
    assert renamed(SHELF, "map", "The map") == (SHELF[0], replace(SHELF[1], title="The map"))
    assert renamed(renamed(SHELF, "map", "The map"), "map", None) == SHELF


def test_what_is_removed_is_gone():
    assert removed(SHELF, "rules") == (SHELF[1],)


@pytest.mark.parametrize("change", [lambda one: removed(one, "gone"), lambda one: renamed(one, "gone", "x"),
                         lambda one: replaced(one, "gone", entry()), lambda one: Change.removing(one, "gone", ""),
                         lambda one: Change.replacing(one, "gone", entry()),
                         lambda one: Change.renaming(one, "gone", "x", "")])  # fmt: skip
def test_what_is_not_there_cannot_be_changed_and_is_named(change):
    with pytest.raises(
        ConflictError, match=r"^'gone' is not on the shelf any more; nothing was done\.$"
    ):
        change(SHELF)


def test_two_that_change_one_entry_are_told_and_others_are_in_nobodys_way():
    newest = added(renamed(SHELF, "rules", "Rules"), entry("news"))
    assert conflict(SHELF, newest, "rules")
    assert conflict(SHELF, removed(SHELF, "map"), "map")
    assert conflict(SHELF, newest, "news")
    assert not conflict(SHELF, newest, "map")
    assert not conflict(SHELF, newest, "nowhere")


def test_changes_are_made_upon_the_newest_catalogue():
    first, second = Change.adding(entry("a")), Change.adding(entry("b"))
    assert [one.slug for one in second.upon(first.upon(SHELF))] == ["rules", "map", "a", "b"]
    rename = Change.renaming(SHELF, "map", "The map", "r")
    assert find(rename.upon(first.upon(SHELF)), "map") == replace(SHELF[1], title="The map")
    assert Change.removing(SHELF, "map", "r").upon(first.upon(SHELF)) == (SHELF[0], entry("a"))


@pytest.mark.parametrize("change", [Change.removing(SHELF, "map", "r"), Change.renaming(SHELF, "map", "A map", "r"),
                         Change.replacing(SHELF, "map", entry("x"))])  # fmt: skip
def test_what_somebody_else_changed_meanwhile_is_not_changed(change):
    with pytest.raises(ConflictError, match=r"^'map' has been changed by somebody else since"):
        change.upon(renamed(SHELF, "map", "The map"))
    with pytest.raises(ConflictError, match=r"^'map' is not on the shelf any more"):
        change.upon(removed(SHELF, "map"))


def test_what_the_admin_said_holds_for_what_comes_in_its_place_but_for_the_day():
    link = "https://site.example/rules"
    before = entry(title="The rules", credit="Ann", url=link, published=date(2025, 8, 16))
    given = entry("x", name="new.md", credit="Bob")
    (after,) = Change.replacing((before,), "rules", given).upon((before,))
    assert after == replace(given, slug="rules", title="The rules", url=link)
    page = replace(before, blob=None, name="page.html")
    (after,) = Change.replacing((page,), "rules", given).upon((page,))
    assert after.url is None  # it is not what stands at that address any more


KNOWN = entry(
    title="Rules “A” — 規則", published=date(2025, 8, 16), credit="Ann", by="Bob", kind="answer",
    url="https://site.example/a?b=c", at=AT.replace(microsecond=5),
)  # fmt: skip


@pytest.mark.parametrize("one", [entry(), KNOWN, entry(blob=None, url="https://site.example")])
def test_what_is_written_is_read_again(one):
    assert from_json(json.loads(json.dumps(to_json((one,))))) == (one,)
    for change in (
        Change.adding(one),
        Change.removing((one,), one.slug, "r"),
        Change.renaming((one,), one.slug, "x", "r"),
    ):
        for known in (change, replace(change, page=BLOB)):
            assert Change.from_json(json.loads(json.dumps(known.to_json()))) == known


HOSTILE = [
    ("slug", "../etc"), ("slug", "a b"), ("slug", "x" * 101), ("slug", None), ("slug", 0), ("slug", []),
    ("name", ""), ("name", " "), ("name", "a\nb"), ("name", "\u202efdp.exe"), ("name", "x" * 501), ("name", None),
    ("blob", "../../CURRENT"), ("blob", BLOB.upper()), ("blob", BLOB + "\n"), ("blob", 1),
    ("url", "javascript:alert(1)"), ("url", "file:///etc/passwd"), ("url", "https://a b"), ("url", ""), ("url", 7),
    ("title", ""), ("title", "a\u2028b"), ("title", "x" * 501), ("title", {"a": 1}),
    ("published", "soon"), ("published", 20250816), ("credit", "\x1b[31mred"), ("credit", "  "),
    ("at", "2026-11-30T12:00:00"), ("at", None), ("at", 0), ("at", "now"),
    ("by", None), ("by", "a\rb"), ("ref", "put:it"), ("ref", None), ("ref", "x" * 101),
    ("kind", "script"), ("kind", []), ("kind", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HOSTILE)
def test_each_value_is_held_to_what_it_may_be_and_named(name, value):
    with pytest.raises(
        ValueError, match=rf"^The entry has the {name} .*; expected .*\.$"
    ) as caught:
        entry_from(entry().to_json() | {name: value})
    assert len(str(caught.value)) < 250
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("value", [None, {}, "x", 7, [7], [None], [{}], [[]], [SHELF[0].to_json()] * 2,
                         [entry("").to_json()], [entry(blob=None).to_json()], [{}] * 10_001])  # fmt: skip
def test_what_is_no_catalogue_is_told_in_a_sentence(value):
    with pytest.raises(ValueError, match=r"; expected [^\n]*\.$"):
        from_json(value)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
       lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*entry().to_json(), "before", "after"]), inner)))  # fmt: skip
def test_nothing_but_a_catalogue_is_read_as_one(value):
    for read in (from_json, entry_from, Change.from_json):
        try:
            read(value)
        except ValueError as error:
            assert "expected" in str(error)


@pytest.mark.parametrize("value", [None, 7, [], {}, {"ref": 7}, {"ref": "a"}, {"ref": "a", "before": None, "after": None},
                         {"ref": "a:b", "before": None, "after": entry().to_json()}, {"ref": "a", "after": []},
                         {"ref": "a", "after": entry().to_json(), "page": "../../CURRENT"}, {"ref": "a", "after": entry().to_json(), "page": 7}])  # fmt: skip
def test_what_is_no_change_is_told_in_a_sentence(value):
    with pytest.raises(ValueError, match=r"; expected [^\n]*\.$"):
        Change.from_json(value)


def test_what_a_later_version_says_more_is_passed_over():
    assert entry_from(entry().to_json() | {"colour": "red"}) == entry()


def test_a_version_carries_its_catalogue():
    assert catalogue_of({"catalogue": to_json(SHELF)}, "1") == SHELF
    assert catalogue_of({"sources": ["a.md"]}, "1") == ()
    with pytest.raises(
        IndexDamagedError,
        match=r"^The catalogue of the index 7 is damaged: Entry 1 has the slug 'a b'; expected .*\. Go back",
    ):
        catalogue_of({"catalogue": [entry("a b").to_json()]}, "7")


@pytest.mark.parametrize(("given", "name"), [("rules.pdf", "rules.pdf"), ("../../etc/passwd", "passwd"), ("C:\\a\\b.md", "b.md"),
                         ("a\n\u202eb.md", "a b.md"), ("", "text.md"), ("/", "text.md"), ("..", ".."), ("\x00", "text.md")])  # fmt: skip
def test_a_files_name_is_its_last_part_on_one_line(given, name):
    assert clean_name(given) == name
    assert entry_from(entry(name=clean_name(given)).to_json()).name == name


def test_what_differs_is_told_by_slugs_each_of_them_once():
    day, other = date(2026, 11, 30), "cd" * 32
    before = (entry("a"), entry("b"), entry("c"), entry("d", title="D"), entry("e"))
    after = (entry("f"), entry("b", blob=other, title="B"), entry("c", published=day),
             entry("d", title="Called otherwise"), entry("e"))  # fmt: skip
    found = difference(before, after)
    assert (found.added, found.removed) == (("f",), ("a",))
    assert (found.changed, found.renamed) == (("b", "c"), ("d",))
    assert difference(after, after) == difference((), ())
