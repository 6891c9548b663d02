"""What people who join rely on: links that lead somewhere, hooks and CI that run what `make` runs."""

import re
import tomllib
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DOCS = sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", *DOCS]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(path: str | Path) -> Any:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


def recipe(target: str) -> list[str]:
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.startswith(f"{target}:"))
    taken = takewhile(lambda line: line.startswith("\t"), lines[at + 1 :])
    return [line.strip().removeprefix("@") for line in taken]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_project_leads_somewhere(page: str):
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), f"{page} links {target}"


@pytest.mark.parametrize("page", PAGES)
def test_every_make_command_that_is_told_exists(page: str):
    text = (ROOT / page).read_text("utf-8")
    for told in re.findall(r"(?:`|\$ )make ((?:[a-z]+ ?)+)", text):
        for target in told.split():
            assert recipe(target), f"{page} tells of make {target}"


def test_the_hooks_are_the_linters_of_make_check():
    (repo,) = read(".pre-commit-config.yaml")["repos"]
    assert repo["repo"] == "local"
    assert [hook["entry"] for hook in repo["hooks"]] == [
        line.replace("$(BIN)", ".venv/bin") for line in recipe("check")
    ]
    assert {hook["pass_filenames"] for hook in repo["hooks"]} == {False}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_may_do_little_and_ends(file: Path):
    flow = read(file)
    assert flow["permissions"] == {"contents": "read"}
    for job in flow["jobs"].values():
        assert job["timeout-minutes"] <= 90
        assert job.get("permissions", {}).keys() <= {"id-token"}
        for step in job["steps"]:
            assert "@v" in step.get("uses", "@v") or "@release/v" in step["uses"]
            assert "secrets." not in str(step)


def test_ci_runs_the_same_script_on_every_python_from_the_oldest_on():
    (job,) = read(".github/workflows/ci.yml")["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["bash .ci/run"]
    matrix = job["strategy"]["matrix"]
    pythons = [f"3.{minor}" for minor in range(11, 15)]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={pythons[0]}"
    assert matrix["python"] == pythons
    assert {one["machine"] for one in matrix["include"]} == {"ubuntu-24.04-arm"}


def test_no_group_of_a_pattern_is_possessive():
    """Before Python 3.11.5 such a group may not match (gh-106052); an atomic one, "(?>…)", does."""
    possessive = re.compile(r"(?<![\\(])\)(?:[*+?]|\{\d*,?\d*\})\+(?![^(\n]*\])")
    found = {
        str(path.relative_to(ROOT)): possessive.findall(path.read_text("utf-8"))
        for folder in ("src", "bot", "index")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {path: found for path, found in found.items() if found} == {}
