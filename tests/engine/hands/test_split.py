import errno
import os

import pytest
from PIL import Image

from engine.document.taxonomy import ClassLock
from engine.document.taxonomy_commands import add_class
from engine.errors import EngineError
from engine.hands.merge import merged
from engine.hands.split import Split, dealt, plans, write
from engine.store import Project, backup

from .conftest import CELL, add, at_work, content, hand_out


def test_a_part_is_a_project_of_its_own_with_its_images_and_no_history(project):
    add(project, 1, (100, 100, 150, 150))
    project.set_mapping("net", {0: CELL, 1: "ignore"})
    project.set_setting("undo.steps", 77)
    first, second = hand_out(project, 2)
    assert first.name == "slides-part1.maskwright"
    whole, seen = content(project), {}
    for number, path in enumerate((first, second), 1):
        part = Project.open(path)
        assert part.name == f"slides, part {number} of 2"
        assert part.project_id == project.project_id
        assert (part.part["number"], part.part["of"], part.part["name"]) == (number, 2, "slides")
        assert part.mapping("net") == {0: CELL, 1: "ignore"}
        assert part.setting("undo.steps") == 77
        assert [c.name for c in part.taxonomy.classes] == ["cell", "nucleus", "road", "grass"]
        for row in part.images():
            assert row.stored_path.startswith("../day_")
            assert row.path == project.image(row.id).path
            assert not part.history(part.load(row.id)).can_undo
        assert not part.project_history.can_undo
        seen |= content(part)
        part.close()
    assert seen == whole
    assert [each["parts"] for each in project.setting("hands.splits")] == [2]


def test_new_numbers_never_meet(project):
    files = hand_out(project, 3)
    numbers = [{project.new_ids(1)[0], project.new_ids(1)[0]}]
    classes = [{project.taxonomy.next_id}]
    for path in files:
        part = Project.open(path)
        numbers.append(set(part.new_ids(5)))
        part.project_history.do(add_class(part.taxonomy, f"new {path.stem}"))
        classes.append({part.taxonomy.by_name(f"new {path.stem}").id})
        part.add_images([path.parent / "extra.png"], [(10, 10)])
        part.close()
    again = Project.open(files[0])
    assert again.taxonomy.next_id == max(classes[1]) + 1
    again.close()
    assert len(set().union(*numbers)) == sum(map(len, numbers))
    assert len(set().union(*classes)) == 4
    assert max(classes[0]) == 6  # small numbers keep class maps small
    for path in files:
        merged(project, path)
    assert project.taxonomy.next_id == 6
    assert set(project.new_ids(3)).isdisjoint(set().union(*numbers))


def test_numbers_of_others_do_not_lead_a_part_out_of_its_range(project):
    first, second = hand_out(project, 2, overlap=1.0)
    image = project.images()[0].id
    at_work(second, lambda p: add(p, image, (100, 100, 150, 150)))
    part = Project.open(first)
    merged(part, second)
    assert part.new_ids(1)[0] < min(at_work(second, lambda p: list(p.new_ids(1))))
    (number,) = part.new_ids(1)
    part.close()
    assert 1_000_000 <= number < 2_000_000


def test_a_part_can_be_split_again_and_comes_back_both_ways(project):
    (part,) = hand_out(project, 1)
    opened = Project.open(part)
    inner = hand_out(opened, 2, folder=part.parent / "inner")
    own = opened.new_ids(1)[0]
    ids = [at_work(path, lambda p: add(p, p.images()[0].id, (100, 100, 150, 150)))
           for path in inner]  # fmt: skip
    assert len({own, *ids}) == 3
    assert all(1_000_000 <= number < 2_000_000 for number in (own, *ids))
    for path in inner:
        assert len(merged(opened, path).images) == 1
    opened.close()
    assert len(merged(project, part).images) == 2
    found = {number for d in project.iter_documents() for number in d.annotations}
    assert set(ids) <= found


