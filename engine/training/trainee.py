"""The network that is trained, whatever it came from, behind one face.

Pictures go in as uint8 RGB, class scores come out as (n, classes, h, w); normalisation and layouts
are those of the card it came with, so what is learned is what is predicted later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn

from engine.errors import EngineError
from engine.training import networks, surgery
from engine.training.convert import Converted
from engine.training.geometry import Input
from engine.training.rows import RowPlan
from engine.training.schema import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a training run begins.

    Attributes:
        name: For people.
        input: How images go in.
        weights: ONNX file, or safetensors of an architecture; None for random weights.
        architecture: Of a network of `networks`; "" for one that is an ONNX graph.
        output: Name of the output tensor that is read.
        layout: Its layout.
        classes: Class indices by row of the class layer; one class for a yes-or-no channel.
        background: Index of the background class, None where there is none.
    """

    name: str
    input: Input
    weights: Path | None = None
    architecture: str = ""
    output: str = ""
    layout: str = "NCHW"
    classes: tuple[int, ...] = ()
    background: int | None = None


class Trainee(nn.Module):  # type: ignore[misc]  # torch has no types here
    """A network under training.

    Attributes:
        net: The network itself; its state is what is saved.
        input: How images go in.
        layout: Where the network itself has its classes, "NCHW" or "NHWC".
        head: Parameters of the class layer.
        fresh: The weights were random at the start.
        kept: Classes whose rows were copied from the start.
    """

    def __init__(self, net: nn.Module, given: Input, layout: str, head: list[nn.Parameter]) -> None:
        """Wrap a network; use `build`."""
        super().__init__()
        self.net = net
        self.input = given
        self.head = head
        self.fresh = False
        self.kept = 0
        self.layout = layout
        gain, offset = constants(given)
        self.register_buffer("gain", torch.from_numpy(gain), persistent=False)
        self.register_buffer("offset", torch.from_numpy(offset), persistent=False)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Class scores.

        Args:
            pictures: (n, H, W, 3) uint8 RGB.

        Returns:
            (n, classes, h, w) float32; h and w are the network's own.
        """
        scores = self.net(self.prepared(pictures))
        return scores.permute(0, 3, 1, 2) if self.layout == "NHWC" else torch.as_tensor(scores)

    def prepared(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the network itself takes: float32 in its layout and range."""
        values = self._colors(pictures)
        if self.input.dtype != "uint8":
            gain, offset = self.get_buffer("gain"), self.get_buffer("offset")
            if self.input.range == "max":
                largest = values.amax(dim=(1, 2, 3), keepdim=True).clamp(min=1)
                gain = gain * 255 / largest
            values = values * gain - offset
        if self.input.layout == "NCHW":
            # Not copied to rows of channels: convolutions on the CPU are faster like this.
            return values.permute(0, 3, 1, 2)
        return values.contiguous()

    def _colors(self, pictures: torch.Tensor) -> torch.Tensor:
        values = pictures.float()
        if self.input.color == "BGR":
            return values.flip(-1)
        if self.input.color == "gray":  # ITU-R BT.601, rounded to whole levels as predicting does
            weights = values.new_tensor([0.299, 0.587, 0.114])
            return (values @ weights).round().unsqueeze(-1)
        return values

    def groups(self, recipe: Recipe) -> list[dict[str, Any]]:
        """Parameter groups of the optimizer: the body, and the class layer with larger steps."""
        head = {id(each) for each in self.head}
        learned = [each for each in self.net.parameters() if each.requires_grad]
        body = [each for each in learned if id(each) not in head]
        return [
            {"params": body, "lr": recipe.lr},
            {"params": self.head, "lr": recipe.lr * (1 if self.fresh else recipe.head_lr)},
        ]

    def learn(self, norm: str) -> None:
        """Switch to learning; batch normalisation keeps its averages where asked to.

        Args:
            norm: "auto", "freeze" or "learn", see `Recipe`.
        """
        self.train()
        if norm == "freeze" or (norm == "auto" and not self.fresh):
            for part in self.modules():
                if isinstance(part, nn.modules.batchnorm._BatchNorm):
                    part.eval()

    def state(self) -> dict[str, torch.Tensor]:
        """A copy of the weights on the CPU."""
        return {
            key: value.detach().cpu().clone().contiguous()
            for key, value in self.net.state_dict().items()
        }

    def load(self, state: Mapping[str, torch.Tensor]) -> None:
        """Set the weights."""
        self.net.load_state_dict(state)


