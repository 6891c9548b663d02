# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""What the bot posts of its own: hand-offs and reports, and answers to what nobody put to it."""

import pytest
from discord_desk import CARD, QUOTE, FakeDesk
from discord_world import (  # noqa: F401
    World,
    answer_in,
    desk,
    simcord_bot,
    single,
    text,
    world,
)

from summitqa_bot.discord.app import SummitBot, build
from summitqa_bot.discord.naming import community
from summitqa_bot.settings import Settings
from summitqa_bot.wording.reply import Button, Reply
from summitqa_bot.wording.talk import Address

HANDED = Reply("Nobody’s text answers this yet", buttons=(Button("point", "h1", "Point"),))


async def test_people_are_called_in_a_channel_and_nobody_else(world: World, desk: FakeDesk) -> None:
    role = world.guild.create_role("Editors")
    people = (str(role.id), str(world.alice.id))
    said = Reply("@everyone <@1> how?", buttons=HANDED.buttons)
    place = await desk.poster(community(world.guild.id), str(world.channel.id), said, people)
    (posted,) = world.answers()
    assert place == f"{world.channel.id}/{posted.id}"
    assert posted.content.startswith(f"<@{world.alice.id}> <@&{role.id}>\n")
    assert "<@1>" not in posted.content.partition("\n")[2]
    sent = next(one for one in world.env.http_requests if one.path.endswith("/messages")).json
    mentions = sent["allowed_mentions"]
    assert [str(one) for one in mentions["users"]] == [str(world.alice.id)]
    assert [str(one) for one in mentions["roles"]] == [str(role.id)]
    assert "everyone" not in mentions.get("parse", [])
    assert posted.components and sent["enforce_nonce"] is True


async def test_below_a_message_it_stands_in_a_thread_or_a_reply(world: World, desk: FakeDesk):
    question = await world.alice.send(world.channel, f"{world.mention} How long?")
    answer = world.answers()[0]
    name, place = community(world.guild.id), f"{world.channel.id}/{answer.id}"
    first = await desk.poster(name, place, Reply("There is an answer now"), ())
    (thread,) = world.channel.threads
    assert thread.id == answer.id and [text(one) for one in world.answers(thread)] == [
        "There is an answer now"
    ]
    assert first == f"{thread.id}/{world.answers(thread)[0].id}"
    await desk.poster(name, place, Reply("And another"), ())
    assert len(world.channel.threads) == 1 and len(world.answers(thread)) == 2
    world.env.inject_error("POST", "/channels/*/threads", status=403, code=50013)
    below = f"{world.channel.id}/{question.id}"
    await desk.poster(name, below, Reply("A third"), ())
    assert world.answers()[-1].reference.message_id == question.id


async def test_where_the_bot_may_not_embed_the_words_are_posted(
    world: World, desk: FakeDesk
) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=1)
    found = Reply("There is an answer now", (CARD,))
    assert await desk.poster(community(world.guild.id), str(world.channel.id), found, ())
    (posted,) = world.answers()
    assert not posted.embeds and QUOTE in text(posted).replace("**", "")


async def test_it_never_reaches_another_community_and_a_barred_channel_is_none(
    world: World, desk: FakeDesk
) -> None:
    channel = str(world.channel.id)
    assert await desk.poster("discord-99", channel, HANDED, ()) is None
    assert await desk.poster(community(world.guild.id), "general", HANDED, ()) is None
    assert await desk.poster(community(world.guild.id), f"{channel}/a/b", HANDED, ()) is None
    for code in (50013, 50035):
        world.env.inject_error("POST", "/channels/*/messages", status=403, code=code, times=None)
        assert await desk.poster(community(world.guild.id), channel, HANDED, ()) is None
    assert world.answers() == []


async def test_without_the_setting_no_post_is_read(world: World, desk: FakeDesk) -> None:
    desk.open = {str(world.channel.id)}
    await world.alice.send(world.channel, "How long did they meet?")
    assert desk.heard == [] and world.answers() == []


@pytest.fixture
def reading() -> Settings:
    return Settings(answer_in="reply", discord_token="a.b.c", discord_content=True)


async def test_with_it_posts_are_answered_where_that_is_wanted(
    world: World, desk: FakeDesk, reading: Settings
) -> None:
    await world.env.restart_bot(single(reading, desk))
    quiet = world.guild.create_text_channel("quiet")
    desk.open = {str(world.channel.id)}
    await world.alice.send(quiet, "How long did they meet?")
    assert desk.heard == []
    first = await world.alice.send(world.channel, "How long did they meet?")
    assert desk.heard == [("How long did they meet?", Address.OPEN)]
    (answer,) = world.answers()
    assert answer.reference.message_id == first.id
    await world.boss.send(world.channel, "How long did they meet?", reply_to=first)
    await world.boss.send(world.channel, f"<@{world.alice.id}> How long?")
    other = world.guild.add_member(world.env.create_user("other", bot=True))
    await other.send(world.channel, "How long did they meet?")
    assert len(desk.heard) == 1
    await world.alice.send(world.channel, f"{world.mention} How long?")
    assert desk.heard[-1] == ("How long?", Address.MENTION)


async def test_nothing_is_said_where_the_desk_is_not_sure(
    world: World, desk: FakeDesk, reading: Settings
) -> None:
    await world.env.restart_bot(single(reading, desk))
    desk.open, desk.ignored = {str(world.channel.id)}, {"Is it sure?"}
    await world.alice.send(world.channel, "Is it sure?")
    assert desk.heard and world.answers() == []
    assert not [one for one in world.env.http_requests if one.path.endswith("/typing")]


def test_words_are_asked_for_only_where_the_operator_says_so(desk: FakeDesk) -> None:
    asked: list[SummitBot] = [build(Settings(discord_content=on), desk) for on in (False, True)]
    assert [one.intents.message_content for one in asked] == [False, True]
    assert not any(one.intents.members or one.intents.presences for one in asked)
