"""Jobs as the window sees them: started, watched by their folders, taken up when done."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, QTimer, Signal

from app.job_view import JobView, brought_part
from app.session import Session
from app.settings import Settings
from app.state import Banner
from app.taker import Request, Taker
from app.workers import Workers
from engine.errors import EngineError
from engine.jobs import launch, litter, take_up, watch
from engine.jobs.folder import Done, JobFolder, State
from engine.jobs.job import AnySpec
from engine.jobs.take_up import TakenUp
from engine.store import JobRow, Project
from engine.store.versions import LEFT

__all__ = ["JobCenter", "JobView"]

POLL_MS = 150
REPORTED = ("predict", "evaluate")  # kinds without a sheet or place that tells how they went
LINGER = 20  # looks that a process gets to leave after its last word
BIRTH = 100  # looks that a job of another run gets until its process is there


class JobCenter(QObject):
    """The jobs of the open project. A job is a folder and a process group; no pipe joins us.

    So a job may outlive the window, and one that was started in an earlier run is watched and
    taken up like any other. A view is live until its results are in the project.
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
        self.unborn: list[str] = []  # titles of jobs that an earlier run never came to start
        self.workers = workers
        self._unread: set[str] = set()  # jobs that ended long ago, whose events nobody asked for
        self._taxonomy = session.taxonomy  # as it was last shown
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._taker = Taker(workers, self)
        self._taker.took.connect(self._on_took)
        self._taker.finished.connect(self._on_taken)
        session.project_changed.connect(self._on_project)

    # -- asking ------------------------------------------------------------------------------

    def jobs(self) -> list[JobView]:
        """All jobs of the project, newest first; curves and notes of old ones by ``get``."""
        # By name: names only grow, whatever the clock says.
        return sorted(self._views.values(), key=lambda view: view.id, reverse=True)

    def get(self, job_id: str) -> JobView | None:
        """One job with all that it said, or None."""
        view = self._views.get(job_id)
        if view is not None and job_id in self._unread:
            self._unread.discard(job_id)
            view.read(JobFolder(view.folder))
        return view

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
        view = JobView.of(folder, spec, time.time())
        view.state = "running"
        self._views[view.id] = view
        self._timer.start()
        self.list_changed.emit()
        self.changed.emit(view.id)
        return view.id

    def cancel(self, job_id: str) -> None:
        """Ask a job to end; it has 1.5 s before its processes are ended."""
        view = self._views.get(job_id)
        if view is not None and view.taking and view.kind == "import":
            view.text = "Stopping"
            self._taker.stop(job_id)
            self.changed.emit(job_id)
        elif view is not None and view.live and not view.taking:
            view.text = "Stopping"
            JobFolder(view.folder).ask_cancel()
            self.changed.emit(job_id)
            self._workers.run(lambda: launch.cancel(view.folder))

    def resume(self, job_id: str) -> None:
        """Start a job that died or was stopped again, from its last checkpoint.

        Raises:
            EngineError: it still runs, or cannot be started.
        """
        view, project = self._views[job_id], self._session.project
        if project is None:
            return
        self.get(job_id)
        folder = JobFolder(view.folder)
        take_up.reopen(project, folder)
        launch.start(folder, detached=self._settings.value("jobs_outlive", True))
        view.state, view.error, view.taken, view.text = "running", "", False, ""
        view.lingers = 0
        self._session.drop_banner(f"job-{job_id}")
        self._timer.start()
        self.list_changed.emit()
        self.changed.emit(job_id)

    @property
    def held(self) -> bool:
        """Whether nothing may change under the hand now."""
        return self._taker.hold()

    def set_hold(self, hold: Callable[[], bool]) -> None:
        """Take nothing up while ``hold`` answers True: a stroke is down."""
        self._taker.hold = hold

    # -- watching ----------------------------------------------------------------------------

    def _on_project(self) -> None:
        self._timer.stop()
        self._views.clear()
        self._unread.clear()
        self.unborn.clear()
        project, self._taxonomy = self._session.project, self._session.taxonomy
        self._taker.open(project)
        jobs = project.files / "jobs" if project else None
        if project is not None and jobs is not None and os.path.isdir(jobs):
            rows = {row.id: row for row in project.jobs()}
            with suppress(OSError):  # of others, who let nobody look into it
                for path in sorted(jobs.iterdir()):
                    self._adopt(path, rows.get(path.name))
            self._timer.start()
        if project is not None and os.path.isdir(project.files / LEFT):
            self._workers.run(partial(_take_left, project))
        self.list_changed.emit()

    def _adopt(self, path: Path, row: JobRow | None) -> None:
        folder = JobFolder(path)
        try:
            spec = folder.spec()
        except EngineError:
            return  # not a job of this version; left alone
        view = JobView.of(folder, spec, path.stat().st_mtime)
        if row is None and self._owner and litter.unborn(folder):
            self.unborn.append(view.title)
            litter.throw_away([path])
            return
        self._views[view.id] = view
        if row is None or not row.taken:
            self._read(view)
            return
        self._unread.add(view.id)
        view.state, view.taken, view.late = cast(State, row.state), True, True
        view.model = str(row.summary.get("model", ""))
        if view.kind in ("predict", "import"):
            self._workers.run(lambda: take_up.tidy(folder))

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
        if view.taking:
            return
        events = view.read(folder)
        if state == "queued" and self._never_begins(view, folder):
            return
        if state in ("queued", "running"):
            view.state = state
            if brought_part(events) and self._owner:
                self._taker.take(Request(view.id, view.folder, last=False))
            if events:
                self.changed.emit(view.id)
        elif self._lingers(view, folder):
            return
        elif not self._owner:
            view.state = state
            self._end(view, "")
        elif not (state == "died" and self._goes_on(view, folder)):
            view.taking, view.text, view.seconds_left = True, "Taking in the results", None
            view.done = 0 if view.kind == "import" else view.done  # counted anew
            self._taker.take(Request(view.id, view.folder, last=True))
            self.changed.emit(view.id)

    @staticmethod
    def _never_begins(view: JobView, folder: JobFolder) -> bool:
        """Whether a job has no process although it had time for one; its end is written then."""
        view.waits += 1
        if view.waits < BIRTH:
            return False
        folder.finish(Done("failed", f"{view.title} did not begin. Start it again."))
        return True

    @staticmethod
    def _lingers(view: JobView, folder: JobFolder) -> bool:
        """Whether a job that has said its last word still holds memory and cannot be restarted."""
        process = folder.process()
        if process is None or view.lingers >= LINGER or not process.alive():
            return False
        view.lingers += 1
        return True

    @property
    def _owner(self) -> bool:
        project = self._session.project
        return project is not None and not project.read_only

    def _goes_on(self, view: JobView, folder: JobFolder) -> bool:
        """Whether a job that ran out of memory could be started again with less."""
        try:
            note = watch.again(folder)
        except EngineError:
            return False
        if note:
            view.add_note(note)
            self._session.say(f"{view.title}: {note}", "warning")
            self.changed.emit(view.id)
        return bool(note)

    def _on_took(self, job_id: str, taken: TakenUp) -> None:
        """Show what a job brought. Open documents were changed in place by the project."""
        view = self._views.get(job_id)
        if view is None:
            return
        for remark in taken.remarks:
            view.add_note(remark, warning=True)
        view.model = taken.model or view.model
        if view.taking and view.kind == "import" and view.total:
            view.done = min(view.total, view.done + len(taken.images))
            self.changed.emit(job_id)
        if (
            taken.images and view.kind != "import"
        ):  # an import may bring thousands: once, at the end
            self._session.refresh_images(taken.images)
        self._follow_taxonomy()

    def _follow_taxonomy(self) -> None:
        """Results may have made classes."""
        if self._session.taxonomy is not self._taxonomy:
            self._taxonomy = self._session.taxonomy
            self._session.touch_taxonomy()

    def _on_taken(self, request: Request, problem: str) -> None:
        view = self._views.get(request.job_id)
        if view is None or not request.last:
            return
        view.given_up = view.id in self._taker.given_up
        if view.kind == "import":
            self._session.refresh_images()
            self._follow_taxonomy()
        self._end(view, problem)

    def _end(self, view: JobView, problem: str) -> None:
        folder = JobFolder(view.folder)
        view.taking, view.taken, view.fresh = False, True, self._owner
        view.text = ""
        view.state = "cancelled" if view.given_up else folder.state()
        view.show_end(folder)
        view.error = problem or view.error
        if self._owner:
            self.workers.run(lambda: litter.throw_away(litter.remains_of(folder)))
        if view.fresh:
            self._announce(view)
        self.changed.emit(view.id)
        self.ended.emit(view.id)

    def _announce(self, view: JobView) -> None:
        if view.error:
            text, resume = "", None
            if view.can_resume:
                text, resume = "Go on", lambda: self._resume(view.id)
            self._session.raise_banner(Banner(f"job-{view.id}", view.error, "error", text, resume))
        elif view.state == "done":
            summary = view.outcome.get("summary") if view.kind in REPORTED else ""
            self._session.say(f"{view.title} is done" + (f": {summary}" if summary else ""), "ok")
            if view.kind in REPORTED and view.warnings:
                text = " ".join(view.warnings)
                show, act = "", None
                if unread := view.outcome.get("unread"):
                    show = "Show it" if len(unread) == 1 else f"Show the {len(unread):,}"
                    act = partial(self._session.show_among, unread, "not read")
                self._session.raise_banner(Banner(f"job-{view.id}", text, "warning", show, act))
        elif view.state == "cancelled":
            self._session.say(f"{view.title} was stopped", "info")

    def _resume(self, job_id: str) -> None:
        try:
            self.resume(job_id)
        except EngineError as problem:
            self._session.say(str(problem), "error")

    def close(self) -> None:
        """Stop watching; jobs that were to end with the window see that it is gone."""
        self._timer.stop()
        self._taker.open(None)


def _take_left(project: Project) -> None:
    """Take up versions that the command line left while nobody here looked."""
    from engine.jobs.versions_left import take_left  # more of the engine than a start needs

    with suppress(EngineError):  # it is being closed: at the next start
        take_left(project)
