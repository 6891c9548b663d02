"""A folder listed and read by descriptors, so that no link put there meanwhile is followed.

The folder itself may be a link: an admin named it. Below it each component is opened relative
to the one above and never through a link, whatever is swapped in between.
"""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from summitqa.errors import SourceError
from summitqa.files import open_regular

# Each folder is opened anew from the top; a real shelf is not deeper.
_DEEPEST = 100
_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_SWAPPED = {errno.ELOOP, errno.ENOTDIR}

Parts = tuple[str, ...]


def walk(folder: str) -> Iterator[tuple[Parts, str | None]]:
    """Find the files below a folder, hidden ones left out: (path below it, what is amiss).

    A folder that is not gone into is given, too, with the sentence that says why. Raises OSError
    where the top itself cannot be read.
    """
    waiting: list[Parts] = [()]
    while waiting:
        above = waiting.pop()
        try:
            entries = _list(folder, above)
        except OSError as error:
            if not above:
                raise
            name = printable(str(Path(folder, *above)))
            yield above, f"The folder {name!r} cannot be read: {reason(error)}."
            continue
        for name, is_folder, is_link in entries:
            if not is_folder:
                yield (*above, name), None
            elif is_link:
                yield (
                    (*above, name),
                    f"{printable(name)} is a link to a folder, which is not followed.",
                )
            elif len(above) == _DEEPEST:
                yield (*above, name), f"{printable(name)} lies more than {_DEEPEST} folders deep."
            else:
                waiting.append((*above, name))


def _list(folder: str, parts: Parts) -> list[tuple[str, bool, bool]]:
    """List a folder below another: (name, whether a folder, whether a link)."""
    with _opened(folder, parts) as descriptor, os.scandir(descriptor) as entries:
        return [
            (entry.name, _is_folder(entry), entry.is_symlink())
            for entry in entries
            if not entry.name.startswith(".")
        ]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself; said when it is read
        return False


@contextmanager
def open_below(folder: str, parts: Sequence[str]) -> Iterator[BufferedReader]:
    """Open a regular file below a folder, no component of its path a link. Raises OSError."""
    *above, name = parts
    with _opened(folder, above) as descriptor, open_regular(name, above=descriptor) as file:
        yield file


@contextmanager
def _opened(folder: str, parts: Sequence[str]) -> Iterator[int]:
    descriptor = os.open(folder, _FOLDER)
    try:
        for part in parts:
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def inside(folder: str, parts: Sequence[str], name: str) -> Parts:
    """Follow a file's links; SourceError where they lead out of the folder, or nowhere."""
    top = Path(folder).resolve()
    try:
        real = Path(folder, *parts).resolve(strict=True)
    except PermissionError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}.") from error
    except (OSError, RuntimeError) as error:
        raise SourceError(f"{name} is a link that leads nowhere.") from error
    if not real.is_relative_to(top):
        raise SourceError(f"{name} is a link that leads out of its folder.")
    return real.relative_to(top).parts


def reason(error: OSError) -> str:
    """Say why something could not be opened."""
    if error.errno in _SWAPPED:
        return "a link was put in its place while it was read"
    return error.strerror or str(error)


def printable(text: str) -> str:
    """Give a file's name as it can be shown on one line: controls and lone bytes as escapes."""
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )
