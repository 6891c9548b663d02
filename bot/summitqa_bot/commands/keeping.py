"""The commands that look after what is remembered: erasing one person, reading the audit log."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from summitqa.counting import counted
from summitqa.errors import InputError
from summitqa.settings import HOUSE
from summitqa_bot import assemble, strings
from summitqa_bot.commands import terminal
from summitqa_bot.commands.console import out
from summitqa_bot.settings import Settings

if TYPE_CHECKING:
    from summitqa_bot.state import State
    from summitqa_bot.state.erasure import Erased

app = typer.Typer()

_SHAPES = {"discord": r"\d{15,21}", "slack": r"[UW][A-Z0-9]{5,20}"}


@app.command()
def forget(
    user: Annotated[str, typer.Argument(help="A Discord or Slack user id.")],
) -> None:
    """Erase what one person asked and how they rated answers; the audit log stays."""
    platform, user = _person(user)
    chosen = assemble.settings()
    state = _state(chosen)
    try:
        erased = state.erase(platform, user)
        answers = counted(erased.answers, *strings.ANSWERS)
        counts = f"{answers}, {counted(erased.thumbs, *strings.THUMBS)}"
        # Named by the hash, which tells nobody who it was, but shows that a known id was erased.
        state.audit("terminal", f"forget {platform} {state.hashed(user)[:12]}", counts)
    finally:
        state.close()
    out.print(_told(platform, erased, chosen.retention_days), markup=False)
    if left := assemble.state_left(chosen.home, chosen.database_url):
        out.print(f"Not erased: {left}.", markup=False)


@app.command()
def audit(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many lines.")] = 50,
) -> None:
    """Print who did what, the newest last; with --shelf, what was done to that one."""
    chosen = assemble.settings()
    if not chosen.database_url and assemble.existing() and not (chosen.home / "state.db").exists():
        out.print("Nothing is in the audit log; there is no database yet.")
        return
    state = _state(chosen)
    try:
        lines = state.audited(count, None if chosen.shelf == HOUSE else chosen.shelf)
    finally:
        state.close()
    if not lines:
        out.print("Nothing is in the audit log.")
    for at, *line in reversed(lines):
        told = f"{at:%Y-%m-%d %H:%M:%S} UTC  {'  '.join(line)}".replace("\n", " ")
        out.print(terminal.plain(told), markup=False, soft_wrap=True)


def _told(platform: str, erased: "Erased", days: int) -> str:
    where = platform.capitalize()
    return (
        f"Erased for this {where} user: answers with their questions: {erased.answers}; thumbs: "
        f"{erased.thumbs}; questions that answers to others remembered: {erased.contexts}; older "
        f"copies of the database: {erased.copies}.\n"
        f"Kept: lines of the audit log: {erased.audit}; it tells who did what, and they go when "
        f"{counted(days, *strings.DAYS)} old. What was posted on {where} stands there still, and "
        "is deleted there."
    )


def _state(chosen: Settings) -> "State":
    # Imported where it is wanted: a database takes a quarter of a second that no question needs.
    from summitqa_bot.state import State

    return State(chosen.home, chosen.database_url)


def _person(given: str) -> tuple[str, str]:
    """Tell the platform from the id's shape; ``slack:ID`` and a mention, ``<@ID>``, will do too."""
    for platform, shape in _SHAPES.items():
        match = re.fullmatch(rf"(?:{platform}:)?({shape})|<@!?({shape})>", given.strip())
        if match:
            return platform, match[1] or match[2]
    raise InputError(
        f"{given!r} is no user id: a Discord id is 15 to 21 digits, a Slack id looks like "
        "U012ABCDEF."
    )
