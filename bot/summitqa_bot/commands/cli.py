"""The ``summitqa`` command: reads arguments, calls, prints; decides nothing."""

import importlib.metadata
import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from summitqa import evaluation, snapshot
from summitqa.errors import InputError, SummitQAError
from summitqa.library import Library, current_version
from summitqa.model import models
from summitqa.settings import HOUSE, OFF
from summitqa.taught import MEND, trouble_of
from summitqa_bot import assemble, logs, redact, strings
from summitqa_bot.commands import (
    carrying,
    environment,
    keeping,
    lessons,
    receipts,
    saving,
    serving,
    terminal,
)
from summitqa_bot.commands.chat import chat as run_chat
from summitqa_bot.commands.chat import greeted
from summitqa_bot.commands.console import err, out
from summitqa_bot.commands.linking import Linking
from summitqa_bot.settings import Settings
from summitqa_bot.strings.serving import AS_LAST_SEEN
from summitqa_index import versions
from summitqa_index.build import Job, build, preview
from summitqa_index.putting import reread

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(serving.app)
app.add_typer(keeping.app)
app.add_typer(saving.app)
app.add_typer(lessons.app)
app.add_typer(receipts.app)
app.add_typer(carrying.app, name="model")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Scope = Annotated[
    str | None, typer.Option("--article", help="Ask about this article (its slug) alone.")
]


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"summitqa {importlib.metadata.version('summitqa')}")
        raise typer.Exit


@app.callback()
def begin(
    env_file: Annotated[
        Path | None, typer.Option("--env-file", help="Read settings from it, not from ./.env.")
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="The data folder, instead of SUMMITQA_HOME.")
    ] = None,
    shelf: Annotated[
        str | None, typer.Option("--shelf", help="A community's shelf, instead of the house shelf.")
    ] = None,
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Tell it, and end."),
    ] = False,
) -> None:
    """Answers questions about articles with their own words, cited to the sentence."""
    for stray in environment.load(env_file, home, shelf):
        _say(stray)


def _say(sentence: str) -> None:
    """Say a sentence on standard error, no secret and no control character in it."""
    err.print(redact.blank(terminal.plain(sentence), redact.secrets()), markup=False)


def _print(json_wanted: bool, data: dict[str, Any], shown: Callable[[], Any]) -> None:
    if json_wanted:
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    else:
        out.print(shown())


def _opened() -> tuple[Library, Settings]:
    """Open the shelf to ask, as it was last seen where the database is away.

    The settings are those to show answers by: what links are sealed with is away then, too.
    """
    chosen = assemble.settings()
    with terminal.progress_bar(err) as tell:
        if (library := assemble.open_as_last_seen(chosen, tell)) is None:
            return assemble.open_library(chosen, tell)[0], chosen
    _say(AS_LAST_SEEN.format(home=chosen.home))
    return library, replace(chosen, web_access=OFF)


