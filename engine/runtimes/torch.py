"""Torch: weights with a named architecture, and, where the user trusts the file, programs."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.runtimes.base import Arrays, Options, OutOfMemory, Tensor, thread_count
from engine.runtimes.file_kind import FileKind
from engine.runtimes.text import first_line


def open_file(weights: Path, kind: FileKind, options: Options) -> TorchRuntime:
    """See `engine.runtimes.base.open_runtime`."""
    return TorchRuntime(weights, kind, options)


def choose(device: str) -> tuple[Any, str]:
    """(torch device, why it is not the one asked for).

    Raises:
        EngineError: There is no device of this name.
    """
    asked, _, number = device.lower().partition(":")
    if asked not in {"auto", "cpu", "cuda", "mps"}:
        if asked in {"tensorrt", "coreml", "dml"}:
            return torch.device("cpu"), f"Torch has no device {asked}; choose CUDA or the CPU."
        raise EngineError(f"There is no device “{device}”. Choose auto, cpu, cuda or mps.")
    if asked in {"auto", "cuda"} and torch.cuda.is_available():
        index = int(number) if number.isdigit() else 0
        if index < torch.cuda.device_count():
            return torch.device("cuda", index), ""
        return torch.device("cpu"), f"There is no GPU number {index} here."
    if asked in {"auto", "mps"} and torch.backends.mps.is_available():
        return torch.device("mps"), ""
    if asked == "cuda":
        return torch.device("cpu"), _why_no_cuda()
    if asked == "mps":
        return torch.device("cpu"), "Torch finds no Metal GPU here."
    return torch.device("cpu"), ""


def _why_no_cuda() -> str:
    from engine.runtimes.devices import cuda_missing

    if torch.version.cuda is None:
        return (
            "The installed PyTorch was built for the CPU only."
            " Install the CUDA build from pytorch.org."
        )
    return cuda_missing() or "PyTorch finds no CUDA device."


class TorchRuntime:
    """See `engine.runtimes.base.Runtime`.

    A tuple of outputs is named "0", "1" …, a single one "0", a dict by its keys.
    """

    def __init__(self, weights: Path, kind: FileKind, options: Options) -> None:
        if kind.is_program and not options.trusted:
            raise EngineError(
                f"{weights.name} is a program, not only data, and opening it runs it."
                " Trust it first: add it as a model again and confirm its sha256."
            )
        self._name = weights.name
        self._device, self.provider_reason = choose(options.device)
        self.threads = thread_count(options.threads)
        torch.set_num_threads(self.threads)
        module = _load(weights, kind, options)
        try:
            self._module: Any = module.to(self._device)
        except (RuntimeError, MemoryError) as error:
            raise self._sentence(error) from error
        self.provider = f"torch {self._device}"
        self.inputs = (Tensor("", "float32", ()),)
        self.outputs: tuple[Tensor, ...] = ()

    def run(self, feeds: Mapping[str, NDArray[Any]], outputs: Sequence[str] = ()) -> Arrays:
        """See `engine.runtimes.base.Runtime.run`; the first feed is the image."""
        if self._module is None:
            raise EngineError(f"{self._name} is closed.")
        image = torch.from_numpy(np.ascontiguousarray(next(iter(feeds.values()))))
        try:
            with torch.inference_mode(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return _chosen(_named(self._module(image.to(self._device))), outputs, self._name)
        except EngineError:
            raise
        except Exception as error:  # the file's own code may raise anything
            raise self._sentence(error) from error

    def close(self) -> None:
        """See `engine.runtimes.base.Runtime.close`."""
        self._module = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _sentence(self, error: Exception) -> EngineError:
        text = str(error).lower()
        signs = ("out of memory", "can't allocate memory", "not enough memory", "bad_alloc")
        if isinstance(error, MemoryError) or any(sign in text for sign in signs):
            return OutOfMemory(f"There was not enough memory to run {self._name}.")
        return EngineError(f"{self._name} could not be run: {first_line(error)}")


def _load(weights: Path, kind: FileKind, options: Options) -> Any:
    """The network in evaluation mode, on the CPU."""
    if kind.is_program:
        return _run_program(weights, kind, _trusted_bytes(weights, options.trusted))
    if not options.architecture:
        raise EngineError(
            f"This file holds weights but no network, so it cannot run: {weights.name}."
            " Export it as ONNX or TorchScript, then add that file."
        )
    from engine.runtimes.architectures import build

    network = build(options.architecture, options.classes)
    fit(network, state_dict(weights, kind), options.key_prefix, weights.name)
    return network.eval()


def _trusted_bytes(weights: Path, trusted: str) -> io.BytesIO:
    """The program as it was trusted.

    It is read once and what was read is what runs: a file that is opened again by its name may be
    another one by then.
    """
    try:
        data = weights.read_bytes()
    except OSError as error:
        raise EngineError(f"{weights} could not be read: {error.strerror or error}.") from error
    if hashlib.sha256(data).hexdigest() != trusted:
        raise EngineError(
            f"{weights.name} is not the file that was trusted: it was changed since. It was not"
            " opened. Add it as a model again and compare its sha256."
        )
    return io.BytesIO(data)


def _run_program(weights: Path, kind: FileKind, program: io.BytesIO) -> Any:
    """The network in TorchScript or .pt2; opening it runs it."""
    try:
        if kind is FileKind.EXPORTED:
            return torch.export.load(program).module()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.jit.load(program, map_location="cpu").eval()
    except Exception as error:
        raise EngineError(f"{weights.name} could not be opened: {first_line(error)}") from error


def state_dict(weights: Path, kind: FileKind) -> dict[str, Any]:
    """The tensors in a checkpoint; nothing in the file is run.

    Raises:
        EngineError: It holds something other than tensors.
    """
    try:
        if kind is FileKind.SAFETENSORS:
            from safetensors.torch import load_file

            return dict(load_file(str(weights), device="cpu"))
        content = torch.load(weights, map_location="cpu", weights_only=True)
    except ModuleNotFoundError as error:
        raise EngineError(
            f"{weights.name} needs the package safetensors."
            " Install it with: pip install safetensors"
        ) from error
    except Exception as error:
        raise EngineError(
            f"{weights.name} holds more than weights, or is damaged, and is not opened:"
            f" {first_line(error)}"
        ) from error
    for key in ("state_dict", "model_state_dict", "model", "net"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
            break
    if not isinstance(content, dict):
        raise EngineError(f"{weights.name} holds no weights that this program knows how to read.")
    return {key: value for key, value in content.items() if torch.is_tensor(value)}


def fit(network: Any, state: dict[str, Any], prefix: str, name: str) -> None:
    """Load weights into a network, every one of them.

    Raises:
        EngineError: Names or shapes differ, with the first that does.
    """
    own = network.state_dict()
    stripped = {
        key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)
    }
    # Auxiliary heads are trained with the network but give no answers.
    given = {key: value for key, value in stripped.items() if not key.startswith("aux_classifier.")}
    counters = {key for key in own if key.endswith("num_batches_tracked")}
    missing = sorted(set(own) - set(given) - counters)
    extra = sorted(set(given) - set(own))
    shapes = [
        key for key in own if key in given and tuple(given[key].shape) != tuple(own[key].shape)
    ]
    if missing or extra or shapes:
        first = (missing or extra or shapes)[0]
        raise EngineError(
            f"{name} does not fit the architecture its card names: {len(missing)} weights are"
            f" missing, {len(extra)} are too many, {len(shapes)} have another shape"
            f" (such as {first}). Correct architecture, classes or key_prefix."
        )
    network.load_state_dict(given, strict=False)


def _chosen(answers: dict[str, Any], outputs: Sequence[str], name: str) -> Arrays:
    missing = [each for each in outputs if each not in answers]
    if missing or not answers:
        there = ", ".join(answers) or "none"
        raise EngineError(
            f"{name} has no output “{', '.join(missing)}”; it has {there}."
            " Correct output.name in its card."
        )
    return {each: _array(answers[each]) for each in outputs or answers}


def _named(answer: Any) -> dict[str, Any]:
    if isinstance(answer, Mapping):
        return {str(key): value for key, value in answer.items() if torch.is_tensor(value)}
    if isinstance(answer, (tuple, list)):
        return {str(at): value for at, value in enumerate(answer) if torch.is_tensor(value)}
    if torch.is_tensor(answer):
        return {"0": answer}
    raise EngineError("The network answered with something other than tensors.")


def _array(value: Any) -> NDArray[Any]:
    value = value.detach().cpu()
    return np.asarray(value.float() if value.dtype == torch.bfloat16 else value)
