"""What an ONNX file says about itself: tensors, layout, names in its metadata."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.models import onnx_checks
from engine.runtimes.base import Tensor

_PROMPTS = frozenset({"point_coords", "point_labels", "has_mask_input", "orig_im_size"})
_EMBEDDINGS = frozenset({"image_embeddings", "image_embed", "high_res_feats_0"})
_METADATA_MOST = 200_000
_INFERENCE_MOST = 512 << 20
_FORMS = frozenset({"Cast", "Identity", "Squeeze", "Unsqueeze", "Reshape", "Transpose", "Resize"})
_FORMS_MOST = 8
_DTYPES = {1: "float32", 10: "float16", 11: "float64", 2: "uint8", 3: "int8", 5: "int16",
           6: "int32", 7: "int64", 9: "bool"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OnnxFacts:
    """What stands in the file.

    Attributes:
        image: The input that takes the image.
        outputs: All outputs; shapes as declared.
        names: Class names from the metadata, in order of index; () where it has none.
        classes: Number of classes of a class map whose ArgMax tells, else None.
        metadata: As stored.
    """

    image: Tensor
    outputs: tuple[Tensor, ...]
    names: tuple[str, ...]
    classes: int | None
    metadata: dict[str, str]


def read_onnx(path: Path) -> OnnxFacts:
    """Read and check an ONNX file without running it.

    Raises:
        EngineError: It is unsafe, or no network that labels the pixels of one image; the sentence
            says why.
    """
    model = onnx_checks.check_file(path)
    initial = {tensor.name for tensor in model.graph.initializer}
    inputs = [_tensor(each) for each in model.graph.input if each.name not in initial]
    outputs = tuple(_tensor(each) for each in model.graph.output)
    metadata = {each.key: each.value for each in model.metadata_props}
    _refuse_promptable(path, inputs, outputs)
    _refuse_other_tasks(path, metadata)
    image = _image_input(path, inputs)
    refuse_without_pixels(path.name, outputs)
    return OnnxFacts(image, outputs, names_in(metadata), classes_of_argmax(model), metadata)


def _argmax_behind(model: Any) -> Any:
    """The ArgMax an output comes from, through nodes that only change its form; else None."""
    makers = {output: node for node in model.graph.node for output in node.output}
    for output in model.graph.output:
        node = makers.get(output.name)
        for _ in range(_FORMS_MOST):
            if node is None or node.op_type == "ArgMax":
                break
            node = makers.get(node.input[0]) if node.op_type in _FORMS else None
        if node is not None and node.op_type == "ArgMax":
            return node
    return None


def classes_of_argmax(model: Any) -> int | None:
    """How many classes an ArgMax that makes an output chooses from; None where that is not known.

    Its input's channels are found by ONNX's shape inference.
    """
    import onnx

    node = _argmax_behind(model)
    if node is None or model.ByteSize() > _INFERENCE_MOST:
        return None
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    try:
        graph = onnx.shape_inference.infer_shapes(model).graph
    except Exception:  # it has errors of its own for whatever it does not like
        return None
    known = {each.name: each for each in (*graph.value_info, *graph.input)}
    source = known.get(node.input[0])
    shape = _tensor(source).shape if source is not None else ()
    return shape[axis] if -len(shape) <= axis < len(shape) else None


def _tensor(value: Any) -> Tensor:
    described = value.type.tensor_type
    shape = tuple(each.dim_value if each.dim_value > 0 else None for each in described.shape.dim)
    return Tensor(value.name, _DTYPES.get(described.elem_type, "other"), shape)


def _refuse_promptable(path: Path, inputs: list[Tensor], outputs: tuple[Tensor, ...]) -> None:
    given = {each.name for each in inputs}
    if given & _PROMPTS:
        part = "decoder"
    elif {each.name for each in outputs} & _EMBEDDINGS:
        part = "encoder"
    else:
        return
    raise EngineError(
        f"{path.name} is the {part} of a model for smart select, which answers to clicks and boxes."
        " Smart select comes in a later version; choose a model that labels every pixel."
    )


def _refuse_other_tasks(path: Path, metadata: dict[str, str]) -> None:
    """Files of Ultralytics state their task; masks of its "segment" come as prototypes."""
    task = metadata.get("task", "")
    if "stride" in metadata and task and task != "semantic":
        raise EngineError(
            f"{path.name} is a model for “{task}”, whose answers this version cannot read."
            " Choose a model that labels every pixel."
        )


def _image_input(path: Path, inputs: list[Tensor]) -> Tensor:
    images = [each for each in inputs if len(each.shape) == 4]
    if len(images) != 1 or len(inputs) != 1:
        told = ", ".join(each.name for each in inputs) or "nothing"
        raise EngineError(
            f"{path.name} takes {told} as its input, not one image. Choose a segmentation model."
        )
    image = images[0]
    if image.dtype not in {"float32", "float16", "uint8"}:
        raise EngineError(
            f"{path.name} takes numbers of the kind {image.dtype}; this version knows float32,"
            " float16 and uint8. Export it with one of these."
        )
    if image.shape[0] not in {1, None}:
        raise EngineError(
            f"{path.name} takes {image.shape[0]} images at once. Export it for one image."
        )
    return image


def refuse_without_pixels(name: str, outputs: tuple[Tensor, ...]) -> None:
    """Refuse a network none of whose outputs can be a map of the image.

    Outputs of unknown shape are left to the trial run.

    Raises:
        EngineError: With what it answers instead.
    """
    if any(not each.shape or could_be_map(each) for each in outputs):
        return
    shape = outputs[0].shape
    if len(shape) <= 2:
        count = shape[-1] if shape and shape[-1] else "some"
        numbers = "number" if count == 1 else "numbers"
        told = f"{count} {numbers} for the whole image"
    else:
        told = f"a list of shape {' × '.join(str(each or '?') for each in shape)}"
    raise EngineError(
        f"{name} answers with {told}, not one per pixel. Choose a segmentation model."
    )


def could_be_map(tensor: Tensor) -> bool:
    """True where an output may hold something per pixel: two sides larger than 1."""
    shape = tensor.shape
    large = [side is None or side > 8 for side in shape]
    match len(shape):
        case 4:
            return sum(side is None or side > 1 for side in shape[1:]) >= 2
        case 3:
            return shape[0] in {1, None} and all(large[1:])
        case 2:
            return all(large) and None not in shape
        case _:
            return False


def names_in(metadata: dict[str, str]) -> tuple[str, ...]:
    """Class names that exporters leave in the metadata: a JSON or Python list or dict, or lines."""
    for key in ("names", "classes", "class_names", "labels", "categories", "id2label"):
        text = metadata.get(key, "").strip()
        if text and len(text) < _METADATA_MOST:
            found = _names_of(_parsed(text))
            if found:
                return found
    return ()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]


def _names_of(value: Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        try:
            pairs = {int(key): str(name) for key, name in value.items()}
        except (TypeError, ValueError):
            return ()
        if not pairs or min(pairs) < 0 or max(pairs) > 4095:
            return ()
        return tuple(pairs.get(index, f"class {index}") for index in range(max(pairs) + 1))
    if isinstance(value, list) and 0 < len(value) <= 4096:
        names = [each.get("name", "") if isinstance(each, dict) else each for each in value]
        if all(isinstance(name, str) and name.strip() for name in names):
            return tuple(names)
    return ()
