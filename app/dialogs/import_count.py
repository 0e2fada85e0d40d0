"""Which images an import is about: counted before it is begun."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.dialogs.background import Background
from app.dialogs.fields import StateLine
from app.places.figures import counted
from app.services import Services
from app.theme.widgets import CheckBox
from engine.errors import EngineError
from engine.jobs.import_look import Looked, look
from engine.jobs.job import ImportSpec


class Stopped(Exception):
    """The answer is no longer wanted."""


@dataclass(slots=True)
class Asked:
    """A question whose answer is waited for; any thread may look whether it still is."""

    over: bool = False

    def watch(self, _done: int, _total: int) -> None:
        """Called for each image.

        Raises:
            Stopped: nobody waits any more.
        """
        if self.over:
            raise Stopped


class ImportCount(QWidget):
    """How many images are in the project, new or not found, and whether names will do.

    Signals:
        changed: what was ticked is another.
    """

    changed = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = services.session
        self._background = Background(self)
        self._asked = Asked()
        self.line = StateLine("info", "text.secondary")
        self.by_name = CheckBox("")
        self.by_name.setToolTip(
            "Pictures lie beside the file that are not those of the project. Tick this where they "
            "are the same pictures all the same, stored another way."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addWidget(self.by_name)
        self.by_name.toggled.connect(lambda _on: self.changed.emit())
        self.clear()

    def clear(self) -> None:
        """Say nothing."""
        self._asked.over = True
        self._show("info", "text.secondary", "")
        if not self.by_name.isChecked():
            self.by_name.hide()

    def forget(self) -> None:
        """Another source: what was ticked belonged to the last one."""
        self.by_name.blockSignals(True)
        self.by_name.setChecked(False)
        self.by_name.blockSignals(False)
        self.clear()

    def ask(self, spec: ImportSpec) -> None:
        """Count the images of an import; the answer is shown when it is there."""
        self._asked.over = True
        asked = self._asked = Asked()
        project, rows = self._session.project, self._session.images
        taxonomy = self._session.taxonomy
        if project is None:
            return
        self._show("magnifying-glass", "text.secondary", "Looking which images it is about")

        def work() -> Looked | str | None:
            try:
                return look(spec, rows, taxonomy, project.identities(), asked.watch)
            except Stopped:
                return None
            except EngineError as problem:
                return str(problem)

        self._background.run(work, lambda found: self._on_looked(asked, found))

    def _on_looked(self, asked: Asked, found: Looked | str | None) -> None:
        if asked.over or found is None:
            return
        if isinstance(found, str):
            self._show("x-circle", "state.error", found)
            return
        counts = found.counts
        trouble = counts.missing or counts.other or counts.several or found.left_out
        icon, role = ("warning", "state.warning") if trouble else ("info", "text.secondary")
        self._show(icon, role, " ".join([found.words, *_more(found)]))
        if counts.other:
            like = "an image" if counts.other == 1 else "images"
            self.by_name.setText(
                f"{counted(counts.other, 'picture')} named and sized like {like} of the project: "
                "put the masks there"
            )
            self.by_name.setAccessibleName(self.by_name.text())
        self.by_name.setVisible(bool(counts.other) or self.by_name.isChecked())

    def _show(self, icon: str, role: str, words: str) -> None:
        self.line.show_state(icon, role, words)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody waits for the answer any more."""
        if not event.spontaneous():
            self._asked.over = True
        super().hideEvent(event)


def _more(found: Looked) -> list[str]:
    several = found.counts.several
    if not several:
        return []
    one = several == 1
    return [
        f"{several:,} could be any of several images of the project by {'its' if one else 'their'} "
        f"name{'' if one else 's'} and {'is' if one else 'are'} taken in apart."
    ]
