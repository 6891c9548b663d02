"""Who is an admin: those named, and managers of the home alone."""

import pytest

from summitqa_bot.service.permissions import Actor, is_admin, may_change
from summitqa_bot.settings import Settings

HOME, OTHER = "111111111111111111", "222222222222222222"
ONE, TWO = frozenset({HOME}), frozenset({HOME, OTHER})
NAMED = Settings(admins=frozenset({"333333333333333333"}))
HOMED = Settings(discord_home=HOME)


def actor(**facts):
    return Actor(
        **({"platform": "discord", "user": "1", "workspace": HOME, "workspaces": ONE} | facts)
    )


@pytest.mark.parametrize(
    ("settings", "who", "admin"),
    [
        (Settings(), actor(), False),
        (Settings(), actor(manages=True), True),
        (Settings(), actor(manages=True, workspaces=TWO), False),
        (Settings(), actor(manages=True, workspace=None), False),
        (Settings(), actor(manages=True, trusted=False), False),
        (Settings(), actor(manages=True, workspaces=frozenset()), False),
        (HOMED, actor(manages=True, workspaces=TWO), True),
        (HOMED, actor(manages=True, workspaces=TWO, workspace=OTHER), False),
        (HOMED, actor(manages=True, workspaces=frozenset({OTHER}), workspace=OTHER), False),
        (NAMED, actor(user="333333333333333333", workspace=None, workspaces=TWO), True),
        (NAMED, actor(user="333333333333333333", trusted=False), False),
        (
            HOMED,
            actor(platform="slack", manages=True, workspace="T1", workspaces=frozenset({"T1"})),
            True,
        ),
        (
            Settings(),
            actor(platform="slack", manages=True, workspace="T2", workspaces=frozenset({"T1"})),
            False,
        ),
    ],
)
def test_who_is_an_admin(settings, who, admin):
    assert is_admin(who, settings) is admin


def test_a_manager_elsewhere_may_change_their_own_shelf_but_not_the_house():
    elsewhere = actor(manages=True, workspace=OTHER, workspaces=TWO)
    assert may_change(elsewhere, (), HOMED)
    assert not is_admin(elsewhere, HOMED)
    assert not may_change(actor(), (), HOMED)


def test_whoever_is_not_trusted_changes_no_shelf_whatever_they_manage():
    assert not may_change(actor(manages=True, trusted=False), (), HOMED)
    assert not may_change(actor(manages=True, workspace=OTHER, trusted=False), (), HOMED)
    assert not may_change(actor(trusted=False), ("1",), HOMED)
    assert not may_change(actor(workspace=None, trusted=False), (), HOMED)


def test_the_operators_admins_change_the_shelf_of_every_community():
    named = actor(user="333333333333333333", workspace=OTHER, workspaces=TWO)
    assert may_change(named, (), NAMED)
    assert not may_change(actor(workspace=OTHER, workspaces=TWO), (), NAMED)


@pytest.mark.parametrize(("named", "may"), [(("1",), True), (("77",), True), (("2", "7"), False)])
def test_admins_name_people_and_roles(named, may):
    assert may_change(actor(roles=frozenset({"77"})), named, HOMED) is may


def test_by_direct_message_one_looks_after_ones_own_shelf_alone():
    alone = actor(manages=True, workspace=None, workspaces=TWO)
    assert (alone.community, may_change(alone, (), HOMED)) == ("discord-user-1", True)
    visiting = actor(workspace=None, chosen=f"discord-{HOME}", manages=True)
    assert visiting.community == actor().community == f"discord-{HOME}"
    assert not may_change(visiting, ("1",), HOMED)
