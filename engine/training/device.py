"""The device that learns, and how many threads help."""

from __future__ import annotations

import os

import torch

from engine.errors import EngineError


def choose(wanted: str) -> torch.device:
    """The device for a recipe's word.

    Args:
        wanted: "auto" for the best there is; "cpu", "cuda", "cuda:1", "mps".

    Raises:
        EngineError: it is not there; nothing else is taken in its place.
    """
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise EngineError(f"“{wanted}” is no device. Choose auto, cpu, cuda or mps.") from error
    there = {
        "cpu": lambda: True,
        "cuda": lambda: torch.cuda.device_count() > (device.index or 0),
        "mps": torch.backends.mps.is_available,
    }.get(device.type, lambda: False)
    if not there():
        raise EngineError(
            f"This computer has no device “{wanted}” that torch can use. Choose auto or cpu."
        )
    return device


def use_threads(number: int) -> int:
    """Set how many threads torch computes with.

    Args:
        number: 0 for every core this process may use.

    Returns:
        The number in use.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = max(1, min(number or cores or 1, cores or 1))
    torch.set_num_threads(threads)
    return threads


def is_memory(error: BaseException) -> bool:
    """Whether an error says that there is no memory left."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "not enough memory" in text or "out of memory" in text
    )
