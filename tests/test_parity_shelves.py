"""A shelf is filled, mended and looked after alike on Discord and on Slack."""

import asyncio
import re

import pytest
import simcord
from on_both import OnDiscord, Seen, make_desk
from on_slack import OnSlack
from slack_rig import Rig
from slack_server import SlackServer

from summitqa_bot import strings
from summitqa_bot.discord.app import build as build_discord
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.strings import articles as said

RULES = "# House rules\n\nDogs stay on the lead.\n\nQuiet hours begin at ten in the evening.\n"
QUESTION = "When do quiet hours begin?"


async def script(on: OnDiscord | OnSlack, desk: Desk) -> dict[str, Seen]:
    """What the people do, step by step; give what they see at each."""
    seen = {
        "empty list": await on.articles("list", who="member"),
        "add by a member": await on.articles("add", who="member"),
        "no text": await on.add("empty.md", ""),
        "no article": await on.add("junk.pdf", "junk"),
        "preview": await on.add("rules.md", RULES),
        "bad date": await on.fill(said.BUTTON_DETAILS, title="Our rules", date="soon"),
    }
    await on.add("rules.md", RULES)
    seen |= {
        "details": await on.fill(said.BUTTON_DETAILS, title="Our rules", date="2025-08-16"),
        "cancelled": await on.press(said.BUTTON_DROP),
    }
    await on.add("rules.md", RULES)
    seen |= {
        "put": await on.press(said.BUTTON_PUT),
        "list": await on.articles("list", who="member"),
        "asked": await on.ask(QUESTION),
        "show": await on.articles("show", "rules"),
        "show what is not there": await on.articles("show", "nope"),
        "rename": await on.articles("rename", "rules", "How", "we", "live"),
        "renamed": await on.press(said.BUTTON_MAKE),
        "remove": await on.articles("remove", "rules"),
        "removed": await on.press(said.BUTTON_MAKE),
        "undone": await on.press(said.BUTTON_UNDO),
        "list again": await on.articles("list", who="member"),
        "history": await on.articles("history"),
    }
    for verb in ("show", "remove", "history"):
        seen[f"{verb} by a member"] = await on.articles(
            verb, *(["rules"] if verb != "history" else []), who="member"
        )
    return seen | await reported(on, desk) | await looked_after(on)


async def reported(on: OnDiscord | OnSlack, desk: Desk) -> dict[str, Seen]:
    """What the week was, and what comes of reading everything again."""
    await on.ask("How do I bake sourdough bread?")
    await on.manage("weekly", "channel")
    week = {"the week": await on.posted(desk._report_weekly)}
    await on.manage("weekly", "off")
    for args in ((), ("--house",), ("--house",)):
        week[f"reindex {len(week)}"] = await on.reindex(*args)
    return week


async def looked_after(on: OnDiscord | OnSlack) -> dict[str, Seen]:
    """What admins see and choose."""
    chosen = (
        ("admins", "add", "member"),
        ("admins", "remove", "member"),
        ("house", "off"),
        ("house", "on"),
        ("editors", "channel", "member"),
        ("editors", "off"),
        ("weekly", "channel"),
        ("weekly", "off"),
        ("channel", "rules", "alaska-summit"),
        ("channel", "nope"),
        ("settings",),
        ("channel",),
        ("rules", "answers", "off"),
        ("settings",),
        ("rules", "answers", "on"),
        ("verify",),
        ("verify", "--house"),
        ("versions",),
        ("rollback",),
        ("status",),
        ("status", "--house"),
        ("forget",),
    )
    seen = {" ".join(one): await on.manage(*one) for one in chosen}
    seen["forgotten"] = await on.press(strings.BUTTON_FORGET)
    for verb in ("settings", "versions", "forget", "report", "verify"):
        seen[f"{verb} by a member"] = await on.manage(verb, who="member")
    return seen


def alike(seen: Seen) -> tuple[str, tuple[str, ...], bool]:
    """Leave out the names of versions, which tell when each was made, and where the desk's home is."""
    version = r"\d{8}-\d{6}-\d{6}"
    labels = tuple(re.sub(version, "VERSION", one) for one in seen.buttons)
    words = re.sub(r"/\S+/(discord|slack)\b", "HOME", re.sub(version, "VERSION", seen.words))
    words = re.sub(r"\d+\.\d s", "SECONDS", words)
    return words, labels, seen.private


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do at once what takes a thread: a simulated platform stops the clock around it."""

    async def to_thread(do, *args, **named):
        return do(*args, **named)

    monkeypatch.setattr(asyncio, "to_thread", to_thread)


async def test_a_shelf_is_looked_after_alike_on_both(tmp_path, bundled, encoder):
    discord_desk = make_desk(tmp_path / "discord", bundled, encoder)
    bot = build_discord(Settings(answer_in="reply", discord_token="a.b.c"), discord_desk)
    async with simcord.run(bot, shard_count=1) as env:
        on = OnDiscord(env)
        await on.let_everybody_see_the_commands()
        on_discord = await script(on, discord_desk)
    async with SlackServer() as server:
        slack_desk = make_desk(tmp_path / "slack", bundled, encoder)
        on_slack = await script(OnSlack(Rig(server, slack_desk), server), slack_desk)
    for step, seen in on_discord.items():
        assert alike(seen) == alike(on_slack[step]), step
    for step, seen in on_discord.items():
        assert seen.private or step in {"asked", "the week"}, step
        assert strings.TROUBLE.split("{")[0] not in seen.words, step
        assert ("by a member" in step) == (seen.words == strings.ADMINS_ONLY), step
    assert "Quiet hours begin at ten in the evening." in on_discord["asked"].words
    assert said.BUTTON_UNDO in on_discord["put"].buttons
    assert "sourdough" in on_discord["the week"].words
    assert "1 added" in on_discord["reindex 2"].words
    assert "called How we live now" in on_discord["renamed"].words
    for desk in (discord_desk, slack_desk):
        await desk.close()
