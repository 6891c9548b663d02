# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""The bot against a simulated Discord: what people do, and what they get."""

import asyncio
import re

import discord
import pytest
import simcord
from discord_desk import FakeDesk
from discord_world import (  # noqa: F401
    BOLD,
    World,
    answer_in,
    desk,
    simcord_bot,
    text,
    world,
)

from summitqa_bot.discord.app import SummitBot, build, invite_url
from summitqa_bot.service.permissions import Actor, is_admin
from summitqa_bot.settings import Settings
from summitqa_bot.strings import DISCORD_COMMANDS

in_threads = pytest.mark.parametrize("answer_in", ["thread"])


# Ways to ask


async def test_ask_answers_with_quote_citation_and_band(world: World) -> None:
    world.desk.beneath = "Strong match"
    result = await world.alice.slash(world.channel, "ask", question="How long?")
    message = result.response
    assert message is not None and not message.ephemeral
    assert BOLD in (message.embeds[0].description or "").replace("\\", "")
    assert "](https://example.org/alaska#:~:text=They%20met)" in str(message.embeds[0].description)
    assert message.content == "Answer to: How long?\n-# Strong match"
    assert world.desk.asked[0][1:] == ("How long?", None, False)
    assert world.desk.places == [("r1", f"{world.channel.id}/{message.id}")]


async def test_ask_is_acknowledged_before_the_desk_is_asked(world: World) -> None:
    async def take(*_: object) -> int:
        acked = [one for one in world.env.http_requests if one.path.endswith("/callback")]
        assert len(acked) == 1
        return 1

    world.desk.claims.take = take  # type: ignore[method-assign]
    await world.alice.slash(world.channel, "ask", question="How long?")
    assert len(world.desk.asked) == 1


async def test_private_ask_is_seen_by_the_asker_alone(world: World) -> None:
    result = await world.alice.slash(world.channel, "ask", question="How long?", private=True)
    assert result.response is not None and result.response.ephemeral
    assert world.desk.asked[0][3] is True


async def test_a_private_reply_to_a_public_command_stays_private(world: World) -> None:
    world.desk.private = True
    result = await world.alice.slash(world.channel, "ask", question="How long?")
    assert [one.ephemeral for one in result.followups] == [True]
    assert result.response is None


async def test_ask_in_an_article_chosen_from_suggestions(world: World) -> None:
    choices = await world.alice.autocomplete(world.channel, "ask", "article", "al")
    assert choices[0] == {"name": "Alaska summit", "value": "alaska-summit"}
    every = await world.alice.autocomplete(world.channel, "ask", "article", "")
    assert all(len(one["name"]) <= 100 for one in every)
    await world.alice.slash(world.channel, "ask", question="How long?", article="alaska-summit")
    assert world.desk.asked[0][2] == "alaska-summit"


async def test_suggestions_that_fail_are_none(world: World, caplog) -> None:
    async def titles(_: Actor, typed: str) -> tuple[tuple[str, str], ...]:
        raise RuntimeError

    world.desk.titles = titles  # type: ignore[method-assign]
    assert await world.alice.autocomplete(world.channel, "ask", "article", "al") == []


async def test_a_mention_is_answered_by_a_reply_that_pings_nobody(world: World) -> None:
    question = await world.alice.send(world.channel, f"{world.mention} How long?")
    (answer,) = world.answers()
    assert answer.reference is not None and answer.reference.message_id == question.id
    assert text(answer) == "Answer to: How long?"
    sent = next(one for one in world.env.http_requests if one.path.endswith("/messages"))
    assert sent.json["allowed_mentions"] == {"parse": []}
    assert sent.json["nonce"] == str(question.id) and sent.json["enforce_nonce"] is True


@in_threads
async def test_a_mention_is_answered_in_a_thread_and_the_thread_goes_on(world: World) -> None:
    question = await world.alice.send(world.channel, f"{world.mention} How long?")
    (thread,) = world.channel.threads
    assert thread.name == "How long?" and not world.answers()
    await world.alice.send(thread, f"{world.mention} And who?")
    assert [text(one) for one in world.answers(thread)] == [
        "Answer to: How long?",
        "Answer to: And who?",
    ]
    first, second = (actor for actor, *_ in world.desk.asked)
    assert first.thread == second.thread == str(question.id) == str(thread.id)
    assert first.channel == second.channel == str(world.channel.id)


@in_threads
async def test_no_right_to_branch_means_a_reply(world: World) -> None:
    world.env.inject_error("POST", "/channels/*/threads", status=403, code=50013)
    await world.alice.send(world.channel, f"{world.mention} How long?")
    assert len(world.answers()) == 1 and not world.channel.threads


async def test_direct_messages_need_no_mention(world: World) -> None:
    await world.alice.send_dm("How long?")
    await world.alice.send_dm("And who?")
    assert len(world.direct) == 2
    actor = world.desk.asked[1][0]
    assert actor.workspace is None and not actor.manages
    assert actor.thread == actor.channel == str(world.alice.user.dm_channel.id)


async def test_replies_to_the_bot_stay_in_one_conversation(world: World) -> None:
    await world.alice.send(world.channel, f"{world.mention} How long?")
    for more in ("And who?", "And where?"):
        last = world.answers()[-1]
        await world.alice.send(world.channel, f"{world.mention} {more}", reply_to=last)
    assert len({actor.thread for actor, *_ in world.desk.asked}) == 1


async def test_a_reply_to_a_commands_answer_follows_it_up(world: World) -> None:
    result = await world.alice.slash(world.channel, "ask", question="How long?")
    assert result.response is not None
    await world.alice.send(world.channel, f"{world.mention} Who?", reply_to=result.response)
    assert len({actor.thread for actor, *_ in world.desk.asked}) == 1


