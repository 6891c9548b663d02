"""sentence-transformers itself: loads any model, and serves one that cannot be exported."""

import hashlib
from collections.abc import Callable
from typing import Any

import torch
from sentence_transformers import CrossEncoder, SentenceTransformer

from summitqa.encoder import Floats, Ids, WindowedEncoder
from summitqa.errors import ModelError

_CLASSIFIER = "ForSequenceClassification"


def load_sentence_transformer(source: str) -> Any:
    """Load a model by name or path on the CPU; ModelError where it is not to be had."""
    return _loaded(SentenceTransformer, source)


def load_cross_encoder(source: str) -> Any:
    """Load a cross-encoder by name or path on the CPU; ModelError where it is none of one logit."""
    loaded = _loaded(CrossEncoder, source)
    # Any transformer loads as one, where need be with a last layer drawn at random.
    kinds = loaded.model.config.architectures or () if loaded.model else ()
    if loaded.num_labels != 1 or not any(one.endswith(_CLASSIFIER) for one in kinds):
        raise ModelError(f"{source!r} is no cross-encoder of one logit.")
    return loaded


def _loaded(kind: Callable[..., Any], source: str) -> Any:
    try:
        loaded = kind(source, device="cpu")
    except Exception as error:  # a hub, a file or a config: any kind may come
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"sentence-transformers cannot load {source!r}: {reason}") from error
    if not getattr(loaded.tokenizer, "is_fast", False):
        raise ModelError(f"{source!r} has no fast tokenizer, which is needed to cite exact spans.")
    return loaded


def load_fallback(source: str) -> WindowedEncoder:
    """Load the encoder of a model that cannot be exported: the same at float32, slower.

    Its checksum covers weights and tokenizer, so that an index of other ones is refused.
    """
    torch.set_num_threads(1)
    model = load_sentence_transformer(source)
    tokenizer = model[0].tokenizer.backend_tokenizer
    state = hashlib.sha256(tokenizer.to_str().encode())
    for name, tensor in sorted(model.state_dict().items()):
        state.update(name.encode() + tensor.contiguous().numpy().tobytes())

    def hidden(ids: Ids) -> Floats:
        tokens = torch.from_numpy(ids)
        with torch.inference_mode():
            given = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
            found: Floats = model[0].auto_model(**given).last_hidden_state[0].numpy()
        return found

    return WindowedEncoder(tokenizer, int(model.max_seq_length or 256), state.hexdigest(), hidden)
