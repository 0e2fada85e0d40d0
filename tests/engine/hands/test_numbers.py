"""Copies that gave the same number to different objects and images; images that were renamed."""

import pytest

from engine.hands.merge import merged
from engine.images.folder import Listing
from engine.store import Project
from engine.store.check import check, repair

from .conftest import (
    SIZE,
    add,
    at_work,
    copy_of,
    drop,
    hand_out,
)


@pytest.fixture
def reopened(project):
    """The closed project's file, and what opens it again."""
    opened = []
    project.close()

    def again():
        opened.append(Project.open(project.path))
        return opened[-1]

    yield project.path, again
    for each in opened:
        each.close(discard=True)


def boxes(project, image):
    return sorted(a.mask.box for a in project.load(image).annotations.values())


def stored(project):
    """What a program that opens the file next finds."""
    project.flush()
    again = Project.open(project.path, read_only=True)
    found = {image: boxes(again, image) for image in again.images().ids()}
    again.close()
    return found


def test_one_number_given_to_two_objects_of_two_images_loses_neither(reopened):
    path, again = reopened
    copy = copy_of(path, "copy.maskwright")
    mine = at_work(path, lambda p: add(p, 1, (100, 100, 150, 150)))
    theirs = at_work(copy, lambda p: add(p, 2, (200, 200, 250, 250)))
    assert mine == theirs
    project = again()
    merged(project, copy)
    found = stored(project)
    assert found[1] == [(20, 20, 80, 80), (100, 100, 150, 150)]
    assert found[2] == [(20, 20, 80, 80), (200, 200, 250, 250)]


def test_a_number_whose_object_undo_can_bring_back_is_not_given_to_theirs(reopened):
    path, again = reopened
    copy = copy_of(path, "copy.maskwright")
    at_work(path, lambda p: drop(p, 1, add(p, 1, (100, 100, 150, 150))))
    at_work(copy, lambda p: add(p, 2, (200, 200, 250, 250)))
    project = again()
    merged(project, copy)
    project.history(project.load(1)).undo()
    found = stored(project)
    assert (100, 100, 150, 150) in found[1]
    assert (200, 200, 250, 250) in found[2]


def test_after_a_merge_new_objects_get_numbers_that_theirs_have_not(reopened):
    path, again = reopened
    copy = copy_of(path, "copy.maskwright")
    numbers = at_work(copy, lambda p: [add(p, 2, (200, 200, 250, 250)) for _ in range(3)])
    project = again()
    project.new_ids(0)  # asked before, so what was given out is known by heart
    merged(project, copy)
    assert set(project.load(2).annotations) == {2, *numbers}
    new = add(project, 1, (100, 100, 150, 150))
    assert new not in numbers
    assert len(stored(project)[2]) == 4


def test_a_new_number_for_one_of_theirs_is_no_number_of_another_of_theirs(reopened):
    path, again = reopened
    copy = copy_of(path, "copy.maskwright")
    at_work(path, lambda p: drop(p, 1, add(p, 1, (0, 0, 9, 9))))
    at_work(copy, lambda p: [add(p, n, (200, 200, 250, 250)) for n in (1, 2, 3)])
    project = again()
    merged(project, copy)
    found = stored(project)
    assert [found[n] for n in (1, 2, 3)] == [[(20, 20, 80, 80), (200, 200, 250, 250)]] * 3


def test_two_people_on_copies_of_one_part_lose_nothing(project):
    (part,) = hand_out(project, 1)
    twin = copy_of(part, "twin.maskwright")
    at_work(part, lambda p: add(p, 1, (100, 100, 150, 150)))
    at_work(twin, lambda p: add(p, 2, (200, 200, 250, 250)))
    merged(project, part)
    merged(project, twin)
    found = stored(project)
    assert (100, 100, 150, 150) in found[1]
    assert (200, 200, 250, 250) in found[2]


