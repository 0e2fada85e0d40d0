import numpy as np
import pytest
from PIL import Image

from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.document.taxonomy import BACKGROUND
from engine.jobs.folder import JobFolder
from engine.jobs.runner import execute
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project

SIZE = (30, 40)


@pytest.fixture
def project(tmp_path):
    """A project of three images, "a.png" to "c.png", with the classes cat (thing), sky (stuff)."""
    for name in "abc":
        pixels = np.random.default_rng(ord(name)).integers(0, 255, (*SIZE, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    made = Project.create(tmp_path / "p.maskwright")
    taxonomy = made.taxonomy
    cat = taxonomy.new_class("cat")
    taxonomy = taxonomy.with_(cat)
    made.add_classes([cat, taxonomy.new_class("sky", thing=False)])
    made.add_images([tmp_path / f"{name}.png" for name in "abc"], [SIZE] * 3)
    made.flush()
    yield made
    made.close()


@pytest.fixture
def paint(project):
    """Give an image objects of class 2, and a status."""

    def add(image_id, *masks, status=Status.DONE, **fields):
        ids = project.new_ids(len(masks))
        objects = [
            Annotation(id=number, class_id=2, mask=mask, order=number, **fields)
            for number, mask in zip(ids, masks, strict=True)
        ]
        project.add_annotations(image_id, objects, status=status)
        project.flush()

    return add


@pytest.fixture
def run(project):
    """Run a job of the project in this process; answers (folder, how it ended, events)."""

    def go(spec):
        project.flush()
        events = []
        job = JobFolder.create(project.files / "jobs", spec)
        done = execute(job, events.append)
        return job, done, events

    return go


@pytest.fixture
def blob():
    return Mask.rectangle((5, 5, 20, 15))


@pytest.fixture
def truth(project, paint, blob):
    """Image 1 is done with a cat, image 2 corrected in part; 3 has no truth."""
    paint(1, blob)
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 40, 30)) - blob, BACKGROUND))
    project.add_annotations(1, layer=layer)
    paint(2, blob, status=Status.CORRECTED)
