"""What a person may ask: in which article, after which questions, and what is kept of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from summitqa.answer import Answer, Band
from summitqa.errors import QuestionError
from summitqa.question import MAX_CHARACTERS, NO_QUESTION
from summitqa_bot import strings
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.answering import Answering
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from tests.fakes import index, library, shelves, write

ASKER = Actor("slack", "U1", "T1", "C1", "C1:1.0", workspaces=frozenset({"T1"}))
OTHER = replace(ASKER, user="U2")
TOLLS = "\n\n".join(f"The toll of bridge {n} is {n} shillings a cart." for n in range(1, 21))
QUESTION = "What is the toll of bridge 7?"


class Asked:
    """Answers that are as sure as is wanted, and what was asked for."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.given: list[dict[str, Any]] = []

    def __call__(self, question: str, **given: Any) -> Answer:
        self.given.append({"question": question, **given})
        return replace(self.answer, question=question)

    def sure(self, band: Band, *, found: bool = True) -> None:
        self.answer = replace(self.answer, band=band, found=found)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return write(tmp_path / "shelf", {"tolls.txt": TOLLS, "mill.txt": "The mill grinds rye."})


@pytest.fixture
def answering(tmp_path: Path, shelf: Path) -> Answering:
    home = tmp_path / "home"
    index(home, shelf)
    state = State(home)
    return Answering(shelves(library(home), state), state, Settings(home=home), Metrics())


@pytest.fixture
def asked(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> Asked:
    real = answering._shelves.house.library.ask(QUESTION, top=3)
    made = Asked(replace(real, found=True, band=Band.LIKELY))
    monkeypatch.setattr(answering._shelves.house.library, "ask", made)
    return made


def test_twelve_passages_are_looked_for_to_turn_the_pages_of(answering, asked):
    answering.ask(ASKER, QUESTION, None, False)
    assert asked.given[0]["top"] == 12


def test_of_a_message_five_passages_are_shown_and_no_more_of_it_is_read_than_of_a_question(
    answering,
):
    found = answering.find(ASKER, f"{QUESTION} {'The toll is high. ' * 200}")
    assert len(found.cards) == 5
    with pytest.raises(QuestionError, match=f"{MAX_CHARACTERS:,}"):
        answering.ask(ASKER, "toll " * 300, None, False)


@pytest.mark.parametrize(
    ("said", "answer"),
    [("thanks!", strings.WELCOME), ("lol", NO_QUESTION), ("👍", NO_QUESTION)],
)
def test_what_is_no_question_gets_a_sentence_and_is_not_searched_for(
    answering, asked, said, answer
):
    reply = answering.ask(ASKER, said, None, False)
    assert (reply.text, reply.private, asked.given) == (answer, True, [])


def test_who_asks_for_help_is_told_what_can_be_asked_alone(answering, asked):
    reply = answering.ask(ASKER, "help", None, False)
    assert (reply.note, reply.private) == (strings.HELP_NOTE, True)
    assert not answering.help(ASKER).private


def test_a_named_article_comes_before_that_of_the_channel(answering, asked):
    answering.set_channel(ASKER, ["mill"])
    for named, searched in (("tolls", "tolls"), (None, "mill")):
        answering.ask(ASKER, QUESTION, named, False)
        assert asked.given[-1]["article"] == searched
    answering.ask(replace(ASKER, channel=None), QUESTION, None, False)
    assert asked.given[-1]["article"] is None


def test_an_article_that_has_gone_is_a_channels_no_longer(answering, shelf, tmp_path):
    assert "Mill" in answering.set_channel(ASKER, ["mill"]).text
    (shelf / "mill.txt").unlink()
    index(tmp_path / "home", shelf)
    answering._shelves.house.library.refresh()
    assert answering.find(ASKER, QUESTION).cards
    assert "Mill" not in answering.ask(ASKER, QUESTION, None, False).text


def test_where_there_is_no_channel_none_is_given_an_article(answering):
    reply = answering.set_channel(replace(ASKER, channel=None), ["mill"])
    assert reply.text == strings.NO_CHANNEL


def test_what_was_asked_in_private_is_leaned_on_by_nobody(answering, asked):
    answering.ask(ASKER, QUESTION, None, True)
    answering.ask(ASKER, "And of bridge 8?", None, False)
    assert asked.given[-1]["context"] == []
    answering.ask(ASKER, "And of bridge 9?", None, False)
    assert asked.given[-1]["context"] == ["And of bridge 8?"]


def test_outside_a_thread_nothing_is_leaned_on(answering, asked):
    alone = replace(ASKER, thread=None)
    for question in (QUESTION, "And of bridge 8?"):
        answering.ask(alone, question, None, False)
        assert asked.given[-1]["context"] == []


@pytest.mark.parametrize(
    ("band", "found", "spoken"),
    [(Band.LIKELY, True, True), (Band.WEAK, True, False), (Band.LIKELY, False, False)],
)
def test_unasked_one_speaks_only_where_sure(answering, asked, band, found, spoken):
    asked.sure(band, found=found)
    answer = answering.overhear(ASKER, QUESTION, None, False)
    assert (answer is not None) is spoken
    assert answer is None or answer().cards


def test_what_is_no_question_is_met_with_silence_unasked(answering):
    for said in ("is the toll " * 300, "Zanzibar?"):
        assert answering.overhear(ASKER, said, None, False) is None


def test_what_goes_on_from_nothing_is_not_answered_unasked(answering, asked):
    assert answering.overhear(ASKER, "how much is it?", None, False) is None
    answering.ask(ASKER, QUESTION, None, False)
    assert answering.overhear(ASKER, "how much is it?", None, False)


def test_a_bare_question_is_answered_unasked_for_whoever_was_answered_last(answering, asked):
    assert answering.overhear(ASKER, "why?", None, False) is None
    for who in (OTHER, ASKER):
        answering.ask(who, QUESTION, None, False)
    assert answering.overhear(ASKER, "why?", None, False)
    assert answering.overhear(OTHER, "why?", None, False) is None


def test_each_answer_has_a_name_that_nobody_guesses_and_buttons_have_room_for(answering, asked):
    refs = [answering.ask(ASKER, QUESTION, None, False).ref for _ in range(20)]
    assert len(set(refs)) == 20
    assert all(10 <= len(ref) <= 40 for ref in refs)


def test_an_answer_of_one_article_that_does_not_answer_names_it(answering, asked):
    asked.sure(Band.WEAK, found=False)
    title = answering._shelves.house.library.store.article("mill").title
    named = answering.ask(ASKER, QUESTION, "mill", False)
    assert named.text == strings.NOT_FOUND_IN.format(title=title)
    assert answering.ask(ASKER, QUESTION, None, False).text == strings.NOT_FOUND
