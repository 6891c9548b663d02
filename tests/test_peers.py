"""What is compared with peers, how each one's spans are counted, and what is said of it."""

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import report, versus
from benchmarks.corpus import NEAR_TOPIC, Asked, Corpus
from benchmarks.natural import SHELF, WIKI
from benchmarks.peers import ours, sizes, systems, worker
from benchmarks.peers.run import CHEAP, MEAN, OURS, Row
from benchmarks.peers.task import task
from summitqa.encoder import Encoder
from summitqa.retrieval import Models
from summitqa_index.sources.document import Document, Paragraph, join
from summitqa_index.sources.passages import to_article


def article(slug: str, *paragraphs: str):
    text, blocks = join(Paragraph(one, (f"On {slug}",)) for one in paragraphs)
    return to_article(Document(text, blocks, title=slug.title(), slug=slug), slug)


HENS = article("hens", "Six hens a plot are allowed.", "The coop is cleaned on Sunday.")
TRAMS = article("trams", "The new line opens in June.", "A tram runs every\nten minutes.")
OFTEN = Asked("how often?", None, (("trams", 2), ("hens", 2)), (("tram", "every ten"), ("Sunday",)))
SHELFFUL = Corpus((HENS, TRAMS), (OFTEN, Asked("a bus?", None, kind=NEAR_TOPIC)))


def test_a_shelf_is_asked_whole_and_articles_one_by_one():
    whole = task(SHELFFUL, 10)
    assert [[one["title"] for one in shelf] for shelf in whole["shelves"]] == [["Hens", "Trams"]]
    assert [one["places"] for one in whole["questions"]] == [[(1, 1), (0, 1)]]
    when = Asked("when does it open?", "trams", (("trams", 1),), (("June",),))
    apart = task(Corpus((HENS, TRAMS), (when,)), 10)
    assert [len(shelf) for shelf in apart["shelves"]] == [1, 1]
    assert [(one["shelf"], one["places"]) for one in apart["questions"]] == [(1, [(0, 0)])]


def test_a_span_counts_for_the_paragraph_it_overlaps_and_any_right_place_counts():
    given = task(SHELFFUL, 10)
    shelf, asked = given["shelves"][0], given["questions"][0]
    (a, b), (c, d) = shelf[1]["paragraphs"]
    got = worker._ask(asked, lambda *_: [(1, a, b), (1, c - 1, d), (0, 0, 3)], shelf)
    assert (got["rank"], got["held"]) == (2, False)
    assert worker._ask(asked, lambda *_: [(1, c, d)], shelf)["held"]
    assert worker._ask(asked, lambda *_: [], shelf)["rank"] == 0


class Embeddings:
    """Of txtai what is used of it; what shares most words comes first."""

    def __init__(self, **_: Any) -> None:
        self.held: list[tuple[int, str, None]] = []

    def index(self, rows: Iterator[tuple[int, str, None]]) -> None:
        self.held = list(rows)

    def search(self, question: str, top: int) -> list[tuple[int, float]]:
        asked = set(question.split())
        found = [(number, float(len(asked & set(text.split())))) for number, text, _ in self.held]
        return sorted(found, key=lambda one: -one[1])[:top]


def test_a_peer_that_takes_paragraphs_gets_those_of_all_articles(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "txtai", SimpleNamespace(Embeddings=Embeddings))
    given = task(SHELFFUL, 10)
    shelf = given["shelves"][0]
    search = systems.txtai(hybrid=False)("model", shelf)
    assert worker._ask(given["questions"][0], search, shelf)["rank"] > 0
    assert search("A tram runs", 1) == [(1, *shelf[1]["paragraphs"][1])]


def test_summitqa_gets_titles_and_headings(monkeypatch: pytest.MonkeyPatch, encoder: Encoder):
    seen = []
    monkeypatch.setattr(ours, "models_here", lambda: Models(encoder))
    kept = ours.store_of
    monkeypatch.setattr(
        ours, "store_of", lambda shelf, *rest: seen.extend(shelf) or kept(shelf, *rest)
    )
    shelf = task(SHELFFUL, 10)["shelves"][0]
    number, start, end = ours.summitqa()("model", shelf)("how often does a tram run?", 1)[0]
    assert shelf[number]["text"][start:end] == "A tram runs every\nten minutes."
    assert [(one.title, one.passages[0].heading) for one in seen] == [
        ("Hens", ("On hens",)),
        ("Trams", ("On trams",)),
    ]
    assert seen[1].passages == TRAMS.passages


def row(system: str, hits: str, mean: float) -> Row:
    firsts = [(f"article {n % 2}", hit == "1") for n, hit in enumerate(hits)]
    return Row(system, {"recall@1": hits.count("1") / len(hits), MEAN: mean}, firsts)


def test_the_margin_is_to_the_best_peer_and_the_ratio_to_the_cheapest_encoding():
    rows = [row(OURS, "1111", 12), row("good", "1110", 20), row(CHEAP, "1000", 10)]
    figures = versus.margins({SHELF: [*rows, Row("broken", {}, failed="no such module")]})
    margin, ratio = figures
    assert "good" in margin.name
    assert SHELF in margin.name
    assert (margin.value, ratio.value) == (0.25, 1.2)
    assert (margin.floor, ratio.floor) == (0.12, 1.2)
    assert CHEAP in ratio.name
    assert versus.margins({}) == versus.margins({WIKI: [row(OURS, "1", 1)]}) == []


def test_the_page_sets_every_set_beside_peers():
    rows = [Row(OURS, {}, failed="it broke"), row("good", "1110", 20)]
    page = report.render(report.Findings(peers={WIKI: rows, SHELF: rows}))
    assert page.index(f"### On {WIKI}") < page.index(f"### On {SHELF}")
    assert "did not run: it broke" in page
    assert "| good | 0.750 |" in page


def test_installed_size_counts_what_is_required():
    assert sizes.installed(["import-linter"]) > sizes.installed(["grimp"]) > 0
