"""ONNX files are read with protobuf before any runtime sees them (decision 14).

Refused: nodes that carry a vendor's compiled program (EPContext), operators of libraries that would
have to be loaded, weights in files outside the model's folder, shapes that no network has, names
that are no text, and files beyond a size limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

from engine.errors import EngineError

MOST_BYTES = 2 << 30
MOST_NODES = 200_000
MOST_AXES = 32
MOST_DEEP = 50
"""Functions that call one another."""
MOST_VALUES = 1 << 31
"""Values of one tensor whose shape the file tells."""
_IN_MEMORY = "_ORT_MEM_ADDR_"
"""Part of a location that ONNX Runtime takes for a place in its own memory."""

STANDARD = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview", "com.microsoft", "com.microsoft.nchwc",
     "com.ms.internal.nhwc", "org.pytorch.aten"}
)  # fmt: skip


def check_file(path: Path) -> Any:
    """Read an ONNX file without its external weights and refuse what is not safe to open.

    Returns:
        The onnx.ModelProto.

    Raises:
        EngineError: It is no ONNX file, or one of the refused kinds; the text says which.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        if path.stat().st_size > MOST_BYTES:
            raise EngineError(f"{path.name} is larger than 2 GB, the most an ONNX file may have.")
        model = onnx.load(str(path), load_external_data=False)
    except OSError as error:
        raise EngineError(f"{path} could not be read: {error.strerror or error}.") from error
    except DecodeError as error:
        raise EngineError(
            f"{path.name} is not an ONNX file, or it is cut short. Download or export it again."
        ) from error
    if not model.graph.node:
        raise EngineError(f"{path.name} holds no network. Choose another file.")
    _check_functions(model, path)
    _check_text(model, path)
    _check_nodes(model, path)
    _check_shapes(model, path)
    _check_external(model, path)
    return model


def _check_text(model: Any, path: Path) -> None:
    """Names must be text; protobuf hands on as bytes what is none."""
    for each in _names(model):
        if not isinstance(each, str):
            raise EngineError(
                f"{path.name} is damaged: one of its names is no text. Download or export it again."
            )


def _names(model: Any) -> Iterator[Any]:
    for entry in model.metadata_props:
        yield from (entry.key, entry.value)
    for value in (*model.graph.input, *model.graph.output):
        yield value.name
        yield from (each.dim_param for each in value.type.tensor_type.shape.dim)
    for node in _nodes(model):
        yield from (node.domain, node.op_type, node.name, *node.input, *node.output)
    for tensor in _tensors(model):
        yield tensor.name
        for entry in tensor.external_data:
            yield from (entry.key, entry.value)


def _check_shapes(model: Any, path: Path) -> None:
    """Refuse weights and inputs that no memory holds, before anything makes room for them."""
    sides = [tuple(tensor.dims) for tensor in _tensors(model)]
    sides += [
        tuple(each.dim_value for each in value.type.tensor_type.shape.dim if each.dim_value > 0)
        for value in (*model.graph.input, *model.graph.output)
    ]
    for shape in sides:
        if min(shape, default=0) < 0 or len(shape) > MOST_AXES or math.prod(shape) > MOST_VALUES:
            told = " × ".join(map(str, shape[:MOST_AXES]))
            raise EngineError(
                f"{path.name} has a tensor of shape {told}, which no network has. It is damaged;"
                " download or export it again."
            )


def _check_functions(model: Any, path: Path) -> None:
    """Refuse functions that hold themselves, or that grow beyond reason when they are put in.

    A runtime puts the nodes of a function in the place of its call. Each of 40 that calls the next
    one twice would make a million million nodes.
    """
    functions = {(each.domain, each.name): each for each in model.functions}
    sizes: dict[tuple[str, str], int] = {}

    def size(key: tuple[str, str], inside: tuple[tuple[str, str], ...]) -> int:
        if key in inside or len(inside) > MOST_DEEP:
            raise EngineError(
                f"{path.name} has functions that call themselves, or each other too deep. Export it"
                " again without functions."
            )
        if key not in sizes:
            called = (_called(node) for node in _nodes_in(functions[key]))
            sizes[key] = sum(
                size(each, (*inside, key)) if each in functions else 1 for each in called
            )
        return sizes[key]

    whole = 0
    for node in _nodes_in(model.graph):
        key = _called(node)
        whole += size(key, ()) if key in functions else 1
        if whole > MOST_NODES:
            raise EngineError(
                f"{path.name} has more than {MOST_NODES:,} operators. Choose another."
            )
    for key in functions:
        size(key, ())


