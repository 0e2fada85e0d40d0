"""Change keys: any command, several keys each, either hand, as a file too. Acts at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from app.dialogs.fields import StateLine
from app.dialogs.key_recorder import KeyRecorder
from app.dialogs.rebind_list import RebindList, RebindModel
from app.dialogs.sheet import EDGE, Sheet
from app.theme.theme import theme
from app.theme.widgets import Button, CheckBox, SegmentedControl
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.keymap_file import KeySet
    from app.services import Services

FILES = "Keys (*.json)"
NARROW = 520  # below this the foot's buttons are icons, logical pixels
MOST = 1 << 20
"""Bytes of a file of keys; more is something else."""


class RebindSheet(Sheet):
    """See the module.

    Attributes:
        list: the commands.
        recorder: the keys of the one that is chosen.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Change keys", services.actions.key_text("app.rebind"), "", parent)
        self._services = services
        self._keymap = services.actions.keymap
        self._dialog: QFileDialog | None = None
        self.hand = SegmentedControl("Set", [("right", "Right-handed"), ("left", "Left-handed")])
        self.single = CheckBox("Letters, digits and signs alone run commands")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a command or a key")
        self.search.setAccessibleName("Find a command or a key")
        self.search.setClearButtonEnabled(True)
        self.model = RebindModel(self._keymap, self)
        self.list = RebindList(self.model)
        self.recorder = KeyRecorder(self._keymap)
        self.conflicts = StateLine("warning", "state.warning")
        self._build()
        self._connect()
        self._show()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.hand)
        row.addStretch(1)
        self.add_row("Set", row)
        self.add(self.single)
        self.hand.setToolTip("Left-handed: the keys of the left half lie on the right half")
        self.single.setToolTip("Without: only keys with Ctrl, F keys, Space and the like act")
        self.add_row("Find", self.search)
        self.add(self.conflicts)
        self.body.addSpacing(10)
        self.body.addWidget(self.list, 1)
        self.body.addSpacing(8)
        self.add(self.recorder, EDGE - 6)
        self.reset = Button("Reset all", "arrow-counter-clockwise")
        self.import_ = Button("Import", "download-simple")
        self.export = Button("Export", "export")
        for button, words in (
            (self.reset, "Give all commands the keys of the set again"),
            (self.import_, "Take the keys of a file"),
            (self.export, "Write all keys to a file"),
        ):
            button.setToolTip(words)
            button.setAccessibleDescription(words)
            self.foot.insertWidget(self.foot.indexOf(self.second), button)

    def _connect(self) -> None:
        keymap = self._keymap
        self.hand.chosen.connect(lambda key: keymap.set_hand("left" if key == "left" else "right"))
        self.single.toggled.connect(keymap.set_single_keys)
        self.search.textChanged.connect(self._find)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.list.part_pressed.connect(self._on_part)
        self.list.asked.connect(lambda _name: self.recorder.record())
        self.recorder.done.connect(self._done)
        self.recorder.asked.connect(lambda: QTimer.singleShot(0, self, self._reveal))
        self.recorder.listener.given_up.connect(self._to_list)
        self.reset.clicked.connect(self._reset)
        self.import_.clicked.connect(lambda: self._choose(save=False))
        self.export.clicked.connect(lambda: self._choose(save=True))
        keymap.changed.connect(self._show)

    def _show(self) -> None:
        keymap = self._keymap
        self.hand.set_current(keymap.hand)
        self.single.setChecked(keymap.single_keys)
        lost = [action for action in keymap.actions() if keymap.lost(action.id)]
        words = ""
        if lost:
            names = ", ".join(f"“{action.text.rstrip('…')}”" for action in lost[:3])
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            words = f"A key is wanted twice: {names}{more} lost it to another command."
        self.conflicts.show_state("warning", "state.warning", words or keymap.problem)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Icons alone where the words do not fit."""
        super().resizeEvent(event)
        narrow = self.width() < theme().px(NARROW)
        for button in (self.reset, self.import_, self.export):
            button.set_compact(narrow)

    def _reveal(self) -> None:
        """Bring the recorder into view, once it has the room it needs."""
        self.scroller.ensureWidgetVisible(self.recorder, 0)
        if self.recorder.line.isVisible():
            self.scroller.ensureWidgetVisible(self.recorder.line, 0, theme().px(24))

    def choose(self, action_id: str) -> None:
        """Show one command."""
        self.search.clear()
        self.list.choose(action_id)

    def _find(self, text: str) -> None:
        self.model.find(text)
        first = next((at for at, row in enumerate(self.model.rows) if row.action is not None), -1)
        if text and first >= 0:
            self.list.setCurrentIndex(self.model.index(first, 0))

    def _on_current(self, index: QModelIndex) -> None:
        row = self.model.rows[index.row()] if index.isValid() else None
        self.recorder.show_action(row.action if row is not None else None)

    def _on_part(self, index: QModelIndex, _part: str) -> None:
        action = self.model.rows[index.row()].action
        if action is not None:
            self._keymap.reset(action.id)
            self._done(f"“{action.text.rstrip('…')}” has the keys of the set again.")

    def _done(self, sentence: str) -> None:
        self.foot_words.set_text(sentence, "text.secondary")
        self._to_list()

    def _to_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _reset(self) -> None:
        self._keymap.reset()
        self._done("All commands have the keys of the set again.")

    # -- files -------------------------------------------------------------------------------

    def _choose(self, *, save: bool) -> None:
        """Open the chooser beside the window; the sheet stays alive."""
        dialog = QFileDialog(self, "Export keys" if save else "Import keys")
        dialog.setNameFilter(FILES)
        dialog.setDefaultSuffix("json")
        if save:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.selectFile("maskwright-keys.json")
            dialog.fileSelected.connect(lambda name: self.export_to(Path(name)))
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.fileSelected.connect(lambda name: self.import_from(Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog = dialog
        dialog.open()

    def export_to(self, path: Path) -> None:
        """Write all keys to a file; it is there whole or not at all."""
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_text(self._keymap.export(), encoding="utf-8")
            os.replace(part, path)
        except OSError as problem:
            part.unlink(missing_ok=True)
            why = problem.strerror or str(problem)
            self._complain(f"{path.name} could not be written: {why}. Choose another folder.")
            return
        self._done(f"All keys are in {path}.")

    def import_from(self, path: Path) -> None:
        """Take the keys of a file; one that cannot be taken changes nothing."""
        try:
            if path.stat().st_size > MOST:
                raise EngineError(f"{path.name} is too large for a file of keys. Choose another.")
            said = self._keymap.import_(path.read_text(encoding="utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", None) or "it is not text"
            self._complain(f"{path.name} could not be read: {why}. Choose another file.")
        except EngineError as problem:
            self._complain(str(problem))
        else:
            self._done(_taken_words(said, path.name))

    def _complain(self, sentence: str) -> None:
        self.foot_words.set_text(sentence, "state.error")


def _taken_words(said: KeySet, name: str) -> str:
    words = f"The keys of {name} are in use."
    if said.unknown:
        names = ", ".join(list(said.unknown)[:4])
        more = f" and {len(said.unknown) - 4} more" if len(said.unknown) > 4 else ""
        words += f" Not known here, and kept for later: {names}{more}."
    return words
