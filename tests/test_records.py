"""The records of articles: found by number and slug, and refused where they are none."""

import json
from typing import Any

import pytest

from summitqa.folder import records as module
from summitqa.folder.records import Records, Slugs

NAMES = [
    ("barn", "The Barn"),
    ("haus", "Straße im Ort"),
    ("tower", "Ein Barn-Turm"),
    ("x-1", "Ζωή"),
]


def record(number: int, slug: str, title: str, **changes: Any) -> dict[str, Any]:
    return {
        "slug": slug, "title": title, "language": "en" if number else "de", "url": None,
        "credit": None, "published": None, "bytes": [10 * number, 10 * number + 10],
    } | changes  # fmt: skip


def packed(*found: dict[str, Any], end: str = "\n") -> bytes:
    return ("\n".join(json.dumps(one, ensure_ascii=False) for one in found) + end).encode()


ALL = [record(number, slug, title) for number, (slug, title) in enumerate(NAMES)]


@pytest.fixture(params=[1, 7, 1 << 20])
def records(request: pytest.FixtureRequest, monkeypatch) -> Records:
    monkeypatch.setattr(module, "_AT_A_TIME", request.param)
    return Records(packed(*ALL))


def test_each_is_there_by_its_number(records):
    assert len(records) == 4 and list(records) == ALL
    assert records[1:3] == ALL[1:3] and records[-1] == ALL[-1] and records[::-1] == ALL[::-1]
    with pytest.raises(IndexError):
        records[4]


def test_each_is_there_by_its_slug(records):
    assert [records.number(slug) for slug, _ in NAMES] == [0, 1, 2, 3]
    assert [records.number(one) for one in ("", "bar", "BARN", "\ud800")] == [None] * 4


def test_slugs_whose_digests_are_one_are_told_apart(monkeypatch):
    monkeypatch.setattr(module, "_digest", lambda slug: 7)
    records = Records(packed(*ALL))
    assert [records.number(slug) for slug, _ in NAMES] == [0, 1, 2, 3]
    assert records.number("none") is None


def test_slugs_are_a_row(records):
    slugs = Slugs(records)
    assert list(slugs) == [slug for slug, _ in NAMES] and len(slugs) == 4
    assert slugs[1:3] == ["haus", "tower"] and slugs[-1] == "x-1"
    assert [one in slugs for one in ("barn", "none", 3)] == [True, False, False]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", [0, 1, 2, 3]), ("barn", [0, 2]), ("strasse", [1]), ("haus", [1]), ("x", [3]),
        ("ζωή", [3]), ("1", [3]), ("none", []), ("barnthe", []), ("barnbarn", []), ("\ud800", []),
        ("t", [0, 1, 2]),
    ],
)  # fmt: skip
def test_those_whose_slug_or_title_holds_what_was_typed(records, typed, found):
    assert list(records.holding(typed)) == found
    assert list(records.holding(typed)) == found


def test_one_that_is_alone_is_found():
    alone = Records(packed(ALL[0]))
    assert list(alone.holding("barn")) == [0] and list(alone.holding("haus")) == []


def test_languages_and_ends_are_of_all(records):
    assert records.languages == {"de", "en"}
    assert records.ends.tolist() == [0, 10, 20, 30, 40]


def test_the_last_line_may_have_no_end():
    assert list(Records(packed(*ALL, end=""))) == ALL


@pytest.mark.parametrize(
    "changes",
    [
        {"title": None}, {"slug": 7}, {"language": None}, {"url": 7}, {"credit": []},
        {"published": "soon"}, {"bytes": [11, 20]}, {"bytes": [9, 20]}, {"bytes": [10]},
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(changes):
    with pytest.raises((TypeError, ValueError)):
        Records(packed(ALL[0], record(1, "b", "B") | changes))


def test_a_record_with_everything_is_one():
    full = record(0, "a", "A", url="https://x.example", credit="C", published="2025-03-04")
    assert module.published(Records(packed(full))[0]).isoformat() == "2025-03-04"
    assert module.published(ALL[0]) is None
