"""Two that start on one empty home: one builds, the other waits, and then both serve."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from summitqa.errors import CalledOffError
from summitqa.library import Library
from summitqa_bot import assemble
from summitqa_bot.settings import Settings
from summitqa_index.build import Progress, Report
from summitqa_index.folder.lock import builder_lock
from tests.fakes import CountingEncoder, index, write


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    shelf = write(tmp_path / "shelf", {"a.txt": "The bridge is of oak."})
    return Settings(home=tmp_path / "home", sources=(str(shelf),))


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> CountingEncoder:
    counting = CountingEncoder()
    monkeypatch.setattr(assemble, "open_encoder", lambda *_: counting)
    return counting


def nobody(_: Progress) -> None:
    """Progress goes nowhere."""


def both(
    chosen: Settings, caplog: pytest.LogCaptureFixture, then: Callable[[threading.Event], None]
) -> tuple["Future[Report]", Library]:
    """Start a build that halts, and a second start beside it; ``then`` comes once that waits."""
    begun, go_on, cancelled = threading.Event(), threading.Event(), threading.Event()

    def halt(_: Progress) -> None:
        begun.set()
        go_on.wait(60)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(
            index, chosen.home, *chosen.sources, who="the other bot", tell=halt, cancelled=cancelled
        )
        begun.wait(60)
        second = pool.submit(assemble.open_library, chosen, nobody)
        while "waiting for it" not in caplog.text and not second.done():
            time.sleep(0.01)
        then(cancelled)
        go_on.set()
        return first, second.result(60)[0]


def test_the_second_waits_for_the_first_build_and_says_so_once(chosen, encoder, caplog):
    first, library = both(chosen, caplog, lambda _: None)
    assert library.store.version == first.result().index_version
    assert library.ask("What is the bridge of?").matches
    assert encoder.texts == ["What is the bridge of?"]  # it built nothing itself
    said = [record.message for record in caplog.records if "waiting" in record.message]
    assert len(said) == 1
    assert said[0].endswith("by the other bot; waiting for it")


def test_where_the_first_build_fails_the_second_builds(chosen, encoder, caplog):
    first, library = both(chosen, caplog, threading.Event.set)
    with pytest.raises(CalledOffError):
        first.result()
    assert library.ask("What is the bridge of?").matches


def test_one_that_waits_can_be_stopped(chosen, tmp_path):
    script = (
        "import sys; from pathlib import Path; from summitqa_bot import assemble, running;"
        "from summitqa_bot.settings import Settings; from tests.fakes import FakeEncoder;"
        "assemble.open_encoder = lambda *_: FakeEncoder();"
        "running.run_bot(Settings(home=Path(sys.argv[1])), None, print)"
    )
    with builder_lock(chosen.home, "the other bot"):
        waiting = subprocess.Popen(
            [sys.executable, "-c", script, str(chosen.home)], stderr=subprocess.PIPE, text=True
        )
        assert waiting.stderr is not None
        assert "waiting for it" in waiting.stderr.readline()
        waiting.send_signal(signal.SIGTERM)
        assert waiting.wait(60) == 128 + signal.SIGTERM
        assert waiting.stderr.read() == ""
    waiting.stderr.close()
