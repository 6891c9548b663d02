"""An article is opened as it was cited, and it is said what has become of it since."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from summitqa.article import Citation, Sentence
from summitqa.settings import HOUSE
from summitqa_bot.asked import Asked
from summitqa_bot.links import Target
from summitqa_bot.service.reading import Reading
from summitqa_bot.service.shelves import READ, Shelves
from summitqa_bot.state import State
from summitqa_index.changes import PassageChange
from summitqa_index.folder.publisher import FolderPublisher
from tests.fakes import index, library, shelves, write

OWN = "discord-1"
FIRST, TOLL, NIGHT = (
    "The bridge was built in 1901.",
    "The toll is two shillings a cart.",
    "It is closed at night.",
)
DEARER = TOLL.replace("two", "nine")
BRIDGE = f"# Bridge\n\n{FIRST}\n\n{TOLL} {NIGHT}\n"


class House:
    """A data folder whose shelves are put anew, and what reads them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.put(HOUSE, mill="# Mill\n\nThe mill is old.\n", bridge=BRIDGE)
        self.state = State(home)
        self.library = library(home)
        self.shelves: Shelves = shelves(self.library, self.state)
        self.reading = Reading(self.shelves, self.state)

    def put(self, name: str, keep: int = 100, **articles: str) -> str:
        """Put articles on a shelf; give the version."""
        folder = self.home.parent / "sources" / name
        shutil.rmtree(folder, ignore_errors=True)
        write(folder, {f"{slug}.md": text for slug, text in articles.items()})
        report = index(self.home, folder, shelf=name, force=True, keep_versions=keep)
        if hasattr(self, "shelves"):
            self.shelves.refresh()
        return report.index_version

    def span(self, name: str, slug: str, quote: str) -> tuple[int, int]:
        """Give where a quote stands in the text in use."""
        start = self.shelves.get(name).library.store.article(slug).text.index(quote)
        return start, start + len(quote)

    def cite(self, name: str, version: str, *quotes: str, ref: str = "r1") -> Asked:
        """Have an answer remembered that quotes these of the bridge's text in use."""
        store = self.shelves.get(name).library.store
        article = store.article("bridge")
        cited = []
        for quote in quotes:
            start, end = self.span(name, "bridge", quote)
            passage = next(one for one in article.passages if one.start <= start < one.end)
            url = Citation(article, passage, Sentence(start, end)).url
            cited.append(["bridge", passage.number, start, end, quote, "[1] Bridge", url, "", ""])
        asked = Asked(
            ref, "somebody", "discord", "10", None, "How much?", None, [], version, True, False,
            cited, community=OWN, shelf=name,
        )  # fmt: skip
        self.state.save_answer(asked)
        return asked


@pytest.fixture
def house(tmp_path: Path):
    made = House(tmp_path / "home")
    yield made
    made.state.close()


def cart(read) -> str | None:
    return read.cited and read.article.text[slice(*read.cited)]


def test_what_is_in_use_is_opened_with_its_quotes_lit(house):
    version = house.library.store.version
    spans = [house.span(HOUSE, "bridge", one) for one in (TOLL, FIRST)]
    for asked in (version, ""):
        read = house.reading.open(Target(HOUSE, "bridge", asked), spans)
        assert (read.shelf, read.version, read.kept) == (HOUSE, version, True)
        assert read.article == house.library.store.article("bridge")
        assert cart(read) == TOLL
        assert [read.article.text[slice(*one)] for one in read.beside] == [FIRST]
        assert (read.changes, read.gone) == ((), "")


def test_spans_that_are_none_of_the_text_are_left_out(house):
    length = len(house.library.store.article("bridge").text)
    spans = [
        (length - 1, length + 1),
        (3, 3),
        (-2, 4),
        (9, 4),
        (0, length),
        (0, 6),
        (10**9, 10**9 + 1),
    ]
    read = house.reading.open(Target(HOUSE, "bridge", ""), spans)
    assert read.cited is None
    assert read.beside == ((0, length), (0, 6))
    assert house.reading.open(Target(HOUSE, "bridge", ""), []).cited is None


