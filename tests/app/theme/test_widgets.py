import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QToolTip, QVBoxLayout, QWidget

from app.theme import paint
from app.theme.style import FocusRing
from app.theme.theme import theme
from app.theme.widgets import (
    Button,
    CheckBox,
    Chip,
    ElidedLabel,
    IconButton,
    NumberField,
    Ring,
    SectionHeader,
    SegmentedControl,
    SmallSlider,
    Swatch,
    TextBlock,
    ThinProgress,
)


@pytest.fixture(autouse=True)
def dark(qapp):
    theme().apply(qapp, "dark")


def shown(qtbot, widget, width=0, height=0):
    qtbot.addWidget(widget)
    if width:
        widget.resize(width, height or widget.sizeHint().height())
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


@pytest.mark.parametrize(
    ("text", "parts", "short"),
    [
        ("Ctrl+Shift+A", ["Ctrl", "⇧", "A"], "Ctrl ⇧A"),
        ("Shift+A", ["⇧", "A"], "⇧A"),
        ("Ctrl++", ["Ctrl", "+"], "Ctrl +"),
        ("+", ["+"], "+"),
        ("Space", ["␣"], "␣"),
        ("", [], ""),
    ],
)
def test_keys_as_caps(text, parts, short):
    assert paint.caps(text) == parts
    assert paint.short_key(text) == short


def test_cut_label_keeps_its_text_for_readers_and_tooltip(qtbot):
    holder = QWidget()
    row = QHBoxLayout(holder)
    text = "a class whose name is exactly sixty letters long, no fewer ok"
    label = ElidedLabel(text)
    row.addWidget(label)
    shown(qtbot, holder, 120, 40)
    assert label.width() < label.sizeHint().width()
    assert label.accessibleName() == text
    point = QPoint(5, 5)
    event = QHelpEvent(QEvent.Type.ToolTip, point, label.mapToGlobal(point))
    QApplication.sendEvent(label, event)
    assert QToolTip.text() == text
    QToolTip.hideText()


def test_text_block_grows_with_narrowness(qtbot):
    block = TextBlock("some words that need several lines when there is little room for them")
    assert block.heightForWidth(100) > block.heightForWidth(600)


def test_a_word_longer_than_the_line_breaks_and_is_not_cut(qtbot):
    one_line = TextBlock("m").heightForWidth(200)
    assert TextBlock("m" * 100).heightForWidth(200) > 4 * one_line
    block = shown(qtbot, TextBlock("m" * 40, role="text.primary"), 100, 400)
    picture = block.grab().toImage()
    ground = picture.pixel(99, 399)
    rows = [y for y in range(400) if any(picture.pixel(x, y) != ground for x in range(100))]
    assert max(rows) > 3 * one_line, "all of it is drawn, line below line"


def test_words_that_fit_do_not_break_within(qtbot):
    words = "some words that need several lines when there is little room"
    alone = TextBlock(words)
    beside = TextBlock(f"{words} {'m' * 60}")
    more = TextBlock("m" * 60).heightForWidth(150)
    assert beside.heightForWidth(150) >= alone.heightForWidth(150) + more - 4
    layout = beside._broken(150)
    ends = {layout.lineAt(n).textStart() for n in range(layout.lineCount())}
    inside = {at for at in ends if 0 < at <= len(words) and words[at - 1] != " "}
    assert not inside


def test_button_sizes(qtbot):
    plain, keyed = Button("Export"), Button("Export", "export", "Ctrl+E")
    assert keyed.sizeHint().width() > plain.sizeHint().width()
    keyed.set_compact(True)
    assert keyed.sizeHint().width() < plain.sizeHint().width()
    assert keyed.text() == "Export"


def test_busy_button_keeps_its_width(qtbot):
    button = shown(qtbot, Button("Export all of it"))
    before = button.sizeHint()
    button.set_busy("Exporting 38 %", 0.38)
    assert button.sizeHint() == before
    button.grab()
    button.set_busy()
    assert not button.grab().isNull()


