"""The ``summitqa`` command: reads arguments, calls, prints; decides nothing."""

import asyncio
import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot import assemble, redact, terminal
from bot.chat import chat as run_chat
from bot.doctor import examine as run_doctor
from index import versions
from index.build import Job, build
from summitqa import evaluation
from summitqa.errors import SummitQAError
from summitqa.library import VERSIONS, current_version
from summitqa.store import Store

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Answers questions about articles with their own words, cited to the sentence.",
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Scope = Annotated[
    str | None, typer.Option("--article", help="Ask about this article (its slug) alone.")
]


def _print(json_wanted: bool, data: dict[str, Any], shown: Callable[[], Any]) -> None:
    if json_wanted:
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    else:
        out.print(shown())


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    article: Scope = None,
    top: Annotated[int | None, typer.Option(min=1, max=50, help="How many passages.")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with the best-matching passages; ends with 1 where nothing answers it."""
    chosen = assemble.settings()
    with terminal.progress_bar(err) as tell:
        library, _, _ = assemble.open_library(chosen, tell)
    answer = library.ask(question, article=article, top=top or chosen.passages)
    _print(as_json, answer.to_json(), lambda: terminal.answer(answer, top or chosen.passages))
    if not answer.found:
        raise typer.Exit(1)


@app.command()
def why(
    question: Annotated[str, typer.Argument(help="What you wanted to know.")],
    article: Scope = None,
) -> None:
    """Show the scores, features and thresholds behind an answer."""
    chosen = assemble.settings()
    with terminal.progress_bar(err) as tell:
        library, _, _ = assemble.open_library(chosen, tell)
    out.print(terminal.explanation(library.why(question, article=article)))


@app.command()
def chat(article: Scope = None) -> None:
    """Ask one question after another; each is understood in the light of the ones before."""
    chosen = assemble.settings()
    with terminal.progress_bar(err) as tell:
        library, _, _ = assemble.open_library(chosen, tell)
    run_chat(out, library, article, chosen.passages)


@app.command()
def index(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Files, folders and URLs; default: SUMMITQA_SOURCES.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Build though nothing changed, switch though questions are lost."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read the sources and switch to a new index made from them."""
    chosen = assemble.settings()
    with terminal.progress_bar(err) as tell:
        encoder = assemble.open_encoder(chosen, tell)
        report = build(Job(chosen, encoder, tell=tell, force=force), sources or (), dry_run=dry_run)
    _print(as_json, report.to_json(), lambda: terminal.report(report))
    if dry_run and report.changes.passages and not as_json:
        out.print(terminal.differences(report.changes.passages))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell what is indexed."""
    home = assemble.settings().home
    found = Store.open(home / VERSIONS / current_version(home)).status()
    _print(
        as_json,
        found,
        lambda: terminal.facts([(name, str(value)) for name, value in found.items()]),
    )


@app.command(name="versions")
def list_versions() -> None:
    """List the versions kept, newest first."""
    out.print(terminal.versions(versions.listed(assemble.settings().home)))


@app.command()
def rollback(
    version: Annotated[str | None, typer.Argument(help="Default: the one before.")] = None,
) -> None:
    """Go back to an earlier version, once it is verified whole."""
    out.print(f"now in use: {versions.rollback(assemble.settings().home, version)}")


@app.command()
def verify(
    version: Annotated[str | None, typer.Argument(help="Default: the one in use.")] = None,
) -> None:
    """Check a version file by file; ends with 3 where one is damaged."""
    broken = versions.verify(assemble.settings().home, version)
    for name in broken:
        out.print(f"damaged: {name}")
    if broken:
        raise typer.Exit(3)
    out.print("every file is whole")


@app.command(name="eval")
def evaluate(
    questions: Annotated[
        Path, typer.Argument(help="JSON lines of questions with their paragraphs.")
    ],
    as_json: AsJson = False,
) -> None:
    """Measure the index in use on questions whose paragraphs are known."""
    chosen = assemble.settings()
    cases = evaluation.read_cases(questions)
    with terminal.progress_bar(err) as tell:
        library, _, _ = assemble.open_library(chosen, tell)
    figures = evaluation.summarise(evaluation.run(cases, library.ask))
    _print(
        as_json,
        figures,
        lambda: terminal.facts([(name, str(value)) for name, value in figures.items()]),
    )


@app.command()
def discord(
    invite: Annotated[
        bool, typer.Option("--invite", help="Only print the link that adds the bot to a server.")
    ] = False,
) -> None:
    """Serve Discord until stopped."""
    # Each platform's library is wanted by its own command alone.
    from bot.discordbot import app as discord_app
    from bot.discordbot import doctor as discord_doctor

    chosen = assemble.settings()
    chosen.require("discord_token")
    if invite:
        sys.stdout.write(asyncio.run(discord_doctor.invite(chosen)) + "\n")
        return
    with terminal.progress_bar(err) as tell:
        assemble.run_bot(chosen, discord_app.run, tell)


@app.command()
def slack() -> None:
    """Serve Slack until stopped."""
    from bot.slackbot import app as slack_app

    chosen = assemble.settings()
    chosen.require(
        "slack_bot_token",
        "slack_app_token" if chosen.slack_mode == "socket" else "slack_signing_secret",
    )
    with terminal.progress_bar(err) as tell:
        assemble.run_bot(chosen, slack_app.run, tell)


@app.command()
def doctor() -> None:
    """Look at every part, a line each with the mend; ends with 2 where something is not well."""
    from bot.discordbot import doctor as discord_doctor
    from bot.slackbot import doctor as slack_doctor

    chosen = assemble.settings()
    platforms = (
        (chosen.discord_token is not None, discord_doctor.examine),
        (chosen.slack_bot_token is not None, slack_doctor.examine),
    )
    well = True
    for check in run_doctor(chosen, platforms):
        detail = redact.blank(check.detail, redact.secrets())
        out.print(terminal.check(replace(check, detail=detail)))
        well = well and check.well is not False
    if not well:
        raise typer.Exit(2)


def main() -> None:
    """Run the command; every failure is one sentence and an exit code."""
    try:
        app()
    except SummitQAError as error:
        err.print(redact.blank(terminal.plain(str(error)), redact.secrets()), markup=False)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:  # noqa: BLE001 - the last resort: an id, its trace in a file
        error_id = secrets.token_hex(4)
        where = assemble.keep_trace(error_id, error)
        err.print(
            f"Something went wrong on our side (error {error_id}); the details are in {where}.",
            markup=False,
        )
        raise SystemExit(3) from None
