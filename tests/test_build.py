"""Building: only what changed is embedded, and whatever happens the version in use stays."""

import errno
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from summitqa.errors import (
    CalledOffError,
    DiskFullError,
    IndexDamagedError,
    InputError,
    SourceError,
)
from summitqa.files import MANIFEST
from summitqa.folder import nearest
from summitqa.folder.store import TABLES, Store
from summitqa.library import VERSIONS, current_version
from summitqa_index.build import Progress
from summitqa_index.versions import has_index
from tests.fakes import CountingEncoder, FakeEncoder, index, library, publisher, write

BRIDGE = "The first bridge was a log.\n\nIt floated away in spring.\n\nNobody minded at all.\n"
TOWER = "The tower has ninety steps.\n\nA bell hangs at the top.\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return write(tmp_path / "shelf", {"bridge.txt": BRIDGE, "tower.md": TOWER})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def leftovers(home: Path) -> list[str]:
    """Name what a build may not leave behind."""
    return [
        path.name
        for path in [*home.iterdir(), *(home / VERSIONS).iterdir()]
        if path.name.startswith(".") or path.name == "index.holder"
    ]


def test_the_first_build_embeds_every_passage_and_the_next_only_what_changed(shelf, home):
    first, second = CountingEncoder(), CountingEncoder()
    report = index(home, shelf, encoder=first)
    assert (report.changes.added, report.embedded, report.reused) == (("bridge", "tower"), 5, 0)
    assert len(first.texts) == 5
    write(shelf, {"bridge.txt": BRIDGE.replace("spring", "autumn")})
    report = index(home, shelf, encoder=second)
    assert second.texts == ["It floated away in autumn."]
    assert (report.changes.changed, report.changes.unchanged) == (("bridge",), ("tower",))
    assert (report.embedded, report.reused) == (1, 4)


HEADED = "# The mill\n\nIt grinds.\n\n## Opening\n\nAt nine.\n\n## Prices\n\nTwo euros.\n"


def test_a_passage_whose_heading_is_another_is_embedded_anew_and_no_other(home, tmp_path):
    shelf = write(tmp_path / "s", {"mill.md": HEADED, "other.md": "# Other\n\nIt grinds.\n"})
    index(home, shelf)
    for renamed, texts in (
        ({"## Prices": "## What it costs"}, ["Two euros."]),
        ({"# The mill": "# The old mill"}, ["At nine.", "It grinds.", "Two euros."]),
    ):
        (before, after), *_ = renamed.items()
        source = (shelf / "mill.md").read_text().replace(f"{before}\n", f"{after}\n")
        write(shelf, {"mill.md": source})
        encoder = CountingEncoder()
        assert index(home, shelf, encoder=encoder).changes.changed == ("mill",)
        assert sorted(encoder.texts) == texts


def test_a_passage_is_embedded_under_its_title_and_headings(home, tmp_path):
    encoder = CountingEncoder()
    index(home, write(tmp_path / "s", {"mill.md": HEADED}), encoder=encoder)
    assert sorted(encoder.before) == ["The mill.", "The mill. Opening.", "The mill. Prices."]
    assert library(home).ask("When does it open at nine?").matches[0].citation.quote == "At nine."


def test_a_shelf_too_large_to_compare_every_sentence_reuses_and_answers_the_same(
    shelf, home, monkeypatch
):
    monkeypatch.setattr(nearest, "FLAT_UP_TO", 2)
    monkeypatch.setattr(nearest, "LISTS", 2)
    index(home, shelf)
    write(shelf, {"bridge.txt": BRIDGE.replace("spring", "autumn")})
    report = index(home, shelf)
    assert (report.embedded, report.reused) == (1, 4)
    opened = library(home)
    assert opened.store.vectors.nlist == 2
    answer = opened.ask("How many steps has the tower?")
    assert answer.matches[0].citation.quote == "The tower has ninety steps."


