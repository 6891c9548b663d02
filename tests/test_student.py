"""The reader that is served: narrowed from its teacher, and brought nearer to it."""

import random

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from summitqa.reader import Shown
from training import student
from training.reader import Example, Reader

WIDE, NARROW = 32, 24
PAIRS = [
    (question, Shown("The handbook.", "", sentence))
    for question in ("When does it open?", "Who keeps the boats?", "Are dogs allowed?")
    for sentence in ("The door opens at nine.", "Boats are kept by the warden.", "No dogs.")
]


@pytest.fixture
def teacher(tokenizer: Tokenizer) -> Reader:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=WIDE,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.4,
    )
    return Reader(BertModel(config), torch.nn.Linear(24, 1), tokenizer)


def examples() -> list[Example]:
    shown = [shown for _, shown in PAIRS[:3]]
    return [
        Example(question, number + 1, shown, [right], [], [one for one in shown if one != right])
        for number, (question, right) in enumerate(
            zip([PAIRS[0][0], PAIRS[3][0], PAIRS[6][0]], shown, strict=True)
        )
    ]


def apart(reader: Reader, teacher: Reader) -> float:
    with torch.no_grad():
        return float((reader(PAIRS) - teacher(PAIRS)).square().mean())


def test_neurons_that_give_nothing_are_left_out_and_nothing_changes(
    teacher: Reader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(student, "WIDTH", NARROW)
    idle = {0: range(8), 1: range(20, 28)}
    with torch.no_grad():
        for number, layer in enumerate(teacher.model.encoder.layer):
            layer.output.dense.weight[:, list(idle[number])] = 0.0
    narrow = student.student_of(teacher, examples(), random.Random(0))
    for layer in narrow.model.encoder.layer:
        assert layer.intermediate.dense.weight.shape == (NARROW, 24)
        assert layer.output.dense.weight.shape == (24, NARROW)
    assert apart(narrow, teacher) < 1e-6
    assert teacher.model.encoder.layer[0].intermediate.dense.out_features == WIDE


def test_taught_by_layers_and_logits_it_comes_nearer_to_its_teacher(
    teacher: Reader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(student, "WIDTH", NARROW)
    monkeypatch.setattr(student, "_LABELS", 0.0)
    monkeypatch.setattr(student, "_FIRST", (30, 3e-3))
    monkeypatch.setattr(student, "_FURTHER", (30, 1e-3))
    monkeypatch.setattr(student, "BATCH", 1)
    narrow = student.student_of(teacher, examples(), random.Random(0))
    before = apart(narrow, teacher)
    words = narrow.model.embeddings.word_embeddings.weight.clone()
    student.distil(narrow, teacher, examples(), random.Random(0))
    assert apart(narrow, teacher) < before / 2
    assert torch.equal(narrow.model.embeddings.word_embeddings.weight, words)
