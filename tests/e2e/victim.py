"""A scripted session in the real program, to be killed: ``victim.py FOLDER SEED KIND SOURCE``.

It paints, erases, undoes, redoes, accepts proposals, marks, edits classes, and once it is warm
does what KIND says ("import", "train", …; SOURCE is what it imports), painting on meanwhile. It
says what it does in JSON lines: ``begin`` before each thing and, when that is finished for the user
(mouse released, key pressed, job's results in the project), the system's monotonic time with a
digest of what the image holds and of the classes made by hand.
"""

import hashlib
import json
import os
import random
import sys
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
JOBS = ("import", "export", "predict", "train")
WARM = 6  # things done before KIND begins
TINY = {"start": "unet_small", "size": 64, "batch": 2, "seed": 1, "device": "cpu", "epochs": 2}


def digest(document, taxonomy):
    """What the document holds, in a line: objects with every pixel, the class map, classes."""
    state = hashlib.sha256()
    for each in document.ordered():
        state.update(f"{each.id} {each.class_id} {each.mask.box} {each.doubtful}".encode())
        for left, top, bits in sorted(each.mask.pieces, key=lambda piece: piece[:2]):
            state.update(f"{left} {top}".encode() + bits.tobytes())
    state.update(json.dumps(sorted(document.layer.areas().items())).encode())
    made = [(each.id, each.name, each.color) for each in taxonomy.classes if by_hand(each.name)]
    state.update(json.dumps(sorted(made)).encode())
    return state.hexdigest()


def by_hand(name):
    """Whether the script made this class; results of jobs may bring others at any time."""
    return name.startswith("hand")


class Script:
    """What is done, a thing at a time; ``tick`` is called by the event loop."""

    def __init__(self, program, seed, kind, source):
        self.program, self.kind, self.source = program, kind, source
        self.session, self.canvas = program.session, program.window.canvas
        self.chance = random.Random(seed)
        self.done = 0
        self.job = None
        self.steps = [self.stroke] * 5 + [self.undo] * 2 + [self.redo, self.mark, self.accept]
        if kind in ("accept", "classes", "paint"):
            self.steps += [getattr(self, {"paint": "stroke"}.get(kind, kind))] * 10
        else:
            self.steps.append(self.classes)

    def tick(self):
        """Do the next thing; a change of classes that goes on is waited for."""
        if self.session.image is None or self.session.slices.words:
            return
        if self.done == 0:
            self.session.open_image(self.session.images[0].id)
            self.say("open")
        if self.job is not None and not self.job.live:
            result = {"error": self.job.error, "images": len(self.session.images)}
            job, self.job = self.job, None
            self.say(job.kind, job=job.id, **result)
        elif self.done == WARM and self.kind in JOBS and self.job is None:
            self.begin(self.kind)
            self.job = self.start()
            self.done += 1
        else:
            step = self.chance.choice(self.steps)
            self.begin(step.__name__)
            step()
            if not self.session.slices.words:
                self.say(step.__name__)

    def begin(self, name):
        print(json.dumps({"begin": name}), flush=True)

    def say(self, name, **more):
        self.done += 1
        now = time.monotonic()
        held = digest(self.session.document, self.session.taxonomy)
        print(json.dumps({"t": now, "did": name, "digest": held, **more}), flush=True)

    # -- things --------------------------------------------------------------------------------

    def mouse(self, kind, place, button, held):
        at = self.canvas.to_widget(*place)
        no = Qt.KeyboardModifier.NoModifier
        where = QPointF(self.canvas.mapToGlobal(at))
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, where, button, held, no))

    def stroke(self):
        session, chance = self.session, self.chance
        mine = [each.id for each in session.taxonomy.classes if by_hand(each.name)]
        session.set_class(chance.choice(mine))
        session.set_tool(chance.choice(("brush", "brush", "brush", "eraser")))
        session.set_radius(chance.uniform(2, 30))
        height, width = session.document.size
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        self.mouse(QEvent.Type.MouseButtonPress, (x, y), LEFT, LEFT)
        for _ in range(chance.randint(1, 12)):
            x, y = x + chance.uniform(-25, 25), y + chance.uniform(-25, 25)
            self.mouse(QEvent.Type.MouseMove, (x, y), NONE, LEFT)
        self.mouse(QEvent.Type.MouseButtonRelease, (x, y), LEFT, NONE)

    def trigger(self, name):
        self.program.services.actions.trigger(name)

    def undo(self):
        self.trigger("edit.undo")

    def redo(self):
        self.trigger("edit.redo")

    def mark(self):
        if self.session.document.annotations:
            some = sorted(self.session.document.annotations)
            self.session.set_selection([self.chance.choice(some)])
            self.trigger("object.doubtful")
            self.session.set_selection(())

    def accept(self):
        waiting = sorted(self.session.document.proposals)
        if waiting:
            self.session.set_selection([self.chance.choice(waiting)])
            self.trigger("proposal.accept")
            self.session.set_selection(())

    def classes(self):
        from engine.document import taxonomy_commands as change

        taxonomy = self.session.taxonomy
        mine = [each for each in taxonomy.classes if by_hand(each.name) and each.thing]
        one, number = self.chance.choice(mine), self.chance.randrange(10**6)
        acts = [
            lambda: change.add_class(taxonomy, f"hand {number}", thing=True),
            lambda: change.rename(taxonomy, one.id, f"hand {number}"),
            lambda: change.recolor(taxonomy, one.id, f"#{number:06x}"),
        ]
        if len(mine) > 2:
            other = self.chance.choice([each for each in mine if each is not one])
            acts.append(lambda: change.merge_classes(taxonomy, one.id, other.id))
            acts.append(lambda: change.delete_class(taxonomy, one.id))
        if len(mine) > 5:
            del acts[0]
        self.session.do_project(self.chance.choice(acts)())

    # -- jobs ----------------------------------------------------------------------------------

    def start(self):
        from app.intents.recipes import start_learning
        from engine.jobs.job import ExportSpec, ImportSpec, PredictSpec
        from engine.models.catalog import DEFAULT_MODEL

        services = self.program.services
        project = str(self.session.project.path)
        out = str(self.session.project.path.parent / "out.json")
        specs = {
            "import": lambda: ImportSpec(
                project=project, source=str(self.source), images=str(self.source.parent)
            ),
            "export": lambda: ExportSpec(project=project, target=out),
            "predict": lambda: PredictSpec(project=project, model=DEFAULT_MODEL, per_part=1),
        }
        if self.kind == "train":
            number = start_learning(services, TINY)
        else:
            number = services.jobs.start(specs[self.kind]())
        return services.jobs.get(number)


def main(folder, seed, kind, source):
    """The real program's ``main``, with a script for hands and without a model beside it."""
    from app.__main__ import main as program_main
    from app.application import Application
    from app.inference import Inference

    show = Application.show

    def show_and_begin(program, arguments):
        show(program, arguments)
        script = Script(program, seed, kind, source)
        program.hands = QTimer(program)
        program.hands.timeout.connect(script.tick)
        program.hands.start(5)

    Application.show = show_and_begin
    Inference.use = lambda self, model_id: None
    print(json.dumps({"begin": "start"}), flush=True)
    return program_main([folder])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
