"""The commands that serve a platform, and the one that looks whether they could."""

import asyncio
import os
import sys
from dataclasses import replace
from typing import Annotated

import typer

from summitqa_bot import assemble, redact
from summitqa_bot.commands import terminal
from summitqa_bot.commands.console import err, out
from summitqa_bot.settings import Settings

app = typer.Typer()


@app.command()
def discord(
    invite: Annotated[
        bool, typer.Option("--invite", help="Only print the link that adds the bot to a server.")
    ] = False,
) -> None:
    """Serve Discord until stopped."""
    # Each platform's library is wanted by its own command alone, a database by no question.
    from summitqa_bot import running
    from summitqa_bot.discord import app as discord_app
    from summitqa_bot.discord import doctor as discord_doctor

    chosen = assemble.settings()
    chosen.require("discord_token")
    if invite:
        sys.stdout.write(asyncio.run(discord_doctor.invite(chosen)) + "\n")
        return
    with terminal.progress_bar(err) as tell:
        running.run_bot(chosen, discord_app.run, tell)


@app.command()
def slack() -> None:
    """Serve Slack until stopped."""
    from summitqa_bot import running
    from summitqa_bot.slack import app as slack_app

    chosen = assemble.settings()
    chosen.require(*slack_app.required(chosen))
    with terminal.progress_bar(err) as tell:
        running.run_bot(chosen, slack_app.run, tell)


@app.command()
def web() -> None:
    """Serve the reading page until stopped: ask in a browser, see each quote where it stands."""
    from summitqa_bot import running
    from summitqa_bot.web import app as web_app

    chosen = assemble.settings()
    with terminal.progress_bar(err) as tell:
        running.run_bot(chosen, web_app.run, tell)


@app.command()
def doctor() -> None:
    """Look at every part, a line each with the mend; ends with 2 where something is not well."""
    from summitqa_bot.commands.doctor import examine as run_doctor
    from summitqa_bot.discord import doctor as discord_doctor
    from summitqa_bot.slack import doctor as slack_doctor

    chosen = Settings.from_env(os.environ)
    slack_tokens = (
        chosen.slack_bot_token,
        chosen.slack_app_token,
        chosen.slack_signing_secret,
        chosen.slack_client_id,
    )
    platforms = (
        (chosen.discord_token is not None, discord_doctor.examine),
        (any(slack_tokens), slack_doctor.examine),
    )
    well = True
    for check in run_doctor(chosen, platforms):
        detail = redact.blank(check.detail, redact.secrets())
        out.print(terminal.check(replace(check, detail=detail)))
        well = well and check.well is not False
    if not well:
        raise typer.Exit(2)
