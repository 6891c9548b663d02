"""``summitqa check``: a reader proves that a quote was not altered, offline."""

import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from test_cited_text import BRIDGE, OWN, TOLL, House
from test_receipts import SOURCED, sha

from summitqa.settings import HOUSE
from summitqa_bot.receipts import Receipt
from tests.command import ran

MILL = "# Mill\n\nThe mill is old.\n"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def house(tmp_path: Path):
    made = House(tmp_path / "home")
    made.put(HOUSE, mill=MILL, bridge=SOURCED)
    yield made
    made.state.close()


@pytest.fixture
def receipt(house) -> Receipt:
    house.cite(HOUSE, house.library.store.version, TOLL)
    return house.reading.receipt("r1")


@pytest.fixture
def check(house, tmp_path: Path, capsys, monkeypatch) -> Run:
    """Run the command on a receipt, some of its fields altered; give its exit code and words."""
    monkeypatch.setenv("SUMMITQA_HOME", str(house.home))
    monkeypatch.chdir(tmp_path)

    def run(receipt: Receipt | bytes, *, piped: bool = False, **other: Any) -> tuple[int, str]:
        raw = receipt
        if isinstance(receipt, Receipt):
            raw = json.dumps({**receipt.to_json(), **other}).encode()
        (tmp_path / "receipt.json").write_bytes(raw)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        return command("-" if piped else "receipt.json")

    def command(name: str) -> tuple[int, str]:
        code, out, err = ran(monkeypatch, capsys, "check", name)
        return code, out + err

    run.command = command
    return run


@pytest.mark.parametrize("piped", [False, True])
def test_an_untouched_receipt_is_whole(check, receipt, piped):
    code, said = check(receipt, piped=piped)
    assert code == 0
    assert said == (
        f"Whole: version {receipt.version} of the article “Bridge” says this in ¶2, byte for byte.\n"
    )


def test_it_is_whole_as_long_as_its_version_is_kept_whatever_has_changed(check, receipt, house):
    house.put(HOUSE, mill=MILL)
    assert check(receipt)[0] == 0


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"text": TOLL.replace("two", "ten")}, "text"),
        ({"text": "Free.", "sha256": sha("Free.")}, "text, sha256"),
        ({"sha256": sha("another")}, "sha256"),
        ({"title": "\x1b[31mAnother"}, "title"),
        ({"article": "mill"}, "article"),
        ({"article": "nope"}, "article"),
        ({"paragraph": 7}, "paragraph"),
        ({"start": 0}, "start"),
        ({"end": 999}, "end"),
        ({"article_sha256": "0" * 64}, "article_sha256"),
        ({"article_sha256": None}, "article_sha256"),
        ({"url": "https://evil.example/"}, "url"),
        ({"cited_at": "2020-01-01T00:00:00Z"}, "cited_at"),
    ],
)
def test_which_field_was_altered_is_told(check, receipt, other, named):
    code, said = check(receipt, **other)
    assert code == 1
    assert said.startswith(f"Altered: {named}. ")
    assert "\x1b" not in said


def test_of_a_time_that_no_store_holds_is_said_why_it_cannot_be(check, receipt):
    """Whatever stands in the store is told of the other fields alone."""
    otherwise = f"The store has {{}} otherwise in version {receipt.version}."
    future = "cited_at lies in the future, by the clock of this machine."
    before = f"cited_at lies before version {receipt.version} was made."
    assert check(receipt, cited_at="2999-01-01T00:00:00Z")[1] == f"Altered: cited_at. {future}\n"
    assert check(receipt, cited_at="2020-01-01T00:00:00Z")[1] == f"Altered: cited_at. {before}\n"
    assert check(receipt, title="B", sha256="0" * 64, cited_at="2999-01-01T00:00:00Z")[1] == (
        f"Altered: title, sha256, cited_at. {otherwise.format('title, sha256')} {future}\n"
    )
    assert otherwise.format("title") in check(receipt, title="B")[1]
    assert "cited_at" not in check(receipt, title="B")[1]


def test_another_version_written_into_it_is_told(check, receipt, house):
    later = house.put(HOUSE, mill=MILL, bridge=SOURCED.replace("two", "nine"))
    code, said = check(receipt, version=later)
    assert (code, said.split(". ")[0]) == (1, "Altered: version")


def test_another_shelf_written_into_it_is_told(check, receipt, house):
    house.put(OWN, bridge=BRIDGE)
    code, said = check(receipt, shelf=OWN)
    assert (code, said.split(". ")[0]) == (1, "Altered: shelf")
    code, said = check(receipt, shelf="discord-9")
    assert code == 1
    assert "discord-9" in said
    assert not (house.home / "shelves" / "discord-9").exists()


def test_a_version_that_is_kept_no_longer_is_said_and_whether_the_sentence_stands(
    check, receipt, house
):
    house.put(HOUSE, keep=1, bridge=f"# Bridge\n\nA ford.\n\n{BRIDGE[10:]}")
    code, said = check(receipt)
    assert code == 1
    assert said.startswith(f"Version {receipt.version} is no longer kept")
    assert "stands word for word in the text in use, in ¶3." in said
    house.put(HOUSE, keep=1, bridge=BRIDGE.replace("two", "nine"))
    assert "does not stand in the text in use" in check(receipt)[1]
    house.put(HOUSE, keep=1, mill=MILL)
    assert "not on the shelf any more" in check(receipt)[1]


def test_without_its_version_text_and_hash_must_still_belong_together(check, receipt, house):
    house.put(HOUSE, keep=1, bridge=BRIDGE)
    code, said = check(receipt, text=TOLL.replace("two", "ten"))
    assert (code, said) == (1, "Altered: text and sha256 do not belong together.\n")


def test_what_is_no_receipt_ends_with_2_and_says_so(check, receipt, tmp_path):
    for raw in (b"", b"<html>", b"{}", b"[]"):
        for piped in (False, True):
            code, said = check(raw, piped=piped)
            assert (code, "no receipt" in said) == (2, True)
    code, said = check(receipt, sha256="x")
    assert (code, "sha256" in said) == (2, True)
    os.mkfifo(tmp_path / "fifo")
    for name in ("nope.json", ".", "fifo", "a\0b"):
        code, said = check.command(name)
        assert (code, "cannot be read" in said) == (2, True)


def test_it_needs_no_database_and_no_model(check, receipt, house):
    (house.home / "state.db").unlink()
    shutil.rmtree(house.home / "models", ignore_errors=True)
    assert check(receipt)[0] == 0
    assert not (house.home / "state.db").exists()


def test_a_damaged_store_is_no_word_against_a_receipt(check, receipt, house):
    (house.home / "versions" / receipt.version / "text.utf8").write_bytes(b"another")
    code, said = check(receipt)
    assert code == 4
    assert "damaged" in said
