"""One running program, as the rows of the bench use it."""

import gc
import os
import tempfile
from pathlib import Path

from harness import Painted, rest, send, wait


class Program:
    """The real window at 1920 x 1080 with the status bar's position on.

    Attributes:
        canvas: what is painted. painted: counts its paint events.
    """

    def __init__(self, data):
        from app.application import Application, start_qt

        self.data, self._places = data, []
        self.qt = start_qt()
        self.program = Application(self.qt)
        self.program.show([])
        gc.freeze()  # as ``app.application.run`` does
        self.window, self.session = self.program.window, self.program.session
        self.window.resize(1920, 1080)
        self.canvas = self.window.canvas
        self.painted = Painted(self.canvas)
        self.trigger = self.program.services.actions.trigger

    def open(self, path, settle=True):
        """Open a file, folder or project, and wait until nothing is going on."""
        self.program.open([path])
        wait(lambda: self.session.image is not None)
        if settle:
            self.calm()

    def calm(self):
        """The picture is complete, the model is there, the timers have run."""
        self.canvas.settle()
        wait(lambda: self.session.model.state != "starting")
        rest()

    def open_fresh(self, name):
        """Open a folder of the inputs under a new name: nothing of a run before is there."""
        place = tempfile.TemporaryDirectory(dir=self.data)
        self._places.append(place)
        folder = Path(place.name) / name
        folder.mkdir()
        for file in (self.data / name).iterdir():
            if file.is_file() and ".maskwright" not in file.name:
                os.link(file, folder / file.name)
        self.open(folder)
        return folder

    def close_project(self):
        """Back to the first page."""
        self.program.files.close()
        rest()

    def classes(self):
        """Ten visible classes."""
        from engine.document.taxonomy_commands import add_class

        for number in range(10 - len(self.session.taxonomy.classes)):
            self.session.do_project(add_class(self.session.taxonomy, f"class{number}"))

    def zoom(self, fit):
        """The whole image, or pixel for pixel."""
        self.canvas.fit() if fit else self.canvas.one_to_one()
        self.canvas.settle()
        rest()

    def brush(self, radius):
        """The brush, nothing selected, in the first class."""
        self.session.set_tool("brush")
        self.session.set_radius(radius)
        self.session.set_selection(())
        self.session.set_class(self.session.taxonomy.classes[0].id)

    def send(self, *event):
        """One mouse event to the canvas."""
        send(self.canvas, *event)

    def close(self):
        """End it."""
        self.program.close()
        for place in self._places:
            place.cleanup()
