"""Whole processes: the commands as they are installed, timed and weighed from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.bot import Peak, peak_of_bot
from benchmarks.corpus import Corpus
from benchmarks.figure import Figure
from benchmarks.peers.sizes import installed
from summitqa.sealed import PACKAGED

_STARTS = 5
_QUESTION = "Which team won the Super Bowl?"
_IMPORT = "import sentence_transformers"
# The command itself, telling at its end the most memory it held (VmHWM, proc_pid_status(5)).
_WEIGHED = """
import atexit, sys
def tell():
    fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print("peak", fields["VmHWM"].split()[0], file=sys.stderr)
atexit.register(tell)
from summitqa_bot.commands.cli import main
main()
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds a process took by the clock and of CPU, and what it wrote to stderr."""

    wall: float
    cpu: float
    said: str


def measure(corpus: Corpus, folder: Path, questions: Sequence[str]) -> list[Figure]:
    """Index the shelf by command, then time the commands and weigh a bot that answers."""
    environ = _environ(folder / "home")
    shelf = _write(corpus, folder / "shelf")
    built = run([_command(), "index", str(shelf)], environ)
    passages = sum(len(article.passages) for article in corpus.articles)
    asked, imported = _in_turn(environ)
    weighed = run([sys.executable, "-c", _WEIGHED, "ask", _QUESTION], environ, codes=(0, 1))
    return [
        Figure("`summitqa index`, passages per CPU second, whole process", passages / built.cpu),
        *_starts(asked, imported),
        Figure("peak memory of `summitqa ask`, MB", int(weighed.said.split()[-1]) / 1024),
        *_bot(peak_of_bot(environ, questions)),
        Figure("installed size, MB", installed(["summitqa"]) + _weights(), None, 600, True),
    ]


def _weights() -> float:
    """Give the MB of the package's models, which an editable install leaves where they are."""
    return sum(path.stat().st_size for path in PACKAGED.glob("*/*")) / 1e6


def _bot(peak: Peak) -> list[Figure]:
    return [
        Figure("peak memory of a bot answering, MB", peak.megabytes, None, 350, True),
        Figure("questions it answered meanwhile", peak.answered),
    ]


def _environ(place: Path) -> dict[str, str]:
    """A data folder without an index."""
    place.mkdir(exist_ok=True)
    return os.environ | {"SUMMITQA_HOME": str(place), "HF_HUB_OFFLINE": "1"}


def _write(corpus: Corpus, shelf: Path) -> Path:
    shelf.mkdir(exist_ok=True)
    for article in corpus.articles:
        (shelf / f"{article.slug}.txt").write_text(article.text, "utf-8")
    return shelf


def _command() -> str:
    return str(Path(sys.executable).with_name("summitqa"))


def _in_turn(environ: Mapping[str, str]) -> tuple[list[Cost], list[Cost]]:
    """Start both processes by turns, so that a busy moment of the machine meets both."""
    asked, imported = [], []
    for _ in range(_STARTS + 1):
        asked.append(run([_command(), "ask", _QUESTION], environ, codes=(0, 1)))
        imported.append(run([sys.executable, "-c", _IMPORT], environ))
    return asked[1:], imported[1:]  # the first of each fills the page cache


def _starts(asked: Sequence[Cost], imported: Sequence[Cost]) -> list[Figure]:
    ours, theirs = (
        [float(np.median([getattr(one, name) for one in costs])) for name in ("wall", "cpu")]
        for costs in (asked, imported)
    )
    return [
        Figure("`summitqa ask`, whole process, s", ours[0]),
        Figure("`summitqa ask`, whole process, CPU s", ours[1]),
        Figure("`import sentence_transformers`, whole process, s", theirs[0]),
        Figure("`import sentence_transformers`, whole process, CPU s", theirs[1]),
        Figure("`summitqa ask` to that import, by the clock", ours[0] / theirs[0], None, 0.2, True),
        Figure("`summitqa ask` to that import, CPU", ours[1] / theirs[1]),
    ]


def run(command: Sequence[str], environ: Mapping[str, str], codes: Sequence[int] = (0,)) -> Cost:
    """Run a process to its end; CalledProcessError where it ends with another exit code."""
    start = time.perf_counter()
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as child:
        said = child.stderr.read() if child.stderr else ""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if child.returncode not in codes:
        raise subprocess.CalledProcessError(child.returncode, command, stderr=said)
    return Cost(wall, usage.ru_utime + usage.ru_stime, said)
