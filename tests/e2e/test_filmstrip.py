"""The list of images in the real window: pictures, states, orders, filters, the way through."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.panels.filmstrip_model import frame_state
from engine.document.document import Status
from tests.e2e.photos import make_photos
from tests.e2e.test_correcting import propose

Key = Qt.Key


@pytest.fixture
def strip(d):
    return d.window.filmstrip


def shown(d):
    return [d.session.row(number).file_name for number in d.session.queue]


def state(d, name):
    row = next(row for row in d.session.images if row.file_name == name)
    return frame_state(d.services, row)[2]


def test_thumbnails_come_by_themselves(at_work, strip):
    d = at_work
    first = d.session.images[0].id
    d.until(lambda: d.services.thumbnails.get(first) is not None)
    picture = d.services.thumbnails.get(first)
    assert (picture.width(), picture.height()) == (264, 198)


def test_the_states_follow_the_work(at_work, strip):
    d = at_work
    assert state(d, "photo_0.png") == "new"
    propose(d, ("cell", (60, 60), 12, 0.9))
    d.session.refresh_images([d.session.image.id])
    assert state(d, "photo_0.png") == "proposals waiting"
    propose(d, ("cell", (60, 60), 12, 0.3))
    d.session.refresh_images([d.session.image.id])
    assert state(d, "photo_0.png") == "doubtful"
    d.trigger("proposal.reject_all")
    assert state(d, "photo_0.png") == "corrected"
    d.key(Key.Key_F)
    assert state(d, "photo_0.png") == "done"
    assert d.session.image.file_name == "photo_1.png"
    assert strip.words.text() == "1 of 3 done"
    d.key(Key.Key_Q)
    d.trigger("image.reopen")
    assert state(d, "photo_0.png") == "corrected"
    d.ctrl(Key.Key_Z)
    assert state(d, "photo_0.png") == "done"


def test_done_next_goes_round_once_and_says_when_all_are_done(at_work):
    d = at_work
    d.key(Key.Key_W)
    names = [d.session.image.file_name]
    for _ in range(2):
        d.key(Key.Key_F)
        names.append(d.session.image.file_name)
    assert names == ["photo_1.png", "photo_2.png", "photo_0.png"]
    d.key(Key.Key_F)
    assert d.last_said.startswith("All 3 images are done.")
    assert {row.status for row in d.session.images} == {Status.DONE}


def test_the_one_image_of_a_project_is_done(d, tmp_path):
    d.open(make_photos(tmp_path / "one", 1))
    d.key(Key.Key_F)
    assert d.last_said.startswith("The one image is done. Export it")


def test_done_next_does_not_call_all_done_what_a_filter_hides(at_work, strip):
    d = at_work
    d.key(Key.Key_F)
    strip.set_only("done")
    d.key(Key.Key_F)
    assert "1 of 3 elsewhere" in d.last_said


def test_the_ends_are_said(at_work):
    d = at_work
    d.key(Key.Key_Q)
    assert d.last_said == "This is the first image."
    d.key(Key.Key_W)
    d.key(Key.Key_W)
    d.key(Key.Key_W)
    assert d.last_said == "This is the last image."


def test_orders_by_name_newest_and_certainty(d, strip, tmp_path):
    folder = make_photos(tmp_path / "photos", 3)
    (folder / "photo_1.png").rename(folder / "a_late.png")
    d.open(folder)
    d.add_classes(cell=True)
    strip.set_rule("name")
    assert shown(d) == ["a_late.png", "photo_0.png", "photo_2.png"]
    strip.set_rule("newest")
    assert shown(d) == [d.session.row(n).file_name for n in sorted(d.session.queue, reverse=True)]
    strip.set_rule("certain")
    d.session.open_image(next(r.id for r in d.session.images if r.file_name == "photo_2.png"))
    propose(d, ("cell", (60, 60), 12, 0.4))
    d.session.open_image(next(r.id for r in d.session.images if r.file_name == "photo_0.png"))
    d.session.refresh_images()
    assert shown(d)[0] == "photo_2.png", "the least certain first"
    d.trigger("file.close")
    d.open(folder)
    assert strip.rule == "certain"


def test_filters_leave_out_and_next_follows_what_shows(at_work, strip):
    d = at_work
    d.key(Key.Key_F)
    strip.set_only("todo")
    assert shown(d) == ["photo_1.png", "photo_2.png"]
    strip.set_only("done")
    assert shown(d) == ["photo_0.png"]
    d.key(Key.Key_W)
    assert d.session.image.file_name == "photo_0.png"
    strip.set_only("waiting")
    assert shown(d) == []
    assert strip.none.isVisible()
    d.key(Key.Key_W)
    assert d.last_said == "There is no image in this list."
    strip.set_only("all")


def test_search_by_a_part_of_the_name(at_work, strip):
    d = at_work
    d.ctrl(Key.Key_F)
    d.type("2.PNG")
    assert shown(d) == ["photo_2.png"]
    d.type("x")
    assert strip.none.text().startswith("Nothing called “2.PNGx”")
    d.key(Key.Key_Escape)
    assert len(shown(d)) == 3


def test_a_click_opens_an_image_and_arrows_walk(at_work, strip):
    d = at_work
    index = strip.model.index(2, 0)
    d.click(strip.view.viewport(), strip.view.visualRect(index).center())
    assert d.session.image.file_name == "photo_2.png"
    assert strip.view.hasFocus()
    d.key(Key.Key_Left)
    d.key(Key.Key_Return)
    assert d.session.image.file_name == "photo_1.png"


def test_ten_thousand_images_ask_only_for_what_shows(d, strip, tmp_path, monkeypatch):
    folder = make_photos(tmp_path / "many", 1)
    d.open(folder)
    project = d.session.project
    project.add_images([folder / f"frame_{n:05}.png" for n in range(10_000)], [(240, 320)] * 10_000)
    d.session.refresh_images()
    asked, made = set(), d.services.thumbnails.get
    monkeypatch.setattr(
        d.services.thumbnails, "get", lambda number: asked.add(number) or made(number)
    )
    strip.view.scrollTo(strip.model.index(9_000, 0))
    QApplication.processEvents()
    d.canvas.settle()
    assert 0 < len(asked) < 60
    d.session.open_image(strip.model.ids[5_000])
    QApplication.processEvents()
    assert strip.folded_words.text().startswith("5,001 of 10,001")
    d.key(Key.Key_W)
    assert d.session.image.id == strip.model.ids[5_001]
