import gc
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from engine.document import edits
from engine.document.document import Status
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project, many

from .conftest import CELL, ROAD, SIZE


def stroke(project, document, history, box, class_id=CELL, **options):
    """One gesture, as the window makes it."""
    point = box[0] + 1, box[1] + 1
    target = edits.press(document, project.taxonomy, class_id, point, **options)
    history.do(edits.paint(document, Mask.rectangle(box), target, False, project.taxonomy))
    return target.annotation


@pytest.fixture
def open_image(project):
    def opened(image_id=1, where=None):
        document = (where or project).load(image_id)
        return document, (where or project).history(document)

    return opened


def test_a_document_is_the_same_one_while_someone_holds_it(project):
    document = project.load(1)
    assert project.load(1) is document
    assert project.history(document) is project.history(document)


def test_every_field_of_an_object_comes_back(project, reopen, thing):
    noise = np.random.default_rng(0).random((300, 280)) > 0.5
    small = replace(
        thing((0, 0, 9, 9)),
        mask=Mask.from_bits(noise, 13, 17),
        order=-7,
        score=0.25,
        source="model-a",
        edited=True,
        crowd=True,
        locked=True,
        hidden=True,
        doubtful=True,
        note="“fünf”",
        coco_id=2**40,
        created=1.5,
        modified=2.5,
        seconds=3.25,
        added=4,
        removed=5,
        extra={"keypoints": [1, 2, None]},
    )
    large = thing((3, 5, 880, 690))
    large = replace(large, mask=large.mask ^ Mask.from_bits(noise, 500, 300), proposal=True)
    empty = replace(thing((0, 0, 1, 1)), mask=Mask.EMPTY)
    layer = ClassMap.from_array((np.arange(SIZE[0] * SIZE[1]) % 700).reshape(SIZE).astype("u2"))
    project.add_annotations(2, [small, large, empty], layer, Status.DONE)
    again = reopen().load(2)
    assert again.layer.same(layer)
    assert again.status is Status.DONE
    for one in (small, large, empty):
        two = again.find(one.id)
        assert one.mask.same(two.mask)
        assert replace(one, mask=Mask.EMPTY) == replace(two, mask=Mask.EMPTY)
    assert set(again.proposals) == {large.id}


def test_undo_goes_on_after_a_restart_and_redo_too(project, reopen, open_image):
    document, history = open_image()
    states = [document.state]
    for n in range(4):
        stroke(project, document, history, (10 * n, 0, 10 * n + 300, 600))
        states.append(document.state)
    history.undo()
    history.undo()
    document, history = open_image(where=reopen())
    assert [step.label for step in history.steps] == ["New cell", "Brush stroke"]
    assert history.redo_label == "Brush stroke"
    assert same(document.state, states[2])
    while history.can_redo:
        history.redo()
    assert same(document.state, states[4])
    for state in reversed(states[:4]):
        history.undo()
        assert same(document.state, state)
    assert not history.can_undo
    document, history = open_image(where=reopen())
    assert same(document.state, states[0])
    assert history.head == 0
    assert history.can_redo


def test_a_new_step_after_undo_forgets_the_rest_in_the_file_too(project, reopen, open_image):
    document, history = open_image()
    for n in range(3):
        stroke(project, document, history, (100 * n, 0, 100 * n + 50, 50))
    history.undo()
    history.undo()
    stroke(project, document, history, (0, 400, 60, 460), ROAD)
    project = reopen()
    document, history = open_image(where=project)
    assert [step.label for step in history.steps] == ["New cell", "Brush stroke"]
    assert not history.can_redo
    history.undo()
    assert document.class_areas() == {0: SIZE[0] * SIZE[1], CELL: 2500}


def test_only_changed_tiles_are_written(project, path, open_image):
    document, history = open_image()
    number = stroke(project, document, history, (0, 0, 900, 700))
    stroke(project, document, history, (0, 0, 900, 700), ROAD)
    project.flush()
    watch = sqlite3.connect(path)
    before = rowids(watch)
    target = edits.press(document, project.taxonomy, CELL, (300, 300), erase=True)
    region = Mask.rectangle((300, 300, 310, 310))
    history.do(edits.paint(document, region, target, True, project.taxonomy))
    stroke(project, document, history, (600, 600, 610, 610), 1)
    project.flush()
    after = rowids(watch)
    watch.close()
    changed = [
        {key for key in after[table] if after[table][key] != before[table].get(key)}
        for table in ("mask_tiles", "layer_tiles")
    ]
    assert changed == [{(number, 1, 1)}, {(2, 2)}]
    assert len(after["mask_tiles"]) == 12