def test_one_number_given_to_two_images_does_not_mix_their_masks(reopened):
    path, again = reopened
    copy = copy_of(path, "copy.maskwright")

    def draw(name, box):
        def act(p):
            (row,) = p.add_images([path.parent / name], [SIZE])
            add(p, row.id, box)
            return row.id

        return act

    mine = at_work(path, draw("x.png", (0, 0, 9, 9)))
    assert at_work(copy, draw("y.png", (100, 100, 190, 190))) == mine
    project = again()
    assert merged(project, copy).new_images == 1
    rows = {row.file_name: boxes(project, row.id) for row in project.images()}
    assert rows["x.png"] == [(0, 0, 9, 9)]
    assert rows["y.png"] == [(100, 100, 190, 190)]
    at_work(copy, lambda p: add(p, mine, (200, 0, 210, 10)))
    p = Project.open(copy)
    p.set_image(mine, path=path.parent / "moved" / "y.png")  # and its folder goes elsewhere
    p.close()
    assert merged(project, copy).new_images == 0
    rows = {row.file_name: boxes(project, row.id) for row in project.images()}
    assert rows["x.png"] == [(0, 0, 9, 9)]
    assert rows["y.png"] == [(100, 100, 190, 190), (200, 0, 210, 10)]
    assert len(project.images()) == 8


def test_images_that_were_renamed_in_a_part_are_the_same_images(project):
    (part,) = hand_out(project, 1)

    def work(p):
        for row in p.images():
            name = f"renamed_{row.id}.png"
            p.set_image(row.id, path=part.parent / "elsewhere" / name, file_name=name)
        add(p, 3, (100, 100, 150, 150))

    at_work(part, work)
    report = merged(project, part)
    assert (report.new_images, report.images) == (0, [3])
    assert project.image(3).file_name == "night_03.png"


def test_numbers_of_images_from_elsewhere_lead_no_part_out_of_its_range(project):
    first, second = hand_out(project, 2)
    at_work(second, lambda p: add(p, p.add_images([first.parent / "s.png"], [SIZE])[0].id,
                                  (0, 0, 9, 9)))  # fmt: skip
    part = Project.open(first)
    assert merged(part, second).new_images == 1
    (one,) = part.add_images([first.parent / "one.png"], [SIZE])
    pages = part.add_pages(one.id, [1, 2])
    listed = part.add_folder(Listing(first.parent, ["b.png", "c.png"]))
    ids = part.images().ids()
    assert {"b.png", "c.png"} <= {row.file_name for row in part.images()}
    part.close()
    part = Project.open(first)
    (two,) = part.add_images([first.parent / "two.png"], [SIZE])
    found = part.images().ids()
    part.close()
    assert listed == 2
    assert set(found) == {*ids, two.id}
    own = [number for number in sorted(found) if 1_000_000 <= number < 2_000_000]
    assert own == [one.id, *(page.id for page in pages), *own[3:5], two.id]
    assert max(found) >= 2_000_000  # that of the other part


def test_numbers_that_other_hands_gave_are_no_fault_of_the_file(reopened):
    """Checked after merging both ways, and repaired, everybody still gives out their own."""
    path, again = reopened
    project = again()
    parts = hand_out(project, 2, overlap=1.0)
    project.close()
    for part in parts:
        at_work(part, lambda p: add(p, 1, (100, 100, 150, 150), new_class(p)))
    project = again()
    for part in parts:
        merged(project, part)
    project.close()
    for one, other in (parts, parts[::-1], (parts[0], path)):
        at_work(one, lambda p, other=other: merged(p, other))
    for each in (path, *parts):
        assert check(each).findings == []
    assert repair(path).sound
    at_work(path, new_class)
    numbers = [at_work(each, lambda p: add(p, 1, (200, 200, 250, 250))) for each in parts]
    assert 1_000_000 <= numbers[0] < 2_000_000 <= numbers[1] < 3_000_000


def new_class(project):
    """Add a class of things; answers with its number."""
    number = project.taxonomy.next_id
    entry = project.taxonomy.new_class(f"class {project.path.stem} {number}")
    project.add_classes([entry])
    return entry.id
