"""What an answer shows and the pages behind it hold each passage once, in order."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa.answer import Answer, Band
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.asked import Asked
from summitqa_bot.links import Links
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.presses import Presses
from summitqa_bot.service.shelves import Shelf
from summitqa_bot.settings import Settings
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply
from tests.test_answer import answer

ASKER = Actor("slack", "U1", "T1", "C1", "C1:1.0", workspaces=frozenset({"T1"}))
likelihoods = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=12)


def shelf(found: Answer, name: str = HOUSE) -> Shelf:
    """A shelf that gives one answer, found in one article."""
    article = found.matches[0].citation.article
    store = SimpleNamespace(
        version=found.index_version, slugs=[article.slug], article=lambda _: article
    )
    return Shelf(name, SimpleNamespace(store=store, ask=lambda *_, **__: found))  # type: ignore[arg-type]


def presses(found: Answer, asked: Asked, **own: Answer) -> Presses:
    """The buttons of an answer of the house shelf, or of communities' own."""
    state = SimpleNamespace(answer=lambda _: asked, hashed=str)
    named = {HOUSE: shelf(found), **{name: shelf(one, name) for name, one in own.items()}}
    links = Links(Settings(home=Path("nowhere")), str)
    asked_by = [*named.values()]
    shelves = SimpleNamespace(
        house=named[HOUSE], get=named.get, asked_by=lambda _: asked_by, links=links
    )
    return Presses(shelves, state, 3)  # type: ignore[arg-type]


def kept(found: Answer, most: int) -> Asked:
    return Asked(
        "r1", "somebody", "slack", "C1", None, found.question, (), [], found.index_version,
        found.found, False, **replies.kept(found, most),
    )  # fmt: skip


def turned(reply: Reply, buttons: Presses) -> list[Reply]:
    """Turn all pages behind a reply."""
    pages = []
    while turn := [one.id for one in reply.buttons if one.action in {"more", "nearest"}]:
        reply = buttons.press(ASKER, turn[0], "")
        pages.append(reply)
    return pages


def numbers(reply: Reply) -> list[int]:
    return [int(re.match(r"\[(\d+)\]", card.label)[1]) for card in reply.cards]


def paragraphs(reply: Reply) -> list[int]:
    return [int(card.label.partition("¶")[2]) for card in reply.cards]


@given(likelihoods, st.integers(1, 10))
def test_each_passage_is_shown_once_in_order_with_a_number_of_its_own(probabilities, most):
    found = answer(probabilities)
    asked = kept(found, most)
    first = replies.shown(asked)
    pages = turned(first, presses(found, asked))
    assert paragraphs(first)[0] == 1
    seen = [one for page in pages for one in paragraphs(page)]
    assert seen == sorted(seen)
    assert sorted([*paragraphs(first), *seen]) == list(range(1, len(probabilities) + 1))
    told = [one for page in (first, *pages) for one in numbers(page)]
    assert told == list(range(1, len(probabilities) + 1))
    assert all(page.cards or page.text == strings.NO_MORE for page in pages)


def offered(reply: Reply) -> bool:
    return any(one.label == strings.BUTTON_MORE for one in reply.buttons)


@given(likelihoods, st.sampled_from(Band), st.integers(1, 10))
def test_pages_are_offered_alike_at_first_and_ever_after(probabilities, band, most):
    found = answer(probabilities, band=band)
    first = replies.answered(found, "r1", private=False, shown=most)
    assert first == replies.shown(kept(found, most))
    assert offered(first) == found.more_beside(most)


@given(likelihoods)
def test_beside_not_found_the_pages_hold_all_of_the_nearest(probabilities):
    found = answer(probabilities, found=False)
    asked = kept(found, 3)
    first = replies.not_found(found, "r1", (), private=False)
    pages = turned(first, presses(found, asked))
    assert pages[0].text == strings.NEAREST
    seen = [one for page in pages for one in paragraphs(page)]
    assert seen == list(range(1, len(probabilities) + 1))