def test_reused_vectors_are_those_that_embedding_anew_would_give(shelf, home, tmp_path):
    index(home, shelf)
    write(shelf, {"bridge.txt": BRIDGE + "\nThen came the flood of May.\n"})
    index(home, shelf)
    index(tmp_path / "fresh", shelf)
    again, fresh = library(home).store, library(tmp_path / "fresh").store
    assert again.tokens[:].tobytes() == fresh.tokens[:].tobytes()
    assert again.tables.scales.tobytes() == fresh.tables.scales.tobytes()
    assert again.tables.sentences.tolist() == fresh.tables.sentences.tolist()


def test_another_model_reuses_nothing(shelf, home):
    index(home, shelf)
    other = CountingEncoder()
    other.checksum = "another"
    report = index(home, shelf, encoder=other)
    assert (report.reused, report.embedded, len(other.texts)) == (0, 5, 5)
    assert report.switched


def test_articles_that_come_and_go_are_counted(shelf, home):
    index(home, shelf)
    (shelf / "tower.md").unlink()
    write(shelf, {"well.txt": "The well is dry. It was deep."})
    counts = index(home, shelf).to_json()
    names = ("added", "changed", "removed", "unchanged", "reused")
    assert [counts[name] for name in names] == [1, 0, 1, 1, 3]


def test_where_nothing_changed_the_version_in_use_stays_unless_forced(shelf, home):
    before = index(home, shelf).index_version
    encoder = CountingEncoder()
    report = index(home, shelf, encoder=encoder)
    assert (report.index_version, report.switched, report.reused) == (before, False, 5)
    assert encoder.texts == []
    assert [folder.name for folder in (home / VERSIONS).iterdir()] == [before]
    forced = index(home, shelf, encoder=encoder, force=True)
    assert forced.switched
    assert forced.index_version > before
    assert encoder.texts == []


def test_without_sources_those_of_the_version_in_use_are_read_again(shelf, home):
    index(home, shelf)
    write(shelf, {"well.txt": "The well is dry."})
    assert index(home).changes.added == ("well",)


def test_a_damaged_index_never_makes_the_shelf_another(shelf, home):
    index(home, shelf)
    folder = library(home).store.folder
    (folder / TABLES).write_bytes(b"")
    assert index(home).changes.added == ("bridge", "tower")  # not the bundled article
    for manifest in home.glob(f"{VERSIONS}/*/{MANIFEST}"):
        manifest.write_bytes(b"{}")
    with pytest.raises(InputError, match="name them"):
        index(home)


def test_the_two_of_one_name_get_two_slugs_that_stay(home, tmp_path):
    shelf = write(tmp_path / "two", {"a/notes.txt": "One is here.", "b/notes.txt": "Two is here."})
    assert index(home, shelf).changes.added == ("notes", "notes-2")
    assert index(home, shelf).changes.unchanged == ("notes", "notes-2")


def test_progress_tells_phase_and_count_up_to_the_end(shelf, home):
    told: list[Progress] = []
    index(home, shelf, tell=told.append)
    assert [now.phase for now in told] == sorted(
        (now.phase for now in told), key=["reading", "embedding", "checking"].index
    )
    last = {now.phase: (now.done, now.total) for now in told}
    assert last == {"reading": (2, 2), "embedding": (5, 5), "checking": (1, 1)}


@pytest.mark.parametrize("phase", ["reading", "embedding", "checking"])
def test_cancelling_at_any_point_leaves_nothing_behind(shelf, home, phase):
    before = index(home, shelf).index_version
    write(shelf, {"bridge.txt": BRIDGE.replace("spring", "autumn")})
    cancelled = threading.Event()

    def tell(now: Progress) -> None:
        if now.phase == phase:
            cancelled.set()

    with pytest.raises(CalledOffError):
        index(home, shelf, tell=tell, cancelled=cancelled)
        raise AssertionError(phase)
    assert current_version(home) == before
    assert leftovers(home) == []
    assert len(list((home / VERSIONS).iterdir())) == 1


