"""Follow-ups are understood in the light of what was asked before; a change of topic is let be."""

import json
from pathlib import Path

from summitqa.library import Library
from summitqa.question import leans

TURNS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "conversations.jsonl")
    .read_text("utf-8")
    .splitlines()
]


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
    assert helped >= 16
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
