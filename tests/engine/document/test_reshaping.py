import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.annotation import Annotation
from engine.document.document import Document, Status
from engine.document.history import History
from engine.document.reshaping import LABELS, change_of, plan, refuse_all_locked, reshape
from engine.document.taxonomy import BACKGROUND, UNLABELLED, LabelClass, Taxonomy
from engine.errors import EngineError
from engine.masks import morphology
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.raster import disc

SIZE = (200, 300)
PERSON, SKY, ROAD, WALL = 2, 3, 4, 5


def classes(**fields):
    return Taxonomy(
        [
            LabelClass(id=PERSON, name="person", color="#2070EF"),
            LabelClass(id=SKY, name="sky", color="#00EF9F", thing=False, **fields),
            LabelClass(id=ROAD, name="road", color="#AAAAAA", thing=False),
            LabelClass(id=WALL, name="wall", color="#CC9999", thing=False, locked=True),
        ]
    )


def thing(number, mask, **fields):
    return Annotation(id=number, class_id=PERSON, mask=mask, order=number, **fields)


def layered(*boxes):
    values = np.zeros(SIZE, np.uint8)
    for (left, top, right, bottom), value in boxes:
        values[top:bottom, left:right] = value
    return ClassMap.from_array(values)


def made(document, kind, amount, ids=(), areas=(), taxonomy=None, **more):
    change = change_of(kind, amount, SIZE, more.pop("read", None))
    return plan(document.state, SIZE, change, ids, areas, taxonomy or classes(), **more)


def done(document, wanted):
    history = History(document)
    history.do(reshape(document, wanted))
    return history


def test_objects_grow_in_one_step_and_undo_brings_them_back():
    first, second = disc((50, 50), 20, SIZE), disc((100, 60), 20, SIZE)
    document = Document(1, SIZE, annotations=[thing(1, first), thing(2, second)])
    before = document.state
    wanted = made(document, "grow", 8, [1, 2])
    assert document.state is before, "a plan changes nothing"
    history = done(document, wanted)
    assert document.annotations[1].mask.same(morphology.grow(first, 8, SIZE))
    assert document.annotations[2].mask.same(morphology.grow(second, 8, SIZE))
    assert document.status is Status.CORRECTED
    assert wanted.comes[PERSON].same(
        (document.annotations[1].mask - first) | (document.annotations[2].mask - second)
    )
    history.undo()
    assert document.annotations[1].mask.same(first)
    assert document.annotations[2].mask.same(second)
    assert history.undo_label == ""


@pytest.mark.parametrize("kind", LABELS)
def test_every_operation_shows_what_it_will_do(kind):
    rng = np.random.default_rng(1)
    bits = disc((150, 100), 60, SIZE).read((0, 0, 300, 200)) ^ (rng.random(SIZE) < 0.03)
    mask = Mask.from_bits(bits)
    seen = disc((150, 100), 62, SIZE).read((0, 0, 300, 200))
    pixels = np.repeat(np.where(seen, 200, 60).astype(np.uint8)[..., None], 3, 2)
    document = Document(1, SIZE, annotations=[thing(1, mask)])

    def read(box):
        return pixels[box[1] : box[3], box[0] : box[2]]

    wanted = made(document, kind, 3, [1], read=read)
    done(document, wanted)
    after = document.annotations[1].mask
    assert after.same((mask - wanted.goes) | wanted.comes.get(PERSON, Mask.EMPTY))
    assert not after.same(mask)


def test_edges_need_the_picture():
    with pytest.raises(ValueError, match="picture"):
        change_of("edges", 3, SIZE)


def test_what_vanishes_is_counted_and_goes():
    document = Document(1, SIZE, annotations=[thing(1, disc((50, 50), 4, SIZE))])
    wanted = made(document, "shrink", 9, [1])
    assert wanted.vanishing == 1
    history = done(document, wanted)
    assert document.annotations == {}
    history.undo()
    assert 1 in document.annotations


def test_a_proposal_is_accepted_on_top_and_what_a_person_changed_is_counted():
    mask = disc((50, 50), 20, SIZE)
    proposal = thing(7, mask, proposal=True, source="model", score=0.7)
    document = Document(1, SIZE, annotations=[thing(1, mask), proposal])
    done(document, made(document, "grow", 3, [7]))
    after = document.annotations[7]
    assert after.order > document.annotations[1].order
    assert after.edited
    assert after.added == after.mask.area - mask.area
    assert after.removed == 0


@pytest.mark.parametrize("kind", ["grow", "shrink"])
def test_a_proposal_of_a_class_of_areas_is_accepted_as_pixels(kind):
    sky = Annotation(
        id=9, class_id=SKY, mask=disc((60, 60), 20, SIZE), proposal=True, score=0.7, source="m"
    )
    document = Document(1, SIZE, annotations=[sky], layer=layered(((0, 0, 300, 200), ROAD)))
    before = document.state
    history = done(document, made(document, kind, 5, [9]))
    assert document.annotations == {}, "an area is never an object"
    assert document.proposals == {}
    wanted = getattr(morphology, kind)(sky.mask, 5, SIZE)
    assert document.layer.mask(SKY).same(wanted)
    assert document.layer.mask(ROAD).area == 300 * 200 - wanted.area
    history.undo()
    assert document.proposals[9].mask.same(sky.mask)
    assert document.layer.same(before.layer)


