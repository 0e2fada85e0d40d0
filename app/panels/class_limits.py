"""The limits of one class of proposals: lowest score and smallest area, instead of the common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.theme import paint
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, NumberField, SmallSlider

if TYPE_CHECKING:
    from app.session import Session


class ClassLimits(QFrame):
    """A layer under a class's heading; what is moved acts at once and is kept with the project."""

    def __init__(self, session: Session, class_id: int, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._class = session, class_id
        name = session.taxonomy.name(class_id)
        self.setAccessibleName(f"Limits of {name}")
        title = ElidedLabel(f"{name} alone", "small", "semibold", "text.secondary")
        title.setMaximumWidth(theme().px(280))
        words = f"Show proposals of {name} above"
        self.score = SmallSlider(words, 0, 100, lambda at: f"{at / 100:.2f}", 130)
        self.score.valueChanged.connect(lambda at: self._set("show_above_class", at / 100))
        self.area = NumberField(f"Smallest proposal of {name}, in pixels", 0, 1_000_000, "px", 130)
        self.area.valueChanged.connect(lambda area: self._set("min_area_class", area))
        self.count = ElidedLabel("", "small", role="text.secondary")
        self.common = Button("As all classes", "arrow-counter-clockwise")
        self.common.clicked.connect(self._clear)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        rows = (("Show above", self.score), ("Smallest", self.area))
        for line, (label, field) in enumerate(rows):
            grid.addWidget(ElidedLabel(label, role="text.secondary"), line, 0)
            grid.addWidget(field, line, 1, Qt.AlignmentFlag.AlignLeft)
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        foot.addWidget(self.common)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 11, 14, 12)
        column.setSpacing(10)
        column.addWidget(title)
        column.addLayout(grid)
        column.addLayout(foot)
        session.filter_changed.connect(self._show_limits)
        session.image_changed.connect(self.close)
        self._show_limits()

    def open_at(self, corner: QPoint) -> None:
        """Show the layer with its upper right corner there."""
        self.adjustSize()
        self.move(corner - QPoint(self.width(), 0))
        self.show()
        self.score.setFocus(Qt.FocusReason.TabFocusReason)

    def _set(self, name: str, value: float) -> None:
        kept = getattr(self._session.filter, name)
        self._session.set_filter(**{name: {**kept, self._class: value}})

    def _clear(self) -> None:
        limits = self._session.filter
        rest = {
            name: {k: v for k, v in getattr(limits, name).items() if k != self._class}
            for name in ("show_above_class", "min_area_class")
        }
        self._session.set_filter(**rest)

    def _show_limits(self) -> None:
        limits, document = self._session.filter, self._session.document
        with QSignalBlocker(self.score), QSignalBlocker(self.area):
            self.score.setValue(round(100 * limits.least_score(self._class)))
            self.area.setValue(limits.least_area(self._class))
        self.score.update()
        waiting = document.proposals.values() if document is not None else ()
        mine = [each for each in waiting if each.class_id == self._class]
        self.count.set_text(f"{sum(map(limits.shows, mine)):,} of {len(mine):,} shown")
        self.common.setEnabled(limits.own_limits(self._class))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), look.color("surface.raised"))
        paint.rounded(painter, self.rect(), 0, None, look.color("border.control"))
