"""A small desk for the Discord tests: says what it was asked, as slowly as told."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from fake_claims import FakeClaims

from summitqa_bot.metrics import Metrics
from summitqa_bot.service.amending import Show
from summitqa_bot.service.claims import Claims
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.state import State
from summitqa_bot.wording import shelving
from summitqa_bot.wording.reply import Button, Card, File, Filled, Form, Reply
from summitqa_bot.wording.talk import Address

QUOTE = "They met for nearly three hours."
CARD = Card(
    label="[1] Alaska summit, ¶5, 16 Aug 2025",
    before="The talks were held in Anchorage. ",
    quote=QUOTE,
    after=" Nothing was signed.",
    url="https://example.org/alaska#:~:text=They%20met",
)
BUTTONS = (
    Button("context", "r1", "Show context"),
    Button("share", "r1", "Share with channel"),
    Button("up", "r1", "👍 Helpful"),
    Button("down", "r1", "👎 Not helpful", form="What was wrong? (optional)"),
)


@dataclass
class FakeDesk(Desk):
    """Remembers each call; ``fail`` raises, ``slow`` waits that many seconds."""

    metrics: Metrics = field(default_factory=Metrics)
    slow: float = 0.0
    fail: bool = False
    private: bool = False
    beneath: str = ""
    seen: set[str] = field(default_factory=set)
    asked: list[tuple[Actor, str, str | None, bool]] = field(default_factory=list)
    heard: list[tuple[str, Address]] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    presses: list[tuple[Actor, str, str]] = field(default_factory=list)
    channels: list[tuple[Actor, str | None]] = field(default_factory=list)
    reindexers: list[Actor] = field(default_factory=list)
    shelves: list[str | None] = field(default_factory=list)  # which were named
    forced: bool = False
    places: list[tuple[str | None, str]] = field(default_factory=list)
    unposted: list[str | None] = field(default_factory=list)
    shown: list[str | None] = field(default_factory=list)
    open: set[str | None] = field(default_factory=set)  # channels answered in unasked
    choices: dict[str, str] = field(default_factory=dict)  # of each person, which community
    communities: dict[str, bool] = field(default_factory=dict)  # those noted; whether they are here
    state: State | None = None  # where replicas share one

    @property
    def leases(self):
        return self.state.leases

    async def note(self, name, value):
        self.state.note(name, value)

    def __post_init__(self) -> None:
        shared = self.state is not None
        self.claims = Claims(self.state, asyncio.to_thread) if shared else FakeClaims(self)

    async def ask(
        self, actor: Actor, question: str, *, article: str | None = None, private: bool = False
    ) -> Reply:
        await asyncio.sleep(self.slow)
        if self.fail:
            raise RuntimeError("the roof came down")
        self.asked.append((actor, question, article, private))
        text = f"Answer to: {question}"
        return Reply(text, (CARD,), self.beneath, BUTTONS, private or self.private, ref="r1")

    async def hear(
        self,
        actor: Actor,
        said: str,
        to: Address,
        *,
        article: str | None = None,
        private: bool = False,
    ) -> Reply | None:
        self.heard.append((said, to))
        if said in self.ignored:
            return None
        return await self.ask(actor, said, article=article, private=private)

    async def find(self, actor: Actor, text: str) -> Reply:
        self.found.append(text)
        return Reply("Found", (CARD,), private=True)

    async def press(self, actor: Actor, component: str, text: str = "") -> Reply:
        self.presses.append((actor, component, text))
        if component.startswith("share:"):
            return Reply("Shared answer", (CARD,), self.beneath, BUTTONS[:1], ref="r1")
        return Reply(f"Pressed {component} {text}".strip(), private=True)

    async def form(self, actor: Actor, component: str) -> Form | None:
        return shelving.adding(component) if actor.manages else None

    async def fill(self, actor: Actor, component: str, filled: Filled) -> Reply:
        texts = " ".join(f"{name}={text}" for name, text in filled.texts.items() if text)
        files = " ".join(f"{one.name}={len(one.content)}" for one in filled.files)
        put = (Button("put", "d1", "Put on the shelf"), Button("details", "d1", "Details"))
        return Reply(f"Filled {component} {texts} {files}".strip(), buttons=put, private=True)

    async def report(self, actor: Actor) -> Reply:
        return Reply("The last 7 days", private=True, file=File("questions.csv", b"question\n"))

    async def titles(self, actor: Actor, typed: str) -> tuple[tuple[str, str], ...]:
        await asyncio.sleep(self.slow)
        shelf = (("alaska-summit", "Alaska summit"), ("long", "T" * 150))
        return tuple(one for one in shelf if typed.lower() in one[1].lower())

    async def reindex(
        self, actor: Actor, show: Show, *, force: bool = False, shelf: str | None = None
    ) -> Reply:
        self.reindexers.append(actor)
        self.shelves.append(shelf)
        self.forced = force
        for step in range(3):
            step_shown = Reply(f"Step {step}", buttons=(Button("cancel", "j1", "Cancel"),))
            self.shown.append(await show(step_shown))
        return Reply("Reindexed: 1 added", private=True)

    async def status(self, actor: Actor, shelf: str | None = None) -> Reply:
        self.shelves.append(shelf)
        return Reply("1 article", private=True)

    async def set_channel(self, actor: Actor, articles: Sequence[str]) -> Reply:
        self.channels.append((actor, list(articles)))
        return Reply("Set", private=True)

    async def unanswered(self, actor: Actor) -> Reply:
        return Reply("None", private=True)

    async def feedback(self, actor: Actor) -> Reply:
        return Reply("3 up", private=True)

    async def posted(self, reply: Reply, actor: Actor, message: str) -> None:
        self.places.append((reply.ref, message))

    async def conversation(self, platform: str, message: str, community: str) -> str | None:
        return None

    async def not_posted(self, reply: Reply) -> None:
        self.unposted.append(reply.ref)

    async def joined(self, community):
        news = not self.communities.get(community)
        self.communities[community] = True
        return news

    async def left(self, community):
        self.communities[community] = False

    async def here(self):
        return frozenset(name for name, here in self.communities.items() if here)

    async def choose_shelf(self, actor, community, name=""):
        self.choices.pop(actor.user, None)
        if community is not None:
            self.choices[actor.user] = community
        return Reply(f"Chosen: {name or 'none'}", private=True)

    async def shelf_of(self, user):
        return self.choices.get(user)

    async def no_longer_theirs(self, user, community):
        self.choices.pop(user, None)

    async def asked_in(self, user, count):
        actors = (actor for actor, *_ in reversed(self.asked) if actor.user == user)
        return list(dict.fromkeys(actor.community for actor in actors))[:count]

    def amends(self, platform, amend):
        self.amend = amend

    def posts(self, platform, poster):
        self.poster = poster

    async def listens(self, actor):
        return actor.channel in self.open

    async def takes_part(self, platform, thread, community):
        return False

    async def close(self) -> None:
        pass
