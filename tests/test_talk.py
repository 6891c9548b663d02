"""What a message is, told by its words."""

import time

import pytest

from summitqa_bot.wording.talk import Kind, asks, bare, goes_on, kind_of


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
    ["afk for a bit", "back now", "evening all", "night guys", "i'm off to bed", "+1",
     "congratulations on the new job!", "happy new year all", "get well soon anna", "so excited",
     "don’t worry about it", "take care", "no worries at all", "my bad, wrong thread",
     "sorry for the late reply", "good luck tomorrow everyone!", "have a lovely evening",
     "we're on our way", "let's do this", "gotta run, talk later", "glad it worked out",
     "that's hilarious", "that made my day", "it was great to see you all", "best day ever",
     "I'm sooo tired today", "i agree with tom", "same here", "works for me", "ugh my bus is late",
     "oh wow what a game", "ok, never mind, solved it", "hahaha that was me", "you’re the best"],
)  # fmt: skip
def test_remarks_ask_for_nothing(text):
    assert kind_of(text) is Kind.REACTION


@pytest.mark.parametrize(
    "text", ["cheers, that fixed it", "much appreciated, will do", "got it, ta"]
)
def test_thanks_with_a_remark(text):
    assert kind_of(text) is Kind.THANKS


@pytest.mark.parametrize(
    "text",
    ["late fee", "dress code", "guest pass", "address", "happy hour", "good friday opening", "back pain",
     "thank you card template", "welcome pack contents", "afk timeout", "wow guild rules", "ta hours",
     "lol team trials", "good luck charm price", "well done steak", "take care of the bees",
     "happy new year opening hours", "merry christmas opening times", "happy friday lunch menu",
     "welcome back bonus amount", "good luck with visa", "get well card shop", "enjoy your meal vouchers",
     "love that museum hours", "see ya location of the meetup", "just got back my deposit",
     "have a good source on the ceasefire", "night bus", "night team",
     "morning session", "+1 policy", "have fun activities for kids", "haha max players"],
)  # fmt: skip
def test_key_words_are_searched_for(text):
    assert kind_of(text) is Kind.QUESTION


@pytest.mark.parametrize(
    "text",
    ["hi, opening hours", "no worries, opening hours then", "congrats! and the entry fee",
     "ok so how much is it then", "haha ok but when does it start", "right and what about saturdays",
     "sorry, one more thing: can i bring a friend", "see you there, is it far", "ugh, entry fee",
     "we are five people, do we need a ticket", "happy birthday anna, parking", "that was fun?",
     "that was fun？", "i'm off tomorrow, whats the number", "that's nice but is it free"],
)  # fmt: skip
def test_no_question_after_a_remark_is_lost(text):
    assert kind_of(text) is Kind.QUESTION


@pytest.mark.parametrize(
    "text",
    ["i lost my key", "my tent is broken what now", "i can't log in", "im allergic to nuts",
     "i'm locked out", "sorry i forgot my password", "ugh i lost my ticket", "we want to book the hall",
     "let me know the fee", "wondering if dogs are allowed", "i'm so confused about the deposit",
     "that is not working", "i gotta cancel my booking", "haha i heard nero sang", "no news yet",
     "i'll arrive after midnight", "still waiting for my refund", "can't find the toilets"],
)  # fmt: skip
def test_a_wish_or_a_trouble_is_searched_for(text):
    assert kind_of(text) is Kind.QUESTION


def test_a_story_is_searched_for():
    assert kind_of("that was fun and so we walked on and on along the long river to the sea") is (
        Kind.QUESTION
    )


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
     "have a good weekend everyone", "can't wait for the summit",
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


def test_a_long_run_of_marks_takes_no_longer_than_it_is_long():
    # Gone over from each of its marks, it takes minutes.
    start = time.perf_counter()
    assert kind_of(f"a{'.,' * 50_000}b") is Kind.QUESTION
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("why?", False),
        ("and then?", False),
        ("and her?", False),
        ("is he?", False),
        ("what happens now?", False),
        ("is she there?", True),  # somebody who was spoken of
        ("how much is it?", True),
        ("what is her number?", True),
        ("hives?", True),
        ("where is the key?", True),
    ],
)
def test_a_bare_question_names_nothing(text, named):
    assert bare(text) is not named


def test_the_longer_the_smaller_the_talk_must_be():
    assert kind_of("hello, a very good morning to you all") is Kind.HELP
    assert kind_of("thanks, and is it good for all of you?") is Kind.QUESTION
