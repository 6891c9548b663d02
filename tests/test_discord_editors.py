"""What is not found, handed to people on a simulated Discord and answered there, by the real desk."""

from pathlib import Path

import pytest
import simcord
from discord_world import MANAGE, single
from on_both import InlineDesk, make_desk

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot.discord.app import SummitBot
from summitqa_bot.settings import Settings
from summitqa_bot.strings import editors as said

QUESTION = "How do I make sourdough bread rise?"


@pytest.fixture
def real_desk(tmp_path: Path, bundled: Library, encoder: Encoder) -> InlineDesk:
    return make_desk(tmp_path, bundled, encoder)


@pytest.fixture
def simcord_bot(real_desk: InlineDesk) -> SummitBot:
    return single(Settings(answer_in="reply", discord_token="a.b.c"), real_desk)


async def test_a_question_is_handed_on_answered_by_a_form_and_told_to_the_asker(
    simcord_env: simcord.Env, real_desk: InlineDesk
) -> None:
    env, desk = simcord_env, real_desk
    guild = env.create_guild()
    channel, editors = guild.create_text_channel("general"), guild.create_text_channel("editors")
    alice = guild.add_member(env.create_user("alice"))
    boss = guild.add_member(
        env.create_user("boss"), roles=[guild.create_role("Boss", permissions=MANAGE)]
    )
    role = guild.create_role("Helpers")
    helper = guild.add_member(env.create_user("helper"), roles=[role])
    await boss.slash(channel, "summitqa editors", channel=editors, helper=role)
    await alice.slash(channel, "ask", question=QUESTION)
    await desk._editors.walk()
    (told,) = editors.history(viewer=None)
    assert told.content.startswith(f"<@&{role.id}>\n") and "sourdough" in told.content
    refused = await alice.click(told, label=said.BUTTON_WRITE)
    assert refused.modal is None and refused.response.ephemeral
    form = await helper.click(told, label=said.BUTTON_WRITE)
    assert [one["component"]["custom_id"] for one in form.modal["components"]] == ["text", "name"]
    done = await helper.submit_modal(
        form, {"text": "Keep the sourdough warm, and wait for four hours.", "name": "Hilda"}
    )
    assert "Hilda" in done.response.content and said.ASKER_TOLD in done.response.content
    (thread,) = channel.threads
    (shown,) = [one for one in thread.history(viewer=None) if one.embeds]
    assert "Keep the sourdough warm" in shown.embeds[0].description.replace("**", "")
    again = await alice.slash(channel, "ask", question=QUESTION)
    assert "Keep the sourdough warm" in again.response.embeds[0].description.replace("**", "")
    await desk.close()
