"""Follow-ups are understood in the light of what was asked before; a change of topic is let be."""

import json
from pathlib import Path

import pytest

from summitqa.encoder import Encoder
from summitqa.errors import QuestionError
from summitqa.leaning import leans
from summitqa.library import Library
from summitqa.reader import Reader
from summitqa.settings import Settings
from summitqa_bot.service.conversation import carried, unanswered
from summitqa_index.build import build
from tests.fakes import job

DATA = Path(__file__).parent / "data"
WRITTEN = [
    json.loads(line) for line in (DATA / "conversations.jsonl").read_text("utf-8").splitlines()
]
TURNS = [turn for turn in WRITTEN if "shelf" not in turn]


@pytest.fixture(scope="module")
def shelves(
    bundled: Library, encoder: Encoder, reader: Reader | None, tmp_path_factory
) -> dict[str, Library]:
    """The bundled article, and the papers of a library, a game's server and a museum."""
    home = tmp_path_factory.mktemp("community")
    build(job(Settings(home=home), encoder), [str(DATA / "community")])
    return {"bundled": bundled, "community": Library(home, encoder, reader)}


def opens(question: str) -> bool:
    return question.startswith("and")


def test_what_was_answered_since_the_subject_changed_is_carried_three_turns_at_most():
    for turns, kept in (
        ([], []),
        ([("and b", True)], ["and b"]),
        ([("a", True), ("and b", False)], ["a"]),
        ([("a", True), ("and b", True), ("c", True), ("and d", True)], ["c", "and d"]),
        ([("a", True), ("b", False)], []),
        ([("a", True), *((f"and {n}", True) for n in range(4))], ["and 1", "and 2", "and 3"]),
        ([("a", True), *((f"and {n}", True) for n in range(2))], ["a", "and 0", "and 1"]),
    ):
        assert carried(turns, opens) == kept


def test_what_was_asked_last_is_unanswered_or_not():
    for turns, left in (
        ([], False),
        ([("a", True)], False),
        ([("a", False)], True),
        ([("a", False), ("b", True)], False),
        ([("a", True), ("b", False)], True),
        ([("a", False), ("b", True), ("c", True)], False),
    ):
        assert unanswered(turns) is left


def right(library: Library, turn: dict, context: list[str]) -> bool:
    answer = library.ask(turn["second"] if context else turn["second"] + " then", context=context)
    return answer.matches[0].citation.passage.number in turn["second_paragraphs"]


def test_thirty_conversations_find_more_with_context_than_without(bundled):
    follow_ups = [turn for turn in TURNS if turn["kind"] == "follow-up"]
    switches = [turn for turn in TURNS if turn["kind"] == "switch"]
    assert len(TURNS) == len(follow_ups) + len(switches) == 30
    alone = sum(right(bundled, turn, []) for turn in follow_ups)
    helped = sum(right(bundled, turn, [turn["first"]]) for turn in follow_ups)
    kept = sum(right(bundled, turn, [turn["first"]]) for turn in switches)
    print(f"follow-ups right first: {helped} of {len(follow_ups)} with context, {alone} without")
    print(f"changes of topic right first: {kept} of {len(switches)} with context")
    assert helped >= 18
    assert helped >= 2 * alone
    assert kept == len(switches)


def test_a_question_that_stands_alone_ignores_the_conversation(bundled):
    question = "What did Trump call the presidential limousine?"
    assert not leans(question)
    alone = bundled.ask(question)
    after = bundled.ask(question, context=["What are the root causes?"])
    assert alone.to_json() == after.to_json()


def test_an_off_topic_question_is_refused_in_a_conversation_too(bundled):
    context = ["What did Putin demand?", "and what did Trump say?"]
    assert not bundled.ask("How do I bake sourdough bread at home?", context=context).found


def test_a_follow_up_that_names_what_it_asks_for_is_answered_by_that(bundled):
    for asked, said in (
        ("what about Russian media?", "Russian media hailed"),
        ("and what did Putin say?", "Putin had applauded"),
    ):
        answer = bundled.ask(asked, context=["What did Trump call the presidential limousine?"])
        assert answer.matches[0].citation.quote.startswith(said)


def test_a_name_is_asked_of_and_not_what_was_asked_of_before(bundled):
    """Of the limousine alone it is surer, and that is not what is asked."""
    before = "What did Trump call the presidential limousine?"
    named, unnamed = (
        bundled.ask(asked, context=[before]).matches[0].citation.quote
        for asked in ("and what did Putin say?", "and what did he say?")
    )
    assert "Putin" in named
    assert "Beast" in unnamed
    wanted = bundled.ask("and what did Putin want?", context=[before])
    assert wanted.matches == bundled.ask("and what did Putin want?").matches


