"""Posting what the desk hands to people, and reports: in the right workspace, calling people."""

import logging
from collections.abc import Sequence

from summitqa_bot.service.editors import Poster
from summitqa_bot.slack.client import CallError, code_of
from summitqa_bot.slack.front import Front, Fronts
from summitqa_bot.slack.post import Place
from summitqa_bot.wording.reply import Reply

log = logging.getLogger("summitqa_bot.slack")


def poster(fronts: Fronts) -> Poster:
    """Give what posts for a community in a channel, or in the thread of one of our messages."""

    async def post(name: str, place: str, reply: Reply, people: Sequence[str]) -> str | None:
        try:
            front = await _front_of(fronts, name)
            if front is None:
                return None
            return await front.post.call(await _where(front, place), reply, people)
        except CallError as error:
            log.warning("a channel could not be told of something (%s)", code_of(error))
        except Exception:
            log.exception("a channel could not be told of something")
        return None

    return post


async def _front_of(fronts: Fronts, name: str) -> Front | None:
    """Find the workspace that a community is; None where it has us no more."""
    front = await fronts.of(name.rpartition("-")[2].upper())
    if front is None or await front.community() != name:
        return None
    return front


async def _where(front: Front, place: str) -> Place:
    """Read a channel or a message as we name them."""
    if "/" not in place:
        return Place("", place.rpartition(":")[2])
    channel, ts = place.split("/")[-2:]
    # Our message may be an answer in a thread, which is named by its first.
    thread = await front.conversation(place) or ""
    around, _, root = thread.rpartition(":")
    return Place("", channel, root if around == front.channel(channel) else ts)
