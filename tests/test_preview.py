"""A dry run: it tells what a build would change, and writes nothing."""

from pathlib import Path

import pytest

from summitqa.library import VERSIONS, current_version
from summitqa_index.folder.lock import builder_lock
from summitqa_index.versions import has_index
from tests.fakes import index, publisher, write

BRIDGE = "The first bridge was a log.\n\nIt floated away in spring.\n"
TOWER = "The tower has ninety steps.\n\nA bell hangs at the top.\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return write(tmp_path / "shelf", {"bridge.txt": BRIDGE, "tower.md": TOWER})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def tree(folder: Path) -> dict[Path, bytes | None]:
    """Give all that lies below a folder, files with what they hold."""
    return {
        path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))
    }


def test_it_tells_all_and_switches_nothing(shelf, home):
    before = index(home, shelf).index_version
    (shelf / "tower.md").unlink()
    write(shelf, {"bridge.txt": BRIDGE.replace("spring", "autumn"), "well.txt": "It is dry."})
    report = index(home, shelf, dry_run=True)
    assert (report.index_version, report.switched) == (None, False)
    assert current_version(home) == before
    assert len(list((home / VERSIONS).iterdir())) == 1
    found = {(change.article, change.old, change.new) for change in report.changes.passages}
    assert found == {
        ("bridge", "It floated away in spring.", "It floated away in autumn."),
        ("well", None, "It is dry."),
        ("tower", "The tower has ninety steps.", None),
        ("tower", "A bell hangs at the top.", None),
    }
    assert {"article": "well", "old": None, "new": "It is dry."} in report.to_json()["passages"]


def test_before_there_is_an_index_it_makes_none(shelf, home):
    assert index(home, shelf, dry_run=True).changes.added == ("bridge", "tower")
    assert not has_index(publisher(home))


def test_it_leaves_the_disk_as_it_was(shelf, home, tmp_path):
    for _ in ("no home yet", "a home with an index"):
        write(shelf, {"well.txt": "The well is dry."})
        before = tree(tmp_path)
        assert "well" in index(home, shelf, dry_run=True).changes.added
        assert tree(tmp_path) == before
        (shelf / "well.txt").unlink()
        index(home, shelf)


def test_it_does_not_wait_for_who_builds(shelf, home):
    index(home, shelf)
    with builder_lock(home, "somebody"):
        before = tree(home)
        assert index(home, shelf, dry_run=True).changes.unchanged == ("bridge", "tower")
        assert tree(home) == before
