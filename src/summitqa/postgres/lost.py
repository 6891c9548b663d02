"""Versions that a database has lost, as at a failover to a standby that was behind: kept, hidden.

Of a shelf the newest versions are kept, so that what is older than all that are was pruned, and
what is not was never given up. It stays until the database has it again, or has pruned beyond it.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from summitqa.files import LOST, remove_folder
from summitqa.library import VERSIONS
from summitqa.postgres.places import has_files
from summitqa.settings import HOUSE, SHELVES


def unknown(versions: Path, known: Collection[str]) -> list[Path]:
    """Give the folders of versions that are not as a database has them that knows these."""
    return [
        path
        for path in versions.iterdir()
        if path.name.startswith(LOST) or (path.name not in known and path.name[0] != ".")
    ]


def settle(path: Path, known: Collection[str], erased: str | None = None) -> str | None:
    """Remove such a folder, or keep it aside; give the version where it has been lost just now.

    ``erased``: the last version of the shelf that went when the shelf was erased, if it was.
    """
    version = path.name.removeprefix(LOST)
    is_needless = version in known or version <= (erased or "") or version < min(known, default="")
    if is_needless or not has_files(path):
        remove_folder(path)
    elif not path.name.startswith(LOST):
        path.rename(path.with_name(f"{LOST}{version}"))
        return version
    return None


def kept(folder: Path) -> bool:
    """Tell whether any is kept of the shelf of a folder."""
    return any((folder / VERSIONS).glob(f"{LOST}*"))


def found(home: Path) -> Iterator[tuple[str, Path]]:
    """Give the shelf and the folder of each that is kept below a data folder."""
    for shelf, folder in ((HOUSE, home), *((one.name, one) for one in (home / SHELVES).glob("*"))):
        for path in sorted((folder / VERSIONS).glob(f"{LOST}*")):
            yield shelf, path
