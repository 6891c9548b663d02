"""The reader: how a pair becomes tokens, what it scores, and which one is loaded."""

import contextlib
import io
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, processors
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
)

from summitqa import reader
from summitqa.errors import ModelError
from summitqa.reader import OnnxReader, Pairs, Shown
from summitqa_index import models
from summitqa_index.export import child
from summitqa_index.export.graph import write_reader
from summitqa_index.export.pinned import MINILM, source_of
from summitqa_index.models import load_reader

SHAPE = {"vocab_size": 30522, "num_labels": 1}
QUESTION = "Who built the bridge?"
BRIDGE = Shown("The bridge.", "It is old.", "Two brothers built it.")
TOLL = Shown("The toll.", "", "A cart pays two shillings.")


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(source_of(MINILM))


def bert() -> BertForSequenceClassification:
    torch.manual_seed(0)
    shape = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(intermediate_size=128, initializer_range=0.3, **SHAPE, **shape)
    return BertForSequenceClassification(config).eval()


def distilbert() -> DistilBertForSequenceClassification:
    """A transformer that knows no types."""
    config = DistilBertConfig(dim=64, n_layers=1, n_heads=2, hidden_dim=64, **SHAPE)
    return DistilBertForSequenceClassification(config).eval()


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    """A small reader, its weights drawn at random."""
    place = tmp_path_factory.mktemp("reader")
    words = Tokenizer.from_file(str(folder / "tokenizer.json"))
    write_reader(bert(), words, {"model": "tiny", "scale": 2.0, "shift": -1.0}, place)
    return place


