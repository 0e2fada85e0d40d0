"""What hands wait for while other work goes on: a training job, and the saving of their own work.

``python tests/bench/latency.py DATA`` prints these rows alone; DATA as ``inputs.make`` writes it.
"""

import os
import shutil
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from harness import LEFT, MOVE, NONE, PRESS, RELEASE, Row, isolate, rest, table, wait, wander
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

EVENTS = 500
LEARN = {"epochs": 2000, "start": "unet_small", "size": 128, "batch": 4, "seed": 1}


def rows(data, options):
    """Key or mouse event until painted, a quiet machine and then with a training job running."""
    from program import Program

    from tests.e2e.cells import make_cells

    with tempfile.TemporaryDirectory(prefix="maskwright-bench-") as place:
        folder = make_cells(Path(place), 12, size=(1024, 1024))
        program = Program(data)
        program.open(folder)
        quiet = _events(program)
        view = _learn(program)
        busy = _events(program)
        assert view.live, f"the job ended before the events did: {view.error}"
        program.program.services.jobs.cancel(view.id)
        wait(lambda: not view.live)
        program.close()
    return [
        _row("key or mouse event → painted, nothing else runs", quiet, ()),
        _row("… with a training job running", busy, quiet, "p99 < 50 ms"),
    ]


def save_row(data, options):
    """Saving one stroke on an image with 2,000 objects."""
    from program import Program
    from rows_many import _imported

    with tempfile.TemporaryDirectory(prefix="maskwright-bench-") as place:
        shutil.copytree(data / "many", Path(place) / "many", dirs_exist_ok=True)
        program = Program(Path(place))
        _imported(program, Path(place))
        handed, written = _saved(program)
        disk = [_synced(Path(place)) for _ in range(60)]
        program.close()
    note = (
        f"on the writer's thread, {np.median([each[1] for each in written]):.2f} ms of CPU; "
        f"handing over costs the window {np.median(handed):.2f} ms; "
        "reference: 16 kB written and synced"
    )
    return [
        Row(
            "save one image's work, 2,000 objects",
            [each[0] for each in written],
            disk,
            "≤ 5 ms, off the GUI thread",
            note,
        )
    ]


def _row(work, times, reference, goal=""):
    high = np.percentile(times, 99)
    return Row(work, times, reference, goal, f"p99 {high:.1f} ms, worst {max(times):.1f} ms")


def _learn(program):
    """A real training job, and its view once it computes."""
    from app.intents.recipes import start_learning

    services = program.program.services
    view = services.jobs.get(start_learning(services, LEARN))
    wait(lambda: "loss" in view.metrics or not view.live, 180)
    assert view.live, view.error
    return view


def _events(program):
    """Milliseconds of 500 events: strokes, hovering, the wheel, keys; one painted canvas each."""
    canvas, painted, times = program.canvas, program.painted, []
    program.zoom(True)
    program.brush(20)
    path = list(wander(canvas.rect(), EVENTS, 3))
    keys = cycle((Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_O))
    down = False
    for number, at in enumerate(path):
        at_work, place = number % 25, QPointF(at)
        if at_work == 20:
            painted.timed(lambda place=place: program.send(RELEASE, place, LEFT, NONE))
            down = False
        if at_work == 0:
            act, down = (lambda place=place: program.send(PRESS, place)), True
        elif at_work < 20:
            act = lambda place=place: program.send(MOVE, place)  # noqa: E731
        elif at_work < 22:
            act = lambda place=place, up=at_work == 20: _wheel(canvas, place, up)  # noqa: E731
        else:
            key = next(keys)
            act = lambda key=key: QTest.keyClick(canvas, key)  # noqa: E731
        times.append(painted.timed(act))
    if down:
        program.send(RELEASE, path[-1], LEFT, NONE)
    rest()
    return times


def _wheel(canvas, place, up):
    turn = QPoint(0, 120 if up else -120)
    no, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    where = QPointF(canvas.mapToGlobal(place))
    QApplication.sendEvent(
        canvas, QWheelEvent(place, where, QPoint(), turn, NONE, no, phase, False)
    )


def _saved(program):
    """(ms to hand over, (ms, CPU ms) to write and commit) of 60 strokes."""
    project, writer = program.session.project, program.session.project._store.writer
    written, handed, commit = [], [], writer._commit

    def timed(batch):
        began, used = time.perf_counter(), time.thread_time()
        commit(batch)
        spent = time.perf_counter() - began, time.thread_time() - used
        written.append(tuple(1000 * each for each in spent))

    submit = writer.submit

    def hand_over(work):
        began = time.perf_counter()
        submit(work)
        handed.append((time.perf_counter() - began) * 1000)

    project.flush()
    writer._commit, writer.submit = timed, hand_over
    program.zoom(False)
    program.brush(20)
    for stroke in range(60):
        path = list(wander(program.canvas.rect(), 12, 100 + stroke))
        program.send(PRESS, path[0])
        for at in path:
            program.send(MOVE, at)
            program.qt.processEvents()
        program.send(RELEASE, path[-1], LEFT, NONE)
        program.qt.processEvents()
        project.flush()
    del writer._commit, writer.submit
    return handed, written


def _synced(place):
    """Milliseconds that the disk takes for what a stroke writes."""
    began = time.perf_counter()
    with open(place / "probe", "ab") as file:
        file.write(bytes(16_384))
        file.flush()
        os.fsync(file.fileno())
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    isolate()
    place = Path(sys.argv[1])
    print(table(rows(place, None) + save_row(place, None)))
