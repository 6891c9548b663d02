"""Nothing of one community is ever told to another, whatever each of them does, in any order."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from isolated_deeds import VERBS, aside
from isolated_world import (
    WORDS,
    Step,
    World,
    actor,
    awaited,
    copied,
    filled,
    names,
    plain,
)
from sqlalchemy import select

from summitqa_bot.service import amending
from summitqa_bot.state.schema import ANSWERS, AUDIT, DRAFTS, FEEDBACK, HANDOFFS, RULES, SHELVES

EXAMPLES, ALONE, STEPS = 40, 12, 60
numbers = st.integers(0, 9999)
steps = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, len(VERBS) - 1), numbers, numbers),
    min_size=STEPS,
    max_size=STEPS,
)
made: Counter[str] = Counter()
fresh = count()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which each community has an article of its own."""
    home = tmp_path_factory.mktemp("template") / "home"
    awaited(filled(home))
    return home


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amending, "PAUSE_SECONDS", 0.0)


def property_of(examples: int) -> Any:
    return settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.generate],  # a step takes milliseconds, and shrinking thousands of them
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def untyped(told: Any, typed: Collection[str] = ()) -> str:
    """Give what was told, but for what the one it was told to typed themselves."""
    whole = repr(told).lower()
    for one in sorted(filter(None, typed), key=len, reverse=True):
        whole = whole.replace(one.lower(), "")
    return whole


def foreign(word: str, told: Any, typed: Collection[str] = ()) -> list[str]:
    """Give whose words, of others, stand in what was told."""
    whole = untyped(told, typed)
    return [other for other in WORDS if other != word and other in whole]


def hold(world: World, word: str, told: Any) -> None:
    """Hold what was told to what may be told to whom."""
    whole = untyped(told, world.typed[word])
    assert not foreign(word, told, world.typed[word]), told
    assert "something went wrong" not in whole, world.heard.lines
    for other in WORDS:
        if other != word:
            assert actor(other).community not in whole
            assert not [one.name for one in world.versions(other) if one.name in whole], told
    theirs = {whose for whose, one in world.components if one.partition(":")[2][:12] in names(told)}
    assert theirs <= {word}


def hold_kept(world: World) -> None:
    """Hold what is kept of each community to its own words, and the log to nobody's."""
    by = {actor(word).community: word for word in WORDS}
    with world.desk._state._engine.connect() as connection:
        whose = {}
        for row in connection.execute(select(ANSWERS)):
            whose[row.ref] = by[row.community]
            assert row.shelf in ("house", row.community)
            assert not foreign(by[row.community], tuple(row), world.typed[by[row.community]])
        for row in connection.execute(select(FEEDBACK)):
            assert not foreign(whose[row.ref], row.reason)
        for table, column in (
            (AUDIT, "shelf"),
            (DRAFTS, "shelf"),
            (RULES, "community"),
            (HANDOFFS, "community"),
            (SHELVES, "name"),
        ):
            for row in connection.execute(select(table)).mappings():
                if row[column] != "house":
                    word = by[row[column]]
                    assert not foreign(word, dict(row), world.typed[word])
    assert not foreign("", world.heard.lines)
    made["logged"] += len(world.heard.lines)


@property_of(EXAMPLES)
@given(steps)
def test_no_community_is_told_a_word_of_another(template: Path, tmp_path: Path, script: list[Step]):
    async def run() -> None:
        async with World(copied(template, tmp_path / str(next(fresh))), VERBS) as world:
            for step in script:
                word, told = await world.step(step)
                hold(world, word, told)
                made[VERBS[step[1]].__name__] += 1
            for word, told in world.told.items():
                assert not foreign(word, told, world.typed[word])
            hold_kept(world)
        made["interleavings"] += 1

    awaited(run())


@property_of(ALONE)
@given(steps, st.sampled_from(WORDS))
def test_what_a_community_is_told_is_what_it_would_be_told_alone(
    template: Path, tmp_path: Path, script: list[Step], victim: str
):
    async def run(played: Sequence[Step]) -> list[Any]:
        home = copied(template, tmp_path / str(next(fresh)))
        async with World(home, VERBS, victim) as world:
            for step in played:
                await world.step(step)
            return world.told[victim]

    mine = [one for one in script if WORDS[one[0]] == victim or VERBS[one[1]] is aside]
    among, alone = awaited(run(script)), awaited(run(mine))
    assert numbered(among) == numbered(alone)
    made["compared"] += len(mine)


def numbered(told: list[Any]) -> list[str]:
    """Set what was told so that it compares, answers and drafts named by where they come first."""
    known = names(told)
    return [
        re.sub(r"[\w-]{12,16}", lambda match: f"<{known.get(match[0], match[0])}>", plain(one))
        for one in told
    ]


def test_so_much_was_tried():
    if not made["interleavings"]:
        pytest.skip("the properties above were not run")
    total = sum(made[verb.__name__] for verb in set(VERBS))
    print(f"\n{made['interleavings']} interleavings, {total} steps: {dict(made)}")
    assert made["interleavings"] >= EXAMPLES
    assert total >= EXAMPLES * STEPS
    assert made["logged"] > 100
    assert all(made[verb.__name__] > 10 for verb in VERBS)
