"""Files flipped, cut, replaced, removed under a library that serves them: it never quotes what is
not the source, never dies, and goes on once a good version is published."""

import logging
import os
import random
from collections.abc import Callable
from pathlib import Path

from summitqa.errors import IndexDamagedError
from summitqa.files import MANIFEST
from summitqa.folder import held
from summitqa.folder.store import FILES, TEXT, TOKENS
from summitqa.library import Library
from tests.fakes import index, library, write
from tests.faults.common import Tally, child, copied, ended, require

_GATES = 300
_WORDS = "oak elm ash yew fir"


def run(folder: Path, quick: bool) -> Tally:
    """Do it all in a child, whose crash would be seen."""
    read, report = os.pipe()
    tally = Tally()

    def work() -> None:
        logging.disable()
        _run(folder, quick, tally)
        lines = "\n".join(tally.lost[:20])
        os.write(report, f"{tally.tried}\n{tally.note}\n{lines}".encode()[:60_000])

    status = ended(child(work))
    os.close(report)
    told = os.read(read, 65_536).decode().split("\n")
    os.close(read)
    if status != 0:
        return Tally(1, [f"the process crashed with status {status}"])
    return Tally(int(told[0]), [line for line in told[2:] if line], told[1])


def _run(folder: Path, quick: bool, tally: Tally) -> None:
    home, rolls = folder / "home", random.Random(25)
    index(home, _shelf(folder / "s", "number"))
    index(folder / "next", _shelf(folder / "t", "figure"))
    truth = _texts(library(home))
    refused = 0
    for limit in (held.IN_MEMORY, 0):
        held.IN_MEMORY = limit
        size = "in memory" if limit else "paged"
        for name in (*FILES, MANIFEST):
            for number in range((12 if name in {TEXT, TOKENS} else 3) * (1 if quick else 25)):
                served = library(copied(home, folder / "served"))
                what = rolls.choice(list(DAMAGE))

                def survive(
                    served: Library = served,
                    name: str = name,
                    what: str = what,
                    recover: bool = number % 5 == 0,
                ) -> None:
                    nonlocal refused
                    DAMAGE[what](served.store.folder / name, rolls)
                    refused += _asked(served, truth, name, rolls)
                    if recover:
                        _recovers(served, folder)

                tally.attempt(f"{name} {what}, {size}", survive)
    tally.note = f"{refused} questions ended in a sentence"


def _shelf(folder: Path, word: str) -> Path:
    trees = _WORDS.split()
    lines = [
        f"The {word} of gate {n} is {n * 37}, written in {trees[n % 5]} by keeper {n // 7}."
        for n in range(_GATES)
    ]
    return write(
        folder, {f"{tree}.txt": "\n\n".join(lines[place::5]) for place, tree in enumerate(trees)}
    )


def _texts(found: Library) -> set[str]:
    return {found.store.article(slug).text for slug in found.store.slugs}


def _asked(served: Library, truth: set[str], name: str, rolls: random.Random) -> int:
    """Ask a few questions; tell how many ended in the sentence that names the file."""
    refused = 0
    for _ in range(4):
        gate = rolls.randrange(_GATES)
        article = rolls.choice([None, *_WORDS.split()])
        try:
            found = served.ask(f"What is the number of gate {gate}?", article=article, top=5)
        except IndexDamagedError as error:
            require(error.files == (name,), f"{error.files} is named")
            require("\n" not in str(error), "more than a sentence")
            refused += 1
            continue
        require(found.matches, "no answer")
        for match in found.matches:
            require(match.citation.article.text in truth, "a text that is not the source's")
            require(
                match.citation.quote in match.citation.article.text, "a quote that is not there"
            )
    return refused


def _recovers(served: Library, folder: Path) -> None:
    home = folder / "served"
    index(home, folder / "t", force=True)
    require(served.refresh(), "the good version was not taken")
    answer = served.ask("What is the figure of gate 7?")
    require("figure" in answer.matches[0].citation.quote, "not answered from the good version")


def _flip(path: Path, rolls: random.Random) -> None:
    with path.open("r+b") as file:
        for _ in range(rolls.choice((1, 1, 50))):
            place = rolls.randrange(path.stat().st_size)
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1 << rolls.randrange(8)]))


def _overwrite(path: Path, rolls: random.Random) -> None:
    with path.open("r+b") as file:
        file.write(rolls.randbytes(path.stat().st_size))


def _shift(path: Path, rolls: random.Random) -> None:
    """Move the content by some bytes, as an editor does that saves in place."""
    raw = path.read_bytes()
    with path.open("r+b") as file:
        file.write((b" " * rolls.randrange(1, 99) + raw)[: len(raw)])


def _replace(path: Path, rolls: random.Random) -> None:
    new = path.with_name(".new")
    new.write_bytes(rolls.randbytes(path.stat().st_size))
    new.replace(path)


DAMAGE: dict[str, Callable[[Path, random.Random], object]] = {
    "flipped": _flip,
    "overwritten": _overwrite,
    "shifted": _shift,
    "cut": lambda path, rolls: os.truncate(path, rolls.randrange(path.stat().st_size)),
    "emptied": lambda path, rolls: os.truncate(path, 0),
    "grown": lambda path, rolls: os.truncate(path, path.stat().st_size + 2**30),
    "replaced": _replace,
    "removed": lambda path, rolls: path.unlink(),
    "a folder removed": lambda path, rolls: [one.unlink() for one in path.parent.iterdir()],
}