def test_button_does_not_take_the_focus_from_the_canvas_by_a_click(qtbot):
    holder = QWidget()
    canvas, button = QWidget(holder), Button("Export", parent=holder)
    canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    shown(qtbot, holder, 200, 60)
    canvas.setFocus()
    with qtbot.waitSignal(button.clicked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert canvas.hasFocus()


def test_chip_keeps_the_figure_when_compact(qtbot):
    chip = Chip("Learning 62 %")
    chip.set_words("Learning 62 %", "62 %")
    wide = chip.sizeHint().width()
    chip.set_compact(True)
    assert chip.sizeHint().width() < wide


def test_segments_by_key_and_mouse(qtbot):
    control = SegmentedControl("Look", [("a", "System"), ("b", "Dark"), ("c", "Light")])
    shown(qtbot, control)
    heard = []
    control.chosen.connect(heard.append)
    qtbot.keyClick(control, Qt.Key.Key_Right)
    qtbot.keyClick(control, Qt.Key.Key_Right)
    qtbot.keyClick(control, Qt.Key.Key_Right)
    qtbot.keyClick(control, Qt.Key.Key_Left)
    assert heard == ["b", "c", "b"]
    qtbot.mouseClick(control, Qt.MouseButton.LeftButton, pos=QPoint(8, 12))
    assert control.current() == "a"
    control.set_current("c")
    assert heard == ["b", "c", "b", "a"]
    assert control.accessibleDescription() == "Light"


def test_segments_without_words(qtbot):
    control = SegmentedControl("Place", [("a", "Correct", "cube"), ("b", "Inspect", "eye")])
    wide = control.sizeHint().width()
    control.set_icons_only(True)
    assert control.sizeHint().width() < wide


def test_slider_goes_where_it_is_pressed_and_says_its_value(qtbot):
    slider = shown(qtbot, SmallSlider("Size", 0, 100, lambda value: f"{value} px", 120))
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(6, 14))
    assert slider.value() == 0
    qtbot.mouseMove(slider, QPoint(theme().px(114), 14))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(theme().px(114), 14))
    assert slider.value() == 100
    assert slider.value_text() == "100 px"
    slider.setValue(50)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == 51


def test_check_box_and_number_field(qtbot):
    box = shown(qtbot, CheckBox("Fills"), 200)
    with qtbot.waitSignal(box.toggled):
        qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert box.isChecked()
    field = shown(qtbot, NumberField("Smallest", 0, 100, "px"))
    assert field.text().endswith("px")


def test_progress_speaks_percent(qtbot):
    bar, ring = ThinProgress("Done"), Ring("Learning")
    bar.set_fraction(0.416)
    ring.set_fraction(1.2)
    assert bar.accessibleDescription() == "42 percent"
    assert ring.accessibleDescription() == "120 percent"
    ring.set_fraction(None)
    assert ring.accessibleDescription() == ""


def test_header_capitals_are_only_for_the_eye(qtbot):
    header = SectionHeader("Objects in this image")
    assert header.accessibleName() == "Objects in this image"


def test_swatches_of_a_proposal_and_of_a_hatch_differ(qtbot):
    pictures = []
    for hatch, proposal in ((0, False), (1, False), (2, False), (0, True)):
        swatch = Swatch()
        qtbot.addWidget(swatch)
        swatch.resize(28, 28)
        swatch.set_look(QColor("#2070EF"), hatch, proposal)
        pictures.append(swatch.grab().toImage())
    for at, picture in enumerate(pictures):
        assert all(picture != other for other in pictures[at + 1 :])


def ring_of(widget):
    layers = [
        child
        for child in widget.window().children()
        if type(child).__name__ == "_RingLayer" and child.isVisible()
    ]
    return layers[0] if layers else None


@pytest.fixture
def two(qtbot):
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(20, 20, 20, 20)
    first, second = Button("One"), IconButton("trash", "Two")
    column.addWidget(first)
    column.addWidget(second)
    shown(qtbot, holder, 200, 140)
    holder.activateWindow()
    holder.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    holder.setFocus()
    qtbot.waitUntil(holder.hasFocus)
    return holder, first, second


def test_focus_ring_lies_around_what_a_key_reached(qtbot, qapp, two):
    assert qapp.findChild(FocusRing) is not None
    holder, first, second = two
    QTest.keyClick(holder, Qt.Key.Key_Tab)
    assert first.hasFocus()
    ring = ring_of(holder)
    assert ring.geometry() == first.geometry().adjusted(-4, -4, 4, 4)
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert ring_of(holder).geometry() == second.geometry().adjusted(-4, -4, 4, 4)
    second.move(second.x() + 20, second.y())
    assert ring_of(holder).geometry() == second.geometry().adjusted(-4, -4, 4, 4)
    second.hide()
    assert ring_of(holder) is None or ring_of(holder).geometry() != second.geometry()


def test_focus_ring_is_not_for_the_mouse(qtbot, two):
    holder, first, _ = two
    first.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    qtbot.mousePress(first, Qt.MouseButton.LeftButton)
    assert first.hasFocus()
    assert ring_of(holder) is None
    qtbot.mouseRelease(first, Qt.MouseButton.LeftButton)
