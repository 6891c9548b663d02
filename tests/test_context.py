"""What stands before a sentence when it is read alone."""

import pytest

from summitqa.asks import only_listens
from summitqa.context import answer_to, first_asks, heading_of, lead_of, says_something
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

HANDBOOK = """\
# The handbook

## Doors

The big door opens at nine on all days of the week. It closes at ten. Members with a fob may stay as long as they like.

## Questions

### May I bring a dog?

Into the front hall, on a lead. Not past the yellow line where the machines are standing.

MARA — When did you start?

JON — In the spring of 2015, when nobody else had time for mending.
"""


@pytest.fixture
def article():
    return to_article(read_plain(HANDBOOK.encode(), markdown=True), "handbook")


def found(article, begins):
    return next(
        (passage, place)
        for passage in article.passages
        for place, one in enumerate(passage.sentences)
        if article.text[one.start :].startswith(begins)
    )


def test_a_passage_knows_its_title_and_headings(article):
    passage, _ = found(article, "The big door")
    assert heading_of(article, passage) == "The handbook. Doors."


@pytest.mark.parametrize(
    ("begins", "lead"),
    [
        ("The big door", ""),
        ("It closes", "The big door opens at nine on all days of the week."),
        ("Not past", "May I bring a dog?"),
        ("JON", "MARA — When did you start?"),
    ],
)
def test_a_sentence_is_led_to_by_what_it_speaks_of(article, begins, lead):
    assert lead_of(article, *found(article, begins)) == lead


ROOM = "The reading room of the old library is on the upper floor."


@pytest.mark.parametrize(
    ("own", "led"),
    [
        ("Coats hang on hooks by the door.", True),  # few words
        ("Coats hang on brass hooks by the door.", False),
        ("Coats hang on its brass hooks by the door.", True),  # "its"
    ],
)
def test_a_sentence_is_led_to_where_it_says_little_or_speaks_of_what_was_said(own, led):
    article = to_article(read_plain(f"{ROOM} {own}".encode(), markdown=False), "room")
    assert lead_of(article, article.passages[0], 1) == (ROOM if led else "")


TALK = """\
MARA — When did you start?

JON — In the spring of 2015. It was hard. Why did I stay?

JON — Nobody else would mend a thing.

MARA — What broke?

MARA — And how often?

JON — The old pump, each winter.

## The end

MARA — Would you do it again?

### Afterwards

JON — He has left since.

JON — What a pity, isn't it?
"""


@pytest.fixture
def talk():
    return to_article(read_plain(TALK.encode(), markdown=True), "talk")


def test_an_answer_is_led_to_by_what_was_asked_right_before_it(talk):
    leads = [lead_of(talk, passage, 0).rpartition("— ")[2] for passage in talk.passages[:6]]
    asked = ["When did you start?", "Why did I stay?", "", "What broke?", "And how often?"]
    assert leads == ["", *asked]


def test_the_first_of_a_text_is_led_to_by_nothing_though_the_last_asks():
    text = "JON — It was in the spring.\n\nMARA — And then?"
    article = to_article(read_plain(text.encode(), markdown=False), "talk")
    assert lead_of(article, article.passages[0], 0) == ""


def test_what_only_asks_is_answered_by_the_next_under_its_heading_that_does_not(talk):
    answers = [answer_to(talk, passage) for passage in talk.passages]
    assert [one and one.number for one in answers] == [2, None, None, 6, 6, None, None, None, None]


FAQ = """\
Q:  It uses one core only. What is
    wrong?

A:  Nothing. The file is too small.

Q:  It does not start

A:  Plug it in.
"""


def test_what_stands_behind_a_label_asks_as_one_whatever_its_mark():
    article = to_article(read_plain(FAQ.encode(), markdown=False), "faq")
    quotes = [
        [article.text[one.start : one.end] for one in passage.sentences]
        for passage in article.passages
    ]
    assert quotes == [
        ["It uses one core only. What is\n    wrong?", "Nothing. The file is too small."],
        ["It does not start", "Plug it in."],
    ]
    assert all(first_asks(article, passage) for passage in article.passages)
    assert lead_of(article, article.passages[1], 1) == "It does not start"


@pytest.mark.parametrize(
    "said",
    ["Okay.", "0:00:30.1 **Ann Lee** Yeah!", "ANN: Mm-hmm (affirmative).", "JO — Oh, right."],
)
def test_who_only_listens_says_something_behind_a_question_alone(said):
    assert only_listens(said)
    text = f"It was a long time ago.\n\n{said}\n\nAnd so it began?\n\n{said}"
    article = to_article(read_plain(text.encode(), markdown=False), "talk")
    assert [says_something(article, one) for one in article.passages] == [True, False, True, True]


@pytest.mark.parametrize(
    "said", ["Okay is a word.", "The right one.", "Ann: a saw.", "10:30 Yes or no."]
)
def test_who_says_more_says_something(said):
    assert not only_listens(said)
