"""Two replicas before one workspace, with real desks on one database, over Socket Mode.

Slack sends an event to any of an app's connections, and again to another where it had no ack.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from slack_desk import answer
from slack_rig import command, event, mention, slack_settings, words, written
from slack_server import USER, SlackServer

from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.slack import pace
from summitqa_bot.slack.app import run
from summitqa_bot.slack.client import web_client
from summitqa_bot.slack.post import Place, Post
from summitqa_bot.slack.venues import PlaceVenue
from summitqa_bot.state import State, events
from tests.fakes import FakeEncoder, index, library, write

HOUSE = {"house.txt": "The bridge is of stone. The tower is of brick.\n"}
BRIDGE, TOWER = "Of what is the bridge?", "Of what is the tower?"


@contextlib.asynccontextmanager
async def replica(folder: Path, url: str, slack: SlackServer) -> AsyncIterator[Desk]:
    home, before = folder / "home", len(slack.sockets)
    index(home, write(folder / "house", HOUSE))
    settings = Settings(home=home, user_limit=Rate(1000, 1), channel_limit=Rate(1000, 1))
    desk = Desk(settings, library(home), State(home, url), FakeEncoder())
    await desk.start()
    serving = asyncio.create_task(run(slack_settings(slack), desk))
    try:
        await slack.until(lambda: len(slack.sockets) > before)
        yield desk
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await desk.close()


@pytest.fixture
async def two(
    tmp_path: Path,
    slack: SlackServer,
    postgres_databases: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Desk, Desk]]:
    monkeypatch.setattr(pace, "SECONDS", 0.01)
    monkeypatch.setattr(events, "LEASE_SECONDS", 2.0)
    url = postgres_databases()
    async with (
        replica(tmp_path / "one", url, slack) as one,
        replica(tmp_path / "other", url, slack) as other,
    ):
        yield one, other


async def send(slack: SlackServer, body: dict, to: int, kind: str = "events_api") -> None:
    """Send an envelope to one of the two, as Slack chooses."""
    envelope = {"type": kind, "envelope_id": f"E{to}-{id(body)}", "payload": body}
    await slack.sockets[to].send_json(envelope | {"accepts_response_payload": True})


def edited(body: dict, text: str | None, at: str = "2.2") -> dict:
    """What Slack tells of an edit, or of a link's preview, where no text is given."""
    told = {"user": USER, "ts": at} if text else None
    message = {**body["event"], "text": text or body["event"]["text"]} | (
        {"edited": told} if told else {"attachments": [{"title": "a preview"}]}
    )
    changed = {"type": "message", "subtype": "message_changed", "hidden": True, "user": None}
    return event(changed | {"channel": body["event"]["channel"], "message": message})


def posts(slack: SlackServer) -> list[str]:
    return ["".join(words(one["blocks"])) for one in slack.sent("chat.postMessage")]


async def settled(slack: SlackServer) -> None:
    """Wait until nothing is under way any more."""
    heard = -1
    while heard != (heard := len(slack.calls)):  # noqa: ASYNC110
        await asyncio.sleep(0.5)


async def test_what_is_sent_to_both_is_answered_once(two, slack) -> None:
    for number in range(10):
        body = (mention if number % 2 else written)(BRIDGE)
        await asyncio.gather(*(send(slack, body, to) for to in (0, 1)))
    asked = command(slack, text=BRIDGE)
    await asyncio.gather(*(send(slack, asked, to, "slash_commands") for to in (0, 1)))
    await slack.until(lambda: len(posts(slack)) == 11)
    await settled(slack)
    assert len(posts(slack)) == 11


async def test_an_edit_sent_to_the_other_sets_the_answer_anew(two, slack) -> None:
    body = written(BRIDGE)
    await send(slack, body, 0)
    await slack.until(lambda: posts(slack))
    await settled(slack)
    await send(slack, edited(body, None), 1)
    await settled(slack)
    assert not slack.sent("chat.update")
    await send(slack, edited(body, TOWER), 1)
    await slack.until(lambda: slack.sent("chat.update"))
    await settled(slack)
    [changed] = slack.sent("chat.update")
    assert "brick" in "".join(words(changed["blocks"]))
    assert changed["ts"] == slack.messages[0]["ts"]
    # Once more, by the one that answered first, whose memory is of what was asked then.
    await send(slack, edited(body, BRIDGE, "3.3"), 0)
    await slack.until(lambda: len(slack.sent("chat.update")) == 2)
    assert "stone" in "".join(words(slack.sent("chat.update")[1]["blocks"]))
    assert len(posts(slack)) == 1


async def test_a_thread_below_a_question_goes_on_whichever_answered_it(two, slack) -> None:
    first = written(BRIDGE)
    await send(slack, first, 0)
    await slack.until(lambda: posts(slack))
    await settled(slack)
    await send(slack, written(TOWER, thread_ts=first["event"]["ts"]), 1)
    await slack.until(lambda: len(posts(slack)) == 2)
    await settled(slack)
    one = two[0]._state.recent(1, found=True)
    assert {asked.thread for asked in one} == {first["event"]["channel"]}


async def test_a_message_that_shows_an_answer_is_found_by_another_replica(slack) -> None:
    log = logging.getLogger("slack")
    one, other = (Post(web_client(slack_settings(slack), log)) for _ in range(2))
    place, reply = Place(USER, "C00000001", "1.1"), answer("What happened?")
    assert await PlaceVenue(other, place).earlier(reply) is None
    message = await one.say(place, reply)
    assert await PlaceVenue(other, place).earlier(reply) == message
    elsewhere = Place(USER, "C00000001", "2.2")
    assert await PlaceVenue(other, elsewhere).earlier(reply) is None
    assert await PlaceVenue(other, place).earlier(replace(reply, ref="r2")) is None
