"""What the encoder made of taught questions, kept beside them, so that opening takes no pass each.

``questions.vectors``: the SHA-256 of what follows, then arrays by numpy. A question is known there
by its digest. What another model or another way of ours made, or what is damaged, is made anew.
"""

import functools
import hashlib
import io
import logging
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from summitqa.encoder import Encoder, Floats
from summitqa.files import open_regular, replace_durably
from summitqa.phrasing import Phrasing
from summitqa.question import Question

log = logging.getLogger(__name__)

VECTORS = "questions.vectors"
_WORTH = 32  # questions that are sooner encoded, in a tenth of a second, than written
_LARGEST = 1 << 30  # bytes
_KEY = 16  # bytes of a question's digest

Vectors = tuple[Floats, Floats]
"""Of a question, (d,), and of its content words, (n, d)."""


def phrasings(
    texts: Iterable[str], folder: Path, encoder: Encoder, known: Mapping[str, Phrasing]
) -> dict[str, Phrasing]:
    """Give how each of a shelf's taught questions is put; what is known or kept is not encoded.

    Of others than these nothing is kept on.
    """
    keys = {text: hashlib.sha256(text.encode()).digest()[:_KEY] for text in texts}
    made = _made(encoder)
    kept = _load(folder, made)
    found = {
        text: known.get(text) or _phrasing(text, kept.get(key), encoder)
        for text, key in keys.items()
    }
    wanted = frozenset(keys.values())
    if kept.keys() - wanted or len(wanted - kept.keys()) >= _WORTH:
        _save(folder, made, {key: found[text] for text, key in keys.items()})
    return found


def _phrasing(text: str, kept: Vectors | None, encoder: Encoder) -> Phrasing:
    return Phrasing.of(Question.read(text, encoder)) if kept is None else Phrasing.made(text, *kept)


def _load(folder: Path, made: bytes) -> dict[bytes, Vectors]:
    """Give what is kept, by questions' digests; nothing of what is damaged or made otherwise."""
    try:
        with open_regular(folder / VECTORS) as file:
            digest, body = file.read(_KEY * 2), file.read(_LARGEST)
        if digest != hashlib.sha256(body).digest():
            return {}
        with np.load(io.BytesIO(body), allow_pickle=False) as found:
            if found["made"].tobytes() != made:
                return {}
            words = np.split(found["words"], found["firsts"])
            keys = [key.tobytes() for key in found["keys"]]
            return dict(zip(keys, zip(found["sentences"], words, strict=True), strict=True))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}


def _save(folder: Path, made: bytes, found: Mapping[bytes, Phrasing]) -> None:
    try:
        if found:
            raw = _dump(made, found)
            replace_durably(folder / VECTORS, hashlib.sha256(raw).digest() + raw)
        else:
            (folder / VECTORS).unlink()
    except OSError as error:
        log.warning("what was made of taught questions cannot be kept: %s", error.strerror)


def _dump(made: bytes, found: Mapping[bytes, Phrasing]) -> bytes:
    body = io.BytesIO()
    counts = [len(one.vectors) for one in found.values()]
    np.savez(
        body,
        made=np.frombuffer(made, np.uint8),
        keys=np.frombuffer(b"".join(found), np.uint8).reshape(-1, _KEY),
        sentences=np.stack([one.sentence for one in found.values()]),
        words=np.concatenate([one.vectors for one in found.values()]),
        firsts=np.cumsum(counts[:-1], dtype=np.int64),
    )
    return body.getvalue()


def _made(encoder: Encoder) -> bytes:
    return hashlib.sha256(_recipe() + encoder.checksum.encode()).digest()


@functools.cache
def _recipe() -> bytes:
    """Digest what a phrasing depends on beside its text and the model: our own code."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()
