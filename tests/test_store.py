"""A store: what it gives back, and that a wrong one is refused though its checksums are right."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from summitqa.errors import ArticleUnknownError, IndexDamagedError
from summitqa.files import MANIFEST, Manifest, read_manifest, write_durably
from summitqa.folder.arrays import load_arrays
from summitqa.folder.nearest import dump_index
from summitqa.folder.store import ARTICLES, LEXICON, TABLES, TEXT, TOKENS, VECTORS, Store
from summitqa.snapshot import status
from tests.fakes import dump_arrays, index, library, write

SOURCE = """---
title: The Bridge
date: 2025-03-04
url: https://site.example/bridge
author: Ann Lee
---
# The Bridge

The bridge was built of oak. It is old — and “grünlich”.

## Later

It fell in May.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shelf = write(tmp_path / "s", {"a.md": SOURCE, "b.txt": "The tower stands.\n\nIt leans."})
    index(tmp_path / "home", shelf)
    return library(tmp_path / "home").store.folder


def test_a_store_gives_back_the_articles_as_they_were_indexed(folder):
    article = Store.open(folder).nth(0)
    assert (article.slug, article.title, article.credit) == ("a", "The Bridge", "Ann Lee")
    assert (str(article.published), article.url) == ("2025-03-04", "https://site.example/bridge")
    assert article.text == SOURCE
    quotes = [article.text[s.start : s.end] for p in article.passages for s in p.sentences]
    assert quotes == [
        "The bridge was built of oak.", "It is old — and “grünlich”.", "It fell in May.",
    ]  # fmt: skip
    assert [passage.heading for passage in article.passages] == [(), ("Later",)]


def test_a_store_knows_the_words_of_titles_and_headings(folder):
    store = Store.open(folder)
    assert [words.tolist() for words in store.headed("bridg")] == [[0], []]
    assert [words.tolist() for words in store.headed("later")] == [[], [1]]
    assert [words.tolist() for words in store.headed("oak")] == [[], []]
    assert "later" in store.lexicon.vocabulary


def test_an_unknown_article_is_named_with_those_there_are(folder):
    with pytest.raises(ArticleUnknownError, match="'c'; the shelf has a, b"):
        Store.open(folder).number("c")


def test_status_keeps_its_contract(folder):
    said = status(Store.open(folder))
    assert set(said) == {
        "index_version", "built_at", "model", "articles", "passages", "sentences", "bytes",
    }  # fmt: skip
    assert (said["articles"], said["passages"], said["sentences"]) == (2, 4, 5)
    assert said["bytes"] == sum(p.stat().st_size for p in folder.iterdir() if p.name != MANIFEST)


def reseal(folder: Path, changes: dict[str, bytes], **facts: Any) -> None:
    """Write other content, and a manifest that agrees with it."""
    manifest = read_manifest(folder)
    files = dict(manifest.files)
    for name, raw in changes.items():
        files[name] = write_durably(folder / name, raw)
    write_durably(folder / MANIFEST, Manifest({**manifest.facts, **facts}, files).dump())


