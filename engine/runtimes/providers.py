"""Which ONNX Runtime providers really work here: each is asked with a tiny network.

``get_available_providers()`` lists what the package was built with, not what can be loaded, and a
session that cannot have what was asked for takes the CPU and only says so in its log.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime

from engine.runtimes.devices import cuda_missing, onnxruntime_packages
from engine.runtimes.text import first_line

CPU = "CPUExecutionProvider"
NAMES = {
    "cpu": CPU,
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "dml": "DmlExecutionProvider",
}
AUTOMATIC = ("cuda", "coreml")
SILENT = 4
"""ONNX Runtime's log level "fatal"."""

# One Conv of 1×1×8×8 with a 3×3 kernel of ones (operator set 13), so that cuDNN is asked as well.
# tests/engine/runtimes/test_providers.py builds the same bytes with onnx.helper.
TINY_NETWORK = base64.b64decode(
    "CAg6mgEKJgoBeAoBdxIBeSIEQ29udioVCgxrZXJuZWxfc2hhcGVAA0ADoAEHEgF0KjMIAQgBCAMIAxAB"
    "QgF3SiQAAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD9aGwoBeBIWChQIARIQCgIIAQoC"
    "CAEKAggICgIICGIbCgF5EhYKFAgBEhAKAggBCgIIAQoCCAYKAggGQgQKABAN"
)


def tiny_feed() -> dict[str, Any]:
    """The input of `TINY_NETWORK`; its answer is all 9."""
    return {"x": np.ones((1, 1, 8, 8), np.float32)}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No log lines and no prints of ONNX Runtime's Python code meanwhile."""
    onnxruntime.set_default_logger_severity(SILENT)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        onnxruntime.set_default_logger_severity(3)


@functools.cache
def preload() -> None:
    """Load the CUDA libraries that torch or NVIDIA's packages brought, where there is a driver."""
    if not cuda_missing() and hasattr(onnxruntime, "preload_dlls"):
        with quiet():
            onnxruntime.preload_dlls()


def provider_options(name: str, index: int) -> Any:
    """A provider as InferenceSession wants it, with the settings this program relies on."""
    if name == "CUDAExecutionProvider":
        return (
            name,
            {
                "device_id": index,
                # Full float32, so that masks are the CPU's; and no search per new image size.
                "use_tf32": "0",
                "cudnn_conv_algo_search": "HEURISTIC",
                "arena_extend_strategy": "kSameAsRequested",
            },
        )
    if name in {"TensorrtExecutionProvider", "DmlExecutionProvider"}:
        return name, {"device_id": index}
    return name


@functools.cache
def why_not(device: str, index: int = 0) -> str:
    """Why a device cannot be used, a sentence; "" where a tiny network really ran on it.

    Args:
        device: A key of `NAMES`.
        index: Of the GPU.
    """
    name = NAMES[device]
    if name not in onnxruntime.get_available_providers():
        return _not_built(device)
    if device in {"cuda", "tensorrt"}:
        if cuda_missing():
            return cuda_missing()
        preload()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    try:
        with quiet():
            session = onnxruntime.InferenceSession(
                TINY_NETWORK,
                options,
                providers=[provider_options(name, index)],
                enable_fallback=0,
            )
            used = session.get_providers()[0]
            answer = session.run(None, tiny_feed())[0]
    except Exception as error:
        return f"{_title(device)} did not start: {first_line(error)}"
    if used != name:
        return _not_loaded(device)
    return "" if float(answer.max()) == 9.0 else f"{_title(device)} gave a wrong answer."


def _title(device: str) -> str:
    return {"cuda": "CUDA", "coreml": "CoreML", "tensorrt": "TensorRT", "dml": "DirectML"}.get(
        device, device
    )


def _not_built(device: str) -> str:
    packages = onnxruntime_packages()
    if device in {"cuda", "tensorrt"} and len(packages) > 1:
        return (
            f"{' and '.join(packages)} are both installed and the one without {_title(device)} won."
            " Uninstall all of them, then install onnxruntime-gpu alone."
        )
    extra = {
        "cuda": " Install onnxruntime-gpu instead.",
        "dml": " On Windows, install onnxruntime-directml instead.",
        "coreml": " It comes with macOS builds only.",
    }.get(device, "")
    return f"The installed ONNX Runtime was built without {_title(device)}.{extra}"


def _not_loaded(device: str) -> str:
    if device == "cuda":
        return (
            "ONNX Runtime could not load the CUDA and cuDNN libraries it was built for."
            " Install them with: pip install 'onnxruntime-gpu[cuda,cudnn]'"
        )
    if device == "tensorrt":
        return "ONNX Runtime could not load TensorRT's libraries. Install TensorRT, or use CUDA."
    return f"ONNX Runtime could not load {_title(device)}."
