"""A running program per test, closed whatever happens."""

import pytest

from app.sample import make_sample
from tests.e2e.driver import Driver


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
