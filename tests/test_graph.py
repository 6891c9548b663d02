"""What is exported gives the same bits on every processor."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from summitqa.sealed import PACKAGED
from summitqa_index.export.graph import write_softmax_out


def attention(opset: int = 20) -> onnx.ModelProto:
    """A softmax that a product follows, as in attention."""
    nodes = [
        helper.make_node("Softmax", ["x"], ["shares"], axis=-1),
        helper.make_node("MatMul", ["shares", "x"], ["y"]),
    ]
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "n"]) for name in ("x", "y")
    )
    graph = helper.make_graph(nodes, "attention", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x})[0]


def test_a_softmax_written_out_gives_what_it_gave():
    x = np.random.default_rng(0).normal(scale=20, size=(37, 37)).astype(np.float32)
    x[:, 5:9] = -1e4  # what is masked
    x[3] = np.finfo(np.float32).min
    plain, out = attention(), attention()
    write_softmax_out(out)
    np.testing.assert_allclose(run(out, x), run(plain, x), rtol=1e-4, atol=1e-5)
    assert "Softmax" not in {node.op_type for node in out.graph.node}


@pytest.mark.parametrize("role", ["encoder", "reader"])
def test_the_package_s_models_have_no_softmax_whose_sum_depends_on_the_processor(role: str):
    graph = onnx.load(PACKAGED / role / "model.onnx").graph
    kinds = [node.op_type for node in graph.node]
    assert "Softmax" not in kinds
    assert kinds.count("Exp") >= 3