def test_a_chain_of_follow_ups_reaches_back_to_the_question_it_hangs_on(bundled):
    answer = bundled.ask(
        "and why?", context=["Was the working lunch held?", "who was invited to it?"]
    )
    assert answer.matches[0].citation.passage.number == 10


def test_a_single_word_is_a_question_in_a_conversation(bundled):
    assert bundled.ask("Where?", context=["What attack on Trump was Putin alluding to?"]).matches


def test_a_follow_up_to_what_was_found_is_found_and_to_what_was_not_is_not(bundled):
    assert bundled.ask("how many of them?", context=["Who was kneeling by the plane?"]).found
    assert not bundled.ask(
        "how long does it take?", context=["How do I bake sourdough bread?"]
    ).found
    found = [bundled.ask(turn["second"], context=[turn["first"]]).found for turn in TURNS]
    print(f"follow-ups and switches answered: {sum(found)} of {len(found)}")
    assert sum(found) >= 28


def second_turns(shelves: dict[str, Library], kind: str) -> tuple[int, int, int]:
    """Count second turns of a kind, those with the right passage first, and those found."""
    asked = right_first = found = 0
    for turn in (turn for turn in WRITTEN if turn["kind"] == kind):
        library = shelves[turn["shelf"]]
        assert library.ask(turn["first"]).found or kind == "complete", turn["first"]
        answer = library.ask(turn["second"], context=[turn["first"]])
        first = answer.matches[0].citation
        in_article = first.article.slug == turn.get("article", first.article.slug)
        asked += 1
        right_first += in_article and first.passage.number in turn["second_paragraphs"]
        found += answer.found
    print(f"{kind}: {asked}, right first {right_first}, found {found}")
    return asked, right_first, found


def test_a_question_on_another_subject_is_refused_as_a_second_turn_too(shelves):
    asked, _, found = second_turns(shelves, "off-topic")
    assert asked >= 50
    assert found <= 0.05 * asked


def test_a_complete_question_after_an_unrelated_one_is_answered_as_if_alone(shelves):
    asked, right_first, found = second_turns(shelves, "complete")
    assert asked >= 60
    assert right_first >= asked - 5
    assert found >= asked - 3


def test_what_leans_still_does(shelves):
    asked, right_first, found = second_turns(shelves, "leaning")
    assert asked >= 70
    assert right_first >= asked - 4
    assert found >= asked - 9


@pytest.mark.parametrize("turn", ["hi", "thanks!", "😀", "", "lol", "How do I bake bread?"])
def test_an_earlier_turn_never_breaks_a_later_one(bundled, turn):
    assert not bundled.ask("how do I bake bread?", context=[turn]).found
    assert bundled.ask("What did Putin demand?", context=[turn]).found
    assert bundled.ask("and why?", context=["What did Putin demand?", turn]).matches


def test_a_single_word_that_the_shelf_holds_is_a_search(shelves):
    for word in ("rules", "vacation", "Whale?"):
        assert shelves["community"].ask(word).found
    with pytest.raises(QuestionError, match="single word"):
        shelves["community"].ask("bitcoin")


@pytest.fixture(scope="module")
def garden(encoder: Encoder, tmp_path_factory) -> Library:
    """A few paragraphs under headings."""
    home = tmp_path_factory.mktemp("garden")
    build(job(Settings(home=home), encoder), [str(DATA / "garden.md")])
    return Library(home, encoder)


def test_a_single_word_of_a_heading_is_a_search(garden):
    answer = garden.ask("parking?")
    assert answer.found
    assert answer.matches[0].citation.passage.heading == ("Parking",)
    with pytest.raises(QuestionError, match="the articles do not speak of"):
        garden.ask("bitcoin?")


def test_a_word_of_a_heading_is_one_that_a_pronoun_may_stand_for(garden):
    assert garden.leans("Fees, are they paid in cash?")
    assert not garden.leans("Parking, is it free?")


@pytest.mark.parametrize("question", ["does he garden?", "is she there?", "what is his number?"])
def test_a_pronoun_for_what_was_not_answered_is_found_by_nothing(garden, question):
    assert garden.ask("who looks after the bees?").found
    assert not garden.ask("who is the king of Spain?").found
    assert not garden.ask(question, unanswered=True).found


def test_what_says_enough_itself_is_found_whatever_its_pronoun_means(garden):
    assert garden.ask("may they use a hose in the garden?", unanswered=True).found


@pytest.mark.parametrize("said", ["is it going to rain today?", "it's so hot today"])
def test_the_weather_is_not_answered_by_what_was_spoken_of(garden, said):
    assert not garden.ask(said, context=["who looks after the bees?"]).found


def test_a_question_in_another_script_is_not_called_a_single_word(bundled):
    for question in ("プーチンは何を要求しましたか", "什么是比特币", "Ευχαριστώ;"):
        assert not bundled.ask(question).found
