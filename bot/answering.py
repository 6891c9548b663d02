"""Questions, answered from the library and remembered in the state.

Everything here is synchronous and runs in the desk's worker threads.
"""

import secrets

from bot import replies, strings
from bot.permissions import Actor
from bot.reply import Reply
from bot.state import Asked, State
from summitqa.answer import Answer
from summitqa.library import Library
from summitqa.question import MAX_CHARACTERS

REMEMBERED_TURNS = 3
# How many passages a question can be paged through.
DEPTH = 12
# How many are shown at once of those that a message is about.
FOUND = 5


class Answering:
    """What a person may ask."""

    def __init__(self, library: Library, state: State, shown: int) -> None:
        self._library = library
        self._state = state
        self._shown = shown

    def ask(self, actor: Actor, question: str, article: str | None, private: bool) -> Reply:
        """Answer a question, in the conversation it stands in and its channel's article."""
        asked, answer = self._ask(actor, question, article or self._default(actor), private)
        if answer.found:
            return replies.answered(answer, asked.ref, private=private, shown=self._shown)
        return replies.not_found(answer, asked.ref, self.title(asked.article), private=private)

    def find(self, actor: Actor, text: str) -> Reply:
        """Find the passages that speak of what a message says."""
        # Its author has asked nothing, so nothing of it is kept.
        words, article = text[:MAX_CHARACTERS], self._default(actor)
        return replies.passages(self._library.ask(words, article=article, top=FOUND))

    def titles(self, typed: str, count: int) -> tuple[tuple[str, str], ...]:
        """Give (slug, title) of the articles whose title or slug holds what was typed."""
        wanted = typed.casefold().strip()
        found = []
        for record in self._library.store.records:
            if wanted in record["title"].casefold() or wanted in record["slug"]:
                found.append((str(record["slug"]), str(record["title"])))
            if len(found) == count:
                break
        return tuple(found)

    def set_channel(self, actor: Actor, article: str | None) -> Reply:
        """Set or clear the default article of the actor's channel."""
        if actor.channel is None:
            return replies.notice(strings.NO_CHANNEL)
        title = self.title(article)
        self._state.set_channel(actor.platform, actor.channel, article)
        said = strings.CHANNEL_SET.format(title=title) if title else strings.CHANNEL_CLEARED
        return replies.notice(said)

    def _ask(
        self, actor: Actor, question: str, article: str | None, private: bool
    ) -> tuple[Asked, Answer]:
        context = self._earlier(actor)
        answer = self._library.ask(question, article=article, top=DEPTH, context=context)
        asked = Asked(
            ref=secrets.token_urlsafe(9),
            asker=self._state.hashed(actor.user),
            platform=actor.platform,
            channel=actor.channel,
            thread=actor.thread,
            question=answer.question,
            article=article,
            context=context,
            version=answer.index_version,
            found=answer.found,
            private=private,
            cited=replies.citations(answer, self._shown),
            note=replies.small_print(answer),
        )
        self._state.save_answer(asked)
        return asked, answer

    def _earlier(self, actor: Actor) -> list[str]:
        """Give the conversation's earlier questions, oldest first; private ones stay private."""
        if actor.thread is None:
            return []
        turns = self._state.conversation(actor.platform, actor.thread, REMEMBERED_TURNS)
        return [turn.question for turn in turns if not turn.private]

    def _default(self, actor: Actor) -> str | None:
        """Give the channel's article, unless it has gone from the shelf since."""
        if actor.channel is None:
            return None
        slug = self._state.channel_article(actor.platform, actor.channel)
        return slug if slug in self._library.store.numbers else None

    def title(self, slug: str | None) -> str | None:
        """Give an article's title; ArticleUnknownError where the shelf has it no longer."""
        store = self._library.store
        return None if slug is None else str(store.records[store.number(slug)]["title"])