def test_new_images_and_classes_of_a_part_come_in_under_their_numbers(project):
    (part,) = hand_out(project, 1)

    def work(opened):
        opened.project_history.do(add_class(opened.taxonomy, "spore"))
        (row,) = opened.add_images([part.parent / "found.png"], [(50, 60)])
        return row.id, add(opened, row.id, (1, 1, 9, 9), opened.taxonomy.by_name("spore").id)

    image, number = at_work(part, work)
    report = merged(project, part)
    assert (report.new_images, report.images) == (1, [image])
    assert project.image(image).path == part.parent / "found.png"
    (each,) = project.load(image).annotations.values()
    assert (each.id, each.class_id) == (number, project.taxonomy.by_name("spore").id)
    assert project.project_history.undo_label == "Merge classes from part 1 of 1"
    report = merged(project, part)
    assert (report.new_images, report.images) == (0, [])


def test_images_can_be_copied_along(project):
    for row in project.images():
        row.path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (row.size[1], row.size[0])).save(row.path)
    first, second = hand_out(project, 2, copy_images=True)
    assert first.parent.name == "slides-part1"
    for path in (first, second):
        part = Project.open(path)
        for row in part.images():
            assert row.stored_path.startswith("images/day_")
            assert row.path.is_file()
        part.close()
    image = at_work(first, lambda p: p.images()[0].id)
    at_work(first, lambda p: add(p, image, (100, 100, 150, 150)))
    assert merged(project, first).images == [image]
    assert project.image(image).path.parent.parent == project.path.parent


def test_what_is_there_is_not_overwritten(project):
    hand_out(project, 2)
    rows = list(project.images())
    folder = project.path.parent / "slides-parts"
    with pytest.raises(EngineError, match=r"slides-part1\.maskwright is already there"):
        dealt(rows, Split(parts=2), project.path, folder)


def test_a_split_that_breaks_off_leaves_nothing_and_can_be_done_again(project, monkeypatch):
    for row in project.images():
        row.path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (row.size[1], row.size[0])).save(row.path)
    folder = project.path.parent / "handed" / "out"

    class Stop(Exception):
        pass

    def stop(done, total):
        if done == 1:
            first = folder / "slides-part1"
            assert [each.name for each in first.iterdir()] != []
            assert not (first / "slides-part1.maskwright").exists(), "all of them, or none"
            raise Stop

    split = Split(parts=3, copy_images=True)
    who = dealt(list(project.images()), split, project.path, folder)
    with pytest.raises(Stop):
        write(project, plans(project, split, who), stop)
    assert not folder.parent.exists(), "nor the folders made for it"
    with monkeypatch.context() as broken:
        broken.setattr("engine.store.part_file._image", None)
        with pytest.raises(TypeError):
            hand_out(project, 2, folder=folder)
    assert not folder.parent.exists()
    folder.mkdir(parents=True)
    (folder / ".slides-part1.maskwright.part").write_bytes(b"of a program that was killed")
    assert [each.name for each in hand_out(project, 2, folder=folder)] == sorted(
        each.name for each in folder.iterdir()
    )


@pytest.mark.parametrize("fails", [1, 2, 3])
def test_a_part_that_does_not_get_its_name_takes_the_others_back(project, monkeypatch, fails):
    folder = project.path.parent / "handed"
    folder.mkdir()
    rename, asked = os.replace, []

    def refused(part, target):
        asked.append(target)
        if len(asked) == fails:
            raise OSError(errno.EIO, "Input/output error")
        rename(part, target)

    with monkeypatch.context() as broken:
        broken.setattr(backup.os, "replace", refused)
        with pytest.raises(EngineError, match=f"slides-part{fails}.* could not be written"):
            hand_out(project, 3, folder=folder)
    assert list(folder.iterdir()) == []
    assert len(hand_out(project, 3, folder=folder)) == len(list(folder.iterdir())) == 3


def test_the_lock_and_guidelines_travel(project):
    from engine.document.taxonomy_commands import describe

    project.project_history.do(describe(project.taxonomy, CELL, "Round.", (1, 1)))
    project.lock_classes(ClassLock("Ana", 5.0))
    (part,) = hand_out(project, 1)
    opened = Project.open(part)
    cell = opened.taxonomy[CELL]
    assert (cell.guideline, cell.example_image, cell.example_object) == ("Round.", 1, 1)
    assert opened.class_lock == ClassLock("Ana", 5.0)
    with pytest.raises(EngineError, match="Ana locked the classes on"):
        opened.project_history.do(add_class(opened.taxonomy, "spore"))
    opened.close()
