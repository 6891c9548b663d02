"""What stands in for the model and for a shelf of sources, where a test needs neither to be real."""

import hashlib
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from summitqa.encoder import Encoded, Encoder
from summitqa.folder.arrays import write_arrays
from summitqa.library import Library
from summitqa.settings import Settings
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.settings import Settings as BotSettings
from summitqa_bot.state import State
from summitqa_index.build import Job, Report, build, preview
from summitqa_index.folder.publisher import FolderPublisher
from summitqa_index.publisher import Publisher


class FakeEncoder:
    """One token a word; each word has a fixed random direction, so that equal words agree."""

    checksum = "fake"
    dimension = 16

    def encode(self, text: str, before: str = "") -> Encoded:
        found = list(re.finditer(r"\w+|[^\w\s]", text))
        digests = [hashlib.sha256(match[0].lower().encode()).digest() for match in found]
        vectors = [np.frombuffer(digest[: self.dimension], np.uint8) - 127.5 for digest in digests]
        return Encoded(
            np.asarray([int.from_bytes(digest[-2:]) % 5000 for digest in digests], np.int32),
            np.asarray([match.span() for match in found], np.int32).reshape(-1, 2),
            np.asarray(vectors, np.float32).reshape(-1, self.dimension),
        )


class CountingEncoder(FakeEncoder):
    """Remembers every text it was given, and what stood before each."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.before: list[str] = []

    def encode(self, text: str, before: str = "") -> Encoded:
        self.texts.append(text)
        self.before.append(before)
        return super().encode(text, before)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Put files into a folder, making it; give the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def index(
    home: Path, *sources: Path | str, encoder: FakeEncoder | None = None, **given: Any
) -> Report:
    """Build from sources with the fake encoder; ``given`` are a Job's fields or settings'.

    With ``dry_run`` only tell what that would change.
    """
    named = [str(source) for source in sources]
    if given.pop("dry_run", False):
        return preview(publisher(home), Settings(home=home, **given), named)
    fields = {
        name: given.pop(name) for name in ("who", "tell", "cancelled", "force") if name in given
    }
    return build(job(Settings(home=home, **given), encoder or FakeEncoder(), **fields), named)


def publisher(home: Path) -> Publisher:
    """Give what keeps versions in a data folder."""
    return FolderPublisher(home)


def job(settings: Settings, encoder: Encoder, **given: Any) -> Job:
    """Give a build that publishes in the data folder; ``given`` are other fields of a Job."""
    return Job(publisher(settings.folder), settings, encoder, **given)


def library(home: Path) -> Library:
    """Open the index in use with the fake encoder."""
    return Library(home, FakeEncoder())


def shelves(library: Library, state: State, **given: Any) -> Shelves:
    """One shelf for all, as where no community has put anything on its own."""
    settings = BotSettings(home=library._home, **given)
    return Shelves(settings, library, FakeEncoder(), state)


def dump_arrays(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    write_arrays(buffer, arrays)
    return buffer.getvalue()
