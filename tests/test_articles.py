"""A community's shelf, filled and mended through the desk."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import File, Filled, Reply
from tests.fakes import FakeEncoder, index, library, write

ADMIN = Actor("discord", "200000000000000002", "1", "10", manages=True, workspaces=frozenset("12"))
MEMBER = replace(ADMIN, user="200000000000000001", manages=False)
ELSEWHERE = replace(ADMIN, user="200000000000000003", workspace="2", channel="20")
RULES = "# House rules\n\nDogs stay on the lead.\n\nQuiet hours begin at ten in the evening.\n"


@pytest.fixture
def desk(tmp_path: Path):
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    settings = Settings(
        home=home,
        user_limit=Rate(1000, 1),
        channel_limit=Rate(1000, 1),
        shelf_articles=3,
        shelf_mb=1,
    )
    return Desk(settings, library(home), State(home), FakeEncoder())


@pytest.fixture(autouse=True)
async def closed(desk: Desk):
    yield
    await desk.close()


def rules(text: str = RULES, name: str = "rules.md", **given: str) -> Material:
    return Material(file=File(name, text.encode()), **given)


def button(reply: Reply, label: str) -> str:
    return next(one.id for one in reply.buttons if one.label == label)


async def put(desk: Desk, material: Material, actor: Actor = ADMIN, **how: str) -> Reply:
    preview = await desk.articles.add(actor, material, **how)
    press = said.BUTTON_MAKE if how else said.BUTTON_PUT
    return await desk.press(actor, button(preview, press))


async def listed(desk: Desk, actor: Actor = MEMBER) -> str:
    return (await desk.articles.listing(actor)).text


async def test_a_file_is_previewed_put_and_asked_in_three_steps(desk):
    preview = await desk.articles.add(ADMIN, rules())
    assert preview.private
    assert "House rules" in preview.text
    assert "2 passages" in preview.text
    assert [card.quote for card in preview.cards] == [
        "Dogs stay on the lead.",
        "Quiet hours begin at ten in the evening.",
    ]
    assert said.LIST_EMPTY in await listed(desk)
    done = await desk.press(ADMIN, button(preview, said.BUTTON_PUT))
    assert done.text == said.DONE_ADD.format(title="House rules", passages="2 passages")
    answer = await desk.ask(MEMBER, "When do quiet hours begin?")
    shown = answer if answer.cards else await desk.press(MEMBER, answer.buttons[0].id)
    assert "Quiet hours begin" in shown.cards[0].quote
    assert "House rules (rules)" in await listed(desk)


async def test_a_community_sees_its_own_shelf_and_the_house_and_no_other(desk):
    await put(desk, rules())
    assert "House rules" not in await listed(desk, ELSEWHERE)
    assert "Bridge" in await listed(desk, ELSEWHERE)
    assert await desk.titles(ELSEWHERE, "rules") == ()
    assert [title for _, title in await desk.titles(MEMBER, "")] == ["House rules", "Bridge"]
    for reply in (
        await desk.ask(ELSEWHERE, "When do quiet hours begin?", article="rules"),
        await desk.articles.show(ELSEWHERE, "rules"),
    ):
        assert "Quiet" not in str(reply)
        assert not reply.cards


@pytest.mark.parametrize("verb", ["add", "rename", "remove", "show", "history", "put", "undo"])
async def test_only_who_looks_after_the_community_changes_its_shelf(desk, verb):
    preview = await desk.articles.add(ADMIN, rules())
    put_it = button(preview, said.BUTTON_PUT)
    tries = {
        "add": lambda who: desk.articles.add(who, rules()),
        "rename": lambda who: desk.articles.rename(who, "rules", "x"),
        "remove": lambda who: desk.articles.remove(who, "rules"),
        "show": lambda who: desk.articles.show(who, "rules"),
        "history": desk.articles.history,
        "put": lambda who: desk.press(who, put_it),
        "undo": lambda who: desk.press(who, "undo:/"),
    }
    assert (await tries[verb](MEMBER)).text == strings.ADMINS_ONLY
    if verb == "put":
        assert (await tries[verb](ELSEWHERE)).text == said.DRAFT_GONE
    assert said.LIST_EMPTY in await listed(desk)


async def test_a_role_or_person_that_admins_name_may_too(desk):
    desk._state.communities.choose("discord-1", admins=("77",))
    helper = replace(MEMBER, roles=frozenset({"77"}))
    assert "House rules" in (await put(desk, rules(), helper)).text


async def test_undo_brings_back_what_was_there_and_only_while_nothing_else_changed(desk):
    first = await put(desk, rules())
    second = await put(desk, rules("# Pool\n\nThe pool opens at six.\n", "pool.md"))
    stale = await desk.press(ADMIN, button(first, said.BUTTON_UNDO))
    assert "changed since" in stale.text
    assert "Pool" in await listed(desk)
    assert (await desk.press(ADMIN, button(second, said.BUTTON_UNDO))).text == said.UNDONE
    assert "Pool" not in await listed(desk)
    assert "House rules" in await listed(desk)
    assert (await desk.press(ADMIN, button(first, said.BUTTON_UNDO))).text == said.UNDONE
    assert said.LIST_EMPTY in await listed(desk)


async def test_two_admins_at_once_lose_nothing_of_one_another(desk):
    other = replace(ADMIN, user="200000000000000009")
    drafts = [
        await desk.articles.add(ADMIN, rules()),
        await desk.articles.add(other, rules("# Pool\n\nThe pool opens at six.\n", "pool.md")),
    ]
    await asyncio.gather(
        *(
            desk.press(who, button(draft, said.BUTTON_PUT))
            for who, draft in zip((ADMIN, other), drafts, strict=True)
        )
    )
    text = await listed(desk)
    assert "House rules" in text
    assert "Pool" in text


async def test_who_comes_second_to_the_same_article_is_told(desk):
    await put(desk, rules())
    mine = await desk.articles.rename(ADMIN, "rules", "The rules")
    await put(desk, rules("# House rules\n\nCats, too.\n"), instead_of="rules")
    late = await desk.press(ADMIN, button(mine, said.BUTTON_MAKE))
    assert "changed by somebody else" in late.text
    assert "The rules" not in await listed(desk)


async def test_a_press_twice_puts_once(desk):
    preview = await desk.articles.add(ADMIN, rules())
    press = button(preview, said.BUTTON_PUT)
    await asyncio.gather(*(desk.press(ADMIN, press) for _ in range(3)))
    assert (await desk.press(ADMIN, press)).text == said.DONE_SAME
    assert (await listed(desk)).count("House rules") == 1


async def test_each_kind_of_change_is_told_as_what_it_was(desk):
    await put(desk, rules())
    await put(desk, rules("# Pool\n\nThe pool opens at six.\n", "pool.md"))
    again = await desk.articles.add(ADMIN, rules())
    assert said.PREVIEW_SAME.format(slug="rules") in again.text
    preview = await desk.articles.rename(ADMIN, "rules", "How we live")
    assert preview.text == said.PREVIEW_RENAME.format(slug="rules", title="How we live")
    done = await desk.press(ADMIN, button(preview, said.BUTTON_MAKE))
    assert done.text == said.DONE_RENAME.format(title="How we live")
    preview = await desk.articles.remove(ADMIN, "rules")
    assert preview.text == said.PREVIEW_REMOVE.format(slug="rules", passages="2 passages")
    for told in (said.DONE_REMOVE.format(slug="rules"), said.DONE_SAME):
        assert (await desk.press(ADMIN, button(preview, said.BUTTON_MAKE))).text == told


async def test_what_is_cancelled_is_not_put_later(desk):
    preview = await desk.articles.add(ADMIN, rules())
    assert (await desk.press(ADMIN, button(preview, said.BUTTON_DROP))).text == said.DROPPED
    late = await desk.press(ADMIN, button(preview, said.BUTTON_PUT))
    assert "cancelled" in late.text
    assert said.LIST_EMPTY in await listed(desk)


async def test_details_are_asked_for_and_stand_over_the_files_own(desk):
    preview = await desk.articles.add(ADMIN, rules())
    assert said.FACTS_UNSAID.format(names="date, link, credit") in preview.text
    details = button(preview, said.BUTTON_DETAILS)
    form = await desk.form(ADMIN, details)
    assert [field.name for field in form.fields] == ["title", "date", "link", "credit"]
    assert await desk.form(MEMBER, details) is None
    filled = Filled(
        {"title": "Rules", "date": "2026-05-03", "link": "https://x.org/r", "credit": "Us"}
    )
    anew = await desk.fill(ADMIN, details, filled)
    assert "3 May 2026" in anew.text
    wrong = await desk.fill(ADMIN, details, Filled({"date": "3 May"}))
    assert wrong.text == said.BAD_DATE.format(value="3 May")
    await desk.press(ADMIN, button(anew, said.BUTTON_PUT))
    assert "Rules (rules) · 2 passages · 3 May 2026" in await listed(desk)


async def test_a_shelf_holds_so_much_and_no_more(desk):
    big = await desk.articles.add(ADMIN, Material(text="long " * 250_000))
    assert big.text == said.FULL_BYTES.format(megabytes="1.2", most=1)
    for number in range(3):
        await put(desk, rules(f"# Rule {number}\n\nText {number}.\n"))
    full = await desk.articles.add(ADMIN, rules("# Rule 4\n\nText.\n"))
    assert full.text == said.FULL_ARTICLES.format(count=3)


@pytest.mark.parametrize(
    ("material", "told"),
    [
        (Material(), said.NOTHING_GIVEN),
        (Material(file=File("a.md", b"x"), text="y"), said.TOO_MUCH_GIVEN),
        (Material(file=File("a.exe", b"MZ")), "not of a readable kind"),
        (Material(file=File("a.pdf", b"%PDF-1.4 nothing")), "a.pdf"),
        (Material(file=File("a.md", b"")), "a.md is empty"),
        (Material(url="https://example.org/rules"), "SUMMITQA_ALLOW_URLS"),
        (Material(url="javascript:alert(1)"), "The link is"),
    ],
)
async def test_what_cannot_be_put_is_one_sentence(desk, material, told):
    reply = await desk.articles.add(ADMIN, material)
    assert told in reply.text
    assert "\n" not in reply.text
    assert not reply.buttons
    assert said.LIST_EMPTY in await listed(desk)


async def test_versions_are_listed_rolled_back_and_verified_from_chat(desk):
    await put(desk, rules())
    await put(desk, rules("# Pool\n\nThe pool opens at six.\n", "pool.md"))
    versions = await desk.versions(ADMIN)
    assert versions.text.count("article") == 2
    assert (await desk.verify(ADMIN)).text == strings.VERIFIED
    assert "in use" in (await desk.rollback(ADMIN)).text
    assert "Pool" not in await listed(desk)
    switched = await desk.press(ADMIN, versions.buttons[0].id)
    assert "in use" in switched.text
    again = await desk.press(ADMIN, (await desk.versions(ADMIN)).buttons[0].id)
    assert "in use" in again.text


async def test_of_an_empty_shelf_it_is_said_that_it_is_empty(desk):
    assert (await desk.verify(ELSEWHERE)).text == strings.STATUS_EMPTY
    assert (await desk.rollback(ELSEWHERE)).text == strings.STATUS_EMPTY


async def test_a_community_is_forgotten_when_its_admin_says_so(desk, tmp_path):
    await put(desk, rules())
    asked = await desk.ask(MEMBER, "When do quiet hours begin?")
    confirm = await desk.forget(ADMIN)
    assert (await desk.press(MEMBER, confirm.buttons[0].id)).text == strings.ADMINS_ONLY
    assert (await desk.press(ELSEWHERE, confirm.buttons[0].id)).text == strings.GONE
    assert "House rules" in await listed(desk)
    assert "1 answer" in (await desk.press(ADMIN, confirm.buttons[0].id)).text
    assert said.LIST_EMPTY in await listed(desk)
    assert desk._state.answer(asked.ref) is None
    assert not (tmp_path / "home" / "shelves" / "discord-1").exists()
    assert ("discord:" + ADMIN.user, "forget", "done") in desk._state.audit_log()


async def test_who_left_long_ago_is_erased_and_who_came_back_is_not(desk, tmp_path, monkeypatch):
    for actor in (ADMIN, ELSEWHERE):
        await put(desk, rules(), actor)
        await desk.joined(actor.community)
        await desk.left(actor.community)
    await desk.joined(ELSEWHERE.community)
    await desk._erase_those_long_gone(30)
    assert "House rules" in await listed(desk)
    await desk._erase_those_long_gone(-1)
    assert said.LIST_EMPTY in await listed(desk)
    assert "House rules" in await listed(desk, ELSEWHERE)
    assert desk._state.audited(1, "discord-1")[0][1:] == ("the schedule", "forget", "done")


async def test_the_house_is_hidden_where_its_admins_say_so(desk):
    await put(desk, rules())
    desk._state.communities.choose("discord-1", house=False)
    assert "Bridge" not in await listed(desk)
    assert [slug for slug, _ in await desk.titles(MEMBER, "")] == ["rules"]
    assert desk._shelves.house.name == HOUSE


async def test_the_log_names_no_article_that_an_admin_failed_with(desk, caplog):
    caplog.set_level("DEBUG", "summitqa_bot")
    await put(desk, rules())
    await desk.articles.show(ADMIN, "secret-plan")
    await desk.ask(MEMBER, "What is the secret plan?", article="secret-plan")
    assert "show on discord in 1: failed" in caplog.text
    assert "secret" not in caplog.text
    assert "secret-plan" in desk._state.audited(1, "discord-1")[0][3]
