"""Fuzzed sources: each is indexed or named as skipped, within 30 s and 1 GB; never a crash."""

import random
import resource
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import test_formats
import test_pdf
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from summitqa.settings import Settings
from summitqa_index.sources.shelf import BUNDLED, read_sources
from tests.fakes import index, library
from tests.faults.common import Tally, peak, require

_BATCH = 20
_SIGNS = (
    "\n", "\r", "\x1b[31m", "\u202e", "\u200f", "🌉", "'", '"', "\\", " ", "%s", "$(id)", "é", "日",
    "\udcff", "\u2028", "..", "-", "&", "<b>", "[x](y)", "@everyone", "\a", "\u0301",
)  # fmt: skip
_MAGIC = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"---\n", b"# ", b"\n\n", b"<", b">", b"&#0;", b"<!--",
    b"%PDF-1.4", b"stream\n", b"endobj", b"PK\x03\x04", b"[" * 200, b"(" * 200, b"\xed\xa0\x80",
    b"9" * 5000, b"<table>" * 50, b"<div>" * 300, b"\\u0000", b"!!python/object:x", b"&a [*a, *a]",
)  # fmt: skip


def samples() -> dict[str, list[bytes]]:
    """Give real sources of each kind, made by code."""
    article = next(BUNDLED.glob("*.md")).read_bytes()
    page = test_formats.PAGE.replace("{}", "<p>And so it went on for a long while.</p>").encode()
    lines = ["A line of text that goes on and on.", "It ends here.", "", "Another paragraph."] * 6
    sheet = test_pdf.pdf([test_pdf.column(50, 700, *lines)] * 2, "/Title(A storm)")

    def fill(document) -> None:
        document.add_heading("A storm", 0)
        for text in lines:
            document.add_paragraph(text)
        document.add_table(2, 2)

    return {
        ".md": [
            article,
            b"---\ntitle: [a\n---\n# T\n\n- a\n- b\n\n> q\n\n| a | b |\n|-|-|\n| 1 | 2 |\n",
        ],
        ".txt": [article, "date 2025-01-02 Photo by Ann\n\nGrüße.\n\n“Oh!” he said. …".encode()],
        ".html": [page],
        ".pdf": [sheet],
        ".docx": [test_formats.word(fill)],
    }


def mutated(raw: bytes, other: bytes, rolls: random.Random) -> bytes:
    """Change a source in a few places: bits, runs, magic words, parts of another, its end."""
    found = bytearray(raw)
    for _ in range(rolls.choice((1, 2, 5, 20))):
        place = rolls.randrange(len(found) + 1)
        match rolls.randrange(7):
            case 0 if found:
                found[place % len(found)] ^= 1 << rolls.randrange(8)
            case 1:
                del found[place : place + rolls.choice((1, 10, 500))]
            case 2:
                found[place:place] = rolls.choice(_MAGIC)
            case 3:
                found[place:place] = rolls.randbytes(rolls.choice((1, 4, 100)))
            case 4:
                found[place:place] = found[place : place + 200] * rolls.choice((1, 30))
            case 5:
                start = rolls.randrange(len(other) + 1)
                found[place:place] = other[start : start + 300]
            case _ if rolls.random() < 0.2:
                del found[place:]
    return bytes(found)


def mutations(quick: bool, rolls: random.Random) -> Iterator[tuple[str, bytes]]:
    """Give (ending, bytes): plain files mostly, for the others cost a process each."""
    kinds = samples()
    every = [raw for raws in kinds.values() for raw in raws]
    counts = {".md": 500, ".txt": 400, ".html": 150, ".pdf": 150, ".docx": 150}
    for ending, count in counts.items():
        for _ in range(max(6, count // 25) if quick else count):
            yield ending, mutated(rolls.choice(kinds[ending]), rolls.choice(every), rolls)


def invented(count: int) -> list[tuple[str, bytes]]:
    """Let Hypothesis invent texts, and bytes that are none."""
    found: list[tuple[str, bytes]] = []
    pieces = st.text(max_size=60) | st.sampled_from(
        [
            "\n",
            "\n\n",
            "# ",
            "---\n",
            "title: ",
            "- ",
            "| ",
            "```",
            "Mr. A said: “No!” He left.",
            "日本語。",
            "\u0600",
        ]
    )
    texts = st.lists(pieces, max_size=12).map(
        lambda parts: "".join(parts).encode("utf-8", "replace")
    )

    @settings(
        max_examples=count, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.sampled_from([".md", ".txt"]), texts | st.binary(max_size=300))
    def invent(ending: str, raw: bytes) -> None:
        found.append((ending, raw))

    invent()
    return found


def name_of(number: int, ending: str, rolls: random.Random) -> str:
    signs = "".join(rolls.choice(_SIGNS) for _ in range(rolls.randrange(4)))
    return f"{number}{signs}{ending}".replace("/", "")


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    rolls = random.Random(17)
    sources = [*mutations(quick, rolls), *invented(100 if quick else 700)]
    outcome = {"indexed": 0, "skipped": 0}
    slowest = 0.0
    for first in range(0, len(sources), _BATCH):
        batch = folder / f"batch-{first}"
        batch.mkdir()
        (batch / "good.txt").write_text("A good one, always.")
        for number, (ending, raw) in enumerate(sources[first : first + _BATCH]):
            (batch / name_of(number, ending, rolls)).write_bytes(raw)

        def survive(batch: Path = batch) -> None:
            nonlocal slowest
            slowest = max(slowest, _read(batch, outcome))

        tally.attempt(str(batch), survive)
    files = len(sources)
    # A batch that is lost is lost with all its files.
    tally.tried = files
    parent = peak()
    reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    tally.attempt("memory", lambda: require(max(parent, reader) < 1024, f"{parent}, {reader} MB"))
    tally.note = (
        f"{outcome['indexed']} indexed, {outcome['skipped']} named as skipped; slowest {slowest:.1f} s; "
        f"peak memory {parent} MB, of a reader {reader} MB"
    )
    return tally


def _read(batch: Path, outcome: dict[str, int]) -> float:
    """Read a batch, then index it; give the longest that one file took."""
    marks = [time.monotonic()]
    given = Settings(home=batch.parent)
    shelf = read_sources([str(batch)], given, lambda *_: marks.append(time.monotonic()))
    articles, skipped = shelf.articles, shelf.skipped
    # What is read though something is amiss in it, such as a date, is named as well.
    left_out = [one for one in skipped if not one.read]
    require(
        len(articles) + len(left_out) == len(list(batch.iterdir())), "a file is unaccounted for"
    )
    for one in skipped:
        require((one.source + one.reason).isprintable(), f"{one} is no line of text")
    slowest = max(after - before for before, after in pairwise(marks))
    require(slowest < 30, f"a file took {slowest:.0f} s")
    home = batch.parent / "home"
    index(home, batch, keep_versions=1)
    store = library(home).store
    require([store.nth(n) for n in range(len(articles))] == articles, "articles changed on the way")
    require(library(home).ask("Which is the good one?").matches, "no answer")
    outcome["indexed"] += len(articles) - 1
    outcome["skipped"] += len(skipped)
    return slowest
