"""Three communities in front of one desk, each with words of its own, and what each may do."""

import asyncio
import logging
import re
import shutil
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any

from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import File, Reply
from tests.fakes import FakeEncoder, index, library, write

# Two of one platform, who share a channel, its threads and the people in it, as Slack's workspaces
# may; a third on the other, where all ids are the same by chance.
PLACES = {"quokka": ("discord", "1"), "narwhal": ("slack", "T1"), "axolotl": ("slack", "T2")}
WORDS = tuple(PLACES)
"""The word that each community's words begin with, and nobody else's."""
ACTIONS = (
    "context", "more", "nearest", "share", "good", "bad", "again", "cancel", "switch", "forget",
    "put", "drop", "undo", "details", "add", "point", "teach", "write", "dismiss",
)  # fmt: skip
LOGS = [logging.getLogger(name) for name in ("summitqa", "summitqa_bot", "summitqa_index")]
Step = tuple[int, int, int, int]
"""Whose (their number), what (a verb's), and two numbers that choose more."""


def actor(word: str, *, manages: bool = False, thread: str | None = "C1:1.0") -> Actor:
    """Give a member of a community, or its admin, who goes by one id everywhere."""
    platform, workspace = PLACES[word]
    user = "U0ADMIN01" if manages else "U0SAME001"
    return Actor(
        platform, user, workspace, "C1", thread, manages, workspaces=frozenset({"1", "T1", "T2"})
    )


def text(word: str, number: int = 0) -> str:
    """Give an article of a community."""
    return (
        f"# {word}title{number}\n\nThe {word}pool{number} opens at {word}dawn.\n\n"
        f"Dogs stay on the {word}lead in the {word}hall. The {word}bridge is of {word}wood.\n"
    )


def questions(word: str) -> list[str]:
    """Give what a community asks: of its own shelf, of the house, of nothing; and what leans."""
    return [
        f"When does the {word}pool0 open?", f"Where do dogs stay on the {word}lead?",
        "When does it open?", "When does the bridge open?", f"Who owns the {word}riddle?",
        f"Is the {word}bridge older than the bridge?", "And why?", "Who painted the ceiling?",
        "Of what is the bridge?", f"What about the {word}hall?",
    ]  # fmt: skip


class Heard(logging.Handler):
    """Keeps what is logged, traces with it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def settings_of(home: Path, **given: Any) -> Settings:
    return Settings(home=home, user_limit=Rate(10**6, 1), channel_limit=Rate(10**6, 1), **given)


async def filled(home: Path) -> None:
    """Make a data folder with the house shelf, and an article on each community's."""
    bridge = "# Bridge\n\nThe bridge is of stone.\n\nThe bridge opens at nine.\n"
    index(home, write(home.parent / "house", {"bridge.md": bridge}))
    async with World(home) as world:
        for word in WORDS:
            preview = await world.add(actor(word, manages=True), word, 0)
            put = next(one.id for one in preview.buttons if one.label == said.BUTTON_PUT)
            done = await world.desk.press(actor(word, manages=True), put)
            assert f"{word}title0" in done.text


