"""One encoder pass per passage: token, sentence and passage vectors, compressed for the store."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summitqa.article import Article, Passage
from summitqa.context import heading_of
from summitqa.encoder import Encoded, Encoder, Floats, Ints, unit


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The n tokens of a passage, in the order of its s sentences.

    ``pieces``: (n,) vocabulary ids; ``tokens``: (n, d) int8 and ``scales``: (n,), whose product
    is the unit vector of each token; ``norms``: (n,) its length before; ``firsts``: (s,) the
    first token of each sentence.
    """

    pieces: Ints
    tokens: NDArray[np.int8]
    scales: Floats
    norms: Floats
    firsts: Ints


def key_of(article: Article, passage: Passage, checksum: str) -> bytes:
    """Name what a passage's vectors depend on: text, sentences, headings and model (16 bytes)."""
    relative = [(s.start - passage.start, s.end - passage.start) for s in passage.sentences]
    text = article.text[passage.start : passage.end]
    content = f"{checksum}\0{relative}\0{heading_of(article, passage)}\0{text}"
    return hashlib.blake2b(content.encode(), digest_size=16).digest()


def embed(encoder: Encoder, article: Article, passage: Passage) -> PassageVectors:
    """Encode a passage once, under its headings; no token of it is cut off, however long it is."""
    text = article.text[passage.start : passage.end]
    encoded = encoder.encode(text, heading_of(article, passage))
    firsts = _firsts(encoded, [sentence.start - passage.start for sentence in passage.sentences])
    pieces, vectors, firsts = _without_gaps(encoder, encoded, firsts)
    tokens, scales = compress(unit(vectors))
    norms = np.linalg.norm(vectors, axis=1).astype(np.float32)
    return PassageVectors(pieces, tokens, scales, norms, firsts)


def _without_gaps(encoder: Encoder, encoded: Encoded, firsts: Ints) -> tuple[Ints, Floats, Ints]:
    """Give each sentence of which the model knows no token one that is like nothing."""
    empty = np.diff(firsts, append=len(encoded.ids)) <= 0
    if not empty.any():
        return encoded.ids, encoded.vectors, firsts
    gaps = firsts[empty]
    return (
        np.insert(encoded.ids, gaps, 0),
        np.insert(encoded.vectors.reshape(-1, encoder.dimension), gaps, 0, axis=0),
        (firsts + np.cumsum(empty) - empty).astype(np.int32),
    )


def sentence_vectors(vectors: PassageVectors) -> Floats:
    """Late chunking: the (s, d) unit means of the token vectors of each sentence.

    The tokens were encoded in the context of their whole passage (Günther et al. 2024,
    arXiv:2409.04701).
    """
    tokens = vectors.tokens * (vectors.scales * vectors.norms)[:, None]
    return unit(np.add.reduceat(tokens, vectors.firsts, axis=0).astype(np.float32))


def _firsts(encoded: Encoded, starts: list[int]) -> Ints:
    """Give the first token of each sentence; the first sentence begins with the passage."""
    found = np.searchsorted(encoded.spans[:, 0], np.asarray(starts)).astype(np.int32)
    found[0] = 0
    return found


def compress(vectors: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Store (n, d) vectors as int8, each scaled by its largest component."""
    scales = (np.abs(vectors).max(axis=1, initial=1e-9) / 127).astype(np.float32)
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales
