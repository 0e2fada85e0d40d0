"""Backups: the one of the day made by itself, and the sheet that lists and restores them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from app.bridge import Relay
from app.panels.common import plural
from app.state import Banner, Level
from engine.errors import EngineError
from engine.store.backup import KEEP, Backup, backups_of
from engine.store.connection import DamagedError

if TYPE_CHECKING:
    from app.services import Services
    from app.window import Window

DAILY, KEPT = "backup_daily", "backups_kept"
"""Settings: whether one is made each day, and how many of those stay."""

AFTER_MS, EVERY_MS = 5_000, 3_600_000
"""After a project was opened, so that opening it costs no more; then each hour, for long days."""

DAMAGED, EARLIER_KEY = "damaged", "earlier"

EARLIER = (
    "No project file was here, so a new project was begun. Of an earlier one there is {count}, the "
    "newest of {day}."
)


class BackupIntents:
    """Watches the open project; knows which file could not be opened."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        self._damaged: Path | None = None
        self._relay = Relay(window)
        self._relay.arrived.connect(self._on_told)
        self._done = Relay(window)
        self._done.arrived.connect(self._on_done)
        self._clock = QTimer(window)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self.make)
        services.actions.handle("file.backups", self.show, self._nothing)
        services.session.project_changed.connect(self._on_project)

    @property
    def path(self) -> Path | None:
        """The project whose backups are meant: the open one, else the one that could not be."""
        project = self._session.project
        return project.path if project is not None else self._damaged

    def show(self) -> None:
        """The sheet."""
        from app.dialogs.backups_sheet import BackupsSheet

        if self.path is not None:
            sheet = BackupsSheet(self._services, self.path, self.replace, self._window)
            self._window.show_sheet(sheet)

    def not_opened(self, problem: EngineError) -> None:
        """A project is damaged: show what can be done about it."""
        if isinstance(problem, DamagedError):
            self._damaged = problem.path
            banner = Banner(DAMAGED, str(problem), "error", "Backups", self.show)
            self._session.raise_banner(banner)
            if self._session.project is None:
                self.show()

    def make(self) -> None:
        """Begin the backup of the day, unless it is there or not wanted."""
        project, settings = self._session.project, self._services.settings
        if project is None or project.read_only or not settings.value(DAILY, True):
            return
        if not self._session.images:
            return
        project.keep_daily(settings.value(KEPT, KEEP), self._relay.send)
        self._clock.start(EVERY_MS)

    def replace(self, path: Path, words: str, work: Callable[[], object], text: str) -> None:
        """Let go of a project, do something to its file on another thread, open it again.

        Args:
            path: the project file.
            words: what is done, said meanwhile.
            work: does it.
            text: said when it is done and open.
        """
        if self._session.project is not None:
            self._services.actions.trigger("file.close")
        if self._session.project is not None:  # something could not be written, which was said
            return
        self._session.say(words)

        def run() -> None:
            try:
                work()
            except EngineError as problem:
                self._done.send((path, str(problem), "error"))
            else:
                self._done.send((path, text, "ok"))

        self._services.jobs.workers.run(run)

    def _on_done(self, done: tuple[Path, str, Level]) -> None:
        path, text, level = done
        if level == "ok":
            self._session.drop_banner(DAMAGED)
        if self._session.project is None and os.path.exists(path):
            self._services.actions.recent_chosen.emit(str(path))
        self._session.say(text, level)

    def _on_project(self) -> None:
        self._clock.stop()
        project = self._session.project
        if project is not None:
            self._damaged = None
            self._clock.start(AFTER_MS)
            kept = backups_of(project.path) if project.made else []
            if kept:
                said = EARLIER.format(count=plural(len(kept), "backup"), day=kept[0].day)
                self._session.raise_banner(
                    Banner(EARLIER_KEY, said, "warning", "Backups", self.show)
                )

    def _on_told(self, told: Backup | EngineError) -> None:
        if isinstance(told, EngineError):
            self._session.say(str(told), "warning")

    def _nothing(self) -> str:
        return "" if self.path is not None else "Open a folder or a project first."