def test_locked_objects_and_classes_stay_and_are_counted():
    mask = disc((50, 50), 20, SIZE)
    document = Document(
        1,
        SIZE,
        annotations=[thing(1, mask, locked=True), thing(2, mask)],
        layer=layered(((0, 150, 300, 160), WALL), ((0, 160, 300, 170), SKY)),
    )
    wanted = made(document, "grow", 4, [1, 2], [WALL, SKY])
    assert wanted.locked == 2
    done(document, wanted)
    assert document.annotations[1].mask is mask
    assert document.annotations[2].mask.area > mask.area
    assert document.layer.mask(WALL).same(Mask.rectangle((0, 150, 300, 160)))
    assert document.layer.mask(SKY).same(Mask.rectangle((0, 160, 300, 174)))


def test_all_locked_is_refused_by_name():
    document = Document(1, SIZE, annotations=[thing(1, disc((5, 5), 3, SIZE), locked=True)])
    with pytest.raises(EngineError, match="person is locked"):
        refuse_all_locked(document.state, [1], [], classes())
    with pytest.raises(EngineError, match="wall” is locked"):
        refuse_all_locked(document.state, [], [WALL], classes())
    refuse_all_locked(document.state, [1], [SKY], classes())


def test_areas_grow_over_nothing_and_background_and_shrink_to_unlabelled():
    layer = layered(
        ((0, 0, 300, 50), SKY), ((0, 52, 300, 100), ROAD), ((100, 40, 110, 50), BACKGROUND)
    )
    document = Document(1, SIZE, layer=layer)
    done(document, made(document, "grow", 6, areas=[SKY]))
    sky = document.layer.mask(SKY)
    assert sky.same(Mask.rectangle((0, 0, 300, 52))), "the road stops it"
    document = Document(1, SIZE, layer=layer)
    done(document, made(document, "shrink", 6, areas=[SKY]))
    assert document.layer.mask(SKY).at(50, 43)
    assert document.layer.at(50, 44) == UNLABELLED
    assert document.layer.at(0, 10) == SKY, "the edge of the image is no edge"


def test_of_two_that_grow_together_each_gets_what_is_nearer():
    layer = layered(((0, 0, 100, 200), SKY), ((121, 0, 300, 200), ROAD))
    document = Document(1, SIZE, layer=layer)
    done(document, made(document, "grow", 90, areas=[SKY, ROAD]))
    assert document.layer.mask(SKY).same(Mask.rectangle((0, 0, 111, 200)))
    assert document.layer.mask(ROAD).same(Mask.rectangle((111, 0, 300, 200)))


@given(st.integers(0, 200), st.sampled_from([3, 7]))
def test_parting_equals_distances_pixel_by_pixel(seed, radius):
    rng = np.random.default_rng(seed)
    size = (40, 60)
    values = np.zeros(size, np.uint8)
    for number in (SKY, ROAD):
        for _ in range(3):
            y, x = rng.integers(0, size[0]), rng.integers(0, size[1])
            values[y : y + 4, x : x + 4] = number
    document = Document(1, size, layer=ClassMap.from_array(values))
    change = change_of("grow", radius, size)
    wanted = plan(document.state, size, change, [], [SKY, ROAD], classes())
    History(document).do(reshape(document, wanted))
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    far = []
    for number in (SKY, ROAD):
        ys, xs = np.nonzero(values == number)
        if not ys.size:
            far.append(np.full(size, 10**6))
            continue
        far.append(((rows[..., None] - ys) ** 2 + (columns[..., None] - xs) ** 2).min(-1))
    expected = np.where(far[0] <= far[1], SKY, ROAD)
    expected = np.where(np.minimum(*far) <= radius**2, expected, 0)
    expected = np.where(values > 0, values, expected)
    assert np.array_equal(document.layer.to_array(), expected)


def test_what_one_area_gives_up_another_may_take():
    values = np.zeros(SIZE, np.uint8)
    values[:, :150], values[:, 150:] = SKY, ROAD
    values[90:92, 150:160] = SKY  # a thin tongue
    document = Document(1, SIZE, layer=ClassMap.from_array(values))
    done(document, made(document, "smooth", 5, areas=[SKY, ROAD]))
    assert UNLABELLED not in document.layer.areas()
    assert document.layer.at(156, 91) == ROAD


def test_only_a_box_of_areas_when_asked():
    document = Document(1, SIZE, layer=layered(((0, 0, 300, 50), SKY)))
    wanted = made(document, "grow", 6, areas=[SKY], within=(100, 0, 200, 200))
    assert wanted.comes[SKY].same(Mask.rectangle((100, 50, 200, 56)))
    assert not wanted.goes


def test_limits_are_asked_for_what_comes_and_what_goes():
    mask = disc((150, 100), 40, SIZE)
    document = Document(1, SIZE, annotations=[thing(1, mask)])
    left = Mask.rectangle((0, 0, 150, 200))
    asked = []

    def allow(region, erase):
        asked.append(erase)
        return region & left

    wanted = made(document, "shrink", 5, [1], allow=allow)
    assert set(asked) == {True, False}
    assert wanted.goes
    assert not wanted.goes - left
    nothing = made(document, "shrink", 5, [1], allow=lambda region, erase: Mask.EMPTY)
    assert not nothing
    assert reshape(document, nothing) is None


def test_a_plan_for_another_state_does_nothing():
    document = Document(1, SIZE, annotations=[thing(1, disc((50, 50), 20, SIZE))])
    wanted = made(document, "grow", 3, [1])
    done(document, made(document, "grow", 1, [1]))
    assert reshape(document, wanted) is None


def test_what_check_raises_ends_it():
    def stop():
        raise KeyboardInterrupt

    document = Document(1, SIZE, annotations=[thing(1, disc((50, 50), 20, SIZE))])
    with pytest.raises(KeyboardInterrupt):
        made(document, "grow", 3, [1], check=stop)
