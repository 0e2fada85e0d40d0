"""What the rest of the engine knows of ONNX Runtime, Torch and whatever comes next.

Imported in model and job processes only; the runtimes themselves are imported by name.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from numpy.typing import NDArray

from engine.errors import EngineError
from engine.runtimes.file_kind import FileKind, kind_of

Arrays = dict[str, NDArray[Any]]


class OutOfMemory(EngineError):
    """The device had too little memory for this input; a smaller one or the CPU may do."""


class TookTooLong(EngineError):
    """A run was ended at the limit that was set for it."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a network.

    Attributes:
        name: "" where the network has no names.
        dtype: numpy's name, such as "float32".
        shape: A number per dimension, None where it is free. () where it is not known.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """How a network is opened.

    Attributes:
        device: "auto", "cpu", "cuda", "cuda:1", "coreml", "dml", "tensorrt", "mps".
        threads: CPU threads, 0 for all cores but one.
        trusted: sha256 of the program (TorchScript, .pt2) that the user trusts; "" for none.
        architecture: Network for files of weights only.
        classes: Output channels of that network.
        key_prefix: Stripped from the names of such weights.
        seconds: After which a run of an ONNX file is ended; 0 for never. A network may hold a loop
            without end.
    """

    device: str = "auto"
    threads: int = 0
    trusted: str = ""
    architecture: str = ""
    classes: int = 0
    key_prefix: str = ""
    seconds: float = 0.0


class Runtime(Protocol):
    """A loaded network. It knows tensors by name; it knows nothing of images, classes or prompts.

    One owner, one call of `run` at a time. Holds device memory until `close`.
    """

    provider: str
    """What really runs it: "CPUExecutionProvider", "CUDAExecutionProvider", "torch cuda:0" …"""
    provider_reason: str
    """Why it is not what was asked for, a sentence; "" where it is."""
    threads: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    def run(self, feeds: Mapping[str, NDArray[Any]], outputs: Sequence[str] = ()) -> Arrays:
        """Run once.

        Args:
            feeds: Input name → array of the network's dtype and shape.
            outputs: Names wanted, all where empty.

        Returns:
            Output name → array, new memory, on the CPU.

        Raises:
            OutOfMemory: The device ran out of memory; the runtime stays usable.
            TookTooLong: It took longer than `Options.seconds`.
            EngineError: The network does not take this input.
        """
        ...

    def close(self) -> None:
        """Free the device's memory; calling it twice is allowed."""
        ...


_MODULES = {
    FileKind.ONNX: "engine.runtimes.onnx",
    FileKind.TORCHSCRIPT: "engine.runtimes.torch",
    FileKind.EXPORTED: "engine.runtimes.torch",
    FileKind.CHECKPOINT: "engine.runtimes.torch",
    FileKind.SAFETENSORS: "engine.runtimes.torch",
}


def open_runtime(weights: Path, options: Options | str = "auto") -> Runtime:
    """Load a network with the runtime that its content asks for; it is imported only now.

    Args:
        weights: The file. What it holds counts, not its suffix.
        options: How, or only the device.

    Raises:
        EngineError: Not a network, its runtime is not installed, or it is not trusted.
        OutOfMemory: It does not fit on the device.
    """
    if isinstance(options, str):
        options = Options(device=options)
    kind = kind_of(weights)
    if kind not in _MODULES:
        raise EngineError(
            f"{weights.name} is not a network this program can open."
            " Choose an ONNX, TorchScript or safetensors file."
        )
    try:
        module = import_module(_MODULES[kind])
    except ModuleNotFoundError as missing:
        raise EngineError(_not_installed(weights, missing.name or "")) from missing
    return cast(Runtime, module.open_file(weights, kind, options))


def _not_installed(weights: Path, package: str) -> str:
    if package.startswith("torch"):
        return (
            f"{weights.name} needs PyTorch, which is not installed."
            " Install it with: pip install 'maskwright[train]'"
        )
    wanted = onnxruntime_package() if package == "onnxruntime" else package
    return (
        f"{weights.name} needs the package {package}, which is not installed."
        f" Install it with: pip install {wanted}"
    )


def onnxruntime_package() -> str:
    """The distribution of ONNX Runtime for this machine, as in the program's own requirements."""
    gpu = (sys.platform, platform.machine()) in {("linux", "x86_64"), ("win32", "AMD64")}
    return "onnxruntime-gpu" if gpu else "onnxruntime"


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(wanted: int) -> int:
    """`wanted`, or where it is 0 all cores but one, so that the window stays quick."""
    return wanted if wanted > 0 else max(1, cores() - 1)
