"""The packages learning needs beside the program's own; looked for, never imported here."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from engine.errors import EngineError

LEARNING: Final = {
    "torch": "torch",
    "torchvision": "torchvision",
    "segmentation_models_pytorch": "segmentation-models-pytorch",
    "onnx2torch": "onnx2torch",
    "onnxscript": "onnxscript",
    "safetensors": "safetensors",
}
"""Module → distribution of the extra ``train``."""

INSTALL: Final = "pip install 'maskwright[train]'"


def missing_for_learning() -> list[str]:
    """Names of the distributions that are not installed; empty when a model can be trained."""
    return [name for module, name in LEARNING.items() if find_spec(module) is None]


def require_learning() -> None:
    """Nothing, where a model can be trained.

    Raises:
        EngineError: Packages are not installed; the sentence names them and what to do.
    """
    missing = missing_for_learning()
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise EngineError(
            f"Learning needs {', '.join(missing)}, which {verb} not installed. Everything else "
            f"works without. Install with: {INSTALL}"
        )
