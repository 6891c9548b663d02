"""From a torch model to the files of a sealed folder: int8 ONNX, its tokenizer, its seal.

Weights are quantised per channel, and with ``reduce_range`` (7 bits), since without VNNI
instructions 8-bit products overflow the 16-bit sums of the processor. Softmax is written out, so
that every processor gives the same bits.
"""

import inspect
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from summitqa.encoder import Floats, serve_onnx
from summitqa.sealed import TOKENIZER, WEIGHTS, seal, session_of
from summitqa_index.export.reduction import append_product, principal_directions, vocabulary_lines

_IDS, _MASK, _TYPES = "input_ids", "attention_mask", "token_type_ids"


class _One(torch.nn.Module):
    """A transformer of which one output is wanted."""

    def __init__(self, model: Any, output: str) -> None:
        super().__init__()
        self.model, self._output = model, output

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        types = {} if token_type_ids is None else {_TYPES: token_type_ids}
        given = self.model(input_ids=input_ids, attention_mask=attention_mask, **types)
        found: torch.Tensor = getattr(given, self._output)
        return found


def write_encoder(
    transformer: Any, tokenizer: Tokenizer, facts: Mapping[str, Any], folder: Path,
    directions: Floats | None = None,
) -> None:  # fmt: skip
    """Write a transformer whose token vectors are multiplied by (d, k) directions.

    Where none are given, they are the principal ones. ``facts`` name ``model`` and ``max_tokens``.
    """
    weights = folder / WEIGHTS
    tokenizer.save(str(folder / TOKENIZER))
    _quantised(transformer, (_IDS, _MASK), "last_hidden_state", weights)
    if directions is None:
        encoder = serve_onnx(session_of(weights.read_bytes()), tokenizer, facts["max_tokens"])
        lines = vocabulary_lines(list(tokenizer.get_vocab()))
        directions = principal_directions(encoder, lines)
    if directions is not None:
        append_product(weights, directions)
    seal(folder, facts)


def write_reader(
    classifier: Any, tokenizer: Tokenizer, facts: Mapping[str, Any], folder: Path
) -> None:
    """Write a transformer that gives one logit to a pair of texts.

    ``facts`` name ``model`` and the ``scale`` and ``shift`` that make log-odds of the logit.
    """
    known = inspect.signature(classifier.forward).parameters
    inputs = [name for name in (_IDS, _MASK, _TYPES) if name in known]
    tokenizer.save(str(folder / TOKENIZER))
    _quantised(classifier, inputs, "logits", folder / WEIGHTS)
    seal(folder, facts)


def _quantised(model: Any, inputs: Sequence[str], output: str, path: Path) -> None:
    plain = path.with_name("fp32.onnx")
    with warnings.catch_warnings(action="ignore"):  # the exporter's, about its own code
        _to_onnx(model, inputs, output, plain)
    graph = onnx.load(plain)
    _forget_origins(graph)
    write_softmax_out(graph)
    onnx.save(graph, plain)
    quantize_dynamic(plain, path, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    plain.unlink()


def _to_onnx(model: Any, inputs: Sequence[str], output: str, path: Path) -> None:
    # Of the ways to compute attention, the one that takes the fewest steps in the graph.
    model.set_attn_implementation("eager")
    shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=512)}
    sample = torch.ones(2, 16, dtype=torch.long)
    torch.onnx.export(
        _One(model, output).float().eval(),
        tuple(sample.clone() for _ in inputs),
        str(path),
        input_names=list(inputs),
        output_names=["vectors"],
        dynamic_shapes=tuple(shape for _ in inputs),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _forget_origins(model: onnx.ModelProto) -> None:
    """Drop the files and lines that the exporter notes at each step.

    They would make one model another in every folder, and its index unusable there.
    """
    graph = model.graph
    parts = (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer)
    for part in (model, graph, *parts):
        del part.metadata_props[:]


_LAST = "last_axis"


def write_softmax_out(model: onnx.ModelProto) -> None:
    """Put exponents, their sum and a division in place of every softmax over the last axis.

    ONNX Runtime's softmax sums in another order with AVX-512 than with AVX2. What differs in the
    seventh digit is rounded to another int8 now and then, which each layer makes more of; of all
    that these graphs are made of, nothing else differs.
    """
    graph = model.graph
    nodes = [part for node in graph.node for part in (_out(node) if _is_softmax(node) else (node,))]
    graph.initializer.append(onnx.numpy_helper.from_array(np.array([-1]), _LAST))
    del graph.node[:]
    graph.node.extend(nodes)


def _is_softmax(node: onnx.NodeProto) -> bool:
    return node.op_type == "Softmax" and all(one.i == -1 for one in node.attribute)


def _out(softmax: onnx.NodeProto) -> list[onnx.NodeProto]:
    given, to = softmax.input[0], softmax.output[0]
    most, less, raised, whole = (f"{to}_{name}" for name in ("most", "less", "raised", "whole"))
    make = onnx.helper.make_node
    return [
        make("ReduceMax", [given, _LAST], [most]),
        make("Sub", [given, most], [less]),
        make("Exp", [less], [raised]),
        make("ReduceSum", [raised, _LAST], [whole]),
        make("Div", [raised, whole], [to]),
    ]
