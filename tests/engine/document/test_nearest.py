"""Gaps given to what lies nearest."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document import claims, nearest
from engine.document.annotation import Annotation
from engine.document.commands import Replace, SetStatus
from engine.document.document import Document, Status
from engine.document.history import History
from engine.document.painting import flip_layer
from engine.document.taxonomy import BACKGROUND, Taxonomy
from engine.masks.class_map import ClassMap
from engine.masks.components import components
from engine.masks.mask import Mask
from tests.engine.document.conftest import ROAD


def fill(document, history, taxonomy, **how):
    found = nearest.fill_gaps(document, taxonomy, **how)
    history.do(found.command)
    return found


def labelled(document, region, class_id):
    flip_layer(document.layer, document.layer.change(region, class_id), "").apply(document)


def nobody(document, taxonomy):
    return claims.unclaimed(claims.takers(document, taxonomy), document.layer)


@pytest.fixture
def slit(document, add):
    """Two objects with four columns of nobody between them, all else background."""
    left, right = add((10, 10, 50, 60), order=0), add((54, 10, 90, 60), order=1)
    rest = Mask.rectangle((0, 0, 600, 400)) - Mask.rectangle((10, 10, 90, 60))
    labelled(document, rest, BACKGROUND)
    return left, right


def test_a_slit_is_shared_out_down_the_middle(document, history, taxonomy, slit):
    left, right = slit
    SetStatus(document.status, Status.DONE, "").apply(document)
    found = fill(document, history, taxonomy)
    assert (found.pixels, found.locked, found.large) == (4 * 50, 0, 0)
    assert not nobody(document, taxonomy)
    # The corners of the slit lie as near to the background.
    assert document.find(left).mask.box == (10, 10, 52, 60)
    assert document.find(right).mask.box == (52, 10, 90, 60)
    assert document.status is Status.DONE
    history.undo()
    assert nobody(document, taxonomy).area == 4 * 50


def test_only_gaps_up_to_a_size_and_within_a_region(document, history, taxonomy, slit):
    assert nearest.fill_gaps(document, taxonomy, most=199) == (None, 0, 0, 1)
    part = Mask.rectangle((50, 30, 51, 40))
    assert fill(document, history, taxonomy, region=part).pixels == 10
    assert nobody(document, taxonomy).area == 190


def test_what_is_locked_takes_nothing(document, history, taxonomy, slit):
    left, right = slit
    old = document.find(left)
    Replace((old,), (replace(old, locked=True),), "").apply(document)
    found = fill(document, history, taxonomy)
    assert found.locked == nobody(document, taxonomy).area > 90
    assert document.find(right).mask.area > 36 * 50


def test_areas_take_their_side(document, history, taxonomy, add):
    add((10, 10, 50, 60))
    rest = Mask.rectangle((0, 0, 600, 400)) - Mask.rectangle((10, 10, 56, 60))
    labelled(document, rest, ROAD)
    before = document.layer.mask(ROAD).area
    fill(document, history, taxonomy)
    assert not nobody(document, taxonomy)
    assert document.layer.mask(ROAD).area > before


def test_an_image_of_nobody_stays_as_it_is(document, taxonomy):
    assert nearest.fill_gaps(document, taxonomy, most=None).command is None


def test_a_gap_of_many_blocks_is_one_to_the_eye(document, history, taxonomy, add, monkeypatch):
    left, right = add((0, 0, 10, 400)), add((590, 0, 600, 400))
    monkeypatch.setattr(nearest, "_BLOCK", 64)
    fill(document, history, taxonomy, most=None)
    assert document.find(left).mask.same(Mask.rectangle((0, 0, 300, 400)))
    assert document.find(right).mask.same(Mask.rectangle((300, 0, 600, 400)))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_each_pixel_goes_to_one_that_is_nearest_and_is_joined_to_it(seed):
    rng = np.random.default_rng(seed)
    taxonomy = Taxonomy()
    taxonomy = taxonomy.with_(taxonomy.new_class("cell"))
    document = Document(1, (24, 30))
    owners = np.zeros((24, 30), int)
    for number in range(1, 4):
        x, y = rng.integers(0, 24), rng.integers(0, 18)
        owners[y : y + rng.integers(2, 6), x : x + rng.integers(2, 6)] = number
    numbers = [k for k in (1, 2, 3) if (owners == k).any()]
    document.take_in(
        Annotation(id=k, class_id=2, mask=Mask.from_bits(owners == k), order=k) for k in numbers
    )
    filled = nearest.fill_gaps(document, taxonomy, most=None)
    History(document).do(filled.command)
    after = np.zeros_like(owners)
    for k in numbers:
        mask = document.find(k).mask
        assert not after[mask.read((0, 0, 30, 24))].any(), "one owner"
        after[mask.read((0, 0, 30, 24))] = k
        assert len(components(mask)) <= len(components(Mask.from_bits(owners == k)))
    assert after.all()
    distance = {k: _distance(owners == k) for k in numbers}
    least = np.min(list(distance.values()), axis=0)
    for k in numbers:
        mine = after == k
        assert (distance[k][mine] <= least[mine] * 1.03 + 0.5).all()


def _distance(bits):
    rows, columns = np.nonzero(bits)
    y, x = np.mgrid[: bits.shape[0], : bits.shape[1]]
    return np.sqrt((y[..., None] - rows) ** 2 + (x[..., None] - columns) ** 2).min(-1)


def test_gaps_are_found_with_what_they_touch(document, taxonomy, slit):
    found = claims.contest(claims.takers(document, taxonomy), document.layer)
    [gap] = found.gaps
    assert gap.pixels.area == 4 * 50
    assert set(gap.objects) == set(slit)


def test_the_smallest_gap_comes_first_and_one_beside_nothing_not_at_all():
    cells = [
        Annotation(id=1, class_id=2, mask=Mask.rectangle((0, 0, 10, 20))),
        Annotation(
            id=2, class_id=2, mask=Mask.rectangle((12, 0, 30, 20)) - Mask.rectangle((20, 5, 21, 6))
        ),
    ]
    layer = ClassMap((40, 40))
    layer = layer.flip(layer.change(Mask.rectangle((0, 20, 40, 30)), BACKGROUND))
    found = claims.contest(cells, layer)
    assert [(gap.pixels.area, gap.objects) for gap in found.gaps] == [
        (1, (2,)),
        (40, (1, 2)),
        (200, (2,)),
    ]