def rowids(db):
    masks = db.execute('SELECT annotation, "row", "column", rowid FROM mask_tiles').fetchall()
    layer = db.execute('SELECT "row", "column", rowid FROM layer_tiles').fetchall()
    return {
        "mask_tiles": {row[:3]: row[3] for row in masks},
        "layer_tiles": {row[:2]: row[2] for row in layer},
    }


def test_an_object_that_grows_and_shrinks_leaves_no_tiles_behind(project, reopen, open_image, path):
    document, history = open_image()
    number = stroke(project, document, history, (0, 0, 20, 20))
    stroke(project, document, history, (0, 0, 900, 700))
    history.undo()
    document, history = open_image(where=reopen())
    assert document.annotations[number].mask.area == 400
    history.redo()
    assert document.annotations[number].mask.area == 630_000
    history.do(edits.delete(document, [number], project.taxonomy))
    last = reopen()
    assert not last.load(1).annotations
    last.close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT COUNT(*) FROM mask_tiles").fetchone() == (0,)
    db.close()


def test_an_object_that_loses_tiles_is_what_it_was_painted_to_be(project, reopen, open_image):
    document, history = open_image()
    number = stroke(project, document, history, (0, 0, 900, 700))
    shapes = [
        Mask.rectangle((0, 0, 900, 700)) - Mask.rectangle((256, 256, 512, 512)),
        Mask.rectangle((10, 10, 40, 40)),
        Mask.rectangle((0, 600, 900, 610)),
        Mask.rectangle((0, 0, 900, 700)),
    ]
    for shape in shapes:
        history.do(edits.set_mask(document, number, shape, project.taxonomy))
        project = reopen()
        document, history = open_image(where=project)
        assert document.annotations[number].mask.same(shape)


def test_nobody_trips_over_many_steps_in_one_transaction(project, open_image, caplog):
    document, history = open_image()
    with project._store.writer.paused():
        for n in range(3):
            stroke(project, document, history, (10 * n, 0, 10 * n + 30, 50))
    project.flush()
    assert project._documents._unsaved == {}
    assert caplog.text == ""


def test_journals_hold_no_pixels_they_need_not(project, path, open_image, thing):
    found = [thing((n, 0, n + 50, 600), proposal=True) for n in range(200)]
    project.set_proposals(1, found)
    document, history = open_image()
    history.do(edits.accept(document, list(document.proposals), project.taxonomy))
    project.flush()
    db = sqlite3.connect(path)
    size = db.execute("SELECT SUM(size) FROM journal WHERE image = 1").fetchone()[0]
    db.close()
    assert size < 200 * 200


def test_proposals_of_an_image_nobody_has_open(project, reopen, thing):
    project.add_annotations(2, [thing((0, 0, 100, 100))])
    kept = project.set_proposals(2, [thing((0, 0, 100, 99)), thing((200, 200, 300, 300))])
    assert len(kept) == 1
    gc.collect()
    again = reopen()
    assert [p.mask.box for p in again.load(2).proposals.values()] == [(200, 200, 300, 300)]
    assert again.image(2).status is Status.PROPOSED


def test_proposals_of_the_open_image_reach_its_views(project, thing):
    document = project.load(1)
    heard = []
    document.subscribers.append(heard.append)
    project.set_proposals(1, [thing((0, 0, 9, 9))])
    assert [change.what for change in heard] == [{"proposals", "objects", "status"}]
    assert len(document.proposals) == 1


def test_ids_are_never_given_twice_even_after_a_restart(project, reopen, open_image):
    document, history = open_image()
    number = stroke(project, document, history, (0, 0, 20, 20))
    history.do(edits.delete(document, [number], project.taxonomy))
    again = reopen()
    document, history = open_image(where=again)
    other = stroke(again, document, history, (0, 0, 20, 20))
    assert other > number
    history.undo()
    history.undo()
    assert set(document.annotations) == {number}


def test_old_steps_go_when_the_image_is_closed(project, reopen, open_image):
    project.set_setting("undo.steps", 5)
    document, history = open_image()
    for n in range(9):
        stroke(project, document, history, (100 * n, 0, 100 * n + 50, 50))
    assert len(history.steps) == 9
    history.close()
    document, history = open_image(where=reopen())
    assert [step.number for step in history.steps] == [5, 6, 7, 8, 9]
    while history.can_undo:
        history.undo()
    assert document.class_areas()[CELL] == 4 * 2500


