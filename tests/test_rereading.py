"""What stands on a shelf that is filled from chat is read again, mended and cleared away."""

import os
import time
from pathlib import Path

import pytest
from test_fetch import page
from test_pages import BODY, TEXT, server  # noqa: F401

from summitqa.errors import RejectedError
from summitqa.files import MANIFEST
from summitqa.library import VERSIONS
from summitqa_index.blobs import Blobs
from summitqa_index.catalogue import Change
from summitqa_index.sources import readings
from tests.fakes import CountingEncoder
from tests.putting import Shelf

BRIDGE, INN, MILL = (
    "The bridge was built of oak.",
    "The inn stands by the river.",
    "The mill is shut.",
)


@pytest.fixture
def full(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "home")
    shelf.add("bridge", BRIDGE)
    shelf.add("inn", INN)
    return shelf


def old(shelf: Shelf) -> None:
    """Let everything that is kept have been put two days ago."""
    then = time.time() - 2 * 86_400
    for path in (shelf.folder / "blobs").iterdir():
        os.utime(path, (then, then))


def test_what_was_undone_comes_again_where_an_admin_asks_and_never_by_itself(full, server):  # noqa: F811
    full.put(Change.adding(full.page("page", server.url("/a"))), allow_urls=True)
    server.answer = page(BODY % TEXT.replace(b"storm", b"flood"), ETag='"2"')
    report = full.reread(allow_urls=True)
    assert report.changes.changed == ("page",)
    full.undo(report)
    with pytest.raises(RejectedError):
        full.reread(allow_urls=True)
    report = full.add("mill", MILL)
    full.undo(report)
    full.add("mill", MILL)
    assert "mill" in full.slugs


def test_a_reread_takes_what_a_page_says_now_and_nothing_new_is_no_version(full, server):  # noqa: F811
    full.put(Change.adding(full.page("page", server.url("/a"))), allow_urls=True)
    assert not full.reread(allow_urls=True).switched
    asked = len(server.asked)
    full.add("mill", MILL, allow_urls=True)
    assert len(server.asked) == asked  # what is put beside it is no reason to fetch it
    server.answer = page(BODY % TEXT.replace(b"storm", b"flood"), ETag='"2"')
    assert full.reread(allow_urls=True).changes.changed == ("page",)


@pytest.mark.parametrize("lost", ["bytes", "page"])
def test_what_cannot_be_read_again_stays_as_it_was_and_is_told(full, server, lost):  # noqa: F811
    full.put(Change.adding(full.page("page", server.url("/a"))), allow_urls=True)
    before = full.texts
    if lost == "bytes":
        (full.folder / "blobs" / str(full.catalogue[0].blob)).write_bytes(b"damaged")
    report = full.reread(allow_urls=lost == "bytes")
    ((source, reason),) = [(one.source, one.reason) for one in report.skipped]
    assert source == ("bridge.md" if lost == "bytes" else full.catalogue[2].url)
    assert reason.endswith(". The text that was read before stays.")
    assert (report.switched, full.texts) == (False, before)


def test_a_version_that_is_damaged_is_made_anew_from_what_is_kept(full):
    (full.folder / VERSIONS / full.publisher.used() / "text.utf8").write_bytes(b"x")
    full.add("mill", MILL)
    assert full.texts == {"bridge": BRIDGE, "inn": INN, "mill": MILL}


def test_of_a_damaged_version_what_cannot_be_read_either_is_named_and_comes_back_later(full):
    (full.folder / VERSIONS / full.publisher.used() / "text.utf8").write_bytes(b"x")
    blob = full.folder / "blobs" / str(full.catalogue[0].blob)
    blob.rename(blob.with_suffix(".lost"))
    (skipped,) = full.add("mill", MILL).skipped
    assert (skipped.source, skipped.read) == ("bridge.md", False)
    assert (full.slugs, list(full.texts)) == (["bridge", "inn", "mill"], ["inn", "mill"])
    blob.with_suffix(".lost").rename(blob)
    assert full.reread().changes.added == ("bridge",)


def test_a_model_that_is_another_makes_the_vectors_anew(full):
    other = CountingEncoder()
    other.checksum = "another"
    assert full.reread(encoder=other).switched
    assert sorted(other.texts) == sorted([BRIDGE, INN])


def test_bytes_that_no_kept_version_names_go_after_a_day(full):
    kept = full.blobs()
    full.put(Change.replacing(full.catalogue, "inn", full.entry("x", MILL, ref="r")))
    draft = Blobs(full.folder).put(b"a draft")
    assert kept < full.blobs()
    old(full)
    Blobs(full.folder).put(b"a draft")
    full.rename("bridge", "Oak")
    assert kept < full.blobs()  # three versions are kept, one of them has the inn
    full.put(Change.renaming(full.catalogue, "bridge", "The oak", "q"), keep_versions=1)
    assert full.blobs() == {one.blob for one in full.catalogue} | {draft}
    full.reread(force=True)
    assert len(list((full.folder / readings.READINGS).iterdir())) == 2


def test_nothing_is_removed_while_it_is_not_known_what_an_older_version_was_made_from(full):
    full.remove("inn")
    manifest = full.folder / VERSIONS / full.publisher.ids()[1] / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:-9])
    old(full)
    before = full.blobs()
    full.rename("bridge", "Oak")
    assert full.blobs() == before


def test_a_page_that_was_removed_is_kept_no_longer_than_its_versions(full, server):  # noqa: F811
    full.put(Change.adding(full.page("page", server.url("/a"))), allow_urls=True)
    full.remove("page")
    assert len(list((full.folder / "fetched").iterdir())) == 1
    for title in "abc":
        full.rename("bridge", title)
    assert list((full.folder / "fetched").iterdir()) == []
