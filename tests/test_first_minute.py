"""From the invite to the first answer from a file of one's own: a command, a press, a question."""

import pytest
import simcord
from on_both import OnDiscord, make_desk
from on_slack import OnSlack
from slack_rig import Rig, shortcut
from slack_server import ADMIN, SlackServer

from summitqa_bot import strings
from summitqa_bot.discord.app import build as build_discord
from summitqa_bot.settings import Settings
from summitqa_bot.strings import articles as said

RULES = "# House rules\n\nDogs stay on the lead.\n\nQuiet hours begin at ten in the evening.\n"
QUESTION = "when do quiet hours start?"


async def first_minute(on: OnDiscord | OnSlack, command) -> None:
    """What an admin does who has just let the bot in, who was told no more than what it says."""
    told = await on.ask("help")
    assert said.LIST_EMPTY in told.words
    assert "/articles add" in told.words
    preview = await command(on)
    assert "House rules, 2 passages" in preview.words
    assert "Quiet hours begin at ten in the evening." in preview.words
    done = await on.press(said.BUTTON_PUT)
    assert "House rules is on the shelf, 2 passages: ask about it with /ask." in done.words
    answer = await on.ask(QUESTION)
    assert strings.NOT_FOUND not in answer.words
    assert "Quiet hours begin at ten in the evening." in answer.words
    assert "[1] House rules, ¶2" in answer.words
    assert (preview.private, done.private, answer.private) == (True, True, False)
    assert said.LIST_EMPTY not in (await on.ask("help")).words


async def by_command(on: OnDiscord):
    return await on._use("admin", "articles add", file=("rules.md", RULES.encode()))


async def by_form(on: OnSlack):
    return await on.add("rules.md", RULES)


async def by_message(on: OnSlack):
    """Choose "Add to the shelf" on a message that holds the file."""
    on.reader = ADMIN
    file = on.server.files.put("rules.md", RULES)
    return await on._after(shortcut(on.server, {"files": [file]}, user={"id": ADMIN}))


async def test_on_discord_a_file_is_asked_in_three_steps(tmp_path, bundled, encoder):
    desk = make_desk(tmp_path, bundled, encoder)
    bot = build_discord(Settings(answer_in="reply", discord_token="a.b.c"), desk)
    async with simcord.run(bot, shard_count=1) as env:
        await first_minute(OnDiscord(env), by_command)
    await desk.close()


@pytest.mark.parametrize("command", [by_form, by_message])
async def test_on_slack_a_file_is_asked_in_three_steps(tmp_path, bundled, encoder, command):
    desk = make_desk(tmp_path, bundled, encoder)
    async with SlackServer() as server:
        await first_minute(OnSlack(Rig(server, desk), server), command)
    await desk.close()
