import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.panels.filmstrip import Filmstrip
from app.panels.filmstrip_model import frame_state
from app.theme.theme import theme
from engine.document import edits


@pytest.fixture
def strip(bench, show):
    bench.open()
    return show(Filmstrip(bench.services), 1200, 92)


def names(bench):
    return [bench.session.row(number).file_name for number in bench.session.queue]


def test_queue_is_the_strips_order_and_least_certain_first(bench, strip):
    third = bench.rows[2].id
    bench.propose((0, 100, 100, 40, 0.3), image=third)
    bench.session.refresh_images()
    assert bench.session.queue[0] == third
    assert strip.model.ids == bench.session.queue
    assert strip.order.text() == "Least certain first"


def test_other_rules_are_kept_with_the_project(bench, strip):
    strip.set_rule("newest")
    assert names(bench)[0] == "astronaut_05.png"
    assert bench.project.setting("queue_rule") == "newest"
    bench.session.project_changed.emit()
    assert strip.rule == "newest"


def test_open_image_keeps_its_place_while_it_is_worked_on(bench, strip, settle):
    before = list(bench.session.queue)
    bench.propose((0, 100, 100, 40, 0.9))
    bench.session.do(edits.mark_done(bench.document))
    assert bench.session.queue == before
    assert strip.words.text() == "1 of 6 done"
    bench.propose((0, 100, 100, 40, 0.1), image=bench.rows[4].id)
    settle(lambda: bench.session.queue.index(bench.rows[4].id) == 1)


def test_click_and_enter_open_an_image(bench, strip, qtbot):
    index = strip.model.index_of(bench.rows[3].id)
    rect = strip.view.visualRect(index)
    qtbot.mouseClick(strip.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert bench.session.image.id == bench.rows[3].id
    strip.view.setFocus()
    qtbot.keyClick(strip.view, Qt.Key.Key_Right)
    qtbot.keyClick(strip.view, Qt.Key.Key_Return)
    assert (
        bench.session.image.id == strip.model.ids[strip.model.index_of(bench.rows[3].id).row() + 1]
    )


def test_frames_say_their_state(bench, strip):
    first, second, third = (row.id for row in bench.rows[:3])
    bench.propose((0, 100, 100, 40, 0.3), image=second)
    bench.propose((0, 100, 100, 40, 0.9), image=third)
    bench.session.do(edits.mark_done(bench.document))
    bench.thumbs.bad.add(bench.rows[5].id)
    states = [
        frame_state(bench.services, bench.session.row(number))[2]
        for number in (first, second, third, bench.rows[3].id, bench.rows[5].id)
    ]
    assert states == ["done", "doubtful", "proposals waiting", "new", "unreadable"]
    index = strip.model.index_of(second)
    said = strip.model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert said == f"astronaut_01.png, image {index.row() + 1} of 6, doubtful, lowest score 0.30"


def test_only_frames_in_view_are_asked_for(bench, show):
    bench.open(images=5_000)
    bench.thumbs.asked.clear()
    strip = show(Filmstrip(bench.services), 900, 92)
    strip.grab()
    assert 0 < len(set(bench.thumbs.asked)) < 20


def test_wheel_scrolls_along(bench, show):
    bench.open(images=200)
    strip = show(Filmstrip(bench.services), 900, 92)
    bar = strip.view.horizontalScrollBar()
    assert bar.maximum() > 0
    event = QWheelEvent(
        QPointF(50, 30), QPointF(50, 30), QPoint(), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(strip.view.viewport(), event)
    assert bar.value() == 120


def test_search_narrows_the_queue_and_esc_brings_it_back(bench, strip, qtbot):
    strip.focus_search()
    qtbot.keyClicks(strip.search, "03")
    assert names(bench) == ["astronaut_03.png"]
    strip.search.setText("zz")
    assert bench.session.queue == []
    assert "zz" in strip.none.text()
    qtbot.keyClick(strip.search, Qt.Key.Key_Escape)
    assert len(bench.session.queue) == 6
    assert not strip.search.isVisible()


def test_status_filter(bench, strip):
    bench.session.do(edits.mark_done(bench.document))
    strip.set_only("done")
    assert names(bench) == ["astronaut_00.png"]
    assert strip.order.text() == "Least certain first · done"


def test_dragging_by_hand_changes_the_order(bench, strip):
    strip.set_rule("hand")
    model = strip.model
    data = model.mimeData([model.index(4, 0)])
    model.dropMimeData(data, Qt.DropAction.MoveAction, 1, 0, QModelIndex())
    assert [name[-6:-4] for name in names(bench)] == ["00", "04", "01", "02", "03", "05"]
    assert bench.project.image(bench.rows[4].id).order == 1
    assert model.dropMimeData(QMimeData(), Qt.DropAction.MoveAction, 0, 0, QModelIndex()) is False


def test_no_dragging_under_another_rule(bench, strip):
    flags = strip.model.flags(strip.model.index(0, 0))
    assert not flags & Qt.ItemFlag.ItemIsDragEnabled


def test_folding(bench, strip):
    strip.set_folded(True)
    assert strip.height() == theme().size("filmstripFolded")
    assert strip.folded_words.text() == "1 of 6 · least certain first"
    strip.set_folded(False)
    assert strip.height() == theme().size("filmstrip")


def test_a_folded_strip_counts_one_image(bench, show):
    bench.open(images=1, open_first=False)
    strip = show(Filmstrip(bench.services), 1200, 92)
    strip.set_folded(True)
    assert strip.folded_words.text() == "1 image · least certain first"


def test_no_project(bench, show):
    strip = show(Filmstrip(bench.services), 900, 92)
    assert strip.none.isVisible()
    assert strip.words.text() == "0 of 0 done"
