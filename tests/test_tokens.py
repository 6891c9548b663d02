"""Token vectors, in rows, and runs of them as if they were one."""

import numpy as np
import pytest

from summitqa.folder.tokens import Runs, Tokens

ROWS = np.arange(40, dtype=np.int8).reshape(10, 4)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(ROWS.tobytes(), 4)


def test_rows_are_sliced(tokens):
    assert len(tokens) == 10
    for a in range(11):
        for b in range(11):
            assert np.array_equal(tokens[a:b], ROWS[a:b])
            assert tokens[a:b].dtype == np.int8 and tokens[a:b].shape[1] == 4


class Slices:
    """Bytes that are read where they are needed."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def __len__(self) -> int:
        return len(self._raw)

    def __getitem__(self, span: slice) -> bytes:
        return self._raw[span]


def test_what_is_read_where_needed_is_sliced_too_and_what_is_held_is_not_copied(tokens):
    assert np.array_equal(Tokens(Slices(ROWS.tobytes()), 4)[2:5], ROWS[2:5])
    raw = ROWS.tobytes()
    assert np.shares_memory(Tokens(raw, 4)[2:5], np.frombuffer(raw, np.int8))


def test_a_row_that_is_cut_is_refused():
    with pytest.raises(ValueError, match="cut"):
        Tokens(ROWS.tobytes()[:-1], 4)


@pytest.mark.parametrize(
    ("starts", "ends"), [([0], [10]), ([2], [3]), ([1, 5], [3, 6]), ([0, 4, 9], [2, 7, 10])]
)
def test_runs_are_as_one(tokens, starts, ends):
    runs = Runs.of(tokens, np.asarray(starts), np.asarray(ends))
    whole = np.concatenate([ROWS[a:b] for a, b in zip(starts, ends, strict=True)])
    for a in range(len(whole) + 1):
        for b in range(len(whole) + 1):
            assert np.array_equal(runs[a:b], whole[a:b])
            assert runs[a:b].shape[1] == 4


def test_what_lies_in_one_run_is_not_copied(tokens):
    runs = Runs.of(tokens, np.asarray([0, 5]), np.asarray([4, 9]))
    assert not runs[5:7].flags.owndata
