"""Painting only where the model finds the class probable, with the built-in model's own answer."""

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from app.state import SureRange
from engine.masks.mask import Mask

pytestmark = pytest.mark.assets


def test_a_coarse_stroke_becomes_what_the_model_is_sure_of(drive, assets, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.open(assets / "images" / "dog.jpg").save(folder / "dog.png")
    d = drive()
    d.open(folder)
    d.model_ready()
    with d.qtbot.waitSignal(d.services.inference.answered, timeout=60_000):
        d.key(Qt.Key.Key_R)
    dog = d.class_id("dog")
    assert dog in d.session.confidence_classes.values()
    proposed = Mask.EMPTY
    for each in d.document.proposals.values():
        if each.class_id == dog:
            proposed |= each.mask
    d.trigger("proposal.reject_all")
    d.session.set_class(dog)
    d.session.set_tool("brush")
    d.session.set_radius(400)
    d.session.limits.set(sure=SureRange(0.5))
    height, width = d.document.size
    d.stroke((100, height / 2), (width - 100, height / 2), steps=4)
    (painted,) = d.objects
    assert painted.mask.iou(proposed) > 0.8
    d.picture("limits_model")
    d.ctrl(Qt.Key.Key_Z)
    d.session.limits.set(sure=SureRange(0.5, above=False))
    d.stroke((100, height / 2), (width - 100, height / 2), steps=4)
    assert not d.objects[0].mask & painted.mask
