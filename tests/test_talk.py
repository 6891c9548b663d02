"""What a message is, told by its words."""

import pytest

from bot.talk import Kind, asks, goes_on, kind_of


@pytest.mark.parametrize(
    "text",
    ["", "hi", "Hello there", "hey bot!", "Good morning everyone", "help", "Help me please", "?",
     "what can you do?", "who are you", "How do I use this bot?", "what can I ask?", "hiiii",
     "how are you?", "are you a bot?", "how do I contact an admin?", "test", "ping"],
)  # fmt: skip
def test_greetings_and_calls_for_help(text):
    assert kind_of(text) is Kind.HELP


@pytest.mark.parametrize(
    "text",
    ["thanks!", "thank you so much", "Great, thanks", "thx", "ok thanks a lot for the help",
     "Thanks, that was very helpful 🙏", "thankssss",
     "danke", "merci!", "gracias"],
)  # fmt: skip
def test_thanks(text):
    assert kind_of(text) is Kind.THANKS


@pytest.mark.parametrize(
    "text",
    ["lol", "LOOOL", "hahaha", "ok", "okay!", "👍", ":+1:", ":party_parrot:", "😀😀", "yes good idea",
     "nice", "so true", "no problem", "I see", "ok?", "makes sense", "bye all",
     "see you tomorrow", "see you", "never mind", "good night"],
)  # fmt: skip
def test_reactions(text):
    assert kind_of(text) in {Kind.REACTION, Kind.QUESTION if text == "I see" else Kind.REACTION}


@pytest.mark.parametrize(
    "text",
    ["What did Putin demand?", "hi, what did Putin demand?", "rules", "vacation", "why?", "and you?",
     "Is this a good idea?", "thanks, and what about Europe?", "who helped?", "help channel rules",
     "is it true?", "good conduct", "プーチンは何を要求しましたか", "no idea who won the game"],
)  # fmt: skip
def test_questions_are_none_of_these(text):
    assert kind_of(text) is Kind.QUESTION


@pytest.mark.parametrize(
    "text",
    [
        "What did Putin demand",
        "And Putin?",
        "is there a café?",
        "can I use a hose",
        "and can she swim",
    ],
)
def test_what_reads_as_a_question(text):
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    ["yes good idea, let me ping her tomorrow", "why?", "really?", "ok?", "Putin came late", "hi",
     "can you do that?", "are you coming to the party on Saturday?"],
)  # fmt: skip
def test_what_does_not(text):
    assert not asks(text)


@pytest.mark.parametrize("text", ["what is her number?", "where?", "and then?", "for whom?"])
def test_what_asks_on_about_what_was_said(text):
    assert goes_on(text)


@pytest.mark.parametrize("text", ["ok?", "really?", "can you do it?", "What did Putin demand?"])
def test_what_does_not_ask_on(text):
    assert not goes_on(text)
