"""Whose pixels are after copies and parts were merged."""

import shutil

import pytest

from engine.document.provenance import totals
from engine.hands.merge import merged
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project, check_rules
from tests.engine.hands.conftest import GRASS, SIZE, add, at_work, begin, flip, hand_out, paint


def shares(project, image, number):
    found = totals(project.whose(image, SIZE, project.load(image).annotations[number]))
    return {(one.kind, one.who): one.pixels for one in found}


@pytest.mark.parametrize("way", ["copy", "part"])
def test_each_pixel_is_still_its_painters(root, way):
    project = begin(root / "lead.maskwright", images=1)
    image = project.images()[0].id
    project.person = "Lead"
    number = add(project, image, (100, 100, 150, 150), source="unet")
    project.flush()
    other = root / "other.maskwright"
    if way == "part":
        (other,) = hand_out(project, 1)
    else:
        project.close()
        shutil.copy(root / "lead.maskwright", other)
        project = Project.open(root / "lead.maskwright")

    def there(copy):
        copy.person = "Ana"
        theirs = copy.images()[0].id
        flip(copy, theirs, number, (150, 100, 160, 150))
        return add(copy, theirs, (200, 200, 210, 210))

    new = at_work(other, there)
    project.person = "Ben"
    flip(project, image, number, (90, 100, 100, 150))
    project.person = "Lead"
    merged(project, other)
    assert shares(project, image, number) == {
        ("kept", "unet"): 2_500, ("added", "Ben"): 500, ("added", "Ana"): 500
    }  # fmt: skip
    assert shares(project, image, new) == {("added", "Ana"): 100}
    assert project.load(image).person == "Lead", "who goes on signs again"
    project.close()


def test_a_part_knows_what_a_class_map_came_in_as_only_where_nobody_painted_since(root):
    project = begin(root / "lead.maskwright", images=2)
    for row in project.images():
        layer = ClassMap(SIZE)
        layer = layer.flip(layer.change(Mask.rectangle((0, 0, 50, 50)), GRASS))
        project.add_annotations(row.id, [], layer)
        project.note_layer(row.id, "import:a.json", 5.0)
    first, second = [row.id for row in project.images()]
    paint(project, second, (50, 0, 60, 50), GRASS)
    project.flush()
    (path,) = hand_out(project, 1)
    part = Project.open(path, read_only=True)
    source, layer = part.first_layer(first, SIZE)
    assert (source, layer.areas()[GRASS]) == ("import:a.json", 2_500)
    assert part.first_layer(second, SIZE) is None
    part.close()
    assert project.first_layer(second, SIZE).layer.areas()[GRASS] == 2_500
    project._store.submit(lambda db: check_rules.forget_undo(db, [second]))
    project.flush()
    assert project.first_layer(second, SIZE) is None, "the steps that lead back are gone"
    project.close()
