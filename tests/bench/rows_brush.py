"""Brush events, release and undo, beside a bare widget that paints the same capsule."""

from harness import LEFT, NONE, Bare, Painted, Peak, Row, idle, send, wander
from program import Program
from PySide6.QtCore import QEvent

MOVE, PRESS = QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress
RELEASE = QEvent.Type.MouseButtonRelease
SHORT = 60
"""Events of a stroke as people draw them: half a second."""


def rows_12(data, options):
    """12 megapixels."""
    return _image(data, options, "mp12", "12 MP", (20, 100, 1000))


def rows_67(data, options):
    """67 megapixels."""
    return _image(data, options, "mp67", "67 MP", (20, 100, 1000))


def rows_268(data, options):
    """268 megapixels."""
    return _image(data, options, "mp268", "268 MP", (20, 100, 1000))


def rows_huge(data, options):
    """100,000 x 60,000 pixels."""
    return _image(data, options, "huge", "6,000 MP", (20, 100))


def _image(data, options, name, words, radii):
    program = Program(data)
    program.open(data / name)
    program.classes()
    found = []
    for radius in radii:
        for fit in (False, True):
            zoom = "fit" if fit else "1:1"
            large = name in ("mp268", "huge")
            goal = "p95 ≤ 8 ms" if radius == 1000 else f"≤ {1 + large} ms, p95 ≤ 4 ms"
            title = f"r {radius}, {words}, {zoom}"
            found += _row(program, options, title, radius, fit, goal)
    program.close()
    return found


def _row(program, options, title, radius, fit, goal):
    canvas, painted = program.canvas, program.painted
    program.zoom(fit)
    program.brush(radius)
    path = list(wander(canvas.rect(), options.events, radius))
    with Peak() as peak:
        times, release = _stroke(program, path)
        undo = _undone(program)
    reference = _bare(canvas, radius, path)
    short = []
    for number in range(5):
        program.brush(radius)
        _, took = _stroke(program, list(wander(canvas.rect(), SHORT, number)))
        short.append(took)
    short_undo = _undone(program)
    for _ in short[1:]:
        painted.timed(lambda: program.trigger("edit.undo"))
    limit = "≤ 4 ms" if radius <= 100 else "≤ 16 ms"
    return [
        Row(f"brush event → painted, {title}", times, reference, goal, "", peak.most),
        Row(f"… release, {options.events:,} events", [release], (), "≤ 16 ms"),
        Row("… undo and redo of that stroke", undo, (), limit),
        Row(f"… release, {SHORT} events", short, (), "≤ 16 ms"),
        Row("… undo and redo of that stroke", short_undo, (), limit),
    ]


def _stroke(program, path):
    painted = program.painted
    program.send(MOVE, path[0], NONE, NONE)
    painted.timed(lambda: program.send(PRESS, path[0]))
    times = [painted.timed(lambda at=at: program.send(MOVE, at)) for at in path[1:]]
    release = painted.timed(lambda: program.send(RELEASE, path[-1], LEFT, NONE))
    idle()
    return times, release


def _undone(program):
    """Undo and redo in turn, undone at the end."""
    times = []
    for action in ("edit.undo", "edit.redo") * 5:
        times.append(program.painted.timed(lambda action=action: program.trigger(action)))
        idle(0.05)
    program.painted.timed(lambda: program.trigger("edit.undo"))
    idle(0.05)
    return times


def _bare(canvas, radius, path):
    bare = Bare(canvas.size(), radius * canvas.scale)
    counted = Painted(bare)
    counted.timed(lambda: send(bare, PRESS, path[0]))
    times = [counted.timed(lambda at=at: send(bare, MOVE, at)) for at in path[1:]]
    bare.close()
    return times
