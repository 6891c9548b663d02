"""What is not found is handed to people, and what they say is found from then on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa.reader import Reader
from summitqa_bot import strings
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.strings import articles as shelved
from summitqa_bot.strings import editors as said
from summitqa_bot.wording.reply import Filled, Reply
from tests.fakes import index, write

ADMIN = Actor("discord", "200000000000000002", "1", "10", "t1", manages=True)
MEMBER = replace(ADMIN, user="200000000000000001", manages=False)
HELPER = replace(MEMBER, user="200000000000000005")
ELSEWHERE = replace(ADMIN, user="200000000000000003", workspace="2")
QUESTION = "Can guests sleep aboard?"
RULES = "# Harbour\n\nBoats tie up at the east pier.\n\nThe gate is shut at nine.\n"


class Posts:
    """What was posted where, and who was called."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Reply, Sequence[str]]] = []
        self.fails = False

    async def __call__(
        self, community: str, place: str, reply: Reply, people: Sequence[str]
    ) -> str | None:
        if self.fails:
            return None
        self.seen.append((community, place, reply, tuple(people)))
        return f"{place}/m{len(self.seen)}"


@pytest.fixture
async def desk(tmp_path: Path, encoder: Encoder, reader: Reader):
    home = tmp_path / "home"
    house = write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"})
    index(home, house, encoder=encoder)
    settings = Settings(home=home, user_limit=Rate(1000, 1), channel_limit=Rate(1000, 1))
    made = Desk(settings, Library(home, encoder, reader), State(home), encoder)
    preview = await made.articles.add(ADMIN, Material(text=RULES))
    await made.press(ADMIN, preview.buttons[0].id)
    await made.choosing.editors(ADMIN, "77", HELPER.user)
    yield made
    await made.close()


@pytest.fixture
def posts(desk: Desk) -> Posts:
    made = Posts()
    desk.posts("discord", made)
    return made


async def lost(desk: Desk, posts: Posts, question: str = QUESTION) -> tuple[Reply, Reply]:
    """Ask what nothing answers; give the answer, and what people are told."""
    asked = await desk.ask(MEMBER, question)
    assert not asked.cards
    await desk.posted(asked, MEMBER, "10/900")
    await desk._editors.walk()
    return asked, posts.seen[-1][2]


def button(reply: Reply, label: str) -> str:
    return next(one.id for one in reply.buttons if one.label == label)


async def test_who_points_to_a_passage_teaches_the_shelf_and_whoever_asked_is_told(desk, posts):
    _, told = await lost(desk, posts)
    point = button(told, said.BUTTON_POINT)
    form = await desk.form(HELPER, point)
    assert form.fields[0].value == QUESTION
    choice = await desk.fill(HELPER, point, Filled({"search": "boats tie up at the pier"}))
    assert choice.private
    place = next(n for n, card in enumerate(choice.cards, 1) if "east pier" in card.quote)
    assert place == 1
    done = await desk.press(HELPER, button(choice, said.BUTTON_TEACH.format(number=place)))
    assert said.ASKER_TOLD in done.text
    _, place, answer, people = posts.seen[-1]
    assert (place, people) == ("10/900", ())
    assert [card.quote for card in answer.cards] == ["Boats tie up at the east pier."]
    again = await desk.ask(MEMBER, QUESTION)
    assert "east pier" in again.cards[0].quote
    late = await desk.press(HELPER, button(choice, said.BUTTON_TEACH.format(number=1)))
    assert "seen to" in late.text


@pytest.mark.parametrize(
    "wrong", ["0" * 12 + ".1", "{short}.", "{short}.two", "{short}." + "9" * 5000]
)
async def test_a_button_that_names_no_passage_teaches_nothing(desk, posts, wrong):
    _, told = await lost(desk, posts)
    point = button(told, said.BUTTON_POINT)
    choice = await desk.fill(HELPER, point, Filled({"search": "boats tie up at the pier"}))
    begins, short, _ = button(choice, said.BUTTON_TEACH.format(number=1)).rsplit(".", 2)
    reply = await desk.press(HELPER, f"{begins}.{wrong.format(short=short)}")
    assert reply.text == said.NOTHING_FOUND
    assert len(posts.seen) == 1


async def test_who_asked_where_no_message_is_known_is_not_said_to_be_told(desk, posts):
    await desk.ask(MEMBER, QUESTION)
    await desk._editors.walk()
    point = button(posts.seen[-1][2], said.BUTTON_POINT)
    choice = await desk.fill(HELPER, point, Filled({"search": "boats tie up at the pier"}))
    done = await desk.press(HELPER, button(choice, said.BUTTON_TEACH.format(number=1)))
    assert said.ASKER_NOT_TOLD in done.text
    assert len(posts.seen) == 1


