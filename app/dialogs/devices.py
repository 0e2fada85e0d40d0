"""The devices a choice offers; which of them work is found out by the process that uses one."""

from __future__ import annotations

import sys

Options = tuple[tuple[str, str], ...]

AUTO, CPU = ("auto", "Best that works"), ("cpu", "CPU")
CUDA = ("cuda", "GPU (CUDA)")


def for_learning(platform: str = sys.platform) -> Options:
    """What a round of learning can be given, as `engine.training.device` knows it."""
    gpu = ("mps", "GPU (Metal)") if platform == "darwin" else CUDA
    return (AUTO, CPU, gpu)


def for_models(platform: str = sys.platform) -> Options:
    """What the model in use can be given, as `engine.runtimes` knows it."""
    if platform == "darwin":
        return (AUTO, CPU, ("coreml", "GPU (CoreML)"))
    if platform == "win32":
        return (AUTO, CPU, CUDA, ("dml", "GPU (DirectML)"))
    return (AUTO, CPU, CUDA)
