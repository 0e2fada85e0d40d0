"""What the doctor asks a model process to try; runtimes are imported by name, at first use."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

from engine.errors import EngineError
from engine.runtimes.text import first_line


def facts() -> dict[str, Any]:
    """Providers ONNX Runtime was built with, and torch's devices.

    Returns:
        onnxruntime, providers, torch, torch_devices, torch_error.
    """
    onnxruntime = import_module("onnxruntime")
    found: dict[str, Any] = {
        "onnxruntime": onnxruntime.__version__,
        "providers": onnxruntime.get_available_providers(),
        "torch": "",
        "torch_devices": [],
        "torch_error": "",
    }
    try:
        torch = import_module("torch")
    except ModuleNotFoundError:
        return found
    except Exception as error:
        return {**found, "torch_error": first_line(error)}
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return {**found, "torch": torch.__version__, "torch_devices": devices}


def torch_step(device: str) -> float:
    """Three training steps of a small network that must lower its loss.

    Args:
        device: Torch's name.

    Returns:
        Seconds of the last step.

    Raises:
        EngineError: The device does not do it, or its loss does not fall.
    """
    torch = import_module("torch")
    try:
        torch.manual_seed(0)
        network = torch.nn.Sequential(
            torch.nn.Conv2d(3, 16, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.Conv2d(16, 2, 1),
        ).to(device)
        images = torch.rand(2, 3, 64, 64).to(device)
        truth = (images.mean(dim=1) > 0.5).long()
        optimizer = torch.optim.Adam(network.parameters(), 0.01)
        losses: list[float] = []
        seconds = 0.0
        for _ in range(4):
            begun = time.perf_counter()
            loss = torch.nn.functional.cross_entropy(network(images), truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
            seconds = time.perf_counter() - begun
    except (RuntimeError, NotImplementedError, AssertionError) as error:
        raise EngineError(f"A training step did not run: {first_line(error)}") from error
    if not losses[-1] < losses[0]:
        raise EngineError(
            f"Its loss went from {losses[0]:.3f} to {losses[-1]:.3f} instead of down."
            " Update its driver, or learn on the CPU."
        )
    return seconds
