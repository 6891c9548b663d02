"""An entry is read as any source is, and what the admin said of it stands over what it says."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from test_fetch import page
from test_pages import BODY, TEXT, server  # noqa: F401

from summitqa.errors import CalledOffError, IndexDamagedError, SourceError
from summitqa.settings import Settings
from summitqa_index import entries as module
from summitqa_index.blobs import Blobs
from summitqa_index.catalogue import Change, Entry
from summitqa_index.entries import EntryReading, fetch_entry, read_entries, read_entry
from summitqa_index.sources.readings import READINGS, Readings
from summitqa_index.sources.sandbox import Limits, Readers
from tests.faults import fuzz

AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
RULES = b"""---
title: The rules
date: 2025-08-16
author: Ann
url: https://site.example/rules
---
No ball games. Dogs stay on the lead.

The gate is shut at nine.
"""
LINK = "https://other.example/a"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "home" / "shelves" / "one"


def entry(shelf: Path, raw: bytes | None = RULES, **other: Any) -> Entry:
    blob = None if raw is None else Blobs(shelf).put(raw)
    known = {"slug": "", "name": "house-rules.md", "blob": blob, "url": None, "at": AT}
    return Entry(**known | other)


@pytest.fixture
def read(shelf: Path, readers: Readers) -> Iterator[Any]:
    def read(one: Entry, **given: Any) -> EntryReading:
        seen = given.pop("seen", None)
        settings = Settings(home=shelf.parent.parent, shelf="one", **given)
        return read_entry(
            one, settings, Blobs(shelf), Readings(readers, shelf / READINGS), seen=seen
        )

    return read


def test_what_the_file_says_stays_where_the_admin_said_nothing(shelf, read):
    found = read(entry(shelf))
    article = found.article
    assert (article.slug, article.title, article.credit) == ("house-rules", "The rules", "Ann")
    assert (article.published, article.url) == (date(2025, 8, 16), "https://site.example/rules")
    assert len(article.passages) == 2
    assert found == EntryReading(article)


def test_what_the_admin_said_stands_over_it(shelf, read):
    said = {
        "slug": "ours",
        "title": "Our rules",
        "published": date(2026, 1, 2),
        "url": LINK,
        "credit": "Bob",
    }
    article = read(entry(shelf, **said)).article
    assert {name: getattr(article, name) for name in said} == said
    assert article.passages == read(entry(shelf)).article.passages


@pytest.mark.parametrize(("given", "unknown"), [
    ({}, ("title", "published", "url", "credit")), ({"title": "Rules", "url": LINK}, ("published", "credit")),
    ({"title": "R", "url": LINK, "credit": "C", "published": date(2025, 8, 16)}, ()),
])  # fmt: skip
def test_what_nobody_said_is_told(shelf, read, given, unknown):
    assert read(entry(shelf, b"No ball games.", name="a.txt", **given)).unknown == unknown


@pytest.mark.parametrize(("name", "raw", "given", "slug", "title"), [
    ("My Rules (2).md", b"Be kind.", {}, "my-rules-2", "My Rules (2)"),
    ("a.md", b"---\nslug: Other\n---\nBe kind.", {}, "other", "A"),
    ("a.md", b"Be kind.", {"title": "Rules"}, "a", "Rules"),
    ("text.md", b"# Be kind\n\nAlways.", {}, "be-kind", "Be kind"),
    ("text.md", b"Be kind.", {"title": "Our rules"}, "our-rules", "Our rules"),
    ("text.md", b"one two three four five six seven eight nine.", {}, "one-two-three-four-five-six-seven-eight",
     "One two three four five six seven eight"),
    ("text.md", b"---\nauthor: Ann\n---\nBe kind.", {}, "be-kind", "Be kind."),
    ("text.md", "規則を守る。".encode(), {}, "規則を守る", "規則を守る。"),
    ("../../x\n.md", b"Be kind.", {}, "x", "X"),
])  # fmt: skip
def test_an_article_is_named_after_its_file_and_a_pasted_text_after_what_it_says(
    shelf, read, name, raw, given, slug, title
):
    article = read(entry(shelf, raw, name=name, **given)).article
    assert (article.slug, article.title) == (slug, title)


def test_an_answer_has_the_question_as_its_title_and_its_day_and_who_gave_it(shelf, read):
    question = "When is the gate shut?"
    one = entry(
        shelf, b"At *nine*, every day.", name="text.md", kind="answer", title=question, credit="Bob"
    )
    found = read(one)
    article = found.article
    assert (article.slug, article.title, article.credit) == (
        "when-is-the-gate-shut",
        question,
        "Bob",
    )
    assert (article.text, article.published) == ("At nine, every day.", AT.date())
    assert found.unknown == ("url",)


@pytest.mark.parametrize(("name", "raw", "said"), [
    ("a.exe", b"MZ", r"a.exe is not of a readable kind; expected .txt, .md, .markdown, .html, .htm, .pdf, .docx."),
    ("a", b"x", r"a is not of a readable kind; expected .txt, .md, .markdown, .html, .htm, .pdf, .docx."),
    ("a.pdf", b"%PDF-1.4 nonsense", None), ("a.docx", b"PK\x03\x04 nonsense", None), ("a.docx", b"plain", None),
    ("a.txt", b"\0\1\2" * 99, "a.txt looks like a binary file, not text."),
    ("a.txt", b" \n", "a.txt is empty."), ("a.html", b"<html></html>", None),
    ("a.txt", b"x" * 1_000_001, "a.txt is larger than 1 MB, the limit that SUMMITQA_MAX_SOURCE_MB sets."),
    ("a.md", b"---\ntitle: only\n---\n", None), ("\x1b[31m.txt", b"", r"\x1b[31m.txt is empty."),
])  # fmt: skip
def test_what_cannot_be_read_is_told_in_one_sentence(shelf, read, name, raw, said):
    with pytest.raises(SourceError) as caught:
        read(entry(shelf, raw, name=name), max_source_mb=1)
    told = str(caught.value)
    assert said in {None, told}
    assert told.startswith(name.split("\x1b")[0])
    assert told.endswith(".")
    assert "\n" not in told
    assert told.isprintable()
    assert len(told) < 300


def test_a_file_that_crashes_its_reader_costs_only_itself(shelf, monkeypatch):
    small = Readers(Limits(memory=1))
    with small, pytest.raises(SourceError, match=r"^house-rules.md "):
        read_entry(
            entry(shelf), Settings(home=shelf), Blobs(shelf), Readings(small, shelf / READINGS)
        )


def hostile() -> list[tuple[str, bytes]]:
    rolls = random.Random(17)
    kinds = fuzz.samples()
    every = [raw for raws in kinds.values() for raw in raws]
    broken = [
        (ending, fuzz.mutated(rolls.choice(raws), rolls.choice(every), rolls))
        for ending, raws in kinds.items()
        for _ in range(6)
    ]
    return [*broken, *fuzz.invented(30)]


def test_whatever_is_sent_is_an_article_that_can_be_put_or_one_sentence(shelf, read):
    read_at_all = 0
    for number, (ending, raw) in enumerate(hostile()):
        one = entry(shelf, raw, name=f"{number}{ending}")
        try:
            article = read(one).article
        except SourceError as error:
            told = str(error)
            assert told.startswith(one.name)
            assert told.endswith(".")
            assert told.isprintable()
        else:
            read_at_all += 1
            assert Change.adding(replace(one, slug=article.slug)).upon(())
    assert read_at_all > 0


def test_what_is_amiss_though_it_could_be_read_is_told(shelf, read):
    found = read(entry(shelf, b"---\ndate: soon\n---\nBe kind.", name="a.md"))
    assert (
        found.trouble == "a.md says the date 'soon', which cannot be read (write it as 2025-08-16)."
    )
    assert "published" in found.unknown


def test_bytes_that_are_gone_are_said_to_be(shelf, read):
    with pytest.raises(IndexDamagedError, match="missing or damaged"):
        read(replace(entry(shelf), blob="ab" * 32))


def test_a_page_is_fetched_where_that_is_allowed(server, shelf, read):  # noqa: F811
    one = entry(shelf, None, name="page.html", url=server.url("/news/The-Storm.html"))
    with pytest.raises(
        SourceError, match=r"/news/The-Storm.html is a URL; set SUMMITQA_ALLOW_URLS=1"
    ):
        read(one)
    assert server.asked == []
    found = read(one, allow_urls=True)
    assert (found.article.slug, found.article.title, found.article.url) == (
        "the-storm",
        "Storm",
        one.url,
    )
    assert found.unknown == ("published", "credit")
    assert read(replace(one, title="The storm"), allow_urls=True).article.title == "The storm"


def test_a_page_that_was_moved_is_linked_to_where_it_is(server, shelf, read):  # noqa: F811
    final = server.url("/final")
    server.answer = lambda one: (
        page(b"", 301, Location="/final") if one.path == "/a" else page(BODY % TEXT)
    )(one)
    assert read(entry(shelf, None, url=server.url("/a")), allow_urls=True).article.url == final


def test_a_page_on_a_bad_day_is_as_it_was_kept_and_that_is_told(server, shelf, read):  # noqa: F811
    one = entry(shelf, None, url=server.url("/a"))
    text = read(one, allow_urls=True).article.text
    server.answer = page(b"", 500)
    found = read(one, allow_urls=True)
    assert found.article.text == text
    assert found.trouble.endswith("; the copy fetched before stands in.")


def test_a_page_that_is_only_looked_at_is_not_kept(server, shelf, read):  # noqa: F811
    one = entry(shelf, None, url=server.url("/a"))
    settings = Settings(home=shelf.parent.parent, shelf="one", allow_urls=True)
    seen = {one.url: fetch_entry(one, settings, Blobs(shelf), ())}
    server.answer = page(b"", 500)
    assert read(one, allow_urls=True, seen=seen).article.title == "Storm"
    assert not (shelf / "fetched").exists()
    with pytest.raises(SourceError, match=rf"^{one.url} .*\.$"):
        read(one, allow_urls=True)


def test_many_are_read_in_their_order_and_each_that_cannot_be_is_told(shelf):
    good, bad = entry(shelf), entry(shelf, b"\0", name="a.txt")
    gone = replace(good, blob="ab" * 32)
    ticks = []
    found, used = read_entries(
        [good, bad, gone, good], Settings(home=shelf), Blobs(shelf), lambda *at: ticks.append(at)
    )
    assert [type(one) for one in found] == [EntryReading, SourceError, SourceError, EntryReading]
    assert "missing or damaged" in str(found[2])
    assert ticks == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {path.name for path in (shelf / READINGS).iterdir()} <= used


def test_reading_is_called_off(shelf, monkeypatch):
    monkeypatch.setattr(module, "Readers", Readers)
    flag = threading.Event()
    flag.set()
    with pytest.raises(CalledOffError):
        read_entries([entry(shelf)], Settings(home=shelf), Blobs(shelf), lambda *_: None, flag)
