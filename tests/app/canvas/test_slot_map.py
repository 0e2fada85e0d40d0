import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.canvas import slot_map
from app.canvas.camera import Camera
from app.canvas.resample import Mapping, pick
from app.canvas.slot_map import SlotMap, sample
from engine.masks.box import intersect
from engine.masks.class_map import ClassMap
from engine.masks.flatten import slots
from engine.masks.mask import Mask
from engine.masks.raster import disc, polygon

SIZE = (700, 1300)


def flattened(slots, size=SIZE, layer=None, classes=()):
    """The slow way: slot by slot over the whole image."""
    out = np.zeros(size, np.uint16)
    if layer is not None:
        below = layer.to_array()
        for class_id, slot in classes:
            out[below == class_id] = slot
    for slot, mask in slots:
        out[mask.read((0, 0, size[1], size[0]))] = slot
    return out


def filled(slots, layer=None, classes=()):
    made = SlotMap()
    made.clear(SIZE, layer or ClassMap(SIZE))
    for class_id, slot in classes:
        made.set_class_slot(class_id, slot)
    for slot, mask in slots:
        made.put(slot, mask)
    made.set_order(slot for slot, _ in slots)
    return made


WHOLE = Camera(SIZE, SIZE[1], SIZE[0])
FRAME = (0, 0, SIZE[1], SIZE[0])
THREE = [
    (1, disc((400, 300), 250, SIZE)),
    (2, disc((520, 330), 80, SIZE)),
    (3, polygon([(500, 0), (1290, 600), (900, 690)], SIZE)),
]


def test_the_topmost_object_is_seen():
    assert np.array_equal(filled(THREE).cut(FRAME, WHOLE), flattened(THREE))


def test_classes_painted_as_pixels_lie_below():
    values = np.zeros(SIZE, np.uint8)
    values[100:500, 200:1100] = 7
    values[300:, :400] = 9
    layer = ClassMap.from_array(values)
    classes = [(7, 5), (9, 6)]
    made = filled(THREE, layer, classes)
    assert np.array_equal(made.cut(FRAME, WHOLE), flattened(THREE, SIZE, layer, classes))
    made.set_class_slot(7, 0)
    made.touch(None)
    assert not (made.cut(FRAME, WHOLE) == 5).any()


@given(st.integers(0, 1100), st.integers(0, 600), st.integers(1, 200), st.integers(1, 100))
def test_any_part_is_that_part_of_the_whole(x, y, width, height):
    rect = (x, y, min(SIZE[1], x + width), min(SIZE[0], y + height))
    part = filled(THREE).cut(rect, WHOLE)
    assert np.array_equal(part, flattened(THREE)[rect[1] : rect[3], rect[0] : rect[2]])


def test_touching_a_box_renews_that_box_in_every_level_kept():
    made = filled(THREE)
    half = Camera(SIZE, 650, 350, 0.5)
    made.cut(FRAME, WHOLE), made.cut((0, 0, 650, 350), half)
    moved = disc((600, 500), 60, SIZE)
    boxes = [THREE[1][1].box, moved.box]
    made.put(2, moved)
    for box in boxes:
        made.touch(box)
    now = [THREE[0], (2, moved), THREE[2]]
    assert np.array_equal(made.cut(FRAME, WHOLE), flattened(now))
    assert np.array_equal(made.cut((0, 0, 650, 350), half), filled(now).cut((0, 0, 650, 350), half))


def test_far_away_thin_objects_stay_visible():
    line = Mask.rectangle((10, 333, 1200, 334))
    made = filled([(4, line)])
    camera = Camera(SIZE, 163, 88, 0.125)
    seen = made.cut((0, 0, 162, 87), camera)
    assert (seen == 4).sum() > 140


def test_close_up_each_pixel_is_a_square():
    made = filled([(4, Mask.rectangle((10, 10, 11, 12)))])
    camera = Camera(SIZE, 200, 200, 8.0, -40, -40)
    seen = made.cut((0, 0, 200, 200), camera)
    assert (seen == 4).sum() == 8 * 16
    assert (seen[40:56, 40:48] == 4).all()


def test_what_lies_under_a_pixel_topmost_first():
    made = filled(THREE)
    assert made.under(520, 330) == [2, 1]
    assert made.under(1299, 0) == []
    made.remove(2)
    assert made.under(520, 330) == [1]


def test_sampling_a_class_map_takes_the_middle_pixel():
    values = np.random.default_rng(0).integers(0, 5, (600, 520)).astype(np.uint8)
    layer = ClassMap.from_array(values)
    got = sample(layer, (0, 0, 520, 600), 4)
    wanted = np.pad(values, ((0, 8), (0, 8)))[2::4, 2::4][:150, :130]
    assert np.array_equal(got, wanted)
    assert np.array_equal(sample(layer, (40, 80, 300, 400), 1), values[80:400, 40:300])


