"""``python -m tests.faults [NAME]... [--quick]``: one line a figure; ends 0 only if nothing was lost."""

import argparse
import importlib
import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
# Helpers that other tests share are imported as they import each other.
sys.path.append(str(Path(__file__).parents[1]))

NAMES = (
    "kill", "power", "disk", "damage", "integrity", "contention",
    "swap", "fuzz", "slow", "hostile", "headers", "secrets", "admins", "unsigned", "failover",
    "replicas", "fenced", "starts", "shards",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], help="default: all")
    parser.add_argument("--quick", action="store_true", help="a reduced run of each")
    given = parser.parse_args()
    lost = 0
    for name in given.names or NAMES:
        fault = importlib.import_module(f"tests.faults.{name}")
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"summitqa-{name}-") as folder:
            try:
                tally = fault.run(Path(folder), given.quick)
            except pytest.skip.Exception as reason:
                print(f"{name:<11} skipped: {reason}", flush=True)
                continue
        print(tally.line(name, time.monotonic() - began), flush=True)
        for what in sorted(set(tally.lost))[:10]:
            print(f"  lost: {what}", flush=True)
        lost += len(tally.lost)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
