"""The same people do the same things on Discord and on Slack, and get the same."""

import re
from dataclasses import replace
from itertools import zip_longest

import pytest
import simcord
from on_both import OnDiscord, Seen, make_desk
from on_slack import OnSlack
from slack_rig import Rig
from slack_server import SlackServer

from summitqa.answer import Band
from summitqa_bot import strings
from summitqa_bot.discord.app import build as build_discord
from summitqa_bot.settings import Settings
from summitqa_bot.strings.articles import LIST_EMPTY

QUESTION = "What did Trump call the limousine?"
ANSWERED = "Which slogan was on the backdrop?"
FOLLOW_UP = "and who stood before it?"
OFF_TOPIC = "How do I make sourdough bread rise?"
DOUBTFUL = "What did Putin demand?"


SURE = "Which museum is near the airfield?"


async def script(on: OnDiscord | OnSlack) -> dict[str, Seen]:
    """What the people do, step by step; give what they see at each."""
    seen = {
        "ask": await on.ask(QUESTION),
        "context": await on.press(strings.BUTTON_CONTEXT),
    }
    await on.ask(QUESTION)
    seen |= {
        "more": await on.press(strings.BUTTON_MORE),
        "private": await on.ask(QUESTION, private=True),
    }
    seen["share"], seen["share, told"] = await on.share()
    seen["share again"] = await on.press(strings.BUTTON_SHARE)
    await on.ask(QUESTION)
    seen |= {"good": await on.press(strings.BUTTON_GOOD)}
    await on.ask(QUESTION)
    seen |= {
        "bad": await on.press(strings.BUTTON_BAD, "not what I meant"),
        "scoped": await on.ask(QUESTION, article="alaska-summit"),
        "unknown article": await on.ask(QUESTION, article="nope"),
        "not found": await on.ask(OFF_TOPIC),
        "nearest": await on.press(strings.BUTTON_NEAREST),
        "no question": await on.ask("😀"),
        "help by command": await on.ask("help"),
        "doubtful": await on.ask(DOUBTFUL),
        "doubtful, context": await on.press(strings.BUTTON_CONTEXT),
    }
    await on.ask(DOUBTFUL)
    seen |= {
        "doubtful, more": await on.press(strings.BUTTON_MORE),
        "sure": await on.ask(SURE),
        "mention": await on.mention(ANSWERED),
        "follow-up": await on.go_on(FOLLOW_UP),
    }
    for who in ("member", "admin"):
        for verb in ("status", "unanswered", "feedback"):
            seen[f"{verb} by {who}"] = await on.admin(who, verb)
        seen[f"channel by {who}"] = await on.admin(who, "channel", article="alaska-summit")
    seen["reindex by member"] = await on.admin("member", "reindex")
    seen["not found in the channel's article"] = await on.ask(OFF_TOPIC)
    return seen


HELPS = ("", "hi", "help")


async def small_talk(on: OnDiscord | OnSlack) -> dict[str, Seen | None]:
    """What people say that is no question, to the bot in a channel and directly."""
    said = (*HELPS, "thanks!", "thank you so much", "lol", "ok", "👍", "yes good idea")
    return {
        f"{text!r} {'directly' if direct else 'in a channel'}": await on.say(
            text, direct=direct, answered=text in HELPS or (direct and "thank" in text)
        )
        for direct in (False, True)
        for text in said
        if text or not direct
    }


def check_small_talk(seen: dict[str, Seen | None]) -> None:
    for step, reply in seen.items():
        if step.startswith(("'' ", "'hi'", "'help'")):
            assert reply is not None, step
            assert "For instance" in reply.words, step
            assert reply.words.count("?") == 3, step
            assert "admin" in reply.words, step
        elif "thank" in step and "directly" in step:
            assert reply is not None, step
            assert reply.words == strings.WELCOME, step
        else:
            assert reply is None, step


async def test_small_talk_is_met_alike_and_nothing_of_it_is_kept(tmp_path, bundled, encoder):
    discord_desk = make_desk(tmp_path / "discord", bundled, encoder)
    bot = build_discord(Settings(answer_in="thread", discord_token="a.b.c"), discord_desk)
    async with simcord.run(bot, shard_count=1) as env:
        on_discord = await small_talk(OnDiscord(env))
    async with SlackServer() as server:
        slack_desk = make_desk(tmp_path / "slack", bundled, encoder)
        on_slack = await small_talk(OnSlack(Rig(server, slack_desk), server))
    check_small_talk(on_discord)
    # Who writes directly asks the workspace's shelf on Slack, and their own on Discord.
    for step, seen in on_slack.items():
        if seen is not None and "directly" in step:
            on_slack[step] = replace(seen, words=seen.words.replace(f"{LIST_EMPTY} ", ""))
    assert on_discord == on_slack
    for desk in (discord_desk, slack_desk):
        assert desk._state.recent(7, found=False) == desk._state.recent(7, found=True) == []
        await desk.close()


@pytest.fixture
def judged(bundled, monkeypatch):
    """The bundled article, one question answered by two passages, neither surely; one by one."""
    ask = bundled.ask
    bands = {DOUBTFUL: (Band.WEAK, (0.31, 0.28, 0.1)), SURE: (Band.STRONG, (0.95, 0.1))}

    def as_judged(question, **how):
        found = ask(question, **how)
        if question not in bands:
            return found
        band, likely = bands[question]
        given = zip_longest(found.matches, likely, fillvalue=0.0)
        matches = tuple(replace(match, probability=one) for match, one in given)
        return replace(found, found=True, confidence=likely[0], band=band, matches=matches)

    monkeypatch.setattr(bundled, "ask", as_judged)
    return bundled


def check_answers(seen: dict[str, Seen]) -> None:
    """What leads is how far to trust it, then the quote, its citation, and what is around it."""
    sure = (
        rf"Likely match \(\d\d %\) · {re.escape(QUESTION)} He .+? The Beast\. "
        r"\[1\] Trump and Putin .+?, ¶7, 16 Aug 2025 \[…\] .+ \[…\]"
    )
    assert re.fullmatch(sure, seen["ask"].words)
    doubtful = seen["doubtful"].words
    assert doubtful.startswith(f"The closest passage, it may not answer this (31 %) {DOUBTFUL} ")
    assert [number for number in range(1, 9) if f"[{number}]" in doubtful] == [1, 2]
    assert doubtful.index("[1]") < doubtful.index("[2]")
    assert seen["doubtful, more"].words.count("Trump and Putin in Alaska") == 3
    assert all(f"[{number}]" in seen["doubtful, more"].words for number in (3, 4, 5))
    assert all(f"[{number}]" in seen["doubtful, context"].words for number in (1, 2))
    assert all(strings.BUTTON_MORE in seen[one].buttons for one in ("ask", "doubtful"))
    assert seen["sure"].words.startswith("Strong match (95 %)")
    assert strings.BUTTON_CONTEXT in seen["sure"].buttons
    assert strings.BUTTON_MORE not in seen["sure"].buttons


async def test_the_same_script_has_the_same_outcomes_on_both(tmp_path, judged, encoder):
    bundled = judged
    discord_desk = make_desk(tmp_path / "discord", bundled, encoder)
    bot = build_discord(Settings(answer_in="thread", discord_token="a.b.c"), discord_desk)
    async with simcord.run(bot, shard_count=1) as env:
        on = OnDiscord(env)
        await on.let_everybody_see_the_commands()
        on_discord = await script(on)
    async with SlackServer() as server:
        slack_desk = make_desk(tmp_path / "slack", bundled, encoder)
        on_slack = await script(OnSlack(Rig(server, slack_desk), server))
    assert list(on_discord) == list(on_slack)
    for step, seen in on_discord.items():
        assert seen == on_slack[step], step
    assert strings.ADMINS_ONLY in on_discord["status by member"].words
    check_answers(on_discord)
    assert on_discord["share"].words == on_discord["private"].words
    assert on_discord["share, told"].words == strings.SHARED
    assert on_discord["share again"].words == strings.PUBLIC_ALREADY
    for desk in (discord_desk, slack_desk):
        await desk.close()
