"""Image files that changed or are gone: find them again in a folder, or keep the masks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.bridge import Relay
from app.dialogs.fields import PathField, StateLine
from app.dialogs.relink_work import (
    HOW,
    STATES,
    Plan,
    Search,
    Stopped,
    found_words,
    plan,
    state_words,
)
from app.dialogs.sheet import Sheet
from app.places.figures import counted
from app.theme import paint
from app.theme.theme import theme
from app.theme.widgets import Button, CheckBox, ElidedLabel, TextBlock
from app.workers import Workers
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.services import Services
    from engine.store.files_match import Match
    from engine.store.relocation import Relocation

SHOWN = 60
"""Lines at most; more are counted."""

FEW = 1_000
"""Images up to which lists are told of each; of more, the whole list is new."""

AGAIN_MS = 150
"""After news of files, before the list is made anew: they come in many pieces."""

TYPING_MS = 300
"""After the last letter of a folder's name, before it is searched."""


class FileLine(QWidget):
    """An image, what became of its file, and what was found for it."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__()
        self.name = ElidedLabel(name, weight="medium", cut="middle")
        self.state = ElidedLabel(state, "small", role="text.secondary", align=paint.RIGHT)
        self.state.setFixedWidth(theme().px(96))
        self.found = ElidedLabel("", "small", role="text.secondary", cut="middle")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.name, 1)
        head.addWidget(self.state)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(1)
        column.addLayout(head)
        column.addWidget(self.found)
        self.show_match(None)

    def show_match(self, found: Match | None) -> None:
        """Say what was found; None before anything was looked for."""
        words = ""
        if found is not None:
            words = HOW[found.how]
            if found.path is not None:
                words = f"{words}: {found.path}"
        self.found.set_text(words)
        self.found.setVisible(bool(words))
        self.setAccessibleName(", ".join((self.name.text(), self.state.text(), words)).rstrip(", "))


class RelinkSheet(Sheet):
    """The list, the folder to look in, and the one change that relinks everything found."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Image files", services.actions.key_text("file.relink"), "Relink", parent)
        self._services, self._session = services, services.session
        self._files = services.session.files
        self._plan: Plan | None = None
        self._asked: Search | None = None
        self._undo: Relocation | None = None
        self._ids: list[int] = []
        self.lines: dict[int, FileLine] = {}
        self.summary = TextBlock("", "body", "regular", "text.primary")
        self.check = Button("Check all files", "arrows-clockwise")
        self.keep = Button("Keep the masks")
        self.keep.setToolTip(
            "For changed pictures of the same size: the masks fit them as they do."
        )
        self.folder = PathField("Folder to look in", folder=True)
        self.others = CheckBox("Other content will do where name and size fit")
        self.result = StateLine("check-circle", "state.ok")
        self.undo = Button("Undo", kind="quiet")
        self.result.add(self.undo)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._build()
        self._workers = Workers(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_plan)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._connect()
        if self._session.project is not None:
            self.folder.set_path(self._session.project.path.parent)
            self._check()  # what the list shows is how it is now
        self.refresh()

    def _build(self) -> None:
        self.add(self.summary)
        self.body.addSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.check)
        row.addWidget(self.keep)
        row.addStretch(1)
        self.add(row)
        self._place = self.add_section("Find them")
        self._form = [self.add_row("Look in", self.folder)]
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.others)
        column.addWidget(
            TextBlock(
                "Files are found by their content, wherever they are and whatever they are called. "
                "A picture of another size is never put under masks."
            )
        )
        self.add(holder)
        self._form.append(holder)
        self.add(self.result)
        self._heading = self.add_section("Files")
        self.add(self._list)
        self.more = TextBlock("")
        self.add(self.more)
        self.body.addStretch(1)
        self.result.hide()

    def _connect(self) -> None:
        self.folder.changed.connect(lambda _path: self._typing.start())
        self.others.toggled.connect(lambda _on: self.search())
        self._typing.timeout.connect(self.search)
        self._again.timeout.connect(self.refresh)
        self.check.clicked.connect(self._check)
        self.keep.clicked.connect(self._keep)
        self.main.clicked.connect(self._relink)
        self.undo.clicked.connect(self._take_back)
        self._files.changed.connect(self._on_files)
        self._files.looked.connect(self._on_looked)
        self._session.project_changed.connect(self.leave)

    # -- what is wrong -----------------------------------------------------------------------

    def _on_files(self, _ids: set[int]) -> None:
        self._again.start()

    def refresh(self) -> None:
        """Show the files that are in trouble now, and look for them."""
        ids = self._files.ids()
        states = [state for number in ids if (state := self._files.state(number)) is not None]
        self.summary.set_text(state_words(states))
        same_size = states.count("changed")
        self.keep.set_text(f"Keep the masks of {same_size:,}")
        self.keep.setVisible(bool(same_size) and not self._session.read_only)
        if ids != self._ids or not self.lines:
            self._ids = ids
            self._fill()
        for part in (self._place, self._heading, *self._form):
            part.setVisible(bool(ids))
        if self.check.isEnabled() or self._asked is None:  # else again when all were looked at
            self.search()

    def _fill(self) -> None:
        while item := self._list.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.lines = {}
        for number in self._ids[:SHOWN]:
            row, state = self._session.row(number), self._files.state(number)
            if row is not None and state is not None:
                line = self.lines[number] = FileLine(row.file_name, STATES[state])
                line.name.setToolTip(str(row.path))
                self._list.addWidget(line)
        rest = len(self._ids) - len(self.lines)
        self.more.set_text(f"and {rest:,} more" if rest > 0 else "")
        self.more.setVisible(rest > 0)
        self._heading.set_count(f"{len(self._ids):,}")

    def _check(self) -> None:
        self.check.setEnabled(False)
        self.check.set_text("Checking")
        self._files.look_at_all()

    def _on_looked(self) -> None:
        self.check.setEnabled(True)
        self.check.set_text("Check all files")
        self.refresh()

    def _keep(self) -> None:
        kept = [number for number in self._files.ids() if self._files.keep(number)]
        self._session.say(f"{counted(len(kept), 'image')}: the masks are kept.", "ok")

    # -- looking -----------------------------------------------------------------------------

    def search(self) -> None:
        """Look for the files in the folder; the answer comes by itself."""
        self._typing.stop()
        project, folder = self._session.project, self.folder.path()
        self._plan = None
        there = folder is not None and os.path.isdir(folder)
        if project is None or not self._ids or folder is None or not there:
            self._asked = None
            self._enable("" if folder is None or there else f"There is no {folder}.")
            return
        others = self.others.isChecked()
        search = Search(tuple(self._ids), self._session.images, folder.absolute(), others)
        self._asked = search
        self._enable("Looking")

        def work() -> None:
            try:
                found: Plan | EngineError = plan(project, search, lambda: self._asked is not search)
            except Stopped:
                return
            except EngineError as problem:
                found = problem
            self._relay.send((search, found))

        self._workers.run(work)

    def _on_plan(self, arrived: tuple[Search, Plan | EngineError]) -> None:
        search, found = arrived
        if search is not self._asked:
            return
        if isinstance(found, EngineError):
            self._enable(str(found))
            return
        self._plan = found
        for each in found.matches:
            for number in each.lost.images:
                if number in self.lines:
                    self.lines[number].show_match(each)
        self._enable(found_words(found.matches))

    def _enable(self, words: str) -> None:
        count = len(self._plan.wish.ids) if self._plan is not None else 0
        self.main.set_text(f"Relink {counted(count, 'image')}" if count else "Relink")
        self.main.setEnabled(bool(count) and not self._session.read_only)
        self.main.setVisible(bool(self._ids))
        self.foot_words.set_text(words if self._ids else "")

    # -- doing -------------------------------------------------------------------------------

    def _relink(self) -> None:
        project, wish = self._session.project, self._plan
        if project is None or wish is None:
            return
        ids = wish.wish.ids
        try:
            self._undo = project.relocate(wish.wish)
        except EngineError as problem:
            self._session.say(str(problem), "error")
            return
        words = f"{counted(len(ids), 'image')} relinked as one change."
        self.result.show_state("check-circle", "state.ok", words)
        self._session.say(words, "ok")
        self._after(ids)

    def _take_back(self) -> None:
        project, wish, self._undo = self._session.project, self._undo, None
        if project is None or wish is None:
            return
        self.result.show_state("check-circle", "state.ok", "")
        try:
            project.relocate(wish)
        except EngineError as problem:
            self._session.say(str(problem), "error")
            return
        self._after(wish.ids)
        self._files.look_at_all()

    def _after(self, ids: Sequence[int]) -> None:
        """Images have other files: show them."""
        self._files.settle(ids)
        self._files.replaced.emit(None)
        self._services.thumbnails.renew(ids)
        self._session.refresh_images(ids if len(ids) <= FEW else None)
        self._session.reload(ids)
        self._asked = self._plan = None
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """It may have been put away for a moment while the window found room for it."""
        super().showEvent(event)
        if self._asked is None and self._plan is None and not event.spontaneous():
            self.search()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody waits for the search any more."""
        self._asked = None
        super().hideEvent(event)
