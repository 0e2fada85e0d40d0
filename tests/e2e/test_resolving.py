"""Shared and unclaimed pixels, and formats, through the real window."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from app.dialogs.export_sheet import ExportSheet
from app.dialogs.resolve_sheet import ResolveSheet
from engine.document.annotation import Annotation
from engine.document.commands import Replace
from engine.masks.mask import Mask


@pytest.fixture
def overlapping(at_work):
    """Two strokes of two classes that cross, the second above the first."""
    d = at_work
    d.session.set_tool("brush")
    d.canvas.settle()
    d.stroke((60, 120), (260, 120))
    d.session.set_class(d.class_id("nucleus"))
    d.session.set_selection(frozenset())
    d.stroke((160, 40), (160, 200), keys=Qt.KeyboardModifier.NoModifier)
    assert len(d.objects) == 2
    return d


def sheet_of(d, kind):
    (found,) = (each for each in d.window.findChildren(kind) if each.isVisible())
    return found


def color_at(d, x, y, name):
    at = d.canvas.mapTo(d.window, d.canvas.to_widget(x + 0.5, y + 0.5).toPoint())
    return d.picture(name).pixelColor(at)


def shared(d):
    low, high = d.objects
    return (low.mask & high.mask).area


def test_shared_pixels_are_shown_and_decided_by_keys(overlapping):
    d = overlapping
    before, both = d.content, shared(d)
    assert both > 0
    d.key("R", Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    sheet = sheet_of(d, ResolveSheet)
    d.until(lambda: sheet.twice.text().startswith(f"{both:,} px claimed by several objects"))
    assert "belong to nobody" in sheet.nobody.text()
    shown = d.picture("resolving")
    d.ctrl(Qt.Key.Key_Return)
    d.until(lambda: sheet.twice.text() == "No pixel is claimed twice")
    assert shared(d) == 0
    assert d.picture("resolved") != shown
    d.key(Qt.Key.Key_Escape)
    assert not [each for each in d.window.findChildren(ResolveSheet) if each.isVisible()]
    d.ctrl("Z")
    assert d.content == before
    assert d.stalls() == []


def test_a_place_is_picked_and_given_by_clicks_and_keys(overlapping):
    d = overlapping
    d.session.set_tool("select")
    d.trigger("image.resolve")
    sheet = sheet_of(d, ResolveSheet)
    d.until(lambda: len(sheet.resolving.places()) == 2)  # the crossing, and what is around
    lower, upper = d.objects
    assert sheet.place.list.hasFocus()
    before, plain = d.content, color_at(d, 160, 120, "picked")
    d.stroke((160, 120))
    assert sheet.resolving.who == lower.id
    picked = color_at(d, 160, 120, "picked_next")
    assert picked.blue() > plain.blue() + 30, "the colour of who would have it"
    d.key(Qt.Key.Key_Return)  # the canvas has the focus since the click
    d.until(lambda: len(sheet.resolving.places()) == 1)
    assert shared(d) == 0
    assert d.objects[0].mask.area == lower.mask.area
    d.ctrl("Z")
    assert d.content == before
    d.until(lambda: len(sheet.resolving.places()) == 2)
    assert sheet.resolving.is_gap, "the one that was left is looked at still"
    assert sheet.resolving.who == "background", "much more than a gap"
    d.stroke((10, 10))
    assert sheet.resolving.who == "nearest"
    d.key(Qt.Key.Key_Return)
    d.until(lambda: sheet.nobody.text() == "Every pixel belongs to something")
    d.ctrl("Z")
    d.until(lambda: len(sheet.resolving.places()) == 2)
    assert d.content == before
    d.key(Qt.Key.Key_Escape)
    assert not [each for each in d.window.findChildren(ResolveSheet) if each.isVisible()]
    d.stroke((160, 120))
    assert d.session.selection == {upper.id}
    assert d.stalls() == []


def test_a_gap_around_very_many_objects_is_outlined_without_a_stall(at_work):
    d = at_work
    height, width = d.document.size
    places = [(x, y) for y in range(3, height - 6, 8) for x in range(3, width - 6, 8)]
    class_id = d.class_id("cell")
    made = [
        Annotation(id=number, class_id=class_id, mask=Mask.rectangle((x, y, x + 5, y + 5)))
        for number, (x, y) in zip(d.session.project.new_ids(len(places)), places, strict=True)
    ]
    d.session.do(Replace((), tuple(made), "Draw"))
    d.canvas.settle()
    d.program.watchdog.begin()
    d.trigger("image.resolve")
    sheet = sheet_of(d, ResolveSheet)
    d.until(lambda: sheet.resolving.is_gap)
    d.canvas.settle()
    assert len(places) > 1_000
    assert d.stalls() == []
    left, top = d.objects[0].mask.box[:2]
    at = d.canvas.to_widget(left + 0.5, top + 0.5)
    inside = color_at(d, left + 2, top + 2, "many")
    shown = d.picture("many outlined")
    beside = shown.pixelColor(d.canvas.mapTo(d.window, at.toPoint()))
    assert beside.lightness() > inside.lightness() + 40, "a white line lies around the gap"


def test_painting_while_resolving_is_counted_at_once(overlapping):
    d = overlapping
    d.trigger("image.resolve")
    sheet = sheet_of(d, ResolveSheet)
    d.until(lambda: bool(sheet.resolving.places()))
    d.session.set_selection(frozenset({d.objects[1].id}))
    d.session.set_tool("eraser")
    d.canvas.settle()
    d.stroke((160, 100), (160, 140))
    d.until(lambda: sheet.twice.text() == "No pixel is claimed twice")
    assert shared(d) == 0


def test_a_panoptic_export_has_every_pixel_decided(overlapping, tmp_path):
    d = overlapping
    d.trigger("image.done")
    d.trigger("file.export")
    sheet = sheet_of(d, ExportSheet)
    d.until(lambda: sheet.formats.choose("coco-panoptic"))
    said = lambda: [sheet._losses.itemAt(k).widget().text() for k in range(sheet._losses.count())]  # noqa: E731
    d.until(lambda: any(each.startswith("1 object lies partly under others") for each in said()))
    sheet.folder.set_path(tmp_path / "out")
    sheet.name.setText("panoptic")
    d.key(Qt.Key.Key_Return)
    d.until(sheet.result.isVisible)
    assert sheet.result.level == "ok", sheet.result.words
    found = sorted((tmp_path / "out" / "panoptic").glob("*.png"))
    assert len(found) == 1
    pixels = np.asarray(Image.open(found[0]))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) == 3  # two objects and void
    assert d.stalls() == []
