"""One person's acts on Discord, and what is seen of the replies, there and on Slack."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simcord

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.service.desk import Desk
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


def spoken(text: str, names: Mapping[str, str] | None = None) -> str:
    """Fold white space, drop what is decoration on one platform or the other.

    ``names``: what to call people and places, by their ids.
    """
    for number, name in (names or {}).items():
        text = text.replace(number, name)
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
        self.reader = self.people["member"]
        self.said: set[int] = set()

    async def let_everybody_see_the_commands(self) -> None:
        """Have a server's integration settings show admin commands to a plain member."""
        member = self.people["member"]
        for known in await self.env.bot.tree.fetch_commands():
            if known.name in {"reindex", "summitqa", "articles"}:
                self.guild.set_command_permissions(known, {member: True})

    async def ask(self, question: str, **options: Any) -> Seen:
        return await self._use("member", "ask", question=question, **options)

    async def add(self, name: str, text: str, who: str = "admin") -> Seen:
        """Hand a file in by the form of /articles add; give the preview."""
        self.reader = self.people[who]
        shown = await self.reader.slash(self.channel, "articles add")
        return self._of(await self.reader.submit_modal(shown, {"file": (name, text.encode())}))

    async def articles(self, verb: str, *args: str, who: str = "admin") -> Seen:
        if verb == "list" and who == "member":
            return await self._use(who, "contents")
        named = {"article": args[0]} if args else {}
        titled = {"title": " ".join(args[1:])} if args[1:] else {}
        return await self._use(who, f"articles {verb}", **named, **titled)

    async def manage(self, verb: str, *args: str, who: str = "admin") -> Seen:
        """Choose something; "member" and "channel" stand for those that there are."""
        options: dict[str, Any] = {}
        there = {"member": self.people["member"], "channel": self.channel}
        if "--house" in args:
            options["house"] = True
        elif verb == "admins":
            verb, options["who"] = f"admins {args[0]}", there[args[1]]
        elif verb == "house":
            options["shown"] = args == ("on",)
        elif verb in {"editors", "weekly"} and args != ("off",):
            options = dict(zip(("channel", "helper"), (there[one] for one in args), strict=False))
        elif verb == "rules" and args:
            options[args[0]] = args[1] == "on"
        elif verb == "channel":
            options = dict(zip(("article", "second"), args, strict=False))
        return await self._use(who, f"summitqa {verb}", **options)

    async def reindex(self, *args: str) -> Seen:
        """Have everything read again; give how that ended."""
        return await self._use("admin", "reindex", **{"house": True} if args else {})

    async def posted(self, do: Callable[[], Awaitable[None]]) -> Seen:
        """Do what posts in the channel, though nobody is there who asked; give what it posts."""
        before = len(self.channel.history(viewer=None))
        await do()
        assert len(self.channel.history(viewer=None)) == before + 1
        return self._latest(self.channel)

    async def _use(self, who: str, name: str, /, **options: Any) -> Seen:
        self.reader = self.people[who]
        return self._of(await self.reader.slash(self.channel, name, **options))

    async def fill(self, label: str, **texts: str) -> Seen:
        """Press a button that opens a form, and fill that in."""
        shown = await self.reader.click(self.last, label=label)
        return self._of(await self.reader.submit_modal(shown, texts), last=True)

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
        """Press a button, as whoever was shown it, and fill in the line that it asks for."""
        if line is not None:
            return await self.fill(label, text=line)
        return self._of(await self.reader.click(self.last, label=label), last=True)

    async def share(self) -> tuple[Seen, Seen]:
        """Share the last answer; give what all see, and what the presser is told."""
        private = self.last
        result = await self.people["member"].click(private, label=strings.BUTTON_SHARE)
        shown, told = self._of(result, last=True), self._seen(result.response.message, private=True)
        self.last = private
        return shown, told

    async def admin(self, who: str, verb: str, **options: Any) -> Seen:
        return await self._use(who, verb if verb == "reindex" else f"summitqa {verb}", **options)

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
        names = {str(one.id): name for name, one in self.people.items()}
        names[str(self.channel.id)] = "channel"
        text = re.sub(r"<@(\d+)>", r"\1", text).replace("#general", "channel")
        text = re.sub(r"\[(.+?)\]\(<?http.+?\)", r"\1", text)
        return Seen(spoken(text, names), buttons, private)


def simcord_permissions() -> Any:
    import discord

    return discord.Permissions(manage_guild=True)
