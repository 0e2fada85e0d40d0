import pytest

from engine.document.document import Status
from engine.errors import EngineError
from engine.store import Project


def test_rows_come_back_as_they_were(project, reopen, tmp_path):
    extra = {"license": 3, "coco_url": "http://x/ü.jpg", "date_captured": None}
    away = tmp_path / "else" / "where" / "a.jpg"
    row = project.add_images(
        [away],
        [(5, 7)],
        [{"file_name": "train/a.jpg", "coco_id": 397133, "orientation": 6, "extra": extra}],
    )[0]
    assert row.path == away
    project.set_image(row.id, fold="held", order=-1)
    first = reopen().images()[0]
    assert first == project.image(row.id)
    assert (first.size, first.coco_id, first.orientation, first.fold) == ((5, 7), 397133, 6, "held")
    assert (first.file_name, dict(first.extra)) == ("train/a.jpg", extra)


def test_a_file_is_added_once(project, path):
    files = [path.parent / "new.png", path.parent / "night_1.png", path.parent / "new.png"]
    rows = project.add_images(files)
    assert [row.id for row in rows] == [4, 1, 4]
    assert len(project.images()) == 4
    assert project.find_image(path.parent / "sub" / ".." / "new.png").id == 4
    assert project.find_image(path.parent / "other.png") is None


def test_images_go_with_the_project_folder(project, path, tmp_path):
    project.close()
    moved = tmp_path / "moved"
    path.parent.rename(moved)
    again = Project.open(moved / path.name)
    assert [row.path.parent for row in again.images()] == [moved] * 3
    again.close()


def test_sizes_are_read_from_the_file_when_first_needed(project, path, reopen):
    from PIL import Image

    file = path.parent / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30)).save(file, exif=exif)
    row = project.add_images([file])[0]
    assert row.size is None
    assert project.load(row.id).size == (40, 30)
    now = reopen().image(row.id)
    assert (now.size, now.orientation) == ((40, 30), 6)


def test_an_image_that_cannot_be_read_says_so(project, path):
    row = project.add_images([path.parent / "missing.png"])[0]
    with pytest.raises(EngineError, match=r"missing\.png"):
        project.load(row.id)


def test_removed_images_take_everything_along_and_numbers_are_not_given_again(
    project, reopen, thing, path
):
    big = thing((0, 0, 900, 700))
    project.add_annotations(3, [big, thing((0, 0, 9, 9))])
    project.add_annotations(2, [thing((0, 0, 9, 9))])
    project.remove_images([3])
    with pytest.raises(EngineError, match="Image 3"):
        project.image(3)
    again = reopen()
    assert [row.id for row in again.images()] == [1, 2]
    assert len(again.annotations(2)) == 1
    assert again.add_images([path.parent / "later.png"])[0].id == 4
    assert again.new_ids(1)[0] > big.id + 2
    import sqlite3

    again.close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT COUNT(*) FROM mask_tiles").fetchone() == (0,)
    assert db.execute("SELECT DISTINCT image FROM annotations").fetchall() == [(2,)]
    db.close()


def test_figures_follow_what_images_hold_at_once(project, reopen, thing):
    project.set_proposals(1, [thing((0, 0, 9, 9), score=0.3), thing((9, 9, 30, 30), score=0.7)])
    project.add_annotations(1, [thing((50, 50, 90, 90), score=0.5)])
    row = project.image(1)
    assert (row.proposals, row.objects, row.lowest_score, row.status) == (
        2,
        1,
        0.3,
        Status.PROPOSED,
    )
    project.set_proposals(1, [])
    assert project.image(1).lowest_score == 0.5
    assert reopen().image(1) == project.image(1)


def test_unknown_fields_are_a_mistake_of_the_caller(project):
    with pytest.raises(TypeError):
        project.set_image(1, colour="blue")
    with pytest.raises(TypeError):
        project.set_image(1, status=Status.DONE)
