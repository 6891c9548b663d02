"""What ``make ask`` and the image install is pinned: once, in pyproject.toml's range, by its hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
NAMES = ["requirements.lock", "deploy/requirements.lock"]
LOCKS = {name: (ROOT / name).read_text("utf-8") for name in NAMES}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LINES = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
EXTRAS = PROJECT["project"]["optional-dependencies"]
WANTED = {
    "requirements.lock": [Requirement(line) for line in LINES],
    "deploy/requirements.lock": [
        Requirement(line) for line in (*LINES, *EXTRAS["postgres"], *EXTRAS["workspaces"])
    ],
}
MACHINES = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]


def entries(lock: str) -> list[tuple[Requirement, list[str]]]:
    """Each pinned requirement with what its lines say besides it."""
    text = "\n".join(line for line in LOCKS[lock].splitlines() if not line.startswith("#"))
    joined = text.replace("\\\n", " ").splitlines()
    parted = [re.split(r"\s+(?=--)", line.strip()) for line in joined if line.strip()]
    return [(Requirement(first), rest) for first, *rest in parted]


@pytest.fixture(params=NAMES)
def lock(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[f"3.{minor}" for minor in range(11, 15)])
def python(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=MACHINES, ids="-".join)
def pinned(request: pytest.FixtureRequest, python: str, lock: str) -> dict[str, Requirement]:
    """What one kind of machine with one Python gets, by name."""
    system, machine = request.param
    place = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_machine": machine,
    }
    taken = [one for one, _ in entries(lock) if one.marker is None or one.marker.evaluate(place)]
    by_name = {canonicalize_name(one.name): one for one in taken}
    assert len(by_name) == len(taken), "a package is pinned twice"
    return by_name


def test_each_dependency_is_pinned_within_its_range(lock: str, pinned: dict[str, Requirement]):
    for wanted in WANTED[lock]:
        held = pinned.get(canonicalize_name(wanted.name))
        assert held, f"{wanted} is not pinned; run `make lock`"
        (version,) = held.specifier
        assert wanted.specifier.contains(version.version), (
            f"{held} is not {wanted}; run `make lock`"
        )


def test_every_entry_is_one_version_and_its_hashes(lock: str):
    for one, said in entries(lock):
        assert [part.operator for part in one.specifier] == ["=="], one
        assert not one.url, one
        assert said, f"{one} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", part) for part in said), one


def test_it_names_no_place(lock: str):
    assert not re.search(
        r"://|@ |^\s*-[^-]|--(index|extra|find|trusted)|^[./]", LOCKS[lock], re.MULTILINE
    )


def test_what_the_extra_models_brings_is_not_in_it(lock: str):
    heavy = {"torch", "sentence-transformers", "transformers", "onnx", "onnxscript"}
    assert not heavy & {canonicalize_name(one.name) for one, _ in entries(lock)}


def test_the_image_installs_the_same_versions():
    ours, images = ({str(one) for one, _ in entries(lock)} for lock in NAMES)
    assert ours <= images, "run `make lock`"


def test_make_installs_from_it_and_from_nothing_beside_it():
    make = (ROOT / "Makefile").read_text("utf-8")
    recipe = re.search(r"^\$\(VENV\)/installed:.*?(?=^\n)", make, re.DOTALL | re.MULTILINE)
    assert recipe
    first, second = re.findall(r"pip install .*", recipe[0])
    assert "--require-hashes -r requirements.lock" in first
    assert "--no-build-isolation --no-deps --editable ." in second
