"""Versions of the dataset: what was exported and learned from, and what changed since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.bridge import Relay
from app.dialogs.sheet import Sheet
from app.places.figures import counted, when
from app.theme.widgets import Button, ElidedLabel, TextBlock
from app.workers import Workers
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.services import Services
    from engine.store import Project
    from engine.store.versions import Difference, Version

SHOWN = 40
"""Versions at most, the newest first; the command line lists all."""

NOTHING = "Nothing was exported or learned from yet. {file.export} exports, {learn.start} learns."


def title_of(version: Version) -> str:
    """What a version is called in the list."""
    facts = version.facts
    if version.kind == "train":
        return f"Learning: {facts.get('name') or facts.get('model') or 'a model'}"
    target = Path(str(facts.get("target", ""))).name
    return f"Export: {target} ({facts.get('format', '')})"


class VersionLine(QWidget):
    """One version: what, when, how much, its hash; and what changed since."""

    def __init__(self, version: Version) -> None:
        super().__init__()
        self.version = version
        self.title = ElidedLabel(title_of(version), weight="medium", cut="middle")
        self.when = ElidedLabel(when(version.made), "small", role="text.secondary")
        facts = (
            counted(version.images, "image"),
            counted(version.objects, "object"),
            "done ones" if version.facts.get("only_done") else "",
            "those with masks" if version.facts.get("empty") == "skip" else "",
            f"hash {version.digest[:12]}",
        )
        self.facts = ElidedLabel(" · ".join(filter(None, facts)), "small", role="text.secondary")
        self.facts.setToolTip(f"Snapshot hash {version.digest}")
        self.since = ElidedLabel("", "small")
        self.show_them = Button("Show them", kind="quiet")
        self.show_them.setToolTip("Lists only these images in the filmstrip.")
        self.show_them.hide()
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title, 1)
        head.addWidget(self.when)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.since, 1)
        foot.addWidget(self.show_them)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 6)
        column.setSpacing(1)
        column.addLayout(head)
        column.addWidget(self.facts)
        column.addLayout(foot)
        self.say("Looking what changed since")

    def say(self, words: str) -> None:
        """Show what changed since, or why that is not known."""
        self.since.set_text(words)
        self.setAccessibleName(f"{self.title.text()}, {self.facts.text()}, {words}")

    def show_difference(self, found: Difference) -> None:
        """Say what changed since."""
        self.say(f"Changed since: {found.words()}")
        self.show_them.setVisible(bool(found.images))


class VersionsSheet(Sheet):
    """The list. Each version is compared with today on a thread, the newest first."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(
            "Versions of the dataset", services.actions.key_text("file.versions"), "", parent
        )
        self._services, self._session = services, services.session
        self.lines: dict[int, VersionLine] = {}
        self._left = False
        self.add(
            TextBlock(
                "Each export and each learning run is a version. The hash covers classes, images "
                "and masks; equal work has the equal hash on any computer."
            )
        )
        self.body.addSpacing(8)
        self.none = TextBlock("", "body", "regular", "text.primary")
        self.add(self.none)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.add(self._list)
        self.more = TextBlock("")
        self.add(self.more)
        self.body.addStretch(1)
        self._workers = Workers(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_found)
        self._session.project_changed.connect(self.leave)
        services.jobs.ended.connect(self._on_job)
        self.refresh()

    def _on_job(self, _job: str) -> None:
        self.refresh()

    def refresh(self) -> None:
        """List what there is now, and begin to compare."""
        project = self._session.project
        if project is None:
            return
        try:
            every = project.versions()
        except EngineError as problem:
            self.none.set_text(str(problem))
            return
        self._fill(every[:SHOWN])
        self.none.set_text("" if every else self._services.actions.fill(NOTHING))
        self.none.setVisible(not every)
        rest = len(every) - len(self.lines)
        self.more.set_text(f"and {rest:,} earlier ones" if rest > 0 else "")
        self.more.setVisible(rest > 0)
        taxonomy, shown = self._session.taxonomy, every[:SHOWN]

        def work() -> None:
            # What was exported on the command line meanwhile was left for who owns the project.
            if _brought(project):
                self._relay.send(None)
                return
            for version in shown:
                if self._left:
                    return
                try:
                    found: Difference | str = project.changed_since(version, taxonomy)
                except EngineError as problem:
                    found = str(problem)
                self._relay.send((version.id, found))

        self._workers.run(work)

    def _fill(self, versions: list[Version]) -> None:
        while item := self._list.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.lines = {}
        for version in versions:
            line = self.lines[version.id] = VersionLine(version)
            self._list.addWidget(line)

    def _on_found(self, arrived: tuple[int, Difference | str] | None) -> None:
        if arrived is None:
            self.refresh()
            return
        number, found = arrived
        line = self.lines.get(number)
        if line is None:
            return
        if isinstance(found, str):
            line.say(found)
            return
        line.show_difference(found)
        line.show_them.clicked.connect(lambda: self._show(line.version, found))

    def _show(self, version: Version, found: Difference) -> None:
        """List only what changed since in the filmstrip."""
        there = [number for number in found.images if self._session.row(number) is not None]
        self._session.show_among(there, f"changed since {title_of(version)}")
        gone = len(found.images) - len(there)
        words = f"{counted(len(there), 'image')} in the filmstrip"
        words += f"; {gone:,} are no longer in the project." if gone else "."
        self._session.say(f"{words} Its menu shows all images again.")

    def showEvent(self, event: QShowEvent) -> None:
        """It may have been put away for a moment while the window found room for it."""
        super().showEvent(event)
        if self._left and not event.spontaneous():
            self._left = False
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody waits for the rest of the comparison."""
        self._left = True
        super().hideEvent(event)


def _brought(project: Project) -> bool:
    """Take up versions that were left; whether there were any."""
    from engine.jobs.versions_left import take_left

    try:
        return take_left(project) > 0
    except EngineError:  # it is being closed, or cannot be written now: another time
        return False