@app.command()
def ask(
    question: Annotated[list[str], typer.Argument(help="What you want to know.")],
    article: Scope = None,
    top: Annotated[
        int | None,
        typer.Option(min=1, max=50, help="How many passages; default: those worth showing."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with the best-matching passages; ends with 1 where nothing answers it."""
    library, chosen = _opened()
    said = " ".join(question)
    worded = any(map(str.isalnum, said))  # in chat a message of no words calls for help
    if worded and not as_json and (greeting := greeted(library, said)):
        out.print(greeting, markup=False)
        raise typer.Exit(1)
    answer = library.ask(said, article=article, top=top or chosen.passages)
    shown = answer.matches if top else answer.worth_showing(chosen.passages)
    linking = Linking(chosen)
    _print(
        as_json,
        linking.json(answer),
        lambda: terminal.answer(answer, shown, linking.of(answer)),
    )
    if not answer.found:
        raise typer.Exit(1)


@app.command()
def why(
    question: Annotated[list[str], typer.Argument(help="What you wanted to know.")],
    article: Scope = None,
) -> None:
    """Show the scores, features and thresholds behind an answer."""
    library, _ = _opened()
    out.print(terminal.explanation(library.why(" ".join(question), article=article)))


@app.command()
def chat(article: Scope = None) -> None:
    """Ask one question after another; each is understood in the light of the ones before."""
    library, chosen = _opened()
    run_chat(out, library, article, chosen)


@app.command()
def index(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Files, folders and URLs; default: SUMMITQA_SOURCES.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change; write nothing.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Build even if nothing changed; switch even if answers are lost, or after a "
            "rollback from the same text.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read the sources and switch to a new index made from them.

    Ends with 2, and leaves the index in use, where the new one loses answers or says what was
    rolled back from; --force switches all the same.
    """
    chosen = assemble.settings()
    filled = chosen.shelf != HOUSE
    if filled and (sources or dry_run):
        raise InputError(strings.NOT_FROM_HERE.format(shelf=chosen.shelf))
    if filled:
        assemble.existing()
    publisher = assemble.publisher(chosen)
    with terminal.progress_bar(err) as tell:
        if dry_run:
            report = preview(publisher, chosen, sources or (), tell)
        else:
            encoder = assemble.open_encoder(chosen, tell)
            reader = assemble.open_reader(chosen, tell)
            job = Job(publisher, chosen, encoder, tell=tell, force=force, reader=reader)
            report = reread(job) if filled else build(job, sources or ())
    if dry_run and report.changes.passages and not as_json:
        out.print(terminal.differences(report.changes.passages))
    _print(as_json, report.to_json(), lambda: terminal.report(report))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell what is indexed."""
    shelf = assemble.in_use()
    found = snapshot.status(shelf)
    _print(
        as_json,
        found,
        lambda: terminal.facts([(name, str(value)) for name, value in found.items()]),
    )
    if versions.read_otherwise(shelf.facts):
        _say(strings.STATUS_READ_OTHERWISE)
    if trouble := trouble_of(assemble.settings().folder):
        _say(f"{trouble} {MEND}")


@app.command(name="versions")
def list_versions() -> None:
    """List the versions kept, newest first."""
    home = assemble.existing()
    found = versions.listed(assemble.publisher(assemble.settings()))
    if not found:
        current_version(home)  # says what is amiss
    out.print(terminal.versions(found))


@app.command()
def rollback(
    version: Annotated[str | None, typer.Argument(help="Default: the one before.")] = None,
) -> None:
    """Go back to an earlier version, or to a named one, once it is verified whole.

    The version left behind does not come back from the same sources, unless forced.
    """
    assemble.existing()
    publisher = assemble.publisher(assemble.settings())
    out.print(f"now in use: {versions.rollback(publisher, version)}")


@app.command()
def verify(
    version: Annotated[str | None, typer.Argument(help="Default: the one in use.")] = None,
) -> None:
    """Check a version and the models file by file; ends with 3 where one is damaged."""
    assemble.existing()
    chosen = assemble.settings()
    publisher = assemble.publisher(chosen)
    broken = versions.verify(publisher, version)
    amiss = [(model, names) for model in models(chosen) if (names := model.damaged())]
    for name in (*broken, *chain(*(names for _, names in amiss))):
        out.print(f"damaged: {name}")
    for model, _ in amiss:
        out.print(f"{model.folder}: {model.mend}")
    if broken or amiss:
        raise typer.Exit(3)
    in_rows = publisher.is_in_rows(version or publisher.used())
    out.print(
        f"every {'row is whole, and every file that is here' if in_rows else 'file is whole'}"
    )


@app.command(name="eval")
def evaluate(
    questions: Annotated[
        Path, typer.Argument(help="JSON lines of questions with their paragraphs.")
    ],
    as_json: AsJson = False,
) -> None:
    """Measure the index in use on questions whose paragraphs are known."""
    cases = evaluation.read_cases(questions)
    library, _ = _opened()
    shelf = library.store
    lengths = {slug: shelf.scope(slug).passages for slug in shelf.slugs}
    evaluation.check_cases(cases, lengths)
    figures = evaluation.summarise(evaluation.run(cases, library.ask))
    _print(
        as_json,
        figures,
        lambda: terminal.facts([(name, str(value)) for name, value in figures.items()]),
    )


def main() -> None:
    """Run the command; every failure is one sentence and an exit code."""
    try:
        app()
    except SummitQAError as error:
        _say(str(error))
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:  # noqa: BLE001 - the last resort: an id, its trace in a file
        error_id = secrets.token_hex(4)
        where = logs.keep_trace(error_id, error)
        err.print(
            f"Something went wrong on our side (error {error_id}); the details are in {where}.",
            markup=False,
        )
        raise SystemExit(3) from None
