"""Put together what answers: settings, models, index, library."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from summitqa.encoder import Encoder
from summitqa.errors import (
    IndexBusyError,
    IndexMissingError,
    SettingsError,
    SummitQAError,
    UnreachableError,
)
from summitqa.files import FULL
from summitqa.library import CURRENT, VERSIONS, Library, current_version, opened
from summitqa.model import ENCODER, READER, Model
from summitqa.postgres import is_postgres, lost
from summitqa.postgres.claim import mirrored, require_own
from summitqa.reader import Reader
from summitqa.settings import HOUSE, OFF, SHELVES, shelves_in
from summitqa.snapshot import Snapshot
from summitqa_bot import strings
from summitqa_bot.settings import Settings
from summitqa_bot.strings.serving import STATE_LEFT
from summitqa_index.build import Job, Progress, Report, build
from summitqa_index.folder.publisher import FolderPublisher
from summitqa_index.folder.saved import NAME as SAVED_NAME
from summitqa_index.folder.saved import standing
from summitqa_index.models import carry, load_encoder, load_reader
from summitqa_index.publisher import Publisher
from summitqa_index.versions import has_index

if TYPE_CHECKING:
    from summitqa.postgres.mirror import Mirror

__all__ = ["SAVED_NAME", "standing"]  # of the engine, for backups

log = logging.getLogger(__name__)

Tell = Callable[[Progress], None]

_TRY_AGAIN_SECONDS = 0.5


def settings() -> Settings:
    """Read settings from the environment."""
    return Settings.from_env(os.environ)


def existing() -> Path:
    """Give the shelf's folder; IndexMissingError where there is none: its name may be a slip."""
    chosen = settings()
    bring(chosen)
    _require_filled(chosen)
    if not chosen.folder.is_dir():
        current_version(chosen.folder)
    return chosen.folder


def publisher(chosen: Settings) -> Publisher:
    """Give what keeps the versions of a shelf: its folder, or the database that replicas share."""
    if (shared := mirror(chosen)) is not None:
        from summitqa_index.postgres.publisher import SharedPublisher

        return SharedPublisher(shared, chosen.shelf)
    return FolderPublisher(chosen.folder)


def mirror(chosen: Settings) -> "Mirror | None":
    """Give what makes folders of the shelves that replicas share; None where no others do.

    SettingsError where the database cannot be opened, or the data folder is no mirror of it, or a
    mirror where there is none.
    """
    url = chosen.database_url
    if is_postgres(url):
        read_url, above = chosen.database_read_url or url, chosen.database_search
        return _mirror(chosen.home, url, read_url, above, chosen.snapshots)
    if chosen.snapshots:
        raise SettingsError(
            "SUMMITQA_SNAPSHOTS is set, but SUMMITQA_DATABASE_URL names no PostgreSQL, which is to "
            "say what lies there."
        )
    require_own(chosen.home)
    return None


@cache
def _mirror(
    home: Path, url: str, read_url: str, search_above: int, snapshots: str | None
) -> "Mirror":
    from summitqa.postgres.searching import Searching
    from summitqa_bot.state import database
    from summitqa_bot.state.adopting import adopted

    is_first, engine = mirrored(home) is None, database.opened(home, url)
    try:
        searching = Searching(engine, database.standby(read_url), search_above)
        return adopted(engine, home, searching, snapshots)
    except BaseException:
        engine.dispose()
        raise
    finally:
        if is_first and (left := state_left(home, url)):
            log.warning("%s", left)


def state_left(home: Path, url: str | None) -> str:
    """Say what of people's questions an SQLite file in a mirror keeps; "" where there is none."""
    from summitqa_bot.state.files import left_behind

    files = ", ".join(path.name for path in left_behind(home, url))
    return STATE_LEFT.format(files=files, home=home) if files else ""


def opener(chosen: Settings) -> Callable[[Path, str], Snapshot]:
    """Give what opens a version of a shelf: from its folder, or from the database by its rows."""
    shared = mirror(chosen)
    if shared is None or shared.searching is None:
        return opened
    return partial(shared.searching.opened, chosen.shelf)


def in_use() -> Snapshot:
    """Open the version in use; raises what ``existing`` raises."""
    folder = existing()
    return opener(settings())(folder, current_version(folder))


def bring(chosen: Settings) -> None:
    """Make a shelf's folder what the database says, where replicas share one.

    While that is away, or the disk full, it stays; UnreachableError or OSError if it is empty.
    """
    if (shared := mirror(chosen)) is not None:
        try:
            shared.bring(chosen.shelf)
        except (UnreachableError, OSError) as error:  # the database, or where versions are kept
            # From a full disk what was erased goes all the same, from one that refuses it does not.
            refuses = isinstance(error, OSError) and error.errno not in FULL
            if refuses or not (chosen.folder / CURRENT).exists():
                raise
            log.warning("the shelf %s stays as it is here: %s", chosen.shelf, error)


def require_snapshots(chosen: Settings) -> None:
    """Look whether object storage lets us look; raises what ``Objects.require`` raises."""
    from summitqa.postgres.objects import Objects

    if chosen.snapshots:
        Objects(chosen.snapshots).require()


