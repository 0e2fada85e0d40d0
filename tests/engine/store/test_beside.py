"""What a project keeps beside the annotations: proposals as models made them, and what was seen."""

import sqlite3
import zlib

import numpy as np
import pytest

from engine.document import edits
from engine.document.targets import Target
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.masks.seen import Seen
from engine.store import Project
from tests.engine.store.conftest import NUCLEUS, ROAD, SIZE
from tests.engine.store.versions import unpack

BOX = (10, 10, 60, 40)


@pytest.fixture
def work(project, thing):
    """An image with proposals, its document and history."""

    class Work:
        image = project.images()[0].id
        document = project.load(image)
        history = project.history(document)

        def propose(self, *boxes, **fields):
            made = [thing(box, source="deeplab", proposal=True, **fields) for box in boxes]
            project.set_proposals(self.image, made)
            return [each.id for each in made]

        def do(self, make, *given, **fields):
            self.history.do(make(self.document, *given, project.taxonomy, **fields))

        def origins(self, of=project):
            found = of.origins(self.image, SIZE)
            return {each.annotation: (each.class_id, each.mask.box) for each in found}

    return Work()


def test_what_waits_or_was_accepted_as_it_was_is_its_own_origin(work):
    one, _other = work.propose(BOX, (100, 100, 150, 150))
    assert work.origins() == {}
    work.do(edits.accept, [one])
    assert work.origins() == {}


def test_the_first_change_of_pixels_leaves_a_copy(work):
    (number,) = work.propose(BOX)
    work.do(edits.set_mask, number, Mask.rectangle((10, 10, 90, 40)))
    assert work.origins() == {number: (2, BOX)}
    work.do(edits.set_mask, number, Mask.rectangle((10, 10, 20, 20)))
    assert work.origins() == {number: (2, BOX)}, "the first copy stays"


def test_rejecting_deleting_renaming_and_merging_leave_copies(work):
    boxes = [(10 + 60 * n, 10, 50 + 60 * n, 50) for n in range(5)]
    gone, deleted, renamed, first, second = work.propose(*boxes)
    work.history.do(edits.reject(work.document, [gone]))
    work.do(edits.accept, [deleted, renamed, first, second])
    work.do(edits.delete, [deleted])
    work.do(edits.change_class, [renamed], NUCLEUS)
    work.do(edits.merge, [first, second])
    numbers = (gone, deleted, renamed, first, second)
    assert work.origins() == {n: (2, box) for n, box in zip(numbers, boxes, strict=True)}


def test_undo_and_redo_change_nothing_here(work):
    (number,) = work.propose(BOX)
    work.do(edits.set_mask, number, Mask.rectangle((10, 10, 90, 40)))
    before = work.origins()
    for _ in range(2):
        work.history.undo()
        assert work.origins() == before
        work.history.redo()
        assert work.origins() == before


def test_stuff_that_is_accepted_or_painted_over_leaves_a_copy(work):
    one, other = work.propose(BOX, (100, 100, 150, 150), class_id=ROAD)
    work.do(edits.accept, [one])
    assert work.origins() == {one: (ROAD, BOX)}
    target = Target(class_id=ROAD, annotation=None, new=True, stuff=True)
    work.do(edits.paint, Mask.rectangle((140, 100, 160, 110)), target, False)
    assert work.origins()[other] == (ROAD, (100, 100, 150, 150))


def test_what_a_person_drew_and_what_a_new_prediction_replaces_leave_none(work, thing, project):
    work.propose(BOX)
    work.propose((200, 200, 220, 220))
    project.add_annotations(work.image, [thing((300, 300, 320, 320))])
    (mine,) = work.document.annotations
    work.do(edits.set_mask, mine, Mask.rectangle((300, 300, 330, 320)))
    assert work.origins() == {}


def test_a_restart_keeps_it_and_a_removed_image_takes_it_along(work, reopen):
    (number,) = work.propose((10, 10, 800, 600))
    work.do(edits.set_mask, number, Mask.rectangle(BOX))
    again = reopen()
    assert work.origins(again) == {number: (2, (10, 10, 800, 600))}
    again.set_seen(work.image, looked((0, 0, 300, 300)))
    again.remove_images([work.image])
    again.flush()
    db = sqlite3.connect(again.path)
    for table in ("origins", "seen"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    db.close()


def test_what_waits_for_the_writer_is_asked_for_as_well(work, project):
    (number,) = work.propose(BOX)
    work.do(edits.set_mask, number, Mask.rectangle((10, 10, 90, 40)))
    assert number in {each.annotation for each in project.origins(work.image, SIZE)}


# -- seen ------------------------------------------------------------------------------------


def looked(*boxes):
    seen = Seen(SIZE)
    for box in boxes:
        seen.see(box)
    return seen


def test_what_was_seen_outlives_the_program(project, reopen):
    image = project.images()[0].id
    assert project.seen(image, SIZE).count == 0
    seen = looked((0, 0, 300, 300), (500, 400, 900, 700))
    project.set_seen(image, seen)
    again = reopen()
    kept = again.seen(image, SIZE)
    assert np.array_equal(kept.cells, seen.cells)
    assert kept.count == seen.count
    assert again.seen(project.images()[1].id, SIZE).count == 0


def edit(path, statement, *values):
    db = sqlite3.connect(path)
    db.execute(statement, values)
    db.commit()
    db.close()


@pytest.mark.parametrize(
    ("side", "blob"),
    [(32, b"junk"), (0, zlib.compress(b"x")), (32, zlib.compress(b"x"))],
)
def test_damaged_cells_are_refused_with_a_sentence(project, path, side, blob):
    image = project.images()[0].id
    project.flush()
    edit(path, "INSERT INTO seen VALUES (?, ?, ?)", image, side, blob)
    with pytest.raises(EngineError, match="seen is damaged"):
        project.seen(image, SIZE)


def test_a_blob_that_would_grow_without_end_is_cut_off(project, path):
    image = project.images()[0].id
    project.flush()
    bomb = zlib.compress(bytes(50_000_000))
    edit(path, "INSERT INTO seen VALUES (?, ?, ?)", image, 32, bomb)
    assert project.seen(image, SIZE).count == 0


def test_cells_of_another_side_are_taken_over(project, path):
    image = project.images()[0].id
    project.flush()
    cells = np.zeros((11, 15), bool)  # of 64 pixels
    cells[0, 0] = True
    blob = zlib.compress(np.packbits(cells).tobytes())
    edit(path, "INSERT INTO seen VALUES (?, ?, ?)", image, 64, blob)
    assert project.seen(image, SIZE).count == 4


def test_damaged_origins_are_refused_with_a_sentence(project, path):
    image = project.images()[0].id
    project.flush()
    edit(path, "INSERT INTO origins VALUES (1, ?, 2, ?, 'm')", image, b"junk")
    with pytest.raises(EngineError, match="had proposed for image"):
        project.origins(image, SIZE)


def test_a_file_of_an_older_version_that_is_only_read_has_none(path):
    unpack(2, path)
    size = (700, 900)
    old = Project.open(path, read_only=True)
    assert old.origins(1, size) == []
    assert old.seen(1, size).count == 0
    with pytest.raises(EngineError):
        old.set_seen(1, looked())
    old.close()
    new = Project.open(path)
    new.set_seen(1, looked((0, 0, 99, 99)))
    new.flush()
    assert new.seen(1, size).count > 0
    new.close()
