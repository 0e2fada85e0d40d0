import numpy as np
import pytest

from engine.document.labels import IGNORED, label_image
from engine.document.taxonomy import BACKGROUND
from engine.masks.mask import Mask

CELL, NUCLEUS, ROAD, SKY = 2, 3, 4, 5


def paint(document, class_id, *box):
    document.flip_layer(document.layer.change(Mask.rectangle(box), class_id))


def test_things_above_stuff_and_unlabelled_ignored(document, add):
    paint(document, ROAD, 0, 0, 300, 400)
    paint(document, BACKGROUND, 300, 0, 600, 200)
    add((100, 0, 200, 100), CELL, order=1)
    add((150, 0, 400, 50), NUCLEUS)
    add((0, 300, 600, 400), proposal=True)
    found = label_image(document, [BACKGROUND, ROAD, CELL, NUCLEUS])
    expected = np.full((400, 600), IGNORED, np.uint8)
    expected[:, :300] = 1
    expected[:200, 300:] = 0
    expected[:50, 150:400] = 3
    expected[:100, 100:200] = 2
    assert found.dtype == np.uint8
    assert np.array_equal(found, expected)


def test_classes_not_asked_for_are_ignored_not_shown_through(document, add):
    paint(document, ROAD, 0, 0, 600, 400)
    add((0, 0, 10, 10), CELL)
    found = label_image(document.state, [ROAD])
    assert np.unique(found[:10, :10]).tolist() == [IGNORED]
    assert (found == 0).sum() == 240_000 - 100


def test_crowds_are_ignored(document, add):
    paint(document, ROAD, 0, 0, 600, 400)
    add((0, 0, 300, 300), CELL, crowd=True)
    add((0, 0, 10, 10), CELL)
    found = label_image(document, [ROAD, CELL])
    assert (found == IGNORED).sum() == 90_000


def test_large_objects_and_the_edge(document, add, taxonomy):
    add((0, 0, 600, 400), CELL)
    assert (label_image(document, [CELL], taxonomy) == 0).all()
    assert (label_image(document, [CELL], taxonomy.without(CELL)) == IGNORED).all()


def test_too_many_classes(document):
    with pytest.raises(ValueError, match="255"):
        label_image(document, range(256))
