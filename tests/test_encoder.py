"""Text to token vectors: windows over long texts, int8, and damage found before use."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, processors
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from summitqa.encoder import (
    LONGEST_BEFORE,
    Encoder,
    Floats,
    Ids,
    WindowedEncoder,
    load_onnx,
    windows,
)
from summitqa.errors import ModelError
from summitqa.model import ENCODER, Model
from summitqa_index.export.reduction import DIMENSIONS
from tests.faults.common import copied

CLS, SEP = 101, 102


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


class Seen:
    """A model that gives each token its place in what it was given, and remembers that."""

    def __init__(self) -> None:
        self.given: list[list[int]] = []

    def __call__(self, ids: Ids) -> Floats:
        self.given.append(ids[0].tolist())
        return np.arange(ids.shape[1], dtype=np.float32)[:, None]


def windowed(tokenizer: Tokenizer, most: int = 256) -> tuple[WindowedEncoder, Seen]:
    seen = Seen()
    return WindowedEncoder(tokenizer, most, "", seen), seen


def test_what_stands_before_a_text_is_read_with_it_and_is_no_part_of_it(tokenizer: Tokenizer):
    encoder, seen = windowed(tokenizer)
    alone, headed = (
        encoder.encode("Behind the hall."),
        encoder.encode("Behind the hall.", "Parking."),
    )
    behind, parking = alone.ids.tolist(), encoder.encode("Parking.").ids.tolist()
    assert seen.given[:2] == [[CLS, *behind, SEP], [CLS, *parking, SEP, *behind, SEP]]
    assert headed.ids.tolist() == behind
    assert headed.spans.tolist() == alone.spans.tolist()
    assert headed.vectors[:, 0].tolist() == list(range(4, 4 + len(behind)))


def test_of_much_before_a_text_the_beginning_is_read(tokenizer: Tokenizer):
    encoder, seen = windowed(tokenizer)
    encoder.encode("It is.", "the " * 300)
    the = tokenizer.encode("the", add_special_tokens=False).ids
    assert seen.given[0][1 : LONGEST_BEFORE + 2] == [*the * LONGEST_BEFORE, SEP]
    assert seen.given[0][LONGEST_BEFORE + 2 :] == [*encoder.encode("It is.").ids.tolist(), SEP]


def test_every_window_of_a_long_text_has_it_before(tokenizer: Tokenizer):
    encoder, seen = windowed(tokenizer)
    encoded = encoder.encode("The river runs to the sea. " * 150, "Rivers of the north.")
    assert len(seen.given) > 4
    assert {len(given) for given in seen.given} == {256}
    before = [CLS, *encoder.encode("Rivers of the north.").ids.tolist(), SEP]
    assert all(given[: len(before)] == before for given in seen.given[:-1])
    assert len(encoded.vectors) == len(encoded.ids) > 900
    assert encoded.vectors.min() >= len(before)


@pytest.mark.parametrize("most", [3, 4, 5, 8, 20])
def test_in_the_smallest_window_a_text_has_its_half(tokenizer: Tokenizer, most: int):
    encoder, seen = windowed(tokenizer, most)
    encoded = encoder.encode("one two three four five six seven", "Numbers. Small ones. " * 9)
    assert len(encoded.ids) == len(encoded.vectors) == 7
    assert all(len(given) <= most for given in seen.given)


# "<s>" is 0 and "</s>" is 1.
BETWEEN = {
    "as BERT": (processors.BertProcessing(("</s>", 1), ("<s>", 0)), [0, 2, 1, 3, 1]),
    "as RoBERTa": (processors.RobertaProcessing(("</s>", 1), ("<s>", 0)), [0, 2, 1, 1, 3, 1]),
    "for one text alone": (
        processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
        ),
        [0, 2, 1, 3, 1],
    ),
    "without special tokens": (None, [2, 3]),
}


@pytest.mark.parametrize("kind", BETWEEN)
def test_texts_are_set_apart_as_the_tokenizer_does_it(kind: str):
    template, expected = BETWEEN[kind]
    words = {"<s>": 0, "</s>": 1, "a": 2, "b": 3}
    tokenizer = Tokenizer(WordLevel(words, unk_token="<s>"))
    tokenizer.pre_tokenizer = Whitespace()
    if template is not None:
        tokenizer.post_processor = template
    encoder, seen = windowed(tokenizer)
    assert encoder.encode("b", "a").vectors[:, 0].tolist() == [expected.index(3)]
    assert seen.given == [expected]


def test_a_passage_is_encoded_as_one_that_stands_there(encoder: Encoder):
    where = "Where can I leave my car?"
    alone, headed = (encoder.encode("Behind the hall.", before) for before in ("", "Parking."))
    question = encoder.encode(where).vectors.mean(axis=0)
    assert headed.vectors.mean(axis=0) @ question > alone.vectors.mean(axis=0) @ question


def test_damaged_weights_are_not_loaded(tmp_path: Path, minilm: Path):
    source = next((minilm / "models").glob("*/"))
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
def test_every_file_of_a_model_is_held_to_what_was_sealed(
    tmp_path: Path, minilm: Path, name: str, damage: Any
):
    source = next((minilm / "models").glob("*/"))
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
