"""One person's acts on Discord and on Slack, and what is seen of the replies."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simcord
from slack_rig import Rig, command, mention, press, quiet, words, written
from slack_server import ADMIN, TEAM, USER, SlackServer

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.desk import Desk
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State


@dataclass(frozen=True)
class Seen:
    """What one person sees of one reply, stripped of the platform's own form."""

    words: str
    buttons: tuple[str, ...]
    private: bool


class InlineDesk(Desk):
    """The real desk, its threads left out: a simulated platform stops the clock around them."""

    async def _in(self, _pool: Any, do: Callable[..., Any], *args: Any) -> Any:
        return do(*args)

    async def _aside(self, do: Callable[..., Any], *args: Any) -> Any:
        return do(*args)


def make_desk(home: Path, bundled: Library, encoder: Encoder) -> Desk:
    settings = Settings(home=home, user_limit=Rate(1000, 1), channel_limit=Rate(1000, 1))
    return InlineDesk(settings, bundled, State(home), encoder)


def spoken(text: str) -> str:
    """Fold white space, drop what is decoration on one platform or the other."""
    return " ".join(re.sub(r"[“”\"*\\]", "", text).split())


class OnDiscord:
    """The script's verbs, done in a simulated Discord."""

    def __init__(self, env: simcord.Env) -> None:
        self.env = env
        self.guild = guild = env.create_guild()
        self.channel = guild.create_text_channel("general")
        role = guild.create_role("Boss", permissions=simcord_permissions())
        self.people = {
            "member": guild.add_member(env.create_user("alice")),
            "admin": guild.add_member(env.create_user("boss"), roles=[role]),
        }
        self.last: Any = None
        self.said: set[int] = set()

    async def let_everybody_see_the_commands(self) -> None:
        """Have a server's integration settings show admin commands to a plain member."""
        member = self.people["member"]
        for known in await self.env.bot.tree.fetch_commands():
            if known.name in {"reindex", "summitqa"}:
                self.guild.set_command_permissions(known, {member: True})

    async def ask(self, question: str, **options: Any) -> Seen:
        result = await self.people["member"].slash(
            self.channel, "ask", question=question, **options
        )
        return self._of(result)

    async def mention(self, question: str) -> Seen:
        me = self.env.backend.bot_user.id
        message = await self.people["member"].send(self.channel, f"<@{me}> {question}")
        self.thread = self.env.backend and next(
            thread for thread in self.channel.threads if thread.id == message.id
        )
        return self._latest(self.thread)

    async def go_on(self, question: str) -> Seen:
        me = self.env.backend.bot_user.id
        await self.people["member"].send(self.thread, f"<@{me}> {question}")
        return self._latest(self.thread)

    async def say(self, text: str, *, direct: bool, answered: bool) -> Seen | None:
        """Write a direct message, or to the bot in the channel; give what it says, if anything."""
        member = self.people["member"]
        if direct:
            await member.send_dm(text)
        else:
            await member.send(self.channel, f"<@{self.env.backend.bot_user.id}> {text}")
        return self._new(member.user.dm_channel if direct else self.channel)

    def _new(self, channel: Any) -> Seen | None:
        me, seen = self.env.backend.bot_user.id, self.said
        said = [one for one in channel.history(viewer=None) if one.author.id == me]
        new = [one for one in said if one.id not in seen]
        self.said = seen | {one.id for one in said}
        return self._seen(new[-1], private=False) if new else None

    async def press(self, label: str, line: str | None = None) -> Seen:
        result = await self.people["member"].click(self.last, label=label)
        if line is not None:
            result = await self.people["member"].submit_modal(result, {"text": line})
        return self._of(result, last=True)

    async def share(self) -> tuple[Seen, Seen]:
        """Share the last answer; give what all see, and what the presser is told."""
        private = self.last
        result = await self.people["member"].click(private, label=strings.BUTTON_SHARE)
        shown, told = self._of(result, last=True), self._seen(result.response.message, private=True)
        self.last = private
        return shown, told

    async def admin(self, who: str, verb: str, **options: Any) -> Seen:
        name = verb if verb == "reindex" else f"summitqa {verb}"
        result = await self.people[who].slash(self.channel, name, **options)
        return self._of(result)

    def _of(self, result: Any, *, last: bool = False) -> Seen:
        """Take the response, or where there is none, or the last is meant, the last follow-up."""
        later = result.followups and (last or result.response is None)
        shown = result.followups[-1] if later else result.response
        self.last = shown.message
        return self._seen(self.last, private=shown.ephemeral)

    def _latest(self, channel: Any) -> Seen:
        me = self.env.backend.bot_user.id
        self.last = [one for one in channel.history(viewer=None) if one.author.id == me][-1]
        return self._seen(self.last, private=False)

    def _seen(self, message: Any, *, private: bool) -> Seen:
        parts = [message.content]
        for embed in message.embeds:
            parts += [embed.description or "", (embed.footer.text if embed.footer else "") or ""]
        text = re.sub(r"^-# ", "", "\n".join(parts), flags=re.MULTILINE)
        buttons = tuple(item.label for row in message.components for item in row.children)
        # A time, which each client words for its reader, and Slack's blocks hold apart from text.
        text = re.sub(r"<t:\d+:R>", "", text)
        return Seen(spoken(re.sub(r"\[(.+?)\]\(<?http.+?\)", r"\1", text)), buttons, private)


