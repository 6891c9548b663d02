"""Arrays in a file: they come back as they were, and lie where they can be used in place."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from summitqa.folder.arrays import _LENGTHS, _LOCAL, load_arrays, write_arrays

KINDS = ("int8", "int32", "int64", "float32", "float64", "bool")


def packed(**arrays: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    write_arrays(file, arrays)
    return file.getvalue()


def begins(raw: bytes) -> list[int]:
    """Give where the numbers of each array begin."""
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        members = file.infolist()
    found = []
    for one in members:
        name, extra = _LENGTHS.unpack(raw[one.header_offset :][:_LOCAL])
        start = one.header_offset + _LOCAL + name + extra
        head = io.BytesIO(raw[start : start + one.file_size])
        np.lib.format.read_magic(head)
        np.lib.format.read_array_header_1_0(head)
        found.append(start + head.tell())
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (3, 5), (0, 4), (2, 3, 2)])
def test_arrays_come_back_as_they_were(kind, shape):
    given = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    read = load_arrays(packed(first=given, second=given))
    assert list(read) == ["first", "second"]
    for one in read.values():
        assert one.dtype == given.dtype and one.shape == shape
        assert np.array_equal(one, given)
        assert not one.flags.writeable or not one.size


def test_what_lies_in_columns_is_written_row_after_row():
    given = np.asfortranarray(np.arange(6).reshape(2, 3))
    assert np.array_equal(load_arrays(packed(one=given))["one"], given)


def test_an_array_of_many_pieces_comes_back_whole():
    given = np.random.default_rng(0).integers(-128, 128, 3 * (1 << 20) + 5, np.int8)
    assert np.array_equal(load_arrays(packed(one=given))["one"], given)


def test_numpy_reads_them_too():
    given = np.arange(5)
    with np.load(io.BytesIO(packed(one=given, two=given + 1))) as read:
        assert read["one"].tolist() == given.tolist()
        assert read["two"].tolist() == (given + 1).tolist()


def test_each_begins_at_a_multiple_of_64_bytes():
    arrays = {"n" * length: np.zeros(length, np.int8) for length in range(1, 130)}
    assert {one % 64 for one in begins(packed(**arrays))} == {0}


def test_so_do_those_too_large_for_a_plain_member(monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)  # 2 GB, but for the time it takes
    arrays = {f"n{size}": np.zeros(size, np.int8) for size in (1, *range(700, 1100), 3000)}
    raw = packed(**arrays)
    assert {one % 64 for one in begins(raw)} == {0}
    assert {one.size for one in load_arrays(raw).values()} == {1, *range(700, 1100), 3000}


def test_the_padding_says_what_it_is():
    with zipfile.ZipFile(io.BytesIO(packed(one=np.zeros(1)))) as file:
        extra = file.infolist()[0].extra
    assert extra[:2] == b"\x35\xd9"  # as Android's zipalign has it
    assert int.from_bytes(extra[2:4], "little") == len(extra) - 4


def test_what_lies_where_it_can_be_used_shares_its_memory():
    raw = packed(one=np.arange(100))
    read = load_arrays(raw)["one"]
    assert np.shares_memory(read, np.frombuffer(raw, np.uint8))


def test_what_numpy_wrote_is_read_wherever_it_lies():
    file = io.BytesIO()
    np.savez(file, odd=np.arange(3, dtype=np.int8), then=np.arange(9))
    read = load_arrays(file.getvalue())
    assert read["then"].tolist() == list(range(9)) and read["then"].flags.aligned


def saved(save: Any, **arrays: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def versioned(version: tuple[int, int]) -> bytes:
    file, inner = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array(inner, np.arange(3), version)
    with zipfile.ZipFile(file, "w") as into:
        into.writestr("one.npy", inner.getvalue())
    return file.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (saved(np.savez_compressed, one=np.zeros(9)), "not compressed"),
        (saved(np.savez, one=np.array([{}], object)), "numbers are stored, row after row"),
        (saved(np.savez, one=np.asfortranarray(np.ones((2, 2)))), "numbers are stored, row after"),
        (versioned((2, 0)), "another kind of array"),
    ],
)
def test_what_is_no_plain_array_is_refused(raw, said):
    with pytest.raises(ValueError, match=said):
        load_arrays(raw)


def test_a_row_in_columns_is_a_row():
    read = load_arrays(saved(np.savez, one=np.asfortranarray(np.arange(3))))
    assert read["one"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_what_is_cut_short_is_refused(cut):
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        load_arrays(packed(one=np.arange(50))[:-cut])
