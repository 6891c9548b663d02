"""What is copied of a shelf that goes on being built: every version of it, and what made them.

A version never changes, and none that is kept is cleared away meanwhile, so that neither waits for
the other. Left out is what can be made anew (readings, pages, the journal), what is not finished,
and what was kept aside.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from summitqa.clearing import nothing_cleared
from summitqa.errors import IndexMissingError
from summitqa.files import MANIFEST, read_manifest
from summitqa.library import CURRENT, VERSIONS, current_version
from summitqa.settings import BLOBS, REJECTED
from summitqa.taught import QUESTIONS
from summitqa_index.folder.layout import folders

# The name of everything that is copied, and of nothing else: no way out of a folder.
NAME = re.compile(
    rf"{CURRENT}|{re.escape(QUESTIONS)}|{REJECTED}|{BLOBS}/[0-9a-f]{{64}}"
    rf"|{VERSIONS}/\w[\w.-]{{0,99}}/\w[\w.-]{{0,99}}"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A shelf at one moment: the version in use, and the names of the files to be copied.

    ``current`` is None where no version is in use. A name of ``passing`` may go meanwhile: then
    nothing that is kept was made of it.
    """

    current: str | None
    names: tuple[str, ...]
    passing: tuple[str, ...]

    def digests(self, folder: Path) -> dict[str, tuple[int, str]]:
        """Give bytes and SHA-256 of each file of the version in use, as its manifest has them."""
        if self.current is None:
            return {}
        place = f"{VERSIONS}/{self.current}"
        return {f"{place}/{name}": of for name, of in read_manifest(folder / place).files.items()}


@contextmanager
def standing(folder: Path) -> Iterator[Standing]:
    """Look at a shelf; as long as this lasts, no version that is kept goes.

    Raises IndexDamagedError where it is not known which version is in use.
    """
    with nothing_cleared(folder):
        current = _current(folder)
        found = [REJECTED, QUESTIONS, *_versions(folder)]
        names = (name for name in found if (folder / name).is_file())
        yield Standing(current, tuple(names), tuple(_blobs(folder)))


def _current(folder: Path) -> str | None:
    try:
        return current_version(folder)
    except IndexMissingError:
        return None


def _versions(folder: Path) -> Iterator[str]:
    for version in folders(folder):
        for path in sorted(version.iterdir(), key=lambda path: (path.name == MANIFEST, path.name)):
            yield f"{VERSIONS}/{version.name}/{path.name}"


def _blobs(folder: Path) -> Iterator[str]:
    """Name the bytes that entries are made of, those of drafts, too, which no version names."""
    with suppress(FileNotFoundError):
        for path in sorted((folder / BLOBS).iterdir()):
            if NAME.fullmatch(name := f"{BLOBS}/{path.name}"):
                yield name