def simcord_permissions() -> Any:
    import discord

    return discord.Permissions(manage_guild=True)


class OnSlack:
    """The script's verbs, done with signed requests against a stand-in Web API."""

    def __init__(self, rig: Rig, server: SlackServer) -> None:
        self.rig, self.server = rig, server
        self.last: list[Any] = []
        self.thread = ""

    async def ask(
        self, question: str, *, private: bool = False, article: str | None = None
    ) -> Seen:
        text = f"{'--private ' if private else ''}{f'in:{article} ' if article else ''}{question}"
        return await self._after(command(self.server, "/ask", text))

    async def mention(self, question: str) -> Seen:
        body = mention(question)
        self.thread = body["event"]["ts"]
        return await self._after(body)

    async def go_on(self, question: str) -> Seen:
        return await self._after(written(question, "C00000001", thread_ts=self.thread))

    async def say(self, text: str, *, direct: bool, answered: bool) -> Seen | None:
        """Write a direct message, or to the bot in the channel; give what it says, if anything."""
        posted = len(self.server.sent("chat.postMessage"))
        await self.rig.send(written(text) if direct else mention(text))
        if answered:
            await self.server.until(lambda: len(self.server.sent("chat.postMessage")) > posted)
        await quiet(0.05)
        new = self.server.sent("chat.postMessage")[posted:]
        return self._seen(new[-1], private=False) if new else None

    async def press(self, label: str, line: str | None = None) -> Seen:
        button = next(
            one
            for block in self.last
            if block["type"] == "actions"
            for one in block["elements"]
            if one["text"]["text"] == label
        )
        if line is None:
            return await self._after(press(self.server, button))
        await self.rig.send(press(self.server, button))
        await self.server.until(lambda: self.server.sent("views.open"))
        view = self.server.sent("views.open")[-1]["view"]
        block = next(one for one in view["blocks"] if one["type"] == "input")
        values = {
            block["block_id"]: {
                block["element"]["action_id"]: {"type": "plain_text_input", "value": line}
            }
        }
        body = {
            "type": "view_submission",
            "user": {"id": USER},
            "team": {"id": TEAM},
            "api_app_id": "A1",
            "trigger_id": "t-form",
            "view": view | {"id": "V1", "state": {"values": values}},
        }
        return await self._after(body)

    async def share(self) -> tuple[Seen, Seen]:
        """Share the last answer; give what all see, and what the presser is told."""
        private, server = self.last, self.server
        posts, responses = len(server.sent("chat.postMessage")), len(server.responses)
        row = next(block for block in private if block["type"] == "actions")["elements"]
        button = next(one for one in row if one["text"]["text"] == strings.BUTTON_SHARE)
        await self.rig.send(press(server, button))
        await server.until(
            lambda: (
                len(server.sent("chat.postMessage")) > posts and len(server.responses) > responses
            )
        )
        shown = self._seen(server.sent("chat.postMessage")[-1], private=False)
        told = self._seen(server.responses[-1], private=True)
        self.last = private
        return shown, told

    async def admin(self, who: str, verb: str, article: str | None = None) -> Seen:
        user = {"member": USER, "admin": ADMIN}[who]
        name, text = (
            ("/reindex", "") if verb == "reindex" else ("/summitqa", f"{verb} {article or ''}")
        )
        return await self._after(command(self.server, name, text, user_id=user))

    async def _after(self, body: dict[str, Any]) -> Seen:
        responses = len(self.server.responses)
        posts = ("chat.postMessage", "chat.postEphemeral")
        posted = len(self.server.sent(*posts))
        await self.rig.send(body)
        await self.server.until(
            lambda: len(self.server.responses) > responses or len(self.server.sent(*posts)) > posted
        )
        if len(self.server.responses) > responses:
            shown = self.server.responses[-1]
            private = shown["response_type"] == "ephemeral"
        else:
            shown, private = self.server.sent(*posts)[-1], False
        return self._seen(shown, private=private)

    def _seen(self, shown: dict[str, Any], *, private: bool) -> Seen:
        blocks = shown["blocks"]
        self.last = blocks
        buttons = tuple(
            one["text"]["text"]
            for block in blocks
            if block["type"] == "actions"
            for one in block["elements"]
        )
        said = [block for block in blocks if block["type"] != "actions"]
        return Seen(spoken("".join(f"{part} " for part in words(said))), buttons, private)
