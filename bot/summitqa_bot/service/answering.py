"""Questions, answered from the shelves that somebody asks, and remembered in the state.

Everything here is synchronous and runs in the desk's worker threads.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from summitqa.answer import Answer, Band
from summitqa.errors import InputError
from summitqa.question import MAX_CHARACTERS, NO_QUESTION
from summitqa_bot import strings
from summitqa_bot.asked import Asked
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.conversation import carried, unanswered
from summitqa_bot.service.examples import EXAMPLES, examples
from summitqa_bot.service.last_read import LastRead, read_or
from summitqa_bot.service.owing import Owing
from summitqa_bot.service.permissions import Actor, may_see
from summitqa_bot.service.shelves import Shelf, Shelves, better, scoped
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.state.communities import Rules
from summitqa_bot.strings.articles import LIST_EMPTY
from summitqa_bot.strings.serving import ANSWERED_AS_LAST_SEEN
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply
from summitqa_bot.wording.talk import Kind, bare, goes_on, kind_of

log = logging.getLogger(__name__)

# How many turns of a conversation are looked at.
_TURNS = 8
# How many passages a question can be paged through.
DEPTH = 12
# How many are shown at once of those that a message is about.
FOUND = 5
# How many articles a channel may be about, each of which is asked.
MOST_ARTICLES = 5


@dataclass(frozen=True, slots=True)
class _Searched:
    """What was found, on which shelf, in which articles (slugs), in the light of what before."""

    shelf: Shelf
    answer: Answer
    articles: Sequence[str]
    context: list[str]


class Answering:
    """What a person may ask."""

    def __init__(
        self, shelves: Shelves, state: State, settings: Settings, metrics: Metrics
    ) -> None:
        self._shelves = shelves
        self._metrics = metrics
        self._shown = settings.passages
        self._seconds = settings.conversation_seconds
        self._state = state
        self.owing = Owing(state)
        # Where it is not known, nobody but the asker is to see the answer.
        self._rules: LastRead[tuple[str, str], Rules] = LastRead(state, Rules(answers=False))

    def ask(self, actor: Actor, question: str, article: str | None, private: bool) -> Reply:
        """Answer a question, in the conversation it stands in and its channel's article.

        What is none gets a sentence, and is not kept.
        """
        kind = kind_of(question)
        if kind is Kind.HELP:
            return replace(self.help(actor), private=True)
        if kind is not Kind.QUESTION:
            return replies.notice(strings.WELCOME if kind is Kind.THANKS else NO_QUESTION)
        searched = self._search(actor, question, article)
        return self._kept(actor, searched, private or not self.rules(actor).answers)

    def overhear(
        self, actor: Actor, said: str, article: str | None, private: bool, *, surely: bool = False
    ) -> Callable[[], Reply] | None:
        """Search for what was not put to us; give how to answer it where that is sure enough.

        ``surely``: only what matches strongly will do.
        """
        if bare(said) and not self._spoke_last_with(actor):
            return None
        try:
            searched = self._search(actor, said, article)
        except InputError:  # no question, or nothing there to put it to
            return None
        if goes_on(said) and not searched.context:
            return None
        enough = (Band.STRONG,) if surely else (Band.STRONG, Band.LIKELY)
        sure = searched.answer.found and searched.answer.band in enough
        return partial(self._kept, actor, searched, private) if sure else None

    def help(self, actor: Actor) -> Reply:
        """Tell what can be asked, and how."""
        asked = self._shelves.asked_by(actor)
        if not asked:
            return Reply(LIST_EMPTY)
        text = replies.about(asked[0].library, self.examples(actor, EXAMPLES))
        if actor.workspace is not None and self._shelves.version(actor.community) is None:
            text += f" {LIST_EMPTY}"
        return Reply(text, note=strings.HELP_NOTE)

    def examples(self, actor: Actor, count: int) -> tuple[str, ...]:
        """Give at most ``count`` questions to begin with, of the first shelf that has any."""
        asked = (examples(one.library, count) for one in self._shelves.asked_by(actor))
        return next(filter(None, asked), ())

    def find(self, actor: Actor, text: str) -> Reply:
        """Find the passages that speak of what a message says."""
        # Its author has asked nothing, so nothing of it is kept.
        words = text[:MAX_CHARACTERS]
        asked = scoped(self._shelves.asked_by(actor), self._default(actor))
        shelf, answer = better(
            (one, one.ask(words, articles, top=FOUND, by=actor.community))
            for one, articles in asked
        )
        self._metrics.answered(actor.platform, answer)
        found = replies.passages(answer)
        return self._shelves.links.on(found, actor.platform, shelf.name, answer.index_version)

    def titles(self, actor: Actor, typed: str, count: int) -> tuple[tuple[str, str], ...]:
        """Give (slug, title) of the articles whose title or slug holds what was typed."""
        return tuple(self._shelves.titles(actor, typed, count))

    def set_channel(self, actor: Actor, articles: Sequence[str]) -> Reply:
        """Set the articles (slugs) that the actor's channel is about; none: all again.

        InputError where they are too many, ArticleUnknownError for one that there is not.
        """
        if actor.channel is None:
            return replies.notice(strings.NO_CHANNEL)
        slugs = list(dict.fromkeys(articles))
        if len(slugs) > MOST_ARTICLES:
            said = strings.CHANNEL_TOO_MANY.format(most=MOST_ARTICLES, count=len(slugs))
            raise InputError(said)
        titles = replies.titled(self._titles(actor, slugs))
        self._state.communities.rule(actor.community, actor.channel, articles=slugs)
        said = strings.CHANNEL_SET.format(titles=titles) if titles else strings.CHANNEL_CLEARED
        return replies.notice(said)

    def _search(self, actor: Actor, question: str, article: str | None) -> _Searched:
        articles, before = [article] if article else self._default(actor), self._before(actor)
        asked = scoped(self._shelves.asked_by(actor), articles)
        contexts: dict[str, list[str]] = {}

        def answer(shelf: Shelf, slugs: Sequence[str]) -> Answer:
            # What leans on an earlier question depends on the words that the shelf knows.
            context = contexts[shelf.name] = carried(before, shelf.library.leans)
            return shelf.ask(
                question, slugs, top=DEPTH, context=context,
                unanswered=unanswered(before), by=actor.community,
            )  # fmt: skip

        shelf, found = better((shelf, answer(shelf, slugs)) for shelf, slugs in asked)
        return _Searched(shelf, found, articles, contexts[shelf.name])

    def _kept(self, actor: Actor, searched: _Searched, private: bool) -> Reply:
        """Remember an answer and set it."""
        answer = searched.answer
        self._metrics.answered(actor.platform, answer)
        log.info("%s, from %s", answer.band if answer.found else "not found", answer.index_version)
        asked = Asked(
            ref=self._ref(actor),
            asker=self._state.hashed(actor.user),
            platform=actor.platform,
            channel=actor.channel,
            thread=actor.thread,
            question=answer.question,
            articles=searched.articles,
            context=searched.context,
            version=answer.index_version,
            found=answer.found,
            private=private,
            community=actor.community,
            shelf=searched.shelf.name,
            origin=actor.origin,
            **replies.kept(answer, self._shown),
        )
        saved = self.owing.save(asked, actor)
        shown = self._set(actor, answer, asked, saved=saved)
        if not self.owing.owes(asked.ref):
            return shown
        return replace(shown, note=f"{shown.note} · {ANSWERED_AS_LAST_SEEN}", owed=True)

    def _set(self, actor: Actor, answer: Answer, asked: Asked, *, saved: bool) -> Reply:
        """Set an answer, or hand on what has none."""
        handed = saved and not (answer.found or asked.alone) and hand_on(self._state, asked)
        if answer.found:
            shown = replies.answered(answer, asked.ref, private=asked.private, shown=self._shown)
            return self._shelves.links.on_answer(shown, asked)
        titles = self._titles(actor, asked.articles)
        return replies.not_found(answer, asked.ref, titles, private=asked.private, handed=handed)

    def _ref(self, actor: Actor) -> str:
        """Name an answer: whichever replica answers an event, its answer is the same one."""
        if actor.event is None:
            return secrets.token_urlsafe(9)
        return self._state.hashed(actor.event)[:16]

    def _before(self, actor: Actor) -> list[tuple[str, bool]]:
        """Give what was asked before for all to see, oldest first, and whether it was answered."""
        if actor.follows is None:
            turns = self._turns(actor)
            return [(turn.question, turn.found) for turn in turns if not turn.private]
        follows = actor.follows
        asked = read_or(self._state, lambda: self._state.answer(follows), None)
        if asked is None or asked.private or not may_see(actor, asked):
            return []
        return [*((one, True) for one in asked.context), (asked.question, asked.found)]

    def _turns(self, actor: Actor) -> list[Asked]:
        """Give the latest turns of a conversation, private ones too, oldest first."""
        if actor.thread is None:
            return []
        here, whose = (actor.platform, actor.thread), (actor.community, "")
        turns = partial(self._state.conversation, *here, _TURNS, self._seconds, communities=whose)
        return read_or(self._state, turns, [])

    def _spoke_last_with(self, actor: Actor) -> bool:
        turns = self._turns(actor)
        return bool(turns) and turns[-1].asker == self._state.hashed(actor.user)

    def rules(self, actor: Actor) -> Rules:
        """Give what holds in the actor's channel."""
        if actor.channel is None:
            return Rules()
        here = actor.community, actor.channel
        return self._rules.get(here, partial(self._state.communities.rules, *here))

    def lately(self, actor: Actor) -> Rules:
        """Give what holds in the actor's channel without reading it for every post there."""
        if actor.channel is None:
            return Rules()
        return self._state.communities.lately(actor.community, actor.channel)

    def _default(self, actor: Actor) -> list[str]:
        """Give the channel's articles, but those that have gone from the shelves since."""
        shelves = self._shelves.asked_by(actor)
        there = {slug for shelf in shelves for slug in shelf.library.store.slugs}
        return [slug for slug in self.rules(actor).articles if slug in there]

    def _titles(self, actor: Actor, slugs: Sequence[str]) -> list[str]:
        """Give articles' titles; ArticleUnknownError where no shelf that is asked has one."""
        held = ((self._shelves.holding(actor, slug), slug) for slug in slugs)
        return [shelf.library.store.article(slug).title for shelf, slug in held]


def hand_on(state: State, asked: Asked, reason: str = "") -> bool:
    """Hand a question to the editors of its community; tell whether there are any."""
    if state.communities.choices(asked.community).editors is None:
        return False
    state.handoffs.open(asked.ref, asked.community, asked.question, reason)
    return True
