"""The questions offered to begin with: made from the shelf, and answered by it."""

from dataclasses import replace

import pytest

from summitqa.answer import Band
from summitqa.library import Library
from summitqa_bot.service import examples as module
from summitqa_bot.service.examples import MOST, examples
from tests.fakes import index, write

HANDBOOK = """# Handbook

## Parking
Park behind the building only; cars in front of it are towed after ten minutes.

## Laser Cutter
Only members who have passed the course may use it, and never alone.

## Fees
Fees are due on the first of the month: 25 euros, for students 12.
"""
MINUTES = """Minutes of the board meeting, 3 March

Present were Anna Keller and Jonas Ott. The budget was approved, though Jonas Ott asked for a
second offer for the roof.

The roof will be mended in May. Priya Raman gets the offers by the next meeting.
"""
FAQ = """# Questions

**How much does a ticket to the museum cost?**

A ticket to the museum costs nine euros, and children come in free.
"""


@pytest.fixture
def shelf(tmp_path, encoder):
    def of(**files: str) -> Library:
        home = tmp_path / "home"
        names = {name.replace("_", "."): text for name, text in files.items()}
        index(home, write(tmp_path / "shelf", names), encoder=encoder)
        return Library(home, encoder)

    return of


def test_the_bundled_article_offers_as_many_as_are_wanted_each_found_and_by_another_passage(
    bundled,
):
    offered = examples(bundled, MOST)
    answers = [bundled.ask(question) for question in offered]
    assert len(set(offered)) == MOST
    assert all(answer.found for answer in answers)
    assert len({answer.matches[0].citation.passage.number for answer in answers}) == MOST
    assert examples(bundled, 2) == offered[:2]


def test_headings_become_questions_that_read_naturally(shelf):
    offered = examples(shelf(handbook_md=HANDBOOK), MOST)
    assert "What is said about parking?" in offered
    assert "What is said about fees?" in offered
    assert not any("laser Cutter" in question for question in offered)


GENERIC = """# The workshop

## Introduction
The workshop opens at nine, and whoever has a key may come sooner.

## Notes
Bring gloves; the lathe throws hot chips.

## Overview
It has a lathe, two saws and a kiln.

## Opening hours
Monday to Friday from nine to six.
"""


def test_headings_that_any_article_has_become_no_questions(shelf):
    offered = " ".join(examples(shelf(workshop_md=GENERIC), MOST)).lower()
    assert not any(one in offered for one in ("introduction", "notes", "overview"))


@pytest.mark.parametrize("amiss", ["weak", "heading"])
def test_what_is_answered_weakly_or_by_a_heading_is_not_offered(shelf, monkeypatch, amiss):
    library = shelf(handbook_md=HANDBOOK)
    assert examples(library, MOST)
    module._known.clear()
    asked = module._ask

    def other(library, question):
        answer = asked(library, question)
        if answer is None or not answer.matches:
            return answer
        if amiss == "weak":
            return replace(answer, band=Band.WEAK)
        match = answer.matches[0]
        passage = replace(match.citation.passage, heading=(f"{match.citation.quote.upper()}:",))
        citation = replace(match.citation, passage=passage)
        return replace(answer, matches=(replace(match, citation=citation),))

    monkeypatch.setattr(module, "_ask", other)
    assert examples(library, MOST) == ()


def test_an_article_without_headings_offers_what_it_names(shelf):
    library = shelf(minutes_txt=MINUTES)
    offered = examples(library, MOST)
    assert any(one.endswith("about the roof?") for one in offered)
    assert all(question.startswith("What ") for question in offered)
    assert "next" not in " ".join(offered)


def test_what_is_not_answered_or_answered_by_another_article_is_not_offered(shelf, monkeypatch):
    library = shelf(handbook_md=HANDBOOK, minutes_txt=MINUTES)
    nonsense = module._Candidate("What happens on Jupiter at night?", "handbook", frozenset([1]))
    elsewhere = module._Candidate("What is said about the roof?", "handbook", frozenset([1]))
    monkeypatch.setattr(module, "_candidates", lambda store: iter([nonsense, elsewhere]))
    assert examples(library, MOST) == ()


def test_a_question_of_the_articles_own_is_not_offered_where_only_itself_answers_it(shelf):
    library = shelf(faq_md=FAQ)
    for question in examples(library, MOST):
        assert library.ask(question).matches[0].citation.quote != question


def test_they_are_worked_out_once_for_each_version(shelf, monkeypatch):
    library = shelf(handbook_md=HANDBOOK)
    first = examples(library, MOST)
    monkeypatch.setattr(library, "ask", lambda *_, **__: pytest.fail("asked again"))
    assert examples(library, MOST) == first


def test_a_large_shelf_costs_no_more_questions_than_a_small_one(shelf, monkeypatch):
    files = {
        f"n{number}_md": f"# N{number}\n\n## Rule {number}\nRule {number} is {number}."
        for number in range(60)
    }
    library = shelf(**files)
    asked, ask = [], library.ask
    monkeypatch.setattr(
        library, "ask", lambda text, **given: asked.append(text) or ask(text, **given)
    )
    examples(library, MOST)
    assert 0 < len(asked) <= module._TRIES
