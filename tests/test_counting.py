"""Numbers read as English, of one thing as of several."""

import io
import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from summitqa.errors import GateError
from summitqa.settings import HOUSE
from summitqa_bot.commands import keeping, terminal
from summitqa_bot.service import reports
from summitqa_bot.service.reindexer import outcome
from summitqa_bot.state import State
from summitqa_bot.state.erasure import Erased
from summitqa_bot.wording import replies
from tests.fakes import index, library, shelves, write

ONE = re.compile(r"(?<![\d.])1 (?!is\b|has\b)\w+s\b")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    case = {"question": "What colour is the door?", "paragraphs": [1]}
    return write(
        tmp_path / "shelf", {"a.txt": "The door is red.", "questions.jsonl": json.dumps(case)}
    )


def screen(shown: object) -> str:
    console = Console(file=io.StringIO(), width=1000)
    console.print(shown)
    return console.file.getvalue()


def test_what_is_told_of_one_passage_reads_as_english(tmp_path, shelf):
    home = tmp_path / "home"
    first, again = index(home, shelf), index(home, shelf, force=True)
    assert "1 passage embedded" in screen(terminal.report(first))
    assert "1 passage reused" in str(replies.reindexed(again).note)
    assert "0 passages reused" in str(replies.reindexed(first).note)
    with closing(State(home)) as state:
        said = reports.status(shelves(library(home), state), HOUSE).text
    assert said.startswith("1 article, 1 passage, 1 sentence; built")


def test_the_loss_of_one_question_reads_as_english(tmp_path, shelf):
    index(tmp_path / "home", shelf)
    write(shelf, {"a.txt": "Nothing here."})
    with pytest.raises(GateError) as lost:
        index(tmp_path / "home", shelf)
    for said in (str(lost.value), replies.explained(lost.value, ()).text, outcome(lost.value)):
        assert "1 " in said
        assert not re.search(ONE, said), said
    assert "1 question would lose its answer" in outcome(lost.value)


def test_one_day_reads_as_english():
    assert "when 1 day old" in keeping._told("slack", Erased(1, 1, 1, 1, 1), 1)
    assert "when 90 days old" in keeping._told("slack", Erased(1, 1, 1, 1, 1), 90)


def test_that_nothing_has_changed_is_said_once(tmp_path):
    source = write(tmp_path / "shelf", {"door.md": "The door is red.", "mill.md": "It is old."})
    index(tmp_path / "home", source)
    reply = replies.reindexed(index(tmp_path / "home", source))
    assert reply.text.endswith("s: 2 articles unchanged.")
    assert f"{reply.text} {reply.note}".count("chang") == 1