def test_a_source_that_cannot_be_read_leaves_the_index_alone(shelf, home):
    before = index(home, shelf).index_version
    with pytest.raises(SourceError):
        index(home, shelf, shelf / "none.txt")
    assert current_version(home) == before
    assert leftovers(home) == []


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "place", ["summitqa_index.folder.writer.write_durably", "summitqa.files.os.fsync", "summitqa_index.folder.layout.point",
              "summitqa_index.folder.layout.sync_folder", "summitqa_index.build.read_sources"],
)  # fmt: skip
def test_a_disk_that_is_full_at_any_point_is_said_with_the_need(shelf, home, monkeypatch, place):
    before = index(home, shelf).index_version
    write(shelf, {"well.txt": "The well is dry."})
    with monkeypatch.context() as patch:
        patch.setattr(place, full)
        with pytest.raises(DiskFullError, match=r"needs .* of disk space .* MB is free"):
            index(home, shelf)
    assert current_version(home) == before
    assert leftovers(home) == []
    assert len(list((home / VERSIONS).iterdir())) == 1
    assert library(home).ask("Where does the bell hang?").matches


def test_too_little_space_is_known_before_anything_is_embedded(shelf, home, monkeypatch):
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000)
    monkeypatch.setattr("summitqa_index.folder.space.shutil.disk_usage", lambda _: usage)
    encoder = CountingEncoder()
    with pytest.raises(DiskFullError, match=r"needs about 1\.0 MB .* but 0\.0 MB is free"):
        index(home, shelf, encoder=encoder)
    assert encoder.texts == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_may_not_be_written_is_named(shelf, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="SUMMITQA_HOME"):
        index(tmp_path / "home", shelf)


def test_a_home_that_is_a_file_is_named(shelf, tmp_path):
    write(tmp_path, {"home": "not a folder"})
    with pytest.raises(InputError, match="SUMMITQA_HOME"):
        index(tmp_path / "home", shelf)


def test_a_sentence_the_model_knows_no_token_of_can_be_stored_and_searched(home, tmp_path):
    class Deaf(FakeEncoder):
        """Hears the first two words of a text alone."""

        def encode(self, text, before=""):
            whole = super().encode(text, before)
            return type(whole)(whole.ids[:2], whole.spans[:2], whole.vectors[:2])

    shelf = write(tmp_path / "s", {"a.txt": "Short it is. Long it was. Then nothing.\n\nThe end."})
    index(home, shelf, encoder=Deaf())
    store = library(home).store
    assert (store.tables.sentences[1:] > store.tables.sentences[:-1]).all()
    assert library(home).ask("Was it long then?").matches


def test_a_thousand_articles_with_one_changed_are_rebuilt_in_seconds(home, tmp_path):
    shelf = write(
        tmp_path / "many",
        {f"a{n}.txt": f"Article {n} begins.\n\nIt says {n * 7}.\n\nIt ends." for n in range(1000)},
    )
    index(home, shelf)
    write(shelf, {"a500.txt": "Article 500 begins.\n\nIt says nothing.\n\nIt ends."})
    encoder = CountingEncoder()
    report = index(home, shelf, encoder=encoder)
    assert encoder.texts == ["It says nothing."]
    assert report.seconds < 10


def test_the_manifest_says_what_was_meant_to_be_written(shelf, home, monkeypatch):
    """A disk that writes something else is found out before the switch."""
    real = Store.open

    def spoil(folder: Path, version: str) -> Store:
        if folder.name.startswith("."):
            file = folder / "text.utf8"
            file.write_bytes(file.read_bytes().replace(b"log", b"dog"))
        return real(folder, version)

    monkeypatch.setattr(Store, "open", spoil)
    with pytest.raises(IndexDamagedError, match=r"text\.utf8"):
        index(home, shelf)
    assert not has_index(publisher(home))
    assert leftovers(home) == []


def test_the_report_keeps_its_contract(shelf, home):
    write(shelf, {"image.png": b"\x89PNG"})
    found = json.loads(json.dumps(index(home, shelf).to_json()))
    assert set(found) >= {
        "index_version", "added", "changed", "removed", "unchanged", "reused", "skipped", "seconds",
    }  # fmt: skip
    assert set(found["skipped"][0]) == {"source", "reason"}
