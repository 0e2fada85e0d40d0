"""Makes an ONNX segmentation network trainable for other classes, on the graph itself.

The graph is cut behind the class scores (softmax, sigmoid and argmax go), everything that does not
feed them is dropped, and the layer that makes one channel per class is found by walking back from
the scores through resizes, transposes and sums. What is trained is later written into this same
graph, so the new model runs exactly where the old one ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from engine.errors import EngineError
from engine.training.rows import RowPlan

_AFTER = {"Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "Cast", "Squeeze", "Identity"}
"""Operations between class scores and the output that training does without."""
_BETWEEN = {"Resize", "Upsample", "Transpose", "Identity", "Add", "Sum", "Dropout"}
"""Operations between the class layer and the scores; they leave the classes apart."""
_LAYERS = {"Conv", "ConvTranspose", "Gemm", "MatMul"}

MAX_BYTES = 1_900_000_000


@dataclass(frozen=True, slots=True)
class ClassLayer:
    """One operation that makes a channel per class.

    Attributes:
        node: Its output tensor, which names it.
        weight: Initializer of its weights.
        axis: The dimension of the weights that counts classes.
        bias: Initializer of its biases, "" where it has none.
    """

    node: str
    weight: str
    axis: int
    bias: str = ""


@dataclass(slots=True)
class Trainable:
    """An ONNX model ready to be converted.

    Attributes:
        model: The edited graph; batch 1 as in the original, one output: the class scores.
        layers: Its class layers.
        head: Names of the initializers of those layers.
        layout: "NCHW" or "NHWC": where the scores have their classes.
    """

    model: onnx.ModelProto
    layers: tuple[ClassLayer, ...]
    head: frozenset[str]
    layout: str


def load(path: Path, name: str) -> onnx.ModelProto:
    """Read an ONNX file for training.

    Raises:
        EngineError: it cannot be read, keeps weights in other files, or is too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise EngineError(f"{name} is larger than 1.9 GB, too large to be trained here.")
        model = onnx.load(str(path), load_external_data=False)
    except OSError as error:
        raise EngineError(f"{path} could not be read: {error.strerror or error}.") from error
    except Exception as error:  # protobuf raises a class of its own per implementation
        raise EngineError(f"{path} is not an ONNX model, so it cannot be trained.") from error
    if any(each.data_location == onnx.TensorProto.EXTERNAL for each in model.graph.initializer):
        raise EngineError(
            f"{name} keeps its weights in a second file, which training does not read. "
            "Save it as one file, or start from another model."
        )
    return model


def prepare(
    model: onnx.ModelProto, name: str, output: str, layout: str, plan: RowPlan
) -> Trainable:
    """Cut, clean and make over a graph; `model` is changed.

    Args:
        model: As loaded.
        name: Of the model, for errors.
        output: The tensor the card reads; "" for the first.
        layout: The card's output layout.
        plan: What becomes of the class rows.

    Raises:
        EngineError: the class layer is not found; says why.
    """
    graph = model.graph
    _constants_to_initializers(graph)
    scores, layout = _scores(graph, name, output or graph.output[0].name, layout)
    _keep_only(graph, scores)
    _unshare(graph)
    for index, node in enumerate(graph.node):
        node.name = f"n{index}_{node.op_type}"
    layers = _class_layers(graph, scores, plan.old, name)
    _replace_rows(graph, layers, plan)
    _patch_sizes(graph, scores, plan.old, len(plan.sources))
    _free_batch(graph)
    del graph.value_info[:]
    _set_output(model, scores, layout, len(plan.sources))
    head = {layer.weight for layer in layers} | {layer.bias for layer in layers if layer.bias}
    return Trainable(model, layers, frozenset(head), layout)


def array(graph: onnx.GraphProto, name: str) -> NDArray[np.generic]:
    """The values of an initializer.

    Raises:
        KeyError: there is none of that name.
    """
    for each in graph.initializer:
        if each.name == name:
            return np.asarray(numpy_helper.to_array(each))
    raise KeyError(name)


def set_array(graph: onnx.GraphProto, name: str, values: NDArray[np.generic]) -> None:
    """Replace the values of an initializer, keeping its name."""
    for each in graph.initializer:
        if each.name == name:
            each.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), name))
            return
    raise KeyError(name)