def constants(given: Input) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(gain, offset) per channel: what the network takes is value · gain − offset.

    For the range "max" the gain is that of a picture whose largest value is 255.
    """
    std = np.asarray(given.std, np.float64)
    divisor = 1.0 if given.range == "255" else 255.0
    gain = np.atleast_1d(given.scale / divisor / std).astype(np.float32)
    return gain, np.atleast_1d(np.asarray(given.mean, np.float64) / std).astype(np.float32)


def fill(given: Input) -> tuple[int, int, int] | None:
    """The colour whose prepared value is nearest to the card's padding; None where none is seen."""
    if given.resize == "stretch":
        return None
    gain, offset = constants(given)
    levels = (
        np.full(3, given.pad_value) if given.dtype == "uint8" else (given.pad_value + offset) / gain
    )
    red, green, blue = (int(each) for each in np.clip(np.rint(np.broadcast_to(levels, 3)), 0, 255))
    return (blue, green, red) if given.color == "BGR" else (red, green, blue)


def build(start: Start, recipe: Recipe) -> Trainee:
    """The network a recipe trains, with the rows of kept classes copied.

    Raises:
        EngineError: the start cannot be trained, with the reason and other starts.
    """
    torch.manual_seed(recipe.seed)
    plan = None
    if start.classes:
        plan = RowPlan.of(
            recipe.class_ids,
            start.classes,
            start.background,
            dict(recipe.mapping),
            seed=recipe.seed,
        )
    made = _build_named(start, recipe, plan) if start.architecture else _build_onnx(start, plan)
    made.kept = plan.kept if plan else 0
    made.fresh = start.weights is None
    return made


def _build_onnx(start: Start, plan: RowPlan | None) -> Trainee:
    if start.weights is None or plan is None:
        raise EngineError(
            f"The card of {start.name} names no classes, so its class layer cannot be found. "
            "Add them to the card, or start from lraspp_mobilenet_v3 or unet_small."
        )
    model = surgery.load(start.weights, start.name)
    trainable = surgery.prepare(model, start.name, start.output, start.layout, plan)
    net = Converted(trainable, start.name)
    made = Trainee(net, start.input, trainable.layout, net.head)
    probe = np.random.default_rng(0).integers(0, 256, (2, *_probe_size(start.input), 3), np.uint8)
    net.check(made.prepared(torch.from_numpy(probe)).numpy())
    return made


def _build_named(start: Start, recipe: Recipe, plan: RowPlan | None) -> Trainee:
    name, count = start.architecture, len(recipe.classes)
    if start.weights is None or plan is None:
        net = networks.build(name, count)
    else:
        net = networks.build(name, plan.old)
        try:
            state = load_file(start.weights)
            net.load_state_dict(state)
        except (OSError, RuntimeError) as error:
            raise EngineError(
                f"The weights of {start.name} in {start.weights} cannot be read, so it cannot be "
                "trained further. Start from another model."
            ) from error
        rows = {
            key: torch.from_numpy(plan.apply(state[key].numpy()))
            for layer in networks.head_names(name)
            for key in (f"{layer}.weight", f"{layer}.bias")
        }
        networks.replace_head(name, net, rows)
    head = [each for layer in networks.head(name, net) for each in layer.parameters()]
    return Trainee(net, start.input, "NCHW", head)


def _probe_size(given: Input) -> tuple[int, int]:
    if given.height and given.width:
        return given.height, given.width
    side = -(-128 // given.multiple_of) * given.multiple_of
    return side, side


def graph_of(trainee: Trainee) -> onnx.ModelProto | None:
    """The ONNX graph of a converted network with its present weights, else None."""
    return trainee.net.graph() if isinstance(trainee.net, Converted) else None
