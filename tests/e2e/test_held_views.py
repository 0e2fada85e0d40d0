"""Views that last as long as a key is down: photo, masks, and what changed since the proposal."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.canvas.changes import ADDED, OTHER, REMOVED, kinds, sides
from engine.document.annotation import Annotation
from engine.masks.raster import disc
from tests.e2e.test_correcting import propose

Key = Qt.Key
RIGHT = Qt.MouseButton.RightButton
SIZE = (240, 320)
BOX = (0, 0, 320, 240)


@pytest.fixture
def w(at_work):
    at_work.session.set_radius(10)
    return at_work


def changed(w):
    """The kind of change of each pixel, from what the project keeps."""
    w.session.project.flush()
    origins = w.session.project.origins(w.session.image.id, w.document.size)
    return kinds(sides(w.document.state, origins), BOX, 1)


def area(found, kind):
    return int(np.count_nonzero(found == kind))


def look_at_changes(w):
    """Hold the key until what changed is on the screen; the changes object."""
    w.canvas.setFocus()
    w.hold(Key.Key_Period)
    looking = next(each for each in w.window.intents if hasattr(each, "changes"))
    w.until(lambda: looking.changes.ready)
    w.canvas.settle()
    return looking.changes


def colors(w, x, y):
    """The colours on the screen in 9 × 9 logical pixels around a place of the image."""
    at = w.canvas.to_widget(x, y).toPoint()
    image = w.canvas.grab().toImage()
    span = range(-4, 5)
    return {image.pixelColor(at.x() + dx, at.y() + dy).rgb() for dx in span for dy in span}


def test_comma_shows_the_masks_alone(w):
    w.key(Key.Key_B)
    w.stroke((60, 60))
    w.key(Key.Key_V)
    w.ctrl(Key.Key_D)
    noise = colors(w, 200, 150)
    w.hold(Key.Key_Comma)
    assert w.session.view.masks_alone
    assert len(colors(w, 200, 150)) == 1 < len(noise), "no photo"
    assert "masks alone" in w.window.status_bar.hint_words.text()
    assert colors(w, 60, 60) != colors(w, 200, 150), "the mask is there"
    w.let_go(Key.Key_Comma)
    assert not w.session.view.masks_alone
    assert colors(w, 200, 150) == noise


def test_period_shows_only_what_changed(w):
    (number,) = propose(w, ("cell", (80, 80), 30, 0.9))
    w.key(Key.Key_A)
    w.session.set_selection([number])
    w.key(Key.Key_B)
    w.stroke((115, 80))
    w.stroke((80, 60), button=RIGHT)
    w.ctrl(Key.Key_D)
    look_at_changes(w)
    assert w.session.view.changes_alone
    assert "rising lines added" in w.window.status_bar.hint_words.text()
    added, taken = colors(w, 119, 80), colors(w, 80, 60)
    assert added.isdisjoint(taken)
    unchanged = w.canvas.grab().toImage().pixelColor(w.canvas.to_widget(80, 95).toPoint())
    w.let_go(Key.Key_Period)
    assert not w.session.view.changes_alone
    assert not w.session.view.photo_alone
    w.hold(Key.Key_T)
    again = w.canvas.grab().toImage().pixelColor(w.canvas.to_widget(80, 95).toPoint())
    w.let_go(Key.Key_T)
    assert unchanged == again, "where nothing changed there is the bare photo"
    found = changed(w)
    original, now = disc((80, 80), 30, SIZE), w.objects[0].mask
    assert area(found, ADDED) == (now - original).area > 0
    assert area(found, REMOVED) == (original - now).area > 0


def test_what_changed_outlives_undo_and_restart(w, photos):
    (number,) = propose(w, ("cell", (80, 80), 30, 0.9))
    w.key(Key.Key_A)
    assert area(changed(w), ADDED) == area(changed(w), REMOVED) == 0
    w.session.set_selection([number])
    w.key(Key.Key_B)
    w.stroke((115, 80))
    first = changed(w)
    w.stroke((80, 115))
    w.ctrl(Key.Key_Z)
    assert np.array_equal(changed(w), first)
    w.ctrl(Key.Key_Z)
    assert not changed(w).any()
    w.ctrl(Key.Key_Y)
    assert np.array_equal(changed(w), first)
    w.program.files.close()
    w.open(photos)
    w.until(lambda: w.session.image is not None)
    assert np.array_equal(changed(w), first)


def test_rejected_drawn_and_renamed(w):
    rejected, renamed = propose(w, ("cell", (80, 80), 20, 0.9), ("cell", (200, 80), 20, 0.8))
    w.session.set_selection([rejected])
    w.key(Key.Key_X)
    w.session.set_selection([renamed])
    w.key(Key.Key_2)
    w.ctrl(Key.Key_D)
    w.key(Key.Key_B)
    w.stroke((80, 180))
    found = changed(w)
    assert area(found, REMOVED) == disc((80, 80), 20, SIZE).area
    assert area(found, OTHER) == disc((200, 80), 20, SIZE).area
    assert area(found, ADDED) == disc((80, 180), 10, SIZE).area
    for _ in range(3):
        w.ctrl(Key.Key_Z)
    assert not changed(w).any()


def test_painted_classes_too(w):
    stuff = w.class_id("tissue")
    (number,) = w.session.project.new_ids(1)
    proposal = Annotation(
        id=number,
        class_id=stuff,
        mask=disc((80, 80), 30, SIZE),
        score=0.9,
        source="deeplab",
        proposal=True,
    )
    w.session.project.set_proposals(w.session.image.id, [proposal])
    w.key(Key.Key_A)
    assert not changed(w).any(), "accepted as it was"
    w.session.set_class(stuff)
    w.key(Key.Key_B)
    w.stroke((115, 80))
    w.stroke((80, 60), button=RIGHT)
    found = changed(w)
    assert area(found, ADDED) == (disc((115, 80), 10, SIZE) - proposal.mask).area
    assert area(found, REMOVED) == (disc((80, 60), 10, SIZE) & proposal.mask).area


def test_an_image_without_a_model_says_so(w):
    w.key(Key.Key_B)
    w.stroke((60, 60))
    look_at_changes(w)
    assert w.last_said == "Nothing was proposed or imported in this image."
    w.let_go(Key.Key_Period)


def test_a_class_of_its_own_color_does_not_decide(w):
    """Added and taken away differ by hatch as well: dots are not lines."""
    from app.canvas.patterns import DOTS, GRID, RISING, block
    from app.places.error_paint import HATCHES

    looks = [HATCHES[name] for name in ("missed", "extra", "wrong")]
    assert looks == [RISING, DOTS, GRID]
    shapes = {block(hatch, 1.0).tobytes() for hatch in looks}
    assert len(shapes) == 3


def test_held_together_the_last_key_decides_and_letting_go_goes_back(w):
    propose(w, ("cell", (80, 80), 20, 0.9))
    w.hold(Key.Key_Comma)
    w.hold(Key.Key_Period)
    assert w.session.view.changes_alone
    assert not w.session.view.masks_alone
    w.let_go(Key.Key_Period)
    assert w.session.view.masks_alone
    assert not w.session.view.photo_alone
    w.let_go(Key.Key_Comma)
    assert not w.session.view.masks_alone
