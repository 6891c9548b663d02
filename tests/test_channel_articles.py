"""What a channel is about: one article or several, and no other as long as none is named."""

from pathlib import Path

import pytest

from summitqa.encoder import Encoder
from summitqa.errors import ArticleUnknownError, InputError
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.answering import Answering
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.presses import Presses
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_index.build import build
from tests.fakes import job, shelves, write

ASKER = Actor("slack", "U1", "T1", "C1")
RULES = "# Rules\n\nDogs stay on the lead.\n\nQuiet hours begin at ten in the evening.\n"
FAQ = "# FAQ\n\nParking is free on Sundays.\n\nA lost card is replaced for eight euros.\n"
FERRY = "# Ferry\n\nThe ferry to the island leaves at noon.\n"
QUIET, CARD, BOAT = (
    "When do quiet hours begin?",
    "What does a lost card cost?",
    "When does the ferry leave?",
)
BREAD = "How do I bake sourdough bread?"
BOTH = "“Rules”, “FAQ”"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return write(tmp_path / "shelf", {"rules.md": RULES, "faq.md": FAQ, "ferry.md": FERRY})


@pytest.fixture
def answering(tmp_path: Path, sources: Path, encoder: Encoder) -> Answering:
    settings = Settings(home=tmp_path / "home")
    build(job(settings, encoder), [str(sources)])
    state = State(settings.home)
    opened = shelves(Library(settings.home, encoder), state)
    return Answering(opened, state, settings, Metrics())


def quotes(reply) -> list[str]:
    return [card.quote for card in reply.cards]


def test_a_channel_may_be_about_several_articles_and_is_about_these_alone(answering):
    said = answering.set_channel(ASKER, ["rules", "faq", "rules"])
    assert said.text == strings.CHANNEL_SET.format(titles=BOTH)
    for question, answer in ((QUIET, "at ten"), (CARD, "eight euros")):
        assert answer in quotes(answering.ask(ASKER, question, None, False))[0]
    assert "noon" not in " ".join(quotes(answering.ask(ASKER, BOAT, None, False)))
    assert "noon" in quotes(answering.ask(ASKER, BOAT, "ferry", False))[0]
    assert "noon" not in " ".join(quotes(answering.find(ASKER, "The ferry leaves soon.")))
    assert answering.set_channel(ASKER, []).text == strings.CHANNEL_CLEARED
    assert "noon" in quotes(answering.ask(ASKER, BOAT, None, False))[0]


def test_where_none_of_them_answers_each_is_named(answering):
    answering.set_channel(ASKER, ["rules", "faq"])
    said = answering.ask(ASKER, BREAD, None, False)
    assert said.text == strings.NOT_FOUND_AMONG.format(titles=BOTH)


def test_pages_are_turned_through_all_of_them_and_no_other(answering):
    answering.set_channel(ASKER, ["rules", "faq"])
    reply = answering.ask(ASKER, QUIET, None, False)
    pressed = Presses(answering._shelves, answering._state, 3)
    more = pressed.press(ASKER, f"more:{reply.ref}.1", "")
    shown = [*quotes(reply), *quotes(more)]
    assert shown[0].startswith("Quiet hours")
    assert sorted(one.split()[0] for one in shown) == ["A", "Dogs", "Parking", "Quiet"]


def test_those_that_have_gone_are_left_out_and_where_all_have_gone_all_are_asked(
    answering, sources, encoder
):
    answering.set_channel(ASKER, ["rules", "faq"])
    left = (strings.NOT_FOUND_IN.format(title="FAQ"), strings.NOT_FOUND)
    for gone, said in zip(("rules.md", "faq.md"), left, strict=True):
        (sources / gone).unlink()
        build(job(answering._shelves.settings_of("house"), encoder), [str(sources)])
        answering._shelves.house.library.refresh()
        assert answering.ask(ASKER, BREAD, None, False).text == said


def test_more_than_are_asked_at_once_or_one_that_is_not_there_changes_nothing(answering):
    answering.set_channel(ASKER, ["ferry"])
    with pytest.raises(InputError, match="5 articles at most, but 6"):
        answering.set_channel(ASKER, ["rules", "faq", "ferry", "a", "b", "c"])
    with pytest.raises(ArticleUnknownError, match="nope"):
        answering.set_channel(ASKER, ["rules", "nope"])
    assert answering.rules(ASKER).articles == ("ferry",)
