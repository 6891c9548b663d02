"""The commands that copy all there is into one file, and bring it back."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from summitqa.counting import counted
from summitqa.errors import InputError
from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.commands import terminal
from summitqa_bot.commands.console import out
from summitqa_bot.settings import Settings
from summitqa_bot.strings import saving as said

app = typer.Typer()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Such as summitqa.backup.")],
) -> None:
    """Copy every shelf and the database into one file, while the bot serves and reindexes."""
    # Imported where they are wanted: a database takes a quarter of a second that no question needs.
    from summitqa_bot.saving.backup import backup as write
    from summitqa_bot.state.saved import WORKSPACES

    chosen = _whole()
    gather = partial(assemble.gather, chosen)
    saved = write(chosen.home, chosen.database_url, file, [WORKSPACES], gather)
    told = said.BACKED_UP.format(
        file=file,
        shelves=counted(saved.shelves, *said.SHELVES),
        versions=counted(saved.versions, *said.VERSIONS),
        rows=counted(saved.rows, *said.ROWS),
        size=saved.size / 1e6,
    )
    _tell([told, *([said.KEY_APART] if saved.sealed else [])])


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What backup has written.")],
) -> None:
    """Bring a backup back into an empty data folder, and an empty database where one is set.

    Every file is checked before any is put in place; one that was killed is run again.
    """
    from summitqa_bot.saving.restore import restore as read

    chosen = _whole()
    done = read(file, chosen.home, chosen.database_url)
    assemble.mirror(chosen)  # which has the database take the shelves over
    told = said.RESTORED.format(
        home=chosen.home,
        made_at=done.head.made_at,
        by=done.head.summitqa,
        files=counted(done.files, *said.FILES),
    )
    _tell([told, said.RUN_INDEX])


def _whole() -> Settings:
    chosen = assemble.settings()
    if chosen.shelf != HOUSE:
        raise InputError(said.WHOLE_HOME.format(shelf=chosen.shelf))
    return chosen


def _tell(sentences: list[str]) -> None:
    out.print(terminal.plain("\n".join(sentences)), markup=False, soft_wrap=True)
