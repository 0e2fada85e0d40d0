"""Brings the results of jobs into the project, a few milliseconds at a time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import Relay
from app.workers import Workers
from engine.errors import EngineError
from engine.jobs.take_up import Aside, Pieces, TakenUp, give_up, pieces
from engine.store import Project

TURN, GAP_MS = 0.006, 4  # seconds of work in one turn, and what is left to the window between two
TELL = 0.1  # seconds between two tellings of what came in; lists are drawn anew for each


@dataclass(frozen=True, slots=True)
class Request:
    """Take up what is in a job's folder now; ``last`` when nothing more will come."""

    job_id: str
    folder: Path
    last: bool


class Taker(QObject):
    """Takes up one job after another; everything on the GUI thread but work on files alone.

    Attributes:
        hold: asked before each turn; nothing changes under the hand while it answers True.
        given_up: ids of jobs that were stopped before all of theirs was in.
    """

    took = Signal(str, object)  # job id, TakenUp: what came in since the last telling
    finished = Signal(object, str)  # Request, why it broke off; "" when all is in

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hold: Callable[[], bool] = lambda: False
        self.given_up: set[str] = set()
        self._workers = workers
        self._project: Project | None = None
        self._queue: deque[Request] = deque()
        self._now: tuple[Request, Pieces] | None = None
        self._answer: Any = None  # what the work aside came to: a value, or the error it raised
        self._aside = False  # work aside is under way
        self._unwanted: set[str] = set()  # ids of jobs whose rest is not wanted
        self._news, self._told = TakenUp(), 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(GAP_MS)
        self._timer.timeout.connect(self._turn)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_aside)

    def open(self, project: Project | None) -> None:
        """Take results into this project from now on; what was begun is left for the next start."""
        self._queue.clear()
        now, self._now = self._now, None
        if now is not None:
            now[1].close()
        self._project, self._news, self._aside, self._answer = project, TakenUp(), False, None
        self._unwanted.clear()
        self.given_up.clear()
        self._timer.stop()

    def take(self, request: Request) -> None:
        """Take up a job's results soon; ``finished`` follows."""
        if request not in self._queue:
            self._queue.append(request)
            self._timer.start()

    def stop(self, job_id: str) -> None:
        """Take up no more of a job: what is in the project stays; ``finished`` follows."""
        self._unwanted.add(job_id)

    def _turn(self) -> None:
        if self._aside or self.hold():
            return
        if self._now is not None and self._now[0].job_id in self._unwanted:
            self._drop(*self._now)
        until = time.perf_counter() + TURN
        while time.perf_counter() < until and not self._aside:
            if self._now is None and not self._begin():
                self._timer.stop()
                return
            self._step()
        if self._now is not None and time.perf_counter() - self._told > TELL:
            self._tell()

    def _begin(self) -> bool:
        if self._project is None or not self._queue:
            return False
        request = self._queue.popleft()
        self._now = (request, pieces(self._project, request.folder))
        self._told = time.perf_counter()
        return True

    def _step(self) -> None:
        assert self._now is not None
        answer, self._answer = self._answer, None
        steps = self._now[1]
        try:
            piece = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
        except StopIteration:
            self._end("")
        except EngineError as problem:
            self._end(str(problem))
        except Exception:
            self._end("Its results could not be taken up.")
            raise
        else:
            if isinstance(piece, Aside):
                self._begin_aside(piece)
            else:
                self._news += piece

    def _drop(self, request: Request, steps: Pieces) -> None:
        """Nobody wants the rest."""
        self._answer, problem = None, ""
        steps.close()
        self.given_up.add(request.job_id)
        try:
            if self._project is not None:
                give_up(self._project, request.folder)
        except EngineError as found:
            problem = str(found)
        self._end(problem)

    def _end(self, problem: str) -> None:
        assert self._now is not None
        self._tell()
        request, self._now = self._now[0], None
        self.finished.emit(request, problem)

    def _tell(self) -> None:
        self._told = time.perf_counter()
        news, self._news = self._news, TakenUp()
        if self._now is not None and news != TakenUp():
            self.took.emit(self._now[0].job_id, news)

    def _begin_aside(self, piece: Aside) -> None:
        now, self._aside = self._now, True

        def run() -> None:
            try:
                self._relay.send((now, piece.work()))
            except Exception as problem:
                self._relay.send((now, problem))

        self._workers.run(run)

    def _on_aside(self, done: tuple[Any, Any]) -> None:
        now, answer = done
        if now is self._now and now is not None:
            self._aside, self._answer = False, answer
