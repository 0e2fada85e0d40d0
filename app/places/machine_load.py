"""What a running job takes of the machine, measured, in two lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil
from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.places.figures import file_size
from app.theme.icons import paint_icon
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel
from engine.jobs.folder import JobFolder

EVERY_MS, FIRST_MS = 2000, 500


@dataclass(frozen=True, slots=True)
class Load:
    """What a job's processes take.

    Attributes:
        cores: busy processor cores, such as 1.4.
        of: cores there are.
        memory: bytes resident, of all its processes.
        low: it steps back behind other programs.
    """

    cores: float
    of: int
    memory: int
    low: bool

    def lines(self) -> tuple[str, str]:
        """As two sentences."""
        how = "Steps back behind other programs" if self.low else "Runs like other programs"
        cores = f"{self.cores:.1f} of {self.of} CPU cores"
        return how, f"{cores} · {file_size(self.memory)} memory"


class Meter:
    """Measures the processes of one job; each reading covers the time since the last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[int, psutil.Process] = {}

    def read(self) -> Load | None:
        """The load now; None when the job has no process."""
        process = JobFolder(self.folder).process()
        if process is None or not process.alive():
            return None
        cores, memory, low = 0.0, 0, False
        try:
            top = psutil.Process(process.pid)
            family = [top, *top.children(recursive=True)]
        except psutil.Error:
            return None
        kept: dict[int, psutil.Process] = {}
        for each in family:
            known = self._seen.get(each.pid, each)
            kept[each.pid] = known
            try:
                cores += known.cpu_percent(None) / 100
                memory += known.memory_info().rss
                nice = known.nice()
                low = low or (nice > 0 if isinstance(nice, int) else True)
            except psutil.Error:
                continue
        self._seen = kept
        return Load(cores, psutil.cpu_count() or 1, memory, low)


class MachineLoad(QWidget):
    """Two lines at the foot of the right column, while a job runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._meter: Meter | None = None
        self._first = ElidedLabel("", "small", "medium")
        self._second = ElidedLabel("", "small", role="text.secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme().px(38), 10, 12, 10)
        column.setSpacing(0)
        column.addWidget(self._first)
        column.addWidget(self._second)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.read)
        self.hide()

    def watch(self, folder: Path | None) -> None:
        """Measure the job in a folder; None stops and hides."""
        if folder is None:
            self._meter = None
            self._timer.stop()
            self.hide()
        elif self._meter is None or self._meter.folder != folder:
            self._meter = Meter(folder)
            self._meter.read()  # use of the processor is measured from one reading to the next
            QTimer.singleShot(FIRST_MS, self, self.read)
            self._timer.start()

    def read(self) -> None:
        """Measure now and show it."""
        load = self._meter.read() if self._meter else None
        self.setVisible(load is not None)
        if load is not None:
            first, second = load.lines()
            self._first.set_text(first)
            self._second.set_text(second)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.fillRect(0, 0, self.width(), 1, look.color("border.hairline"))
        side = look.size("icon.control")
        area = QRectF(look.px(14), (self.height() - side) / 2, side, side)
        paint_icon(painter, area, "cpu", look.color("text.secondary"))
