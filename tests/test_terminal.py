"""What the terminal shows of an answer, with colours and without."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from summitqa.answer import Answer, Band
from summitqa_bot import strings
from summitqa_bot.commands import terminal
from summitqa_index.changes import PassageChange
from tests.fakes import index, library, write

LONG = " ".join(f"word{n}" for n in range(200))
QUESTION = "What colour is the door?"


@pytest.fixture
def answer(tmp_path) -> Answer:
    texts = (f"{LONG}. The colour of the door is red. {LONG}.", "A door has a colour. Or two.")
    shelf = write(tmp_path / "shelf", {"door.txt": "\n\n".join(texts)})
    index(tmp_path / "home", shelf)
    return library(tmp_path / "home").ask(QUESTION)


def shown(answer: Answer, width: int = 80, **how: object) -> str:
    given = {"color_system": None, "force_terminal": False, "no_color": None} | how
    console = Console(file=io.StringIO(), width=width, highlight=False, **given)
    console.print(terminal.answer(answer, answer.matches[:3]))
    return console.file.getvalue()


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize(
    "how",
    [
        {},  # a pipe, or TERM=dumb
        {"color_system": "truecolor", "force_terminal": True, "no_color": True},
    ],
)
def test_without_colours_every_quote_is_marked(answer: Answer, width: int, how: dict):
    text = words(shown(answer, width, **how).replace("\x1b[1m", "").replace("\x1b[0m", ""))
    for match in answer.matches[:3]:
        assert f"»{match.citation.quote}«" in text


def test_with_colours_the_quote_is_bold_and_no_more(answer: Answer):
    text = shown(answer, color_system="truecolor", force_terminal=True, no_color=False)
    assert "»" not in text
    quote = answer.matches[0].citation.quote
    assert re.findall(r"\x1b\[1m(.*?)\x1b\[0m", text)[0].strip() == quote


def test_first_comes_how_far_to_trust_it_then_the_quote_its_citation_and_the_rest(answer: Answer):
    lines = [line.strip() for line in shown(replace(answer, band=Band.STRONG)).splitlines()]
    assert lines[0].startswith("Strong match (")
    assert lines[0].endswith(f" %) · “{QUESTION}”")
    first = answer.matches[0].citation
    text = words(" ".join(lines[1:]))
    assert text.startswith(f"»{first.quote}« [1] Door, ¶1 […] word163 ")


def test_a_doubtful_answer_never_reads_as_one(answer: Answer):
    text = shown(replace(answer, band=Band.WEAK, confidence=0.2))
    assert text.startswith("The closest passage, it may not answer this (20 %) · “")


def test_the_rest_of_a_long_passage_is_shortened_around_the_quote(answer: Answer):
    (long,) = [one for one in answer.matches if "red" in one.citation.quote]
    text = words(shown(answer, 400))
    assert "»The colour of the door is red.« [" in text
    beside = text.partition(long.citation.quote)[2].partition("»")[0]
    assert "¶1 […] word163 word164 " in beside
    assert "word162" not in beside
    assert " word199. […]" in beside


def test_what_does_not_answer_is_quoted_without_its_surroundings(answer: Answer):
    text = words(shown(replace(answer, found=False)))
    first = answer.matches[0].citation
    assert f"»{first.quote}« [1] Door, ¶1" in text
    assert "word163" not in text


def listed(changes: list[PassageChange], width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, color_system=None)
    console.print(terminal.differences(changes))
    return console.file.getvalue()


def test_a_change_is_the_words_that_are_other_with_a_few_around_them():
    said = listed([
        PassageChange("door", f"{LONG} red {LONG}", f"{LONG} blue {LONG}"),
        PassageChange("door", None, "It has \x1b[31ma bell."),
        PassageChange("wall", "It is old.", None),
        PassageChange("wall", "It\nis white.", "It is white."),
    ])  # fmt: skip
    lines = said.splitlines()
    assert lines[0] == "door"
    assert "- […] " in said and " red word0 " in words(said) and " blue word0 " in words(said)
    assert len(words(said)) < 500
    assert "+ It has [31ma bell." in said
    assert lines[-3:] == ["wall", "  - It is old.", f"  {strings.SAME_WORDS}"]


def test_of_many_changes_the_first_are_shown_and_the_others_counted():
    said = listed([PassageChange("a", None, f"Line {n} is new.") for n in range(232)])
    assert "Line 19 is" in said and "Line 20 is" not in said
    assert said.splitlines()[-1] == "… and 212 more"


def test_the_numbers_behind_an_answer_keep_to_their_line_and_each_quote_to_its_own(tmp_path):
    text = "Guests sleep in the attic.\n\nThe garden closes at noon in winter.\n"
    shelf = write(tmp_path / "shelf", {"house-rules-of-the-inn.txt": text})
    index(tmp_path / "home", shelf)
    found = library(tmp_path / "home").why("When does the garden close?")
    console = Console(width=80, file=io.StringIO())
    console.print(terminal.explanation(found))
    lines = console.file.getvalue().splitlines()
    assert any("The garden closes at noon in winter." in line for line in lines)
    numbered = [line for line in lines if re.search(r"¶\d.* not read ", line)]
    assert len(numbered) == 2, lines
    assert not any("…" in line for line in lines)
