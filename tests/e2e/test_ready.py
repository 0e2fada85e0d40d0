"""While the first page shows, what the first opening needs is got ready, and nobody notices."""

from app.window import Window
from engine.store import blank


def test_the_first_opening_is_got_ready_unseen(drive, photos, monkeypatch):
    ahead, rehearsed = [], []
    make_ahead, rehearse = blank.make_ahead, Window.rehearse
    monkeypatch.setattr(blank, "make_ahead", lambda: ahead.append(make_ahead()))
    monkeypatch.setattr(Window, "rehearse", lambda self: rehearsed.append(rehearse(self)))
    d = drive()
    focus = d.window.focusWidget()
    d.until(lambda: bool(ahead and rehearsed))
    assert d.session.place == "start"
    assert d.window.first_page.isVisible()
    assert not d.window.correct.isVisible()
    assert d.window.focusWidget() is focus
    assert d.canvas.pictures == 0
    d.open(photos)
    assert d.canvas.pictures > 0
    assert d.canvas.width() > 600
    d.program.files.close()
    d.until(lambda: len(ahead) == 2)  # for the next one
