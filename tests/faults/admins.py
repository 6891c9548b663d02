"""Every admin action on the house shelf by every kind of non-admin: refused, and logged."""

import asyncio
from dataclasses import replace
from pathlib import Path
from unittest import mock

from summitqa.library import CURRENT
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from tests.fakes import FakeEncoder, index, library
from tests.faults.common import Tally, require, shelf

ONE, TWO = frozenset({"1"}), frozenset({"1", "2"})
MANAGER = Actor("discord", "200000000000000002", "1", "10", None, True, ONE)
OWNER = Actor("slack", "U00000002", "T1", "C1", None, True, frozenset({"T1"}))
NOT_ADMINS = {
    "plain member": replace(MANAGER, manages=False),
    "manager of another server": replace(MANAGER, workspace="2", workspaces=TWO),
    "manager where no server is the home": replace(MANAGER, workspaces=TWO),
    "direct message": replace(MANAGER, workspace=None, manages=False),
    "direct message that claims the right": replace(MANAGER, workspace=None),
    "bot with the right": replace(MANAGER, trusted=False),
    "plain Slack member": replace(OWNER, manages=False),
    "guest": replace(OWNER, manages=False, trusted=False),
    "deactivated owner": replace(OWNER, trusted=False),
    "owner of another workspace": replace(OWNER, workspace="T2"),
}
COMPONENTS = ("cancel:reindex", "cancel:", "cancel:reindex.1", "cancel:../../x")


async def _shown(_: Reply) -> None:
    """Progress of a reindex that must not begin."""


async def refuse(home: Path, actor: Actor, action: str) -> None:
    """Try one action as somebody who may not, and hold the desk to its refusal."""
    settings, encoder = Settings(home=home), FakeEncoder()
    desk = Desk(settings, library(home), State(home), encoder)
    before = (home / CURRENT).read_bytes()
    try:
        if action == "reindex":
            reply = await desk.reindex(actor, _shown, shelf=HOUSE)
        elif action == "status":
            reply = await desk.status(actor, HOUSE)
        else:
            with mock.patch.object(desk._reindexer, "runs", lambda shelf: shelf == HOUSE):
                reply = await desk.press(actor, action)
        require(reply.text == strings.ADMINS_ONLY and reply.private, f"was told: {reply.text}")
        require((home / CURRENT).read_bytes() == before, "the index was switched")
        name = "cancel" if action in COMPONENTS else action
        newest = State(home).audit_log(1)
        require(newest == [(f"{actor.platform}:{actor.user}", name, "refused")], f"log: {newest}")
    finally:
        await desk.close()


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    home = folder / "home"
    index(home, shelf(folder / "shelf", "The door is red."))
    actions = ("reindex", "status", *COMPONENTS[: 1 if quick else None])
    for who, actor in NOT_ADMINS.items():
        for action in actions:
            tally.attempt(
                f"{action} by {who}",
                lambda actor=actor, action=action: asyncio.run(refuse(home, actor, action)),
            )
    return tally
