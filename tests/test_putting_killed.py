"""A kill in the middle of an addition loses and doubles nothing, whenever it comes."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summitqa import files
from summitqa_index import putting
from summitqa_index.build import Progress
from summitqa_index.catalogue import Change
from summitqa_index.folder import layout
from summitqa_index.versions import verify
from tests.fakes import CountingEncoder
from tests.putting import Shelf

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

OLD = {f"a{number}": f"Stone {number} stands upright." for number in range(3)}
NEW = "\n\n".join(
    f"Tower {number} is tall. It was built in {1900 + number}." for number in range(70)
)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "home")
    for slug, text in OLD.items():
        shelf.add(slug, text)
    return shelf


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at(module: Any, name: str) -> Callable[[], dict[str, Any]]:
    """Die where a function is called."""

    def arm() -> dict[str, Any]:
        setattr(module, name, die)
        return {}

    return arm


def telling(phase: str, done: int) -> Callable[[], dict[str, Any]]:
    """Die once a build is so far."""
    return lambda: {"tell": lambda one: die() if one == Progress(phase, done, one.total) else None}


def after(module: Any, name: str) -> Callable[[], dict[str, Any]]:
    """Die once a function has done its work."""

    def arm() -> dict[str, Any]:
        real = getattr(module, name)
        setattr(module, name, lambda *given: (real(*given), die()))
        return {}

    return arm


MOMENTS = {
    "before anything is read": (telling("reading", 1), False),
    "in the middle of embedding": (telling("embedding", 64), False),
    "once it is written": (telling("checking", 0), False),
    "before it is switched to": (at(layout, "switch"), False),
    "when the folder has its name": (at(layout, "point"), False),
    "in the middle of the switch": (at(files, "sync_folder"), None),
    "just after the switch": (after(layout, "switch"), True),
    "before it is tidied up": (at(putting, "tidy"), True),
}


def killed(shelf: Shelf, change: Change, arm: Callable[[], dict[str, Any]]) -> None:
    def work() -> None:
        shelf.put(change, **arm())

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_kill_the_old_or_the_new_is_in_use_and_the_draft_put_again_is_there_once(
    shelf, moment
):
    arm, there = MOMENTS[moment]
    before, change = shelf.publisher.used(), Change.adding(shelf.entry("tower", NEW))
    killed(shelf, change, arm)
    assert there in {None, shelf.publisher.used() != before}
    assert shelf.texts == OLD | ({"tower": NEW} if shelf.publisher.used() != before else {})
    assert verify(shelf.publisher) == []
    shelf.put(change)
    assert shelf.texts == OLD | {"tower": NEW}
    assert shelf.slugs == [*OLD, "tower"]
    hidden = [
        path.name for path in (shelf.folder / "versions").iterdir() if path.name.startswith(".")
    ]
    assert hidden == []


def test_after_a_kill_what_was_embedded_is_not_embedded_again(shelf):
    change = Change.adding(shelf.entry("tower", NEW))
    killed(shelf, change, telling("embedding", 64))
    encoder = CountingEncoder()
    shelf.put(change, encoder=encoder)
    assert len(encoder.texts) <= 70 + len(OLD) - 64


@pytest.mark.parametrize("moment", [at(layout, "withdraw"), after(layout, "withdraw")])
def test_a_kill_while_the_last_thing_is_taken_off_takes_it_off_or_does_not(shelf, moment):
    for slug in ("a0", "a1"):
        shelf.remove(slug)
    change = Change.removing(shelf.catalogue, "a2", "r")
    killed(shelf, change, moment)
    assert shelf.slugs in (["a2"], [])
    if shelf.slugs:
        shelf.put(change)
    assert shelf.catalogue == ()
    shelf.add("b", "Another.")
    assert shelf.texts == {"b": "Another."}


def test_two_who_are_killed_and_put_theirs_again_lose_nothing_of_one_another(shelf):
    mine, other = (
        Change.adding(shelf.entry("tower", f"Tower of {who}.", ref=who)) for who in ("me", "you")
    )
    killed(shelf, mine, after(layout, "switch"))
    killed(shelf, other, telling("checking", 0))
    for change in (other, mine, other):
        shelf.put(change)
    assert shelf.texts == OLD | {"tower": "Tower of me.", "tower-2": "Tower of you."}
