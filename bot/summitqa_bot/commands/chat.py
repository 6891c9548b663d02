"""A conversation in the terminal."""

import time
from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.text import Text

from summitqa.counting import counted
from summitqa.errors import SummitQAError
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.commands import terminal
from summitqa_bot.commands.linking import Linking
from summitqa_bot.service.conversation import carried, unanswered
from summitqa_bot.service.examples import EXAMPLES, examples
from summitqa_bot.settings import Settings
from summitqa_bot.wording import replies
from summitqa_bot.wording.talk import Kind, kind_of

_GREETING = "Ask about {articles}; an empty line or Ctrl-D ends the conversation."


def chat(console: Console, library: Library, article: str | None, settings: Settings) -> None:
    """Ask and answer until the line is empty; earlier questions are kept in mind."""
    shelf = library.store
    many = counted(len(shelf.slugs), *strings.ARTICLES)
    about = many if len(shelf.slugs) > 1 else f"“{shelf.article(shelf.slugs[0]).title}”"
    console.print(Text(_GREETING.format(articles=about), "dim"))
    talk = _Talk(library, article, settings)
    while True:
        try:
            said = console.input(Text("? ", "bold cyan")).strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if not said:
            return
        console.print(talk.answer(said))


class _Talk:
    """What was asked so far, and when."""

    def __init__(
        self,
        library: Library,
        article: str | None,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._article = article
        self._settings = settings
        self._linking = Linking(settings)
        self._clock = clock
        self._turns: list[tuple[float, str, bool]] = []

    def answer(self, said: str) -> RenderableType:
        """Answer a line."""
        kind = kind_of(said)
        if kind is Kind.HELP:
            return Text(replies.about(self._library, examples(self._library, EXAMPLES)))
        if kind is not Kind.QUESTION:
            return Text(strings.WELCOME if kind is Kind.THANKS else "")
        since = self._clock() - self._settings.conversation_seconds
        turns = [(question, found) for at, question, found in self._turns if at > since]
        shown = self._settings.passages
        try:
            answer = self._library.ask(
                said,
                article=self._article,
                top=shown,
                context=carried(turns, self._library.leans),
                unanswered=unanswered(turns),
            )
        except SummitQAError as error:
            return Text(terminal.plain(str(error)), "yellow")
        self._turns.append((self._clock(), answer.question, answer.found))
        linked = self._linking.of(answer)
        return terminal.answer(answer, answer.worth_showing(shown), linked)
