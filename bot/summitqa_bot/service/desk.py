"""What is said and done, for every platform: adapters only translate.

Every method ends in a Reply fit to show, whatever goes wrong: an error on purpose becomes
its sentence, anything else a sentence with an error id that the log explains. Model and
database work runs in worker threads, never on the event loop.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar, TypeVar

from summitqa.encoder import Encoder
from summitqa.errors import DatabaseUnavailableError, SummitQAError
from summitqa.library import Library
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.links import Span, Target
from summitqa_bot.metrics import Metrics
from summitqa_bot.receipts import Receipt
from summitqa_bot.service import articles, editors, threads
from summitqa_bot.service.administration import Administration
from summitqa_bot.service.admins import Admins
from summitqa_bot.service.amending import Amend, Amending
from summitqa_bot.service.answering import Answering
from summitqa_bot.service.articles import Articles
from summitqa_bot.service.choosing import Choosing
from summitqa_bot.service.chores import Chores
from summitqa_bot.service.claims import Claims
from summitqa_bot.service.direct import Direct
from summitqa_bot.service.duties import KEEP_SECONDS, Duties
from summitqa_bot.service.editors import Editors, Poster
from summitqa_bot.service.hearing import Hearing
from summitqa_bot.service.jobs import SharedJobs
from summitqa_bot.service.limits import Limiting
from summitqa_bot.service.office import Office
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.presses import Presses
from summitqa_bot.service.reading import Read, Reading
from summitqa_bot.service.reindexer import Reindexer, outcome
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.service.spoken import spoken
from summitqa_bot.service.threads import done_in
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Filled, Form, Reply

log = logging.getLogger(__name__)
T = TypeVar("T")

TITLES = 25
ADMIN_ACTIONS = frozenset({"cancel", "switch", "forget"}) | articles.ACTIONS | editors.ACTIONS
"""Of the buttons' actions, those for admins."""
FORM_ACTIONS = frozenset({"add", "details"}) | editors.FORM_ACTIONS
"""Those that open a form, which ``Desk.form`` gives."""
_WATCH_SECONDS = 1.0
_AMEND_SECONDS = 10.0
_EDITORS_SECONDS = 5.0
_REPORT_SECONDS = 3600.0
_DAY = 24 * 3600.0
_MOST_WAITING = 1000


