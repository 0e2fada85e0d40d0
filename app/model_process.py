"""One model process as the window sees it: lines in, lines out, and how it ended."""

import json
import logging
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

log = logging.getLogger(__name__)

READY_WITHIN_MS = 120_000  # a first TensorRT or CUDA start can take a minute
LONGEST_LINE = 1 << 16


class ModelProcess(QObject):
    """Runs a command that speaks the protocol of ``engine.serve``.

    Nothing is emitted before ``start`` returns. ``gone`` is emitted once, last, whatever happened.
    """

    ready = Signal(dict)
    answered = Signal(dict)
    gone = Signal(str)  # why, as a sentence; empty when it was asked to leave

    def __init__(self, command: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = list(command)
        self._is_ready = self._over = self._leaving = False
        self._last_words = ""
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.errorOccurred.connect(self._on_error)
        self._process.finished.connect(self._on_finished)
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._too_slow)

    def start(self) -> None:
        """Start it; ``ready`` or ``gone`` follows."""
        self._limit.start(READY_WITHIN_MS)
        self._process.start(self._command[0], self._command[1:])

    def ask(self, question: dict[str, Any]) -> None:
        """Send one question; its answer carries the same ``id``."""
        self._process.write(json.dumps(question).encode() + b"\n")

    def leave(self) -> None:
        """Let it answer what it was asked and end by itself."""
        self._leaving = True
        self._process.closeWriteChannel()

    def kill(self) -> None:
        """End it now and wait until it is gone."""
        self._leaving = True
        self._limit.stop()
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(5000)

    @property
    def pid(self) -> int:
        """Process number; 0 when it does not run."""
        return self._process.processId()

    def _read(self) -> None:
        while self._process.canReadLine():
            line = bytes(self._process.readLine().data())
            try:
                if len(line) > LONGEST_LINE:
                    raise ValueError("too long")
                message = json.loads(line)
                if not isinstance(message, dict):
                    raise ValueError("not an object")
            except ValueError as problem:
                log.warning("the model process wrote a line that is %s: %.80r", problem, line)
                continue
            if "ready" in message and not self._is_ready:
                self._is_ready = True
                self._limit.stop()
                self.ready.emit(message)
            else:
                self.answered.emit(message)

    def _read_errors(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        if text:
            self._last_words = (self._last_words + "\n" + text)[-2000:]
            log.info("model process: %s", text)

    def _too_slow(self) -> None:
        self._last_words = "It did not get ready in two minutes."
        self._process.kill()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # then Qt does not say finished
            self._end(f"The model process could not be started: {self._process.errorString()}.")

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        if self._leaving:
            self._end("")
        elif status is QProcess.ExitStatus.CrashExit:
            # Signal 9 without our asking is how Linux ends a process for want of memory.
            self._end("The model process was ended, most likely for want of memory.")
        else:
            # What it said last is its own sentence (an EngineError); a traceback's last line
            # names the bug.
            last = self._last_words.splitlines()[-1] if self._last_words else f"exit code {code}"
            self._end(last)

    def _end(self, reason: str) -> None:
        if not self._over:
            self._over = True
            self._limit.stop()
            self.gone.emit(reason)