def test_the_version_that_was_cited_is_shown_and_what_has_changed_since(house):
    version, span = house.library.store.version, house.span(HOUSE, "bridge", TOLL)
    house.put(
        HOUSE,
        mill="# Mill\n\nThe mill is new.\n",
        bridge=f"# Bridge\n\nA ford.\n\n{FIRST}\n\n{DEARER} {NIGHT}\n",
    )
    read = house.reading.open(Target(HOUSE, "bridge", version), [span])
    assert (read.version, read.kept, cart(read)) == (version, True, TOLL)
    assert read.changes == (
        PassageChange("bridge", None, "A ford."),
        PassageChange("bridge", f"{TOLL} {NIGHT}", f"{DEARER} {NIGHT}"),
    )


def test_a_text_that_stands_as_it_was_has_no_changes_whatever_else_has(house):
    version = house.library.store.version
    house.put(HOUSE, mill="# Mill\n\nThe mill is new.\n", bridge=BRIDGE)
    read = house.reading.open(Target(HOUSE, "bridge", version), [])
    assert (read.version, read.kept, read.changes) == (version, True, ())


def test_of_a_version_that_is_kept_no_longer_the_quote_is_found_again_in_the_text_in_use(house):
    version = house.library.store.version
    spans = [house.span(HOUSE, "bridge", one) for one in (TOLL, FIRST)]
    house.cite(HOUSE, version, TOLL, FIRST)
    used = house.put(HOUSE, keep=1, bridge=f"# Bridge\n\nA ford.\n\n{FIRST}\n\nSay: {TOLL}\n")
    target = Target(HOUSE, "bridge", version)
    read = house.reading.open(target, spans, "r1.1")
    assert (read.version, read.kept, cart(read)) == (used, False, TOLL)
    assert [read.article.text[slice(*one)] for one in read.beside] == [FIRST]
    assert (read.changes, read.gone) == ((), "")
    other = house.reading.open(target, spans, "r1.2")
    assert cart(other) == FIRST


def test_a_quote_that_stands_no_longer_is_named_and_nothing_is_lit_in_its_place(house):
    version, span = house.library.store.version, house.span(HOUSE, "bridge", TOLL)
    house.cite(HOUSE, version, TOLL, FIRST)
    house.put(HOUSE, keep=1, bridge=f"# Bridge\n\n{FIRST}\n\n{DEARER} {NIGHT}\n")
    read = house.reading.open(Target(HOUSE, "bridge", version), [span], "r1.1")
    assert (read.kept, read.cited, read.gone) == (False, None, TOLL)
    assert [read.article.text[slice(*one)] for one in read.beside] == [FIRST]


@pytest.mark.parametrize(
    "cited", ["", "r1", "r1.0", "r1.9", "r1.x", "r1.٢", "nobody.1", "r1.1.1", "r2.1"]
)
def test_without_a_quote_to_look_for_nothing_of_another_text_is_lit(house, cited):
    version, span = house.library.store.version, house.span(HOUSE, "bridge", TOLL)
    house.cite(HOUSE, version, TOLL)
    house.put(OWN, bridge=BRIDGE)
    house.cite(OWN, "any", TOLL, ref="r2")  # of another shelf
    house.put(HOUSE, keep=1, bridge=f"{BRIDGE}\n\nMore.\n")
    read = house.reading.open(Target(HOUSE, "bridge", version), [span], cited)
    assert (read.kept, read.cited, read.beside, read.gone) == (False, None, (), "")


def test_a_quote_of_another_article_of_the_answer_is_not_looked_for(house):
    version = house.library.store.version
    house.cite(HOUSE, version, TOLL)
    house.put(HOUSE, keep=1, mill=f"# Mill\n\n{TOLL}\n", bridge=BRIDGE)
    read = house.reading.open(Target(HOUSE, "mill", version), [], "r1.1")
    assert (read.cited, read.beside, read.gone) == (None, (), "")


