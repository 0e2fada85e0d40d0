"""Checking masks through the real window: find, step, mend, undo, leave, mend all images."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.dialogs.lint_sheet import LintSheet
from engine.document.annotation import Annotation
from engine.document.commands import Replace
from engine.document.lint import lint
from engine.masks.mask import Mask

Key = Qt.Key


def holed(x, y):
    """A block with a hole of one pixel in it and an island of one beside it."""
    bits = np.zeros((40, 44), np.bool_)
    bits[:40, :40] = True
    bits[20, 20] = False
    bits[20, 43] = True
    return Mask.from_bits(bits, x, y)


def put(d, image, *masks, **fields):
    """Objects of a class, drawn by nobody, in an image that is opened for it."""
    d.session.open_image(d.session.images[image].id)
    ids = d.session.project.new_ids(len(masks))
    cell = d.class_id("cell")
    made = [
        Annotation(id=number, class_id=cell, mask=mask, order=place, **fields)
        for place, (number, mask) in enumerate(zip(ids, masks, strict=True))
    ]
    d.session.do(Replace((), tuple(made), "Draw"))
    return made


@pytest.fixture
def faulty(at_work):
    """Three images: two faults on the first object, one on the second; a third image is sound."""
    d = at_work
    put(d, 1, holed(20, 20), Mask.rectangle((100, 100, 103, 103)))
    put(d, 2, Mask.rectangle((10, 10, 90, 90)))
    put(d, 0, holed(20, 20), holed(200, 120))
    d.canvas.settle()
    return d


def opened(d):
    d.key("Y", Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    (sheet,) = (each for each in d.window.findChildren(LintSheet) if each.isVisible())
    d.until(lambda: sheet.linting.known)
    return sheet


def faults(d):
    return lint(d.document, d.session.taxonomy)


def counted(d, sheet, number):
    d.until(lambda: sheet.linting.shown.counts.total() == number)
    assert len(faults(d)) == number


def test_by_the_keyboard_alone(faulty):
    d = faulty
    before = d.content
    sheet = opened(d)
    counted(d, sheet, 4)
    assert sheet.found.text() == "4 faults in this image"
    assert sheet.list.hasFocus()
    assert sheet.linting.current().rule == "hole"
    first = d.canvas.camera
    d.key(Key.Key_Down)
    assert sheet.linting.current().rule == "island"
    assert d.canvas.camera != first, "it is brought into view"
    d.picture("lint keyboard")
    d.key(Key.Key_Return)
    counted(d, sheet, 3)
    assert d.document.annotations[d.objects[0].id].mask.area == 40 * 40 - 1
    assert sheet.linting.current().objects == (d.objects[1].id,), "the next one in its place"
    d.key(Key.Key_Delete)
    assert sheet.linting.shown.left == 1
    assert sheet.found.text() == "2 faults in this image · 1 left as it is"
    assert len(d.objects) == 2, "Delete in the list deletes no object"
    d.key(Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    d.until(lambda: sheet.found.text() == "Nothing to mend here · 1 left as it is")
    assert [each.rule for each in faults(d)] == ["hole"]
    d.ctrl("Z")
    d.ctrl("Z")
    d.until(lambda: sheet.linting.shown.counts.total() == 3)
    assert d.content == before
    d.key(Key.Key_Escape)
    assert not [each for each in d.window.findChildren(LintSheet) if each.isVisible()]
    assert opened(d).linting.shown.left == 1, "what was left stays left"
    assert d.stalls() == []


def test_by_the_mouse_over_all_images(faulty):
    d = faulty
    sheet = opened(d)
    counted(d, sheet, 4)
    row = sheet.list.model().index(2)
    d.click(sheet.list.viewport(), sheet.list.visualRect(row).center())
    assert sheet.linting.current().objects == (d.objects[1].id,)
    d.click(sheet.card.mend)
    counted(d, sheet, 3)
    d.click(sheet.card.leave)
    d.until(sheet.show_left.isVisible)
    d.click(sheet.show_left)
    d.until(lambda: len(sheet.list.lines) == 3)
    assert sheet.list.lines[2].words.endswith("left as it is")
    sheet.scroller.ensureWidgetVisible(sheet.images.look)
    d.click(sheet.images.look)
    d.until(lambda: sheet.linting.look.looked)
    assert [line.figure for line in sheet.images.list.lines] == ["2", "3"]
    d.picture("lint all images")
    assert sheet.images.all.text() == "Mend all 2 images"
    d.click(sheet.images.all)
    d.until(lambda: sheet.linting.look.looked and not sheet.linting.look.found)
    assert "mended" in d.last_said or any("mended" in said for _, said in d.said)
    assert [each.rule for each in faults(d)] == ["island"]
    d.session.open_image(d.session.images[1].id)
    assert faults(d) == []
    assert len(d.objects) == 1
    d.ctrl("Z")
    assert len(faults(d)) == 3, "one step for each image"
    assert d.stalls() == []


def test_next_image_goes_to_faults(faulty):
    d = faulty
    sheet = opened(d)
    d.until(lambda: sheet.linting.known)
    d.click(sheet.images.look)
    d.until(lambda: sheet.linting.look.looked)
    d.click(sheet.images.next)
    d.until(lambda: sheet.linting.known and d.session.image.id == 2)
    d.until(lambda: bool(sheet.list.lines))
    assert {line.name for line in sheet.list.lines} == {
        "A tiny hole",
        "An island beside the object",
        "A speck as an object of its own",
    }


def test_one_object_with_two_classes_is_asked_about(at_work):
    d = at_work
    low, high = put(d, 0, holed(20, 20), holed(20, 20))
    nucleus = d.class_id("nucleus")
    from dataclasses import replace

    d.session.do(Replace((high,), (replace(high, class_id=nucleus),), "Change class"))
    sheet = opened(d)
    rows = lambda: [line.name for line in sheet.list.lines]  # noqa: E731
    d.until(lambda: "One object with two classes" in rows())
    at = rows().index("One object with two classes")
    row = sheet.list.model().index(at)
    d.click(sheet.list.viewport(), sheet.list.visualRect(row).center())
    assert not sheet.card.mend.isVisible()
    texts = [button.text() for button in sheet.card.keep]
    assert sorted(texts) == [f"Keep #{low.id}", f"Keep #{high.id}"]
    d.picture("lint clash")
    d.click(sheet.card.keep[texts.index(f"Keep #{high.id}")])
    assert [each.id for each in d.objects] == [high.id]
    d.ctrl("Z")
    assert len(d.objects) == 2


def test_thousands_of_faults_hold_nothing_up(at_work):
    d = at_work
    masks = []
    for y in range(0, 160, 8):
        for x in range(0, 240, 8):
            bits = np.zeros((7, 7), np.bool_)
            bits[:5, :5] = True
            bits[2, 2], bits[6, 6] = False, True
            masks.append(Mask.from_bits(bits, x, y))
    put(d, 0, *masks)
    d.canvas.settle()
    d.program.watchdog.begin()
    sheet = opened(d)
    d.until(lambda: sheet.linting.shown.counts.total() >= 2 * len(masks))
    QApplication.processEvents()
    assert d.stalls() == []
    d.picture("lint thousands")
    d.key(Key.Key_End)
    assert sheet.list.currentIndex().row() == len(sheet.list.lines) - 1
    d.key(Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    d.until(lambda: not sheet.linting.shown.counts.total())
    assert "mended" in d.last_said
    assert faults(d) == []
    d.ctrl("Z")
    d.until(lambda: sheet.linting.shown.counts.total() >= 2 * len(masks))
    assert d.stalls() == []


@pytest.mark.parametrize("narrow", [(1000, 760), (800, 500)])
def test_below_1100_the_fault_is_beside_the_sheet_and_stays_drawn(faulty, narrow):
    d = faulty
    sheet = opened(d)
    counted(d, sheet, 4)
    assert sheet.list.hasFocus()
    d.window.resize(*narrow)
    d.picture("lint narrow")
    assert sheet.isVisible()
    assert d.window.side.stack.parentWidget() is not d.window.side
    assert sheet.list.hasFocus(), "going over the canvas takes nothing of it"
    assert sheet._layer in d.canvas.picture.over
    for step in range(4):
        if step:
            d.key(Key.Key_Down)
        left, top, right, bottom = sheet.linting.current().pixels.box
        for x, y in ((left, top), (right, bottom)):
            at = d.canvas.mapTo(d.window, d.canvas.to_widget(x, y).toPoint())
            assert d.canvas.rect().contains(d.canvas.mapFrom(d.window, at))
            assert not sheet.rect().contains(sheet.mapFrom(d.window, at)), "not under the sheet"
    d.window.resize(1600, 1000)
    d.picture("lint wide again")
    assert sheet._layer in d.canvas.picture.over
    assert sheet.list.hasFocus()
    d.key(Key.Key_Return)
    counted(d, sheet, 3)
    layer = sheet._layer
    d.key(Key.Key_Escape)
    assert layer not in d.canvas.picture.over
    assert d.canvas.hasFocus()
    assert d.stalls() == []