def _called(node: Any) -> tuple[str, str]:
    return node.domain, node.op_type


def _check_nodes(model: Any, path: Path) -> None:
    own = {(function.domain, function.name) for function in model.functions}
    for number, node in enumerate(_nodes(model)):
        if number > MOST_NODES:
            raise EngineError(
                f"{path.name} has more than {MOST_NODES:,} operators. Choose another."
            )
        if node.op_type == "EPContext":
            raise EngineError(
                f"{path.name} carries a compiled program (EPContext) that cannot be checked."
                " Export it as plain ONNX."
            )
        if node.domain not in STANDARD and (node.domain, node.op_type) not in own:
            raise EngineError(
                f"{path.name} needs the operator {node.op_type} of “{node.domain}”, which comes"
                " in a library of its own. Export it with standard operators."
            )


def _graphs(*first: Any) -> Iterator[Any]:
    """Graphs and functions, and the graphs in attributes of their nodes."""
    waiting = [*first]
    while waiting:
        graph = waiting.pop()
        yield graph
        for attribute in _attributes(graph):
            if attribute.HasField("g"):
                waiting.append(attribute.g)
            waiting.extend(attribute.graphs)


def _attributes(graph: Any) -> Iterator[Any]:
    """Those of its nodes; of a function besides what its own attributes are by default."""
    for node in graph.node:
        yield from node.attribute
    yield from getattr(graph, "attribute_proto", ())


def _everything(model: Any) -> Iterator[Any]:
    """All graphs of a model, those of its functions and of its training among them."""
    first = [model.graph, *model.functions]
    for training in model.training_info:
        first += [training.initialization, training.algorithm]
    return _graphs(*first)


def _nodes(model: Any) -> Iterator[Any]:
    for graph in _everything(model):
        yield from graph.node


def _nodes_in(graph: Any) -> Iterator[Any]:
    for each in _graphs(graph):
        yield from each.node


def _check_external(model: Any, path: Path) -> None:
    """External data may only be plain files beside the model."""
    folder = path.parent.resolve()
    for tensor in _tensors(model):
        if not tensor.external_data:
            continue
        named = [entry.value for entry in tensor.external_data if entry.key == "location"]
        where = named[0] if len(named) == 1 and "\0" not in named[0] else ""
        place = _inside(folder, where)
        if place is None:
            told = f"{where[:80]}…" if len(where) > 80 else where
            raise EngineError(
                f"{path.name} wants weights from “{told}”, outside its own folder."
                " Export it again with the weights inside or beside it."
            )
        if not place.is_file():
            raise EngineError(
                f"{path.name} needs the file {where} beside it, which is missing."
                " Put both in one folder, then add it again."
            )


def _inside(folder: Path, where: str) -> Path | None:
    """The file of a name that does not lead out of a folder; None for any other name."""
    foreign = PureWindowsPath(where).drive or Path(where).is_absolute() or _IN_MEMORY in where
    if not where or foreign:
        return None
    try:
        place = (folder / where).resolve()
        place.is_file()
    except (OSError, RuntimeError):  # longer than a name can be, or links in a circle
        return None
    return place if place.is_relative_to(folder) else None


def _tensors(model: Any) -> Iterator[Any]:
    """Every tensor with values: weights, sparse ones, and those in attributes."""
    for graph in _everything(model):
        yield from getattr(graph, "initializer", ())
        sparse = [*getattr(graph, "sparse_initializer", ())]
        for attribute in _attributes(graph):
            if attribute.HasField("t"):
                yield attribute.t
            if attribute.HasField("sparse_tensor"):
                sparse.append(attribute.sparse_tensor)
            sparse += attribute.sparse_tensors
            yield from attribute.tensors
        for each in sparse:
            yield from (each.values, each.indices)


def external_files(model: Any) -> set[str]:
    """Names, relative to the folder, of the files that hold the network's weights."""
    return {
        entry.value
        for tensor in _tensors(model)
        for entry in tensor.external_data
        if entry.key == "location"
    }
