"""The three packages point one way, none in a circle, and the core knows no chat platform."""

import os
import re
import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent
PACKAGES = ("summitqa", "summitqa_index", "summitqa_bot")
# What people call the place they ask in ("this discord"): words of theirs, no code for a platform.
SPOKEN = {Path("src/summitqa/leaning.py"): ["discord", "slack"]}


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


def circles(graph: grimp.ImportGraph) -> set[frozenset[str]]:
    below = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}

    def reached(module: str) -> set[str]:
        seen: set[str] = set()
        ahead = set(below[module])
        while ahead:
            seen |= ahead
            ahead = {one for module in ahead for one in below[module]} - seen
        return seen

    all_of = {one: reached(one) for one in below}
    return {
        frozenset(other for other in found if one in all_of[other])
        for one, found in all_of.items()
        if one in found
    }


def test_a_circle_is_told_however_long_and_only_what_is_on_it():
    graph = grimp.ImportGraph()
    for importer, imported in ("ab", "bc", "ca", "cd", "xa"):
        graph.add_import(importer=importer, imported=imported)
    assert circles(graph) == {frozenset("abc")}


def test_nothing_is_imported_in_a_circle():
    assert circles(grimp.build_graph(*PACKAGES, cache_dir=None)) == set()


def test_the_core_and_the_indexer_name_no_platform():
    files = [
        path
        for folder in ("src", "index")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".typed"}
    ]
    named = {path: re.findall(r"(?i)discord|slack", path.read_text("utf-8")) for path in files}
    assert {path.relative_to(ROOT): words for path, words in named.items() if words} == SPOKEN


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