cameras = st.sampled_from(
    [
        (WHOLE, FRAME),
        (WHOLE, (300, 200, 900, 600)),
        (Camera(SIZE, 650, 350, 0.5), (0, 0, 650, 350)),
        (Camera(SIZE, 326, 176, 0.25), (0, 0, 325, 175)),
        (Camera(SIZE, 500, 400, 3.0, -900, -500), (0, 0, 500, 400)),
    ]
)
changes = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 1299), st.integers(0, 699), st.integers(0, 130)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(st.lists(st.tuples(changes, cameras), min_size=1, max_size=5))
def test_tiles_that_catch_up_later_are_right_when_they_are_looked_at(rounds):
    made, there = filled(THREE), dict(THREE)
    made.cut(FRAME, WHOLE)
    for round_, (camera, rect) in rounds:
        for slot, x, y, radius in round_:
            before = there.pop(slot, None)
            if before is not None:
                made.touch(before.box)
                made.remove(slot)
            if radius:
                there[slot] = disc((x, y), radius, SIZE)
                made.put(slot, there[slot])
                made.touch(there[slot].box)
        made.set_order(sorted(there))
        got = made.cut(rect, camera).copy()
        assert np.array_equal(got, filled(sorted(there.items())).cut(rect, camera))


def test_a_drawn_pixel_that_only_touches_what_changed_keeps_its_neighbours():
    """Two objects share a coarse pixel: taking one away must leave the other there."""
    left, right = Mask.rectangle((0, 0, 101, 50)), Mask.rectangle((101, 0, 140, 50))
    made, half = filled([(1, left), (2, right)]), Camera(SIZE, 650, 350, 0.5)
    made.cut((0, 0, 650, 350), half)
    made.remove(1)
    made.touch(left.box)
    seen = made.cut((0, 0, 650, 350), half)
    assert (seen[:25, 50:70] == 2).all()
    assert (seen[:25, :50] == 0).all()


def test_more_changes_than_are_remembered_draw_the_tile_anew(monkeypatch):
    monkeypatch.setattr(slot_map, "_TOUCHED", 10)
    made = filled(THREE)
    made.cut(FRAME, WHOLE)
    for k in range(33):
        mask = disc((40 * k, 300), 12, SIZE)
        made.put(10 + k, mask)
        made.touch(mask.box)
        made.set_order([1, 2, 3, *range(10, 11 + k)])
    now = [*THREE, *((10 + k, disc((40 * k, 300), 12, SIZE)) for k in range(33))]
    assert np.array_equal(made.cut(FRAME, WHOLE), flattened(now))


def test_scattered_changes_of_a_tile_are_drawn_apart(monkeypatch):
    made, boxes = filled(THREE), []
    made.cut(FRAME, WHOLE)
    renew = made._renew
    monkeypatch.setattr(
        made,
        "_renew",
        lambda tile, corner, news, *rest: (boxes.extend(news), renew(tile, corner, news, *rest)),
    )
    corners = [(10, 10, 30, 30), (400, 10, 420, 30), (10, 400, 30, 420)]
    for box in corners:
        made.touch(box)
    made.cut((0, 0, 512, 512), WHOLE)
    assert boxes == corners


@given(
    st.floats(0.03, 7),
    st.floats(-3000, 200),
    st.floats(-2000, 200),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_every_screen_pixel_shows_the_slot_under_its_middle(scale, left, top, cut_x, cut_y):
    camera = Camera(SIZE, 400, 300, scale).at(left, top)
    frame = intersect(camera.image_rect, (cut_x, cut_y, 400, 300))
    if frame is None:
        return
    step = 1 << min(camera.level, 8)
    level = slots(THREE, FRAME, step)
    columns = Mapping(frame[0], frame[2], camera.left, camera.scale * step, level.shape[1])
    rows = Mapping(frame[1], frame[3], camera.top, camera.scale * step, level.shape[0])
    expected = pick(level[rows.first : rows.last, columns.first : columns.last], columns, rows)
    assert np.array_equal(filled(THREE).cut(frame, camera), expected)


def test_the_last_pixel_of_a_level_is_shown_twice_rather_than_the_next_tile():
    """Screen pixels past the edge of a level, by rounding up, show its last pixel."""
    mask = Mask.rectangle((0, 0, SIZE[1], SIZE[0]))
    camera = Camera(SIZE, 400, 300, 0.13, 0.6, 0.7)
    frame = camera.image_rect
    assert (filled([(1, mask)]).cut(frame, camera) == 1).all()
