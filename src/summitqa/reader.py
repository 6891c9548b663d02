"""The reader: how likely a sentence, shown where it stands, answers a question.

A cross-encoder reads question and sentence together. Here they are put together as tokens, for
training and for serving alike; nothing here imports torch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from tokenizers import Tokenizer

from summitqa.encoder import Floats, plain
from summitqa.sealed import EXPORT_ANEW, Sealed, opened

# Tokens: of a longer question, context or sentence the beginning is read, of a longer lead the end.
LONGEST_QUESTION, LONGEST_CONTEXT, LONGEST_LEAD, LONGEST_SENTENCE = 48, 20, 32, 96
# Log-odds beyond it say no more than "surely", and would make no probability any longer.
_MOST = np.float32(30)


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence as the reader sees it: title and headings above it, what leads to it, itself."""

    context: str
    lead: str
    sentence: str


class Reader(Protocol):
    """Whatever tells how likely sentences answer a question."""

    @property
    def checksum(self) -> str:
        """Name the exact weights."""

    def read(self, question: str, shown: Sequence[Shown]) -> Floats:
        """Give the log-odds, (n,) float32, that each of n sentences answers the question."""


class Pairs:
    """Puts a question and a sentence together, framed as the tokenizer frames two texts."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        probe = tokenizer.encode("a", "a")
        self._frame = list(zip(probe.sequence_ids, probe.ids, probe.type_ids, strict=True))

    def put(self, question: str, shown: Shown) -> tuple[list[int], list[int]]:
        """Give the pair's n token ids, and n types that tell its first text from its second."""
        asked = self._ids(question)[:LONGEST_QUESTION]
        context = self._ids(shown.context)[:LONGEST_CONTEXT]
        lead = self._ids(shown.lead)[-LONGEST_LEAD:]
        sentence = self._ids(shown.sentence)[:LONGEST_SENTENCE]
        pairs = list(self._framed((asked, [*context, *lead, *sentence])))
        return [one for one, _ in pairs], [kind for _, kind in pairs]

    def _framed(self, texts: tuple[list[int], list[int]]) -> Iterator[tuple[int, int]]:
        """Put the texts' ids where the probe has its own."""
        last = None
        for text, special, kind in self._frame:
            if text is None:
                yield special, kind
            elif text != last:
                yield from ((one, kind) for one in texts[text])
            last = text

    def _ids(self, text: str) -> list[int]:
        if not text:
            return []
        # After a space, as within a text: to some tokenizers a first word is another token.
        return list(self._tokenizer.encode(f" {plain(text)}", add_special_tokens=False).ids)


class OnnxReader:
    """A cross-encoder of one logit, served by ONNX Runtime.

    It reads one sentence after another: int8 scales a whole batch as one, so that what a
    sentence scores would depend on those beside it; and it is no slower than padding them.
    """

    def __init__(self, sealed: Sealed) -> None:
        self._session = sealed.session
        self._names = [one.name for one in self._session.get_inputs()]
        self._pairs = Pairs(sealed.tokenizer)
        self._scale, self._shift = (float(sealed.facts[name]) for name in ("scale", "shift"))
        self.checksum = str(sealed.facts["checksum"])

    def read(self, question: str, shown: Sequence[Shown]) -> Floats:
        """Give the log-odds, (n,) float32, that each of n sentences answers the question."""
        logits = [self._logit(*self._pairs.put(question, one)) for one in shown]
        with np.errstate(over="ignore"):  # as another reader's may, and is cut then
            odds = np.asarray(logits, np.float32) * np.float32(self._scale)
        clipped: Floats = np.clip(odds + np.float32(self._shift), -_MOST, _MOST)
        return clipped

    def _logit(self, ids: list[int], types: list[int]) -> float:
        tokens = np.asarray([ids], np.int64)
        given = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.asarray([types], np.int64),
        }
        (found,) = self._session.run(None, {name: given[name] for name in self._names})
        return float(found[0, 0])


def load_onnx(folder: Path, mend: str = EXPORT_ANEW) -> OnnxReader:
    """Load the reader of a sealed folder; ModelError where a file is damaged or missing."""
    with opened(folder, mend) as sealed:
        return OnnxReader(sealed)
