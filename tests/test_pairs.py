"""The file of what was taught: its lines, what is no line, and who changes it at once."""

import json
import logging
import multiprocessing
import os
from pathlib import Path

import pytest
from test_taught import ASKED, HUTS, RULES, build, first, home, lead, line  # noqa: F401

from summitqa.errors import InputError, QuestionError
from summitqa.taught import QUESTIONS, Pair, pairs_of, read_raw, teach
from summitqa_bot.commands.cli import main
from tests.fakes import library

# ruff: noqa: F811 - fixtures of another module


def test_the_same_question_taught_again_replaces_its_pair(home):
    teach(home, lead())
    teach(home, Pair("can i bring my POODLE along", "rules", (3,), "Nobody smokes in the garden."))
    (pair,) = pairs_of(read_raw(home))
    assert pair.paragraphs == (3,)
    assert first(library(home), ASKED) == "Nobody smokes in the garden."


def test_pairs_are_the_lines_that_eval_reads_and_keep_what_else_was_said(home):
    (home / QUESTIONS).write_bytes(line(by="Ann") + b"\n\n")
    teach(home, lead())
    lines = [json.loads(one) for one in (home / QUESTIONS).read_text("utf-8").splitlines()]
    assert lines[0]["by"] == "Ann"
    assert lines[1] == {
        "question": ASKED,
        "article": "rules",
        "paragraphs": [2],
        "answer": lead().answer,
    }


def test_a_pair_is_made_of_a_passage_by_its_number(home):
    article = library(home).store.article("rules")
    assert Pair.of(ASKED, article, 2) == lead()
    with pytest.raises(InputError, match="has no paragraph 9; expected 1 to 3"):
        Pair.of(ASKED, article, 9)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b"nonsense", "is not a pair"),
        (b"[]", "is not a pair"),
        (b"{}", 'has no "question"'),
        (line(paragraphs=[]), "is not a pair"),
        (line(paragraphs=[0]), "is not a pair"),
        (line(paragraphs=[True]), "is not a pair"),
        (line(paragraphs=3), "is not a pair"),
        (line(article=None), "is not a pair"),
        (line(answer=" "), "is not a pair"),
        (line(answer=None), "is not a pair"),
        (line(question="?!"), "is not a pair"),
        (b"[" * 100_000, "is not a pair"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_a_line_that_is_no_pair_is_named(bad, said):
    with pytest.raises(InputError, match=f"^Line 3 of {QUESTIONS} {said}") as error:
        pairs_of(line() + b"\n\n" + bad)
    assert str(error.value).count(". ") == 0


def test_a_damaged_file_is_told_of_once_and_what_was_known_stays(home, caplog):
    teach(home, lead())
    asked = library(home)
    whole = (home / QUESTIONS).read_bytes()
    (home / QUESTIONS).write_bytes(whole + b"nonsense")
    with caplog.at_level(logging.WARNING):
        asked.refresh()
        asked.refresh()
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == [
        "summitqa.lessons"
    ]
    assert "Line 2" in asked.lessons.trouble
    assert asked.ask(ASKED).taught == ASKED
    (home / QUESTIONS).write_bytes(whole)
    asked.refresh()
    assert asked.lessons.trouble == ""


def test_a_shelf_whose_file_is_damaged_from_the_start_answers_untaught(home):
    (home / QUESTIONS).mkdir()
    asked = library(home)
    assert asked.ask(ASKED).matches and asked.lessons.trouble


def test_a_damaged_file_is_not_written_over(home):
    (home / QUESTIONS).write_bytes(b"nonsense\n")
    with pytest.raises(InputError, match="Line 1"):
        teach(home, lead())
    assert (home / QUESTIONS).read_bytes() == b"nonsense\n"


def test_what_is_no_question_is_not_taught(home):
    with pytest.raises(QuestionError):
        teach(home, lead(question="?"))
    with pytest.raises(InputError):
        teach(home, lead(answer=""))
    assert not (home / QUESTIONS).exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_two_that_teach_at_once_lose_nothing(home):
    fork = multiprocessing.get_context("fork")
    both = [fork.Process(target=_teach_some, args=(home, name)) for name in ("poodle", "beagle")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(pairs_of(read_raw(home))) == 40


def _teach_some(home: Path, name: str) -> None:
    for number in range(20):
        teach(home, lead(question=f"Can I bring {name} number {number}?"))


def run(home: Path, capsys, *arguments: str) -> tuple[int, str]:
    """Call the command; give its exit code and what it printed."""
    with pytest.raises(SystemExit) as ended, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["summitqa", "--home", str(home), *arguments])
        main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_a_command_teaches_lists_and_takes_back(home, capsys):
    asked = ("teach", ASKED, "--article", "rules")
    assert run(home, capsys, "taught") == (0, "nothing was taught\n")
    assert run(home, capsys, *asked, "--paragraph", "2")[0] == 0
    assert library(home).ask(ASKED).taught == ASKED
    _, listed = run(home, capsys, "taught")
    assert "rules ¶2" in listed and ASKED in listed
    build(home.parent, "The hall opens at nine.\n", force=True)
    _, listed = run(home, capsys, "taught", "--json")
    (line,) = json.loads(listed)["taught"]
    assert line["silent"] is True and line["question"] == ASKED
    assert run(home, capsys, *asked, "--forget")[0] == 0
    assert run(home, capsys, *asked, "--forget")[0] == 2
    assert run(home, capsys, *asked)[0] == 2
    assert run(home, capsys, *asked, "--paragraph", "7")[0] == 2
    assert run(home, capsys, "teach", ASKED, "--article", "nowhere", "--paragraph", "1")[0] == 2
