"""From an ONNX model to a torch module and back.

onnx2torch makes the module. Every weight that is trained keeps a link to the initializer it came
from, so the trained weights are written back into the same graph: no second exporter is involved,
and the result runs wherever the original ran.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn

import engine.training.ops  # noqa: F401  before onnx2torch, which imports torchvision
from engine.errors import EngineError
from engine.training import surgery
from engine.training.class_layer import set_array

_OWN_WEIGHTS = {
    "Conv": {"weight": 1, "bias": 2},
    "ConvTranspose": {"weight": 1, "bias": 2},
    "Gemm": {"weight": 1, "bias": 2},
    "BatchNormalization": {"weight": 1, "bias": 2, "running_mean": 3, "running_var": 4},
    "InstanceNormalization": {"weight": 1, "bias": 2},
    "LayerNormalization": {"weight": 1, "bias": 2},
}
"""Operation → name of the tensor in its torch module → position among the ONNX inputs."""
_OPERANDS = {"MatMul", "Add", "Mul", "Sub", "Div"}
"""Operations whose constant operands are trained too."""

CLOSE = 1e-3
"""Largest difference between torch and ONNX Runtime, as a share of the largest score."""


@dataclass(frozen=True, slots=True)
class Link:
    """A torch tensor and the initializer it is written back to.

    Attributes:
        key: Name in the module's state.
        initializer: Name in the ONNX graph.
        transposed: The two are each other's transpose (dense layers).
    """

    key: str
    initializer: str
    transposed: bool


class Converted(nn.Module):  # type: ignore[misc]  # torch has no types here
    """An ONNX network as a torch module, with class scores as its only output.

    Attributes:
        trainable: The edited graph it came from.
        links: What is trained and where it goes back to.
        batches: Whether it takes more than one image at a time.
    """

    def __init__(self, trainable: surgery.Trainable, name: str) -> None:
        """Convert.

        Args:
            trainable: Of `surgery.prepare`.
            name: Of the model, for errors.

        Raises:
            EngineError: an operation has no counterpart in torch.
        """
        super().__init__()
        self.trainable = trainable
        self.name = name
        self.body = _to_torch(trainable.model, name)
        self.links = _links(self.body, trainable.model)
        self.batches = True
        named = dict(self.body.named_parameters())
        linked = {link.key for link in self.links}
        for key, parameter in named.items():
            parameter.requires_grad_(key in linked and parameter.is_floating_point())
        self.head = [
            named[link.key]
            for link in self.links
            if link.initializer in trainable.head and link.key in named
        ]

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        """Scores in the layout of ``trainable.layout`` for a batch in the network's own layout."""
        if self.batches or len(tensor) == 1:
            return self._run(tensor)
        return torch.cat([self._run(tensor[i : i + 1]) for i in range(len(tensor))])

    def _run(self, tensor: torch.Tensor) -> torch.Tensor:
        with warnings.catch_warnings():  # onnx2torch's own use of torch
            warnings.simplefilter("ignore")
            output = self.body(tensor)
        return torch.as_tensor(output[0] if isinstance(output, (list, tuple)) else output)

    def graph(self) -> onnx.ModelProto:
        """The ONNX graph with the module's present weights."""
        model = onnx.ModelProto()
        model.CopyFrom(self.trainable.model)
        state = self.body.state_dict()
        for link in self.links:
            values = state[link.key].detach().cpu().numpy()
            set_array(model.graph, link.initializer, values.T if link.transposed else values)
        return model

    def check(self, batch: NDArray[np.float32]) -> float:
        """Compare with ONNX Runtime on real input, one image at a time.

        Decides also whether the module takes whole batches.

        Args:
            batch: (n ≥ 2, …) input in the network's own layout and range.

        Returns:
            The largest absolute difference between scores.

        Raises:
            EngineError: the answers differ.
        """
        training = self.training
        self.eval()
        try:
            wanted = run_onnx(self.graph(), batch)
            with torch.no_grad():
                single = [self._run(torch.from_numpy(each[None])) for each in batch]
                one_by_one = torch.cat(single).numpy()
                self.batches = self._takes_batches(batch, one_by_one)
        except Exception as error:  # both run what the graph holds, and raise what that raises
            why = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise _unfit(self.name, f"its network does not run in training ({why})") from error
        finally:
            self.train(training)
        if wanted.ndim != 4:
            raise EngineError(
                f"{self.name} answers with numbers for the whole image, not one per pixel, so it "
                "cannot be trained to make masks. Start from a segmentation model."
            )
        difference = float(np.abs(wanted - one_by_one).max())
        if not difference <= CLOSE * max(1.0, float(np.abs(wanted).max())):
            why = f"as a torch network it answers differently (by {difference:.2g})"
            raise _unfit(self.name, why)
        return difference

    def _takes_batches(self, batch: NDArray[np.float32], one_by_one: NDArray[np.float32]) -> bool:
        try:
            together = self._run(torch.from_numpy(batch)).numpy()
        except (RuntimeError, ValueError, NotImplementedError, IndexError):
            return False
        return together.shape == one_by_one.shape and bool(
            np.abs(together - one_by_one).max() <= CLOSE * max(1.0, np.abs(one_by_one).max())
        )


