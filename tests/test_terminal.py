"""What the terminal shows of an answer, with colours and without."""

import io

import pytest
from rich.console import Console

from bot import terminal
from summitqa.answer import Answer
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
    console.print(terminal.answer(answer, 3))
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
    assert "\x1b[1m" in text


def test_the_next_passages_show_their_quote_within_its_passage_shortened_around_it(answer: Answer):
    (long,) = [one for one in answer.matches if "red" in one.citation.quote]
    one = terminal.card(long.citation, 2)
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(terminal._quote(one))
    text = words(console.file.getvalue())
    assert text.startswith("… word")
    assert "word199. »The colour of the door is red.« word0 word1" in text
    assert " … [2]" in text
    assert len(text) < 500
