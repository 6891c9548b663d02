"""The benchmark's own arithmetic, and a small slice of it as a guard against regressions."""

import json
import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import asking, communities, corpus, figure, growth, measures, page, perturb, report
from summitqa.encoder import Encoder
from summitqa.ranking import TARGET
from summitqa.retrieval import Models
from summitqa_bot.wording.reply import Card, Reply
from summitqa_index.export.pinned import MINILM, source_of
from summitqa_index.export.sbert import load_fallback
from summitqa_index.models import load_encoder
from tests.conftest import shared


def test_calibration_error_of_an_honest_and_of_a_boastful_confidence():
    chance = np.random.default_rng(0)
    said = chance.uniform(size=20_000)
    right = (chance.uniform(size=20_000) < said).astype(float)
    assert measures.calibration_error(said, right) < 0.02
    assert measures.calibration_error(np.full(20_000, 0.9), right) == pytest.approx(0.4, abs=0.02)


def test_a_section_takes_the_place_of_the_one_that_stood_there_and_of_nothing_else():
    old = f"# Benchmarks\n\n## {page.TITLE}\n\nOld.\n\n## Growth\n\nMuch.\n"
    new = page.spliced(old, f"## {page.TITLE}\n\nNew.\n")
    assert new == old.replace("Old", "New")
    assert page.spliced(new, f"## {page.TITLE}\n\nNew.\n") == new
    alone = page.spliced("# Benchmarks\n", f"## {page.TITLE}\n\nNew.\n")
    assert alone == f"# Benchmarks\n\n## {page.TITLE}\n\nNew.\n"


def test_coverage_takes_the_surest():
    assert measures.at_coverage(np.array([0.9, 0.1]), np.array([1.0, 0.0]), 0.5) == 1


def test_auroc_counts_ties_as_half():
    assert measures.auroc(np.array([2.0, 3.0]), np.array([1.0])) == 1
    assert measures.auroc(np.array([1.0]), np.array([1.0])) == 0.5


def test_an_interval_holds_the_mean_and_draws_whole_clusters():
    values = np.asarray([1.0, 1, 0, 0])
    assert measures.interval(values, ["a", "a", "b", "b"]) == (0, 1)
    low, high = measures.interval(values, ["a", "b", "a", "b"])
    assert low == high == 0.5


def test_typed_questions_differ_in_one_word():
    text = "Who rolled out the red carpet for Putin?"
    for seed in range(30):
        typed = perturb.slip(text, random.Random(seed))
        assert sum(a != b for a, b in zip(text.split(), typed.split(), strict=True)) <= 1
    assert perturb.lower(text, random.Random(0)) == "who rolled out the red carpet for putin"


def test_a_figure_knows_whether_its_floor_is_reached():
    assert figure.Figure("recall", 0.9, floor=0.88).reached is True
    assert figure.Figure("error", 0.04, floor=0.03, most=True).reached is False
    assert figure.Figure("other", 0.5).reached is None


def test_the_page_says_what_was_not_reached():
    page = report.render(report.Findings(quality=[figure.Figure("recall@1", 0.5, floor=0.88)]))
    assert "## Not reached" in page
    assert "recall@1: 0.500, held to ≥ 0.88" in page
    assert "cannot be refused reliably" in page


def test_the_page_leads_with_peoples_own_questions_and_says_what_was_fitted_on():
    one = [figure.Figure("recall@1", 0.5)]
    page = report.render(report.Findings(natural=one, quality=one))
    assert page.index("## People's own questions") < page.index("## SQuAD")
    told = json.loads(TARGET.read_text("utf-8"))["fitted"]["on"]
    assert f"**Fitted on:** {told}" in page


def test_absent_data_is_said_in_one_sentence(tmp_path: Path):
    told = corpus.missing(tmp_path)
    assert told is not None
    assert "--data" in told
    assert corpus.FITTING in told


@pytest.fixture(scope="module")
def slice_() -> corpus.Corpus:
    """The shortest article of the reported data, with its questions."""
    whole = corpus.read(shared("bench", corpus.REPORTED))
    shortest = min(whole.articles, key=lambda article: len(article.passages))
    questions = [asked for asked in whole.questions if asked.article == shortest.slug]
    return corpus.Corpus((shortest,), tuple(questions[::2][:60]))


def right(slice_: corpus.Corpus, encoder: Encoder, folder: Path) -> list[bool]:
    store = corpus.store_of(slice_.articles, encoder, folder)
    asked = asking.ask_all(store, Models(encoder), slice_.questions, asking.own)
    return [one.rank == 1 for one in asked]


def test_a_slice_of_the_data_is_answered_as_well_as_ever(
    slice_: corpus.Corpus, encoder: Encoder, tmp_path: Path
):
    found = right(slice_, encoder, tmp_path / "int8")
    assert sum(found) >= 0.85 * len(found)


def test_int8_loses_nothing(slice_: corpus.Corpus, minilm: Path, tmp_path: Path):
    few = corpus.Corpus(slice_.articles, slice_.questions[:30])
    served = right(few, load_encoder(minilm, MINILM), tmp_path / "int8")
    exact = right(few, load_fallback(source_of(MINILM)), tmp_path / "float32")
    assert sum(served) >= sum(exact) - 1


def test_growth_is_kept_between_runs():
    point = growth.Point(1, 2, 3.0, 1.0, 0.1, 4.0, 5.0, 6.0, 1.0, 0.99)
    assert growth.load(growth.dump([point], "today, here")) == ([point], "today, here")
    page = report.render(report.Findings(growth=[point], grown="today, here"))
    assert "Measured today, here" in page


@pytest.mark.parametrize(
    ("kept", "quote", "told"),
    [
        ({}, "Mine.", "own"),
        ({"shelf": "house"}, "Anything.", "house"),
        ({"found": False}, "", "not found"),
        ({"community": "discord-2"}, "Mine.", None),
        ({"shelf": "discord-2"}, "Mine.", None),
        ({}, "Another's.", None),
        (None, "Mine.", None),
    ],
)
def test_many_communities_are_held_to_their_own_shelves(kept, quote, told):
    own = {"community": "discord-1", "shelf": "discord-1", "found": True}
    known = None if kept is None else SimpleNamespace(**own | kept)
    desk = SimpleNamespace(_state=SimpleNamespace(answer=lambda _: known))
    reply = Reply("", (Card("[1]", "", quote, ""),), ref="a")
    if told is not None:
        assert communities.held(desk, 1, reply, ["Mine."]) == told
        return
    with pytest.raises(AssertionError):
        communities.held(desk, 1, reply, ["Mine."])
