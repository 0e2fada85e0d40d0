"""Jobs as the window sees them: started, watched by their folders, taken up when done."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.session import Banner, Session
from app.settings import Settings
from app.workers import Workers
from engine.errors import EngineError
from engine.jobs import launch
from engine.jobs.events import Finished, Metric, Note, Progress
from engine.jobs.folder import JobFolder, State
from engine.jobs.job import AnySpec, kind_of
from engine.jobs.take_up import TakenUp, take_up

POLL_MS = 150
TITLES = {
    "predict": "Proposing",
    "train": "Learning",
    "evaluate": "Measuring",
    "import": "Importing",
    "export": "Exporting",
}


@dataclass(slots=True)
class JobView:
    """What is known of one job.

    Attributes:
        metrics: name → (step, value) points in the order they came.
        outcome: the job's result once it is done.
        error: the sentence of a failed job.
        taken: its results are in the project.
        fresh: it ended while this window watched.
    """

    id: str
    kind: str
    folder: Path
    spec: AnySpec
    state: State = "queued"
    title: str = ""
    done: int = 0
    total: int = 0
    text: str = ""
    seconds_left: float | None = None
    metrics: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    started: float = 0.0
    taken: bool = False
    fresh: bool = False
    offset: int = 0

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("queued", "running")

    @property
    def can_resume(self) -> bool:
        """Whether it stopped half-way with a checkpoint to go on from."""
        stopped = self.state in ("cancelled", "died")
        return stopped and (self.folder / "checkpoint.pt").exists()


class JobCenter(QObject):
    """The jobs of the open project. A job is a folder and a process group; no pipe joins us.

    So a job may outlive the window, and one that was started in an earlier run is watched and
    taken up like any other.
    """

    changed = Signal(str)  # job id: progress, a metric, a note, or its state
    ended = Signal(str)  # job id: it is over and, when it was done, taken up
    list_changed = Signal()

    def __init__(
        self, session: Session, settings: Settings, workers: Workers, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._settings, self._workers = session, settings, workers
        self._views: dict[str, JobView] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        session.project_changed.connect(self._on_project)

    # -- asking ------------------------------------------------------------------------------

    def jobs(self) -> list[JobView]:
        """All jobs of the project, newest first."""
        return sorted(self._views.values(), key=lambda view: view.started, reverse=True)

    def get(self, job_id: str) -> JobView | None:
        """One job, or None."""
        return self._views.get(job_id)

    def running(self, kind: str | None = None) -> list[JobView]:
        """Jobs that have not ended, of one kind or any."""
        return [view for view in self.jobs() if view.live and (kind is None or view.kind == kind)]

    def start(self, spec: AnySpec) -> str:
        """Start a job in a process of its own; returns its id.

        Raises:
            EngineError: no project, it is read-only, or no process could be started.
        """
        project = self._session.project
        if project is None or project.read_only:
            raise EngineError(
                project.owner if project else "Open a folder or a project before this."
            )
        project.flush()  # a job reads what is on disk
        folder = JobFolder.create(project.files / "jobs", spec)
        launch.start(folder, detached=self._settings.value("jobs_outlive", True))
        view = JobView(folder.id, kind_of(spec), folder.path, spec, "running", started=time.time())
        view.title = TITLES[view.kind]
        self._views[view.id] = view
        self._timer.start()
        self.list_changed.emit()
        self.changed.emit(view.id)
        return view.id

    def cancel(self, job_id: str) -> None:
        """Ask a job to end; it has 1.5 s before its processes are ended."""
        view = self._views.get(job_id)
        if view is not None and view.live:
            view.text = "Stopping"
            self.changed.emit(job_id)
            self._workers.run(lambda: launch.cancel(view.folder))

    def resume(self, job_id: str) -> None:
        """Start a job that died or was stopped again, from its last checkpoint.

        Raises:
            EngineError: it still runs, or cannot be started.
        """
        view = self._views[job_id]
        folder = JobFolder(view.folder)
        folder.reopen()
        launch.start(folder, detached=self._settings.value("jobs_outlive", True))
        view.state, view.error = "running", ""
        self._timer.start()
        self.changed.emit(job_id)

    # -- watching ----------------------------------------------------------------------------

    def _on_project(self) -> None:
        self._timer.stop()
        self._views.clear()
        project = self._session.project
        jobs = project.files / "jobs" if project else None
        if jobs is not None and jobs.is_dir():
            for path in sorted(jobs.iterdir()):
                self._adopt(path)
            self._timer.start()
        self.list_changed.emit()

    def _adopt(self, path: Path) -> None:
        folder = JobFolder(path)
        try:
            spec = folder.spec()
        except EngineError:
            return  # not a job of this version; left alone
        view = JobView(folder.id, kind_of(spec), path, spec, started=path.stat().st_mtime)
        view.title = TITLES[view.kind]
        self._views[view.id] = view
        self._read(view)

    def _poll(self) -> None:
        launch.reap()
        for view in list(self._views.values()):
            if view.live or not view.taken:
                self._read(view)
        if not any(view.live for view in self._views.values()):
            self._timer.stop()

    def _read(self, view: JobView) -> None:
        folder = JobFolder(view.folder)
        state = folder.state()  # before the events, so that none is missed at the end
        events, view.offset = folder.read_events(view.offset)
        for event in events:
            match event:
                case Progress():
                    view.done, view.total = event.done, event.total
                    view.text, view.seconds_left = event.text, event.seconds_left
                case Metric(value=float() as value):
                    view.metrics.setdefault(event.name, []).append((float(event.step), value))
                case Note():
                    view.notes.append(event.text)
                case Finished():
                    view.error = event.error
        was_live, view.state = view.live, state
        if view.live:
            if events:
                self._take_parts(view)
                self.changed.emit(view.id)
            return
        if not view.taken:
            self._end(view, folder, was_live)

    def _take_parts(self, view: JobView) -> None:
        project = self._session.project
        if view.kind == "predict" and project is not None and not project.read_only:
            self._refresh(view, take_up(project, view.folder))

    def _end(self, view: JobView, folder: JobFolder, fresh: bool) -> None:
        view.taken, view.fresh = True, fresh
        done = folder.done()
        if done is not None:
            view.outcome, view.error = done.result, done.error
        elif view.state == "died":
            view.error = (
                f"{view.title} ended: the machine ran out of memory. Start it again with less."
                if folder.out_of_memory()
                else f"{view.title} ended without a word; its log is in {view.folder}."
            )
        project = self._session.project
        if project is not None and not project.read_only:
            try:
                self._refresh(view, take_up(project, view.folder))
            except EngineError as problem:
                view.error = str(problem)
        if fresh:
            self._announce(view)
        self.changed.emit(view.id)
        self.ended.emit(view.id)

    def _refresh(self, view: JobView, taken: TakenUp) -> None:
        """Show what a job brought. Open documents were changed in place by the project."""
        for remark in taken.remarks:
            if remark not in view.notes:
                view.notes.append(remark)
        if taken.model:
            view.outcome = {**view.outcome, "model": taken.model}
        if view.kind == "import" and taken.objects + len(taken.images):
            self._session.refresh_images()
            self._session.touch_taxonomy()
        elif taken.images:
            self._session.refresh_images(taken.images)
            self._session.touch_taxonomy()

    def _announce(self, view: JobView) -> None:
        if view.error:
            self._session.raise_banner(Banner(f"job-{view.id}", view.error, "error"))
        elif view.state == "done":
            self._session.say(f"{view.title} is done", "ok")
        elif view.state == "cancelled":
            self._session.say(f"{view.title} was stopped", "info")

    def close(self) -> None:
        """Stop watching; jobs that were to end with the window see that it is gone."""
        self._timer.stop()
