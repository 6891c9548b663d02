"""Sorted lines of text, found without being made strings."""

import numpy as np
import pytest

from summitqa.folder import lines as module
from summitqa.folder.lines import Lines

ENTRIES = ["", "a", "ab", "b", "zürich", "åland", "日本"]


def raw(text: bytes) -> np.ndarray:
    return np.frombuffer(text, np.uint8)


def test_each_is_found_at_its_place_and_nothing_else():
    lines = Lines.of(ENTRIES)
    assert list(lines) == ENTRIES and len(lines) == 7
    assert [lines.find(entry) for entry in ENTRIES] == list(range(7))
    assert [lines.find(one) for one in ("aa", "zz", "日", "\ud800")] == [None] * 4
    assert [one in lines for one in ("ab", "日本", "日", 7, None)] == [True, True, *[False] * 3]


def test_places_count_from_either_end_and_run():
    lines = Lines.of(ENTRIES)
    assert lines[-1] == "日本" and lines[0] == ""
    assert lines[1:4] == ["a", "ab", "b"] and lines[::-2] == ENTRIES[::-2]
    with pytest.raises(IndexError):
        lines[7]


def test_what_was_asked_before_is_said_again_however_much_was_asked():
    lines = Lines.of(f"{n:04}" for n in range(300))
    for _ in range(2):
        assert [lines.find(f"{n:04}") for n in range(300)] == list(range(300))
        assert {lines.find(f"x{n}") for n in range(300)} == {None}
    assert lines.find("0007") == 7 and lines.find("0007") == 7


def test_only_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(module, "_REMEMBERED", 3)
    lines = Lines.of(["a", "b"])
    sizes = []
    for word in "abcdefg":
        lines.find(word)
        sizes.append(len(lines._known))
    assert sizes == [1, 2, 3, 1, 2, 3, 1]


def test_those_that_begin_with_a_character():
    lines = Lines.of(ENTRIES)
    assert lines.beginning("a") == ["a", "ab"]
    assert lines.beginning("日") == ["日本"]
    assert lines.beginning("q") == lines.beginning("\ud7ff") == []


@pytest.mark.parametrize("wrong", [["b", "a"], ["a", "a"], ["a", "c", "b"], ["", ""]])
def test_what_is_not_ascending_is_refused(wrong):
    with pytest.raises(ValueError, match="ascending"):
        Lines.of(wrong)


@pytest.mark.parametrize("wrong", [b"a\xff", b"\xffa", b"a\xc3", b"\xe6\x97"])
def test_what_is_no_utf8_is_refused(wrong):
    with pytest.raises(UnicodeDecodeError):
        Lines(raw(wrong))


@pytest.mark.parametrize("wrong", [np.zeros(3, np.int8), np.zeros((2, 2), np.uint8)])
def test_what_is_no_row_of_bytes_is_refused(wrong):
    with pytest.raises(ValueError, match="as bytes"):
        Lines(wrong)


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 100])
def test_a_character_may_lie_across_the_pieces_that_are_looked_at(monkeypatch, piece):
    monkeypatch.setattr(module, "_AT_A_TIME", piece)
    assert list(Lines.of(ENTRIES)) == ENTRIES
    with pytest.raises(UnicodeDecodeError):
        Lines(raw("aaaaaaaaaaä".encode()[:-1]))


def test_none_at_all_is_one_that_is_empty():
    assert list(Lines(raw(b""))) == [""]
