"""Ctrl-C in the first second: the command ends, and nothing is printed."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent

# What a console script does, and Ctrl-C as soon as a library is imported.
_BEGIN = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "rich.console":
            os.kill(os.getpid(), signal.SIGINT)

# Whoever started the tests, such as a shell in the background, may ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupt())
sys.argv = ["summitqa", "status"]
from {module} import {name}
{name}()
"""


def test_an_interrupt_while_libraries_are_imported_prints_nothing():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    module, _, name = project["project"]["scripts"]["summitqa"].partition(":")
    ended = subprocess.run(
        [sys.executable, "-c", _BEGIN.format(module=module, name=name)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
