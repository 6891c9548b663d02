"""ONNX Runtime's builds report of themselves to their maker unless told not to; here they do not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SWITCH = "ORT_DISABLE_TELEMETRY"
ENCODE = (
    "from pathlib import Path; from summitqa.settings import DEFAULT_MODEL; "
    "from summitqa_index.models import load_encoder; "
    "load_encoder(Path('unused'), DEFAULT_MODEL).encode('who is told?')"
)


@pytest.mark.parametrize("said", [None, "0"])
def test_answering_leaves_no_identity_behind_to_be_told_by(tmp_path: Path, said: str | None):
    """It keeps one, and what it is to send, below the home of whoever runs it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environ |= {"HOME": str(tmp_path), SWITCH: said or ""}
    if said is None:
        del environ[SWITCH]
    subprocess.run([sys.executable, "-c", ENCODE], env=environ, cwd=tmp_path, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_what_a_process_starts_is_told_too():
    import summitqa  # noqa: F401

    assert os.environ[SWITCH] == "1"
