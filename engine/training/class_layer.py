"""Finds and makes over the layer of an ONNX network that has one channel per class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from engine.errors import EngineError
from engine.training.rows import RowPlan

_BETWEEN = {"Resize", "Upsample", "Transpose", "Identity", "Add", "Sum", "Dropout"}
"""Operations between the class layer and the scores; they leave the classes apart."""
_LAYERS = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


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


def producers(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    """The operation that makes each tensor."""
    return {tensor: node for node in graph.node for tensor in node.output}


def class_layers(
    graph: onnx.GraphProto, scores: str, count: int, name: str
) -> tuple[ClassLayer, ...]:
    """The operations whose channels become the class scores; several where they are summed.

    Raises:
        EngineError: there is none with this number of classes; says what was met instead.
    """
    made_by = producers(graph)
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


def replace_rows(graph: onnx.GraphProto, layers: tuple[ClassLayer, ...], plan: RowPlan) -> None:
    """Give the class layers the rows of the new classes."""
    for layer in layers:
        weight = array(graph, layer.weight).astype(np.float32)
        rows = plan.apply(np.moveaxis(weight, layer.axis, 0))
        set_array(graph, layer.weight, np.moveaxis(rows, 0, layer.axis))
        if layer.bias:
            bias = array(graph, layer.bias).astype(np.float32)
            set_array(graph, layer.bias, plan.apply(bias))


def patch_sizes(graph: onnx.GraphProto, scores: str, old: int, new: int) -> None:
    """Resizes behind the class layer that name the number of channels."""
    made_by = producers(graph)
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