def gather(chosen: Settings) -> None:
    """Have the data folder hold all that is kept of every shelf, where replicas share them."""
    if (shared := mirror(chosen)) is None:
        return
    from summitqa_index.postgres.gathering import gather as fetch

    here = {path.name for path in chosen.home.glob(f"{SHELVES}/*")}
    for shelf in sorted({HOUSE, *here, *shared.shelves()}):
        fetch(shared, shelf)


@contextmanager
def changing(chosen: Settings, name: str) -> Iterator[None]:
    """Change a small file of a shelf's folder, such as what was taught, for all replicas."""
    if (shared := mirror(chosen)) is None:
        yield
        return
    from summitqa.postgres import beside

    with beside.changing(shared, chosen.shelf, name):
        yield


def followed(chosen: Settings) -> set[str] | None:
    """Name the shelves that are kept here as they are published; None where nobody shares them."""
    shared = mirror(chosen)
    return None if shared is None else shared.asked


def lost_versions(chosen: Settings) -> list[tuple[str, Path]]:
    """Give the shelf and the folder of each version that the database of a mirror has lost."""
    return list(lost.found(chosen.home))


def shelves(chosen: Settings) -> list[str]:
    """Name all shelves of the installation, the house shelf first."""
    shared = mirror(chosen)
    found = set(shared.shelves() if shared else shelves_in(chosen.home))
    return [HOUSE, *sorted(found - {HOUSE})]


def _require_filled(chosen: Settings) -> None:
    """Raise IndexMissingError where nothing stands on a community's shelf."""
    there = (chosen.folder / CURRENT).exists() or lost.kept(chosen.folder)
    if chosen.shelf != HOUSE and not there:
        raise IndexMissingError(strings.SHELF_EMPTY.format(shelf=chosen.shelf, home=chosen.home))


def _make_home(chosen: Settings) -> None:
    try:
        chosen.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"SUMMITQA_HOME is {str(chosen.home)!r}, but expects a folder that can be made "
            f"and written ({error.strerror})."
        ) from error


def open_encoder(chosen: Settings, tell: Tell) -> Encoder:
    """Load the encoder, telling where that takes its one long export."""
    _make_home(chosen)
    with _preparing(Model(ENCODER, chosen.model, chosen.home), tell):
        return load_encoder(chosen.home, chosen.model)


def open_reader(chosen: Settings, tell: Tell) -> Reader | None:
    """Load the reader, if there is to be one, telling where that takes its one long export."""
    if chosen.reader == OFF:
        return None
    with _preparing(Model(READER, chosen.reader, chosen.home), tell):
        return load_reader(chosen.home, chosen.reader)


def export_model(model: Model, folder: Path, tell: Tell) -> None:
    """Write a model as a sealed folder, telling where that takes its one long export."""
    with _preparing(model, tell):
        carry(model, folder)


@contextmanager
def _preparing(model: Model, tell: Tell) -> Iterator[None]:
    if model.is_ready:
        yield
        return
    log.info("preparing the model %s, once; this takes a minute or so", model.name)
    tell(Progress("model", 0, 1))
    yield
    tell(Progress("model", 1, 1))


def open_library(chosen: Settings, tell: Tell) -> tuple[Library, Encoder, Report | None]:
    """Open the index in use, building it from the sources first where there is none."""
    bring(chosen)
    _require_filled(chosen)
    encoder, reader = open_encoder(chosen, tell), open_reader(chosen, tell)
    who = f"the first start of process {os.getpid()}"
    report = None
    if chosen.shelf == HOUSE:  # what stands on another was put there by a community
        report = _first_build(Job(publisher(chosen), chosen, encoder, who, tell))
        bring(chosen)  # whoever built it
    library = Library(chosen.folder, encoder, reader, opened=opener(chosen))
    return library, encoder, report


def open_as_last_seen(chosen: Settings, tell: Tell) -> Library | None:
    """Open what a mirror has of a shelf, where the database does not answer at once.

    None where it does, and where only the database has what is asked.
    """
    if not is_postgres(chosen.database_url) or not _has_files(chosen):
        return None
    from summitqa_bot.state.database import answers

    if answers(chosen.home, chosen.database_url):
        return None
    return Library(chosen.folder, open_encoder(chosen, tell), open_reader(chosen, tell))


def _has_files(chosen: Settings) -> bool:
    """Tell whether a mirror has all of the version in use, as it was last seen."""
    from summitqa.postgres.places import has_files

    try:
        version = current_version(chosen.folder)
    except SummitQAError:
        return False
    return mirrored(chosen.home) is not None and has_files(chosen.folder / VERSIONS / version)


def _first_build(job: Job) -> Report | None:
    """Build where there is no index, or wait for whoever does; should they fail it is our turn."""
    waiting = False
    while not has_index(job.publisher):
        try:
            return build(job)
        except IndexBusyError as error:
            if not waiting:
                log.warning("the first index is being built, %s; waiting for it", error.known)
            waiting = True
            time.sleep(_TRY_AGAIN_SECONDS)
    return None
