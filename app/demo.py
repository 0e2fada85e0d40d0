"""``make demo``: the main job on the sample project.

With a display it opens the window on the sample. Without one it does the whole job in an offscreen
window, with real mouse and key events: propose, accept, one corrected stroke, export, read back,
a short round of learning, comparison, swap; and says where the results are.
"""

import argparse
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.sample import cup_in, make_sample


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main() -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(description="Maskwright on its sample project")
    parser.add_argument("--offscreen", action="store_true", help="never open a window")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="results, offscreen")
    options = parser.parse_args()
    if has_display() and not options.offscreen:
        from app.application import run

        return run([str(make_sample())])
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return Tour(options.out.resolve()).run()


class Tour:
    """The scripted user."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.themes: tuple[str, ...] = ("dark",)
        shutil.rmtree(out, ignore_errors=True)
        # Settings, models and caches of the demo stay in its own folder.
        for name in ("CONFIG", "DATA", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = str(out / "home")
        from app.application import Application, start_qt

        # The tour saves its pictures on the window's thread; that is no fault of the program.
        logging.getLogger("app.watchdog").setLevel(logging.ERROR)
        self.qt = start_qt()
        self.program = Application(self.qt)
        self.window = self.program.window
        self.session = self.program.session
        self.trigger = self.program.services.actions.trigger
        self.began = time.monotonic()

    def run(self) -> int:
        """Every step in turn; a step that does not come about ends the demo with exit code 1."""
        try:
            self._open()
            self._propose_and_correct()
            self._accept_the_rest()
            self._export()
            self._learn()
        except TimeoutError as problem:
            print(f"The demo stopped: {problem}", file=sys.stderr)
            return 1
        finally:
            self.program.close()
        self._say(f"Done. Everything is in {self.out}")
        return 0

    # -- steps -------------------------------------------------------------------------------

    def _open(self) -> None:
        sample = make_sample(self.out / "sample")
        self.program.show([])
        self.window.resize(1600, 1000)
        self.picture("1_first_page")
        self.program.open([sample])
        self.until(lambda: self.session.model.state == "ready", "the model did not get ready")
        self._say(
            f"Opened {len(self.session.images)} images; model on {self.session.model.provider}"
        )

    def _propose_and_correct(self) -> None:
        document = self.session.document
        assert document is not None
        self.trigger("model.propose")
        self.until(lambda: bool(document.proposals), "the model proposed nothing")
        self.picture("2_proposals")
        self.trigger("proposal.accept_all")
        objects = document.ordered()
        self._say(f"Accepted {len(objects)} proposals of {self.session.model.name}")
        best = max(objects, key=lambda each: each.mask.area)
        self.session.set_selection([best.id])
        self.trigger("tool.brush")
        before = best.mask.area
        left, top, _, bottom = best.mask.box
        self.stroke((left + 8, (top + bottom) // 2), (left - 20, (top + bottom) // 2 + 30))
        after = document.annotations[best.id].mask.area
        self._say(f"One brush stroke changed {abs(after - before):,} pixels")
        self.trigger("edit.undo")
        self.trigger("edit.redo")
        self.picture("3_corrected")
        self.trigger("image.done_next")

    def _accept_the_rest(self) -> None:
        """Propose for the whole project as a job, then accept and mark done image by image."""
        self.trigger("model.propose_all")
        self.finished("predict")
        while True:
            document, image = self.session.document, self.session.image
            assert document is not None
            outline = cup_in(image.path.stem, document.size) if image is not None else []
            if outline:
                self._draw_cup(outline)
            elif document.proposals:
                self.trigger("proposal.accept_all")
            self.trigger("image.done_next")
            if self.session.image is image:
                break
        done = sum(row.status == "done" for row in self.session.images)
        self._say(f"{done} of {len(self.session.images)} images are done")

    def _draw_cup(self, outline: list[tuple[float, float]]) -> None:
        """The model calls the cup a bottle: reject that, and outline a class of its own."""
        from engine.document.taxonomy_commands import add_class

        self.trigger("proposal.reject_all")
        if self.session.taxonomy.by_name("cup") is None:
            self.session.do_project(add_class(self.session.taxonomy, "cup"))
        cup = self.session.taxonomy.by_name("cup")
        assert cup is not None
        self.session.set_class(cup.id)
        self.trigger("tool.polygon")
        self.window.canvas.settle()
        for point in outline:
            self.stroke(point, point, steps=1)
        self.trigger("edit.enter")
        self.picture("3_polygon")

    def _export(self) -> None:
        from engine.jobs.job import ExportSpec

        project = self.session.project
        assert project is not None
        target = self.out / "annotations.json"
        self.program.services.jobs.start(
            ExportSpec(project=str(project.path), target=str(target), deep=True)
        )
        view = self.finished("export")
        self._say(f"COCO file {target}: {view['summary']}")
        self.trigger("file.export")
        self.picture("4_export")
        self.trigger("edit.escape")

    def _learn(self) -> None:
        from app.intents.recipes import start_learning

        project = self.session.project
        assert project is not None
        # One view of each photo is held back, so that every class is measured.
        held = [
            row.id
            for row in self.session.images
            if row.path.stem in ("astronaut_wide", "chelsea_left", "coffee_table")
        ]
        for row in self.session.images:
            project.set_image(row.id, fold="held" if row.id in held else "train")
        options = {
            "classes": ["person", "cat", "cup"],
            "epochs": 12,
            "seed": 1,
        }
        job = start_learning(self.program.services, options)
        self.session.set_place("models")
        jobs = self.program.services.jobs
        view = jobs.get(job)
        assert view is not None
        self.until(lambda: len(view.metrics.get("miou", ())) >= 6 or not view.live, "no curve")
        self.picture("5_learning")
        outcome = self.finished("train")
        self.picture("6_verdict")
        self._say(str(outcome.get("reason", "")))
        (self.out / "comparison.json").write_text(json.dumps(outcome, indent=1, default=str))
        model = str(outcome.get("model", ""))
        if not outcome.get("better"):
            self._say("It stays as it is: the new model is not better.")
            return
        swapped: list[str] = []
        self.program.services.inference.swapped.connect(swapped.append)
        self.program.services.use_model(model)
        self.until(lambda: model in swapped, "the new model did not start")
        self._say(f"{self.session.model.name} answers from now on, without a restart")
        self.session.set_place("correct")
        self.trigger("model.propose")
        self.until(lambda: self.session.model.state == "ready", "no answer from the new model")
        self.picture("7_new_model")
        self.session.set_place("inspect")
        self.trigger("model.evaluate")
        self.finished("evaluate")
        self.picture("8_inspect")

    # -- hands and eyes ----------------------------------------------------------------------

    def stroke(
        self, start: tuple[float, float], stop: tuple[float, float], steps: int = 12
    ) -> None:
        """Press, move and release the left button along a line in image pixels."""
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent

        canvas, left = self.window.canvas, Qt.MouseButton.LeftButton
        places = [
            (
                start[0] + (stop[0] - start[0]) * i / steps,
                start[1] + (stop[1] - start[1]) * i / steps,
            )
            for i in range(steps + 1)
        ]
        kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * (steps - 1)]
        for kind, place in zip([*kinds, QEvent.Type.MouseButtonRelease], places, strict=True):
            at = canvas.to_widget(*place)
            held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else left
            event = QMouseEvent(
                kind,
                at,
                QPointF(canvas.mapToGlobal(at)),
                left,
                held,
                Qt.KeyboardModifier.NoModifier,
            )
            self.qt.sendEvent(canvas, event)
            self.qt.processEvents()

    def until(self, holds: Callable[[], bool], otherwise: str, seconds: float = 120) -> None:
        """Run the event loop until ``holds``.

        Raises:
            TimeoutError: it did not within ``seconds``.
        """
        from PySide6.QtCore import QEventLoop, QTimer

        limit = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > limit:
                raise TimeoutError(otherwise)
            loop = QEventLoop()  # sleeps between events, so that threads and jobs get the cores
            QTimer.singleShot(20, loop.quit)
            loop.exec()

    def finished(self, kind: str) -> dict[str, object]:
        """Wait for the newest job of a kind and return its outcome."""
        view = next(each for each in self.program.services.jobs.jobs() if each.kind == kind)
        self.until(lambda: view.taken, f"the job “{kind}” did not end", 170)
        if view.error:
            raise TimeoutError(view.error)
        return view.outcome

    def picture(self, name: str) -> None:
        """Keep what the window shows, in each theme that was asked for."""
        folder = self.out / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        for theme in self.themes:
            self.program.settings.set("theme", theme)
            self.window.canvas.settle()
            for _ in range(3):
                self.qt.processEvents()
            ending = "" if theme == self.themes[0] else f"_{theme}"
            self.window.grab().save(str(folder / f"{name}{ending}.png"))
        self.program.settings.set("theme", self.themes[0])

    def _say(self, sentence: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
