"""Files of weights without a network: which known architecture they fit, if any.

The runtime is imported by name, at first use; nothing in the file is run.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.runtimes.architectures import build, known
from engine.runtimes.file_kind import FileKind

_PREFIXES = ("", "model.", "module.", "net.", "network.", "module.model.")
_HEADS = {
    "classifier.low_classifier.weight": ("lraspp_mobilenet_v3_large",),
    "classifier.4.weight": (
        "deeplabv3_mobilenet_v3_large",
        "deeplabv3_resnet50",
        "deeplabv3_resnet101",
        "fcn_resnet50",
        "fcn_resnet101",
    ),
    "segmentation_head.0.weight": (
        "smp.Unet.resnet18",
        "smp.Unet.resnet34",
        "smp.Unet.resnet50",
        "smp.Unet.mobilenet_v2",
        "smp.FPN.resnet34",
        "smp.DeepLabV3Plus.resnet34",
        "smp.DeepLabV3Plus.mobilenet_v2",
    ),
}
"""The last layer's name → architectures that have it; its first dimension is the class count."""


def recognise(path: Path, kind: FileKind, architecture: str) -> tuple[str, int, str]:
    """Find the network a file of weights belongs to.

    Args:
        path: The file.
        kind: CHECKPOINT or SAFETENSORS.
        architecture: The user's answer; "" to try the known ones.

    Returns:
        (architecture, number of classes, prefix of the names in the file).

    Raises:
        EngineError: No known architecture fits, or PyTorch is not installed.
    """
    try:
        runtime = import_module("engine.runtimes.torch")
    except ModuleNotFoundError as missing:
        raise EngineError(
            f"{path.name} holds weights for PyTorch, which is not installed."
            " Install it with: pip install 'maskwright[train]'"
        ) from missing
    if architecture and not known(architecture):
        raise EngineError(
            f"There is no network “{architecture}”. Name one of torchvision, such as "
            "deeplabv3_resnet50, or of segmentation-models-pytorch, such as smp.Unet.resnet34."
        )
    state = runtime.state_dict(path, kind)
    for prefix in _PREFIXES:
        for head, names in _HEADS.items():
            tensor = state.get(prefix + head)
            if tensor is None:
                continue
            for name in (architecture,) if architecture else names:
                if _fits(name, int(tensor.shape[0]), state, prefix, path.name):
                    return name, int(tensor.shape[0]), prefix
    if architecture:
        raise EngineError(
            f"{path.name} does not fit the architecture {architecture}. Choose another."
        )
    raise EngineError(
        f"This file holds weights but no network, so it cannot run: {path.name}."
        " Export it as ONNX or TorchScript, then add that file."
    )


def _fits(name: str, classes: int, state: dict[str, Any], prefix: str, file: str) -> bool:
    try:
        import_module("engine.runtimes.torch").fit(build(name, classes), state, prefix, file)
    except EngineError:
        return False
    return True
