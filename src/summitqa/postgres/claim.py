"""Whose mirror a data folder is: one that holds shelves of its own is never made into another's."""

from pathlib import Path

from summitqa.errors import SettingsError
from summitqa.files import make_folder, replace_durably
from summitqa.library import CURRENT, VERSIONS
from summitqa.settings import SHELVES

MIRROR = "MIRROR"
"""The file that names the installation."""


def claim(home: Path, installation: str) -> None:
    """Note whose mirror a folder is; SettingsError where it is another's, or holds its own."""
    found = mirrored(home)
    if found == installation:
        return
    if found is not None:
        raise SettingsError(
            f"{home} mirrors another database than the one in SUMMITQA_DATABASE_URL; let "
            "SUMMITQA_HOME name an empty folder."
        )
    if holds_shelves(home):
        raise SettingsError(
            f"{home} holds shelves that are not in the database of SUMMITQA_DATABASE_URL, "
            "which has others; let SUMMITQA_HOME name an empty folder."
        )
    mark(home, installation)


def mark(home: Path, installation: str) -> None:
    """Have a folder be a mirror: what it holds may be cleared away from now on."""
    make_folder(home)
    replace_durably(home / MIRROR, f"{installation}\n".encode())


def require_own(home: Path) -> None:
    """Raise SettingsError for a mirror: what was changed there alone would be lost."""
    if mirrored(home) is not None:
        raise SettingsError(
            f"{home} mirrors a database; set SUMMITQA_DATABASE_URL to that one's URL, or let "
            "SUMMITQA_HOME name another folder."
        )


def mirrored(home: Path) -> str | None:
    """Name the installation that a folder mirrors; None where it mirrors none."""
    try:
        return (home / MIRROR).read_text("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None


def holds_shelves(home: Path) -> bool:
    """Tell whether there is any shelf below a folder."""
    return any((home / name).exists() for name in (CURRENT, VERSIONS, SHELVES))