def test_the_oldest_steps_of_other_images_go_when_there_are_too_many_bytes(
    project, open_image, reopen
):
    noise = np.random.default_rng(0).random((500, 500)) > 0.5

    def busy(image_id, times):
        document, history = open_image(image_id)
        target = edits.press(document, project.taxonomy, CELL, (0, 0))
        for n in range(times):
            region = Mask.from_bits(noise, n, n)
            history.do(edits.paint(document, region, target, False, project.taxonomy))
        return document, history

    held, old = busy(1, 1), busy(2, 2)
    del old
    gc.collect()
    project.flush()
    project.set_setting("undo.bytes", 100_000)
    document, history = busy(3, 2)
    history.close()
    del document, history
    gc.collect()
    again = reopen()
    counts = [len(again.history(again.load(n)).steps) for n in (1, 2, 3)]
    assert counts[:2] == [1, 0], "the open image keeps its steps, the oldest others go first"
    assert 0 < counts[2] <= 2
    del held


def test_an_import_keeps_the_history_good(project, reopen, open_image, thing):
    document, history = open_image()
    mine = stroke(project, document, history, (0, 0, 50, 50))
    brought = thing((100, 100, 600, 650), coco_id=77)
    project.add_annotations(1, [brought])
    document, history = open_image(where=reopen())
    assert set(document.annotations) == {mine, brought.id}
    history.undo()
    assert set(document.annotations) == {brought.id}
    layer = ClassMap.from_array(np.full(SIZE, ROAD, np.uint8))
    project = reopen()
    with pytest.raises(EngineError, match=r"night_1\.png has been worked on"):
        project.add_annotations(1, layer=layer)
    project.add_annotations(2, layer=layer)
    assert reopen().load(2).class_areas() == {ROAD: SIZE[0] * SIZE[1]}


def test_many_changes_are_one_transaction(project, path, thing):
    project.flush()
    watch = sqlite3.connect(path)
    seen = []
    with project.together():
        for image_id in (1, 2, 3):
            project.set_proposals(image_id, [thing((0, 0, 9, 9))])
            seen.append(watch.execute("SELECT COUNT(*) FROM annotations").fetchone()[0])
    project.flush()
    assert seen == [0, 0, 0]
    assert watch.execute("SELECT COUNT(*) FROM annotations").fetchone() == (3,)
    watch.close()


def test_documents_stream_from_one_snapshot(project, thing):
    for image_id in (1, 2, 3):
        project.add_annotations(image_id, [thing((0, 0, 9, 9))])
    stream = project.iter_documents()
    first = next(stream)
    project.add_annotations(3, [thing((20, 20, 30, 30))])
    project.flush()
    rest = list(stream)
    assert [d.image_id for d in (first, *rest)] == [1, 2, 3]
    assert len(rest[1].annotations) == 1, "as it was when the stream began"
    assert rest[1] is not project.load(3)
    assert len(project.load(3).annotations) == 2
    assert [d.image_id for d in project.iter_documents([3, 1])] == [3, 1]


def test_a_closed_image_that_is_not_on_the_disk_yet_is_still_itself(project, open_image):
    blocker = project._store.writer.paused()
    with blocker:
        document, history = open_image()
        stroke(project, document, history, (0, 0, 50, 50))
        del document, history
        gc.collect()
        document, history = open_image()
        assert len(document.annotations) == 1
        assert history.can_undo
    project.flush()


def same(one, two):
    return (
        one.annotations.keys() == two.annotations.keys()
        and all(a.mask.same(two.annotations[n].mask) for n, a in one.annotations.items())
        and one.layer.same(two.layer)
        and one.status is two.status
    )


def test_a_document_with_damaged_rows_says_so(project, path, thing):
    project.add_annotations(1, [thing((0, 0, 9, 9)), thing((0, 0, 900, 700))])
    project.close()
    damages = [
        "UPDATE annotations SET mask = x'0102030405'",
        "UPDATE mask_tiles SET bits = x'01' WHERE rowid = (SELECT MIN(rowid) FROM mask_tiles)",
        "DELETE FROM mask_tiles",
        'UPDATE mask_tiles SET "column" = "column" + 900',
        "UPDATE annotations SET extra = '[1'",
        "UPDATE images SET height = 5",
        "INSERT INTO layer_tiles VALUES (1, 0, 0, ',4,', x'0104')",
    ]
    whole = path.read_bytes()
    for damage in damages:
        path.write_bytes(whole)
        db = sqlite3.connect(path)
        db.execute(damage)
        db.commit()
        db.close()
        again = Project.open(path)
        if "extra" in damage:
            assert len(again.load(1).annotations) == 2
        else:
            with pytest.raises(EngineError):
                again.load(1)
        again.close()


