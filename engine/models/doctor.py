"""What works on this computer, what does not, and what to do about it.

Every device is really used: a small inference of the built-in model on every ONNX Runtime provider,
a training step of a small network on every torch device. Each runs in a process of its own, the
same kind that answers the window, because a broken driver may end it.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.models.catalog import DEFAULT_MODEL
from engine.runtimes.devices import cuda_missing, installed, onnxruntime_packages
from engine.runtimes.packages import INSTALL, LEARNING

TIMEOUT = 180.0
_TITLES = {
    "cpu": "Inference on the CPU",
    "cuda": "Inference on CUDA",
    "coreml": "Inference on CoreML",
    "dml": "Inference on DirectML",
    "tensorrt": "Inference on TensorRT",
}
_PROVIDERS = {
    "CPUExecutionProvider": "cpu",
    "CUDAExecutionProvider": "cuda",
    "CoreMLExecutionProvider": "coreml",
    "DmlExecutionProvider": "dml",
    "TensorrtExecutionProvider": "tensorrt",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One finding.

    Attributes:
        name: What was looked at.
        ok: It works.
        text: What was found and, where it does not work, what to do.
        optional: The program does its work without it on this computer.
        facts: For machines: versions, seconds, providers.
    """

    name: str
    ok: bool
    text: str
    optional: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


class _Ended(Exception):
    """The process asked ended or did not answer in time; its last words."""


class _Child:
    """A model process and its answers, each awaited with a time limit."""

    def __init__(self, model: str, device: str) -> None:
        self._process = subprocess.Popen(
            [*_command(), model, "--device", device],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(),
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._words: list[str] = []
        self._threads = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_words, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def answer(self) -> dict[str, Any]:
        """The next line.

        Raises:
            _Ended: There is none.
        """
        try:
            line = self._lines.get(timeout=TIMEOUT)
        except queue.Empty:
            raise _Ended(f"It did not answer within {TIMEOUT:.0f} s.") from None
        if not line:
            raise _Ended(self._last_words())
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, **question: Any) -> dict[str, Any]:
        """Ask one question and wait for its answer.

        Raises:
            _Ended: As `answer`.
        """
        stream = self._process.stdin
        assert stream is not None
        try:
            stream.write(json.dumps({"id": 1, **question}) + "\n")
            stream.flush()
        except OSError:
            raise _Ended(self._last_words()) from None
        return self.answer()

    def close(self) -> None:
        """End the process and wait for it."""
        for stream in (self._process.stdin,):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(5)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _read_words(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._words.append(line.strip())

    def _last_words(self) -> str:
        code = self._process.wait(5)
        self._threads[1].join(5)
        if code == -9:
            return "It was ended for want of memory."
        if code < 0:
            return f"It crashed (signal {-code})."
        said = next((line for line in reversed(self._words) if line), "")
        return said or f"It ended with code {code}."


@contextmanager
def _child(model: str = "-", device: str = "cpu") -> Iterator[_Child]:
    child = _Child(model, device)
    try:
        child.answer()
        yield child
    finally:
        child.close()


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--role", "model"]
    return [sys.executable, "-P", "-m", "engine.serve"]


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, path)))}


def check() -> list[Row]:
    """Look at everything; takes some seconds per device.

    Returns:
        One row per finding, in the order to show them.
    """
    rows = [_packages()]
    try:
        with _child() as child:
            facts = child.ask(op="facts")
    except _Ended as ended:
        rows.append(
            Row("Model process", False, f"It does not start. {ended} Reinstall Maskwright.")
        )
        return rows
    rows += [_inference(_PROVIDERS[name]) for name in _in_order(facts.get("providers", []))]
    rows.append(_learning_packages(facts))
    rows += [_learning(device) for device in facts.get("torch_devices", [])]
    rows += _torch_without_gpu(facts)
    return rows


def _in_order(names: list[str]) -> list[str]:
    known = [name for name in names if name in _PROVIDERS]
    return sorted(known, key=lambda name: name != "CPUExecutionProvider")


def _packages() -> Row:
    packages = onnxruntime_packages()
    told = ", ".join(f"{name} {version}" for name, version in packages.items())
    facts = {"packages": packages}
    if not packages:
        text = "It is not installed, so no model can run. Install it with: pip install onnxruntime"
        return Row("ONNX Runtime", False, text, facts=facts)
    if len(packages) > 1:
        text = (
            f"{told} are installed together; they share files, and the one without the GPU wins"
            " silently. Uninstall all of them, then install onnxruntime-gpu alone."
        )
        return Row("ONNX Runtime", False, text, facts=facts)
    return Row("ONNX Runtime", True, f"{told}.", facts=facts)


def _inference(device: str) -> Row:
    """Run the built-in model on one device."""
    optional = device != "cpu" and (device != "cuda" or bool(cuda_missing()))
    name = _TITLES[device]
    try:
        with _child(DEFAULT_MODEL, device) as child:
            child.ask(op="warm")
            answer = child.ask(op="warm")
            state = child.ask(op="status")
    except _Ended as ended:
        return Row(name, False, f"{ended} Update its driver, or choose the CPU.", optional)
    if "error" in answer:
        return Row(name, False, answer["error"], optional)
    if _PROVIDERS.get(state["provider"]) != device:
        return Row(name, False, state["reason"] or "It is not used.", optional, {"state": state})
    seconds = float(answer["seconds"])
    text = f"Works: {seconds * 1000:.0f} ms for a small image, {state['provider_text']}."
    return Row(name, True, text, optional, {"seconds": seconds, "state": state})


def _learning_packages(facts: dict[str, Any]) -> Row:
    versions = {name: installed(name) for name in LEARNING.values()}
    missing = [name for name, version in versions.items() if not version]
    if missing:
        text = (
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed; the"
            f" program runs and predicts without. To learn: {INSTALL}"
        )
        return Row("Packages for learning", False, text, True, {"packages": versions})
    if facts.get("torch_error"):
        text = f"PyTorch is installed but cannot be loaded: {facts['torch_error']}. Reinstall it."
        return Row("Packages for learning", False, text, True, {"packages": versions})
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Row("Packages for learning", True, f"{told}.", True, {"packages": versions})


def _learning(device: str) -> Row:
    """Take training steps on one torch device."""
    title = {"cpu": "the CPU", "mps": "Metal"}.get(device, device.upper())
    name = f"Learning on {title}"
    try:
        with _child() as child:
            answer = child.ask(op="torch_step", device=device)
    except _Ended as ended:
        return Row(name, False, f"{ended} Update its driver, or learn on the CPU.", True)
    if "error" in answer:
        return Row(name, False, answer["error"], True)
    text = f"Works: {answer['seconds'] * 1000:.0f} ms for a step of a small network."
    return Row(name, True, text, True, {"seconds": answer["seconds"]})


def _torch_without_gpu(facts: dict[str, Any]) -> list[Row]:
    """A GPU that torch does not use is worth a word."""
    devices = facts.get("torch_devices", [])
    if not devices or cuda_missing() or any(each.startswith("cuda") for each in devices):
        return []
    text = (
        "There is an NVIDIA GPU, but the installed PyTorch does not use it."
        " Install the CUDA build from pytorch.org."
    )
    return [Row("Learning on CUDA", False, text)]