def _constants_to_initializers(graph: onnx.GraphProto) -> None:
    kept = []
    for node in graph.node:
        values = [each for each in node.attribute if each.name == "value"]
        if node.op_type == "Constant" and values:
            tensor = onnx.TensorProto()
            tensor.CopyFrom(values[0].t)
            tensor.name = node.output[0]
            graph.initializer.append(tensor)
        else:
            kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)


def _producers(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    return {tensor: node for node in graph.node for tensor in node.output}


def _scores(graph: onnx.GraphProto, name: str, tensor: str, layout: str) -> tuple[str, str]:
    """The tensor of class scores behind the output, and its layout."""
    made_by = _producers(graph)
    while tensor in made_by and made_by[tensor].op_type in _AFTER:
        node = made_by[tensor]
        if node.op_type == "ArgMax":
            axis = next((each.i for each in node.attribute if each.name == "axis"), 0)
            layout = "NCHW" if axis == 1 else "NHWC"
        tensor = node.input[0]
    if tensor not in made_by:
        raise EngineError(
            f"{name} cannot be trained: nothing in its graph makes the output. "
            "Start from another model, from lraspp_mobilenet_v3 or from unet_small."
        )
    return tensor, "NHWC" if layout == "NHWC" else "NCHW"


def _keep_only(graph: onnx.GraphProto, scores: str) -> None:
    """Drop every operation and constant that does not feed the scores."""
    made_by = _producers(graph)
    wanted, todo = set[str](), [scores]
    while todo:
        tensor = todo.pop()
        if tensor in wanted:
            continue
        wanted.add(tensor)
        if tensor in made_by:
            todo.extend(each for each in made_by[tensor].input if each)
    nodes = [node for node in graph.node if wanted.intersection(node.output)]
    tensors = [each for each in graph.initializer if each.name in wanted]
    names = {each.name for each in tensors}
    inputs = [each for each in graph.input if each.name in wanted and each.name not in names]
    for field, values in ((graph.node, nodes), (graph.initializer, tensors), (graph.input, inputs)):
        del field[:]
        field.extend(values)


def _unshare(graph: onnx.GraphProto) -> None:
    """Give every operation weights of its own, so that each can be written back apart."""
    tensors = {each.name: each for each in graph.initializer}
    used: set[str] = set()
    for index, node in enumerate(graph.node):
        for position, tensor in enumerate(node.input):
            if tensor not in tensors:
                continue
            if tensor in used:
                own = onnx.TensorProto()
                own.CopyFrom(tensors[tensor])
                own.name = f"{tensor}__own{index}_{position}"
                graph.initializer.append(own)
                node.input[position] = own.name
            used.add(tensor)


def _class_layers(
    graph: onnx.GraphProto, scores: str, count: int, name: str
) -> tuple[ClassLayer, ...]:
    made_by = _producers(graph)
    shapes = {each.name: tuple(each.dims) for each in graph.initializer}
    found: list[ClassLayer] = []
    todo, seen = [scores], set[str]()
    while todo:
        tensor = todo.pop()
        if tensor in seen or tensor in shapes:
            continue
        seen.add(tensor)
        node = made_by.get(tensor)
        if node is None or node.op_type not in _BETWEEN | _LAYERS:
            raise _no_layer(name, count, "its scores come from " + (node.op_type if node else "it"))
        if node.op_type in _LAYERS:
            found.append(_layer(graph, node, shapes, count, name))
        else:
            first_only = node.op_type not in {"Add", "Sum"}
            todo.extend(node.input[:1] if first_only else node.input)
    return tuple(found)


def _layer(
    graph: onnx.GraphProto,
    node: onnx.NodeProto,
    shapes: dict[str, tuple[int, ...]],
    count: int,
    name: str,
) -> ClassLayer:
    attributes = {each.name: each for each in node.attribute}
    shape = shapes.get(node.input[1])
    if shape is None:
        raise _no_layer(name, count, f"the weights of its last {node.op_type} are computed")
    axis = {"Conv": 0, "ConvTranspose": 1, "MatMul": len(shape) - 1, "Gemm": 1}[node.op_type]
    if node.op_type == "Gemm" and "transB" in attributes and attributes["transB"].i:
        axis = 0
    groups = attributes["group"].i if "group" in attributes else 1
    if groups != 1 or shape[axis] != count:
        made = shape[axis] if groups == 1 else shape[axis] * groups
        raise _no_layer(name, count, f"its last {node.op_type} makes {made} channels")
    if node.op_type == "MatMul":
        return ClassLayer(node.output[0], node.input[1], axis, _added_bias(graph, node, shapes))
    bias = node.input[2] if len(node.input) > 2 else ""
    return ClassLayer(node.output[0], node.input[1], axis, bias)


def _added_bias(
    graph: onnx.GraphProto, node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]
) -> str:
    """The constant vector that is added right behind a MatMul, "" where there is none."""
    for other in graph.node:
        if other.op_type == "Add" and node.output[0] in other.input:
            for tensor in other.input:
                if len(shapes.get(tensor, ())) == 1:
                    return str(tensor)
    return ""


