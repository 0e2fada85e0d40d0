"""A scripted session in the real program, to be killed: ``victim.py FOLDER SEED``.

After each finished step it prints one JSON line: the system's monotonic time at which the step was
finished for the user (mouse released, key pressed), and a digest of what the image then holds.
"""

import hashlib
import json
import os
import random
import sys
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def digest(document):
    """What the document holds, in a line: objects with every pixel, and the class map."""
    state = hashlib.sha256()
    for each in document.ordered():
        state.update(f"{each.id} {each.class_id} {each.mask.box} {each.doubtful}".encode())
        for left, top, bits in sorted(each.mask.pieces, key=lambda piece: piece[:2]):
            state.update(f"{left} {top}".encode() + bits.tobytes())
    state.update(json.dumps(sorted(document.layer.areas().items())).encode())
    return state.hexdigest()


def main(folder, seed):
    from app.application import Application

    random.seed(seed)
    qt = QApplication(["maskwright"])
    program = Application(qt)
    program.show([])
    program.window.resize(1200, 800)
    program.open([Path(folder)])
    session, canvas = program.session, program.window.canvas
    while session.image is None:
        qt.processEvents()
    add_classes(program)
    canvas.fit()
    document = session.document

    def mouse(kind, place, button, held):
        at = canvas.to_widget(*place)
        no = Qt.KeyboardModifier.NoModifier
        qt.sendEvent(
            canvas, QMouseEvent(kind, at, QPointF(canvas.mapToGlobal(at)), button, held, no)
        )
        qt.processEvents()

    def stroke():
        session.set_class(random.choice(session.taxonomy.classes).id)
        session.set_tool(random.choice(("brush", "brush", "brush", "eraser")))
        session.set_radius(random.uniform(2, 30))
        height, width = document.size
        x, y = random.uniform(0, width), random.uniform(0, height)
        mouse(QEvent.Type.MouseButtonPress, (x, y), LEFT, LEFT)
        for _ in range(random.randint(1, 12)):
            x, y = x + random.uniform(-25, 25), y + random.uniform(-25, 25)
            mouse(QEvent.Type.MouseMove, (x, y), NONE, LEFT)
        mouse(QEvent.Type.MouseButtonRelease, (x, y), LEFT, NONE)

    def attribute():
        if document.annotations:
            session.set_selection([random.choice(list(document.annotations))])
            program.services.actions.trigger("object.doubtful")
            session.set_selection(())

    def trigger(name):
        program.services.actions.trigger(name)

    steps = (
        [stroke] * 6
        + [lambda: trigger("edit.undo")] * 2
        + [lambda: trigger("edit.redo"), attribute]
    )
    print(json.dumps({"t": time.monotonic(), "digest": digest(document)}), flush=True)
    while True:
        random.choice(steps)()
        finished = time.monotonic()
        qt.processEvents()
        print(json.dumps({"t": finished, "digest": digest(document)}), flush=True)


def add_classes(program):
    """One thing and one stuff class."""
    from engine.document.taxonomy_commands import add_class

    session = program.session
    for name, thing in (("cell", True), ("background tissue", False)):
        if session.taxonomy.by_name(name) is None:
            session.do_project(add_class(session.taxonomy, name, thing=thing))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
