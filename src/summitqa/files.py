"""A version's folder: files written once, checksummed, and never read unverified.

``manifest.json`` names every file with its size and SHA-256, and carries the SHA-256 of
its own facts, so that damage anywhere in the folder is found before any of it is used.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from summitqa.errors import IndexDamagedError, IndexMismatchError

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version says of itself.

    ``files``: name → (bytes, SHA-256 in hex); ``facts``: version, built_at, model, checksum of
    the model, sources and counts.
    """

    facts: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]]

    def dump(self) -> bytes:
        """Give the manifest as JSON, sealed by the SHA-256 of its own content."""
        body = {"format": FORMAT, "facts": dict(self.facts), "files": dict(self.files)}
        return json.dumps({"seal": _seal(body), **body}, indent=1, ensure_ascii=False).encode()


def read_manifest(folder: Path) -> Manifest:
    """Read and check a manifest; IndexDamagedError or IndexMismatchError where it is not sound."""
    try:
        loaded = json.loads((folder / MANIFEST).read_bytes())
        seal = loaded.pop("seal")
        if loaded["format"] != FORMAT:
            raise IndexMismatchError(
                f"The index {folder.name} has format {loaded['format']}, but this SummitQA reads "
                f"format {FORMAT}; run `summitqa index` to build it anew."
            )
        sound = seal == _seal(loaded)
        files = {name: (int(size), str(digest)) for name, (size, digest) in loaded["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise damaged(folder, [MANIFEST])
    return Manifest(loaded["facts"], files)


def damaged(folder: Path, names: list[str]) -> IndexDamagedError:
    """Make the error that names damaged files and the way out."""
    return IndexDamagedError(
        f"The index {folder.name} is damaged: {', '.join(names)} is not what its manifest says. "
        "Run `summitqa rollback` to go back to the version before, or `summitqa index` to build anew.",
        names,
    )


def broken_files(folder: Path, manifest: Manifest) -> list[str]:
    """Name the files whose size or SHA-256 is not the manifest's, and those it does not know."""
    broken = [
        name for name, expected in manifest.files.items() if _digest(folder / name) != expected
    ]
    known = {*manifest.files, MANIFEST}
    return sorted(broken + [path.name for path in folder.iterdir() if path.name not in known])


def read_verified(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Read a file once and give exactly the bytes that were checked."""
    size, digest = manifest.files.get(name, (-1, ""))
    try:
        if (folder / name).stat().st_size != size:
            raise damaged(folder, [name])
        raw = (folder / name).read_bytes()
    except OSError as error:
        raise damaged(folder, [name]) from error
    if hashlib.sha256(raw).hexdigest() != digest:
        raise damaged(folder, [name])
    return raw


def check_in_place(folder: Path, manifest: Manifest, name: str) -> Path:
    """Check a file too large to hold in memory; give its path to be mapped."""
    if name not in manifest.files or _digest(folder / name) != manifest.files[name]:
        raise damaged(folder, [name])
    return folder / name


def write_durably(path: Path, raw: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's own entries (creations and renames)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def describe(path: Path) -> tuple[int, str]:
    """Give a file's size in bytes and SHA-256, for the manifest."""
    found = _digest(path)
    if found is None:
        raise OSError(f"{path} cannot be read back after writing it")
    return found


def _digest(path: Path) -> tuple[int, str] | None:
    digest = hashlib.sha256()
    size = 0
    try:
        if not path.is_file() or path.is_symlink():
            return None
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError:
        return None
    return size, digest.hexdigest()


def _seal(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