class Desk(Hearing, Administration, Direct):
    """The one service behind Discord and Slack. ``start`` it in the loop, ``close`` it after.

    ``forms``: the actions whose buttons ask for a line of text first, and what they ask.
    """

    forms: ClassVar[Mapping[str, str]] = {"bad": strings.FORM_REASON}

    def __init__(
        self, settings: Settings, library: Library, state: State, encoder: Encoder
    ) -> None:
        self.metrics = Metrics()
        self.leases = state.leases
        self._settings = settings
        self._library = library
        self._state = state
        self._shelves = Shelves(settings, library, encoder, state)
        self._answering = Answering(self._shelves, state, settings, self.metrics)
        self._presses = Presses(self._shelves, state, settings.passages)
        self._duties = Duties(state.leases, self._clerically)
        self._amending = Amending(self._shelves, state, self._duties)
        self.links = self._shelves.links
        self.reading = Reading(self._shelves, state)
        self.claims = Claims(state, self._clerically)
        jobs = SharedJobs(state.jobs, self._clerically)
        self._reindexer = Reindexer(self._shelves, encoder, self._aside, self.metrics, jobs)
        self._admins = Admins(settings, self._shelves, state, self._clerically)
        office = Office(
            settings, self._shelves, state, self._admins, self._reindexer, self._clerically,
            self._watch,
        )  # fmt: skip
        self.articles = Articles(office)
        self._editors = Editors(office, self._amending.once, self._duties)
        self.choosing = Choosing(settings, state, self._admins, self._clerically)
        self._pool = ThreadPoolExecutor(settings.workers, thread_name_prefix="answer")
        clerks = threads.CLERKS if self._duties.shared else 1  # not behind questions
        self._clerk = ThreadPoolExecutor(clerks, thread_name_prefix="state")
        self._limits = Limiting(settings, state, self._clerically)
        self._under_way = 0
        self.metrics.watch(library, lambda: self._under_way, settings.refresh_seconds)
        self._chores = Chores(self._duties)

    async def start(self) -> None:
        """Begin to watch for new versions, and to keep the retention and the refresh."""
        await self._in(self._clerk, self.links.prepare)
        await self._in(self._clerk, self._shelves.follow)
        begin = self._chores.begin
        begin("forget", _DAY, self._forget, alone=True)
        begin("watch", _WATCH_SECONDS, self._watch)
        begin("remember", _WATCH_SECONDS, partial(self._clerically, self._answering.owing.pay))
        begin("amend", _AMEND_SECONDS, self._amending.walk)
        begin("editors", _EDITORS_SECONDS, self._editors.walk)
        begin("report", _REPORT_SECONDS, self._report_weekly)
        self.claims.begin(begin)
        if self._duties.shared:
            begin("keep leases", KEEP_SECONDS, self._duties.keep)
        if self._settings.refresh_seconds:
            seconds = self._settings.refresh_seconds
            begin("refresh", seconds, self._refresh, at_once=False, alone=True)

    def call_off(self) -> None:
        """Call a running reindex off, as there is to be a stop."""
        self._reindexer.cancel_all()

    async def close(self) -> None:
        """Let go of threads and the database; a running reindex is called off."""
        self.call_off()
        await self._chores.end()
        self._pool.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._shelves.close)
        self._clerk.shutdown(wait=True)
        self._state.close()

    def amends(self, platform: str, amend: Amend) -> None:
        """Have ``amend`` set a platform's messages anew, by the ids it gave of them.

        Those of answers whose passage has changed (``posted``), and those of progress that a
        crash cut short (what a ``Show`` gave). It gives 0 once the message shows the reply or
        never can, else the seconds after which to try again; it must not raise.
        """
        self._amending.amends(platform, amend)

    def posts(self, platform: str, poster: Poster) -> None:
        """Have ``poster`` post on a platform what is handed to people, and reports."""
        self._editors.posts(platform, poster)

    async def alone(self, name: str, seconds: float) -> bool:
        """Tell whether something is for us to do, which of all replicas one is to do for a time."""
        return await self._clerically(self._state.leases.take, name, seconds)

    async def note(self, name: str, value: str) -> None:
        """Keep a fact about a platform that only its events tell, for the doctor."""
        await self._in(self._clerk, self._state.note, name, value)

    @spoken
    async def ask(
        self, actor: Actor, question: str, *, article: str | None = None, private: bool = False
    ) -> Reply:
        """Answer a question; ``article`` (a slug) scopes it, the thread's earlier ones help."""
        return await self._limited(actor, self._answering.ask, actor, question, article, private)

    @spoken
    async def find(self, actor: Actor, text: str) -> Reply:
        """Find the passages that speak of what somebody's message says; for one person alone."""
        return await self._limited(actor, self._answering.find, actor, text)

    @spoken
    async def press(self, actor: Actor, component: str, text: str = "") -> Reply:
        """Do what a pressed button says: ``component`` is its id, ``text`` its form's line."""
        action, _, ref = component.partition(":")
        # Who may call a reindex off must not have to wait for it.
        if action not in ADMIN_ACTIONS or not await self._admins.may(actor):
            refusal = await self._too_many(actor, asks=False)
            if refusal is not None:
                return refusal
        if action in ADMIN_ACTIONS:
            return await self._press_as_admin(actor, action, ref)
        return await self._work(self._presses.press, actor, component, text)

    async def form(self, actor: Actor, component: str) -> Form | None:
        """Give the form that a command or a button opens; ``None`` where it opens none for them.

        A press then goes on to ``press``, which says why. Quick: platforms wait for it.
        """
        action, _, ref = component.partition(":")
        if action not in editors.FORM_ACTIONS:
            return await self.articles.form(actor, component)
        question = await self._editors.question_of(actor, ref)
        return None if question is None else self._editors.form(component, question)

    @spoken
    async def fill(self, actor: Actor, component: str, filled: Filled) -> Reply:
        """Do what a form was filled in for."""
        refusal = await self._too_many(actor, asks=False)
        if refusal is not None:
            return refusal
        known = component.partition(":")[0] in editors.FORM_ACTIONS
        return await (self._editors if known else self.articles).fill(actor, component, filled)

    async def read(self, target: Target, spans: Sequence[Span], cited: str = "") -> Read | None:
        """Open an article for reading, as ``Reading.open`` does; ``links`` tell who may."""
        return await self._work(self.reading.open, target, spans, cited)

    async def receipt(self, cited: str) -> Receipt | None:
        """Give the receipt of a quote, as ``Reading.receipt`` does: its name opens it."""
        return await self._work(self.reading.receipt, cited)

    async def titles(
        self, actor: Actor, typed: str, count: int = TITLES
    ) -> tuple[tuple[str, str], ...]:
        """Give (slug, title) of the first articles whose title or slug holds what was typed."""
        return await self._in(self._clerk, self._answering.titles, actor, typed, count)

    async def examples(self, actor: Actor, count: int) -> tuple[str, ...]:
        """Give at most ``count`` questions to begin with, which the articles answer."""
        return await self._work(self._answering.examples, actor, count)

    async def posted(self, reply: Reply, actor: Actor, message: str) -> None:
        """Remember the platform's id of the message that carries an answer; its event is done."""
        if reply.ref is None or self._answering.owing.posted(reply.ref, message, actor.thread):
            return
        where = message, actor.thread, actor.event
        await self._clerically(self._state.posted, reply.ref, *where)
        self.claims.settled(actor.event)

    async def not_posted(self, reply: Reply) -> None:
        """Have an answer that was to be shared be its asker's alone again: it may be tried anew."""
        if reply.ref is not None:
            await self._in(self._clerk, self._presses.take_back, reply.ref)

    async def conversation(self, platform: str, message: str, community: str) -> str | None:
        """Give the conversation of a community that a message of ours belongs to, however old."""
        known = partial(self._state.thread_of, communities=(community, ""))
        return await self._known(None, known, platform, message)

    async def takes_part(self, platform: str, thread: str, community: str) -> bool:
        """Tell whether we have answered in a conversation of a community, before a restart too."""
        known = partial(self._state.conversation, communities=(community, ""))
        return bool(await self._known([], known, platform, thread, 1))

    async def _too_many(self, actor: Actor, *, asks: bool = True) -> Reply | None:
        """Ask for patience where somebody, or a place, is over a limit, or all of us are."""
        if self._under_way >= _MOST_WAITING:
            return replies.notice(strings.TOO_BUSY, wait=0)
        refused = await self._limits.refusal(actor, asks=asks)
        return replies.notice(refused.said, wait=refused.seconds) if refused else None

    async def _work(self, do: Callable[..., T], *args: Any) -> T:
        self._under_way += 1
        try:
            return await self._in(self._pool, self.metrics.timed(do), *args)
        finally:
            self._under_way -= 1

    async def _aside(self, do: Callable[..., T], *args: Any) -> T:
        """Do what takes long in a thread of its own."""
        return await asyncio.to_thread(do, *args)

    async def _known(self, other: T, read: Callable[..., T], *args: Any) -> T:
        """Read something short in the database; give the other where it is away."""
        if self._state.is_away:
            return other
        try:
            return await self._clerically(read, *args)
        except DatabaseUnavailableError:
            return other

    async def _clerically(self, do: Callable[..., T], *args: Any) -> T:
        return await self._in(self._clerk, do, *args)

    async def _in(self, pool: ThreadPoolExecutor, do: Callable[..., T], *args: Any) -> T:
        waits = pool is self._clerk and self._duties.shared
        return await done_in(pool, do, *args, within=threads.BEGUN_SECONDS if waits else None)

    async def _forget(self) -> None:
        await self._in(self._clerk, self._state.forget, self._settings.retention_days)
        await self._in(self._clerk, self._state.limits.forget)
        await self._erase_those_long_gone(self._settings.left_days)

    async def _watch(self) -> None:
        """Swap to new versions."""
        await asyncio.to_thread(self._shelves.refresh)

    async def _refresh(self) -> None:
        """Re-read the sources on schedule."""
        try:
            report = await self._reindexer.run(HOUSE, "the schedule")
        except SummitQAError as error:
            log.warning("the scheduled refresh came to nothing: %s", outcome(error))
        else:
            done = "switched to" if report.switched else "found nothing changed in"
            log.info("the scheduled refresh %s %s", done, report.index_version)
