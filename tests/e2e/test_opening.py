"""Open and see: what can be opened, and what is said where it cannot."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from engine.document.document import Status
from engine.store.paths import user_data
from tests.e2e.photos import make_photo, make_photos

Key = Qt.Key


def names(d):
    return [row.file_name for row in d.session.images]


def test_a_folder_becomes_a_project_beside_its_images(d, photos):
    (photos / "more").mkdir()
    make_photo(photos / "more" / "deep.png")
    d.open(photos)
    assert d.session.project.path == photos / "photos.maskwright"
    assert len(names(d)) == 4
    assert d.session.place == "correct"
    assert d.canvas.hasFocus()
    assert d.window.windowTitle() == "photo_0.png — photos — Maskwright"


def test_one_image_and_several(d, photos):
    d.open(photos / "photo_1.png")
    assert names(d) == ["photo_1.png"]
    d.open(photos / "photo_2.png", photos / "photo_0.png")
    assert sorted(names(d)) == ["photo_0.png", "photo_2.png"]


def test_a_project_file_opens_at_the_image_where_work_stopped(d, photos):
    d.open(photos)
    d.key(Key.Key_W)
    assert d.session.image.file_name == "photo_1.png"
    d.services.actions.trigger("file.close")
    assert d.session.place == "start"
    d.open(photos / "photos.maskwright")
    assert d.session.image.file_name == "photo_1.png"


def coco_file(folder, name="instances.json"):
    square = [[10, 10, 60, 10, 60, 50, 10, 50]]
    file = folder / name
    file.write_text(
        json.dumps(
            {
                "images": [
                    {"id": 7, "file_name": "photo_0.png", "width": 320, "height": 240},
                    {"id": 9, "file_name": "photo_1.png", "width": 320, "height": 240},
                ],
                "categories": [{"id": 3, "name": "cell"}, {"id": 90, "name": "nucleus"}],
                "annotations": [
                    {
                        "id": 1,
                        "image_id": 7,
                        "category_id": 90,
                        "iscrowd": 0,
                        "segmentation": square,
                        "bbox": [10, 10, 50, 40],
                        "area": 2000,
                    }
                ],
            }
        )
    )
    return file


def test_a_coco_file_shows_its_masks(d, photos):
    d.open(coco_file(photos))
    d.job_done("import")
    d.until(lambda: d.session.image is not None)
    assert names(d) == ["photo_0.png", "photo_1.png"]
    d.session.open_image(d.session.images[0].id)
    assert [each.mask.area for each in d.objects] == [2000]
    assert d.session.taxonomy.name(d.objects[0].class_id) == "nucleus"


def test_tiny_coco_opens(d, assets, tmp_path):
    source = assets / "datasets" / "tiny_coco"
    d.open(next(source.glob("annotations/*.json")))
    d.job_done("import")
    d.until(lambda: d.session.image is not None)
    assert len(d.session.images) > 3
    assert any(row.objects for row in d.session.images)
    d.canvas.settle()
    assert not d.canvas.picture.photo.problem


def drop(d, *paths, on=None):
    target = on or d.window
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    no = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), copy, data, left, no)
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(50, 50), copy, data, left, no))


def test_dropped_paths_open(d, photos, tmp_path):
    drop(d, photos)
    assert len(names(d)) == 3
    drop(d, photos / "photo_1.png", photos / "photo_2.png")
    assert len(names(d)) == 2
    text = tmp_path / "notes.txt"
    text.write_text("no image")
    before = d.session.project
    drop(d, text)
    assert d.session.project is before
    assert "notes.txt is not an image this program reads" in d.last_said


def test_all_files_dropped_on_the_first_page_open(d, photos):
    drop(d, photos / "photo_1.png", photos / "photo_2.png", on=d.window.first_page.drop)
    assert len(names(d)) == 2


def test_what_is_no_image_among_dropped_files_is_left_out_and_said(d, photos):
    (photos / "Thumbs.db").write_bytes(b"x")
    drop(d, *sorted(photos.glob("*.png")), photos / "Thumbs.db")
    assert len(names(d)) == 3
    assert d.last_said == "Left out, as they are no images: Thumbs.db."


def test_recent_projects_are_in_the_menu_and_open(d, photos, tmp_path):
    other = make_photos(tmp_path / "others", 1)
    d.open(photos)
    d.open(other)
    assert d.services.settings.recent()[:2] == [
        str(other / "others.maskwright"),
        str(photos / "photos.maskwright"),
    ]
    d.window.menu.aboutToShow.emit()
    recent = next(
        each
        for each in d.window.menu.findChildren(type(d.window.menu))
        if each.title() == "Open recent"
    )
    entry = next(each for each in recent.actions() if each.toolTip().endswith("photos.maskwright"))
    entry.trigger()
    assert d.session.project.name == "photos"


def test_the_dialogs_open_what_was_chosen(d, photos, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(photos))
    d.ctrl(Key.Key_O)
    assert d.session.project.name == "photos"
    d.services.actions.trigger("file.close")
    chosen = ([str(photos / "photo_1.png")], "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a, **k: chosen)
    d.services.actions.trigger("file.open")
    assert names(d) == ["photo_1.png"]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: "")
    d.ctrl(Key.Key_O)
    assert names(d) == ["photo_1.png"], "nothing chosen changes nothing"


def test_what_is_not_there_is_said_and_nothing_is_lost(d, photos):
    d.open(photos)
    d.open(photos / "away")
    assert (
        d.last_said == f"{photos / 'away'} is not there. Look at the spelling, or choose a folder."
    )
    assert d.session.image is not None


def test_an_empty_folder_is_refused_with_a_sentence(d, tmp_path):
    (tmp_path / "empty").mkdir()
    d.open(tmp_path / "empty")
    assert "holds no images this program reads" in d.last_said
    assert d.session.project is None
    assert not list((tmp_path / "empty").iterdir()), "no project was left in it"


def test_an_unreadable_image_is_said_and_the_others_are_worked_on(d, photos):
    (photos / "photo_0.png").write_bytes(b"\x89PNG\r\n\x1a\n but cut short")
    d.open(photos)
    assert d.session.image.file_name == "photo_1.png"
    assert "photo_0.png" in d.last_said
    d.key(Key.Key_Q)
    assert d.session.image.file_name == "photo_1.png"
    assert d.said[-1][0] in ("warning", "error", "info")
    d.key(Key.Key_W)
    assert d.session.image.file_name == "photo_2.png"
    d.until(lambda: d.services.thumbnails.unreadable(d.session.images[0].id))


def test_next_and_done_next_step_over_what_cannot_be_read(d, photos):
    (photos / "photo_1.png").write_bytes(b"nothing")
    d.open(photos)
    d.key(Key.Key_W)
    assert d.session.image.file_name == "photo_2.png"
    assert any("photo_1.png" in text for _, text in d.said)
    d.key(Key.Key_Q)
    assert d.session.image.file_name == "photo_0.png"
    d.key(Key.Key_F)
    assert d.session.image.file_name == "photo_2.png"


def test_nothing_but_unreadable_images(d, tmp_path):
    folder = tmp_path / "bad"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(b"nothing")
    d.open(folder)
    assert d.session.project is not None
    assert d.session.image is None
    assert d.last_said
    d.key(Key.Key_W)
    d.key(Key.Key_F)
    assert d.session.image is None
    first = d.session.images[0].id
    d.until(lambda: d.services.thumbnails.unreadable(first))
    d.picture("nothing_readable")
    assert d.window.holder.none.isVisible()
    make_photo(folder / "0.png")
    d.session.open_image(first)
    assert not d.window.holder.none.isVisible()


def test_an_image_deleted_since_keeps_its_masks(at_work, photos):
    d = at_work
    d.key(Key.Key_B)
    d.stroke((60, 60), (120, 60))
    area = d.objects[0].mask.area
    d.services.actions.trigger("file.close")
    (photos / "photo_0.png").unlink()
    d.canvas.picture.photo.forget(photos / "photo_0.png")  # as after a new start
    d.open(photos)
    d.session.open_image(next(r.id for r in d.session.images if r.file_name == "photo_0.png"))
    d.canvas.settle()
    assert [each.mask.area for each in d.objects] == [area]
    assert "photo_0.png" in d.canvas.picture.photo.problem
    d.stroke((60, 150), (120, 150))
    assert len(d.objects) == 2, "masks can still be worked on"
    assert d.session.image.file_name == "photo_0.png"


@pytest.fixture
def sealed(photos, monkeypatch):
    """A folder that cannot be written. The superuser may write anywhere, so that is acted."""
    photos.chmod(0o555)
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and may(path, mode))
    yield photos
    photos.chmod(0o755)


def test_a_folder_that_cannot_be_written_uses_the_users_own(d, sealed):
    d.open(sealed)
    assert d.session.project.path.parent == user_data() / "projects"
    assert not d.session.read_only
    where = d.session.project.path
    assert ("info", f"photos cannot be written, so its project is kept as {where}.") in d.said
    d.add_classes(cell=True)
    d.key(Key.Key_B)
    d.stroke((60, 60), (120, 60))
    assert len(d.objects) == 1
    assert [each.suffix for each in sealed.iterdir()] == [".png"] * 3


HOLD = """
import sys
from pathlib import Path
from engine.store import Project
project = Project.open_or_create(Path(sys.argv[1]))
print("mine" if not project.read_only else "theirs", flush=True)
sys.stdin.readline()
project.close()
"""


@pytest.fixture
def held_elsewhere(photos, root):
    """The project of the photos is open in another process."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLD, str(photos)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout.readline() == "mine\n"
    yield process
    if process.poll() is None:
        process.communicate("\n")


