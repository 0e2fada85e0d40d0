import pytest

from tests.app.canvas.harness import Desk


@pytest.fixture
def desk(qtbot, tmp_path):
    desk = Desk(qtbot, tmp_path)
    yield desk
    desk.canvas.stop()
