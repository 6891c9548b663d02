"""The command that makes a model ready to be carried to another machine."""

from pathlib import Path
from typing import Annotated

import typer

from summitqa.errors import SettingsError
from summitqa.model import ENCODER, READER, Model
from summitqa.settings import OFF
from summitqa_bot import assemble
from summitqa_bot.commands import terminal
from summitqa_bot.commands.console import err, out
from summitqa_bot.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def model() -> None:
    """Carry a model from machine to machine."""


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    reader: Annotated[
        bool, typer.Option("--reader", help="The one in SUMMITQA_READER instead.")
    ] = False,
) -> None:
    """Write the model in SUMMITQA_MODEL as a sealed folder, which is served without the extra.

    On any machine, SUMMITQA_MODEL (with --reader: SUMMITQA_READER) takes that folder's path.
    """
    chosen = _reader(assemble.settings()) if reader else _encoder(assemble.settings())
    with terminal.progress_bar(err) as tell:
        assemble.export_model(chosen, folder, tell)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    told = (
        f"{folder}: {chosen.known_as}, {size:.0f} MB, sealed. "
        f"Copy it anywhere, and set {chosen.role.setting} to its path there."
    )
    out.print(terminal.plain(told), markup=False, soft_wrap=True)


def _encoder(chosen: Settings) -> Model:
    return Model(ENCODER, chosen.model, chosen.home)


def _reader(chosen: Settings) -> Model:
    if chosen.reader == OFF:
        raise SettingsError("SUMMITQA_READER is 'off', so that there is no reader to export.")
    return Model(READER, chosen.reader, chosen.home)
