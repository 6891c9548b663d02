"""Who is an admin: those named, and managers of the home alone."""

import pytest

from summitqa_bot.permissions import Actor, is_admin, may_set_channel
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


def test_a_manager_elsewhere_may_choose_their_own_channels_article_but_no_more():
    elsewhere = actor(manages=True, workspace=OTHER, workspaces=TWO)
    assert may_set_channel(elsewhere, HOMED)
    assert not is_admin(elsewhere, HOMED)
    assert not may_set_channel(actor(), HOMED)
    assert not may_set_channel(actor(manages=True, workspace=None, workspaces=TWO), HOMED)


def test_whoever_is_not_trusted_chooses_no_channels_article_whatever_they_manage():
    assert not may_set_channel(actor(manages=True, trusted=False), HOMED)
    assert not may_set_channel(actor(manages=True, workspace=OTHER, trusted=False), HOMED)


def test_an_admin_chooses_the_article_of_a_channel_that_they_do_not_manage():
    named = actor(user="333333333333333333", workspace=OTHER, workspaces=TWO)
    assert may_set_channel(named, NAMED)
    assert not may_set_channel(actor(workspace=OTHER, workspaces=TWO), NAMED)
