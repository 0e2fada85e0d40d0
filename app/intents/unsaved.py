"""The single modal box of the program: work that cannot be written, at quit."""

from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

Answer = Literal["copy", "discard", "stay"]


def ask_unsaved(window: QWidget, problem: str) -> Answer:
    """Ask what to do with changes that cannot be saved; Esc stays."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Maskwright", problem, parent=window)
    box.setInformativeText("Quitting now would lose the changes that are not saved.")
    copy = box.addButton("Save a copy…", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Quit without them", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(copy)
    box.setEscapeButton(stay)
    box.exec()
    answers: dict[object, Answer] = {copy: "copy", discard: "discard"}
    return answers.get(box.clickedButton(), "stay")
