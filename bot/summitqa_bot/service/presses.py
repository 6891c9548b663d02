"""What the buttons under an answer do, whoever presses them and whenever.

Everything here is synchronous and runs in the desk's worker threads.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from summitqa.answer import Answer
from summitqa.article import Citation
from summitqa.library import Library
from summitqa.snapshot import Snapshot
from summitqa_bot import strings
from summitqa_bot.asked import Asked
from summitqa_bot.service.answering import DEPTH, hand_on
from summitqa_bot.service.changed import mark, standing
from summitqa_bot.service.permissions import Actor, may_see
from summitqa_bot.service.shelves import Shelf, Shelves, scoped
from summitqa_bot.state import State
from summitqa_bot.wording import cards, replies
from summitqa_bot.wording.reply import Reply

_THUMBS = frozenset({"good", "bad"})


class Presses:
    """The buttons, each by its action."""

    def __init__(self, shelves: Shelves, state: State, shown: int) -> None:
        self._shelves = shelves
        self._state = state
        self._count = shown
        self._actions: dict[str, Callable[[Actor, Asked, str], Reply]] = {
            "context": self._context,
            "more": self._page,
            "nearest": self._page,
            "share": self._share,
            "good": self._good,
            "bad": self._bad,
            "again": self._again,
            "shown": self._shown,
        }

    def press(self, actor: Actor, component: str, text: str) -> Reply:
        """Do what a button says, to its answer; a forged or forgotten one changes nothing."""
        action, _, rest = component.partition(":")
        ref, _, page = rest.partition(".")
        if action not in self._actions:
            return replies.notice(strings.UNKNOWN_BUTTON)
        asked = self._state.answer(ref)
        if asked is None or not may_see(actor, asked):
            return replies.notice(strings.GONE)
        if asked.private and asked.asker != self._state.hashed(actor.user):
            return replies.notice(strings.PRIVATE_TO_ASKER)
        shelves = {one.name for one in self._shelves.asked_by(actor)}
        if action not in _THUMBS and self._shelf(asked).name not in shelves:
            return replies.notice(strings.GONE)
        return self._actions[action](actor, asked, text if action == "bad" else page)

    def take_back(self, ref: str) -> None:
        """Make an answer its asker's alone again, for it could not be shared."""
        self._state.publish(ref, public=False)

    def _shelf(self, asked: Asked) -> Shelf:
        """Give the shelf that was cited; the house shelf where there is nothing on it any more."""
        return self._shelves.get(asked.shelf) or self._shelves.house

    def _library(self, asked: Asked) -> Library:
        return self._shelf(asked).library

    def _answer(self, actor: Actor, asked: Asked) -> Answer:
        """Answer again what was answered before, from the version in use now."""
        ((shelf, articles),) = scoped([self._shelf(asked)], asked.articles)
        return shelf.ask(
            asked.question,
            articles,
            top=DEPTH,
            context=asked.context,
            by=actor.community,
        )

    def _shown_again(self, asked: Asked) -> Reply:
        return self._shelves.links.on_answer(replies.shown(asked), asked)

    def _linked(self, reply: Reply, asked: Asked, version: str, ref: str = "") -> Reply:
        """Have what was found on the shelf just now open on the page."""
        return self._shelves.links.on(reply, asked.platform, self._shelf(asked).name, version, ref)

    def _context(self, _actor: Actor, asked: Asked, _page: str) -> Reply:
        if not asked.cited:
            return replies.notice(strings.GONE)
        store = self._library(asked).store
        stand = _standing(asked.cited, store)
        if 1 in stand:
            return self._linked(replies.context(stand), asked, store.version, asked.ref)
        here = asked.cited[0][0] in store.slugs
        said = strings.CONTEXT_CHANGED if here else strings.CONTEXT_GONE
        shown = Reply(said, cards.stored(asked.cited[:1]), private=True)
        return self._shelves.links.on_answer(shown, asked)

    def _page(self, actor: Actor, asked: Asked, page: str) -> Reply:
        """Turn to a page of what was not shown: the first is 1, beside "not found" 0."""
        front = int(asked.found)
        number = max(front, int(page) if page.isdecimal() and len(page) < 4 else front)
        first = replies.PAGE * (number - front)
        shown = asked.cited if asked.found else ()
        store = self._library(asked).store
        places = {_place(one) for one in _standing(shown, store).values()}
        answer = self._answer(actor, asked)
        left = [match for match in answer.matches if _place(match.citation) not in places]
        turned = replies.page(
            left[first:],
            len(shown) + first + 1,
            f"{asked.ref}.{number + 1}",
            heading="" if number else strings.NEAREST,
        )
        return self._linked(turned, asked, answer.index_version)

    def _share(self, actor: Actor, asked: Asked, _page: str) -> Reply:
        """Let one press alone have what was shown, to post it."""
        if not asked.found:
            return replies.notice(strings.UNKNOWN_BUTTON)
        if not self._state.publish(asked.ref, actor.event):
            return replies.notice(strings.PUBLIC_ALREADY)
        shown = self._shown_again(replace(asked, private=False))
        return replies.headed(mark(asked, self._library(asked).store), shown)

    def _good(self, actor: Actor, asked: Asked, _page: str) -> Reply:
        self._rate(actor, asked, good=True)
        return replies.notice(strings.THANKS)

    def _bad(self, actor: Actor, asked: Asked, reason: str) -> Reply:
        said = " ".join(reason.split())
        self._rate(actor, asked, said, good=False)
        if said and not asked.alone:
            hand_on(self._state, asked, said)
        return replies.notice(strings.THANKS)

    def _rate(self, actor: Actor, asked: Asked, reason: str = "", *, good: bool) -> None:
        self._state.rate(
            asked.ref, actor.user, good=good, reason=reason,
            community=asked.community, since=actor.at,
        )  # fmt: skip

    def _shown(self, _actor: Actor, asked: Asked, _page: str) -> Reply:
        return self._shown_again(asked)

    def _again(self, actor: Actor, asked: Asked, _page: str) -> Reply:
        """Answer from the version in use, kept once for each person and version."""
        if asked.found and asked.version == self._library(asked).store.version:
            # Nothing is to be noted of where this stands: the answer has its message.
            return replace(self._shown_again(asked), private=True, ref=None)
        answer = self._answer(actor, asked)
        asker = self._state.hashed(actor.user)
        anew = replace(
            asked,
            ref=self._state.hashed(f"{asked.ref} {asker} {answer.index_version}")[:16],
            asker=asker,
            channel=actor.channel,
            thread=actor.thread,
            version=answer.index_version,
            shelf=self._shelf(asked).name,
            found=answer.found,
            private=True,
            message=None,
            origin=None,
            **replies.kept(answer, self._count),
        )
        self._state.save_answer(anew, since=actor.at)
        if anew.found:
            return self._shown_again(anew)
        store = self._library(asked).store
        titles = [store.article(one).title for one in asked.articles if one in store.slugs]
        return replies.not_found(answer, anew.ref, titles, private=True)


def _standing(cited: Sequence[Sequence[Any]], store: Snapshot) -> dict[int, Citation]:
    """Give what of stored citations still stands, by the numbers they were shown with."""
    found = ((number, standing(one, store)) for number, one in enumerate(cited, start=1))
    return {number: citation for number, citation in found if citation is not None}


def _place(citation: Citation) -> tuple[str, int]:
    return citation.article.slug, citation.passage.number
