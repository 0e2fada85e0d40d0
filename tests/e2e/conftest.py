"""A running program per test, closed whatever happens."""

import pytest
from pytestqt.qtbot import QtBot

from app.inference import Inference
from app.sample import make_sample
from tests.e2e.driver import Driver
from tests.e2e.photos import make_photos


@pytest.fixture
def drive(qtbot):
    """Start the program: ``drive(paths…)`` returns its driver."""
    running = []

    def start(*arguments):
        running.append(Driver(qtbot, arguments))
        return running[-1]

    yield start
    for driver in running:
        driver.close()
    strays = [stray for driver in running for stray in driver.strays.seen]
    assert strays == [], "windows showed that should not have"


@pytest.fixture
def sample(tmp_path):
    """A folder with the sample's images."""
    return make_sample(tmp_path / "sample")


@pytest.fixture(scope="module")
def program(request, qapp):
    """One running program for a whole file, without a model: starting it costs the most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Inference, "use", lambda self, model_id: None)
        yield from _running(request)


@pytest.fixture(scope="module")
def live(request, qapp):
    """One running program with a real model for a whole file."""
    yield from _running(request)


def _running(request):
    driver = Driver(QtBot(request))
    yield driver
    driver.close()
    assert driver.strays.seen == [], "windows showed that should not have"


@pytest.fixture
def d(program):
    """The running program on its first page, with the choices of a fresh start."""
    program.begin_again()
    return program


@pytest.fixture
def photos(tmp_path):
    """A folder of three photos, 320 × 240, each with noise of its own."""
    return make_photos(tmp_path / "photos", 3)


@pytest.fixture
def at_work(d, photos):
    """A folder open, with classes: cell and nucleus are things, tissue is stuff."""
    d.open(photos)
    d.add_classes(cell=True, nucleus=True, tissue=False)
    return d
