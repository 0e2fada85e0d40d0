"""Small networks whose answers are known: they tell red, green and blue pixels from dark ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from engine.models.card import Card, CardClass, InputSpec, OutputSpec
from engine.models.catalog import Entry

CLASSES = tuple(
    CardClass(index=index, name=name, background=index == 0)
    for index, name in enumerate(("background", "red", "green", "blue"))
)


_KINDS = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "uint8": TensorProto.UINT8,
}


class _Chain:
    """Nodes one after another."""

    def __init__(self) -> None:
        self.nodes = []
        self._last = "image"

    def add(self, op, *more, out=None, **attributes):
        name = out or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, [self._last, *more], [name], **attributes))
        self._last = name

    def answer_with(self, answer, layout, dtype, out_dtype):
        """Add what turns logits into the answer; the answer's element type."""
        if answer == "classmap":
            self.add("ArgMax", axis=1, keepdims=0)
            self.add("Cast", to=out_dtype)
            return out_dtype
        if answer in {"probabilities", "sigmoid"}:
            self.add(*{"probabilities": ("Softmax",), "sigmoid": ("Sigmoid",)}[answer],
                     **({"axis": 1} if answer == "probabilities" else {}))  # fmt: skip
        if layout == "NHWC":
            self.add("Transpose", perm=[0, 2, 3, 1])
        if dtype == "float16":
            self.add("Cast", to=TensorProto.FLOAT16)
        return TensorProto.FLOAT if dtype == "uint8" else _KINDS[dtype]


def _weights(answer):
    weight = np.zeros((4, 3, 1, 1), np.float32)
    weight[[1, 2, 3], [0, 1, 2]] = 0.1
    if answer in {"sigmoid", "sigmoid_logits"}:
        return weight[1:2], np.array([-10], np.float32)
    return weight, np.array([5, 0, 0, 0], np.float32)


def color_network(
    *,
    layout="NCHW",
    dtype="float32",
    answer="logits",
    size=None,
    stride=1,
    extra=False,
    out_dtype=TensorProto.INT64,
    metadata=None,
) -> bytes:
    """ONNX bytes. Input values 0..255; logit of class k is k's colour times 0.1, background 5."""
    height, width = size or ("h", "w")
    shape = [1, 3, height, width] if layout == "NCHW" else [1, height, width, 3]
    weight, bias = _weights(answer)
    chain = _Chain()
    if dtype != "float32":
        chain.add("Cast", to=TensorProto.FLOAT)
    if layout == "NHWC":
        chain.add("Transpose", perm=[0, 3, 1, 2])
    chain.add("Conv", "weight", "bias", kernel_shape=[1, 1])
    if stride > 1:
        chain.add("AveragePool", kernel_shape=[stride, stride], strides=[stride, stride])
    kind = chain.answer_with(answer, layout, dtype, out_dtype)
    chain.add("Identity", out="answer")
    rank = 3 if answer == "classmap" else 4
    outputs = [helper.make_tensor_value_info("answer", kind, [None] * rank)]
    if extra:
        chain.nodes.insert(0, helper.make_node("ReduceMean", ["weight"], ["other"], keepdims=0))
        outputs.insert(0, helper.make_tensor_value_info("other", TensorProto.FLOAT, []))
    graph = helper.make_graph(
        chain.nodes,
        "colors",
        [helper.make_tensor_value_info("image", _KINDS[dtype], shape)],
        outputs,
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    return model.SerializeToString()


@pytest.fixture
def network(tmp_path: Path) -> Callable[..., Path]:
    """Writes a `color_network` and gives its path."""

    def make(name="colors.onnx", **options):
        path = tmp_path / name
        path.write_bytes(color_network(**options))
        return path

    return make


@pytest.fixture
def entry(network) -> Callable[..., Entry]:
    """A network with a card that fits it; `input` and `output` fields may be changed."""

    def make(*, input_=None, output=None, classes=CLASSES, **options):
        path = network(**options)
        answer, layout = options.get("answer", "logits"), options.get("layout", "NCHW")
        size = options.get("size") or (0, 0)
        if answer in {"sigmoid", "sigmoid_logits"} and classes is CLASSES:
            classes = CLASSES[:2]
        card = Card(
            id="colors",
            name="Colors",
            file=path.name,
            classes=classes,
            input=InputSpec(
                **{
                    "name": "image",
                    "layout": layout,
                    "dtype": options.get("dtype", "float32"),
                    "height": size[0],
                    "width": size[1],
                    "resize": "stretch" if size[0] else "none",
                    **(input_ or {}),
                }
            ),
            output=OutputSpec(
                **{
                    "name": "answer",
                    "layout": "NHW" if answer == "classmap" else layout,
                    "meaning": answer,
                    **(output or {}),
                }
            ),
        )
        return Entry(card.id, card, path.parent, "file")

    return make


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    """96 × 128, dark: a red square, two green bars, a blue dot of one pixel."""
    image = np.full((96, 128, 3), 10, np.uint8)
    image[8:40, 8:40] = (250, 0, 0)
    image[50:60, 10:100] = (0, 250, 0)
    image[70:80, 10:50] = (0, 250, 0)
    image[90, 120] = (0, 0, 250)
    return image