def arrays(name: str, **changes: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        found = load_arrays(raw)
        return dump_arrays(**{**found, **{key: do(found[key]) for key, do in changes.items()}})

    return change


def put(place: Any, value: Any) -> Callable[[Any], Any]:
    def change(array: Any) -> Any:
        array = array.copy()
        array[place] = value
        return array

    return change


def records(**changes: Any) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        lines = [{**json.loads(line), **changes} for line in raw.splitlines()]
        return "".join(json.dumps(line) + "\n" for line in lines).encode()

    return change


def other_index(make: Callable[[int], Any]) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        made = make(16)
        made.add(np.zeros((5, made.d), np.float32))
        return dump_index(made)

    return change


WRONG: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("no zip", TABLES, lambda raw: b"junk"),
    ("cut zip", TABLES, lambda raw: raw[: len(raw) // 2]),
    ("a table too few", TABLES, lambda raw: dump_arrays(articles=np.zeros(2))),
    ("a pickle", TABLES, lambda raw: dump_arrays(articles=np.asarray([{}], object))),
    ("floats for numbers", TABLES, arrays(TABLES, articles=lambda a: a.astype(float))),
    ("not from 0", TABLES, arrays(TABLES, articles=put(0, 1))),
    ("descending", TABLES, arrays(TABLES, passages=put(1, 4))),
    ("negative", TABLES, arrays(TABLES, sentences=put(1, -4))),
    ("past the end", TABLES, arrays(TABLES, sentences=put(-1, 10**9))),
    ("an article too many", TABLES, arrays(TABLES, articles=put(-1, 99))),
    ("a passage past its text", TABLES, arrays(TABLES, passage_spans=put((3, 1), 10**6))),
    ("a passage before it", TABLES, arrays(TABLES, passage_spans=put((0, 0), -1))),
    ("a sentence outside", TABLES, arrays(TABLES, sentence_spans=put((0, 1), 10**6))),
    ("an empty sentence", TABLES, arrays(TABLES, sentence_spans=put((0, 1), 0))),
    ("a heading too many", TABLES, arrays(TABLES, headings=put(0, 99))),
    ("a piece too many", TABLES, arrays(TABLES, pieces=put(0, 10**6))),
    ("a negative piece", TABLES, arrays(TABLES, pieces=put(0, -1))),
    ("no number", TABLES, arrays(TABLES, scales=put(0, np.nan))),
    ("keys too short", TABLES, arrays(TABLES, keys=lambda a: a[:, :8])),
    ("a flat table", TABLES, arrays(TABLES, passage_spans=lambda a: a.reshape(-1))),
    ("no JSON", ARTICLES, lambda raw: b"{\n"),
    ("no article", ARTICLES, lambda raw: b""),
    ("a title too few", ARTICLES, records(title=None)),
    ("a date that is none", ARTICLES, records(published="soon")),
    ("a number for a URL", ARTICLES, records(url=7)),
    ("no UTF-8", TEXT, lambda raw: b"\xff" * len(raw)),
    ("text too short", TEXT, lambda raw: raw[:-1]),
    ("no text", TEXT, lambda raw: b""),
    ("tokens too few", TOKENS, lambda raw: raw[:-1]),
    ("no tokens", TOKENS, lambda raw: b""),
    ("tokens too many", TOKENS, lambda raw: raw + raw),
    ("no lexicon", LEXICON, lambda raw: b""),
    ("a posting too many", LEXICON, arrays(LEXICON, sentences=put(0, 99))),
    ("starts that descend", LEXICON, arrays(LEXICON, starts=put(1, 10**9))),
    ("a sentence without words", LEXICON, arrays(LEXICON, lengths=put(0, 0))),
    ("a heading too few", LEXICON, arrays(LEXICON, lengths=lambda a: a[:-1])),
    ("a word too many", LEXICON, arrays(LEXICON, vocabulary=lambda a: np.append(a, [10, 97]).astype(np.uint8))),
    ("no index", VECTORS, lambda raw: b""),
    ("a cut index", VECTORS, lambda raw: raw[:60]),
    ("vectors that ask for memory", VECTORS, lambda raw: raw[:37] + b"\xff" * 7 + raw[44:]),
    ("another kind of index", VECTORS, other_index(faiss.IndexFlatL2)),
    ("another dimension", VECTORS, other_index(lambda d: faiss.IndexFlatIP(d + 1))),
    ("a graph", VECTORS, other_index(lambda d: faiss.IndexHNSWFlat(d, 4))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change"), [(w[1], w[2]) for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_a_wrong_store_is_refused_though_its_checksums_are_right(folder, name, change):
    reseal(folder, {name: change((folder / name).read_bytes())})
    with pytest.raises(IndexDamagedError) as caught:
        Store.open(folder)
    assert caught.value.files


@pytest.mark.parametrize("facts", [
    {"dimension": 0}, {"dimension": "16"}, {"dimension": 17}, {"dimension": None}, {"sources": 7},
    {"passages": 99}, {"headings": []}, {"headings": None}, {"checksum": None},
])  # fmt: skip
def test_a_manifest_that_says_what_is_not_so_is_refused(folder, facts):
    reseal(folder, {}, **facts)
    with pytest.raises(IndexDamagedError):
        Store.open(folder)


def test_a_resealed_store_that_is_right_opens(folder):
    reseal(folder, {TABLES: arrays(TABLES)((folder / TABLES).read_bytes())})
    assert Store.open(folder).nth(1).slug == "b"


def test_packed_arrays_are_refused_before_they_swell(tmp_path):
    import io

    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.zeros(10**6))
    with pytest.raises(ValueError, match="not compressed"):
        load_arrays(buffer.getvalue())