class World:
    """A desk, and everything that was said by it, to whom."""

    def __init__(self, home: Path, verbs: Sequence[Any] = (), victim: str | None = None) -> None:
        self.home = home
        self.verbs = verbs
        self.desk = Desk(settings_of(home), library(home), State(home), FakeEncoder())
        self.heard = Heard()
        self.victim = victim  # who presses only what was shown to them
        self.components: list[tuple[str, str]] = []
        self.told: dict[str, list[Any]] = {word: [] for word in WORDS}
        self.typed: dict[str, set[str]] = {word: set() for word in WORDS}
        self.posted = 0

    async def __aenter__(self) -> "World":
        for log in LOGS:
            log.addHandler(self.heard)
            log.setLevel(logging.DEBUG)
        for platform in ("discord", "slack"):
            self.desk.amends(platform, self._amended)
            self.desk.posts(platform, self._posted)
        return self

    async def __aexit__(self, *_: object) -> None:
        for log in LOGS:
            log.removeHandler(self.heard)
            log.setLevel(logging.NOTSET)
        await self.desk.close()

    async def step(self, step: Step) -> tuple[str, Any]:
        """Do one thing; give who did it, and all that they were told by it."""
        who, what, n, m = step
        word = WORDS[who % len(WORDS)]
        told = await self.verbs[what % len(self.verbs)](self, word, n, m)
        await self._note(word, told)
        self.told[word].append(told)
        return word, told

    async def aside(self) -> None:
        """Do what the desk does now and then for everybody."""
        await self.desk._watch()
        await self.desk._amending.walk()
        await self.desk._editors.walk()
        await self.desk._report_weekly()

    async def _note(self, word: str, told: Any) -> None:
        """Keep the buttons that were shown; post what is an answer in the shared channel."""
        for reply in told if isinstance(told, list) else [told]:
            if isinstance(reply, Reply):
                self.components += [(word, one.id) for one in reply.buttons]
                if reply.ref and not reply.private:
                    self.posted += 1
                    message = f"{word}-{self.posted}"
                    await self.desk.posted(reply, actor(word), message)

    async def _amended(self, message: str, reply: Reply) -> float:
        word = message.partition("-")[0]
        self.told[word].append(reply)
        return 0.0

    async def _posted(
        self, community: str, place: str, reply: Reply, people: Sequence[str]
    ) -> str | None:
        word = next(one for one in WORDS if actor(one).community == community)
        await self._note(word, reply)
        self.told[word].append([place, reply, people])
        self.posted += 1
        return f"{word}-{self.posted}"

    def slug(self, word: str, n: int) -> str | None:
        """Choose an article, one's own, another's, the house's or none; what is typed is known."""
        owner = word if self.victim == word else WORDS[n // 7 % len(WORDS)]
        slug = [None, f"{word}slug0", f"{owner}slug0", "bridge", f"{owner}slug1"][n % 5]
        self.typed[word].add(slug or "")
        return slug

    def component(self, word: str, n: int, m: int) -> str:
        """Choose a button, of anybody's, or forge one of what it is about."""
        shown = [one for whose, one in self.components if self.victim != word or whose == word]
        if not shown:
            return "context:none"
        chosen = shown[n % len(shown)]
        action, _, ref = chosen.partition(":")
        swapped = f"{_action(m)}:{ref}"
        forged = [*[chosen] * 5, *[swapped] * 4, f"{action}:{ref.partition('.')[0]}.{m % 4}"]
        if self.victim != word:
            owner = WORDS[n % len(WORDS)]
            versions = [path.name for path in self.versions(owner)] or [""]
            forged += [f"switch:{versions[n % len(versions)]}", f"forget:{actor(owner).community}"]
            forged += [f"undo:{versions[0]}/{versions[-1]}", f"add:{owner}slug0"]
        picked = forged[m % len(forged)]
        self.typed[word] |= {picked, *re.split(r"[:/]", picked)[1:]}
        return picked

    def versions(self, word: str) -> list[Path]:
        folder = self.home / "shelves" / actor(word).community / "versions"
        return sorted(folder.glob("[0-9]*")) if folder.is_dir() else []

    async def add(self, who: Actor, word: str, number: int, **how: str) -> Reply:
        name = f"{word}slug{number}.md"
        material = Material(file=File(name, text(word, number).encode()))
        return await self.desk.articles.add(who, material, **how)


def _action(m: int) -> str:
    return ACTIONS[m // 20 % len(ACTIONS)]


def plain(told: Any) -> str:
    """Set what was told so that it compares: no times, and names by where they come first."""
    whole = re.sub(r"\d{8}-\d{6}-\d{6}", "VERSION", repr(told))
    whole = re.sub(r"datetime\.datetime\([^)]*\)", "TIME", whole)
    whole = re.sub(r"\d+ \w{3} \d{4}, \d\d:\d\d UTC", "TIME", whole)
    return re.sub(r"in \d+\.\d s", "in N s", whole)


def copied(template: Path, to: Path) -> Path:
    shutil.copytree(template, to)
    return to


def names(told: Sequence[Any]) -> dict[str, int]:
    """Number the names of answers and drafts by where they come first."""
    found = re.findall(r"(?:ref='|id='\w+:|action='\w+', ref=')([\w-]{12,16})[.'/]", repr(told))
    return {name: number for number, name in enumerate(dict.fromkeys(found))}


def awaited(do: Awaitable[Any]) -> Any:
    """Run in a loop of its own, as an example of Hypothesis must."""

    async def run() -> Any:
        return await do

    return asyncio.run(run())
