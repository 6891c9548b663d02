"""Text to token vectors: the encoder's last hidden states, with where each token stands.

ONNX Runtime and ``tokenizers`` serve an exported model; nothing here imports torch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from summitqa.sealed import EXPORT_ANEW, opened

# Of what stands before a text, so many tokens are read with it: a title and a heading or two.
LONGEST_BEFORE = 24

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Ids = NDArray[np.int64]

# One character for one, so that offsets stay those of the text: a question typed with
# straight quotes and plain hyphens is to meet the same tokens as a typeset article.
_PLAIN = str.maketrans(
    {**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """The n tokens of a text, special tokens left out.

    ``ids``: (n,) vocabulary ids; ``spans``: (n, 2) character offsets into the text;
    ``vectors``: (n, d) float32, as the model gives them, neither centred nor normalised.
    """

    ids: Ints
    spans: Ints
    vectors: Floats


def plain(text: str) -> str:
    """Set typographic quotes and hyphens as a keyboard has them, character for character."""
    return text.translate(_PLAIN)


def unit(vectors: Floats) -> Floats:
    """Scale the last axis to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = vectors / np.maximum(lengths, np.float32(1e-9))
    return scaled


class Encoder(Protocol):
    """Whatever turns a text into token vectors."""

    @property
    def checksum(self) -> str:
        """Name the exact weights, so that vectors of two models are never mixed."""

    @property
    def dimension(self) -> int:
        """Give the number of components of a token's vector."""

    def encode(self, text: str, before: str = "") -> Encoded:
        """Encode a text of any length; an empty one gives no tokens.

        ``before`` is read with it, as its headings are, and gives no tokens either.
        """


class WindowedEncoder:
    """A tokenizer and a model: any text to token vectors, window by window where it is long.

    ``hidden`` maps token ids, (1, n) int64, to their last hidden states, (n, d) float32.
    """

    def __init__(
        self, tokenizer: Tokenizer, max_tokens: int, checksum: str, hidden: Callable[[Ids], Floats]
    ) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        probe = tokenizer.encode("a")
        inner = probe.special_tokens_mask.index(0)
        self._first, self._last = probe.ids[:inner], probe.ids[inner + 1 :]
        self._between = _between(tokenizer) or self._last
        self._window = max_tokens - len(self._first) - len(self._last)
        self._tokenizer = tokenizer
        self._hidden = hidden
        self.checksum = checksum

    @cached_property
    def dimension(self) -> int:
        """Give the number of components of a token's vector."""
        return int(self.encode("a").vectors.shape[1])

    def encode(self, text: str, before: str = "") -> Encoded:
        """Encode a text of any length, in overlapping windows where it is over the model's.

        Each window has the first tokens of ``before`` in front, as the first of a pair of texts.
        """
        whole = self._tokens(text)
        front = self._front(before)
        cut = windows(len(whole.ids), self._window - len(front))
        pieces = [self._run([*self._first, *front], whole.ids, window) for window in cut]
        return Encoded(
            np.asarray(whole.ids, np.int32),
            np.asarray(whole.offsets, np.int32).reshape(-1, 2),
            np.concatenate(pieces) if pieces else np.zeros((0, 0), np.float32),
        )

    def _front(self, before: str) -> list[int]:
        """Give what stands before a text, and what sets it apart; at most half of a window."""
        most = min(LONGEST_BEFORE, self._window // 2 - len(self._between))
        ids = self._tokens(before).ids[: max(0, most)]
        return [*ids, *self._between] if ids else []

    def _tokens(self, text: str) -> Encoding:
        return self._tokenizer.encode(plain(text), add_special_tokens=False)

    def _run(self, front: list[int], ids: list[int], window: "Window") -> Floats:
        """Run the model over one window and give the vectors of the tokens it is kept for."""
        given = [*front, *ids[window.start : window.end], *self._last]
        first = len(front) + window.keep_start - window.start
        return self._hidden(np.asarray([given], np.int64))[
            first : first + window.keep_end - window.keep_start
        ]


def _between(tokenizer: Tokenizer) -> list[int]:
    """Give the special tokens that a tokenizer sets between two texts, where it has a way to."""
    pair = tokenizer.encode("a", "a")
    owners = pair.sequence_ids
    return pair.ids[len(owners) - owners[::-1].index(0) : owners.index(1)]


def load_onnx(folder: Path, mend: str = EXPORT_ANEW) -> WindowedEncoder:
    """Load the encoder of a sealed folder; ModelError where a file is damaged or missing."""
    with opened(folder, mend) as sealed:
        facts = sealed.facts
        return serve_onnx(
            sealed.session, sealed.tokenizer, int(facts["max_tokens"]), facts["checksum"]
        )


def serve_onnx(
    session: onnxruntime.InferenceSession,
    tokenizer: Tokenizer,
    max_tokens: int,
    checksum: str = "",
) -> WindowedEncoder:
    """Serve an exported model by ONNX Runtime."""

    def hidden(ids: Ids) -> Floats:
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        found: Floats = session.run(None, given)[0][0]
        return found

    return WindowedEncoder(tokenizer, max_tokens, checksum, hidden)


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens ``start:end`` are given to the model together; ``keep_*`` are taken from it."""

    start: int
    end: int
    keep_start: int
    keep_end: int


def windows(tokens: int, size: int) -> Iterator[Window]:
    """Cover ``tokens`` by windows of at most ``size``, half overlapping, each token kept once.

    A token is kept from the window in which it stands furthest from an edge, so that none is
    encoded without its context on both sides.
    """
    if not tokens:
        return
    step = max(1, size // 2)
    starts = [0] if tokens <= size else [*range(0, tokens - size, step), tokens - size]
    kept = 0
    for position, start in enumerate(starts):
        end = min(tokens, start + size)
        last = position + 1 == len(starts)
        keep_end = end if last else (starts[position + 1] + end) // 2
        yield Window(start, end, kept, keep_end)
        kept = keep_end
