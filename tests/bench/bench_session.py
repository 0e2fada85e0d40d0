"""``make bench-session``: a long day in the real window, and what memory does meanwhile.

5,000 strokes with brush and eraser by real mouse events, 500 image changes by real keys, undo and
redo mixed in, over 40 photos whose work is kept as it is done. The first fifth warms up (caches
fill, every photo is seen twice); from its end to the end of the session the resident memory of the
process may grow by less than 5 %. Prints the curve, and the ledger at both ends.

Usage:
    python tests/bench/bench_session.py [--strokes 5000] [--changes 500]
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import LEFT, MOVE, NONE, PRESS, RELEASE, isolate, rest, rss, send, wait

isolate()

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from program import Program  # noqa: E402
from PySide6.QtCore import QPointF, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

PHOTOS, MOST = 40, 0.05
KINDS = {"cell": True, "nucleus": True, "tissue": False, "stain": False}


class Day:
    """One session; ``strokes`` and ``changes`` count what was done."""

    def __init__(self, folder, seed=11):
        from engine.document.taxonomy_commands import add_class

        self.random = random.Random(seed)
        self.program = Program(folder)
        self.canvas, self.session = self.program.canvas, self.program.session
        self.program.open(folder)
        for name, thing in KINDS.items():
            self.session.do_project(add_class(self.session.taxonomy, name, thing=thing))
        self.program.calm()
        self.strokes = self.changes = self.undone = 0

    def key(self, key, keys=Qt.KeyboardModifier.NoModifier):
        """A key where a labeler's focus is."""
        QTest.keyClick(self.canvas, key, keys)
        self.program.qt.processEvents()

    def stroke(self):
        """One stroke with the brush or the eraser, 3 to 25 events long."""
        pick, canvas, session = self.random, self.canvas, self.session
        self.key(pick.choice((Qt.Key.Key_B,) * 4 + (Qt.Key.Key_E,)))
        self.key(pick.choice((Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4)))
        session.set_radius(pick.choice((4, 9, 20, 45)))
        if pick.random() < 0.5:
            session.set_selection(())
        height, width = session.document.size
        x, y = pick.uniform(0, width), pick.uniform(0, height)
        send(canvas, PRESS, canvas.to_widget(x, y))
        for _ in range(pick.randint(3, 25)):
            x, y = x + pick.uniform(-22, 22), y + pick.uniform(-22, 22)
            send(canvas, MOVE, canvas.to_widget(x, y))
            self.program.qt.processEvents()
        send(canvas, RELEASE, QPointF(canvas.to_widget(x, y)), LEFT, NONE)
        self.program.qt.processEvents()
        self.strokes += 1

    def take_back(self):
        """A few steps back, and some of them forth again."""
        count = self.random.randint(1, 4)
        for _ in range(count):
            self.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        for _ in range(self.random.randint(0, count - 1)):
            self.key(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        self.undone += count

    def change(self):
        """The next image, or from the last one back to the first."""
        before = self.session.image.id
        self.key(Qt.Key.Key_W)
        if self.session.image.id == before:
            self.session.open_image(self.session.queue[0])
        wait(lambda: self.canvas.picture.photo.is_ready)
        self.changes += 1

    def visit(self, strokes):
        """An image: look at it, work on it, leave it."""
        self.change()
        for _ in range(strokes):
            self.stroke()
            if self.random.random() < 0.25:
                self.take_back()
        if self.random.random() < 0.2:
            self.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
            self.key(Qt.Key.Key_Delete)  # the work on this image begins anew


def measured(day):
    """Resident memory when everything is written and nothing is going on, MiB."""
    day.session.project.flush()
    day.canvas.settle()
    rest(0.4)
    return rss()


def make_photos(folder):
    """Photos of 1600 x 1200 with noise of their own."""
    folder.mkdir()
    for number in range(PHOTOS):
        noise = np.random.default_rng(number).integers(90, 166, (1200, 1600, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"photo_{number:02}.jpg", quality=80)
    return folder


def main():
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--strokes", type=int, default=5000)
    asked.add_argument("--changes", type=int, default=500)
    given = asked.parse_args()
    each = -(-given.strokes // given.changes)
    with tempfile.TemporaryDirectory(prefix="maskwright-bench-") as place:
        day = Day(make_photos(Path(place) / "photos"))
        curve, began = [(0, measured(day))], time.monotonic()
        warm = None
        for number in range(1, given.changes + 1):
            day.visit(each)
            if number % (given.changes // 10) == 0:
                curve.append((day.strokes, measured(day)))
                warm = warm or (curve[-1][1] if number >= given.changes // 5 else None)
                print(f"{day.strokes:6,} strokes  {curve[-1][1]:7.1f} MiB", flush=True)
                if number in (given.changes // 5, given.changes):
                    tell(day)
        growth = curve[-1][1] / warm - 1
        print(
            f"{day.strokes:,} strokes, {day.changes:,} image changes, {day.undone:,} steps undone "
            f"in {time.monotonic() - began:.0f} s; {warm:.1f} MiB after the warm-up, "
            f"{curve[-1][1]:.1f} at the end: {growth:+.1%} (< {MOST:.0%})"
        )
        stalls = list(day.program.program.watchdog.stalls)
        print(f"{len(stalls)} stalls over 100 ms", *stalls, sep="\n")
        day.program.close()
    return int(growth >= MOST)


def tell(day):
    """The ledger."""
    from app.memory import LEDGER

    for entry in LEDGER.entries():
        print(f"        {entry.name:20} {entry.bytes / 2**20:7.1f} MiB, {entry.count} kept")
    held = day.session.project.held()
    undo = f"undo {held.undo / 2**20:.1f} MiB in {held.documents} images"
    print(f"        masks {held.masks / 2**20:.1f} MiB, {undo}")


if __name__ == "__main__":
    raise SystemExit(main())
