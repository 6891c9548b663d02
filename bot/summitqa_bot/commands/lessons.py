"""The commands that teach a shelf: which passage answers a question, and what was taught."""

import json
import sys
from typing import Annotated, Any

import typer

from summitqa.errors import InputError
from summitqa.snapshot import Snapshot
from summitqa.taught import QUESTIONS, Pair, Place, pairs_of, places_of, read_raw, unteach
from summitqa.taught import teach as keep
from summitqa_bot import assemble
from summitqa_bot.commands import terminal
from summitqa_bot.commands.console import out

app = typer.Typer()

Words = Annotated[list[str], typer.Argument(help="The question, as it is asked.")]
Slug = Annotated[str, typer.Option("--article", help="The article that answers it (its slug).")]


@app.command()
def teach(
    question: Words,
    article: Slug,
    paragraph: Annotated[
        int | None, typer.Option("--paragraph", help="The number of the passage that answers it.")
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Take back what was taught for the question.")
    ] = False,
) -> None:
    """Have a question, and those much like it, find a passage first from now on."""
    folder, asked = assemble.existing(), " ".join(question)
    if forget:
        with assemble.changing(assemble.settings(), QUESTIONS):
            known = unteach(folder, asked, article)
        if not known:
            raise InputError(f"Nothing was taught for “{asked}” in the article {article!r}.")
        out.print("taken back")
        return
    if paragraph is None:
        raise InputError("--paragraph is not given; expected the number of the passage, from 1.")
    pair = Pair.of(asked, _shelf().article(article), paragraph)
    with assemble.changing(assemble.settings(), QUESTIONS):
        keep(folder, pair)
    out.print(terminal.plain(f"taught: “{asked}” finds {_place(article, paragraph)}"), markup=False)


@app.command()
def taught(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """List what was taught, and which pairs are silent, for their text is gone."""
    pairs = pairs_of(read_raw(assemble.existing()))
    found = list(zip(pairs, places_of(pairs, _shelf()), strict=True))
    if as_json:
        lines = [_line(pair, place) for pair, place in found]
        sys.stdout.write(json.dumps({"taught": lines}, ensure_ascii=False) + "\n")
    elif not found:
        out.print("nothing was taught")
    else:
        out.print(terminal.facts([(_told(pair, place), pair.question) for pair, place in found]))


def _shelf() -> Snapshot:
    return assemble.in_use()


def _line(pair: Pair, place: Place | None) -> dict[str, Any]:
    return {
        "question": pair.question,
        "article": pair.article,
        "paragraph": place.number if place else None,
        "silent": place is None,
    }


def _told(pair: Pair, place: Place | None) -> str:
    return _place(pair.article, place.number) if place else f"{pair.article}: silent, text gone"


def _place(article: str, number: int) -> str:
    return f"{article} ¶{number}"
