"""Put together what answers: settings, models, index, library."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from summitqa.encoder import Encoder
from summitqa.errors import IndexBusyError, IndexMissingError, SettingsError
from summitqa.library import CURRENT, Library, current_version
from summitqa.model import ENCODER, READER, Model
from summitqa.reader import Reader
from summitqa.settings import HOUSE, OFF
from summitqa_bot import strings
from summitqa_bot.settings import Settings
from summitqa_index.build import Job, Progress, Report, build
from summitqa_index.folder.publisher import FolderPublisher
from summitqa_index.folder.saved import NAME as SAVED_NAME
from summitqa_index.folder.saved import standing
from summitqa_index.models import carry, load_encoder, load_reader
from summitqa_index.publisher import Publisher
from summitqa_index.versions import has_index

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
    _require_filled(chosen)
    if not chosen.folder.is_dir():
        current_version(chosen.folder)
    return chosen.folder


def publisher(folder: Path) -> Publisher:
    """Give what keeps the versions of the shelf in a folder."""
    return FolderPublisher(folder)


def _require_filled(chosen: Settings) -> None:
    """Raise IndexMissingError where nothing stands on a community's shelf."""
    if chosen.shelf != HOUSE and not (chosen.folder / CURRENT).exists():
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
    _require_filled(chosen)
    encoder, reader = open_encoder(chosen, tell), open_reader(chosen, tell)
    who = f"the first start of process {os.getpid()}"
    report = None
    if chosen.shelf == HOUSE:  # what stands on another was put there by a community
        report = _first_build(Job(publisher(chosen.folder), chosen, encoder, who, tell))
    return Library(chosen.folder, encoder, reader), encoder, report


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
