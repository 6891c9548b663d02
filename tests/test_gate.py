"""The gate: a version that loses questions is kept aside, and the one in use stays."""

import json
from pathlib import Path

import pytest

from summitqa.errors import GateError, InputError
from summitqa.library import VERSIONS, current_version
from summitqa.taught import Pair, teach
from summitqa_index import versions
from summitqa_index.sources.shelf import questions_files
from tests.fakes import CountingEncoder, FakeEncoder, index, library, publisher, write

FACTS = [
    "The bridge was built of oak.",
    "The tower holds a silver bell.",
    "The well gives salty water.",
    "The mill grinds yellow maize.",
]
QUESTIONS = [
    ("What was the bridge built of?", 1),
    ("What bell does the tower hold?", 2),
    ("Which water does the well give?", 3),
    ("What maize does the mill grind?", 4),
]


def questions(*numbers: int) -> str:
    lines = [
        {"question": QUESTIONS[n - 1][0], "paragraphs": [QUESTIONS[n - 1][1]], "article": "a"}
        for n in numbers
    ]
    return "\n".join(json.dumps(line) for line in lines)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return write(
        tmp_path / "shelf", {"a.txt": "\n\n".join(FACTS), "questions.jsonl": questions(1, 2, 3, 4)}
    )


def without(shelf: Path, *facts: int) -> None:
    kept = ["Nothing else." if n in facts else fact for n, fact in enumerate(FACTS, start=1)]
    write(shelf, {"a.txt": "\n\n".join(kept)})


def test_a_paragraph_put_in_at_the_top_loses_nothing(home, shelf):
    index(home, shelf)
    write(shelf, {"a.txt": "\n\n".join(["The village is old.", *FACTS])})
    assert index(home, shelf, gate_tolerance=0).switched


@pytest.mark.parametrize("given", [{}, {"answer": "built of\noak"}])
@pytest.mark.parametrize("now", ["Nothing here.", "The bridge was built of nothing here."])
def test_a_passage_that_says_something_else_is_a_loss_though_its_number_stays(
    home, shelf, given, now
):
    case = {"question": QUESTIONS[0][0], "paragraphs": [1], "article": "a", **given}
    write(shelf, {"a.txt": FACTS[0], "questions.jsonl": json.dumps(case)})
    index(home, shelf)
    write(shelf, {"a.txt": now})
    with pytest.raises(GateError) as caught:
        index(home, shelf)
    assert caught.value.lost == (QUESTIONS[0][0],)


def test_an_answer_is_kept_in_other_words_and_on_other_lines(home, shelf):
    case = {"question": QUESTIONS[0][0], "paragraphs": [1], "answer": "of oak"}
    write(shelf, {"a.txt": FACTS[0], "questions.jsonl": json.dumps(case)})
    index(home, shelf)
    write(shelf, {"a.txt": "The village is old.\n\nThe bridge was newly built of **oak**."})
    assert index(home, shelf, gate_tolerance=0).switched


def test_a_version_that_loses_questions_is_kept_aside_and_they_are_named(home, shelf):
    before = index(home, shelf).index_version
    without(shelf, 2)
    with pytest.raises(GateError) as caught:
        index(home, shelf)
    assert caught.value.lost == (QUESTIONS[1][0],)
    for part in (QUESTIONS[1][0], "3 of the 4", "in use for 4", "questions.jsonl", "--force"):
        assert part in str(caught.value)
    assert current_version(home) == before
    aside = [version for version in versions.listed(publisher(home)) if version.aside]
    assert len(aside) == 1
    assert not aside[0].in_use
    assert versions.verify(publisher(home)) == []


def test_what_was_kept_aside_is_never_gone_back_to(home, shelf):
    first = index(home, shelf).index_version
    without(shelf, 2)
    with pytest.raises(GateError):
        index(home, shelf)
    write(shelf, {"a.txt": "\n\n".join([*FACTS, "The inn is shut."])})
    index(home, shelf)
    assert versions.rollback(publisher(home)) == first
    assert len(list((home / VERSIONS).iterdir())) == 2


def test_force_switches_all_the_same_and_embeds_nothing_twice(home, shelf):
    index(home, shelf)
    without(shelf, 1, 2)
    with pytest.raises(GateError):
        index(home, shelf)
    encoder = CountingEncoder()
    report = index(home, shelf, force=True, encoder=encoder)
    assert report.switched
    assert encoder.texts == []
    assert not any(version.aside for version in versions.listed(publisher(home)))


