"""Setting our own messages anew, long after the event that they answered."""

import logging

import discord

from summitqa_bot.discord.send import BROKEN, LONGEST_PAUSE, edit_parts, persist, retry_after
from summitqa_bot.reply import Reply

log = logging.getLogger(__name__)

NOT_CONNECTED_SECONDS = 2.0


async def amend(client: discord.Client, message: str, reply: Reply) -> float:
    """Set a message anew, named "channel/id", or "application/token/id" where it is a response.

    Gives 0 once it shows the reply or never can, else the seconds until another try.
    """
    if client.user is None:
        return NOT_CONNECTED_SECONDS
    try:
        await persist(lambda: _edit(client, message, reply))
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            return retry_after(error, LONGEST_PAUSE)
        log.info("a message could not be set anew (%s %s)", error.status, error.code)
    except BROKEN:
        return LONGEST_PAUSE
    return 0.0


async def _edit(client: discord.Client, message: str, reply: Reply) -> None:
    *place, number = message.split("/")
    if len(place) > 1:
        response = discord.Webhook.partial(int(place[0]), place[1], client=client)
        await response.edit_message(int(number), **edit_parts(reply))
    else:
        channel = client.get_partial_messageable(int(place[0]))
        await channel.get_partial_message(int(number)).edit(**edit_parts(reply))
