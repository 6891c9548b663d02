"""A receipt says what was cited; held against the store it tells whether that is so."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cited_text import BRIDGE, FIRST, NIGHT, OWN, TOLL, House

from summitqa.article import Article
from summitqa.errors import InputError
from summitqa.settings import HOUSE
from summitqa_bot.receipts import Receipt, altered, parse
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

SOURCED = BRIDGE.replace(
    "# Bridge", "---\nurl: https://bridge.example/a\ndate: 2025-08-16\n---\n# Bridge"
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def house(tmp_path: Path):
    made = House(tmp_path / "home")
    made.put(HOUSE, bridge=SOURCED)
    yield made
    made.state.close()


@pytest.fixture
def article(house) -> Article:
    return house.library.store.article("bridge")


@pytest.fixture
def receipt(house) -> Receipt:
    house.cite(HOUSE, house.library.store.version, FIRST, TOLL)
    made = house.reading.receipt("r1.2")
    assert made is not None
    return made


def test_a_receipt_has_what_was_cited_and_nothing_of_who_asked_what(house, receipt, article):
    given = receipt.to_json()
    start, end = house.span(HOUSE, "bridge", TOLL)
    assert {name: given[name] for name in list(given)[:-2]} == {
        "article": "bridge", "title": "Bridge", "shelf": HOUSE,
        "version": house.library.store.version, "paragraph": 2, "start": start, "end": end,
        "text": TOLL, "sha256": sha(TOLL), "article_sha256": sha(article.text),
    }  # fmt: skip
    assert list(given)[-2:] == ["url", "cited_at"]
    assert given["url"].startswith("https://bridge.example/a#:~:text=The%20toll")
    assert given["cited_at"].endswith("Z")
    assert "How much" not in json.dumps(given)
    assert "somebody" not in json.dumps(given)


def test_without_a_number_the_first_quote_is_meant(house, receipt):
    first = house.reading.receipt("r1")
    assert first == house.reading.receipt("r1.1")
    assert first.text == FIRST


@pytest.mark.parametrize(
    "cited", ["", "nobody", "r1.0", "r1.3", "r1.x", "r1.", ".1", "r1.1.1", "r1.²"]
)
def test_what_was_not_cited_has_none(house, receipt, cited):
    assert house.reading.receipt(cited) is None


def test_what_was_not_found_has_none_though_the_nearest_are_remembered(house, article):
    asked = house.cite(HOUSE, house.library.store.version, TOLL)
    house.state.save_answer(replace(asked, ref="r2", found=False))
    assert house.reading.receipt("r1.1") is not None
    assert house.reading.receipt("r2.1") is None


def test_of_a_version_that_is_kept_no_longer_the_texts_hash_is_not_known(house, receipt):
    house.put(HOUSE, keep=1, bridge=f"{SOURCED}\n\nMore.\n")
    later = house.reading.receipt("r1.2")
    assert later == replace(receipt, article_sha256=None)


def test_an_article_that_was_taken_off_has_none_and_neither_has_a_shelf_that_was_erased(house):
    version = house.put(OWN, bridge=BRIDGE)
    house.cite(OWN, version, TOLL)
    assert house.reading.receipt("r1").shelf == OWN
    house.put(OWN, mill="# Mill\n\nThe mill is old.\n")
    assert house.reading.receipt("r1") is None
    house.put(OWN, bridge=BRIDGE)
    house.shelves.erase(OWN)
    assert house.reading.receipt("r1") is None


def dumped(receipt: Receipt, **other: object) -> bytes:
    return json.dumps({**receipt.to_json(), **other}).encode()


def test_a_receipt_is_read_as_it_was_given_whatever_is_added(receipt):
    assert parse(dumped(receipt)) == receipt
    assert parse(dumped(receipt, note="mine")) == receipt
    assert parse(dumped(receipt, url=None, article_sha256=None)).url is None


@pytest.mark.parametrize(
    "other",
    [
        {"article": 1}, {"title": None}, {"shelf": "../house"}, {"version": "../x"},
        {"version": "20250816-120000-00000é/"}, {"paragraph": "2"}, {"paragraph": 0},
        {"paragraph": True}, {"start": -1}, {"start": 5, "end": 5}, {"end": 1.5}, {"text": ""},
        {"text": "\ud800"}, {"sha256": "x"}, {"sha256": "A" * 64}, {"article_sha256": ""},
        {"url": 7}, {"cited_at": "yesterday"}, {"cited_at": "2025-08-16T12:00:00"},
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_named(receipt, other):
    with pytest.raises(InputError, match=next(iter(reversed(other)))):
        parse(dumped(receipt, **other))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b"{}", b"<html>",
        b'{"article": "a", "article": "b"}', b" " * (1 << 20) + b"{}", b"\0",
    ],
)  # fmt: skip
def test_what_is_no_receipt_is_said_in_a_sentence(raw):
    with pytest.raises(InputError, match="receipt"):
        parse(raw)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps(text).encode()))
def test_whatever_is_read_is_a_receipt_or_a_sentence(raw):
    with pytest.raises(InputError):
        parse(raw)


BUILT = "2025-01-01T00:00:00+00:00"


def test_an_untouched_receipt_is_altered_in_nothing(receipt, article):
    assert altered(receipt, article, BUILT) == []


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"title": "Another bridge"}, ["title"]),
        ({"paragraph": 1}, ["paragraph"]),
        ({"text": TOLL.replace("two", "ten")}, ["text"]),
        ({"text": TOLL + " "}, ["text"]),
        ({"sha256": sha("another")}, ["sha256"]),
        ({"text": "It is free.", "sha256": sha("It is free.")}, ["text", "sha256"]),
        ({"text": NIGHT, "sha256": sha(NIGHT)}, ["start", "end", "url"]),
        ({"article_sha256": sha("another")}, ["article_sha256"]),
        ({"article_sha256": None}, ["article_sha256"]),
        ({"url": "https://bridge.example/b"}, ["url"]),
        ({"url": None}, ["url"]),
        ({"cited_at": "2024-12-31T23:59:59Z"}, ["cited_at"]),
        ({"cited_at": "2999-01-01T00:00:00Z"}, ["cited_at"]),
        ({"title": "B", "cited_at": "2999-01-01T00:00:00Z"}, ["title", "cited_at"]),
    ],
)
def test_what_was_altered_is_named(receipt, article, other, named):
    assert altered(replace(receipt, **other), article, BUILT) == named


def test_a_span_that_was_moved_is_named(receipt, article):
    for moved, named in (
        ({"start": receipt.start - 1}, ["start"]),
        ({"end": receipt.end + 1}, ["end"]),
        ({"start": receipt.start - 1, "end": receipt.end + 3}, ["start", "end"]),
        ({"start": 10**8, "end": 10**8 + 1}, ["start", "end"]),
    ):
        assert altered(replace(receipt, **moved), article, BUILT) == named


@settings(deadline=None)
@given(st.data())
def test_no_field_is_altered_unnoticed(data):
    text = "It opens at nine. It closes at six."
    article = replace(
        to_article(read_plain(text.encode(), markdown=True), "hours"), url="https://a.example/"
    )
    whole = Receipt(
        article="hours", title=article.title, shelf=HOUSE, version="v1", paragraph=1, start=0,
        end=17, text=text[:17], sha256=sha(text[:17]), article_sha256=sha(article.text),
        url="https://a.example/#:~:text=It%20opens%20at%20nine.", cited_at="2025-08-16T12:00:00Z",
    )  # fmt: skip
    assert altered(whole, article, BUILT) == []
    name = data.draw(st.sampled_from(
        ["title", "paragraph", "start", "end", "text", "sha256", "article_sha256", "url"]
    ))  # fmt: skip
    was = getattr(whole, name)
    other = data.draw(
        (st.integers(0, 40) if isinstance(was, int) else st.text(min_size=1)).filter(
            lambda one: one != was
        )
    )
    assert name in altered(replace(whole, **{name: other}), article, BUILT)