def _unfit(name: str, why: str) -> EngineError:
    return EngineError(
        f"{name} cannot be trained: {why}. Start from another model, from lraspp_mobilenet_v3 or "
        "from unet_small."
    )


def run_onnx(model: onnx.ModelProto, batch: NDArray[Any]) -> NDArray[np.float32]:
    """The answers of ONNX Runtime on the CPU, one image at a time, put together."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = session.get_inputs()[0]
    kinds = {"tensor(uint8)": "uint8", "tensor(float16)": "float16"}
    kind = np.dtype(kinds.get(given.type, "float32"))
    answers = [
        session.run(None, {given.name: np.ascontiguousarray(batch[i : i + 1], kind)})[0]
        for i in range(len(batch))
    ]
    return np.concatenate(answers).astype(np.float32)


def _to_torch(model: onnx.ModelProto, name: str) -> nn.Module:
    import onnx2torch

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = onnx2torch.convert(copy, attach_onnx_mapping=True)
    except Exception as error:  # onnx2torch raises whatever its converters run into
        why = (str(error).strip() or type(error).__name__).splitlines()[0]
        why = f"its network uses something that has no counterpart in torch ({why})"
        raise _unfit(name, why) from error
    for part in module.modules():
        if hasattr(part, "ignore_bs_ch_size"):
            part.ignore_bs_ch_size = True
    assert isinstance(module, nn.Module)
    return module


def _links(module: nn.Module, model: onnx.ModelProto) -> tuple[Link, ...]:
    """Find where each weight of the module came from, by operation and input position."""
    shapes = {each.name: tuple(each.dims) for each in model.graph.initializer}
    state = module.state_dict()
    found: list[Link] = []
    for node in model.graph.node:
        for key, tensor in (*_own_weights(module, node), *_operands(module, node)):
            if key not in state or tensor not in shapes:
                continue
            shape = tuple(state[key].shape)
            square = len(shape) == 2 and shape[0] == shape[1]
            if shape == shapes[tensor] and not (square and _is_linear(module, node)):
                found.append(Link(key, tensor, False))
            elif shape == shapes[tensor][::-1]:
                turned = not square or not _trans_b(node)
                found.append(Link(key, tensor, turned))
    return tuple(found)


def _own_weights(module: nn.Module, node: onnx.NodeProto) -> list[tuple[str, str]]:
    """(key in the module's state, initializer) for weights a torch layer has taken over."""
    prefix = node.name
    part = dict(module.named_children()).get(node.name)
    if isinstance(part, nn.Sequential):  # uneven padding stands before the layer
        prefix = f"{node.name}.{len(part) - 1}"
    return [
        (f"{prefix}.{key}", node.input[position])
        for key, position in _OWN_WEIGHTS.get(node.op_type, {}).items()
        if position < len(node.input)
    ]


def _operands(module: nn.Module, node: onnx.NodeProto) -> list[tuple[str, str]]:
    """The same for constant operands, which become parameters here."""
    if node.op_type not in _OPERANDS:
        return []
    place = next((each for each in module.graph.nodes if each.target == node.name), None)
    mapping = dict(module.named_children())[node.name].onnx_mapping.inputs
    found = []
    for argument, tensor in zip(place.args if place else (), mapping, strict=False):
        target = str(getattr(argument, "target", ""))
        if not target.startswith("initializers."):
            continue
        container = module.get_submodule("initializers")
        name = target.partition(".")[2]
        values = getattr(container, name)
        if not values.is_floating_point() or values.numel() < 2:
            continue
        if not isinstance(values, nn.Parameter):
            delattr(container, name)
            container.register_parameter(name, nn.Parameter(values))
        found.append((target, str(tensor)))
    return found


def _is_linear(module: nn.Module, node: onnx.NodeProto) -> bool:
    return isinstance(dict(module.named_children()).get(node.name), nn.Linear)


def _trans_b(node: onnx.NodeProto) -> bool:
    return any(each.name == "transB" and each.i for each in node.attribute)
