"""Files of several images in the real window: each page is an image of its own."""

import json

import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox

Key = Qt.Key
SIZE = (120, 160)


@pytest.fixture
def folder(tmp_path):
    """A stack of five pages between two photos, and an animation of three."""
    made = tmp_path / "slides"
    made.mkdir()
    pages = np.random.default_rng(1).integers(0, 3000, (5, *SIZE)).astype(np.uint16)
    pages += (np.arange(5, dtype=np.uint16) * 5000)[:, None, None]
    tifffile.imwrite(made / "b_stack.tif", pages, photometric="minisblack")
    for name in ("a.png", "c.png"):
        noise = np.random.default_rng(len(name)).integers(0, 255, (*SIZE, 3)).astype(np.uint8)
        Image.fromarray(noise).save(made / name)
    frames = [Image.new("RGB", (60, 40), (80 * n, 9, 9)) for n in range(3)]
    frames[0].save(made / "d_moving.gif", save_all=True, append_images=frames[1:])
    return made


@pytest.fixture
def stack(d, folder):
    """The folder open at the first page of the stack, with a class."""
    d.open(folder)
    d.add_classes(cell=True)
    show(d, "b_stack.tif")
    return d


def show(d, name):
    row = next(row for row in d.session.images if row.file_name == name)
    d.session.open_image(row.id)
    d.canvas.settle()
    d.canvas.setFocus()


def names(d):
    return [row.file_name for row in d.session.images]


def words(d):
    button = d.window.status_bar.pages
    return button.text() if button.isVisible() else ""


def test_opening_a_folder_lists_files_not_pages(stack):
    assert names(stack) == ["a.png", "b_stack.tif", "c.png", "d_moving.gif"]
    assert words(stack) == "Page 1 of 5"
    show(stack, "a.png")
    assert words(stack) == ""


def test_keys_go_from_page_to_page_and_pages_come_into_the_list(stack, folder):
    pages = tifffile.imread(folder / "b_stack.tif")
    stack.key(Key.Key_PageDown)
    stack.canvas.settle()
    assert words(stack) == "Page 2 of 5"
    assert stack.session.image.file_name == "b_stack.tif#2"
    assert stack.canvas.picture.photo.value(7, 9) == (pages[1, 9, 7],)
    stack.key(Key.Key_PageDown)
    stack.key(Key.Key_PageUp)
    stack.key(Key.Key_PageUp)
    assert words(stack) == "Page 1 of 5"
    stack.key(Key.Key_PageUp)
    assert stack.last_said == "This is the first page."
    assert names(stack) == [
        "a.png", "b_stack.tif", "b_stack.tif#2", "b_stack.tif#3", "c.png", "d_moving.gif"
    ]  # fmt: skip


def test_what_is_painted_on_a_page_stays_on_it(stack):
    stack.key(Key.Key_PageDown)
    stack.canvas.settle()
    stack.key(Key.Key_B)
    stack.stroke((40, 40), (90, 60))
    [painted] = stack.objects
    stack.key(Key.Key_PageDown)
    stack.canvas.settle()
    assert stack.objects == []
    stack.key(Key.Key_PageUp)
    stack.canvas.settle()
    assert [each.mask.same(painted.mask) for each in stack.objects] == [True]
    path = stack.session.project.path
    stack.program.files.close()
    stack.open(path)
    show(stack, "b_stack.tif#2")
    assert [each.mask.same(painted.mask) for each in stack.objects] == [True]
    assert words(stack) == "Page 2 of 5"


def test_frames_of_an_animation_are_pages(stack):
    show(stack, "d_moving.gif")
    assert words(stack) == "Page 1 of 3"
    stack.key(Key.Key_PageDown)
    stack.canvas.settle()
    assert stack.canvas.picture.photo.value(3, 3)[0] == pytest.approx(80, abs=4)


def test_a_page_is_gone_to_by_its_number(stack):
    stack.shift(Key.Key_PageDown)
    menu = stack.window.status_bar.findChildren(type(stack.window.menu))[-1]
    field = menu.findChild(QSpinBox)
    assert (field.value(), field.maximum()) == (1, 5)
    stack.picture("page_menu")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "4")
    QTest.keyClick(field, Key.Key_Return)
    stack.canvas.settle()
    assert words(stack) == "Page 4 of 5"


def test_all_pages_can_be_listed_and_those_without_work_taken_out(stack):
    stack.ctrl(Key.Key_PageDown)
    assert names(stack)[1:6] == ["b_stack.tif"] + [f"b_stack.tif#{n}" for n in range(2, 6)]
    assert stack.last_said == "All 5 pages of b_stack.tif are in the list."
    show(stack, "b_stack.tif#4")
    stack.key(Key.Key_B)
    stack.stroke((40, 40), (90, 60))
    show(stack, "b_stack.tif")
    stack.ctrl(Key.Key_PageUp)
    assert names(stack) == ["a.png", "b_stack.tif", "b_stack.tif#4", "c.png", "d_moving.gif"]
    assert stack.last_said == "3 pages left the list."


def test_a_long_stack_asks_before_it_fills_the_list(stack, monkeypatch):
    monkeypatch.setattr("app.paging.ASK_FROM", 4)
    stack.ctrl(Key.Key_PageDown)
    assert len(names(stack)) == 4
    [banner] = [each for each in stack.session.banners if each.key == "pages"]
    assert banner.text == "b_stack.tif has 5 pages. List each of them as an image?"
    stack.session.drop_banner(banner.key)
    banner.action()
    assert len(names(stack)) == 8
    assert [each for each in stack.session.banners if each.key == "pages"] == []


def test_the_queue_goes_through_listed_pages(stack):
    stack.ctrl(Key.Key_PageDown)
    order = [stack.session.row(number).file_name for number in stack.session.queue]
    assert order == names(stack)
    stack.canvas.setFocus()
    stack.key(Key.Key_W)
    stack.canvas.settle()
    assert stack.session.image.file_name == "b_stack.tif#2"


def test_pages_go_out_under_their_names(stack, tmp_path):
    stack.key(Key.Key_PageDown)
    stack.canvas.settle()
    stack.key(Key.Key_B)
    stack.stroke((40, 40), (90, 60))
    [painted] = stack.objects
    stack.session.project.flush()
    from engine.jobs.folder import JobFolder
    from engine.jobs.job import ExportSpec
    from engine.jobs.runner import execute

    target = tmp_path / "out.json"
    spec = ExportSpec(project=str(stack.session.project.path), target=str(target), only_done=False)
    job = JobFolder.create(stack.session.project.files / "jobs", spec)
    assert execute(job).error == ""
    written = json.loads(target.read_text())
    [image] = [each for each in written["images"] if each["file_name"] == "b_stack.tif#2"]
    assert image["page"] == 2
    [entry] = written["annotations"]
    assert (entry["image_id"], entry["area"]) == (image["id"], painted.mask.area)


def test_pages_are_not_there_to_be_gone_to_for_a_file_of_one(stack):
    show(stack, "a.png")
    stack.key(Key.Key_PageDown)
    assert stack.last_said == "This file has one page."
    assert len(names(stack)) == 4
