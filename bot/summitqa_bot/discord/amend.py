"""Setting our own messages anew, long after the event that they answered."""

import logging

import discord

from summitqa_bot.discord.send import BROKEN, LONGEST_PAUSE, edit, persist, retry_after
from summitqa_bot.wording.reply import Reply

log = logging.getLogger(__name__)

NOT_CONNECTED_SECONDS = 2.0


async def amend(client: discord.Client, message: str, reply: Reply) -> float:
    """Set a message anew, as ``edit`` does.

    Gives 0 once it shows the reply or never can, else the seconds until another try.
    """
    if client.user is None:
        return NOT_CONNECTED_SECONDS
    try:
        await persist(lambda: edit(client, message, reply))
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            return retry_after(error, LONGEST_PAUSE)
        log.info("a message could not be set anew (%s %s)", error.status, error.code)
    except BROKEN:
        return LONGEST_PAUSE
    return 0.0