def _no_layer(name: str, count: int, why: str) -> EngineError:
    return EngineError(
        f"{name} cannot be trained for other classes: no layer that makes its {count} classes was "
        f"found ({why}). Start from another model, from lraspp_mobilenet_v3 or from unet_small."
    )


def _replace_rows(graph: onnx.GraphProto, layers: tuple[ClassLayer, ...], plan: RowPlan) -> None:
    for layer in layers:
        weight = array(graph, layer.weight).astype(np.float32)
        rows = plan.apply(np.moveaxis(weight, layer.axis, 0))
        set_array(graph, layer.weight, np.moveaxis(rows, 0, layer.axis))
        if layer.bias:
            bias = array(graph, layer.bias).astype(np.float32)
            set_array(graph, layer.bias, plan.apply(bias))


def _patch_sizes(graph: onnx.GraphProto, scores: str, old: int, new: int) -> None:
    """Resizes behind the class layer that name the number of channels."""
    made_by = _producers(graph)
    tensors = {each.name for each in graph.initializer}
    todo, seen = [scores], set[str]()
    while todo:
        node = made_by.get(todo.pop())
        if node is None or node.op_type not in _BETWEEN or node.output[0] in seen:
            continue
        seen.add(node.output[0])
        todo.extend(node.input)
        if node.op_type == "Resize" and len(node.input) > 3 and node.input[3] in tensors:
            sizes = array(graph, node.input[3]).copy()
            if sizes.size == 4 and sizes[1] == old:
                sizes[1] = new
                set_array(graph, node.input[3], sizes)


def _free_batch(graph: onnx.GraphProto) -> None:
    """Reshapes with a batch of 1 written into them take any batch.

    Their first entry 1 becomes −1, or 0 ("as the input has it") where −1 is taken.
    """
    tensors = {each.name for each in graph.initializer}
    for node in graph.node:
        if node.op_type != "Reshape" or node.input[1] not in tensors or node.input[0] in tensors:
            continue
        shape = array(graph, node.input[1]).copy()
        if shape.ndim == 1 and shape.size > 1 and shape[0] == 1:
            shape[0] = 0 if (shape == -1).any() else -1
            set_array(graph, node.input[1], shape)


def _set_output(model: onnx.ModelProto, scores: str, layout: str, classes: int) -> None:
    graph = model.graph
    del graph.output[:]
    graph.output.append(onnx.helper.make_tensor_value_info(scores, onnx.TensorProto.FLOAT, None))
    inferred = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type
    sides: list[int | str | None] = ["N", "H", "W"]
    dims = [each.dim_value or each.dim_param or None for each in inferred.shape.dim]
    if len(dims) == 4:
        place = (0, 2, 3) if layout == "NCHW" else (0, 1, 2)
        sides = [dims[index] or default for index, default in zip(place, sides, strict=True)]
    shape = [sides[0], classes, *sides[1:]] if layout == "NCHW" else [*sides, classes]
    graph.output[0].CopyFrom(
        onnx.helper.make_tensor_value_info(scores, onnx.TensorProto.FLOAT, shape)
    )
