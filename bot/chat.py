"""A conversation in the terminal."""

from rich.console import Console
from rich.text import Text

from bot import terminal
from bot.answering import REMEMBERED_TURNS
from summitqa.errors import InputError
from summitqa.library import Library

_GREETING = "Ask about {articles}; an empty line or Ctrl-D ends the conversation."


def chat(console: Console, library: Library, article: str | None, shown: int) -> None:
    """Ask and answer until the line is empty; earlier questions are kept in mind."""
    titles = [record["title"] for record in library.store.records]
    about = f"“{titles[0]}”" if len(titles) == 1 else f"{len(titles)} articles"
    console.print(Text(_GREETING.format(articles=about), "dim"))
    earlier: list[str] = []
    while True:
        try:
            question = console.input(Text("? ", "bold cyan")).strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if not question:
            return
        try:
            answer = library.ask(
                question, article=article, top=shown, context=earlier[-REMEMBERED_TURNS:]
            )
        except InputError as error:
            console.print(Text(terminal.plain(str(error)), "yellow"))
            continue
        console.print(terminal.answer(answer, shown))
        earlier.append(answer.question)
