"""Says what was found when the program had not closed properly, and clears away what it left."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtWidgets import QWidget

from app.bridge import Relay
from app.panels.common import plural
from app.services import Services
from app.state import Banner
from engine.jobs import litter
from engine.store import Project
from engine.store.careful import Fault
from engine.store.recovered import Recovered

KEY, FAULT = "recovered", "fault"
_SAID = "place.said"


class RecoveringIntents:
    """Looks at each project that is opened."""

    def __init__(self, services: Services, window: QWidget) -> None:
        self._services, self._session = services, services.session
        self._workers, self._window = services.jobs.workers, window
        self._relay = Relay(window)
        self._relay.arrived.connect(self._on_fault)
        services.session.project_changed.connect(self._on_project)

    def _on_project(self) -> None:
        project = self._session.project
        if project is None:
            return
        project.on_fault.append(self._relay.send)
        if not project.read_only:
            remains = litter.remains(project, beside=project.recovered is not None)
            if remains:
                self._workers.run(partial(litter.throw_away, remains))
        if project.recovered is not None:
            text = f"{words(project.recovered)} {self._jobs()}".strip()
            self._session.raise_banner(Banner(KEY, text, "info"))
        self._say_place(project)

    def _on_fault(self, fault: Fault) -> None:
        """Something could not be saved as it was meant: say what that means, with the report."""
        from app.dialogs.crash_dialog import CrashDialog

        self._session.raise_banner(Banner(FAULT, fault.words, "warning" if fault.kept else "error"))
        error = fault.error
        CrashDialog.report(type(error), error, error.__traceback__, self._window, fault.words)

    def _say_place(self, project: Project) -> None:
        """Once for each project: it lies where SQLite's usual way cannot be trusted."""
        said = project.place.words
        if said and not project.read_only and project.setting(_SAID) != project.place.kind:
            project.set_setting(_SAID, project.place.kind)
            self._session.raise_banner(Banner("place", said, "info"))

    def _jobs(self) -> str:
        """What became of the jobs that were under way."""
        jobs = self._services.jobs
        found = [view for view in jobs.jobs() if not view.taken]
        on = [view.title for view in found if view.state in ("queued", "running")]
        off = [view.title for view in found if view.state == "died"]
        off += jobs.unborn
        sentences = []
        if on:
            sentences.append(f"{_joined(on)} {'goes' if len(on) == 1 else 'go'} on.")
        if off:
            sentences.append(f"{_joined(off)} {'was' if len(off) == 1 else 'were'} broken off.")
        return " ".join(sentences)


def words(found: Recovered) -> str:
    """What was found, as sentences; the first says what happened."""
    happened = "Maskwright did not close properly."
    if found.newest is None:
        return f"{happened} Nothing had been changed yet."
    here = f"{happened} Everything up to {_clock(found.newest)} is here"
    if not found.steps:
        return f"{here}; the last session had changed nothing."
    where = f" in {plural(found.images, 'image')}" if found.images > 1 else ""
    return f"{here}: {plural(found.steps, 'step')} of the last session{where}, undo included."


def _clock(moment: float) -> str:
    then = time.localtime(moment)
    pattern = "%H:%M:%S" if then[:3] == time.localtime()[:3] else "%Y-%m-%d %H:%M:%S"
    return time.strftime(pattern, then)


def _joined(titles: list[str]) -> str:
    """Titles as the beginning of a sentence: "Learning and exporting"."""
    once = list(dict.fromkeys(titles))
    said = " and ".join((", ".join(once[:-1]), once[-1])) if len(once) > 1 else once[0]
    return said.capitalize()
