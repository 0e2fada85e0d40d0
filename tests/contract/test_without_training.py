"""Without the extra "train" the program runs, predicts, and says what learning needs."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

from engine.models.catalog import DEFAULT_MODEL

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links to libraries are made")

NEEDS = "Learning needs torch, torchvision, segmentation-models-pytorch, onnx2torch"
WINDOW = """
import sys
from PySide6.QtWidgets import QApplication
from app.application import Application
from app.intents.recipes import start_learning
from engine.errors import EngineError

qt = QApplication([])
program = Application(qt)
program.show([sys.argv[1]])
while program.session.project is None:
    qt.processEvents()
try:
    start_learning(program.services)
except EngineError as error:
    print(error)
program.close()
"""


@pytest.fixture(scope="module")
def project(untrained, tmp_path_factory):
    """Two photos, predicted; proposals accepted where there were any."""
    folder = tmp_path_factory.mktemp("photos")
    for name in "ab":
        pixels = np.random.default_rng(ord(name)).integers(0, 255, (60, 80, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    path = folder / "p.maskwright"
    done = untrained("-m", "app", "init", path, folder)
    assert done.returncode == 0, done.stderr
    return path


def test_it_predicts_exports_and_measures_with_onnx_runtime(untrained, project, tmp_path):
    words = ("predict", project, "--model", DEFAULT_MODEL, "--accept", "--json")
    done = untrained("-m", "app", *words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["result"]["images"] == 2
    done = untrained("-m", "app", "export", project, tmp_path / "out.json")
    assert done.returncode == 0, done.stderr


def test_learning_says_what_it_needs_on_the_command_line(untrained, project):
    done = untrained("-m", "app", "train", project, "--minutes", "1")
    assert done.returncode == 1
    assert NEEDS in done.stderr
    assert "pip install 'maskwright[train]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_learning_says_what_it_needs_in_the_window(untrained, project):
    done = untrained("-c", WINDOW, project)
    assert done.returncode == 0, done.stderr
    assert NEEDS in done.stdout


def test_a_job_that_was_started_all_the_same_says_it_too(untrained, project, tmp_path):
    script = (
        "import sys; from pathlib import Path; from engine.jobs.folder import JobFolder;"
        "from engine.jobs.job import TrainSpec; from engine.jobs.runner import execute;"
        "spec = TrainSpec(project=sys.argv[1], recipe={}, model='m');"
        "print(execute(JobFolder.create(Path(sys.argv[2]), spec)).error)"
    )
    done = untrained("-c", script, project, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(NEEDS)


def test_the_doctor_calls_it_optional(untrained):
    done = untrained("-m", "app", "doctor", "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    (row,) = [each for each in rows if each.get("name") == "Packages for learning"]
    assert not row["ok"]
    assert "pip install 'maskwright[train]'" in row["text"]
