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

_GREETING = "Ask about {articles}; an empty line, quit or Ctrl-D ends the conversation."
_ENDS = {"", "quit", "exit", ":q"}


def chat(console: Console, library: Library, article: str | None, settings: Settings) -> None:
    """Ask and answer until a line ends it; earlier questions are kept in mind."""
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
        if said.lower() in _ENDS:
            return
        console.print(talk.answer(said))


def greeted(library: Library, said: str) -> str | None:
    """Give the answer to a greeting, a call for help or thanks; None to anything else."""
    kind = kind_of(said)
    if kind is Kind.HELP:
        return replies.about(library, examples(library, EXAMPLES))
    return strings.WELCOME if kind is Kind.THANKS else None


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
        if kind_of(said) is not Kind.QUESTION:
            return Text(greeted(self._library, said) or "")
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
