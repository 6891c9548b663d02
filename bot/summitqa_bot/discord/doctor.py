"""What ``summitqa doctor`` looks at on Discord."""

from collections.abc import Sequence

import discord

from summitqa.errors import SettingsError
from summitqa_bot.commands.check import Check
from summitqa_bot.discord.app import invite_url
from summitqa_bot.discord.connection import logged_in
from summitqa_bot.discord.sharing import require_shared
from summitqa_bot.settings import Settings
from summitqa_bot.strings import DISCORD_COMMANDS
from summitqa_bot.strings.discord import COMMANDS as OWN

COMMANDS = frozenset(
    {
        "ask", "shelf", "contents", "articles", "reindex", "summitqa",
        DISCORD_COMMANDS["find"], OWN["add message"],
    }
)  # fmt: skip


async def examine(settings: Settings) -> Sequence[Check]:
    """Look at the token, the intents and the registered commands; tell the invite link.

    Raises SettingsError where the token is refused.
    """
    async with logged_in(settings) as client:
        application = await client.application_info()
        registered = await client.http.get_global_commands(application.id)
        recommended, _, limits = await client.http.get_bot_gateway()
    return [
        Check("discord token", True, f"it is the one of {application.name}"),
        _intents(application.flags, settings.discord_content),
        _commands({command["name"] for command in registered}),
        _shards(settings, recommended, limits["remaining"]),
        Check("discord invite", None, invite_url(application.id)),
    ]


def _intents(flags: discord.ApplicationFlags, content: bool) -> Check:
    if not content:
        return Check("discord intents", True, "no privileged one is needed")
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return Check("discord intents", True, "Message Content, to answer unasked")
    lacked = (
        "SUMMITQA_DISCORD_CONTENT is 1, which takes Message Content: in the Developer Portal open "
        "the application, then Bot, then Privileged Gateway Intents."
    )
    return Check("discord intents", False, lacked)


def _commands(registered: set[str]) -> Check:
    missing = sorted(COMMANDS - registered)
    if missing:
        names = ", ".join(missing)
        detail = f"not registered: {names}; run `summitqa discord` once."
        return Check("discord commands", False, detail)
    return Check("discord commands", True, ", ".join(sorted(COMMANDS)))


def _shards(settings: Settings, recommended: int, left: int) -> Check:
    """Tell whether there are as many shards as Discord wants, and how often one may yet identify.

    What it gives are so many times a day; beyond, the token is reset.
    """
    try:
        require_shared(settings)
    except SettingsError as error:
        return Check("discord shards", False, str(error))
    told = f"Discord recommends {recommended}, and lets {left:,} identify today"
    number = settings.discord_shards
    if number is None:
        return Check("discord shards", True, f"all served by one process: {told}")
    if number and number < recommended:
        detail = f"{number} shared by replicas: {told}; raise SUMMITQA_DISCORD_SHARDS."
        return Check("discord shards", None, detail)
    return Check("discord shards", True, f"{number or 'auto'}, shared by replicas: {told}")


async def invite(settings: Settings) -> str:
    """Give the link by which a server's manager invites the bot."""
    async with logged_in(settings) as client:
        application: discord.AppInfo = await client.application_info()
    return invite_url(application.id)
