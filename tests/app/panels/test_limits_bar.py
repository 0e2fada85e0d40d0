"""The bar of limits: one chip each, in words, however long these are."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.panels.limits_bar import LimitsBar
from app.state import SureRange, ValueRange, Within
from app.theme.theme import theme
from engine.document.taxonomy import BACKGROUND, UNLABELLED

LONG = "a class whose name is exactly sixty letters long, no fewer "


@pytest.fixture
def scaled(qapp):
    yield lambda scale: theme().set_scale(qapp, scale)
    theme().set_scale(qapp, 1.0)


@pytest.fixture
def bar(bench, show):
    """The bar above a picture, as in the window; ``bar(width)``."""

    def make(width=1200, classes=("sky", "water", "boat")):
        bench.open(classes=classes)
        around = QWidget()
        column = QVBoxLayout(around)
        column.setContentsMargins(0, 0, 0, 0)
        made = LimitsBar(bench.services)
        made.around = around  # kept alive
        column.addWidget(made)
        column.addStretch(1)
        show(around, width, 200)
        return made

    return make


def words(bar):
    return [chip.text.words for chip in bar.chips]


def everything(bench):
    ids = [each.id for each in bench.classes]
    bench.session.limits.set(
        over=frozenset(ids[:2]),
        values=ValueRange(1_200, 34_000.5),
        sure=SureRange(0.6),
        within=Within(frozenset(bench.propose((0, 100, 100, 30, 0.9)))),
    )


def test_nothing_shows_without_a_limit(bench, bar):
    made = bar()
    assert not made.isVisible()
    everything(bench)
    assert made.isVisible()
    assert words(made) == [
        "Only over sky and water",
        "Only brightness 1,200 to 34,000",
        "Model above 0.60",
        "Only inside sky #1",
    ]


def test_of_many_classes_their_number_is_said_and_all_in_the_tooltip(bench, bar):
    made = bar()
    ids = {each.id for each in bench.classes}
    bench.session.limits.set(over=frozenset(ids | {UNLABELLED, BACKGROUND}))
    (chip,) = made.chips
    assert chip.text.words == "Only over 5 classes"
    assert "sky, water, boat, background and unlabelled" in chip.words.toolTip()


def test_a_cross_takes_one_limit_and_words_open_the_chooser(bench, bar, qtbot):
    made = bar()
    everything(bench)
    qtbot.mouseClick(made.chips[1].words, Qt.MouseButton.LeftButton)
    assert bench.ran == ["limits.choose"]
    for left in (3, 2, 1, 0):
        qtbot.mouseClick(made.chips[0].cross, Qt.MouseButton.LeftButton)
        assert len(made.chips) == left


def test_everything_is_reached_and_named_by_keyboard(bench, bar, qtbot):
    made = bar()
    everything(bench)
    made.setFocus(Qt.FocusReason.TabFocusReason)
    names = []
    for _ in range(8):
        names.append(QApplication.focusWidget().accessibleName())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert names[:2] == [
        "Limit: only over sky and water",
        "Remove the limit: only over sky and water",
    ]
    assert len(set(names)) == 8


def test_the_focus_stays_on_a_chip_whose_words_change(bench, bar):
    made = bar()
    everything(bench)
    made.chips[2].cross.setFocus()
    bench.session.limits.set(sure=SureRange(0.7))
    assert made.chips[2].cross.hasFocus()
    assert words(made)[2] == "Model above 0.70"


def test_lifted_limits_are_struck_out_and_locks_are_not(bench, bar):
    made = bar()
    everything(bench)
    bench.project.set_class_view(bench.classes[2].id, locked=True)
    bench.session.touch_taxonomy()
    before = made.geometry()
    bench.session.limits.lift(True)
    named = [chip.words.accessibleName() for chip in made.chips]
    assert [name.endswith(", lifted") for name in named] == [True] * 4 + [False]
    assert made._hint.text() == "Lifted while the key is down"
    assert made.geometry() == before
    bench.session.limits.lift(False)
    assert made._hint.text() == "Hold Y to paint anyway"


@pytest.mark.parametrize("name", ["dark", "light", "highContrast"])
@pytest.mark.parametrize(("width", "scale"), [(1200, 1.0), (700, 1.0), (1390, 2.0)])
@pytest.mark.parametrize("touch", [False, True])
def test_long_names_give_way_and_crosses_do_not(
    bench, bar, qapp, scaled, name, width, scale, touch
):
    theme().apply(qapp, name)
    scaled(scale)
    theme().set_touch(qapp, touch)
    try:
        made = bar(width, [f"{LONG}{k}" for k in range(3)])
        everything(bench)
        bench.project.set_class_view(bench.classes[2].id, locked=True)
        bench.session.touch_taxonomy()
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        QApplication.processEvents()
        assert len(made.chips) == 5
        least = 44 if touch else 24
        for chip in made.chips:
            assert made.rect().contains(chip.geometry())
            cross = chip.cross
            assert cross.width() == cross.sizeHint().width() >= least
            assert cross.height() >= least
            assert chip.words.width() >= theme().px(60)
            assert chip.words.height() >= QFontMetrics(theme().font("small", "medium")).height()
        edges = [chip.geometry() for chip in made.chips]
        assert all(a.right() < b.left() for a, b in pairwise(edges))
    finally:
        theme().set_touch(qapp, False)
