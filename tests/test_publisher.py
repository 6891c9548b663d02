"""The indexer's joint: whatever engine keeps versions, building and going back are the same."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from summitqa.errors import CalledOffError, GateError, IndexMissingError, InputError, RejectedError
from summitqa.retrieval import Models
from summitqa.settings import HOUSE, Settings
from summitqa_index import versions
from summitqa_index.blobs import Blobs
from summitqa_index.build import Job, Report, build, preview
from summitqa_index.catalogue import Change, Entry
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.publisher import Publisher
from summitqa_index.putting import put, undo
from tests import fakes, sharing
from tests.fakes import CountingEncoder, FakeEncoder, write
from tests.memory_publisher import MemoryPublisher

BRIDGE = "The bridge is of oak.\n\nIt stood for ninety years."
TOWER = "The tower holds a silver bell."
CASE = {"question": "What is the bridge of?", "paragraphs": [1], "answer": "oak"}


@pytest.fixture(params=["memory", "folder", "shared"])
def publisher(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Publisher]:
    if request.param == "shared":
        url = request.getfixturevalue("postgres_databases")()
        with sharing.replica(tmp_path / "home", url) as mirror:
            yield SharedPublisher(mirror, HOUSE)
    else:
        folder = request.param == "folder"
        yield fakes.publisher(tmp_path / "home") if folder else MemoryPublisher(Blobs(tmp_path))


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return write(tmp_path / "shelf", {"bridge.txt": BRIDGE, "tower.txt": TOWER})


@pytest.fixture
def settings(tmp_path: Path, shelf: Path) -> Settings:
    (tmp_path / "home").mkdir(exist_ok=True)
    return Settings(home=tmp_path / "home", sources=(str(shelf),), keep_versions=2)


def built(publisher: Publisher, settings: Settings, **given) -> Report:
    return build(Job(publisher, settings, given.pop("encoder", FakeEncoder()), **given))


def best(publisher: Publisher, question: str) -> str:
    used = publisher.opened(publisher.used())
    return Models(FakeEncoder(), None).ask(used, question, None, 1).matches[0].citation.quote


def test_what_is_built_answers_and_what_has_not_changed_is_not_embedded_again(
    publisher, settings, shelf
):
    with pytest.raises(IndexMissingError):
        publisher.used()
    assert built(publisher, settings).changes.added == ("bridge", "tower")
    assert best(publisher, "What is the bridge of?") == "The bridge is of oak."
    write(shelf, {"tower.txt": "The tower holds a golden bell."})
    assert preview(publisher, settings).changes.changed == ("tower",)
    encoder = CountingEncoder()
    report = built(publisher, settings, encoder=encoder)
    assert encoder.texts == ["The tower holds a golden bell."]
    assert (report.index_version, report.reused, report.embedded) == (publisher.used(), 2, 1)
    assert best(publisher, "Which bell does the tower hold?") == "The tower holds a golden bell."
    assert not built(publisher, settings).switched


def test_a_rollback_holds_until_forced_and_old_versions_go(publisher, settings, shelf):
    first = built(publisher, settings).index_version
    write(shelf, {"tower.txt": "The tower holds a golden bell."})
    second = built(publisher, settings).index_version
    assert versions.rollback(publisher) == first
    assert best(publisher, "Which bell does the tower hold?") == TOWER
    with pytest.raises(RejectedError, match=second):
        built(publisher, settings)
    third = built(publisher, settings, force=True).index_version
    assert [(one.id, one.in_use) for one in versions.listed(publisher)] == [
        (third, True),
        (second, False),
    ]
    with pytest.raises(InputError, match="There is no version"):
        versions.rollback(publisher, first)
    assert versions.verify(publisher) == []


def test_what_loses_an_answer_is_kept_aside_and_can_be_switched_to_by_name(
    publisher, settings, shelf
):
    write(shelf, {"questions.jsonl": json.dumps(CASE)})
    first = built(publisher, settings).index_version
    write(shelf, {"bridge.txt": "The bridge is gone."})
    with pytest.raises(GateError) as caught:
        built(publisher, settings)
    assert publisher.used() == first
    assert publisher.ids() == [first]
    assert publisher.aside() == caught.value.version
    assert versions.rollback(publisher, caught.value.version) == publisher.used()
    assert publisher.aside() is None
    assert best(publisher, "What is the bridge?") == "The bridge is gone."


def test_of_a_shelf_that_is_erased_nothing_is_left(publisher, settings):
    built(publisher, settings)
    publisher.erase()
    assert (publisher.ids(), publisher.aside()) == ([], None)
    with pytest.raises(IndexMissingError):
        publisher.used()


@pytest.mark.parametrize("phase", ["embedding", "checking"])
def test_of_a_build_that_is_called_off_nothing_is_left(publisher, settings, shelf, phase):
    first = built(publisher, settings).index_version
    write(shelf, {"bridge.txt": "The bridge is gone."})

    def call_off(now) -> None:
        if now.phase == phase:
            raise CalledOffError

    with pytest.raises(CalledOffError):
        built(publisher, settings, tell=call_off)
    assert (publisher.ids(), publisher.aside(), publisher.used()) == ([first], None, first)


def test_what_is_put_from_chat_is_made_upon_what_is_there_and_undone(publisher, settings):
    def add(slug: str, text: str) -> Report:
        blob = publisher.blobs.put(text.encode())
        entry = Entry(slug=slug, name="a.txt", blob=blob, url=None, at=datetime.now(UTC), ref=slug)
        return put(Job(publisher, settings, FakeEncoder()), Change.adding(entry))

    first, second = add("bridge", BRIDGE), add("tower", TOWER)
    assert list(publisher.opened(publisher.used()).slugs) == ["bridge", "tower"]
    undo(publisher, second.index_version, second.before, "a test")
    assert publisher.used() == first.index_version
    undo(publisher, first.index_version, first.before, "a test")
    with pytest.raises(IndexMissingError):
        publisher.used()
    assert publisher.ids() == [second.index_version, first.index_version]
    assert add("tower", TOWER).changes.added == ("tower",)
