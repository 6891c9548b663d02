"""The container's image, built and run for real where buildah, podman and its base image are."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def figures() -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, ROOT / "deploy" / "image.py"], capture_output=True, text=True
    )
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_answers_and_serves_without_a_network(figures: dict[str, object]):
    assert figures["found"] is True
    assert figures["ready_s"] > 0


def test_it_is_small_and_holds_no_compiler(figures: dict[str, object]):
    assert figures["image_mb"] < 600
    assert figures["compilers"] == []


def test_it_is_not_root_and_writes_nowhere_but_to_its_volume(figures: dict[str, object]):
    assert figures["user"] == 10001
    assert figures["refused_writes"] == 2


def test_what_reads_a_source_walls_itself_in_there_too(figures: dict[str, object]):
    assert "no network, no files" in figures["reading"]


def test_it_ends_when_it_is_told_to(figures: dict[str, object]):
    assert figures["exit_code"] == 0
