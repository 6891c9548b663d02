"""Two, and ten, reindexes at once: one builds, the others are told since when and by whom."""

import json
import re
import time
from pathlib import Path

from summitqa.errors import IndexBusyError
from summitqa.library import VERSIONS
from summitqa_index import versions
from tests.fakes import index, library, publisher
from tests.faults.common import QUESTION, Tally, child, ended, require, shelf

_TOLD = re.compile(r"busy since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, by builder \d+|a moment ago);")


def compete(home: Path, folder: Path, builders: int, round_: int) -> None:
    """Let builders of different texts begin at once, and hold them to what each should meet."""
    start = time.time() + 0.05 + 0.01 * builders
    outcomes = folder / f"outcomes-{round_}"
    outcomes.mkdir()
    for number in range(builders):
        shelf(folder / f"shelf-{number}", f"The door of round {round_} is painted by {number}.")

    def work(number: int) -> None:
        time.sleep(max(0.0, start - time.time()))
        try:
            report = index(
                home, folder / f"shelf-{number}", who=f"builder {number}",
                tell=lambda _: time.sleep(0.03),
            )  # fmt: skip
            outcome = {"built": report.index_version}
        except IndexBusyError as error:
            outcome = {"busy": str(error)}
        (outcomes / str(number)).write_text(json.dumps(outcome))

    pids = [child(lambda number=number: work(number)) for number in range(builders)]
    statuses = [ended(pid) for pid in pids]
    require(set(statuses) == {0}, f"builders ended with {statuses}")
    found = [json.loads(path.read_text()) for path in outcomes.iterdir()]
    built = [one["built"] for one in found if "built" in one]
    require(len(built) == 1, f"{len(built)} of {builders} built at once")
    for one in found:
        require("built" in one or _TOLD.search(one["busy"]), f"told: {one}")
    require(library(home).store.version == built[0], "the version in use is not the one built")
    require(not versions.verify(publisher(home)), "the version in use is damaged")
    require(library(home).ask(QUESTION).matches, "no answer")
    left = [path.name for path in (home / VERSIONS).iterdir() if path.name.startswith(".")]
    require(not left, f"left behind: {left}")


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    rounds = [2, 10] if quick else [2] * 20 + [10] * 10
    for round_, builders in enumerate(rounds):
        tally.attempt(
            f"{builders} at once",
            lambda builders=builders, round_=round_: compete(
                folder / "home", folder, builders, round_
            ),
        )
    tally.note = f"rounds of {sorted(set(rounds))} builders"
    return tally