async def test_find_in_the_article_reads_anybodys_message(world: World) -> None:
    message = await world.boss.send(world.channel, "They met in Anchorage.")
    result = await world.alice.context_menu(world.channel, DISCORD_COMMANDS["find"], message)
    assert result.response is not None and result.response.ephemeral
    assert world.desk.found == ["They met in Anchorage."]


async def test_what_is_not_asked_of_the_bot_is_ignored(world: World) -> None:
    other = world.guild.add_member(world.env.create_user("other", bot=True))
    await world.alice.send(world.channel, "How long?")
    await world.boss.send(world.channel, "@everyone How long?")
    await other.send(world.channel, f"{world.mention} How long?")
    hook = world.guild.create_webhook(world.channel)
    await hook.send(f"{world.mention} How long?")
    assert not world.desk.asked and not world.answers()


# Administration


async def test_reindex_shows_progress_and_summary_in_place(world: World) -> None:
    result = await world.boss.slash(world.channel, "reindex")
    assert result.response is not None and result.response.ephemeral
    assert text(result.response.message) == "Reindexed: 1 added"
    edits = [one for one in world.env.http_requests if one.method == "PATCH"]
    assert edits[0].json["content"] == "Step 0"
    actor = world.desk.reindexers[0]
    assert actor.manages and actor.workspaces == {str(world.guild.id)} and actor.trusted


async def test_reindex_can_be_forced(world: World) -> None:
    await world.boss.slash(world.channel, "reindex")
    assert not world.desk.forced
    await world.boss.slash(world.channel, "reindex", force=True)
    assert world.desk.forced


@pytest.mark.parametrize("command", ["reindex", "summitqa status", "summitqa channel"])
async def test_admin_commands_are_hidden_from_others(world: World, command: str) -> None:
    with pytest.raises(simcord.SetupError):
        await world.alice.slash(world.channel, command)
    assert command in world.alice.user.available_commands()  # directly, of their own shelf


async def test_who_manages_is_told_to_the_desk(world: World) -> None:
    (reindex,) = [one for one in await world.env.bot.tree.fetch_commands() if one.name == "reindex"]
    world.guild.set_command_permissions(reindex, {world.alice: True})
    await world.alice.slash(world.channel, "reindex")
    assert [actor.manages for actor in world.desk.reindexers] == [False]


async def test_the_summitqa_commands(world: World) -> None:
    said = []
    for command in ("status", "unanswered", "feedback", "channel"):
        result = await world.boss.slash(world.channel, f"summitqa {command}")
        assert result.response is not None and result.response.ephemeral
        said.append(result.response.content)
    assert said == ["1 article", "None", "3 up", "Set"]
    await world.boss.slash(world.channel, "summitqa channel", article="alaska-summit")
    several = {"article": "rules", "third": "faq"}
    await world.boss.slash(world.channel, "summitqa channel", **several)
    assert [told for _, told in world.desk.channels] == [[], ["alaska-summit"], ["rules", "faq"]]


# Edits and deletions


async def test_an_edited_question_updates_its_answer(world: World) -> None:
    question = await world.alice.send(world.channel, f"{world.mention} How long?")
    await world.alice.edit(question, f"{world.mention} How far?")
    (answer,) = world.answers()
    assert text(answer) == "Answer to: How far?"
    await world.alice.edit(question, f"{world.mention} How far?")
    assert len(world.desk.asked) == 2


async def test_an_edit_whose_answer_was_deleted_is_answered_anew(world: World) -> None:
    question = await world.alice.send(world.channel, f"{world.mention} How long?")
    answer = world.answers()[0]
    world.env.backend.delete_message(world.channel.id, answer.id)
    await world.alice.edit(question, f"{world.mention} How far?")
    assert [text(one) for one in world.answers()] == ["Answer to: How far?"]
    sent = [one.json for one in world.env.http_requests if one.path.endswith("/messages")]
    assert sent[0]["nonce"] != sent[1]["nonce"]


async def test_a_deleted_question_is_met_with_silence(world: World, desk: FakeDesk) -> None:
    ask = desk.ask

    async def ask_and_regret(*given, **options):
        world.env.backend.delete_message(world.channel.id, question_id())
        await asyncio.sleep(0.01)
        return await ask(*given, **options)

    def question_id() -> int:
        return world.channel.history()[-1].id

    desk.ask = ask_and_regret  # type: ignore[method-assign]
    await world.alice.send(world.channel, f"{world.mention} How long?")
    assert desk.asked and not world.answers() and not world.direct


# Set-up


def test_no_privileged_intent_is_asked_for(simcord_bot: SummitBot) -> None:
    intents = simcord_bot.intents
    assert not (intents.message_content or intents.members or intents.presences)


def test_the_invite_link_asks_for_bot_and_commands() -> None:
    url = invite_url(1234567890123456)
    assert "client_id=1234567890123456" in url
    assert "scope=bot+applications.commands" in url
    assert discord.Permissions(int(re.search(r"permissions=(\d+)", url)[1])).embed_links


async def test_a_shard_takes_the_only_server_it_sees_for_no_home(
    world: World, simcord_bot: SummitBot
) -> None:
    simcord_bot.shard_count = 2
    await world.boss.slash(world.channel, "ask", question="How long?")
    actor = world.desk.asked[-1][0]
    assert actor.manages and not is_admin(actor, Settings())
    assert is_admin(actor, Settings(discord_home=str(world.guild.id)))


async def test_before_all_servers_are_known_none_is_the_only_one(desk: FakeDesk) -> None:
    bot = build(Settings(), desk)
    bot._connection._guilds = {1: discord.Object(1)}  # type: ignore[dict-item]
    assert len(bot.guilds) == 1
    assert bot.workspaces() == frozenset()
