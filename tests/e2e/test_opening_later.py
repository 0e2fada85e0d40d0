"""Opening what takes longer than a moment: in the background, with the window alive."""

import threading

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from app.intents import opening
from engine.images.folder import list_images
from engine.store import Project
from tests.e2e.photos import make_photos

Key = Qt.Key


@pytest.fixture
def impatient(d):
    """The window waits for nothing; what is open is closed at the end."""
    before, d.program.files.opening.patience = d.program.files.opening.patience, 0.0
    yield d
    d.program.files.opening.patience = before


@pytest.fixture
def held(monkeypatch):
    """Listings wait in the middle until the test lets them go on."""
    go, begun = threading.Event(), threading.Event()

    def slowly(folder, on_count=None):
        on_count(2_048)
        begun.set()
        assert go.wait(60)
        on_count(4_096)
        return list_images(folder, on_count)

    monkeypatch.setattr(opening, "list_images", slowly)
    slowly.go, slowly.begun = go, begun
    yield slowly
    go.set()


def begin(d, folder, held):
    d.program.open([folder])
    assert held.begun.wait(60)
    assert d.program.files.opening.busy


def over(d):
    d.until(lambda: not d.program.files.opening.busy)


def test_the_window_lives_on_and_then_it_is_open(impatient, photos, held):
    d = impatient
    begin(d, photos, held)
    assert d.session.project is None
    d.until(lambda: "2,048 files so far" in d.last_said)
    assert d.last_said.startswith("Opening photos.")
    held.go.set()
    over(d)
    assert d.session.place == "correct"
    assert [row.file_name for row in d.session.images] == [f"photo_{n}.png" for n in range(3)]
    assert d.session.image.file_name == "photo_0.png"
    assert d.stalls() == []


def test_what_is_open_can_be_worked_on_meanwhile_and_is_kept(impatient, photos, held, tmp_path):
    d = impatient
    held.go.set()
    d.program.open([photos])
    over(d)
    d.add_classes(cell=True)
    held.go.clear()
    held.begun.clear()
    begin(d, make_photos(tmp_path / "others", 2), held)
    d.key(Key.Key_B)
    d.stroke((60, 60), (120, 60))
    held.go.set()
    over(d)
    assert d.session.project.name == "others"
    project = Project.open(photos / "photos.maskwright")
    try:
        assert len(project.annotations(1)) == 1
    finally:
        project.close()


def test_another_wish_ends_the_first_and_nothing_of_it_stays(
    impatient, photos, held, tmp_path, monkeypatch
):
    d = impatient
    begin(d, photos, held)
    first = d.program.files.opening._last
    monkeypatch.setattr(opening, "list_images", list_images)
    d.program.open([make_photos(tmp_path / "others", 2)])
    held.go.set()
    over(d)
    first.join()
    assert d.session.project.name == "others"
    assert not list(photos.glob("*.maskwright*")), "the first was not begun"
    assert all("something else was" not in text for _, text in d.said)


def test_closing_ends_it_too(impatient, photos, held):
    d = impatient
    begin(d, photos, held)
    d.program.files.close()
    held.go.set()
    d.program.files.opening._last.join()
    assert not d.program.files.opening.busy
    assert d.session.project is None
    assert d.session.place == "start"


def test_the_same_folder_again_waits_for_the_first_to_let_go(impatient, photos, held):
    d = impatient
    begin(d, photos, held)
    d.program.open([photos])
    held.go.set()
    over(d)
    assert not d.session.read_only
    assert len(d.session.images) == 3


def test_a_refusal_comes_later_as_a_sentence(impatient, tmp_path, held):
    d = impatient
    (tmp_path / "empty").mkdir()
    begin(d, tmp_path / "empty", held)
    held.go.set()
    over(d)
    assert d.said[-1][0] == "error"
    assert "holds no images this program reads" in d.last_said
    assert d.session.place == "start"


def test_what_cannot_be_let_go_of_stays_open(impatient, photos, held, tmp_path, monkeypatch):
    from engine.errors import EngineError

    d = impatient
    held.go.set()
    d.program.open([photos])
    over(d)
    ours = d.session.project

    def full(**_):
        raise EngineError("Could not save photos: the disk is full.")

    monkeypatch.setattr(ours, "close", full)
    d.program.open([make_photos(tmp_path / "others", 2)])
    over(d)
    assert d.session.project is ours
    assert d.session.image is not None
    assert d.last_said == "Could not save photos: the disk is full."
    monkeypatch.undo()
    project = Project.open(tmp_path / "others" / "others.maskwright")
    assert not project.read_only, "the other one was closed again"
    project.close()


def test_ten_thousand_images_open_without_a_stall(d, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(folder / "00000.png")
    for number in range(1, 10_000):
        (folder / f"{number:05}.png").hardlink_to(folder / "00000.png")
    for _ in range(2):  # a new project, then one that is there
        d.open(folder)
        assert len(d.session.images) == len(d.session.queue) == 10_000
        assert d.session.image.file_name == "00000.png"
        assert d.window.filmstrip.model.rowCount() == 10_000
        d.program.files.close()
    d.open(folder)
    d.ctrl(Key.Key_F)
    d.type("0777")
    assert [d.session.row(number).file_name for number in d.session.queue] == [
        "00777.png",
        *(f"0777{digit}.png" for digit in range(10)),
    ]
    d.key(Key.Key_Escape)
    last = d.session.images[-1]
    d.session.open_image(last.id)
    d.canvas.settle()
    d.key(Key.Key_F)
    assert d.session.row(last.id).status == "done"
    assert d.stalls() == []