def test_nothing_is_shown_of_an_article_that_was_taken_off_though_its_version_is_kept(house):
    version = house.library.store.version
    house.cite(HOUSE, version, TOLL)
    house.put(HOUSE, mill="# Mill\n\nThe mill is old.\n")
    assert version in house.shelves.publisher(HOUSE).ids()
    assert house.reading.open(Target(HOUSE, "bridge", version), [], "r1.1") is None
    assert house.reading.open(Target(HOUSE, "bridge", ""), []) is None


def test_nothing_is_shown_of_a_shelf_that_was_erased(house):
    version = house.put(OWN, bridge=BRIDGE)
    newer = house.put(OWN, bridge=f"{BRIDGE}\n\nMore.\n")
    target = Target(OWN, "bridge", version)
    assert house.reading.open(target, []).version == version
    house.shelves.erase(OWN)
    assert house.reading.open(target, []) is None
    assert house.reading.open(replace(target, version=newer), []) is None
    house.put(OWN, mill="# Mill\n\nThe mill is old.\n")
    assert house.reading.open(target, []) is None


@pytest.mark.parametrize(
    "name", ["", "..", "../home", "/etc", "discord-9", "Discord-1", "a" * 65, "x\0"]
)
def test_a_name_that_is_no_shelfs_opens_nothing(house, name):
    before = sorted(house.home.rglob("*"))
    assert house.reading.open(Target(name, "bridge", ""), []) is None
    assert sorted(house.home.rglob("*")) == before


@pytest.mark.parametrize(
    "version", ["..", "../versions", "20250816-120000-000001", "x\0", "/etc", "é"]
)
def test_a_version_that_there_never_was_gives_the_one_in_use(house, version):
    read = house.reading.open(Target(HOUSE, "bridge", version), [(0, 3)])
    assert (read.version, read.kept) == (house.library.store.version, False)
    assert (read.cited, read.beside) == (None, ())


def test_an_article_that_the_version_had_not_yet_is_shown_as_it_is_in_use(house):
    version = house.library.store.version
    used = house.put(HOUSE, ford="# Ford\n\nIt is shallow.\n", bridge=BRIDGE)
    read = house.reading.open(Target(HOUSE, "ford", version), [(0, 3)])
    assert (read.version, read.kept, read.cited) == (used, False, None)


def test_a_version_that_is_damaged_gives_the_one_in_use_and_the_log_says_why(house, caplog):
    version = house.library.store.version
    house.put(HOUSE, bridge=f"{BRIDGE}\n\nMore.\n")
    (house.home / "versions" / version / "text.utf8").write_bytes(b"another")
    read = house.reading.open(Target(HOUSE, "bridge", version), [(0, 3)])
    assert not read.kept
    assert version in caplog.text
    assert "text.utf8" in caplog.text


def test_a_few_versions_stay_open_and_each_is_opened_once(house, monkeypatch):
    texts = (f"{BRIDGE}\n\nNumber {number}.\n" for number in range(READ + 2))
    versions = [house.library.store.version, *(house.put(HOUSE, bridge=one) for one in texts)]
    found: list[str] = []
    whole = FolderPublisher.opened

    def noted(publisher: FolderPublisher, version: str):
        found.append(version)
        return whole(publisher, version)

    monkeypatch.setattr(FolderPublisher, "opened", noted)
    for version in (*versions[:READ], *versions[:READ]):
        assert house.reading.open(Target(HOUSE, "bridge", version), []).version == version
    assert found == versions[:READ]
    house.reading.open(Target(HOUSE, "bridge", versions[READ]), [])
    house.reading.open(Target(HOUSE, "bridge", versions[0]), [])
    assert found[READ:] == [versions[READ], versions[0]]
    assert len(house.shelves._read) == READ


def test_a_version_in_use_takes_none_of_those_places(house):
    house.reading.open(Target(HOUSE, "bridge", house.library.store.version), [])
    assert len(house.shelves._read) == 0
