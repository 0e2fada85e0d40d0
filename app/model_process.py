"""One model process as the window sees it: lines in, lines out, and how it ended."""

import json
import logging
import signal
import sys
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from engine.child import child_environment
from engine.models import run_folder
from engine.models.protocol import LONGEST_LINE, NO_ROOM

log = logging.getLogger(__name__)

READY_WITHIN_MS = 120_000  # a first TensorRT or CUDA start can take a minute
ANSWER_WITHIN_MS = 600_000  # a gigapixel on one core; a driver that hangs takes longer


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
        self._pid = self._owed = 0
        self._last_words = self._too_slow_words = ""
        self.no_room = False  # it ended because the device's memory was too small
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment())
        self._process.started.connect(self._on_started)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.errorOccurred.connect(self._on_error)
        self._process.finished.connect(self._on_finished)
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._too_slow)

    def start(self) -> None:
        """Start it; ``ready`` or ``gone`` follows."""
        self._too_slow_words = "It did not get ready in two minutes."
        self._limit.start(READY_WITHIN_MS)
        self._process.start(self._command[0], self._command[1:])

    def ask(self, question: dict[str, Any]) -> None:
        """Send one question; its answer carries the same ``id``, unless ``gone`` comes first."""
        if self._process.state() is not QProcess.ProcessState.Running:
            return
        self._owed += 1
        if not self._limit.isActive():
            self._too_slow_words = "It did not answer in ten minutes and was ended."
            self._limit.start(ANSWER_WITHIN_MS)
        self._process.write(json.dumps(question).encode() + b"\n")

    def leave(self) -> None:
        """Let it answer what it was asked and end by itself."""
        self._leaving = True
        self._process.closeWriteChannel()

    def kill(self) -> None:
        """End it now, wait until it is gone, and delete the answers nobody has read."""
        self._leaving = True
        self._limit.stop()
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(5000)
        self.sweep()

    def sweep(self) -> None:
        """Delete the answers that a process which is gone left behind."""
        if self._pid:
            run_folder.remove_of(self._pid)

    @property
    def pid(self) -> int:
        """Process number; 0 when it does not run."""
        return self._process.processId()

    def _on_started(self) -> None:
        self._pid = self._process.processId()

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
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        self._limit.stop()
        if "ready" in message and not self._is_ready:
            self._is_ready = True
            self.ready.emit(message)
            return
        self._owed = max(0, self._owed - 1)
        if self._owed:
            self._limit.start(ANSWER_WITHIN_MS)
        self.answered.emit(message)

    def _read_errors(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        if text:
            self._last_words = (self._last_words + "\n" + text)[-2000:]
            log.info("model process: %s", text)

    def _too_slow(self) -> None:
        self._last_words = self._too_slow_words
        self._process.kill()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # then Qt does not say finished
            self._end(f"The model process could not be started: {self._process.errorString()}.")

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_errors()
        self.no_room = code == NO_ROOM and status is QProcess.ExitStatus.NormalExit
        if self._leaving:
            self._end("")
        elif self._last_words.endswith(self._too_slow_words) and self._too_slow_words:
            self._end(self._too_slow_words)
        elif status is QProcess.ExitStatus.CrashExit:
            self._end(_crashed(code))
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


def _crashed(code: int) -> str:
    """Why a process ended without a word; the exit code is the signal where there are signals."""
    if sys.platform == "win32":
        return f"The model process crashed (0x{code & 0xFFFFFFFF:08X})."
    if code == signal.SIGKILL:  # sent by nobody but Linux, for want of memory
        return "The model process was ended, most likely for want of memory."
    return f"The model process crashed (signal {code}). Its file or a driver may be at fault."


def _environment() -> QProcessEnvironment:
    """As for jobs: from a checkout, the way to its code."""
    found = QProcessEnvironment()
    for name, value in child_environment().items():
        found.insert(name, value)
    return found
