"""What tools may touch, through the real window: chosen, shown, kept to, lifted, refused."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.dialogs.limits_sheet import LimitsSheet
from app.state import LUMINANCE, SureRange, ValueRange, Within
from engine.document.taxonomy import UNLABELLED
from engine.document.taxonomy_commands import delete_class
from engine.masks.mask import Mask
from engine.models.answer import Confidence

ACROSS = (40, 120), (280, 120)


@pytest.fixture
def brush(at_work):
    at_work.session.set_tool("brush")
    at_work.session.set_radius(10)
    at_work.canvas.fit()
    return at_work


@pytest.fixture
def graded(d, tmp_path):
    """One 16-bit photo whose values grow from left to right, 100 for each column."""
    folder = tmp_path / "graded"
    folder.mkdir()
    values = np.broadcast_to(np.arange(320, dtype=np.uint16) * 100, (240, 320))
    Image.fromarray(np.ascontiguousarray(values)).save(folder / "ramp.png")
    d.open(folder)
    d.add_classes(cell=True)
    d.session.set_tool("brush")
    d.session.set_radius(10)
    return d


def paint_area(d, name, *stroke):
    """A stuff stroke, and back to the class before."""
    before = d.session.current_class
    d.session.set_class(d.class_id(name))
    d.stroke(*stroke)
    d.session.set_class(before)


def sheet(d):
    d.shift(Qt.Key.Key_L)
    assert isinstance(d.window.sheet, LimitsSheet)
    QApplication.processEvents()
    return d.window.sheet


def chips(d):
    return [chip.text.words for chip in d.window.limits_bar.chips]


def columns(mask):
    return mask.box[0], mask.box[2]


# -- each limit ----------------------------------------------------------------------------------


def test_only_over_chosen_classes_chosen_by_keyboard(brush):
    d = brush
    paint_area(d, "tissue", (100, 120), (160, 120))
    tissue = d.document.layer.mask(d.class_id("tissue"))
    chooser = sheet(d)
    chooser.over.setFocus()
    chooser.over.setCurrentIndex(chooser.over.classes.index(2))
    d.key(Qt.Key.Key_Space)
    assert d.session.limits.now.over == {d.class_id("tissue")}
    assert chips(d) == ["Only over tissue"]
    d.key(Qt.Key.Key_Escape)
    d.stroke(*ACROSS)
    (cell,) = d.objects
    assert not cell.mask - tissue
    assert cell.mask.area > 0.3 * tissue.area
    d.picture("limits_over")


def test_unlabelled_keeps_out_of_every_other_object(brush):
    d = brush
    d.stroke((160, 60), (160, 180))
    first = d.objects[0]
    d.session.set_selection(())
    d.session.limits.set(over=frozenset({UNLABELLED}))
    d.stroke(*ACROSS)
    second = d.objects[1]
    assert not second.mask & first.mask
    assert second.mask.at(60, 120)
    assert second.mask.at(260, 120)


def test_the_object_that_is_edited_does_not_count(brush):
    d = brush
    d.stroke(*ACROSS)
    before = d.objects[0].mask
    d.session.limits.set(over=frozenset({UNLABELLED}))
    d.stroke((160, 120), (160, 140), button=Qt.MouseButton.RightButton)
    assert d.objects[0].mask.area < before.area
    d.stroke((160, 120), (160, 150))
    assert d.objects[0].mask.at(160, 145)


def test_only_within_a_range_of_stored_values(graded):
    d = graded
    chooser = sheet(d)
    chooser.values.low.setValue(10_000)
    chooser.values.high.setValue(20_000)
    assert chips(d) == ["Only brightness 10,000 to 20,000"]
    d.stroke(*ACROSS)
    assert columns(d.objects[0].mask) == (100, 201)


def test_a_range_is_picked_from_the_picture(graded):
    d = graded
    chooser = sheet(d)
    d.click(chooser.values.pick)
    d.stroke((120.5, 60), (180.5, 200))
    assert not d.objects
    assert d.session.limits.now.values == ValueRange(12_000, 18_000, LUMINANCE)
    assert not chooser.values.pick.isChecked()
    d.stroke(*ACROSS)
    assert columns(d.objects[0].mask) == (120, 181)


def test_one_channel_of_a_colour_photo(d, tmp_path):
    folder = tmp_path / "colour"
    folder.mkdir()
    values = np.zeros((240, 320, 3), np.uint8)
    values[:, :100, 0] = values[:, 200:, 2] = 200
    Image.fromarray(values).save(folder / "stripes.png")
    d.open(folder)
    d.add_classes(cell=True)
    d.session.set_tool("brush")
    d.session.set_radius(10)
    chooser = sheet(d)
    channel = chooser.values.channel
    assert [channel.itemText(at) for at in range(channel.count())] == [
        "Brightness",
        "Red",
        "Green",
        "Blue",
    ]
    channel.setCurrentIndex(3)
    channel.activated.emit(3)
    d.until(lambda: chooser.values.slider.has_counts)
    chooser.values.low.setValue(150)
    assert d.session.limits.now.values == ValueRange(150, 255, 2)
    d.stroke(*ACROSS)
    assert columns(d.objects[0].mask) == (200, 290)


def test_the_chooser_stays_whole_when_the_text_grows(brush):
    d = brush
    chooser = sheet(d)
    for scale in (2.0, 1.0, 1.5):
        d.services.settings.set("text_scale", scale)
        for _ in range(3):
            QApplication.processEvents()
        left = chooser.mapTo(d.window, QPoint(0, 0)).x()
        assert left >= d.window.tool_rail.width()
        assert left + chooser.width() <= d.window.width()
        assert d.canvas.width() > 200
    d.services.settings.set("text_scale", 1.0)


def test_the_value_under_the_pointer_is_said(graded):
    d = graded
    chooser = sheet(d)
    d.hover(150.5, 60.5)
    d.until(lambda: chooser.values.under.text() == "Under the pointer: 15,000")


def test_the_chooser_shows_what_values_are_in_view(graded):
    d = graded
    chooser = sheet(d)
    d.until(lambda: chooser.values.slider.has_counts)
    assert chooser.values.slider.ends() == (0, 31_900)


def confidence(d, of_cell):
    """The left half of the image is probably a cell, the right half probably not."""
    p1 = np.full((12, 16), 230, np.uint8)
    top1 = np.ones((12, 16), np.uint8)
    top1[:, :8] = 0
    top2 = 1 - top1
    names, classes = {0: "cell", 1: "other"}, {0: d.class_id("cell")} if of_cell else {}
    d.session.set_confidence(Confidence(top1, p1, top2, 255 - p1, p1), names, classes)


def test_only_where_the_model_finds_the_class_probable(brush):
    d = brush
    confidence(d, of_cell=True)
    chooser = sheet(d)
    chooser.sure.on.click()
    assert chips(d) == ["Model above 0.50"]
    d.stroke(*ACROSS)
    left, right = columns(d.objects[0].mask)
    assert (left, right) == (30, pytest.approx(160, abs=2))
    d.ctrl(Qt.Key.Key_Z)
    QTest.mouseClick(chooser.sure.above, Qt.MouseButton.LeftButton, pos=_second(chooser.sure.above))
    d.stroke(*ACROSS)
    left, right = columns(d.objects[0].mask)
    assert (left, right) == (pytest.approx(160, abs=2), 290)


def _second(control):
    return QPoint(control.width() - 8, control.height() // 2)


def test_a_class_the_model_does_not_know_is_nowhere_probable(brush):
    d = brush
    confidence(d, of_cell=False)
    chooser = sheet(d)
    chooser.sure.on.click()
    assert "no class “cell”" in chooser.sure.note.text()
    d.stroke(*ACROSS)
    assert not d.objects
    assert "the model gives the class above 0.50" in d.last_said


def test_without_an_answer_the_limit_says_so_and_paints_nothing(brush):
    d = brush
    chooser = sheet(d)
    chooser.sure.on.click()
    assert chooser.sure.note.text().startswith("The model has not looked at this image yet")
    d.stroke(*ACROSS)
    assert not d.objects
    assert d.last_said.startswith("The model has not looked at this image yet")


def test_inside_an_object_while_painting_another(brush):
    d = brush
    d.stroke((120, 120), (200, 120))
    cell = d.objects[0]
    chooser = sheet(d)
    QTest.mouseClick(chooser.within, Qt.MouseButton.LeftButton, pos=chooser.within.rect().center())
    assert chips(d) == [f"Only inside cell #{cell.id}"]
    assert not d.session.selection  # it would go on growing
    d.session.set_class(d.class_id("nucleus"))
    d.stroke(*ACROSS)
    nucleus = d.objects[1]
    assert nucleus.mask.same(cell.mask & nucleus.mask)
    assert nucleus.mask.area > 0.5 * cell.mask.area
    d.session.limits.set(within=Within(frozenset({cell.id}), outside=True))
    assert chips(d) == [f"Only outside cell #{cell.id}"]
    d.session.set_selection(())
    d.session.set_force_new(True)
    d.stroke(*ACROSS)
    assert not d.objects[2].mask & cell.mask


def test_a_limit_by_an_object_goes_with_it(brush):
    d = brush
    d.stroke((120, 120), (200, 120))
    d.session.limits.set(within=Within(frozenset({d.objects[0].id})))
    d.session.set_selection({d.objects[0].id})
    d.key(Qt.Key.Key_Delete)
    assert chips(d) == []


def test_locked_things_are_not_painted_over_and_may_be_unlocked_from_the_bar(brush):
    d = brush
    d.stroke((160, 60), (160, 180))
    cell = d.objects[0]
    d.session.set_selection(())
    d.session.project.set_class_view(d.class_id("cell"), locked=True)
    d.session.touch_taxonomy()
    assert chips(d) == ["Locked: cell"]
    d.session.set_class(d.class_id("nucleus"))
    d.stroke(*ACROSS)
    assert not d.objects[1].mask & cell.mask
    d.stroke((160, 100), (160, 110))
    assert d.last_said.startswith("Nothing here may be painted: locked: cell")
    d.click(d.window.limits_bar.chips[0].cross)
    assert chips(d) == []
    d.stroke((160, 100), (160, 110))
    assert d.objects[1].mask & cell.mask


def test_erasing_keeps_to_the_limits(graded):
    d = graded
    d.stroke(*ACROSS)
    before = d.objects[0].mask
    d.session.limits.set(values=ValueRange(10_000, 20_000))
    d.stroke(*ACROSS, button=Qt.MouseButton.RightButton)
    assert columns(before - d.objects[0].mask) == (100, 201)


@pytest.mark.parametrize("tool", ["polygon", "fill"])
def test_other_tools_keep_to_the_limits(graded, tool):
    d = graded
    d.session.limits.set(values=ValueRange(10_000, 20_000))
    if tool == "polygon":
        d.session.set_tool("polygon")
        for place in ((40, 40), (280, 40), (280, 200), (40, 200)):
            d.stroke(place)
        d.key(Qt.Key.Key_Return)
        assert columns(d.objects[0].mask) == (100, 201)
        return
    d.add_classes(ground=False)
    d.session.set_tool("fill")
    d.stroke((150, 100))
    assert d.document.layer.mask(d.class_id("ground")).same(Mask.rectangle((100, 0, 201, 240)))


# -- refusing and lifting ------------------------------------------------------------------------


def test_a_refused_press_names_the_limit(brush):
    d = brush
    d.session.limits.set(
        over=frozenset({d.class_id("tissue")}), values=ValueRange(0, 255), sure=None
    )
    d.stroke(*ACROSS)
    assert not d.objects
    assert d.said[-1] == (
        "warning",
        "Nothing here may be painted: only over tissue. Hold Y to paint anyway.",
    )


def test_limits_that_only_together_refuse_are_all_named(graded):
    d = graded
    d.stroke((60, 120), (120, 120))
    cell = d.objects[0]
    d.session.set_selection(())
    d.session.limits.set(values=ValueRange(20_000, 30_000), within=Within(frozenset({cell.id})))
    d.session.set_force_new(True)
    d.stroke(*ACROSS)
    assert len(d.objects) == 1
    assert f"only brightness 20,000 to 30,000 and only inside cell #{cell.id}" in d.last_said


def test_a_held_key_lifts_them_and_only_as_long(brush):
    d = brush
    d.session.limits.set(over=frozenset({d.class_id("tissue")}))
    chip = d.window.limits_bar.chips[0]
    d.hold(Qt.Key.Key_Y)
    QApplication.processEvents()
    assert d.session.limits.lifted
    assert chip.words.accessibleName() == "Limit: only over tissue, lifted"
    assert d.window.status_bar.hint_words.text().startswith("The limits are lifted")
    d.picture("limits_lifted")
    d.stroke((60, 120), (120, 120))
    d.let_go(Qt.Key.Key_Y)
    QApplication.processEvents()
    assert not d.session.limits.lifted
    assert chip.words.accessibleName() == "Limit: only over tissue"
    (cell,) = d.objects
    d.stroke((60, 60), (120, 60))
    assert d.objects[0].mask is cell.mask


def test_lifted_in_the_middle_of_a_stroke_only_that_part_is_free(graded):
    d = graded
    d.session.limits.set(values=ValueRange(10_000, 20_000))
    d.press((60, 120), (150, 120))
    d.hold(Qt.Key.Key_Y)
    d.drag((150, 120), (250, 120))
    d.let_go(Qt.Key.Key_Y)
    d.release(250, 120)
    (cell,) = d.objects
    assert columns(cell.mask) == (100, 260)


def test_the_bar_takes_limits_away_and_is_gone_without_any(brush):
    d = brush
    bar = d.window.limits_bar
    assert not bar.isVisible()
    d.session.limits.set(over=frozenset({UNLABELLED}), values=ValueRange(5, 90))
    assert bar.isVisible()
    bar.setFocus(Qt.FocusReason.TabFocusReason)
    d.key(Qt.Key.Key_Tab)
    d.key(Qt.Key.Key_Space)
    assert chips(d) == ["Only brightness 5 to 90"]
    d.canvas.setFocus()
    d.shift(Qt.Key.Key_Y)
    assert not bar.isVisible()
    d.shift(Qt.Key.Key_Y)
    assert d.last_said == "There is no limit to lift."


def test_limits_stay_from_image_to_image_but_for_objects_and_go_with_the_project(brush):
    d = brush
    d.stroke((120, 120), (200, 120))
    d.session.limits.set(
        over=frozenset({UNLABELLED}),
        sure=SureRange(0.7),
        within=Within(frozenset({d.objects[0].id})),
    )
    d.key(Qt.Key.Key_W)
    assert chips(d) == ["Only over unlabelled", "Model above 0.70"]
    d.program.files.close()
    assert d.session.limits.now.over == frozenset()


def test_a_class_that_is_deleted_is_no_limit(brush):
    d = brush
    d.session.limits.set(over=frozenset({d.class_id("tissue"), UNLABELLED}))
    d.session.set_class(d.class_id("tissue"))
    d.session.do_project(delete_class(d.session.taxonomy, d.class_id("tissue")))
    assert chips(d) == ["Only over unlabelled"]
