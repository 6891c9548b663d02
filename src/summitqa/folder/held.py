"""How a version's file is held once it is checked: in memory, or where it is large, on the disk."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from summitqa.errors import IndexDamagedError
from summitqa.files import Manifest, damaged, sized, whole
from summitqa.folder.mapped import Mapped
from summitqa.folder.paged import Paged

log = logging.getLogger(__name__)

# Bytes up to which a file that could be read where needed is held in memory instead.
IN_MEMORY = 1 << 24

_Kept = TypeVar("_Kept", Paged, Mapped)


def hold_verified(folder: Path, manifest: Manifest, name: str) -> bytes | Paged:
    """Give the bytes that were checked: in memory, or for a large file, read where needed.

    A slice of the latter raises IndexDamagedError once the file is not what it was. For what is
    quoted, or is more than a question should page through.
    """
    with sized(folder, manifest, name) as (file, size, digest):
        if size <= IN_MEMORY:
            return whole(folder, name, file.read(size), digest)
        return _as_told(folder, name, digest, Paged(file.fileno(), size, _changed(folder, name)))


def map_verified(folder: Path, manifest: Manifest, name: str) -> bytes | Mapped:
    """Give the bytes that were checked: in memory, or for a large file, mapped.

    ``check`` of the latter raises IndexDamagedError once the file is not what it was. For what is
    computed with and shown to nobody.
    """
    with sized(folder, manifest, name) as (file, size, digest):
        if size <= IN_MEMORY:
            return whole(folder, name, file.read(size), digest)
        return _as_told(folder, name, digest, Mapped(file.fileno(), size, _changed(folder, name)))


def _as_told(folder: Path, name: str, digest: str, kept: _Kept) -> _Kept:
    if kept.sha256 != digest:
        raise damaged(folder, [name])
    return kept


def _changed(folder: Path, name: str) -> Callable[[], IndexDamagedError]:
    def failure() -> IndexDamagedError:
        place = folder / name
        log.error("%s has changed since it was checked; what needs it is not answered", place)
        return damaged(folder, [name])

    return failure
