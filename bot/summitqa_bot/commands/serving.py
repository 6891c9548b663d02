"""The commands that serve a platform, and the one that looks whether they could."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from summitqa.errors import SettingsError
from summitqa.settings import OFF
from summitqa_bot import assemble, redact
from summitqa_bot.commands import terminal
from summitqa_bot.commands.console import err, out
from summitqa_bot.settings import Settings
from summitqa_bot.strings.serving import NOTHING_TO_SERVE

if TYPE_CHECKING:
    from summitqa_bot.front_ends import FrontEnd

app = typer.Typer()


def _has_discord(chosen: Settings) -> bool:
    return chosen.discord_token is not None


def _has_slack(chosen: Settings) -> bool:
    tokens = (chosen.slack_bot_token, chosen.slack_app_token, chosen.slack_signing_secret)
    return any((*tokens, chosen.slack_client_id))


def _has_page(chosen: Settings) -> bool:
    return chosen.web_url is not None and chosen.page_access != OFF


# Each platform's library is wanted by its own command alone, a database by no question.
def _discord() -> "FrontEnd":
    from summitqa_bot.discord import app as discord_app
    from summitqa_bot.front_ends import FrontEnd

    return FrontEnd("discord", "Discord", discord_app.run)


def _slack() -> "FrontEnd":
    from summitqa_bot.front_ends import FrontEnd
    from summitqa_bot.slack import app as slack_app

    return FrontEnd("slack", "Slack", slack_app.run)


def _page() -> "FrontEnd":
    from summitqa_bot.front_ends import FrontEnd
    from summitqa_bot.web import app as web_app

    return FrontEnd("web", "The page", web_app.run)


_PLATFORMS = ((_has_discord, _discord), (_has_slack, _slack), (_has_page, _page))
"""All that can be served: whether it is set up, and what serves it."""


def _beside(chosen: Settings) -> "Sequence[FrontEnd]":
    """Give the page that a platform's links lead to, where there is one."""
    return [_page()] if _has_page(chosen) else []


def _run(chosen: Settings, front_ends: "Sequence[FrontEnd]") -> None:
    from summitqa_bot import running

    with terminal.progress_bar(err) as tell:
        running.run_bot(chosen, front_ends, tell)


@app.command()
def serve() -> None:
    """Serve all that is set up, Discord, Slack and the page, in one process until stopped."""
    chosen = assemble.settings()
    front_ends = [make() for is_set, make in _PLATFORMS if is_set(chosen)]
    if not front_ends:
        raise SettingsError(NOTHING_TO_SERVE)
    _run(chosen, front_ends)


@app.command()
def discord(
    invite: Annotated[
        bool, typer.Option("--invite", help="Only print the link that adds the bot to a server.")
    ] = False,
) -> None:
    """Serve Discord until stopped."""
    from summitqa_bot.discord import doctor as discord_doctor

    chosen = assemble.settings()
    chosen.require("discord_token")
    if invite:
        sys.stdout.write(asyncio.run(discord_doctor.invite(chosen)) + "\n")
        return
    _run(chosen, [_discord(), *_beside(chosen)])


@app.command()
def slack() -> None:
    """Serve Slack until stopped."""
    from summitqa_bot.slack import app as slack_app

    chosen = assemble.settings()
    chosen.require(*slack_app.required(chosen))
    _run(chosen, [_slack(), *_beside(chosen)])


@app.command()
def web() -> None:
    """Serve the reading page until stopped: ask in a browser, see each quote where it stands."""
    _run(assemble.settings(), [_page()])


@app.command()
def doctor() -> None:
    """Look at every part, a line each with the mend; ends with 2 where something is not well."""
    from summitqa_bot.commands.doctor import examine as run_doctor
    from summitqa_bot.discord import doctor as discord_doctor
    from summitqa_bot.slack import doctor as slack_doctor

    chosen, malformed = Settings.read(os.environ)
    platforms = (
        (_has_discord(chosen), discord_doctor.examine),
        (_has_slack(chosen), slack_doctor.examine),
    )
    well = True
    for check in run_doctor(chosen, platforms, malformed):
        detail = redact.blank(check.detail, redact.secrets())
        out.print(terminal.check(replace(check, detail=detail)))
        well = well and check.well is not False
    if not well:
        raise typer.Exit(2)
