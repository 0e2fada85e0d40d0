import itertools
import shutil

import numpy as np
import pytest

from engine.document import taxonomy_commands as classes
from engine.document.annotation import Annotation
from engine.document.commands import FlipPixels, Replace
from engine.hands.split import Split, dealt, default_folder, plans, write
from engine.masks.mask import Mask
from engine.store import Project

_clock = itertools.count(100.0)
CELL, NUCLEUS, ROAD, GRASS = 2, 3, 4, 5
SIZE = (300, 400)


@pytest.fixture
def root(tmp_path):
    """A folder for a project; more are made beside it by name."""
    return tmp_path


def begin(path, images=6, seeded=True):
    """A project with two things, two stuff classes and an object in each image."""
    project = Project.create(path)
    for name, thing in (("cell", True), ("nucleus", True), ("road", False), ("grass", False)):
        project.project_history.do(classes.add_class(project.taxonomy, name, thing=thing))
    files = [path.parent / f"day_{n % 2}" / f"night_{n:02}.png" for n in range(1, images + 1)]
    rows = project.add_images(files, [SIZE] * images)
    if seeded:
        for row in rows:
            (number,) = project.new_ids(1)
            first = Annotation(
                id=number, class_id=CELL, mask=Mask.rectangle((20, 20, 80, 80)), created=1.0
            )
            project.add_annotations(row.id, [first])
    project.flush()
    return project


@pytest.fixture
def project(root):
    """The lead's project, in a folder of its own."""
    made = begin(root / "slides" / "slides.maskwright")
    yield made
    made.close(discard=True)


def hand_out(project, parts, **how):
    folder = how.pop("folder", default_folder(project.path))
    split = Split(parts=parts, **how)
    who = dealt(list(project.images()), split, project.path, folder)
    return [each.path for each in write(project, plans(project, split, who))]


def add(project, image, box, class_id=CELL, **fields):
    """Draw an object; answers with its id."""
    (number,) = project.new_ids(1)
    new = Annotation(
        id=number, class_id=class_id, mask=Mask.rectangle(box), created=next(_clock), **fields
    )
    project.history(project.load(image)).do(Replace((), (new,), "Add object"))
    return number


def flip(project, image, number, box):
    """Turn over a rectangle of an object."""
    project.history(project.load(image)).do(FlipPixels(number, Mask.rectangle(box)))


def paint(project, image, box, class_id):
    from engine.document.painting import flip_layer

    document = project.load(image)
    patch = document.layer.change(Mask.rectangle(box), class_id)
    if patch:
        project.history(document).do(flip_layer(document.layer, patch, "Paint"))


def drop(project, image, number):
    document = project.load(image)
    project.history(document).do(Replace((document.annotations[number],), (), "Delete"))


def finish(project, image):
    from engine.document.finishing import mark_done

    document = project.load(image)
    project.history(document).do(mark_done(document))


def at_work(path, act):
    """Open a part, do something in it, close it; answers with what ``act`` did."""
    project = Project.open(path)
    try:
        return act(project)
    finally:
        project.close()


def content(project):
    """Everything that is true of a project, for comparing two of them."""
    found = {}
    for document in project.iter_documents():
        objects = {
            each.id: (each.class_id, each.proposal, pixels(each.mask), each.note, each.order)
            for each in (*document.annotations.values(), *document.proposals.values())
        }
        found[document.image_id] = (objects, document.layer.to_array().tobytes(), document.status)
    return found


def pixels(mask):
    return mask.box, mask.area, np.packbits(mask.read(mask.box)).tobytes()


def copy_of(path, name):
    """A plain copy of a closed project's file."""
    target = path.with_name(name)
    shutil.copy(path, target)
    return target
