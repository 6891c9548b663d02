"""What the buttons under an answer do, whoever presses them and whenever.

Everything here is synchronous and runs in the desk's worker threads.
"""

from collections.abc import Callable

from bot import replies, strings
from bot.answering import DEPTH, Answering
from bot.permissions import Actor
from bot.reply import Reply
from bot.state import Asked, State
from summitqa.answer import Answer
from summitqa.article import Citation
from summitqa.errors import ArticleUnknownError
from summitqa.library import Library


class Presses:
    """The buttons, each by its action."""

    def __init__(self, library: Library, state: State, answering: Answering, shown: int) -> None:
        self._library = library
        self._state = state
        self._answering = answering
        self._shown = shown
        self._actions: dict[str, Callable[[Actor, Asked, str], Reply]] = {
            "context": self._context,
            "more": self._page,
            "nearest": self._page,
            "share": self._share,
            "good": self._good,
            "bad": self._bad,
            "again": self._again,
        }

    def press(self, actor: Actor, component: str, text: str) -> Reply:
        """Do what a button says, to its answer; a forged or forgotten one changes nothing."""
        action, _, rest = component.partition(":")
        ref, _, page = rest.partition(".")
        if action not in self._actions:
            return replies.notice(strings.UNKNOWN_BUTTON)
        asked = self._state.answer(ref)
        if asked is None or asked.platform != actor.platform:
            return replies.notice(strings.GONE)
        if asked.private and asked.asker != self._state.hashed(actor.user):
            return replies.notice(strings.PRIVATE_TO_ASKER)
        return self._actions[action](actor, asked, text if action == "bad" else page)

    def _answer(self, asked: Asked) -> Answer:
        """Answer again what was answered before, from the version in use now."""
        return self._library.ask(
            asked.question, article=asked.article, top=DEPTH, context=asked.context
        )

    def _context(self, _actor: Actor, asked: Asked, _page: str) -> Reply:
        return replies.context(self._cited_now(asked))

    def _cited_now(self, asked: Asked) -> Citation:
        """Give what was cited first if it stands unchanged, else what answers now."""
        store = self._library.store
        for slug, number, start, end, quote, *_ in asked.cited[:1]:
            try:
                article = store.article(store.number(slug))
            except ArticleUnknownError:
                break
            passage = article.passages[number - 1] if number <= len(article.passages) else None
            for sentence in passage.sentences if passage else ():
                if (sentence.start, sentence.end) == (start, end) and article.text[
                    start:end
                ] == quote:
                    return Citation(article, passage, sentence)  # type: ignore[arg-type]
        return self._answer(asked).matches[0].citation

    def _page(self, _actor: Actor, asked: Asked, page: str) -> Reply:
        number = int(page) if page.isdecimal() and len(page) < 4 else 0
        heading = "" if asked.found or number else strings.NEAREST
        return replies.page(self._answer(asked), asked.ref, number, heading=heading)

    def _share(self, _actor: Actor, asked: Asked, _page: str) -> Reply:
        answer = self._answer(asked)
        public = replies.answered(answer, asked.ref, private=False, shown=self._shown)
        self._state.publish(asked.ref)
        return public if answer.found else replies.not_found(answer, asked.ref, None, private=False)

    def _good(self, actor: Actor, asked: Asked, _page: str) -> Reply:
        self._state.rate(asked.ref, actor.user, good=True)
        return replies.notice(strings.THANKS)

    def _bad(self, actor: Actor, asked: Asked, reason: str) -> Reply:
        self._state.rate(asked.ref, actor.user, good=False, reason=" ".join(reason.split()))
        return replies.notice(strings.THANKS)

    def _again(self, actor: Actor, asked: Asked, _page: str) -> Reply:
        return self._answering.ask(actor, asked.question, asked.article, True)
