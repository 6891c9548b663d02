"""The three packages point one way, and the core knows no chat platform."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_import_contracts_hold():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_over_300_lines():
    files = [
        file
        for folder in ("src", "index", "bot", "benchmarks", "tests")
        for file in (ROOT / folder).rglob("*.py")
    ]
    assert {
        file.name: count
        for file in files
        if (count := len(file.read_text("utf-8").splitlines())) > 300
    } == {}
