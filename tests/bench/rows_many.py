"""An image with 2,000 objects."""

import time

from harness import MOVE, NONE, Peak, Row, rest, wait, wander
from program import Program
from PySide6.QtCore import QPoint


def rows(data, options):
    """Load, pan, hover, hide a class."""
    program = Program(data)
    with Peak() as peak:
        image = _imported(program, data)
        load = _loaded(program, image)
    canvas = program.canvas
    canvas.one_to_one()
    program.session.set_tool("select")
    canvas.settle()
    rest()
    pan, hover, hide = _panned(program), _hovered(program), {}
    for zoom in (False, True):
        program.zoom(zoom)
        hide[zoom] = _hidden(program)
    program.close()
    return [
        Row("2,000 objects: load with the image", load, (), "≤ 0.25 s", "", peak.most),
        Row("… pan one step at 1:1", pan, (), "≤ 3 ms"),
        Row("… hover highlight", hover, (), "≤ 3 ms", f"{len(hover)} changes"),
        Row("… hide or show one class, 1:1", hide[False], (), "≤ 16 ms"),
        Row("… hide or show one class, fit", hide[True], (), "≤ 16 ms", "all 2,000 in view"),
    ]


def _imported(program, data):
    from engine.jobs.job import ImportSpec

    folder = program.open_fresh("many")
    session, jobs = program.session, program.program.services.jobs
    if not session.document.annotations:
        number = jobs.start(
            ImportSpec(project=str(session.project.path), source=str(folder / "many2000.json"))
        )
        wait(lambda: jobs.get(number).taken)
        assert jobs.get(number).error == "", jobs.get(number).error
    return session.image.id


def _loaded(program, image):
    times, session = [], program.session
    for _ in range(5):
        session.close_image()
        rest()
        began = time.perf_counter()
        program.painted.timed(lambda: session.open_image(image))
        times.append((time.perf_counter() - began) * 1000)
        program.canvas.settle()
    assert len(session.document.annotations) == 2000
    return times


def _panned(program):
    times = []
    for step in range(200):
        by = QPoint(-12 if step < 100 else 12, -6 if step % 40 < 20 else 6)
        times.append(program.painted.timed(lambda by=by: program.canvas.pan(by)))
    return times


def _hovered(program):
    times = []
    for at in wander(program.canvas.rect(), 600, 5, 31.0):
        before, began = program.session.hovered, time.perf_counter()
        program.send(MOVE, at, NONE, NONE)
        program.qt.processEvents()
        if program.session.hovered != before:
            times.append((time.perf_counter() - began) * 1000)
    return times


def _hidden(program):
    session, times = program.session, []
    for step in range(20):
        each = session.taxonomy.classes[step // 2 % 10]

        def turn(each=each, visible=bool(step % 2)):
            session.project.set_class_view(each.id, visible=visible)
            session.touch_taxonomy()

        times.append(program.painted.timed(turn))
        rest(0.1)
    return times
