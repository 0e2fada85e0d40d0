"""Follows one job for a sheet: the busy button while it runs, one call when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject

from app.jobs import JobView
from app.services import Services
from app.theme.widgets import Button
from engine.errors import EngineError
from engine.jobs.job import AnySpec


class JobWatch(QObject):
    """Starts a job, keeps a button in step with it, and says when it ended.

    While the job runs the button shows how far it is; a press stops it.
    """

    def __init__(
        self, services: Services, kind: str, button: Button, verb: str, parent: QObject
    ) -> None:
        """Follow jobs of one kind.

        Args:
            services: the running program.
            kind: of the jobs.
            button: shows progress.
            verb: what the button says, as "Exporting".
            parent: ends the watching with it.
        """
        super().__init__(parent)
        self._services, self._kind, self._button, self._verb = services, kind, button, verb
        self._began = time.monotonic()
        self.job_id = ""
        self.on_end: Callable[[JobView, float], None] | None = None
        services.jobs.changed.connect(self._on_changed)
        services.jobs.ended.connect(self._on_ended)
        running = services.jobs.running(kind)
        if running:  # it was started before this sheet was opened
            self.job_id = running[0].id
            self._began -= max(0.0, time.time() - running[0].started)
            self._show(running[0])

    @property
    def running(self) -> bool:
        """Whether the job is under way."""
        view = self._services.jobs.get(self.job_id) if self.job_id else None
        return view is not None and view.live

    def start(self, spec: AnySpec) -> None:
        """Start a job.

        Raises:
            EngineError: it could not be started.
        """
        self._began = time.monotonic()
        self.job_id = self._services.jobs.start(spec)
        view = self._services.jobs.get(self.job_id)
        if view is not None:
            self._show(view)

    def stop(self) -> None:
        """Ask the job to end."""
        if self.job_id:
            self._services.jobs.cancel(self.job_id)

    def try_start(self, spec: AnySpec) -> str:
        """Start a job; answers why it could not be, or ""."""
        try:
            self.start(spec)
        except EngineError as problem:
            return str(problem)
        return ""

    def _on_changed(self, job_id: str) -> None:
        view = self._services.jobs.get(job_id)
        if job_id == self.job_id and view is not None and view.live:
            self._show(view)

    def _on_ended(self, job_id: str) -> None:
        view = self._services.jobs.get(job_id)
        if job_id != self.job_id or view is None:
            return
        self._button.set_busy()
        self._button.setToolTip("")
        if self.on_end is not None:
            self.on_end(view, time.monotonic() - self._began)

    def _show(self, view: JobView) -> None:
        fraction = view.done / view.total if view.total else None
        part = "" if fraction is None else f" {fraction * 100:.0f} %"
        self._button.set_busy(f"{self._verb}{part} · Stop", fraction)
        self._button.setAccessibleDescription(f"{self._verb}{part}. Press to stop.")
        self._button.setToolTip(view.text)
