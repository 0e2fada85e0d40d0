"""The same scene as the places have: a real project, session and job center."""

import importlib.util
from pathlib import Path

import pytest

from app.canvas.widget import Canvas

_FILE = Path(__file__).parents[1] / "places" / "conftest.py"
_spec = importlib.util.spec_from_file_location("places_scene", _FILE)
_scene = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_scene)

look, scene, done = _scene.look, _scene.scene, _scene.done


@pytest.fixture
def beside_canvas(qtbot):
    """Shows a sheet of a kind with a canvas of its own, both under the person's hands."""

    def show(kind, services):
        canvas = Canvas(services)
        canvas.resize(640, 480)
        sheet = kind(services, canvas)
        sheet.resize(640, 900)
        for each in (canvas, sheet):
            qtbot.addWidget(each)
            each.show()
        return sheet

    return show


@pytest.fixture
def heard(scene):
    """What is said from now on."""
    found = []
    scene.session.said.connect(lambda words, _level: found.append(words))
    return found
