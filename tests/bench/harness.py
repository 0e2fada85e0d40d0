"""Timing one mouse event until it is painted, in the real window, beside a bare widget."""

import logging
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
MOVE, PRESS = QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress
RELEASE = QEvent.Type.MouseButtonRelease


@dataclass
class Row:
    """One line of the table; times in milliseconds, peak memory of the process in MiB."""

    work: str
    times: list
    reference: list = ()
    goal: str = ""
    note: str = ""
    peak: float | None = None

    table = "work"

    def cells(self):
        median, p95 = np.median(self.times), np.percentile(self.times, 95)
        ratio = f"{median / np.median(self.reference):.2f}" if len(self.reference) else "–"
        peak = "–" if self.peak is None else f"{self.peak:,.0f} MiB"
        return [self.work, text(median), text(p95), peak, ratio, self.goal, self.note]


@dataclass
class Stroke:
    """One line of the table of strokes; times in milliseconds."""

    work: str
    events: list
    reference: list
    release: list
    undo: list
    short_release: list
    short_undo: list
    peak: float

    table = "strokes"

    def cells(self):
        def both(times):
            return f"{text(np.median(times))} / {text(np.percentile(times, 95))}"

        ratio = f"{np.median(self.events) / np.median(self.reference):.1f}"
        parts = (self.release, self.undo, self.short_release, self.short_undo)
        peak = f"{self.peak:,.0f} MiB"
        return [self.work, both(self.events), ratio, *(both(each) for each in parts), peak]


class Peak:
    """Peak resident memory while it is open, MiB; the kernel's own mark, reset at the start."""

    def __enter__(self):
        self.before = rss()
        Path("/proc/self/clear_refs").write_text("5")
        self.most = None
        return self

    def __exit__(self, *_):
        lines = Path("/proc/self/status").read_text().splitlines()
        marks = [line.split()[1] for line in lines if line.startswith("VmHWM")]
        self.most = int(marks[0]) / 1024

    @property
    def more(self):
        """What came on top of what was there."""
        return self.most - self.before


class Stalls(QObject):
    """The GUI thread's longest piece of work between two turns of its loop, by its own CPU time."""

    def __init__(self):
        super().__init__()
        self.worst, self._last = 0.0, 0.0
        # Not 0: a thread that never rests would take the interpreter from the others.
        self._timer = QTimer(self, interval=5)
        self._timer.timeout.connect(self._tick)

    def __enter__(self):
        self.worst, self._last = 0.0, time.thread_time()
        self._timer.start()
        return self

    def __exit__(self, *_):
        self._tick()
        self._timer.stop()

    def _tick(self):
        now = time.thread_time()
        self.worst, self._last = max(self.worst, (now - self._last) * 1000), now


def text(ms):
    """Milliseconds for people."""
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.2f} ms" if ms < 10 else f"{ms:.0f} ms"


class Painted(QObject):
    """Counts the Paint events that reach a widget."""

    def __init__(self, widget):
        super().__init__()
        self.count = 0
        self.widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if watched is self.widget and event.type() is QEvent.Type.Paint:
            self.count += 1
        return False

    def timed(self, act):
        """ms from ``act()`` until the widget was painted and processEvents came back."""
        before = self.count
        began = time.perf_counter()
        act()
        while self.count == before:
            QApplication.processEvents()
            if time.perf_counter() - began > 20:
                raise TimeoutError("nothing was painted")
        return (time.perf_counter() - began) * 1000


def isolate():
    """Settings, caches and data of a benchmark stay out of the user's; its own work is no stall."""
    logging.getLogger("app.watchdog").setLevel(logging.ERROR)
    home = tempfile.mkdtemp(prefix="maskwright-bench-")
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = home


def rss():
    """Resident memory of this process, MiB."""
    return psutil.Process().memory_info().rss / 2**20


def rest(seconds=0.3):
    """Run the event loop and leave the cores to others; timers and background results settle."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def wait(holds, seconds=120):
    """Run the event loop until ``holds()``."""
    limit = time.monotonic() + seconds
    while not holds():
        rest(0.01)
        if time.monotonic() > limit:
            raise TimeoutError("it did not come about")


def send(widget, kind, at, button=LEFT, held=LEFT):
    """One real mouse event."""
    where = QPointF(widget.mapToGlobal(at))
    no = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QMouseEvent(kind, QPointF(at), where, button, held, no))


def wander(rect, count, seed, step=9.0):
    """``count`` points of a smooth walk inside a rectangle, widget pixels."""
    rng = np.random.default_rng(seed)
    x, y, angle = rect.center().x(), rect.center().y(), 0.0
    for _ in range(count):
        angle += rng.normal(0, 0.35)
        x, y = x + step * np.cos(angle), y + step * np.sin(angle)
        if not rect.adjusted(60, 60, -60, -60).contains(int(x), int(y)):
            angle += np.pi / 2
            x = float(np.clip(x, rect.left() + 60, rect.right() - 60))
            y = float(np.clip(y, rect.top() + 60, rect.bottom() - 60))
        yield QPointF(x, y)


class Bare(QWidget):
    """The reference: a widget that does nothing but paint the capsule of each move."""

    def __init__(self, size, radius):
        super().__init__()
        self.resize(size)
        self.radius, self.last, self.now = radius, QPointF(), QPointF()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.show()

    def mousePressEvent(self, event):
        self.last = self.now = event.position()
        self.update()

    def mouseMoveEvent(self, event):
        self.last, self.now = self.now, event.position()
        r = int(self.radius) + 2
        from PySide6.QtCore import QRectF

        box = QRectF(self.last, self.now).normalized().adjusted(-r, -r, r, r)
        self.update(box.toAlignedRect())

    def paintEvent(self, event):
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor("#404040"))
        cap = Qt.PenCapStyle.RoundCap
        painter.setPen(QPen(QColor("#2070EF"), 2 * self.radius, Qt.PenStyle.SolidLine, cap))
        painter.drawLine(self.last, self.now)


HEADS = {
    "work": ["work", "median", "p95", "peak RSS", "ratio to reference", "goal", "note"],
    "strokes": [
        "brush (median / p95)",
        "event → painted",
        "ratio to bare widget",
        "release, 2,000 events",
        "undo, redo",
        "release, 60 events",
        "undo, redo",
        "peak RSS",
    ],
}


def table(rows):
    """The rows as Markdown tables."""
    return tables([(row.table, row.cells()) for row in rows])


def tables(lines):
    """(table, cells) pairs as Markdown, one table of each kind."""
    parts = []
    for kind, head in HEADS.items():
        cells = [each for name, each in lines if name == kind]
        if cells:
            text = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
            parts.append("\n".join(text + ["| " + " | ".join(row) + " |" for row in cells]))
    return "\n\n".join(parts)


def out_folder():
    """Where results go."""
    folder = Path(__file__).parents[2] / "out" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit("run tests/bench/bench.py")
