"""Networks that a file of weights can be loaded into, by name.

Names: a builder of torchvision.models.segmentation, such as ``lraspp_mobilenet_v3_large``, or
``smp.<Architecture>.<encoder>`` of segmentation-models-pytorch, such as ``smp.Unet.resnet18``.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from engine.errors import EngineError

TORCHVISION = (
    "lraspp_mobilenet_v3_large",
    "deeplabv3_mobilenet_v3_large",
    "deeplabv3_resnet50",
    "deeplabv3_resnet101",
    "fcn_resnet50",
    "fcn_resnet101",
)
SMP = (
    "Unet",
    "UnetPlusPlus",
    "MAnet",
    "Linknet",
    "FPN",
    "PSPNet",
    "PAN",
    "DeepLabV3",
    "DeepLabV3Plus",
    "UPerNet",
    "Segformer",
)


def known(name: str) -> bool:
    """True for names `build` takes."""
    match = re.fullmatch(r"smp\.(\w+)\.([\w-]+)", name)
    return name in TORCHVISION or (match is not None and match.group(1) in SMP)


def build(name: str, classes: int) -> Any:
    """A network with random weights; nothing is downloaded.

    Args:
        name: See the module.
        classes: Output channels.

    Returns:
        torch.nn.Module, (N, 3, H, W) float32 → logits (N, classes, H, W), or a dict with "out".

    Raises:
        EngineError: Unknown name, or its package is not installed.
    """
    if not known(name):
        names = ", ".join((*TORCHVISION, "smp.Unet.resnet18 and the like"))
        raise EngineError(f"There is no architecture “{name}”. Choose one of: {names}.")
    try:
        # A CPU-only torch beside PyPI's torchvision needs its operators declared first.
        import_module("engine.training.ops")
        if name in TORCHVISION:
            models = import_module("torchvision.models.segmentation")
            return getattr(models, name)(weights=None, weights_backbone=None, num_classes=classes)
        library = import_module("segmentation_models_pytorch")
    except ModuleNotFoundError as missing:
        raise EngineError(
            f"The architecture {name} needs the package {missing.name}."
            " Install it with: pip install 'maskwright[train]'"
        ) from missing
    _, architecture, encoder = name.split(".")
    try:
        return getattr(library, architecture)(
            encoder_name=encoder, encoder_weights=None, in_channels=3, classes=classes
        )
    except (KeyError, ValueError) as error:
        raise EngineError(f"The architecture {name} cannot be made: {error}.") from error
