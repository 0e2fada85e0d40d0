"""What changed since the proposal, pixel by pixel; and the veil over what was not seen."""

import numpy as np
import pytest

from app.canvas.camera import Camera
from app.canvas.changes import ADDED, OTHER, REMOVED, drawn, kinds, sides
from app.canvas.coverage import SHADE, veil
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.seen import Seen
from engine.store.origins import Origin
from engine.store.project_origin import FirstLayer

SIZE = (60, 80)
BOX = (0, 0, 80, 60)
CELL, BOAT, SKY = 2, 3, 4


def box(left, top, right, bottom):
    return Mask.rectangle((left, top, right, bottom))


def thing(number, mask, class_id=CELL, **fields):
    fields = {"source": "deeplab", "order": number} | fields
    return Annotation(id=number, class_id=class_id, mask=mask, **fields)


def found(annotations=(), origins=(), layer=None):
    document = Document(1, SIZE, annotations=annotations, layer=layer)
    return kinds(sides(document.state, origins), BOX, 1)


def test_what_a_file_brought_into_the_class_map_is_nobodys_change():
    came = ClassMap(SIZE)
    came = came.flip(came.change(box(0, 0, 20, 20), SKY))
    now = came.flip(came.change(box(20, 0, 30, 20), SKY))
    now = now.flip(now.change_where(box(0, 0, 5, 20), {SKY}, 0))
    state = Document(1, SIZE, layer=now).state
    seen = kinds(sides(state, (), (SKY,), FirstLayer("import:a", came)), BOX, 1)
    assert (seen[:20, 20:30] == ADDED).all()
    assert (seen[:20, :5] == REMOVED).all()
    assert not seen[:20, 5:20].any()
    forgotten = kinds(sides(state, (), (SKY,), FirstLayer("import:a")), BOX, 1)
    assert not forgotten.any(), "nobody is said to have done what is not known"
    assert (kinds(sides(state, (), (SKY,)), BOX, 1)[:20, 5:30] == ADDED).all()


def cells(image):
    """The pixels of a picture, uint32 (height, width)."""
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    return rows.copy()


def where(array, kind):
    rows, columns = np.nonzero(array == kind)
    if rows.size == 0:
        return None
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, rows.size


def test_what_is_as_it_was_proposed_is_no_change():
    objects = [thing(1, box(0, 0, 10, 10)), thing(2, box(20, 0, 30, 10), proposal=True)]
    assert not found(objects).any()


def test_grown_shrunk_and_moved():
    now = thing(1, box(5, 0, 15, 10), edited=True)
    got = found([now], [Origin(1, CELL, box(0, 0, 10, 10))])
    assert where(got, ADDED) == (10, 0, 15, 10, 50)
    assert where(got, REMOVED) == (0, 0, 5, 10, 50)
    assert where(got, OTHER) is None


def test_drawn_by_hand_rejected_and_renamed():
    objects = [thing(1, box(0, 0, 10, 10), source="person"), thing(3, box(40, 0, 50, 10), BOAT)]
    origins = [Origin(2, CELL, box(20, 0, 30, 10)), Origin(3, CELL, box(40, 0, 50, 10))]
    got = found(objects, origins)
    assert where(got, ADDED) == (0, 0, 10, 10, 100)
    assert where(got, REMOVED) == (20, 0, 30, 10, 100)
    assert where(got, OTHER) == (40, 0, 50, 10, 100)


def test_a_proposal_that_came_back_by_undo_is_no_change():
    waiting = thing(1, box(0, 0, 10, 10), proposal=True)
    assert not found([waiting], [Origin(1, CELL, box(0, 0, 10, 10))]).any()


def test_painted_classes_count_and_objects_lie_above_them():
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(box(0, 0, 20, 10), SKY))
    got = found([thing(1, box(0, 0, 5, 10))], [Origin(9, SKY, box(0, 0, 30, 10))], layer)
    assert where(got, REMOVED) == (20, 0, 30, 10, 100)
    assert where(got, ADDED) is None
    assert where(got, OTHER) is None, "the object was proposed there as well"


def test_of_proposals_too_painted_classes_lie_below():
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(box(0, 0, 20, 10), SKY))
    origins = [Origin(1, CELL, box(0, 0, 5, 10)), Origin(9, SKY, box(0, 0, 20, 10))]
    now = thing(1, box(0, 0, 6, 10), edited=True)
    state = Document(1, SIZE, annotations=[now], layer=layer).state
    got = kinds(sides(state, origins, {SKY}), BOX, 1)
    assert where(got, OTHER) == (5, 0, 6, 10, 10)


def test_nothing_proposed_is_told_apart():
    document = Document(1, SIZE, annotations=[thing(1, box(0, 0, 9, 9), source="person")])
    assert not sides(document.state, []).proposed
    assert sides(document.state, [Origin(2, CELL, box(0, 0, 9, 9))]).proposed


@pytest.mark.parametrize("scale", [0.25, 1.0, 3.0])
def test_it_is_drawn_where_it_is_at_every_zoom(qapp, scale):
    camera = Camera(SIZE, 300, 200).scaled(scale, 0, 0).at(20, 10)
    both = sides(
        Document(1, SIZE, annotations=[thing(1, box(0, 0, 40, 40))]).state,
        [Origin(2, CELL, box(60, 20, 80, 60))],
    )
    rows = cells(drawn(both, camera, 1.0))
    filled = np.argwhere(rows)
    left, top, right, bottom = camera.view_rect((60, 20, 80, 60))
    assert abs(filled[:, 1].min() - left) <= 1
    assert abs(filled[:, 0].min() - top) <= 1
    assert abs(filled[:, 1].max() + 1 - right) <= 1
    assert abs(filled[:, 0].max() + 1 - bottom) <= 1


def test_the_veil_covers_exactly_the_cells_not_seen(qapp):
    seen = Seen((128, 128))
    seen.see((0, 0, 64, 64))
    camera = Camera((128, 128), 300, 300).scaled(2.0, 0, 0).at(10, 20)
    rows = cells(veil(seen, camera, 1.0))
    covered = rows > 0
    expected = np.zeros((300, 300), bool)
    expected[20:276, 10:266] = True
    expected[20:148, 10:138] = False
    assert np.array_equal(covered, expected)
    assert len(np.unique(rows)) == 3, "nothing, shade and hatch: not by colour alone"
    assert (rows[200, 200:210] >> 24 >= SHADE >> 24).all()


def test_the_veil_of_a_large_image_far_out(qapp):
    seen = Seen((60_000, 100_000))
    seen.see((0, 0, 50_000, 60_000))
    camera = Camera((60_000, 100_000), 500, 300).fitted()
    rows = cells(veil(seen, camera, 1.0))
    share = np.count_nonzero(rows) / (camera.scale**2 * 60_000 * 100_000)
    assert share == pytest.approx(0.5, abs=0.02)
