"""Text to token vectors: windows over long texts, int8, and damage found before use."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from summitqa.encoder import Encoder, load_onnx, windows
from summitqa.errors import ModelError
from summitqa.model import ENCODER, Model
from summitqa.reduction import DIMENSIONS
from tests.faults.common import copied


@pytest.mark.parametrize("tokens", [0, 1, 9, 10, 11, 14, 15, 16, 99, 100])
@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_every_token_is_kept_once_from_a_window_that_holds_it(tokens: int, size: int):
    kept: list[int] = []
    for window in windows(tokens, size):
        assert window.end - window.start <= size
        assert window.start <= window.keep_start <= window.keep_end <= window.end
        kept += range(window.keep_start, window.keep_end)
    assert kept == list(range(tokens))


def test_no_token_inside_is_encoded_without_context_on_both_sides():
    for window in windows(1000, 100):
        assert window.start == 0 or window.keep_start - window.start >= 20
        assert window.end == 1000 or window.end - window.keep_end >= 20


def test_spans_are_those_of_the_source(encoder: Encoder):
    text = "Volodymyr Zelenskýy’s “very severe” plan — naïve?"
    encoded = encoder.encode(text)
    assert text[encoded.spans[0, 0] : encoded.spans[0, 1]] == "Vol"
    covered = {place for start, end in encoded.spans for place in range(start, end)}
    assert covered == {place for place, character in enumerate(text) if character != " "}
    assert encoded.vectors.shape == (len(encoded.ids), DIMENSIONS)


def test_typeset_and_plain_quotes_and_dashes_are_the_same_tokens(encoder: Encoder):
    plain = encoder.encode('He said "it\'s a no-deal" - twice')
    typeset = encoder.encode("He said “it’s a no‑deal” – twice")
    assert plain.ids.tolist() == typeset.ids.tolist()
    np.testing.assert_array_equal(plain.vectors, typeset.vectors)


def test_nothing_is_nothing(encoder: Encoder):
    assert len(encoder.encode("").ids) == 0


def test_a_long_text_is_encoded_to_its_end(encoder: Encoder):
    text = "The river runs to the sea. " * 150
    encoded = encoder.encode(text)
    assert len(encoded.ids) > 900
    assert len(encoded.vectors) == len(encoded.ids)
    assert encoded.spans[-1, 1] == len(text.rstrip())


def test_damaged_weights_are_not_loaded(tmp_path: Path, models: Path, encoder: Encoder):
    source = next((models / "models").iterdir())
    for name in ("model.onnx", "model.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    raw = bytearray((tmp_path / "model.onnx").read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "model.onnx").write_bytes(raw)
    with pytest.raises(ModelError, match="damaged"):
        load_onnx(tmp_path)


def swap_ids(raw: bytes) -> bytes:
    """Give two words of a tokenizer's vocabulary each other's number: sound JSON, other words."""
    return raw.replace(b'"the": 1996', b'"the": 2314').replace(b'"river": 2314', b'"river": 1996')


@pytest.mark.parametrize("name", ["model.onnx", "model.json", "tokenizer.json"])
@pytest.mark.parametrize("damage", [
    lambda raw: b"", lambda raw: raw[:-1], lambda raw: raw + b" ", lambda raw: None,
    lambda raw: raw.replace(b"1", b"2", 1), swap_ids,
], ids=["emptied", "cut", "extended", "removed", "changed", "ids swapped"])  # fmt: skip
def test_every_file_of_a_model_is_held_to_what_was_exported(
    tmp_path: Path, models: Path, name: str, damage: Any
):
    source = next((models / "models").iterdir())
    served = Model(ENCODER, "m", tmp_path)
    folder = copied(source, served.folder)
    assert served.damaged() == []
    raw = (folder / name).read_bytes()
    changed = damage(raw)
    if changed == raw:
        pytest.skip("holds no such thing")
    (folder / name).unlink() if changed is None else (folder / name).write_bytes(changed)
    with pytest.raises(
        ModelError, match=f"damaged: {name} .* delete that folder and it is"
    ) as caught:
        load_onnx(folder)
    assert "\n" not in str(caught.value)
    assert served.damaged() == [f"models/{folder.name}/{name}"]