def test_a_second_program_only_looks_and_says_so(d, at_work, photos, request):
    d.key(Key.Key_B)
    d.stroke((60, 60), (120, 60))
    d.services.actions.trigger("file.close")
    other = request.getfixturevalue("held_elsewhere")
    d.open(photos)
    assert d.session.read_only
    assert d.window.windowTitle() == "photo_0.png — photos — read-only — Maskwright"
    sentence = d.session.project.owner
    assert str(other.pid) in sentence
    assert [strip.banner.text for strip in d.window.banners.strips] == [sentence]
    assert d.window.banners.isVisible()
    assert d.window.status_bar.save_words.text() == "Read only"
    assert len(d.objects) == 1, "it can be looked at"
    before = d.document.state
    d.key(Key.Key_B)
    d.stroke((60, 150), (120, 150))
    assert d.said[-1] == ("warning", sentence)
    d.stroke((60, 60), (120, 60), button=Qt.MouseButton.RightButton)
    d.key(Key.Key_P)
    d.stroke((10, 10))
    d.key(Key.Key_V)
    d.stroke((80, 60))
    assert d.session.selection
    for key in (Key.Key_X, Key.Key_L, Key.Key_H, Key.Key_U, Key.Key_2, Key.Key_F):
        d.said.clear()
        d.key(key)
        assert (sentence in d.said[-1][1]) if d.said else key == Key.Key_2, key
    d.ctrl(Key.Key_Z)
    assert d.document.state == before
    assert d.session.image.status is Status.CORRECTED
    d.picture("read_only")
    d.key(Key.Key_W)
    (strip,) = d.window.banners.strips
    strip.banner.action()
    assert d.session.read_only, "it is still open there"
    other.communicate("\n")
    d.window.banners.strips[0].banner.action()
    assert not d.session.read_only
    assert d.session.image.file_name == "photo_1.png"
    assert d.window.banners.strips == []
    d.key(Key.Key_B)
    d.stroke((60, 150), (120, 150))
    assert len(d.objects) == 1


def test_an_image_turned_by_exif_stands_upright(d, tmp_path):
    folder = tmp_path / "turned"
    folder.mkdir()
    pixels = np.zeros((120, 200, 3), np.uint8)
    pixels[:, :40] = (255, 0, 0)
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(pixels).save(folder / "a.png", exif=exif)
    d.open(folder)
    assert d.document.size == (200, 120)
    shown = d.canvas.grab().toImage()
    top = d.canvas.to_widget(60, 10).toPoint()
    assert shown.pixelColor(top * d.canvas.view.ratio).red() > 200


def test_find_and_filter_the_images(d, photos):
    d.open(photos)
    d.ctrl(Key.Key_F)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    d.type("_2")
    assert [d.session.row(number).file_name for number in d.session.queue] == ["photo_2.png"]
    d.key(Key.Key_Escape)
    assert len(d.session.queue) == 3
