"""A reduced run of each fault; ``make faults`` runs them in full."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.__main__ import NAMES


@pytest.mark.skipif(sys.platform != "linux", reason="kills and watches processes as Linux does")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost(name):
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", name, "--quick"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if "skipped: " in done.stdout:
        pytest.skip(done.stdout.partition("skipped: ")[2].strip())
    assert "lost 0" in done.stdout
    assert "tried      0" not in done.stdout
