"""Pages of a file, tones of images, and projects from before there were either."""

import sqlite3

import pytest

from engine.errors import EngineError
from engine.images.tone import Tone
from engine.store import Project, schema
from tests.engine.store.versions import unpack

WARM = Tone(rule="manual", windows=((10.0, 900.0),), gamma=1.5)


@pytest.fixture
def stack(project, path):
    """The row of a file that stands between two others."""
    return project.find_image(path.parent / "night_2.png")


def test_pages_stand_beside_their_file_whenever_they_came(project, stack):
    project.add_pages(stack.id, [4, 2])
    project.add_pages(stack.id, [1])
    names = [row.file_name for row in project.images()]
    assert names == [
        "night_1.png", "night_2.png", "night_2.png#2", "night_2.png#3", "night_2.png#5",
        "night_3.png",
    ]  # fmt: skip


def test_a_page_is_an_image_of_its_own(project, stack, thing, reopen):
    [page] = project.add_pages(stack.id, [2])
    project.set_image(page.id, size=(30, 40))
    project.add_annotations(page.id, [thing((1, 2, 9, 8))])
    again = reopen()
    found = again.find_image(stack.path, 2)
    assert (found.id, found.page, found.path, found.size) == (page.id, 2, stack.path, (30, 40))
    assert len(again.annotations(found.id)) == 1
    assert again.annotations(stack.id) == []
    assert again.find_image(stack.path) == again.image(stack.id)


def test_a_page_comes_once(project, stack):
    first = project.add_pages(stack.id, [1, 2])
    assert project.add_pages(first[0].id, [2, 0, 1]) == [
        first[1], project.image(stack.id), first[0],
    ]  # fmt: skip
    assert len(project.images()) == 5


def test_a_page_is_found_after_its_file_was_moved(project, stack, path):
    [page] = project.add_pages(stack.id, [1])
    moved = path.parent / "elsewhere" / "night_2.png"
    project.set_image(page.id, path=moved)
    assert project.find_image(moved, 1).id == page.id
    assert project.find_image(stack.path, 1) is None


def test_pages_leave_without_their_file(project, stack, reopen):
    pages = project.add_pages(stack.id, range(1, 4))
    project.remove_images([row.id for row in pages])
    assert [row.page for row in reopen().images()] == [0, 0, 0]


def test_ten_thousand_pages_are_written_in_pieces(project, stack, reopen):
    project.add_pages(stack.id, range(10_000))
    again = reopen()
    assert len(again.images()) == 10_002
    assert again.find_image(stack.path, 9_999).file_name == "night_2.png#10000"


def test_tones_are_kept_with_the_project_and_with_an_image(project, stack, reopen):
    project.set_tone(WARM)
    project.set_image(stack.id, tone=Tone(channels=(3,)))
    again = reopen()
    assert again.tone == WARM
    assert again.image(stack.id).tone == Tone(channels=(3,))
    picture = again.picture(stack.id)
    assert (picture.tone, picture.own) == (Tone(channels=(3,)), True)
    other = again.picture(again.images()[0].id)
    assert (other.tone, other.own) == (WARM, False)
    again.set_image(stack.id, tone=None)
    assert again.picture(stack.id).tone == WARM


def test_an_images_own_automatic_tone_is_not_no_tone(project, stack, reopen):
    project.set_tone(WARM)
    project.set_image(stack.id, tone=Tone())
    picture = reopen().picture(stack.id)
    assert (picture.tone, picture.own) == (Tone(), True)


# -- files from before ---------------------------------------------------------------------------


@pytest.fixture
def old(path):
    """A project as the first version wrote it: no page, no tone."""
    return unpack(1, path)


_FIRST = (
    "id", "path", "file_name", "height", "width", "orientation", "status", "position", "fold",
    "coco_id", "objects", "proposals", "lowest_score", "extra",
)  # fmt: skip


def test_a_project_of_the_first_version_is_brought_up(old):
    with sqlite3.connect(old) as db:
        before = db.execute(f"SELECT {', '.join(_FIRST)} FROM images").fetchall()
    project = Project.open(old)
    try:
        assert [row.file_name for row in project.images()] == [
            "night_1.png", "night_2.png", "night_3.png",
        ]  # fmt: skip
        assert {(row.page, row.tone) for row in project.images()} == {(0, None)}
        first = project.images()[0]
        project.add_pages(first.id, [1])
        project.flush()
    finally:
        project.close()
    with sqlite3.connect(old) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        kept = db.execute(f"SELECT {', '.join(_FIRST)} FROM images WHERE page = 0").fetchall()
    assert kept == before


def test_a_project_of_the_first_version_can_be_looked_at(old):
    before = old.read_bytes()
    project = Project.open(old, read_only=True)
    try:
        assert [row.page for row in project.images()] == [0, 0, 0]
        with pytest.raises(EngineError, match="reading only"):
            project.add_pages(project.images()[0].id, [1])
    finally:
        project.close()
    assert old.read_bytes() == before
