"""Every file of a store flipped, cut, extended, emptied, swapped: found before any of it is used."""

import os
import random
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from summitqa.errors import IndexDamagedError, InputError, SummitQAError
from summitqa.files import MANIFEST, Manifest, read_manifest, write_durably
from summitqa.folder.store import FILES, Store
from summitqa.library import CURRENT, VERSIONS, current_version
from summitqa_index import versions
from tests.fakes import index, library, publisher
from tests.faults.common import (
    NEW,
    OLD,
    QUESTION,
    Tally,
    child,
    copied,
    ended,
    peak,
    require,
    shelf,
)

_MEMORY = 512 * 2**20  # above what the process holds already


def run(folder: Path, quick: bool) -> Tally:
    """Do it all in a child whose memory is limited, and whose crash would be seen."""
    read, write = os.pipe()
    tally = Tally()

    def work() -> None:
        limit = _address_space() + _MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        _run(folder, quick, tally)
        report = f"{tally.tried}\n{tally.note}\n" + "\n".join(tally.lost[:20])
        os.write(write, report.encode()[:60_000])

    status = ended(child(work))
    os.close(write)
    report = os.read(read, 65_536).decode().split("\n")
    os.close(read)
    if status != 0:
        return Tally(1, [f"the process crashed with status {status}"])
    return Tally(int(report[0]), [line for line in report[2:] if line], report[1])


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _run(folder: Path, quick: bool, tally: Tally) -> None:
    home, sources = folder / "home", folder / "shelf"
    index(home, shelf(sources, OLD))
    other = home / VERSIONS / current_version(home)
    index(home, shelf(sources, NEW))
    version = home / VERSIONS / current_version(home)
    rolls = random.Random(14)
    for name in (*FILES, MANIFEST):
        whole = (version / name).read_bytes()
        for what, damage in _damages(whole, (other / name).read_bytes(), quick, rolls):
            damage(version / name)
            tally.attempt(f"{name} {what}", lambda name=name: _found(home, name))
            _restore(version / name, whole)
    library(home)  # all is whole again
    for bit in range(0, 8 * len((home / CURRENT).read_bytes()), 5 if quick else 1):
        tally.attempt(f"{CURRENT} flipped at bit {bit}", lambda bit=bit: _current(home, bit))
    opened = 0
    for number in range(100 if quick else 2000):

        def resealed() -> None:
            nonlocal opened
            opened += _resealed(copied(home, folder / "sealed"), rolls)

        tally.attempt(f"resealed {number}", resealed)
    tally.note = f"{opened} harmless once resealed; peak memory {peak()} MB"


def _damages(
    whole: bytes, other: bytes, quick: bool, rolls: random.Random
) -> Iterator[tuple[str, Callable[[Path], object]]]:
    for _ in range(30 if quick else 1000):
        bit = rolls.randrange(8 * len(whole))
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"flipped at bit {bit}", lambda path, raw=bytes(flipped): path.write_bytes(raw)
    for size in {
        0,
        1,
        len(whole) // 2,
        len(whole) - 1,
        *(rolls.randrange(len(whole)) for _ in range(5)),
    }:
        yield f"cut to {size}", lambda path, size=size: os.truncate(path, size)
    for more in (b"\0", b"\n", b"x" * 4096, whole):
        yield "extended", lambda path, more=more: path.write_bytes(whole + more)
    yield "grown to 1 TB", lambda path: os.truncate(path, 2**40)
    yield "of another version", lambda path: path.write_bytes(other)
    yield "of chance", lambda path: path.write_bytes(rolls.randbytes(len(whole)))
    yield "gone", lambda path: path.unlink()
    yield "a folder", lambda path: (path.unlink(), path.mkdir())
    yield "a pipe", lambda path: (path.unlink(), os.mkfifo(path))
    yield (
        "a link",
        lambda path: path.rename(path.parent.parent / "away") and path.symlink_to("../away"),
    )


def _restore(path: Path, whole: bytes) -> None:
    (path.parent.parent / "away").unlink(missing_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.write_bytes(whole)


def _found(home: Path, name: str) -> None:
    """Opening must refuse and name the file; so must the check file by file."""
    try:
        library(home)
    except IndexDamagedError as error:
        # Under another version's manifest it is the other files that are not what it says.
        require(name in error.files or name == MANIFEST, f"{error.files} is named")
    else:
        raise AssertionError("it was opened")
    named = versions.verify(publisher(home))
    require(name in named or (named and name == MANIFEST), f"verify names {named}")


def _current(home: Path, bit: int) -> None:
    """CURRENT must name the version it named, or be refused."""
    whole = (home / CURRENT).read_bytes()
    before = current_version(home)
    flipped = bytearray(whole)
    flipped[bit // 8] ^= 1 << bit % 8
    (home / CURRENT).write_bytes(flipped)
    try:
        require(library(home).store.version == before, "another version was opened")
    except (IndexDamagedError, InputError):
        pass
    finally:
        (home / CURRENT).write_bytes(whole)


def _resealed(home: Path, rolls: random.Random) -> bool:
    """Change a file and seal it again: it is refused, or questions end in an answer or an error of ours."""
    version = home / VERSIONS / current_version(home)
    manifest = read_manifest(version)
    name = rolls.choice(FILES)
    raw = bytearray((version / name).read_bytes())
    for _ in range(rolls.choice((1, 1, 2, 8))):
        place = rolls.randrange(min(len(raw), rolls.choice((128, len(raw)))))
        raw[place] = rolls.randrange(256)
    if rolls.random() < 0.2:
        del raw[rolls.randrange(len(raw)) :]
    files = dict(manifest.files) | {name: write_durably(version / name, bytes(raw))}
    write_durably(version / MANIFEST, Manifest(manifest.facts, files).dump())
    try:
        store = Store.open(version)
    except IndexDamagedError:
        return False
    for number in range(len(store.records)):
        article = store.nth(number)
        for passage in article.passages:
            require(article.text[passage.start : passage.end], "an empty passage")
    try:
        for match in library(home).ask(QUESTION, top=10).matches:
            require(
                match.citation.quote in match.citation.article.text, "a quote that is not there"
            )
    except SummitQAError:
        pass
    return True
