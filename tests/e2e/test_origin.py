"""Files that changed under their masks, who made what, and what changed since an export."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.dialogs.relink_sheet import RelinkSheet
from app.dialogs.versions_sheet import VersionsSheet
from app.intents.origin import YOUR_NAME
from app.panels.filmstrip_model import frame_state
from engine.document.annotation import Annotation
from engine.jobs.job import ExportSpec
from engine.masks.raster import disc
from engine.store import Project
from tests.e2e.photos import make_photo
from tests.e2e.test_correcting import propose

Key = Qt.Key
RIGHT = Qt.MouseButton.RightButton
SIZE = (240, 320)


@pytest.fixture
def w(at_work):
    """A folder of three photos with an object in each, all files noted."""
    at_work.session.set_radius(10)
    project = at_work.session.project
    project.person = "Ana"
    for row in project.images():
        number = project.new_ids(1)[0]
        cell = at_work.class_id("cell")
        mask = disc((60, 60), 20, SIZE)
        project.add_annotations(row.id, [Annotation(id=number, class_id=cell, mask=mask)])
    at_work.session.refresh_images()
    look(at_work)
    assert len(project.identities()) == 3
    return at_work


def look(w):
    """Look at all files now."""
    with w.qtbot.waitSignal(w.session.files.looked):
        w.session.files.look_at_all()
    w.session.project.flush()


def ids(w):
    return [row.id for row in w.session.project.images()]


def states(w):
    return [w.session.files.state(number) for number in ids(w)]


def banners(w):
    return [each.text for each in w.session.banners]


def button(w, words):
    """The button of a banner with these words."""
    from app.theme.widgets import Button

    found = [
        each
        for strip in w.window.banners.strips
        for each in strip.findChildren(Button)
        if each.text() == words
    ]
    assert len(found) == 1, words
    return found[0]


def test_a_changed_file_has_a_badge_and_a_banner_and_its_masks_can_be_kept(w, photos):
    assert states(w) == [None] * 3
    make_photo(photos / "photo_0.png", SIZE, 99)
    look(w)
    first = ids(w)[0]
    assert states(w) == ["changed", None, None]
    assert frame_state(w.services, w.session.row(first))[2] == "file has changed"
    assert "photo_0.png has changed since it was annotated (20" in banners(w)[0]
    w.picture("changed")
    w.click(button(w, "Keep the masks"))
    assert states(w) == [None] * 3
    assert banners(w) == []
    assert "the masks are kept" in w.last_said
    look(w)
    assert states(w) == [None] * 3
    assert w.objects[0].mask.same(disc((60, 60), 20, SIZE))


def test_a_look_that_began_before_the_masks_were_kept_takes_nothing_back(w, photos):
    make_photo(photos / "photo_0.png", SIZE, 99)
    look(w)
    news = w.session.files.news(ids(w)[0])
    w.click(button(w, "Keep the masks"))
    files = w.session.files
    with w.qtbot.waitSignal(files._relay.arrived):
        files._relay.send((w.session.project, [news]))
    assert states(w) == [None] * 3
    assert banners(w) == []
    make_photo(photos / "photo_0.png", SIZE, 98)
    look(w)
    assert states(w) == ["changed", None, None], "another picture again"


def test_it_is_noticed_when_the_image_is_opened(w, photos):
    make_photo(photos / "photo_1.png", SIZE, 99)
    w.session.open_image(ids(w)[1])
    w.until(lambda: w.session.files.state(ids(w)[1]) == "changed")
    assert "photo_1.png has changed" in banners(w)[0]
    w.session.open_image(ids(w)[0])
    assert banners(w) == [], "it is about the other image"
    w.session.open_image(ids(w)[1])
    assert "photo_1.png has changed" in banners(w)[0], "until it is dealt with"


def test_a_picture_of_another_size_is_never_put_under_masks(w, photos):
    make_photo(photos / "photo_1.png", (120, 200), 5)
    w.session.open_image(ids(w)[1])
    w.until(lambda: w.session.files.state(ids(w)[1]) == "resized")
    photo = w.canvas.picture.photo
    w.until(lambda: bool(photo.problem))
    assert "200 × 120 pixels now" in photo.problem
    assert photo.source is None
    assert "is another picture than" in banners(w)[0]
    w.picture("resized")
    assert not w.session.files.keep(ids(w)[1])
    assert w.document.size == SIZE
    assert len(w.objects) == 1


def test_an_image_nobody_worked_on_takes_its_new_picture(d, photos):
    d.open(photos)
    look(d)
    d.until(lambda: len(d.session.project.identities()) == 1)  # only what was opened is noted
    first = ids(d)[0]
    make_photo(photos / "photo_0.png", (120, 200), 5)
    d.session.files.look_at(d.session.row(first))
    d.until(lambda: d.document.size == (120, 200))
    assert states(d) == [None] * 3
    assert banners(d) == []
    d.canvas.settle()
    assert not d.canvas.picture.photo.problem


def test_moved_files_are_found_by_content_and_relinked_as_one_change(w, photos, tmp_path):
    elsewhere = tmp_path / "elsewhere" / "deep"
    elsewhere.mkdir(parents=True)
    for number in range(3):
        (photos / f"photo_{number}.png").rename(elsewhere / f"x{number}.png")
    look(w)
    assert states(w) == ["missing"] * 3
    assert "photo_0.png is not where it was" in banners(w)[0]
    w.click(button(w, "Find it"))
    sheet = w.window.sheet
    assert isinstance(sheet, RelinkSheet)
    assert sheet.summary.text() == "3 are missing."
    w.until(lambda: sheet.foot_words.text() == "3 not found")
    assert not sheet.main.isEnabled()
    sheet.folder.edit.setText(str(tmp_path / "elsewhere"))
    sheet.search()
    w.until(sheet.main.isEnabled)
    assert sheet.main.text() == "Relink 3 images"
    assert sheet.foot_words.text() == "3 found by content"
    assert "x1.png" in sheet.lines[ids(w)[1]].found.text()
    w.picture("relink")
    w.click(sheet.main)
    assert states(w) == [None] * 3
    assert [row.path.name for row in w.session.project.images()] == ["x0.png", "x1.png", "x2.png"]
    assert banners(w) == []
    assert "3 images relinked" in w.last_said
    w.canvas.settle()
    assert w.session.image.path == elsewhere / "x0.png"
    assert not w.canvas.picture.photo.problem
    images, made = w.session.project.images(), w.services.thumbnails.get
    w.until(lambda: all(made(row.id) is not None for row in images))
    assert {frame_state(w.services, row)[2] for row in images} == {"new"}
    w.picture("relinked")
    w.click(sheet.undo)
    assert [row.path.name for row in w.session.project.images()] == [
        "photo_0.png",
        "photo_1.png",
        "photo_2.png",
    ]
    w.until(lambda: states(w) == ["missing"] * 3)


def test_a_drive_that_comes_back_is_noticed_with_who_comes_back(w, photos, tmp_path):
    for number in range(3):
        (photos / f"photo_{number}.png").rename(tmp_path / f"{number}")
    look(w)
    w.session.open_image(ids(w)[1])
    photo = w.canvas.picture.photo
    w.until(lambda: bool(photo.problem))
    assert "photo_1.png is not where it was" in banners(w)[0]
    for number in range(3):
        (tmp_path / f"{number}").rename(photos / f"photo_{number}.png")
    QGuiApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    w.until(lambda: states(w) == [None] * 3)
    assert banners(w) == []
    w.until(lambda: not photo.problem)
    w.canvas.settle()
    assert w.session.image.size == SIZE
    assert len(w.objects) == 1


def test_the_list_of_files_is_as_they_are_now(w, photos, tmp_path):
    """A folder was renamed while the program ran: all its images are listed, not only the open."""
    for number in range(3):
        (photos / f"photo_{number}.png").rename(tmp_path / f"{number}.png")
    assert states(w) == [None] * 3
    w.window.show_sheet(RelinkSheet(w.services, w.window))
    w.until(lambda: states(w) == ["missing"] * 3)
    w.until(lambda: len(w.window.sheet.lines) == 3)
    for number in range(3):
        (tmp_path / f"{number}.png").rename(photos / f"photo_{number}.png")
    w.window.sheet.leave()
    w.window.show_sheet(RelinkSheet(w.services, w.window))
    w.until(lambda: w.window.sheet.summary.text().startswith("All files"))
    assert w.window.sheet.lines == {}


def test_the_name_stays_with_what_a_person_does_and_can_be_empty(w):
    w.services.settings.set(YOUR_NAME, "Ben")
    assert w.session.project.person == "Ben"
    w.key(Key.Key_B)
    w.key(Key.Key_N)
    w.stroke((150, 150), (200, 150))
    assert w.objects[-1].person == "Ben"
    panel = w.window.side_panel.selection
    w.until(lambda: panel._values["Work"].text().startswith("Ben, "))
    assert panel._values["Origin"].text() == "Drawn by you"
    assert panel._values["Made"].text().startswith("20")
    w.services.settings.set(YOUR_NAME, "")
    w.stroke((150, 200), (200, 200))
    assert w.objects[-1].person == "Ben", "no name takes none away"
    w.until(lambda: panel._values["Origin"].text() == "Drawn by Ben")
    w.services.settings.set(YOUR_NAME, "Ana")


def test_what_people_changed_with_names_and_pixels(w):
    w.services.settings.set(YOUR_NAME, "Ana")
    (number,) = propose(w, ("cell", (150, 120), 30, 0.9))
    w.key(Key.Key_A)
    w.session.set_selection([number])
    w.key(Key.Key_B)
    w.stroke((185, 120))
    w.services.settings.set(YOUR_NAME, "Ben")
    w.stroke((150, 100), button=RIGHT)
    w.canvas.setFocus()
    w.key(Key.Key_H, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert w.session.view.people
    origin = next(each for each in w.window.intents if hasattr(each, "people"))
    w.until(lambda: origin.people.settled)
    w.canvas.settle()
    w.picture("people")
    proposed, now = disc((150, 120), 30, SIZE), w.document.annotations[number].mask
    words = [line.text() for line in origin.card.lines if not line.isHidden()]
    assert words[0] == f"{(proposed & now).area:,} px kept from deeplab"
    assert f"{(proposed - now).area:,} px erased by Ben, today" in words[1]
    assert f"{(now - proposed).area:,} px added by Ana, today" in words[2]
    assert origin.card.counts.text() == "1 changed · 1 drawn"
    shown = w.canvas.grab().toImage()
    at = {place: shown.pixelColor(w.canvas.to_widget(*place).toPoint()).rgb() for place in
          ((190, 120), (150, 95), (150, 135))}  # fmt: skip
    w.key(Key.Key_H, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert not w.session.view.people
    assert origin.card.isHidden()
    w.hold(Key.Key_T)
    bare = w.canvas.grab().toImage()
    w.let_go(Key.Key_T)

    def photo(place):
        return bare.pixelColor(w.canvas.to_widget(*place).toPoint()).rgb()

    assert photo((150, 135)) == at[150, 135], "kept pixels show the bare photo"
    assert photo((190, 120)) != at[190, 120]


def test_pixels_stay_right_when_the_journal_is_forgotten(w, photos):
    (number,) = propose(w, ("cell", (150, 120), 30, 0.9))
    w.key(Key.Key_A)
    w.session.set_selection([number])
    w.key(Key.Key_B)
    w.stroke((185, 120))
    proposed, now = disc((150, 120), 30, SIZE), w.document.annotations[number].mask
    w.session.project.set_setting("undo.steps", 0)
    w.program.files.close()
    opened = Project.open_or_create(photos)
    assert list(opened.taken(opened.images()[0].id, SIZE)) == []
    opened.close()
    w.open(photos)
    w.until(lambda: w.session.image is not None)
    w.session.set_selection([number])
    w.session.set_view(people=True)
    origin = next(each for each in w.window.intents if hasattr(each, "people"))
    w.until(lambda: origin.people.settled)
    words = [line.text() for line in origin.card.lines if not line.isHidden()]
    assert words == [
        f"{(proposed & now).area:,} px kept from deeplab",
        f"{(now - proposed).area:,} px added; who did is no longer known",
    ]


def test_versions_say_what_changed_since_and_list_only_that(w, tmp_path):
    project = w.session.project
    target = tmp_path / "out" / "cells.json"
    spec = ExportSpec(project=str(project.path), target=str(target))
    with w.qtbot.waitSignal(w.services.jobs.ended, timeout=60_000):
        w.services.jobs.start(spec)
    w.services.actions.trigger("file.versions")
    sheet = w.window.sheet
    assert isinstance(sheet, VersionsSheet)
    (line,) = sheet.lines.values()
    w.until(lambda: line.since.text() == "Changed since: nothing")
    assert line.title.text() == "Export: cells.json (coco)"
    assert line.facts.text().startswith("3 images · 3 objects · ")
    w.window.close_sheet()
    w.session.open_image(ids(w)[1])
    w.key(Key.Key_B)
    w.key(Key.Key_N)
    w.stroke((150, 150), (200, 150))
    w.services.actions.trigger("file.versions")
    (line,) = w.window.sheet.lines.values()
    w.until(lambda: line.since.text() == "Changed since: 1 image, 1 object (1 added)")
    w.picture("versions")
    w.click(line.show_them)
    assert w.session.queue == [ids(w)[1]]
    assert "changed since" in w.window.filmstrip.order.text()
    w.picture("among")
    w.window.filmstrip.set_only("all")
    assert len(w.session.queue) == 3


def test_ten_thousand_files_are_looked_at_without_holding_the_window(d, tmp_path):
    """Listing is as quick as it was: nothing is looked at before the picture is there."""
    folder = tmp_path / "many"
    make_photo(folder.mkdir() or folder / "a_0.png", SIZE)
    for number in range(300):
        (folder / f"b_{number:03}.png").write_bytes(b"")
    for timer in (d.session.files._soon, d.session.files._later):
        timer.setInterval(600_000)  # on a slow machine both would have come by now
    d.open(folder)
    assert d.session.files._thread is None
    (folder / "b_007.png").unlink()
    look(d)
    row = next(row for row in d.session.images if row.file_name == "b_007.png")
    assert d.session.files.ids() == [row.id]
    assert d.stalls() == []
    assert np.count_nonzero([d.session.files.state(each.id) for each in d.session.images]) == 1
