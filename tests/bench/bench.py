"""``make bench``: what a person waits for, in one configuration, beside references.

Full window (1920 x 1080), status-bar position on, ten classes visible, picture loaded, 2,000
events a row, warm page cache, the real program. Prints a Markdown table and writes it to
out/bench/.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    LEFT,
    NONE,
    Bare,
    Painted,
    Row,
    idle,
    isolate,
    out_folder,
    rss,
    send,
    table,
    wait,
    wander,
)

isolate()

import inputs  # noqa: E402
from PySide6.QtCore import QEvent, QPoint  # noqa: E402

MOVE, PRESS = QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress
RELEASE = QEvent.Type.MouseButtonRelease


def cold_start():
    """Process start to a painted, idle window; five fresh processes."""
    script = (
        "import sys, time; began = float(sys.argv[1]);"
        "from PySide6.QtWidgets import QApplication; qt = QApplication([]);"
        "from app.application import Application; program = Application(qt); program.show([]);"
        "[qt.processEvents() for _ in range(5)];"
        "import psutil;"
        "print(time.time() - began, psutil.Process().memory_info().rss / 2**20);"
        "program.close()"
    )
    bare = (
        "import sys, time; from PySide6.QtWidgets import QApplication, QWidget;"
        "qt = QApplication([]); w = QWidget(); w.show(); qt.processEvents();"
        "print(time.time() - float(sys.argv[1]), 0)"
    )
    times, reference, memory = [], [], []
    for code, into in ((script, times), (bare, reference)) * 6:
        command = [sys.executable, "-P", "-c", code, str(time.time())]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        into.append(float(said[0]) * 1000)
        memory.append(float(said[1]))
    return Row(
        "cold start to a painted window",
        times[1:],
        reference[1:],
        "≤ 0.7 s, ≤ 130 MiB",
        f"{max(memory):.0f} MiB; reference: a bare Qt window",
    )


class Bench:
    """One running program for all rows."""

    def __init__(self, data, events):
        from app.application import Application, start_qt

        self.data, self.events = data, events
        self.qt = start_qt()
        self.program = Application(self.qt)
        self.program.show([])
        self.window, self.session = self.program.window, self.program.session
        self.window.resize(1920, 1080)
        self.canvas = self.window.canvas
        self.painted = Painted(self.canvas)
        self.rows = []

    def open(self, path):
        self.program.open([path])
        wait(lambda: self.session.image is not None)
        self.canvas.settle()
        wait(lambda: self.session.model.state != "starting")
        idle()

    def classes(self):
        """Ten visible classes with something on the image."""
        from engine.document.taxonomy_commands import add_class

        for number in range(10 - len(self.session.taxonomy.classes)):
            self.session.do_project(add_class(self.session.taxonomy, f"class{number}"))

    def first_paint(self, name, folder, goal, reference):
        """Opening a folder until the picture, and all of it, is painted."""
        times, full = [], []
        for _ in range(5):
            self.program.files.close()
            idle()
            before = self.canvas.pictures
            began = time.perf_counter()
            self.program.open([folder])
            wait(lambda before=before: self.canvas.pictures > before)
            times.append((time.perf_counter() - began) * 1000)
            self.canvas.settle()
            full.append((time.perf_counter() - began) * 1000)
        wait(lambda: self.session.model.state != "starting")
        sharp = f"sharp after {full[0]:.0f} ms; reference: Pillow, whole"
        again = f"sharp after {sorted(full[1:])[1]:.0f} ms; a kept overview shows first"
        self.rows += [
            Row(f"{name}, first time", times[:1], reference(), goal, sharp),
            Row(f"{name}, again", times[1:], (), "", again),
        ]

    def brush(self, name, radius, fit, goal):
        """Brush events, release and undo at one radius and zoom."""
        canvas = self.canvas
        canvas.fit() if fit else canvas.one_to_one()
        self.session.set_tool("brush")
        self.session.set_radius(radius)
        self.session.set_selection(())
        self.session.set_class(self.session.taxonomy.classes[0].id)
        canvas.settle()
        idle()
        shown = canvas.rect()
        path = list(wander(shown, self.events, radius))
        send(canvas, MOVE, path[0], NONE, NONE)
        self.painted.timed(lambda: send(canvas, PRESS, path[0]))
        times = [self.painted.timed(lambda at=at: send(canvas, MOVE, at)) for at in path[1:]]
        release = self.painted.timed(lambda: send(canvas, RELEASE, path[-1], LEFT, NONE))
        bare = Bare(canvas.size(), radius * canvas.scale)
        counted = Painted(bare)
        counted.timed(lambda: send(bare, PRESS, path[0]))
        reference = [counted.timed(lambda at=at: send(bare, MOVE, at)) for at in path[1:]]
        bare.close()
        undo = []
        for action in ("edit.undo", "edit.redo") * 5:
            run = lambda action=action: self.program.services.actions.trigger(action)  # noqa: E731
            undo.append(self.painted.timed(run))
        self.program.services.actions.trigger("edit.undo")
        self.rows += [
            Row(f"brush event → painted, {name}", times, reference, goal),
            Row(f"… release of these {self.events:,} events", [release], (), "≤ 16 ms"),
            Row("… undo and redo of that stroke", undo, (), "≤ 4 ms"),
        ]

    def many(self):
        """2,000 objects."""
        began = time.perf_counter()
        self.open(self.data / "many")
        from engine.jobs.job import ImportSpec

        jobs = self.program.services.jobs
        project = self.session.project
        number = jobs.start(
            ImportSpec(project=str(project.path), source=str(self.data / "many" / "many2000.json"))
        )
        wait(lambda: jobs.get(number).taken)
        assert jobs.get(number).error == "", jobs.get(number).error
        image = self.session.image.id
        load = []
        for _ in range(5):
            self.session.close_image()
            idle()
            began = time.perf_counter()
            self.painted.timed(lambda: self.session.open_image(image))
            load.append((time.perf_counter() - began) * 1000)
            self.canvas.settle()
        assert len(self.session.document.annotations) == 2000
        self.rows.append(Row("2,000 objects: load with the image", load, (), "≤ 0.25 s"))
        canvas = self.canvas
        canvas.one_to_one()
        self.session.set_tool("select")
        canvas.settle()
        idle()
        pan = []
        for step in range(200):
            by = QPoint(-12 if step < 100 else 12, -6 if step % 40 < 20 else 6)
            pan.append(self.painted.timed(lambda by=by: canvas.pan(by)))
        hover = []
        for at in wander(canvas.rect(), 600, 5, 31.0):
            before = self.session.hovered
            began = time.perf_counter()
            send(canvas, MOVE, at, NONE, NONE)
            self.qt.processEvents()
            if self.session.hovered != before:
                hover.append((time.perf_counter() - began) * 1000)
        hide = []
        for step in range(20):
            each = self.session.taxonomy.classes[step // 2 % 10]

            def turn(each=each, visible=bool(step % 2)):
                self.session.project.set_class_view(each.id, visible=visible)
                self.session.touch_taxonomy()

            hide.append(self.painted.timed(turn))
        self.rows += [
            Row("… pan one step at 1:1", pan, (), "≤ 3 ms"),
            Row("… hover highlight", hover, (), "≤ 3 ms", f"{len(hover)} changes"),
            Row("… hide or show one class", hide, (), "≤ 16 ms"),
        ]

    def run(self):
        from PIL import Image

        def decode(path):
            def times():
                found = []
                for _ in range(3):
                    began = time.perf_counter()
                    Image.open(path).convert("RGB").load()
                    found.append((time.perf_counter() - began) * 1000)
                return found

            return times

        photo, large = self.data / "mp12" / "photo.jpg", self.data / "mp67" / "photo.png"
        self.first_paint("open 12 MP JPEG → first paint", photo.parent, "≤ 60 ms", decode(photo))
        self.classes()
        for radius in (20, 100):
            self.brush(f"r {radius}, 12 MP, 1:1", radius, False, "≤ 1 ms, p95 ≤ 4 ms")
            self.brush(f"r {radius}, 12 MP, fit", radius, True, "≤ 1 ms, p95 ≤ 4 ms")
        self.first_paint("open 67 MP PNG → first paint", large.parent, "≤ 1.0 s", decode(large))
        self.classes()
        for radius in (20, 100):
            self.brush(f"r {radius}, 67 MP, fit", radius, True, "≤ 1 ms, p95 ≤ 4 ms")
        self.many()
        memory = rss()
        self.program.close()
        return memory


def coco(data):
    """Export and verify 1,000 images with 10 objects through the command line's own functions."""
    from coco_rows import rows

    return rows(data / "thousand")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--data", type=Path, default=out_folder() / "inputs")
    options = parser.parse_args()
    data = inputs.make(options.data)
    rows = [cold_start()]
    bench = Bench(data, options.events)
    memory = bench.run()
    rows += bench.rows + coco(data)
    text = table(rows)
    about = (
        f"{platform.system()} {platform.machine()}, {platform.python_version()}, "
        f"{time.strftime('%Y-%m-%d')}; peak of the window at the end {memory:.0f} MiB"
    )
    (out_folder() / "bench.md").write_text(f"{text}\n\n{about}\n")
    (out_folder() / "bench.json").write_text(json.dumps([row.cells() for row in rows], indent=1))
    print(text, about, sep="\n\n")


if __name__ == "__main__":
    main()
