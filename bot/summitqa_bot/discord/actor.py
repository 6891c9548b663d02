"""Who acts and where on Discord, and which conversation an action belongs to.

The key of a conversation (``Actor.thread``) is the thread's id in a thread and the channel's
id in a direct message. Elsewhere it is the id of what began the exchange: the question's
message, or the interaction of a command. A thread begun from a message has that message's
id, so a mention keeps its key whether it is answered in a thread or as a reply.
"""

from collections import OrderedDict
from typing import Any

import discord

from summitqa_bot.service.permissions import Actor

Interaction = discord.Interaction[Any]

REMEMBERED = 1000  # answers whose conversation is kept in memory


class Conversations:
    """Which conversation each of the bot's latest messages belongs to.

    What is forgotten, as after a restart, is read off the message itself: a reply names the
    question it answers, and a command's answer the interaction that asked for it.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[int, str] = OrderedDict()

    def remember(self, message: int, key: str | None) -> None:
        """Note that the bot's message belongs to the conversation ``key``."""
        if key is not None:
            self._keys[message] = key
            while len(self._keys) > REMEMBERED:
                self._keys.popitem(last=False)

    def knows(self, message: int) -> bool:
        """Tell whether a message's conversation is in memory."""
        return message in self._keys

    def of(self, message: discord.Message) -> str:
        """Give the conversation of one of the bot's own messages."""
        known = self._keys.get(message.id)
        if known is not None:
            return known
        if message.interaction_metadata is not None:
            return str(message.interaction_metadata.id)
        if message.reference is not None and message.reference.message_id is not None:
            return str(message.reference.message_id)
        return str(message.id)

    def asked_in(self, message: discord.Message, me: int) -> str:
        """Give the conversation that a question posted as a message belongs to."""
        if message.guild is None or isinstance(message.channel, discord.Thread):
            return str(message.channel.id)
        answered = message.reference.resolved if message.reference else None
        if isinstance(answered, discord.Message) and answered.author.id == me:
            return self.of(answered)
        return str(message.id)


def visits(interaction: Interaction) -> bool:
    """Tell whether an interaction comes from where the bot is not: a person has brought it along.

    It is in a server that has installed it, be it without its bot user, and in the direct messages
    that are sent to it, not in those that others send one another.
    """
    if interaction.guild_id is None:
        return interaction.context.private_channel
    there = interaction.client.get_guild(interaction.guild_id) is not None
    return not (there or interaction.is_guild_integration())


def of_message(
    message: discord.Message,
    thread: str,
    workspaces: frozenset[str],
    chosen: str | None = None,
) -> Actor:
    """Tell who wrote a message."""
    author = message.author
    return Actor(
        platform="discord",
        user=str(author.id),
        workspace=str(message.guild.id) if message.guild else None,
        channel=_channel(message.channel),
        thread=thread,
        manages=isinstance(author, discord.Member) and author.guild_permissions.manage_guild,
        workspaces=workspaces,
        trusted=not author.bot,
        roles=_roles(author),
        chosen=chosen,
    )


def of_interaction(
    interaction: Interaction,
    conversations: Conversations,
    workspaces: frozenset[str],
    chosen: str | None = None,
) -> Actor:
    """Tell who used a command or pressed a button, as Discord vouches for it in the event."""
    if visits(interaction):
        return _visitor(interaction, workspaces)
    # These permissions come with the event itself, never from a cache that may be stale.
    granted = interaction.permissions
    in_guild = interaction.guild_id is not None
    return Actor(
        platform="discord",
        user=str(interaction.user.id),
        workspace=str(interaction.guild_id) if in_guild else None,
        channel=_channel(interaction.channel) or _text(interaction.channel_id),
        thread=_thread(interaction, conversations),
        manages=in_guild and (granted.manage_guild or granted.administrator),
        workspaces=workspaces,
        trusted=not interaction.user.bot,
        roles=_roles(interaction.user),
        chosen=chosen,
    )


def _visitor(interaction: Interaction, workspaces: frozenset[str]) -> Actor:
    """Tell who has brought the bot along: a person by themselves, whose turns are nobody else's."""
    user = str(interaction.user.id)
    return Actor(
        platform="discord",
        user=user,
        thread=f"{interaction.channel_id}-{user}",
        workspaces=workspaces,
        trusted=not interaction.user.bot,
    )


def _thread(interaction: Interaction, conversations: Conversations) -> str | None:
    if interaction.guild_id is None or isinstance(interaction.channel, discord.Thread):
        return _text(interaction.channel_id)
    if interaction.type is discord.InteractionType.application_command:
        return str(interaction.id)
    return conversations.of(interaction.message) if interaction.message else str(interaction.id)


def _roles(user: discord.User | discord.Member) -> frozenset[str]:
    """Give the ids of a member's roles, which come with each event; not the one that all have."""
    roles = user.roles if isinstance(user, discord.Member) else []
    return frozenset(str(role.id) for role in roles if not role.is_default())


def _channel(channel: Any) -> str | None:
    """Name the channel; a thread counts as the channel it hangs in, whose settings it has."""
    if isinstance(channel, discord.Thread):
        return str(channel.parent_id)
    return None if channel is None else str(channel.id)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
