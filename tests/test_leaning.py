"""Whether a question leans on what was said before it, told by its words."""

import pytest

from summitqa.leaning import content, dangles, leaned_on, leans, strange


@pytest.mark.parametrize(
    "question",
    [
        "Is it allowed to smoke?",
        "How long does it take to repair a roof?",
        "Is there a garden?",
        "Are there any lockers?",
        "Did Trump say that the talks failed?",
        "What did Trump do when he landed?",
        "If a badge is lost, who replaces it?",
        "Why did Zelensky stay away?",
        "In which city did the leaders meet?",
        "What are the rules of this server?",
        "What happens to those who insult moderators?",
        "Where do I apply for leave and who signs it?",
        "when can we swim, and what does it cost?",
        "Did Putin please his host?",
        "What is Bitcoin?",
        "bitcoin price?",
        "is it going to rain today?",
        "it's so hot today",
        "will it snow tomorrow?",
    ],
)
def test_a_complete_question_does_not_lean(question):
    assert not leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "why?",
        "and Europe?",
        "what about students?",
        "how many of them?",
        "in which languages?",
        "which one?",
        "who was there?",
        "when was that?",
        "What is the capital of that country?",
        "what did critics say about it?",
        "how old are they?",
        "what then?",
        "is it going to be paid?",
        "is it so hard?",
        "And what does it cost?",
        "who signs it and when?",
    ],
)
def test_a_question_that_points_outside_itself_leans(question):
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        # What a pronoun may stand for is said before it, in another clause or behind a mark.
        "If the keeper is ill, who replaces him?",
        "Did the keeper say that he left?",
        "The keeper: where does he live?",
        "Did the keeper feed his bees?",
        "Is the keeper ill when he stays at home?",
        # "It" that stands for nothing.
        "Is it true that bees sleep?",
        "Is it safe if bees swarm?",
        "Is it good for bees?",
        "Is it normal when bees swarm?",
        "Is it still very warm in the hive?",
        "What is honey and how is it made?",
        # "There", "that", "this" and "then" that point at nothing before.
        "Is there honey?",
        "There are how many bees?",
        "Which bees are there in summer?",
        "Who said that bees sleep?",
        "What is this channel for?",
        "Is this server run by bees?",
        "Who feeds those who fall ill?",
        "Do bees then sleep?",
        "Which bee is the first one in the hive?",
        # Whole questions, though they are short or open with a small word.
        "In which hive do bees sleep?",
        "What do bees eat?",
        "How many bees sleep?",
        "bee keeping",
        "which bees and hives",
        "which bees sleep",
        "What happens in winter?",
        # Of several nouns any may be meant, and the clause may begin right behind it.
        "Does the keeper say that the queen feeds him?",
        "The keeper: is the queen with him?",
        "Do we feed the bees when they sleep?",
        "Is Trump with us when he lands?",
    ],
)
def test_what_says_all_that_it_asks_for_does_not_lean(question):
    assert not leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "Did the keeper feed him?",  # of its own clause a noun is not meant
        "Did the keeper feed her?",
        "Can we say when bees feed them?",
        "Who complains when he is ill?",  # a verb is not meant
        "Did the keeper feed him in summer?",
        "Ill or well, does it sleep?",
        "Is he ill?",
        "Where is his hive?",
        "or honey from the hive?",
        "so bees sleep in winter?",
        "but do bees sleep?",
        "how about the bees in winter?",
        "from the hive?",
        "which bees?",
        "whose hive?",
        "how much honey?",
        "Is it allowed?",
        "Is it safe there?",
        "Is it good honey?",
        "Do bees sleep there?",
        "What happens there in winter?",
        "Who said that?",
        "Is that hive full?",
        "Are these bees ill?",
        "Is this hive full?",
        "What do bees do then?",
        "then what do bees do?",
        "Which one is full?",
        "Where is the other one kept?",
        "Is the hive a good one?",
        "And when?",
        "who else?",
    ],
)
def test_what_leaves_something_unsaid_leans(question):
    assert leans(question)


def test_a_noun_at_the_head_is_known_by_the_shelf():
    assert not leans("Bees, do they sleep?", {"bee"})
    assert leans("Bees, do they sleep?")
    assert leans("Since when do they sleep?", {"sinc", "sleep"})  # this names nothing


def test_as_many_earlier_questions_are_needed_as_lean_on_one_another():
    context = ["Who keeps bees?", "What do bees eat?", "and why?", "and when?"]
    assert leaned_on("and where?", context) == ["What do bees eat?", "and why?", "and when?"]
    assert leaned_on("Do bees sleep?", context) == []
    assert leaned_on("and where?", ["and when?"]) == ["and when?"]
    assert leaned_on("and where?", []) == []


def test_what_the_shelf_has_no_word_of_is_strange():
    assert strange("Do bees dance?", {"bee"})
    assert not strange("Do bees dance?", {"bee", "danc"})
    assert not strange("And why is that?", set())


def test_what_only_asks_for_a_kind_of_answer_is_no_content():
    assert [word.folded for word in content("Can somebody explain the hive again?")] == ["hive"]
    assert content("and why exactly?") == []


def test_a_pronoun_dangles_where_nothing_before_it_may_be_meant():
    assert dangles("does she open the hives?")