@pytest.fixture(scope="module")
def tiny(sealed: Path) -> OnnxReader:
    return reader.load_onnx(sealed)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a child process exports be exported here: starting torch takes long."""

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        said = io.StringIO()
        monkeypatch.setattr(sys, "argv", command[2:])
        with contextlib.redirect_stderr(said):
            code = child.main()
        logging.disable(logging.NOTSET)
        return subprocess.CompletedProcess(command, code, "", said.getvalue())

    monkeypatch.setattr(models.subprocess, "run", run)


def text_of(tokenizer: Tokenizer, ids: list[int]) -> str:
    return str(tokenizer.decode(ids, skip_special_tokens=False))


def test_the_sentence_stands_after_its_context_and_what_leads_to_it(tokenizer: Tokenizer):
    ids, types = Pairs(tokenizer).put(QUESTION, BRIDGE)
    assert text_of(tokenizer, ids) == (
        "[CLS] who built the bridge? [SEP] the bridge. it is old. two brothers built it. [SEP]"
    )
    second = types.index(1)
    assert text_of(tokenizer, ids[:second]) == "[CLS] who built the bridge? [SEP]"
    assert types == [0] * second + [1] * (len(ids) - second)


def test_of_what_is_too_long_the_beginning_is_read_and_of_a_lead_the_end(tokenizer: Tokenizer):
    def many(word: str, last: str) -> str:
        return f"{word} " * 200 + last

    given = Shown(many("river", "sea"), many("sea", "bridge"), many("cart", "sea"))
    ids, _ = Pairs(tokenizer).put(many("toll", "sea"), given)
    words = text_of(tokenizer, ids).split()
    assert words == [
        *("[CLS]", *["toll"] * reader.LONGEST_QUESTION, "[SEP]"),
        *["river"] * reader.LONGEST_CONTEXT,
        *["sea"] * (reader.LONGEST_LEAD - 1),
        *("bridge", *["cart"] * reader.LONGEST_SENTENCE, "[SEP]"),
    ]


def test_another_tokenizers_frame_is_kept(tokenizer: Tokenizer):
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] [SEP] $B [SEP]",  # as RoBERTa has it: all of one type
        special_tokens=[("[CLS]", 101), ("[SEP]", 102)],
    )
    ids, types = Pairs(tokenizer).put("Why?", TOLL)
    assert text_of(tokenizer, ids) == (
        "[CLS] why? [SEP] [SEP] the toll. a cart pays two shillings. [SEP]"
    )
    assert set(types) == {0}


def test_typeset_quotes_are_read_as_typed_ones(tokenizer: Tokenizer):
    pairs = Pairs(tokenizer)
    typed = pairs.put("What is 'tare'?", Shown("", "", 'It is a "weight" - no more.'))
    assert pairs.put("What is ‘tare’?", Shown("", "", "It is a “weight” – no more.")) == typed


def exact(pair: tuple[list[int], list[int]]) -> float:
    ids, types = (torch.tensor([part]) for part in pair)
    with torch.inference_mode():
        found = bert()(input_ids=ids, attention_mask=torch.ones_like(ids), token_type_ids=types)
    return float(found.logits) * 2.0 - 1.0


def test_what_is_served_is_what_torch_gives_scaled_and_shifted(
    tiny: OnnxReader, tokenizer: Tokenizer
):
    pairs = Pairs(tokenizer)
    served = tiny.read(QUESTION, [BRIDGE, TOLL])
    wanted = [exact(pairs.put(QUESTION, one)) for one in (BRIDGE, TOLL)]
    assert abs(wanted[0] - wanted[1]) > 3
    np.testing.assert_allclose(served, wanted, atol=0.6)  # int8


def test_a_sentence_scores_the_same_whatever_stands_beside_it(tiny: OnnxReader):
    long = Shown("The bridge.", "", "It was built of oak and stone. " * 20)
    together = tiny.read(QUESTION, [BRIDGE, long, TOLL])
    alone = [tiny.read(QUESTION, [one])[0] for one in (BRIDGE, long, TOLL)]
    assert together.tolist() == alone
    assert together.dtype == np.float32


@pytest.mark.parametrize("logit", [np.inf, -np.inf, 3e38])
def test_no_logit_is_too_large_for_a_probability(tiny: OnnxReader, monkeypatch, logit: float):
    monkeypatch.setattr(OnnxReader, "_logit", lambda *_: logit)
    (odds,) = tiny.read(QUESTION, [TOLL])
    assert 0 < 1 / (1 + np.exp(-odds, dtype=np.float64)) < 1


def test_of_no_sentence_nothing_is_said(tiny: OnnxReader):
    assert tiny.read(QUESTION, []).shape == (0,)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "model.json"])
def test_a_damaged_file_is_named_in_one_sentence(sealed: Path, tmp_path: Path, name: str):
    for path in sealed.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    raw = bytearray((tmp_path / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ModelError, match=f"damaged: {name} is not what") as caught:
        reader.load_onnx(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [bert, distilbert])
def test_another_cross_encoder_is_exported_once_and_served(
    inline: None, tmp_path: Path, folder: Path, make: Callable[[], Any]
):
    own = tmp_path / "own"
    for part in (make(), AutoTokenizer.from_pretrained(folder)):
        part.save_pretrained(own)
    found = load_reader(tmp_path / "home", str(own))
    assert found is not None
    (exported,) = (tmp_path / "home").glob("models/own-*/model.onnx")
    before = exported.stat()
    again = load_reader(tmp_path / "home", str(own))
    assert again is not None
    assert exported.stat() == before
    assert again.checksum == found.checksum
    assert found.read(QUESTION, [BRIDGE]).shape == (1,)
    if make is bert:
        pairs = Pairs(Tokenizer.from_file(str(folder / "tokenizer.json")))
        wanted = (exact(pairs.put(QUESTION, BRIDGE)) + 1) / 2  # neither scaled nor shifted
        np.testing.assert_allclose(found.read(QUESTION, [BRIDGE]), [wanted], atol=0.3)


def test_off_is_no_reader(tmp_path: Path):
    assert load_reader(tmp_path, "off") is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "reason"),
    [("no such reader", "cannot load"), (MINILM, "no cross-encoder of one logit")],
)
def test_what_is_no_cross_encoder_is_refused_in_one_sentence(
    inline: None, tmp_path: Path, name: str, reason: str
):
    with pytest.raises(ModelError) as caught:
        load_reader(tmp_path, name)
    expected = "but expects summitqa-reader, off, or a cross-encoder's name or path"
    assert f"SUMMITQA_READER is {name!r}, {expected}: " in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("models/*/model.json"))
