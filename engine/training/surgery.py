"""Makes an ONNX segmentation network trainable for other classes, on the graph itself.

The graph is cut behind the class scores (softmax, sigmoid and argmax go), everything that does not
feed them is dropped, and the layer that makes one channel per class is found by walking back from
the scores through resizes, transposes and sums. What is trained is later written into this same
graph, so the new model runs exactly where the old one ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnx

from engine.errors import EngineError
from engine.training.class_layer import (
    ClassLayer,
    array,
    class_layers,
    patch_sizes,
    producers,
    replace_rows,
    set_array,
)
from engine.training.rows import RowPlan

_AFTER = {"Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "Cast", "Squeeze", "Identity"}
"""Operations between class scores and the output that training does without."""
MAX_BYTES = 1_900_000_000


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
    layers = class_layers(graph, scores, plan.old, name)
    replace_rows(graph, layers, plan)
    patch_sizes(graph, scores, plan.old, len(plan.sources))
    _free_batch(graph)
    del graph.value_info[:]
    _set_output(model, scores, layout, len(plan.sources))
    head = {layer.weight for layer in layers} | {layer.bias for layer in layers if layer.bias}
    return Trainable(model, layers, frozenset(head), layout)


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


def _scores(graph: onnx.GraphProto, name: str, tensor: str, layout: str) -> tuple[str, str]:
    """The tensor of class scores behind the output, and its layout."""
    made_by = producers(graph)
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
    made_by = producers(graph)
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
