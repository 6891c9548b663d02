"""Versions that a database has lost, as at a failover to a standby that was behind: kept, hidden.

Up to which version a shelf was pruned, or erased, is noted as that is done. So what is newer, and
unknown, was never given up; it stays until the database has it again, or has pruned a newer one.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from summitqa.errors import SummitQAError
from summitqa.files import LOST, broken_files, read_manifest, remove_folder
from summitqa.library import VERSIONS
from summitqa.settings import HOUSE, SHELVES


def unknown(versions: Path, known: Collection[str]) -> list[Path]:
    """Give the folders of versions that are not as a database has them that knows these."""
    return [
        path
        for path in versions.iterdir()
        if path.name.startswith(LOST) or (path.name not in known and path.name[0] != ".")
    ]


def settle(path: Path, known: Collection[str], given_up: str) -> str | None:
    """Remove such a folder, or keep it aside; give the version where it has been lost just now.

    ``given_up``: the newest version of the shelf that was pruned or erased.
    """
    version = path.name.removeprefix(LOST)
    is_hidden = path.name.startswith(LOST)
    if version in known or version <= given_up or not (is_hidden or _is_whole(path)):
        remove_folder(path)
    elif not is_hidden:
        path.rename(path.with_name(f"{LOST}{version}"))
        return version
    return None


def is_outlived(folder: Path, erased: str) -> bool:
    """Tell whether a shelf's folder has versions that were erased."""
    found = (path.name.removeprefix(LOST) for path in (folder / VERSIONS).glob("*"))
    return any(version <= erased for version in found if version[0] != ".")


def _is_whole(path: Path) -> bool:
    try:
        return not broken_files(path, read_manifest(path))
    except (SummitQAError, OSError):  # of another format, too, of which no database takes it over
        return False


def kept(folder: Path) -> bool:
    """Tell whether any is kept of the shelf of a folder."""
    return any((folder / VERSIONS).glob(f"{LOST}*"))


def found(home: Path) -> Iterator[tuple[str, Path]]:
    """Give the shelf and the folder of each that is kept below a data folder."""
    for shelf, folder in ((HOUSE, home), *((one.name, one) for one in (home / SHELVES).glob("*"))):
        for path in sorted((folder / VERSIONS).glob(f"{LOST}*")):
            yield shelf, path
