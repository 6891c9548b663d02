"""Fewer dimensions: which directions are kept, and that a graph ends in them."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from tokenizers import Tokenizer

from summitqa.encoder import Floats, WindowedEncoder, unit
from summitqa_index.export.pinned import MINILM, source_of
from summitqa_index.export.reduction import DIMENSIONS, principal_directions, vocabulary_lines
from summitqa_index.export.sbert import load_fallback
from summitqa_index.models import load_encoder


def encoder_of(table: Floats, tokenizer: Tokenizer) -> WindowedEncoder:
    """Give an encoder whose vectors are those of a table, by token."""
    return WindowedEncoder(tokenizer, 256, "", lambda ids: table[ids[0]])


def test_the_lines_are_whole_words_and_the_same_in_any_order(tokenizer: Tokenizer):
    vocabulary = list(tokenizer.get_vocab())
    lines = vocabulary_lines(vocabulary)
    assert lines == vocabulary_lines(vocabulary[::-1])
    words = " ".join(lines).split()
    assert len(words) == len(set(words)) == 6000
    assert set(words) <= set(vocabulary)
    assert not any(word.startswith("##") for word in words)


def test_marks_of_other_tokenizers_are_no_part_of_a_word():
    assert vocabulary_lines(["Ġriver", "▁mountain", "<s>", "##ing", "!", "of"]) in (
        ["river mountain"],
        ["mountain river"],
    )


def test_what_varies_is_kept_and_what_does_not_is_dropped(tokenizer: Tokenizer):
    chance = np.random.default_rng(0)
    held = np.linalg.qr(chance.normal(size=(200, 100)))[0]
    table = (chance.normal(size=(31_000, 100)) @ held.T).astype(np.float32)
    lines = vocabulary_lines(list(tokenizer.get_vocab()))
    directions = principal_directions(encoder_of(table, tokenizer), lines)
    assert directions is not None
    assert directions.shape == (200, DIMENSIONS)
    np.testing.assert_allclose(directions.T @ directions, np.eye(DIMENSIONS), atol=2e-3)
    np.testing.assert_allclose(table[:99] @ directions @ directions.T, table[:99], atol=0.02)


@pytest.mark.parametrize(
    ("dimensions", "lines"), [(DIMENSIONS, 750), (64, 750), (200, 10), (200, 0)]
)
def test_few_dimensions_or_few_words_are_left_as_they_are(
    tokenizer: Tokenizer, dimensions: int, lines: int
):
    table = np.random.default_rng(0).normal(size=(31_000, dimensions)).astype(np.float32)
    given = vocabulary_lines(list(tokenizer.get_vocab()))[:lines]
    assert principal_directions(encoder_of(table, tokenizer), given) is None


def test_an_exported_model_serves_what_float32_gives_in_the_directions_of_its_graph(
    minilm: Path,
):
    encoder, exact = load_encoder(minilm, MINILM), load_fallback(source_of(MINILM))
    graph = onnx.load(next(minilm.glob("models/*/model.onnx"))).graph
    (kept,) = [one for one in graph.initializer if one.name == "directions"]
    text = "The planned working lunch was cancelled."
    served = unit(encoder.encode(text).vectors)
    wanted = unit(exact.encode(text).vectors @ onnx.numpy_helper.to_array(kept))
    assert np.sum(served * wanted, axis=1).min() > 0.97