async def test_a_written_answer_stands_on_the_shelf_with_its_authors_name(desk, posts):
    _, told = await lost(desk, posts)
    write_it = button(told, said.BUTTON_WRITE)
    text = "Guests may sleep aboard at berth nine."
    for filled, complaint in (
        ({"text": " ", "name": "Ada"}, said.NO_TEXT),
        ({"text": text, "name": ""}, said.NO_NAME),
    ):
        assert (await desk.fill(HELPER, write_it, Filled(filled))).text == complaint
    done = await desk.fill(HELPER, write_it, Filled({"text": text, "name": "Ada"}))
    assert "answered by Ada" in done.text
    again = await desk.ask(MEMBER, QUESTION)
    assert again.cards[0].quote == text
    assert QUESTION.rstrip("?") in again.cards[0].label
    listed = (await desk.articles.listing(MEMBER)).text
    assert QUESTION in listed
    slug = listed.split(f"{QUESTION} (")[1].split(")")[0]
    shown = await desk.articles.show(ADMIN, slug)
    assert "answered by Ada" in shown.note
    gone = await desk.articles.remove(ADMIN, slug)
    await desk.press(ADMIN, button(gone, shelved.BUTTON_MAKE))
    assert not (await desk.ask(MEMBER, QUESTION)).cards


@pytest.mark.parametrize(
    "question",
    [
        "Can guests\nsleep aboard?",
        "Can guests sleep aboard, " * 30 + "please?",
        "Can \u202eguests sleep?",
    ],
)
async def test_whatever_was_asked_an_answer_is_written_where_there_is_a_place(
    desk, posts, question
):
    asked = await desk.ask(MEMBER, question)
    await desk.press(MEMBER, f"bad:{asked.ref}", "that is no answer")
    await desk._editors.walk()
    written = {"text": "No, the boats are locked at ten.", "name": "Ana"}
    write = button(posts.seen[-1][2], said.BUTTON_WRITE)
    desk._shelves._settings = replace(desk._settings, shelf_articles=1)
    full = (await desk.fill(HELPER, write, Filled(written))).text
    assert full == shelved.FULL_ARTICLES.format(count=1)
    desk._shelves._settings = desk._settings
    reply = await desk.fill(HELPER, write, Filled(written))
    assert "answered by Ana" in reply.text


async def test_two_written_at_once_come_to_stand_there_one_after_the_other(desk, posts):
    replies = []
    for question in (QUESTION, "Who feeds the gulls?"):
        _, told = await lost(desk, posts, question)
        write = button(told, said.BUTTON_WRITE)
        replies.append(
            desk.fill(HELPER, write, Filled({"text": f"{question} Ana.", "name": "Ana"}))
        )
    assert all("answered by Ana" in one.text for one in await asyncio.gather(*replies))


async def test_on_a_shelf_without_articles_nothing_is_found(desk, posts):
    desk._state.communities.joined(ELSEWHERE.community)
    desk._state.communities.choose(ELSEWHERE.community, editors="88")
    await desk.ask(replace(ELSEWHERE, manages=False), QUESTION)
    await desk._editors.walk()
    point = button(posts.seen[-1][2], said.BUTTON_POINT)
    found = await desk.fill(ELSEWHERE, point, Filled({"search": "pier"}))
    assert found.text == said.NOTHING_FOUND


@pytest.mark.parametrize("who", [MEMBER, ELSEWHERE])
async def test_nobody_else_teaches_the_shelf(desk, posts, who):
    _, told = await lost(desk, posts)
    for one in told.buttons:
        reply = await desk.press(who, one.id)
        assert reply.text in (strings.ADMINS_ONLY, said.GONE)
    point = button(told, said.BUTTON_POINT)
    assert await desk.form(who, point) is None
    reply = await desk.fill(who, point, Filled({"search": "pier"}))
    assert reply.text in (strings.ADMINS_ONLY, said.GONE)
    assert not reply.cards


async def test_what_is_not_for_this_shelf_is_left_and_its_buttons_go(desk, posts):
    anew: list[tuple[str, Reply]] = []

    async def amend(message: str, reply: Reply) -> float:
        anew.append((message, reply))
        return 0.0

    desk.amends("discord", amend)
    _, told = await lost(desk, posts)
    assert (await desk.press(HELPER, button(told, said.BUTTON_DISMISS))).text == said.DISMISS_DONE
    assert await desk.form(HELPER, button(told, said.BUTTON_POINT)) is None
    ((message, reply),) = anew
    assert (message, reply.buttons) == ("77/m1", ())
    assert said.DISMISSED in reply.text


async def test_of_two_who_leave_one_at_once_one_is_told_of(desk, posts):
    anew = []

    async def amend(message: str, reply: Reply) -> float:
        anew.append(message)
        return 0.0

    desk.amends("discord", amend)
    _, told = await lost(desk, posts)
    dismiss = button(told, said.BUTTON_DISMISS)
    await asyncio.gather(desk.press(HELPER, dismiss), desk.press(ADMIN, dismiss))
    assert anew == ["77/m1"]


async def test_a_thumb_down_with_a_reason_lands_in_the_same_queue(desk, posts):
    preview = await desk.articles.add(ADMIN, Material(text=f"# Mooring\n\n{QUESTION} Ask Jim.\n"))
    await desk.press(ADMIN, preview.buttons[0].id)
    answer = await desk.ask(MEMBER, "When is the gate shut?")
    await desk.press(MEMBER, f"bad:{answer.ref}", "wrong gate")
    await desk._editors.walk()
    assert "wrong gate" in posts.seen[-1][2].text
