"""ONNX Runtime: opens a network on the device that really works, and says why it is another."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.runtimes import providers
from engine.runtimes.base import Arrays, Options, OutOfMemory, Tensor, TookTooLong, thread_count
from engine.runtimes.file_kind import FileKind
from engine.runtimes.text import first_line

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}
_OUT_OF_MEMORY = (
    "failed to allocate memory",
    "out of memory",
    "bad allocation",
    "bad_alloc",
    "cudnn_status_alloc_failed",
    "cublas_status_alloc_failed",
    "smaller than requested bytes",
)


def open_file(weights: Path, kind: FileKind, options: Options) -> OnnxRuntime:
    """See `engine.runtimes.base.open_runtime`."""
    del kind
    return OnnxRuntime(weights, options)


def choose(device: str) -> tuple[str, int, str]:
    """The device to use: (key of `providers.NAMES`, index, why it is not the one asked for).

    Raises:
        EngineError: There is no device of this name.
    """
    asked, _, number = device.lower().partition(":")
    index = int(number) if number.isdigit() else 0
    if asked == "auto":
        for each in providers.AUTOMATIC:
            if not providers.why_not(each, 0):
                return each, 0, ""
        return "cpu", 0, _why_no_gpu()
    if asked == "mps":
        return "cpu", 0, "ONNX Runtime has no MPS device; choose CoreML or the CPU."
    if asked not in providers.NAMES:
        known = ", ".join(("auto", *providers.NAMES))
        raise EngineError(f"There is no device “{device}”. Choose one of: {known}.")
    if asked == "cpu":
        return "cpu", 0, ""
    reason = providers.why_not(asked, index)
    return ("cpu", 0, reason) if reason else (asked, index, "")


def _why_no_gpu() -> str:
    """For "auto": worth saying only where there is a GPU that could be used."""
    from engine.runtimes.devices import cuda_missing

    return "" if cuda_missing() else providers.why_not("cuda", 0)


class OnnxRuntime:
    """See `engine.runtimes.base.Runtime`."""

    def __init__(self, weights: Path | bytes, options: Options) -> None:
        device, index, reason = choose(options.device)
        self.threads = thread_count(options.threads)
        self._name = weights.name if isinstance(weights, Path) else "the network"
        self._seconds = options.seconds
        self._session: Any = self._open(weights, device, index)
        self.provider: str = self._session.get_providers()[0]
        if not reason and self.provider != providers.NAMES[device]:
            reason = f"{self._name} could not be placed on {device.upper()}."
        self.provider_reason = reason
        try:
            self.inputs = tuple(_tensor(each) for each in self._session.get_inputs())
            self.outputs = tuple(_tensor(each) for each in self._session.get_outputs())
            meta = self._session.get_modelmeta()
            self.metadata: dict[str, str] = dict(meta.custom_metadata_map)
        except UnicodeDecodeError as error:
            raise EngineError(
                f"{self._name} is damaged: one of its names is no text. Export it again."
            ) from error

    def _open(self, weights: Path | bytes, device: str, index: int) -> Any:
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = self.threads
        settings.inter_op_num_threads = 1
        # Threads that spin while nothing is asked would take the window's core.
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.log_severity_level = providers.SILENT  # what goes wrong is raised as well
        wanted = [providers.provider_options(providers.NAMES[device], index)]
        if device == "tensorrt":  # what it does not know goes to CUDA
            wanted.append(providers.provider_options(providers.NAMES["cuda"], index))
        if device != "cpu":
            wanted.append(providers.CPU)
        source = str(weights) if isinstance(weights, Path) else weights
        try:
            with providers.quiet():
                return onnxruntime.InferenceSession(
                    source, settings, providers=wanted, enable_fallback=0
                )
        except Exception as error:
            self._refuse(error, "could not be opened")
            raise

    def run(self, feeds: Mapping[str, NDArray[Any]], outputs: Sequence[str] = ()) -> Arrays:
        """See `engine.runtimes.base.Runtime.run`."""
        if self._session is None:
            raise EngineError(f"{self._name} is closed.")
        names = list(outputs) or [each.name for each in self.outputs]
        try:
            answers = self._within_limit(names, dict(feeds))
        except TookTooLong:
            raise
        except Exception as error:
            self._refuse(error, "could not be run")
            raise
        return {name: np.asarray(answer) for name, answer in zip(names, answers, strict=True)}

    def _within_limit(self, names: list[str], feeds: dict[str, NDArray[Any]]) -> Any:
        if not self._seconds:
            return self._session.run(names, feeds)
        way, over = onnxruntime.RunOptions(), threading.Event()

        def end() -> None:
            over.set()
            way.terminate = True

        timer = threading.Timer(self._seconds, end)
        timer.daemon = True
        timer.start()
        try:
            return self._session.run(names, feeds, way)
        except Exception as error:
            if not over.is_set():
                raise
            raise TookTooLong(
                f"{self._name} gave no answer within {self._seconds:.0f} seconds. It may be damaged"
                " or made to do harm; choose another model."
            ) from error
        finally:
            timer.cancel()

    def close(self) -> None:
        """See `engine.runtimes.base.Runtime.close`."""
        self._session = None

    def _refuse(self, error: Exception, what: str) -> None:
        """Turn what the runtime reports into a sentence; leave bugs of ours as they are."""
        text = str(error).lower()
        if isinstance(error, MemoryError) or any(sign in text for sign in _OUT_OF_MEMORY):
            raise OutOfMemory(f"There was not enough memory to run {self._name}.") from error
        if type(error).__module__.startswith("onnxruntime") or isinstance(
            error, (RuntimeError, ValueError)
        ):
            raise EngineError(f"{self._name} {what}: {first_line(error)}") from error


def _tensor(described: Any) -> Tensor:
    shape = tuple(each if isinstance(each, int) and each > 0 else None for each in described.shape)
    return Tensor(described.name, _DTYPES.get(described.type, described.type), shape)
