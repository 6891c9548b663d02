"""What stands before a sentence when it is read alone."""

import pytest

from summitqa.context import heading_of, lead_of
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
