"""Which parts were seen: counted, kept, veiled, and gone to."""

import pytest
from PySide6.QtCore import Qt

from app.panels.coverage_card import percent
from tests.e2e.driver import CTRL, SHIFT
from tests.e2e.photos import make_photos

Key = Qt.Key
SIZE = (1600, 2400)


@pytest.fixture
def w(d, tmp_path):
    """A folder of two photos larger than the canvas; the first is fitted."""
    d.open(make_photos(tmp_path / "large", 2, SIZE, ".jpg"))
    d.until(lambda: d.session.image is not None)
    d.canvas.fit()  # an image like the last keeps its zoom
    d.canvas.settle()
    return d


def looking(w):
    return next(each for each in w.window.intents if hasattr(each, "coverage"))


def rest(w):
    """Let the eye rest: what is in view is counted."""
    w.canvas.settle()
    coverage = looking(w).coverage
    coverage.look()
    coverage.look()
    return coverage.seen


def test_only_what_is_seen_at_working_zoom_counts(w):
    assert w.canvas.scale < 1
    assert rest(w).count == 0, "fitted it is too small to be worked on"
    w.canvas.one_to_one()
    seen = rest(w)
    left, top, right, bottom = w.canvas.camera.visible
    share = (right - left) * (bottom - top) / (SIZE[0] * SIZE[1])
    assert seen.share == pytest.approx(share, abs=0.03)
    before = seen.count
    rest(w)
    assert seen.count == before, "seen twice is seen once"


def test_what_flies_by_does_not_count(w):
    w.canvas.one_to_one()
    coverage = looking(w).coverage
    w.canvas.settle()
    coverage.look()
    before = coverage.seen.count
    for _ in range(3):  # each look finds another part in view
        w.canvas.view.move(w.canvas.camera.panned(-1400, 0))
        w.canvas.settle()
        coverage.look()
        w.canvas.view.move(w.canvas.camera.panned(1400, -900))
        w.canvas.settle()
        coverage.look()
    assert coverage.seen.count <= before + 5


def test_the_working_zoom_can_be_set(w):
    w.services.settings.set("coverage_scale", 25)
    try:
        assert rest(w).is_whole
    finally:
        w.services.settings.set("coverage_scale", 100)


def test_it_is_kept_with_the_project_image_by_image(w):
    w.canvas.one_to_one()
    count = rest(w).count
    assert count > 0
    w.key(Key.Key_W)
    w.canvas.settle()
    w.canvas.fit()
    assert looking(w).coverage.seen.count in (0, count), "an image like the last keeps its zoom"
    folder = w.session.image.path.parent
    w.key(Key.Key_Q)
    assert looking(w).coverage.seen.count == count
    w.program.files.close()
    assert looking(w).coverage.seen is None
    w.open(folder)
    w.until(lambda: w.session.image is not None)
    assert looking(w).coverage.seen.count == count


def veiled(w, x, y):
    """How dark a place is with the veil on, against without it."""

    def light():
        at = w.canvas.to_widget(x, y).toPoint()
        image = w.canvas.grab().toImage()
        span = range(-6, 7)
        return sum(image.pixelColor(at.x() + a, at.y() + b).lightness() for a in span for b in span)

    w.session.set_view(coverage=True)
    with_veil = light()
    w.session.set_view(coverage=False)
    return with_veil < 0.8 * light()


def test_the_veil_lies_over_what_was_not_seen(w):
    w.canvas.one_to_one()
    w.canvas.reveal((0, 0, 10, 10))
    rest(w)
    left, top, right, bottom = w.canvas.camera.visible
    w.canvas.fit()
    w.canvas.settle()
    assert not veiled(w, (left + right) / 2, (top + bottom) / 2)
    assert veiled(w, 100 if left > 300 else 2300, 100 if top > 300 else 1500)


def test_the_figure_and_the_way_to_the_next_part(w):
    w.canvas.one_to_one()
    rest(w)
    w.key(Key.Key_V, CTRL | SHIFT)
    card = looking(w).card
    assert card.isVisible()
    assert card.words.text() == percent(looking(w).coverage.seen.share)
    assert w.last_said == f"{card.words.text()} at working zoom. Shift+U goes to the next part."
    steps = 0
    while not looking(w).coverage.seen.is_whole:
        before = looking(w).coverage.seen.count
        w.key(Key.Key_U, SHIFT)
        assert w.canvas.scale >= 1
        assert rest(w).count > before, "each step shows something new"
        steps += 1
        assert steps < 40
    assert card.words.text() == "All of it seen"
    assert not card.next.isVisible()
    w.key(Key.Key_U, SHIFT)
    assert w.last_said == "All of this image was seen at working zoom."
    w.key(Key.Key_V, CTRL | SHIFT)
    assert not card.isVisible()
    assert not w.session.view.coverage


def test_the_figure_never_says_all_or_nothing_too_early():
    assert percent(0.0) == "0 % seen"
    assert percent(0.0001) == "1 % seen"
    assert percent(0.9999) == "99 % seen"
    assert percent(0.63) == "63 % seen"
    assert percent(1.0) == "All of it seen"
