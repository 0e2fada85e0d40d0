"""What hardware and drivers are here, found without loading a runtime."""

from __future__ import annotations

import ctypes
import functools
import sys
from importlib import metadata

_DRIVER = {"win32": "nvcuda.dll"}.get(sys.platform, "libcuda.so.1")
_MANAGEMENT = {"win32": "nvml.dll"}.get(sys.platform, "libnvidia-ml.so.1")


@functools.cache
def cuda_missing() -> str:
    """Why CUDA cannot work here, a sentence; "" where a driver and a device are there."""
    if sys.platform == "darwin":
        return "macOS has no CUDA."
    try:
        driver = ctypes.CDLL(_DRIVER)
    except OSError:
        return f"There is no NVIDIA driver here ({_DRIVER} is not found)."
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return "The NVIDIA driver is installed but does not answer."
    return "" if count.value else "The NVIDIA driver finds no GPU."


class _Memory(ctypes.Structure):
    """nvmlMemory_t of the NVML reference."""

    _fields_ = (
        ("total", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


def gpu_memory(index: int = 0) -> tuple[int, int] | None:
    """(used, total) bytes of an NVIDIA GPU by all programs, None where it cannot be asked."""
    try:
        library = ctypes.CDLL(_MANAGEMENT)
    except OSError:
        return None
    if library.nvmlInit_v2() != 0:
        return None
    device, memory = ctypes.c_void_p(), _Memory()
    try:
        if library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)) != 0:
            return None
        if library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory)) != 0:
            return None
    finally:
        library.nvmlShutdown()
    return int(memory.used), int(memory.total)


def installed(package: str) -> str:
    """The installed version of a distribution, "" where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def onnxruntime_packages() -> dict[str, str]:
    """Installed distributions that bring the module ``onnxruntime``: name → version.

    More than one share its files; the one installed last wins silently.
    """
    names = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino")
    found = {name: installed(name) for name in names}
    return {name: version for name, version in found.items() if version}