@pytest.mark.parametrize(("tolerance", "lost", "passes"), [(0, 0, True), (0, 1, False),
                         (25, 1, True), (24, 1, False), (50, 2, True), (100, 4, True)])  # fmt: skip
def test_the_tolerance_is_percent_of_the_questions(home, shelf, tolerance, lost, passes):
    index(home, shelf)
    without(shelf, *range(1, lost + 1))
    write(shelf, {"b.txt": "Another article."})
    if passes:
        assert index(home, shelf, gate_tolerance=tolerance).switched
    else:
        with pytest.raises(GateError):
            index(home, shelf, gate_tolerance=tolerance)


def test_an_article_that_goes_takes_its_questions_along(home, shelf):
    index(home, shelf)
    (shelf / "a.txt").unlink()
    write(shelf, {"b.txt": "Another article."})
    with pytest.raises(GateError) as caught:
        index(home, shelf)
    assert len(caught.value.lost) == 4


def test_there_is_no_gate_without_questions_or_before_the_first_version(home, shelf):
    assert index(home, shelf).switched
    (shelf / "questions.jsonl").unlink()
    without(shelf, 1, 2, 3, 4)
    assert index(home, shelf).switched


def test_questions_that_nothing_answers_count_for_nothing(home, shelf):
    write(shelf, {"questions.jsonl": json.dumps({"question": "Who was it?", "paragraphs": []})})
    index(home, shelf)
    without(shelf, 1, 2, 3, 4)
    assert index(home, shelf).switched


def test_a_malformed_questions_file_is_named_with_its_line(home, shelf):
    before = index(home, shelf).index_version
    write(shelf, {"questions.jsonl": questions(1) + "\nnonsense", "b.txt": "More of it."})
    with pytest.raises(InputError, match=r"Line 2 of questions\.jsonl"):
        index(home, shelf)
    assert current_version(home) == before


def test_with_another_model_the_version_in_use_answers_by_its_own(home, shelf, monkeypatch):
    index(home, shelf)
    other = FakeEncoder()
    other.checksum = "another"
    asked = []
    monkeypatch.setattr(
        "summitqa_index.gate.load_encoder", lambda *given: asked.append(given) or FakeEncoder()
    )
    without(shelf, 3)
    with pytest.raises(GateError):
        index(home, shelf, encoder=other)
    assert asked == [(home, library(home).store.facts["model"])]


def test_questions_stand_in_a_folder_or_beside_it_or_beside_a_file(tmp_path):
    write(
        tmp_path, {"s/a.txt": "x", "s/questions.jsonl": "", "t/a.txt": "x", "questions.jsonl": ""}
    )
    inside, beside = tmp_path / "s" / "questions.jsonl", tmp_path / "questions.jsonl"

    def found(*sources: str) -> list[Path]:
        return questions_files([str(tmp_path / source) for source in sources])

    assert found("s") == found("s/a.txt") == [inside]
    assert found("t") == [beside]
    assert found("s", "t", "s/a.txt") == [inside, beside]
    assert questions_files(["https://site.example/a"]) == []


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("nonsense", "Line 2 of questions.jsonl is not a question"),
        ('{"question": "Who?"}', 'Line 2 of questions.jsonl has no "paragraphs"'),
        ('{"question": "Who?", "article": "z", "paragraphs": [1]}', "in line 2 the article 'z'"),
        ('{"question": "Who?", "article": "a", "paragraphs": [9]}', "in line 2 paragraph 9 of 'a'"),
        ('{"question": "Who?", "paragraphs": [0]}', "in line 2 paragraph 0"),
    ],
)
@pytest.mark.parametrize("given", [{"dry_run": True}, {"force": True}, {}])
def test_what_is_amiss_in_the_questions_is_always_told(home, shelf, line, named, given):
    write(shelf, {"questions.jsonl": f"{questions(1)}\n{line}\n"})
    (told,) = index(home, shelf, **given).skipped
    assert named in told.reason


TAUGHT = "Who put up with the noise?"  # nothing but teaching leads to the bell


def test_what_was_taught_is_held_to_as_long_as_its_text_stands(home, shelf):
    (shelf / "questions.jsonl").unlink()
    index(home, shelf)
    teach(home, Pair.of(TAUGHT, library(home).store.article("a"), 2))
    write(shelf, {"a.txt": "\n\n".join(["The village is old.", *FACTS])})
    assert index(home, shelf, gate_tolerance=0).switched
    without(shelf, 2)
    with pytest.raises(GateError) as lost:
        index(home, shelf, gate_tolerance=0)
    assert lost.value.lost == (TAUGHT,)
