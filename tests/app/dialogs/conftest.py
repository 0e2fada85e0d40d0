"""The same scene as the places have: a real project, session and job center."""

import importlib.util
from pathlib import Path

_FILE = Path(__file__).parents[1] / "places" / "conftest.py"
_spec = importlib.util.spec_from_file_location("places_scene", _FILE)
_scene = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_scene)

look, scene, done = _scene.look, _scene.scene, _scene.done
