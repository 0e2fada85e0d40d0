"""Brush events, release and undo, beside a bare widget that paints the same capsule."""

from harness import (
    LEFT,
    MOVE,
    NONE,
    PRESS,
    RELEASE,
    Bare,
    Painted,
    Peak,
    Stroke,
    rest,
    send,
    wander,
)
from program import Program

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
    program.open_fresh(name)
    program.classes()
    found = []
    for radius in radii:
        for fit in (False, True):
            zoom = "fit" if fit else "1:1"
            found.append(_row(program, options, f"r {radius}, {words}, {zoom}", radius, fit))
    program.close()
    return found


def _row(program, options, title, radius, fit):
    canvas, painted = program.canvas, program.painted
    program.zoom(fit)
    times, release, undo, path = [], [], [], []
    with Peak() as peak:
        for seed in (radius, radius + 1, radius + 2):
            program.brush(radius)
            path = list(wander(canvas.rect(), options.events, seed))
            more, took = _stroke(program, path)
            times += more
            release.append(took)
            undo += _undone(program)
    reference = _bare(canvas, radius, path)
    short = []
    for number in range(5):
        program.brush(radius)
        _, took = _stroke(program, list(wander(canvas.rect(), SHORT, number)))
        short.append(took)
    short_undo = _undone(program)
    for _ in short[1:]:
        painted.timed(lambda: program.trigger("edit.undo"))
    return Stroke(title, times, reference, release, undo, short, short_undo, peak.most)


def _stroke(program, path):
    painted = program.painted
    program.send(MOVE, path[0], NONE, NONE)
    painted.timed(lambda: program.send(PRESS, path[0]))
    times = [painted.timed(lambda at=at: program.send(MOVE, at)) for at in path[1:]]
    release = painted.timed(lambda: program.send(RELEASE, path[-1], LEFT, NONE))
    rest()
    return times, release


def _undone(program):
    """Undo and redo in turn, undone at the end."""
    times = []
    for action in ("edit.undo", "edit.redo") * 5:
        times.append(program.painted.timed(lambda action=action: program.trigger(action)))
        rest(0.05)
    program.painted.timed(lambda: program.trigger("edit.undo"))
    rest(0.05)
    return times


def _bare(canvas, radius, path):
    bare = Bare(canvas.size(), radius * canvas.scale)
    counted = Painted(bare)
    counted.timed(lambda: send(bare, PRESS, path[0]))
    times = [counted.timed(lambda at=at: send(bare, MOVE, at)) for at in path[1:]]
    bare.close()
    return times