@pytest.mark.parametrize("most", [3, 5])
def test_the_button_of_an_answer_of_an_earlier_version_goes_on_behind_what_that_showed(most):
    found = answer([0.9] + [0.01] * 9)
    shown = replace(found, matches=tuple(replace(one, probability=0.9) for one in found.matches))
    asked = replace(kept(shown, most), excerpts=(), caution="")
    pages = turned(replies.shown(asked), presses(found, asked))
    assert numbers(replies.shown(asked)) == list(range(1, most + 1))
    assert [one for page in pages for one in numbers(page)] == list(range(most + 1, 11))
    assert [one for page in pages for one in paragraphs(page)] == list(range(most + 1, 11))


def test_a_passage_that_a_new_version_moved_is_not_shown_again():
    before, after = answer([0.9, 0.1, 0.1, 0.1]), answer([0.1, 0.9, 0.1, 0.1])
    article = replace(after.matches[0].citation.article, text="A note. A line. B line. C line. ")
    matches = tuple(
        replace(one, citation=replace(one.citation, article=article)) for one in after.matches
    )
    (page,) = turned(
        replies.shown(kept(before, 3)), presses(replace(after, matches=matches), kept(before, 3))
    )
    assert [card.quote for card in page.cards] == ["A note.", "B line.", "C line."]


@pytest.mark.parametrize("component", ["more:r1", "more:r1.0", "more:r1.x", "nearest:r1"])
def test_a_button_without_its_page_gives_the_first_that_was_not_shown(component):
    found = answer([0.9, 0.1, 0.1, 0.1, 0.1])
    page = presses(found, kept(found, 3)).press(ASKER, component, "")
    assert paragraphs(page) == [2, 3, 4]


def test_behind_the_last_page_there_is_none():
    found = answer([0.9, 0.1])
    page = presses(found, kept(found, 3)).press(ASKER, "more:r1.2", "")
    assert page.text == strings.NO_MORE


@pytest.mark.parametrize(
    ("page", "first"), [("2", 5), ("002", 5), ("9999", 2), ("²", 2), ("-1", 2)]
)
def test_a_page_that_no_button_names_is_the_first(page, first):
    found = answer([0.9] + [0.1] * 9)
    turn = presses(found, kept(found, 3)).press(ASKER, f"more:r1.{page}", "")
    assert numbers(turn)[0] == paragraphs(turn)[0] == first


def test_a_page_far_behind_the_last_is_none():
    found = answer([0.9] + [0.1] * 9)
    assert presses(found, kept(found, 3)).press(ASKER, "more:r1.999", "").text == strings.NO_MORE


def test_a_button_works_on_its_own_platform_alone():
    found = answer([0.9, 0.1])
    buttons = presses(found, kept(found, 3))
    assert buttons.press(ASKER, "more:r1.1", "").cards
    for action in ("more", "context", "share", "again", "good"):
        pressed = buttons.press(replace(ASKER, platform="discord"), f"{action}:r1.1", "")
        assert (pressed.text, pressed.private) == (strings.GONE, True)


def test_a_button_asks_the_shelf_that_was_cited_and_the_house_where_that_was_erased():
    own, house = answer([0.9, 0.1, 0.1]), answer([0.9])
    for name, seen in (("own", [2, 3]), ("erased", []), (HOUSE, [])):
        page = presses(house, replace(kept(own, 3), shelf=name), own=own).press(
            ASKER, "more:r1", ""
        )
        assert paragraphs(page) == seen, name


def test_the_context_of_what_has_gone_is_that_of_the_first_quote_alone():
    found = answer([0.9])
    changed = ("a", 1, 0, 7, "B line.", "[1] A, ¶1", None)
    removed = ("b", 1, 0, 7, "A line.", "[2] B, ¶1", None)
    for cited, said in (
        ((changed, removed), strings.CONTEXT_CHANGED),
        ((removed, changed), strings.CONTEXT_GONE),
    ):
        asked = replace(kept(found, 3), cited=cited)
        context = presses(found, asked).press(ASKER, "context:r1", "")
        assert context.text == said
        assert [card.label for card in context.cards] == [cited[0][5]]
