"""A small desk, and the bot as a process of its own: ``python slack_desk.py SEEN``."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from fake_claims import FakeClaims

if __name__ == "__main__":
    root = Path(__file__).parent.parent
    sys.path[:0] = [str(root / folder) for folder in ("src", "bot", "index")]

from summitqa_bot import listening
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.slack import listen, pace
from summitqa_bot.slack.app import run
from summitqa_bot.wording.reply import Button, Card, Reply

QUOTE = "The two presidents met for three hours."


VERBS = frozenset(
    {"status", "set_channel", "unanswered", "feedback", "versions", "rollback", "verify"}
    | {"forget", "report"}
)
CHOICES = ("show", "admin", "house", "editors", "weekly", "channel")


class FakeDesk(Desk):
    """Answers after a delay, remembers what it was asked, and breaks when told to."""

    def __init__(self, delay=0.0):
        self.metrics = Metrics()
        self.delay, self.seen, self.asked, self.pressed, self.places = delay, set(), [], [], []
        self.unposted, self.shown = [], []
        self.heard, self.ignored = [], set()
        self.found, self.did, self.reply, self.fails, self.steps = [], [], None, None, 3
        self.noted, self.is_alone = {}, True
        self.communities, self.listened = [], set()
        self.claims = FakeClaims(self)

    async def joined(self, community):
        self.communities.append(("joined", community))

    async def left(self, community):
        self.communities.append(("left", community))

    async def alone(self, *_):
        return self.is_alone

    async def note(self, name, value):
        self.noted[name] = value

    async def ask(self, actor, question, *, article=None, private=False):
        self.asked.append((actor, question, article, private))
        await asyncio.sleep(self.delay)
        if self.fails:
            raise self.fails
        return self.reply or answer(question, private)

    async def hear(self, actor, said, to, *, article=None, private=False):
        self.heard.append((said, to))
        if said in self.ignored:
            return None
        return await self.ask(actor, said, article=article, private=private)

    async def find(self, actor, text):
        self.found.append((actor, text))
        return replace(answer(text), private=True)

    async def press(self, actor, component, text=""):
        self.pressed.append((actor, component, text))
        return answer(f"pressed {component}", private=not component.startswith("share:"))

    async def examples(self, actor, count):
        return ("What is said about parking?", "What is said about fees?")[:count]

    async def conversation(self, platform, message, community):
        return next((actor.thread for _, actor, known in self.places if known == message), None)

    async def titles(self, actor, typed):
        known = (("alaska-summit", "The Alaska summit"), ("budget", "The budget <&> more"))
        return tuple(one for one in known if typed.lower() in one[1].lower())

    async def reindex(self, actor, show, *, force=False, shelf=None):
        self.did.append(("reindex", actor))
        self.forced, self.shelf = force, shelf
        if not (actor.trusted and actor.manages):
            return Reply("This is for admins.", private=True)
        for step in range(self.steps):
            step_shown = Reply(f"step {step}", buttons=(Button("cancel", "1", "Cancel"),))
            self.shown.append(await show(step_shown))
            await asyncio.sleep(self.delay)
        return Reply("Done: 1 added.")

    def __getattribute__(self, name):
        """What admins say is noted, whatever it is."""
        if name in VERBS:
            return partial(object.__getattribute__(self, "_noted"), name)
        return object.__getattribute__(self, name)

    @property
    def choosing(self):
        return SimpleNamespace(**{name: partial(self._noted, name) for name in CHOICES})

    async def _noted(self, verb, actor, *args, **options):
        given = {name: value for name, value in options.items() if value is not None}
        self.did.append((verb, actor, *args, *([given] if given else [])))
        return self.reply or Reply(f"{verb} is done.")

    async def posted(self, reply, actor, message):
        self.places.append((reply, actor, message))

    async def not_posted(self, reply):
        self.unposted.append(reply.ref)

    def amends(self, platform, amend):
        self.amend = amend

    def posts(self, platform, poster):
        self.poster = poster

    async def listens(self, actor):
        return actor.channel in self.listened

    async def takes_part(self, platform, thread, community):
        return False

    async def close(self):
        pass


def answer(question, private=False):
    card = Card(
        "[1] The Alaska summit, ¶5, 16 Aug 2025",
        "It was long. ",
        QUOTE,
        " Then they left.",
        "https://example.org/a#:~:text=The%20two",
    )
    buttons = (
        Button("context", "r1", "Show context"),
        Button("share", "r1", "Share with channel"),
        Button("down", "r1", "👎 Not helpful", form="What was wrong?"),
    )
    return Reply(f"On {question}", (card,), "A strong match.", buttons, private, "r1")


class Seen(set):
    """Event ids that outlive the process."""

    def __init__(self, path):
        super().__init__(path.read_text().split() if path.exists() else ())
        self._path = path

    def add(self, event):
        super().add(event)
        with self._path.open("a") as file:
            file.write(f"{event}\n")


async def main():
    """Run the bot with the small desk, as the command does with the real one."""
    logging.basicConfig(level=os.environ.get("SUMMITQA_LOG", "INFO").upper())
    desk = FakeDesk(float(os.environ.get("DELAY", "0")))
    listening.HEAD_WITHIN = float(os.environ.get("WITHIN", listening.HEAD_WITHIN))
    listen.BODY_WITHIN = float(os.environ.get("WITHIN", listen.BODY_WITHIN))
    pace.SECONDS = float(os.environ.get("PACE", "0.01"))
    if len(sys.argv) > 1:
        desk.seen = Seen(Path(sys.argv[1]))
    task = asyncio.create_task(run(Settings.from_env(os.environ), desk))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    asyncio.run(main())
