"""Networks that can be trained without a model to start from.

Each gives class scores at the size of its input: (n, 3, h, w) float32, mean 0 and spread 1 per
channel → (n, classes, h, w). Nothing is downloaded: weights are random unless a file gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

import engine.training.ops  # noqa: F401  before torchvision
from engine.errors import EngineError

MULTIPLE = 32
"""Sides of the input are multiples of this."""


class Block(nn.Sequential):  # type: ignore[misc]  # torch has no types here
    """Two 3×3 convolutions, each with group normalisation, which needs no large batches."""

    def __init__(self, channels_in: int, channels: int) -> None:
        """Build for `channels_in` → `channels`, a multiple of 8."""
        layers: list[nn.Module] = []
        for source in (channels_in, channels):
            layers += [
                nn.Conv2d(source, channels, 3, padding=1, bias=False),
                nn.GroupNorm(8, channels),
                nn.ReLU(),
            ]
        super().__init__(*layers)


class SmallUNet(nn.Module):  # type: ignore[misc]  # torch has no types here
    """A U-Net (Ronneberger, Fischer and Brox 2015) of 2.0 million weights.

    Five resolutions, 16 to 256 channels, padded convolutions, group normalisation, bilinear
    upsampling.
    """

    def __init__(self, classes: int, width: int = 16) -> None:
        """Build for `classes` scores; `width` channels at full resolution, a multiple of 8."""
        super().__init__()
        widths = [width << level for level in range(5)]
        self.down = nn.ModuleList(
            Block(source, channels)
            for source, channels in zip([3, *widths[:-1]], widths, strict=True)
        )
        self.up = nn.ModuleList(
            Block(deep + flat, flat)
            for deep, flat in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        """(n, 3, h, w) → (n, classes, h, w); h and w multiples of 16."""
        kept: list[torch.Tensor] = []
        for block in self.down[:-1]:
            tensor = block(tensor)
            kept.append(tensor)
            tensor = functional.max_pool2d(tensor, 2)
        tensor = self.down[-1](tensor)
        for block, beside in zip(self.up, kept[::-1], strict=True):
            tensor = functional.interpolate(
                tensor, scale_factor=2.0, mode="bilinear", align_corners=False
            )
            tensor = block(torch.cat([tensor, beside], dim=1))
        return torch.as_tensor(self.head(tensor))


class LightAspp(nn.Module):  # type: ignore[misc]  # torch has no types here
    """torchvision's LR-ASPP on MobileNetV3-Large (Howard and others 2019), 3.2 million weights."""

    def __init__(self, classes: int) -> None:
        """Build for `classes` scores."""
        from torchvision.models.segmentation import lraspp_mobilenet_v3_large

        super().__init__()
        self.net = lraspp_mobilenet_v3_large(
            weights=None, weights_backbone=None, num_classes=classes
        )
        for part in self.net.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = 0.03  # small batches: take more of them into the running average

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        """(n, 3, h, w) → (n, classes, h, w)."""
        return torch.as_tensor(self.net(tensor)["out"])


_NETWORKS: dict[str, tuple[Callable[[int], nn.Module], tuple[str, ...]]] = {
    "lraspp_mobilenet_v3": (
        LightAspp,
        ("net.classifier.low_classifier", "net.classifier.high_classifier"),
    ),
    "unet_small": (SmallUNet, ("head",)),
}


def build(architecture: str, classes: int) -> nn.Module:
    """A network with random weights.

    Raises:
        EngineError: there is no such architecture.
    """
    if architecture not in _NETWORKS:
        known = ", ".join(_NETWORKS)
        raise EngineError(f"There is no network “{architecture}”. Choose one of {known}.")
    module = _NETWORKS[architecture][0](classes)
    assert isinstance(module, nn.Module)
    return module


def head(architecture: str, module: nn.Module) -> list[nn.Conv2d]:
    """The layers with a row per class."""
    found: list[Any] = [module.get_submodule(name) for name in _NETWORKS[architecture][1]]
    return found


def replace_head(architecture: str, module: nn.Module, made: dict[str, torch.Tensor]) -> None:
    """Set new class rows.

    Args:
        architecture: Of the module.
        module: Changed in place.
        made: "<layer>.weight" and "<layer>.bias" with the new number of rows.
    """
    for name in _NETWORKS[architecture][1]:
        old = module.get_submodule(name)
        assert isinstance(old, nn.Conv2d)
        weight = made[f"{name}.weight"]
        layer = nn.Conv2d(weight.shape[1], weight.shape[0], 1, bias=True)
        with torch.no_grad():
            layer.weight.copy_(weight)
            if layer.bias is not None:
                layer.bias.copy_(made[f"{name}.bias"])
        parent, _, last = name.rpartition(".")
        setattr(module.get_submodule(parent), last, layer)


def head_names(architecture: str) -> tuple[str, ...]:
    """Names of the layers with a row per class."""
    return _NETWORKS[architecture][1]
