"""What stands on a community's shelf: put there, looked at first, changed and taken off, from chat.

A change is drafted and shown to the admin who wants it; only their press makes it, upon the shelf
as it is by then. Drafts outlive a restart.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from summitqa.errors import GateError, InputError
from summitqa_bot.service.material import Material, new_ref, worded
from summitqa_bot.service.office import Office
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.spoken import spoken
from summitqa_bot.state.drafts import Draft
from summitqa_bot.strings import articles as said
from summitqa_bot.wording import replies, shelving
from summitqa_bot.wording.reply import Filled, Form, Reply
from summitqa_index.build import Job, Report
from summitqa_index.catalogue import Catalogue, Change, Entry, find
from summitqa_index.previewing import Preview, preview
from summitqa_index.putting import Standing, put, undo

_LOST = "lost"
_LOGGED = 400  # lines of the log, to find the latest changes among
_MADE, _DROPPED = "put on the shelf", "cancelled"
ACTIONS = frozenset({"put", "drop", "details", "undo"})
"""The actions of its buttons; ``details`` opens a form."""


class Articles:
    """The shelf of a community, for those who look after it."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._settings = office.settings  # whose secrets nothing that is ``spoken`` shows

    @spoken
    async def listing(self, actor: Actor) -> Reply:
        """Name what may be asked about here; for everybody."""
        reply: Reply = await self._office.clerk(self._listed, actor)
        return reply

    @spoken
    async def show(self, actor: Actor, slug: str) -> Reply:
        """Tell of one article: where it came from, when, and how it begins (admins)."""

        async def tell(name: str) -> Reply:
            reply: Reply = await self._office.clerk(self._shown, name, slug)
            return reply

        return await self._only(actor, f"show {slug}", tell)

    @spoken
    async def history(self, actor: Actor) -> Reply:
        """Tell who changed what lately (admins)."""

        async def tell(name: str) -> Reply:
            lines = await self._office.clerk(self._office.state.audited, _LOGGED, name)
            return shelving.history([line[:3] for line in lines if line[3] == "done"])

        return await self._only(actor, "history", tell)

    @spoken
    async def add(
        self, actor: Actor, material: Material, *, instead_of: str | None = None
    ) -> Reply:
        """Show what putting something on the shelf, or in place of another, would do (admins)."""

        async def draft(name: str) -> Reply:
            change = await self._office.clerk(self._drawn, name, material, instead_of)
            return await self._previewed(actor, name, change)

        return await self._only(actor, "add" if instead_of is None else "replace", draft)

    @spoken
    async def rename(self, actor: Actor, slug: str, title: str) -> Reply:
        """Show what another title for an article would do (admins)."""

        async def draft(name: str) -> Reply:
            standing = await self._office.clerk(self._standing, name)
            there = _there(standing.catalogue, slug)
            change = Change.renaming(
                standing.catalogue, there.slug, title.strip() or None, new_ref()
            )
            return await self._previewed(actor, name, change)

        return await self._only(actor, "rename", draft)

    @spoken
    async def remove(self, actor: Actor, slug: str) -> Reply:
        """Show what taking an article off the shelf would do (admins)."""

        async def draft(name: str) -> Reply:
            standing = await self._office.clerk(self._standing, name)
            there = _there(standing.catalogue, slug)
            change = Change.removing(standing.catalogue, there.slug, new_ref())
            return await self._previewed(actor, name, change)

        return await self._only(actor, "remove", draft)

    async def form(self, actor: Actor, component: str) -> Form | None:
        """Give the form for what is to be put on the shelf, or for the details of a draft."""
        action, _, ref = component.partition(":")
        if not await self._office.admins.may(actor, actor.community):
            return None
        if action == "add":
            return shelving.adding(component)
        draft = await self._office.clerk(self._office.state.drafts.get, ref, actor.community)
        if draft is None or draft.done is not None:
            return None
        change = Change.from_json(draft.change)
        return shelving.details(component, change.after) if change.after else None

    async def fill(self, actor: Actor, component: str, filled: Filled) -> Reply:
        """Take what was filled into a form."""
        action, _, ref = component.partition(":")
        if action == "add":
            return await self.add(actor, Material.filled(filled), instead_of=ref or None)
        return await self._detail(actor, ref, filled)

    async def press(self, actor: Actor, action: str, ref: str) -> Reply:
        """Do what a button says; raises what that raises."""
        do = {
            "put": self._put, "drop": self._drop, "undo": self._undo, "details": self._formless
        }[action]  # fmt: skip

        async def pressed(name: str) -> Reply:
            return await do(actor, name, ref)

        draft = await self._office.clerk(self._office.state.drafts.get, ref, actor.community)
        if draft and action == "put":
            action = shelving.made_by(Change.from_json(draft.change))
        return await self._only(actor, action, pressed)

    @spoken
    async def _detail(self, actor: Actor, ref: str, filled: Filled) -> Reply:
        """Put an admin's words over what a draft's file says, and show it anew."""

        async def draft(name: str) -> Reply:
            known, change = await self._open_draft(name, ref)
            if known.done is not None or change.after is None:
                return replies.notice(said.DRAFT_GONE)
            after = worded(change.after, filled)
            preview = await self._look(actor, name, replace(change, after=after))
            await self._office.clerk(self._office.state.drafts.change, ref, _kept(preview))
            return shelving.previewed(preview)

        return await self._only(actor, "details", draft)

    async def _put(self, actor: Actor, name: str, ref: str) -> Reply:
        draft, change = await self._open_draft(name, ref)
        if draft.done == _DROPPED:
            return replies.notice(said.DRAFT_DONE.format(done=draft.done))

        told = set(draft.change.get(_LOST, ()))

        def make(job: Job) -> Report:
            try:
                return put(job, change)
            except GateError as error:
                if not told.issuperset(error.lost):
                    raise
                # The admin who pressed was told that these would be lost.
                return put(replace(job, force=True), change)

        report = await self._office.reindexer.work(name, actor.person, make, wait=True)
        await self._office.clerk(self._office.state.drafts.finish, ref, _MADE)
        await self._office.clerk(self._office.state.communities.joined, name)
        await self._office.watch()
        reply: Reply = await self._office.clerk(self._made, name, change, report)
        return reply

    async def _drop(self, _: Actor, name: str, ref: str) -> Reply:
        draft, _change = await self._open_draft(name, ref)
        if draft.done is not None:
            return replies.notice(said.DRAFT_DONE.format(done=draft.done))
        await self._office.clerk(self._office.state.drafts.finish, ref, _DROPPED)
        return replies.notice(said.DROPPED)

    async def _formless(self, _: Actor, name: str, ref: str) -> Reply:
        """Say why a draft has no form any more."""
        draft, _change = await self._open_draft(name, ref)
        done = said.DRAFT_GONE if draft.done is None else said.DRAFT_DONE.format(done=draft.done)
        return replies.notice(done)

    async def _undo(self, actor: Actor, name: str, ref: str) -> Reply:
        version, _, before = ref.partition("/")

        def make(job: Job) -> None:
            undo(job.publisher, version or None, before or None, job.who)

        await self._office.reindexer.work(name, actor.person, make, wait=True)
        await self._office.watch()
        return replies.notice(said.UNDONE)

    async def _previewed(self, actor: Actor, name: str, change: Change) -> Reply:
        """Keep a change as a draft, and show what it would do."""
        preview = await self._look(actor, name, change)
        same = await self._office.clerk(self._same, name, change)
        by = self._office.state.hashed(actor.user)
        draft = Draft(preview.change.ref, name, by, _kept(preview))
        await self._office.clerk(self._office.state.drafts.keep, draft)
        return shelving.previewed(preview, same)

    async def _look(self, actor: Actor, name: str, change: Change) -> Preview:
        def look(job: Job) -> Preview:
            return preview(job, change)

        return await self._office.reindexer.look(name, actor.person, look)

    async def _open_draft(self, name: str, ref: str) -> tuple[Draft, Change]:
        """Find a draft of a shelf; InputError where there is none."""
        draft = await self._office.clerk(self._office.state.drafts.get, ref, name)
        if draft is None:
            raise InputError(said.DRAFT_GONE)
        return draft, Change.from_json(draft.change)

    async def _only(
        self, actor: Actor, action: str, do: Callable[[str], Awaitable[Reply]]
    ) -> Reply:
        return await self._office.admins.only(actor, action, do, shelf=actor.community)

    def _drawn(self, name: str, material: Material, instead_of: str | None) -> Change:
        """Keep the bytes of what is handed in, and give the change that it is."""
        standing = self._standing(name)
        entry = material.entry(partial(self._office.shelves.keep, name))
        if instead_of is None:
            return Change.adding(entry)
        there = _there(standing.catalogue, instead_of)
        return Change.replacing(standing.catalogue, there.slug, entry)

    def _same(self, name: str, change: Change) -> str | None:
        """Find an article of the bytes that are to be put beside it."""
        if change.before is not None or change.after is None or change.after.blob is None:
            return None
        catalogue, blob = self._standing(name).catalogue, change.after.blob
        return next((one.slug for one in catalogue if one.blob == blob), None)

    def _standing(self, name: str) -> Standing:
        return Standing.of(self._office.shelves.publisher(name))

    def _listed(self, actor: Actor) -> Reply:
        asked = self._office.shelves.asked_by(actor)
        return shelving.listed(actor.community, asked)

    def _shown(self, name: str, slug: str) -> Reply:
        standing = self._standing(name)
        entry = _there(standing.catalogue, slug)
        return shelving.shown(entry, standing.article(entry))

    def _made(self, name: str, change: Change, report: Report) -> Reply:
        standing = self._standing(name)
        ref = change.after.ref if change.after else None  # that of a renamed entry stays
        entry = next((one for one in standing.catalogue if one.ref == ref), None)
        article = standing.article(entry) if entry else None
        return shelving.made(change, report, article)


def _kept(preview: Preview) -> dict[str, Any]:
    """Give what is kept of a draft: its change, and the questions it was said to lose."""
    return {**preview.change.to_json(), _LOST: list(preview.lost or ())}


def _there(catalogue: Catalogue, slug: str) -> Entry:
    entry = find(catalogue, slug)
    if entry is None:
        raise InputError(said.UNKNOWN.format(slug=slug[:80]))
    return entry
