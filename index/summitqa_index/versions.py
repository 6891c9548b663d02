"""The versions on disk: which is in use, going back, checking, and clearing old ones away.

A version is switched to by replacing one small file, ``HOME/CURRENT``, in one step. Its
folder never changes after that.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from summitqa.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    InputError,
    SummitQAError,
)
from summitqa.files import (
    broken_files,
    read_manifest,
    replace_durably,
    sync_folder,
)
from summitqa.folder.store import Store
from summitqa.library import CURRENT, VERSIONS, current_version
from summitqa_index.folders import (
    ASIDE,
    folder_of,
    folders,
    in_use,
    kept_aside,
    remove,
    take_from_aside,
)
from summitqa_index.lock import builder_lock
from summitqa_index.rejected import accept, digest_of_shelf, reject
from summitqa_index.sources.reading import WAY

_STAMP = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True, slots=True)
class Version:
    """A version as listed: its id, when it was built, how much it holds, whether in use.

    ``aside``: it was built but kept aside, for it lost questions it was to answer.
    """

    id: str
    built_at: str
    articles: int
    passages: int
    in_use: bool
    aside: bool = False


def new_id(home: Path) -> str:
    """Name a version by the time, to the microsecond, and later than any there is."""
    now = datetime.now(UTC)
    newest = max((folder.name for folder in folders(home)), default="")
    # A clock set back must not put the new version before the old ones.
    with suppress(ValueError):
        last = datetime.strptime(newest, _STAMP).replace(tzinfo=UTC)
        now = max(now, last + timedelta(microseconds=1))
    return now.strftime(_STAMP)


def publish(home: Path, folder: Path, version: str) -> None:
    """Make a finished folder a version and the one in use; where that fails, nothing is left."""
    place = home / VERSIONS / version
    sync_folder(folder)
    folder.rename(place)
    try:
        sync_folder(place.parent)
        switch(home, version)
    except BaseException:
        if not in_use(home, version):
            remove(place)
        raise


def switch(home: Path, version: str) -> None:
    """Make a version the one in use, durably and in one step."""
    replace_durably(home / CURRENT, version.encode() + b"\n")


def open_used(home: Path) -> Store | None:
    """Open the version in use; ``None`` where there is none that is whole and of our format."""
    try:
        return Store.open(home / VERSIONS / current_version(home))
    except (IndexMissingError, IndexDamagedError, IndexMismatchError):
        return None


def read_otherwise(facts: Mapping[str, Any]) -> bool:
    """Tell whether a version's articles were read in another way than they are read now."""
    return facts.get("reading") != WAY


def listed(home: Path) -> list[Version]:
    """List the whole versions, newest first; one whose manifest is damaged is left out."""
    aside = kept_aside(home)
    found = []
    for folder in [*([aside] if aside else []), *folders(home)]:
        try:
            facts = read_manifest(folder).facts
        except SummitQAError:
            continue
        name = folder.name.removeprefix(ASIDE)
        counts = (facts["articles"], facts["passages"])
        used = in_use(home, folder.name)
        found.append(Version(name, facts["built_at"], *counts, used, folder is aside))
    return found


def sources_of(home: Path) -> list[str] | None:
    """Give the sources of the version in use; where it is damaged, of the newest that is not.

    ``None`` where there is no version yet. InputError where none is left to ask: the shelf
    must not be replaced by another unasked.
    """
    for facts in _facts(home):
        return list(facts["sources"])
    if folders(home):
        raise InputError(
            f"Every index in {home} is damaged, its list of sources, too; name them: "
            "`summitqa index SOURCE...`."
        )
    return None


def slugs_of(home: Path) -> dict[str, str]:
    """Give the slug of each source, as the version in use has it, else the newest that knows it."""
    slugs: dict[str, str] = {}
    for facts in _facts(home):
        slugs = {**facts.get("slugs", {}), **slugs}
    return slugs


def _facts(home: Path) -> Iterator[Mapping[str, Any]]:
    """Give what the versions say of themselves, the one in use first, then the newest."""
    found = folders(home)
    with suppress(IndexMissingError, IndexDamagedError):
        found.insert(0, home / VERSIONS / current_version(home))
    for folder in dict.fromkeys(found):
        with suppress(IndexDamagedError, IndexMismatchError):
            yield read_manifest(folder).facts


def rollback(home: Path, to: str | None = None, who: str = "the command line") -> str:
    """Switch to the version before the one in use, or to a named one, once it is verified whole.

    What is gone back from is remembered as rejected. The version kept aside is switched to where
    it is named.
    """
    with builder_lock(home, who):
        target = to if to is not None else _before(home)
        broken = verify(home, target)
        if broken:
            raise IndexDamagedError(
                f"The version {target} is damaged ({', '.join(broken)}); the one in use stays. "
                "`summitqa versions` lists others.",
                broken,
            )
        take_from_aside(home, target)
        _reject_used(home, target)
        switch(home, target)
        accept(home, digest_of_shelf(Store.open(home / VERSIONS / target)))
    return target


def _reject_used(home: Path, target: str) -> None:
    """Remember what is gone back from, unless it is the disk that was at fault."""
    with suppress(IndexMissingError, IndexDamagedError, IndexMismatchError):
        used = current_version(home)
        if target < used:
            reject(home, digest_of_shelf(Store.open(home / VERSIONS / used)), used)


def _before(home: Path) -> str:
    """Name the version before the one in use; the newest where CURRENT is damaged."""
    names = [folder.name for folder in folders(home)]
    try:
        used = current_version(home)
    except IndexDamagedError:
        return names[0] if names else current_version(home)
    older = [name for name in names if name < used]
    if not older:
        raise InputError(f"There is no version before {used} to go back to.")
    return older[0]


def verify(home: Path, version: str | None = None) -> list[str]:
    """Name the damaged files of a version, or of the one in use; none where all is whole."""
    chosen = folder_of(home, version) if version is not None else None
    try:
        folder = chosen or home / VERSIONS / current_version(home)
        broken = broken_files(folder, read_manifest(folder))
        if not broken:
            Store.open(folder)
    except IndexDamagedError as error:
        return list(error.files)
    return broken


def prune(home: Path, keep: int) -> None:
    """Keep the version in use and the newest others, ``keep`` in all."""
    used = current_version(home)
    others = [folder for folder in folders(home) if folder.name != used]
    for folder in others[max(0, keep - 1) :]:
        remove(folder)
