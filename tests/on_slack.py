"""One person's acts on Slack, as those on Discord in ``on_both``."""

from collections.abc import Awaitable, Callable
from typing import Any

from on_both import Seen, spoken
from slack_rig import Rig, command, mention, press, quiet, submitted, words, written
from slack_server import ADMIN, USER, SlackServer

from summitqa_bot import strings

LINKED = {"member": f"<@{USER}|alice>", "channel": "<#C00000001|general>"}

NAMES = {USER: "member", ADMIN: "admin", "C00000001": "channel"}


class OnSlack:
    """The script's verbs, done with signed requests against a stand-in Web API."""

    def __init__(self, rig: Rig, server: SlackServer) -> None:
        self.rig, self.server = rig, server
        self.last: list[Any] = []
        self.thread = ""
        self.reader = USER

    async def ask(
        self, question: str, *, private: bool = False, article: str | None = None
    ) -> Seen:
        self.reader = USER
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

    async def add(self, name: str, text: str, who: str = "admin") -> Seen:
        """Hand a file in by the form of /articles add; give the preview."""
        view = await self._opened(self._typed("/articles", "add", who=who))
        return await self._after(self._submitted(view, file=[self.server.files.put(name, text)]))

    async def articles(self, verb: str, *args: str, who: str = "admin") -> Seen:
        return await self._after(self._typed("/articles", verb, *args, who=who))

    async def manage(self, verb: str, *args: str, who: str = "admin") -> Seen:
        """Choose something; "member" and "channel" stand for those that there are."""
        linked = (LINKED.get(one, one) for one in args)
        return await self._after(self._typed("/summitqa", verb, *linked, who=who))

    async def reindex(self, *args: str) -> Seen:
        """Have everything read again; give how that ended, in the admin's direct messages."""
        set_anew = len(self.server.sent("chat.update"))
        await self.rig.send(self._typed("/reindex", *args, who="admin"))
        await self.server.until(lambda: self._ended(self.server.sent("chat.update")[set_anew:]))
        return self._seen(self.server.sent("chat.update")[-1], private=True)

    def _ended(self, shown: list[dict[str, Any]]) -> bool:
        return bool(shown) and "actions" not in {block["type"] for block in shown[-1]["blocks"]}

    async def posted(self, do: Callable[[], Awaitable[None]]) -> Seen:
        """Do what posts in the channel, though nobody is there who asked; give what it posts."""
        before = len(self.server.sent("chat.postMessage"))
        await do()
        posts = self.server.sent("chat.postMessage")[before:]
        assert [one["channel"] for one in posts] == ["C00000001"]
        return self._seen(posts[0], private=False)

    async def fill(self, label: str, **texts: str) -> Seen:
        """Press a button that opens a form, and fill that in."""
        view = await self._opened(self._pressed(label))
        return await self._after(self._submitted(view, **texts))

    async def press(self, label: str, line: str | None = None) -> Seen:
        """Press a button, as whoever was shown it, and fill in the line that it asks for."""
        if line is not None:
            return await self.fill(label, text=line)
        return await self._after(self._pressed(label))

    def _typed(self, name: str, *args: str, who: str) -> dict[str, Any]:
        self.reader = {"member": USER, "admin": ADMIN}[who]
        return command(self.server, name, " ".join(args), user_id=self.reader)

    def _pressed(self, label: str) -> dict[str, Any]:
        rows = (block["elements"] for block in self.last if block["type"] == "actions")
        button = next(one for row in rows for one in row if one["text"]["text"] == label)
        return press(self.server, button, user={"id": self.reader})

    async def _opened(self, body: dict[str, Any]) -> dict[str, Any]:
        opened = len(self.server.sent("views.open"))
        await self.rig.send(body)
        await self.server.until(lambda: len(self.server.sent("views.open")) > opened)
        return self.server.sent("views.open")[-1]["view"]

    def _submitted(self, view: dict[str, Any], **given: Any) -> dict[str, Any]:
        return submitted(view, self.reader, **given)

    async def share(self) -> tuple[Seen, Seen]:
        """Share the last answer; give what all see, and what the presser is told."""
        private, server = self.last, self.server
        posts, responses = len(server.sent("chat.postMessage")), len(server.responses)
        await self.rig.send(self._pressed(strings.BUTTON_SHARE))
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
        if verb == "reindex":
            return await self._after(self._typed("/reindex", who=who))
        return await self.manage(verb, *([article] if article else []), who=who)

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
        text = "".join(f"{part} " for part in words(_told(said)))
        return Seen(spoken(text, NAMES), buttons, private)


def _told(part: Any) -> Any:
    """Put ids, as text, for the people and channels that a client would name."""
    if isinstance(part, list):
        return [_told(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "rich_text_section":
        return {"text": "".join(words(_told(part["elements"])))}
    told = part.get("user_id") or part.get("channel_id")
    return {"text": told} if told else {key: _told(value) for key, value in part.items()}
