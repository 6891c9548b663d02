"""Who is let in to an admin's work, on which shelf, and what is noted of the try."""

# ruff: noqa: F811 - fixtures of another module

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_desk import ADMIN, ASKER, desk, home, shown, state_of  # noqa: F401

from summitqa.errors import InputError, PermissionDeniedError
from summitqa.library import Library
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.service.admins import Admins
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from tests.fakes import index, library, shelves, write

NOT_ADMINS = {
    "plain member": ASKER,
    "guest": replace(ASKER, platform="slack", user="U0GUEST01", trusted=False),
    "deactivated admin": replace(ADMIN, platform="slack", user="U0GONE001", trusted=False),
    "bot with the right": replace(ADMIN, trusted=False),
}
ADMINS_ELSEWHERE = {
    "manager of another server": replace(ADMIN, workspace="2", workspaces=frozenset({"1", "2"})),
    "direct message": replace(ASKER, workspace=None, manages=False),
    "manager claim without a server": replace(ADMIN, workspace=None),
    "owner of another Slack workspace": replace(
        ADMIN, platform="slack", user="U0OTHER01", workspace="T2", workspaces=frozenset({"T1"})
    ),
}
ACTIONS = ["reindex", "cancel", "switch", "status", "unanswered", "feedback", "forget"]


async def attempt(desk: Desk, actor: Actor, action: str, version: str, **house: str) -> Reply:
    if action == "reindex":
        return await desk.reindex(actor, shown, **house)
    if action == "status":
        return await desk.status(actor, **house)
    if action in {"cancel", "switch"}:
        return await desk.press(actor, f"{action}:{version}")
    return await getattr(desk, action)(actor)


@pytest.mark.parametrize("who", NOT_ADMINS)
@pytest.mark.parametrize("action", ACTIONS)
async def test_nobody_else_may_do_an_admins_work_and_the_try_is_logged(desk, home, who, action):
    actor = NOT_ADMINS[who]
    before = (home / "CURRENT").read_text()
    reply = await attempt(desk, actor, action, before.strip())
    assert reply.text == strings.ADMINS_ONLY
    (line,) = state_of(desk).audit_log(1)
    assert line[0] == f"{actor.platform}:{actor.user}"
    assert line[1].startswith(action)
    assert line[2] == "refused"
    assert (home / "CURRENT").read_text() == before


@pytest.mark.parametrize("who", ADMINS_ELSEWHERE)
@pytest.mark.parametrize("action", ["reindex", "cancel", "switch", "status"])
async def test_an_admin_elsewhere_is_none_of_the_house_shelf(desk, home, who, action, monkeypatch):
    monkeypatch.setattr(desk._reindexer, "runs", lambda shelf: shelf == HOUSE)
    before = (home / "CURRENT").read_text()
    reply = await attempt(desk, ADMINS_ELSEWHERE[who], action, before.strip(), shelf=HOUSE)
    assert reply.text == strings.ADMINS_ONLY
    assert state_of(desk).audit_log(1)[0][1:] == (action, "refused")
    assert (home / "CURRENT").read_text() == before


@pytest.mark.parametrize("who", ADMINS_ELSEWHERE)
async def test_an_admin_elsewhere_reads_of_what_is_asked_there_alone(desk, who):
    reply = await desk.ask(ASKER, "How do I make sourdough bread rise?")
    await desk.press(ASKER, f"bad:{reply.ref}", "no bread")
    actor = ADMINS_ELSEWHERE[who]
    assert (await desk.unanswered(actor)).text == strings.UNANSWERED_NONE
    assert (await desk.feedback(actor)).text == strings.FEEDBACK.format(good=0, bad=0)
    assert (await desk.status(actor)).text == strings.STATUS_EMPTY
    assert "sourdough" in (await desk.unanswered(ADMIN)).text


async def test_an_id_in_the_settings_is_an_admin_anywhere(home, encoder):
    settings = Settings(home=home, admins=frozenset({ASKER.user}))
    desk = Desk(settings, Library(home, encoder), State(home), encoder)
    away = replace(ASKER, workspace=None, channel=None, workspaces=frozenset({"1", "2"}))
    assert "passages" in (await desk.status(away)).text
    await desk.close()


@pytest.fixture
def admins(tmp_path: Path) -> Admins:
    """What lets admins alone change a shelf, in front of a house shelf."""

    async def clerk(do: Callable[..., Any], *args: Any) -> Any:
        return do(*args)

    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    state = State(home)
    return Admins(Settings(home=home), shelves(library(home), state), state, clerk)


async def done(shelf: str) -> Reply:
    return Reply(shelf)


def fill(admins: Admins, shelf: str) -> None:
    home = admins._settings.home
    index(home, write(home.parent / shelf, {"pool.md": "# Pool\n\nIt is deep.\n"}), shelf=shelf)


async def test_an_admin_of_the_house_looks_after_it_until_something_stands_on_their_own(admins):
    assert (await admins.only(ADMIN, "status", done)).text == HOUSE
    fill(admins, ADMIN.community)
    assert (await admins.only(ADMIN, "status", done)).text == ADMIN.community
    assert (await admins.only(ADMIN, "status", done, shelf=HOUSE)).text == HOUSE


async def test_whoever_is_no_admin_of_the_house_looks_after_their_own_shelf_though_it_is_empty(
    admins,
):
    elsewhere = ADMINS_ELSEWHERE["manager of another server"]
    assert (await admins.only(elsewhere, "status", done)).text == elsewhere.community
    assert (await admins.only(ADMIN, "add", done, shelf=ADMIN.community)).text == ADMIN.community


async def test_nobody_changes_the_shelf_of_another_community(admins):
    fill(admins, "discord-2")
    assert not await admins.may(ADMIN, "discord-2")
    with pytest.raises(PermissionDeniedError):
        await admins.only(ADMIN, "remove", done, shelf="discord-2")
    assert admins._state.audited(1, ADMIN.community)[0][2:] == ("remove", "refused")
    assert admins._state.audited(1, "discord-2") == []


async def test_a_helper_may_what_helpers_may_and_no_more(admins):
    admins._state.communities.choose(ASKER.community, helpers=(ASKER.user,))
    assert (await admins.only(ASKER, "write", done, helpers=True)).text == ASKER.community
    assert await admins.may(ASKER, helpers=True)
    assert not await admins.may(ASKER)
    with pytest.raises(PermissionDeniedError):
        await admins.only(ASKER, "add", done)


async def test_how_it_ended_is_in_the_audit_log_and_not_by_whom_in_the_other(admins, caplog):
    async def fail(_: str) -> Reply:
        raise InputError("it is too long")

    caplog.set_level("INFO")
    with pytest.raises(InputError, match="too long"):
        await admins.only(ADMIN, "rename rules", fail)
    direct = replace(ASKER, workspace=None)
    await admins.only(direct, "add", done, shelf=direct.community)
    assert [record.getMessage() for record in caplog.records] == [
        "rename on discord in 1: failed",
        "add on discord in direct message: done",
    ]
    who = f"discord:{ADMIN.user}"
    assert admins._state.audited(1, HOUSE)[0][1:] == (who, "rename rules", "failed: it is too long")
