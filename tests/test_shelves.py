"""Which shelves somebody asks, and what becomes of one that is opened, changed, hidden or erased."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from summitqa.answer import Band
from summitqa.errors import ArticleUnknownError, InputError, SummitQAError
from summitqa.settings import HOUSE
from summitqa_bot.service import shelves as shelves_module
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.shelves import Shelf, Shelves, better, scoped
from summitqa_bot.state import State
from tests.fakes import index, library, shelves, write
from tests.test_answer import answer

MEMBER = Actor("discord", "200000000000000001", "1", "10")
STRANGER = replace(MEMBER, workspace="2")
OWN = MEMBER.community


def put(home: Path, name: str, **articles: str) -> str:
    """Put articles on a shelf, each a sentence; give the version."""
    files = {f"{slug}.md": f"# {slug.title()}\n\n{text}\n" for slug, text in articles.items()}
    folder = write(home.parent / "sources" / name, files)
    index(home, folder, shelf=name, force=True)
    version = (home if name == HOUSE else home / "shelves" / name) / "CURRENT"
    return version.read_text("utf-8").strip()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    put(home, HOUSE, bridge="The bridge is of stone.", mill="The mill is old.")
    return home


@pytest.fixture
def opened(home: Path) -> Shelves:
    return shelves(library(home), State(home), sources=("house.md",))


def names(found: list[Shelf]) -> list[str]:
    return [one.name for one in found]


def test_ones_own_shelf_is_asked_first_and_the_house_beside_it(opened, home):
    assert names(opened.asked_by(MEMBER)) == [HOUSE]
    put(home, OWN, rules="Dogs stay on the lead.")
    assert names(opened.asked_by(MEMBER)) == [OWN, HOUSE]
    assert names(opened.asked_by(STRANGER)) == [HOUSE]


def test_the_house_is_asked_by_those_alone_who_do_not_hide_it(opened, home):
    opened._state.communities.choose(OWN, house=False)
    assert opened.asked_by(MEMBER) == []
    assert opened.titles(MEMBER, "", 25) == []
    assert names(opened.asked_by(STRANGER)) == [HOUSE]
    put(home, OWN, rules="Dogs stay on the lead.")
    assert names(opened.asked_by(MEMBER)) == [OWN]


def test_an_article_is_looked_for_on_ones_own_shelf_first(opened, home):
    put(home, OWN, mill="The mill is ours.")
    assert opened.holding(MEMBER, "mill").name == OWN
    assert opened.holding(MEMBER, "bridge").name == HOUSE
    assert opened.holding(STRANGER, "mill").name == HOUSE
    with pytest.raises(ArticleUnknownError, match="has mill") as raised:
        opened.holding(MEMBER, "tower")
    assert "bridge" not in str(raised.value)  # what is told of is one's own


def test_each_article_is_offered_once_ones_own_first_and_so_many_in_all(opened, home):
    put(home, OWN, mill="The mill is ours.", pool="The pool opens at six.")
    assert [slug for slug, _ in opened.titles(MEMBER, "", 9)] == ["mill", "pool", "bridge"]
    assert [slug for slug, _ in opened.titles(MEMBER, "", 2)] == ["mill", "pool"]
    assert opened.titles(MEMBER, "bri", 9) == [("bridge", "Bridge")]


def test_a_version_is_named_without_opening_the_shelf(opened, home, monkeypatch):
    version = put(home, OWN, rules="Dogs stay on the lead.")
    monkeypatch.setattr(shelves_module, "Library", None)
    assert opened.version(OWN) == version
    assert opened.version(STRANGER.community) is None
    assert opened.version(HOUSE) == (home / "CURRENT").read_text("utf-8").strip()


def test_a_version_is_held_as_long_as_it_is_kept_or_set_aside(opened, home):
    first = put(home, OWN, rules="Dogs stay on the lead.")
    second = put(home, OWN, rules="Dogs stay on the lead.", pool="The pool opens at six.")
    assert opened.holds(OWN, first)
    assert opened.holds(OWN, second)
    assert not opened.holds(STRANGER.community, first)
    assert not opened.holds(OWN, "20200101T000000Z")


def test_a_community_is_built_from_nothing_but_what_it_put_there(opened, home):
    assert opened.settings_of(HOUSE).sources == ("house.md",)
    assert opened.settings_of(OWN).sources == ()
    assert opened.folder(HOUSE) == home
    assert opened.folder(OWN) == home / "shelves" / OWN


def test_what_is_erased_is_gone_at_once_and_the_house_is_not_erased(opened, home):
    put(home, OWN, rules="Dogs stay on the lead.")
    assert opened.get(OWN) is not None
    opened.erase(OWN)
    assert opened.get(OWN) is None
    assert not (home / "shelves" / OWN).exists()
    with pytest.raises(InputError, match="no community's"):
        opened.erase(HOUSE)
    assert opened.get(HOUSE).library.store.slugs


def test_the_shelves_asked_last_stay_open(opened, home, monkeypatch):
    monkeypatch.setattr(shelves_module, "OPEN", 2)
    for name in ("discord-3", "discord-4", "discord-5"):
        put(home, name, rules="Dogs stay on the lead.")
    three, four = (opened.get(name).library for name in ("discord-3", "discord-4"))
    assert opened.get("discord-3").library is three
    opened.get("discord-5")  # four was asked the longest ago
    assert opened.get("discord-3").library is three
    assert opened.get("discord-4").library is not four


def test_large_shelves_are_let_go_sooner_than_small_ones(opened, home, monkeypatch):
    for name in ("discord-3", "discord-4", "discord-5"):
        put(home, name, rules="Dogs stay on the lead.")
    three, four = (opened.get(name).library for name in ("discord-3", "discord-4"))
    monkeypatch.setattr(shelves_module, "BYTES", 2 * three.store.facts["bytes"] + 1000)
    opened.get("discord-5")  # three was asked the longest ago
    assert opened.get("discord-4").library is four
    assert opened.get("discord-3").library is not three


def test_a_shelf_larger_than_all_may_be_together_is_asked_all_the_same(opened, home, monkeypatch):
    monkeypatch.setattr(shelves_module, "BYTES", 1)
    for name in ("discord-3", "discord-4"):
        put(home, name, rules="Dogs stay on the lead.")
    three = opened.get("discord-3").library
    assert opened.get("discord-3").library is three
    opened.get("discord-4")
    assert opened.get("discord-3").library is not three


def test_a_shelf_that_has_grown_while_it_was_open_takes_the_place_of_others(
    opened, home, monkeypatch
):
    for name in ("discord-3", "discord-4"):
        put(home, name, rules="Dogs stay on the lead.")
    three, four = (opened.get(name).library for name in ("discord-3", "discord-4"))
    both = three.store.facts["bytes"] + four.store.facts["bytes"]
    monkeypatch.setattr(shelves_module, "BYTES", both + 100)
    opened.refresh()
    assert opened.get("discord-3").library is three
    assert opened.get("discord-4").library is four
    put(home, "discord-4", rules="Dogs stay on the lead.", pool="The pool opens at six. " * 20)
    opened.refresh()
    assert opened.get("discord-4").library is four
    assert opened.get("discord-3").library is not three


def test_open_shelves_go_over_to_their_new_versions(opened, home):
    put(home, OWN, rules="Dogs stay on the lead.")
    mine, house = opened.get(OWN).library, opened.house.library
    put(home, OWN, rules="Dogs stay on the lead.", pool="The pool opens at six.")
    put(home, HOUSE, tower="The tower is tall.")
    opened.refresh()
    assert "pool" in mine.store.slugs
    assert "tower" in house.store.slugs


def test_one_shelf_that_fails_holds_none_of_the_others_up(opened, home, monkeypatch, caplog):
    for name in ("discord-3", "discord-4"):
        put(home, name, rules="Dogs stay on the lead.")
        opened.get(name)
    broken, sound = opened.get("discord-3").library, opened.get("discord-4").library

    def fail() -> None:
        raise SummitQAError("torn")

    monkeypatch.setattr(broken, "refresh", fail)
    put(home, "discord-4", rules="Dogs stay on the lead.", pool="The pool opens at six.")
    put(home, HOUSE, tower="The tower is tall.")
    opened.refresh()
    assert "pool" in sound.store.slugs
    assert "tower" in opened.house.library.store.slugs
    assert opened.get("discord-3").library is broken
    assert "discord-3 stays at the version" in caplog.text


def test_a_shelf_that_is_erased_elsewhere_is_let_go(opened, home):
    put(home, OWN, rules="Dogs stay on the lead.")
    opened.get(OWN)
    opened.publisher(OWN).erase()
    opened.refresh()
    assert opened.get(OWN) is None
    assert names(opened.asked_by(MEMBER)) == [HOUSE]


ONE, TWO = (Shelf(name, SimpleNamespace()) for name in ("one", "two"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        ((0.6, True, Band.LIKELY), (0.9, True, Band.LIKELY), "one"),
        ((0.6, True, Band.WEAK), (0.5, True, Band.LIKELY), "two"),
        ((0.6, False, Band.LIKELY), (0.5, True, Band.LIKELY), "two"),
        ((0.6, True, Band.WEAK), (0.7, True, Band.WEAK), "two"),
        ((0.7, True, Band.WEAK), (0.6, True, Band.WEAK), "one"),
        ((0.3, True, Band.WEAK), (0.6, False, Band.WEAK), "one"),
        ((0.3, False, Band.WEAK), (0.6, False, Band.WEAK), "two"),
        ((0.6, False, Band.WEAK), (0.6, False, Band.WEAK), "one"),
    ],
)
def test_of_two_shelves_the_first_that_is_sure_answers_else_the_surest(first, second, chosen):
    answers = [
        (shelf, answer([confidence], found=found, band=band))
        for shelf, (confidence, found, band) in ((ONE, first), (TWO, second))
    ]
    assert better(answers)[0].name == chosen


def test_of_an_article_that_two_shelves_have_the_first_is_asked(opened, home):
    put(home, OWN, mill="Ours is new.")
    asked = scoped(opened.asked_by(MEMBER), ["bridge", "mill", "tower"])
    assert [(shelf.name, slugs) for shelf, slugs in asked] == [(OWN, ["mill"]), (HOUSE, ["bridge"])]
    with pytest.raises(ArticleUnknownError, match="tower"):
        list(scoped(opened.asked_by(MEMBER), ["tower"]))


def test_behind_one_that_is_sure_no_shelf_is_asked(opened):
    assert list(scoped([opened.house, ONE], ["bridge"])) == [(opened.house, ["bridge"])]
    assert list(scoped([opened.house, ONE], [])) == [(opened.house, []), (ONE, [])]
    asked = iter([(ONE, answer([0.9])), (TWO, answer([0.9]))])
    assert better(asked)[0].name == "one"
    assert next(asked)[0].name == "two"
