import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.places import round_view
from app.places.curves import Chart
from app.places.series import Series, sentence, thinned


def test_thinning_keeps_the_ends():
    points = [(float(x), x * 2.0) for x in range(5003)]
    kept = thinned(points, 100)
    assert len(kept) <= 102
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert thinned(points[:50], 100) == tuple(points[:50])


def test_a_chart_says_itself_in_one_sentence():
    series = (
        Series("v7", level=0.63),
        Series("v8", ((1.0, 0.5), (7.0, 0.66))),
    )
    said = sentence("Mean IoU", series, "epochs")
    assert said == "Mean IoU: v7 is at 0.63; v8 went from 0.50 to 0.66 over 7 epochs."
    assert sentence("Loss", (), "epochs") == "Loss: no values yet."


def test_the_loss_of_steps_is_laid_over_epochs(scene):
    scene.job(scene.train_spec(list(range(49)), [99]), scene.learning_events(7), running=True)
    scene.open()
    job = scene.jobs.jobs()[0]
    (training, held), until, now = round_view.loss_series(job)
    assert until == 12
    assert 7 <= now < 8
    assert training.points[-1][0] == pytest.approx(now)
    assert [x for x, _ in held.points] == [1, 2, 3, 4, 5, 6, 7]


def test_the_words_above_a_running_round(scene):
    scene.job(scene.train_spec(list(range(49)), [99]), scene.learning_events(7), running=True)
    scene.open()
    said = round_view.words(scene.jobs.jobs()[0])
    assert said.title == "v8 is learning from 49 images"
    assert said.detail.startswith("Epoch 8 of 12 · about 3 min 40 s left")
    assert said.fraction == pytest.approx((7 * 49 + 12) / (12 * 49))


def test_pyqtgraph_comes_with_the_first_curve_only(root):
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from app.places.curves import Chart\n"
        "from app.places.series import Series\n"
        "import app.places.models, app.places.inspect\n"
        "chart = Chart('Loss')\n"
        "assert 'pyqtgraph' not in sys.modules\n"
        "chart.set_series((Series('a', ((0.0, 1.0), (1.0, 2.0))),))\n"
        "assert 'pyqtgraph' in sys.modules\n"
        "heavy = {'torch', 'onnxruntime', 'onnx', 'cv2', 'skimage'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


def test_enter_turns_the_picture_into_numbers_and_back(scene, qtbot):
    chart = Chart("Loss")
    qtbot.addWidget(chart)
    chart.resize(400, 260)
    chart.show()
    chart.set_series((Series("held back", ((1.0, 0.9), (2.0, 0.7))),), 12, 2)
    picture = chart._stack.currentWidget()
    QTest.keyClick(chart, Qt.Key.Key_Return)
    table = chart._stack.currentWidget()
    assert table is not picture
    model = table.model()
    assert [model.index(0, c).data() for c in range(2)] == ["1", "0.9000"]
    assert model.headerData(1, Qt.Orientation.Horizontal) == "held back"
    QTest.keyClick(chart, Qt.Key.Key_Return)
    assert chart._stack.currentWidget() is picture


def test_a_chart_whose_curves_are_gone_can_be_resized_and_restyled(scene, qtbot):
    """As when a round that has just begun is chosen after one that has ended."""
    from app.theme.theme import theme

    chart = Chart("Loss")
    qtbot.addWidget(chart)
    chart.show()
    chart.set_series((Series("held back", ((1.0, 0.9), (2.0, 0.7))),), 12, 2)
    chart.set_series(())
    chart.resize(500, 300)
    theme().changed.emit()
    assert chart._stack.currentWidget() is chart._waiting


@pytest.mark.parametrize(
    "values", [[0.5], [0.5, 0.5], [0.0, 0.0], [-2.0, 5.0], [1e-9, 2e-9], [1e6]]
)
def test_odd_values_are_drawn(scene, qtbot, values):
    chart = Chart("Loss")
    qtbot.addWidget(chart)
    points = tuple((float(x), y) for x, y in enumerate(values))
    chart.set_series((Series("held back", points, dots=True),), 3)
    image = scene.grab(chart, 400, 260).toImage()
    accent = theme_color(scene)
    found = {image.pixelColor(x, y).name() for x in range(0, 400) for y in range(40, 250)}
    assert accent in found


def theme_color(scene):
    from app.theme.theme import theme

    return theme().color("accent.base").name()
