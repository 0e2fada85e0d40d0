"""Train, validation and test in the export sheet: together or apart, and how they are parted."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.dialogs.background import Background
from app.dialogs.fields import Choice, StateLine
from app.dialogs.sheet import Sheet
from app.places.figures import counted
from app.services import Services
from app.slices import Work
from app.theme.widgets import Button, CheckBox, NumberField, SegmentedControl
from engine.errors import EngineError
from engine.jobs.folds import NAMES, FoldWish, fold_counts, make_folds

_BY = (
    ("image", "Images by themselves"),
    ("folder", "Images of a folder together"),
    ("group", "Images of a group together"),
)


class SplitPart(QObject):
    """Rows of a sheet. What has a part keeps it; new images join by the same rule.

    Signals:
        changed: together or apart, or the parts are others.
    """

    changed = Signal()

    def __init__(self, sheet: Sheet, services: Services) -> None:
        super().__init__(sheet)
        self._services = services
        self._background = Background(self)
        self._busy = False
        self.apart = SegmentedControl(
            "Train, val and test", [("together", "Together"), ("apart", "Apart")]
        )
        row = QHBoxLayout()
        row.addWidget(self.apart)
        row.addStretch(1)
        sheet.add_row("Train, val, test", row)
        self.state = StateLine("info", "text.secondary")
        sheet.add(self.state)
        self.val = NumberField("Share of validation images", 0, 90, "%")
        self.test = NumberField("Share of test images", 0, 90, "%")
        self.val.setValue(20)
        self.test.setValue(10)
        self.by = Choice(_BY)
        self.pattern = QLineEdit()
        self.pattern.setPlaceholderText("(patient_[0-9]+)")
        self.pattern.setAccessibleName("Part of the path that names the group")
        self.by_class = CheckBox("The same shares for each")
        self.by_class.setChecked(True)
        self.make = Button("Split the images")
        self._rows = [
            sheet.add_row("Share of val", self.val),
            sheet.add_row("Share of test", self.test),
            sheet.add_row("Keep together", self.by),
        ]
        self._pattern_row = sheet.add_row("Group in the path", self.pattern)
        self._rows += [sheet.add_row("Classes", self.by_class), sheet.add_row("", self.make)]
        self.problem = StateLine("x-circle", "state.error")
        sheet.add(self.problem)
        self.problem.hide()
        self.apart.chosen.connect(lambda _key: self._on_apart())
        self.by.picked.connect(lambda _value: self.refresh())
        self.make.clicked.connect(self._make)
        self.refresh()

    @property
    def on(self) -> bool:
        """Whether each part is written by itself."""
        return self.apart.current() == "apart"

    def reason(self) -> str:
        """Why the parts cannot be written yet; "" where they can."""
        counts = fold_counts(self._services.session.images)
        split = sum(number for part, number in counts.items() if part)
        return "" if not self.on or split else "Split the images into train, val and test first."

    def refresh(self) -> None:
        """Show the parts as they are."""
        counts = fold_counts(self._services.session.images) if self.on else {"": 0}
        split = any(number for part, number in counts.items() if part)
        left = counts[""]
        words = ""
        if self.on:
            parts = [f"{NAMES[part]} {number:,}" for part, number in counts.items() if part]
            words = " · ".join(parts) if split else "The images are not split yet."
            if split and left:
                words += f" · {counted(left, 'image')} in no part"
        self.state.show_state("info", "text.secondary", words)
        asking = self.on and (not split or bool(left))
        for row in self._rows:
            row.setVisible(asking)
        self._pattern_row.setVisible(asking and self.by.value() == "group")
        self.make.set_text("Split the rest" if split else "Split the images")
        self.make.setEnabled(not self._services.session.read_only and not self._busy)

    def _on_apart(self) -> None:
        self.refresh()
        self.changed.emit()

    def _make(self) -> None:
        project = self._services.session.project
        if project is None or self._busy:
            return
        wish = FoldWish(
            val=self.val.value() / 100,
            test=self.test.value() / 100,
            by=self.by.value(),
            pattern=self.pattern.text().strip() if self.by.value() == "group" else "",
            stratified=self.by_class.isChecked(),
        )

        def work() -> dict[int, str] | EngineError:
            try:
                return make_folds(project, wish)
            except EngineError as problem:
                return problem

        self._busy = True
        self.make.setEnabled(False)
        self._background.run(work, self._on_made)

    def _on_made(self, found: dict[int, str] | EngineError) -> None:
        self._busy = False
        wrong = str(found) if isinstance(found, EngineError) else ""
        self.problem.show_state("x-circle", "state.error", wrong)
        if isinstance(found, EngineError):
            self.refresh()
            return
        session = self._services.session
        session.slices.run(self._keep(found), "Splitting the images", lambda _none: self._kept())

    def _keep(self, found: dict[int, str]) -> Work:
        """Write the parts in pieces; see `app.slices`."""
        project = self._services.session.project
        listed = list(found.items())
        for at in range(0, len(listed), 200):
            if project is None:
                return
            with project.together():
                for image, fold in listed[at : at + 200]:
                    project.set_image(image, fold=fold)
            yield at / len(listed)

    def _kept(self) -> None:
        self.refresh()
        self.changed.emit()