# -- what an import brings to images that hold nothing


def brought(project, thing, box=(5, 5, 40, 30)):
    annotation = thing(box)
    return [annotation], [codec.to_bytes(annotation.mask)]


def fill(project, image_id, annotations, stored, status=Status.DONE, layer=None):
    layer = ClassMap(SIZE) if layer is None else layer
    return project.add_to_new(image_id, annotations, stored, layer, status)


@pytest.mark.parametrize("box", [(5, 5, 40, 30), (0, 0, 700, 600)], ids=["small", "tiled"])
def test_a_blank_image_takes_stored_masks_as_they_are(project, reopen, thing, box):
    layer = ClassMap(SIZE).flip(ClassMap(SIZE).change(Mask.rectangle((0, 0, 300, 300)), ROAD))
    project.find_blank([1, 2])
    annotations, stored = brought(project, thing, box)
    assert fill(project, 1, annotations, stored, layer=layer)
    assert (project.image(1).status, project.image(1).objects) == (Status.DONE, 1)
    document = project.load(1)  # before or after the writer came to it
    assert document.annotations[annotations[0].id].mask.same(Mask.rectangle(box))
    again = reopen().load(1)
    assert again.annotations[annotations[0].id].mask.same(Mask.rectangle(box))
    assert again.layer.same(layer)
    assert again.status is Status.DONE


def test_an_image_takes_them_once_and_only_when_it_was_asked_about(project, thing):
    annotations, stored = brought(project, thing)
    assert not fill(project, 1, annotations, stored)
    project.find_blank([1])
    assert fill(project, 1, annotations, stored)
    assert not fill(project, 1, *brought(project, thing))
    project.find_blank([1])  # on its way to the file, perhaps
    assert not fill(project, 1, *brought(project, thing))
    project.flush()
    project.find_blank([1])
    assert not fill(project, 1, *brought(project, thing))
    assert len(project.annotations(1)) == 1


def test_an_image_that_is_open_or_was_painted_on_meanwhile_is_not_blank(project, open_image, thing):
    project.find_blank([1, 2, 3])
    document, history = open_image(1)
    assert not fill(project, 1, *brought(project, thing))
    stroke(project, document, history, (100, 100, 120, 120))
    del document, history
    gc.collect()
    project.flush()
    assert not fill(project, 1, *brought(project, thing))
    document, history = open_image(2)
    stroke(project, document, history, (100, 100, 120, 120))
    history.undo()
    del document, history
    gc.collect()
    project.flush()
    project.find_blank([2])
    assert not fill(project, 2, *brought(project, thing))
    assert fill(project, 3, *brought(project, thing)) is False
    project.find_blank([3])
    assert fill(project, 3, *brought(project, thing))


def test_many_images_are_read_in_groups_as_one_by_one(project, thing, monkeypatch):
    monkeypatch.setattr(many, "TOGETHER", 2)
    layer = ClassMap(SIZE).flip(ClassMap(SIZE).change(Mask.rectangle((0, 0, 300, 300)), ROAD))
    project.add_annotations(1, [thing((0, 0, 600, 600)), thing((3, 3, 9, 9))], layer)
    project.add_annotations(3, [thing((1, 1, 2, 2))], status=Status.DONE)
    project.flush()
    for wanted, found in zip(
        [project.load(n) for n in (3, 1, 2, 1)], project.iter_documents([3, 1, 2, 1]), strict=True
    ):
        assert found.image_id == wanted.image_id
        assert found.status is wanted.status
        assert found.layer.same(wanted.layer)
        assert found.annotations.keys() == wanted.annotations.keys()
        for key, each in found.annotations.items():
            assert each.mask.same(wanted.annotations[key].mask)
    layers = dict(project.iter_layers([1, 2, 3]))
    assert layers[1].same(layer)
    assert layers[2] is layers[3]
    assert project.mixed_layers({1: SIZE, 2: SIZE}) == {1, 2}
