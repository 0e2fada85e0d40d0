"""Classes of files find those of the project, the second time as the first."""

import unicodedata

import pytest

from engine.document.taxonomy import Taxonomy
from engine.jobs.import_classes import ImportedClass, matched, take_classes


@pytest.fixture
def with_classes(project):
    """The project without its own, with classes of these names and numbers."""

    def go(*named):
        taxonomy = project.taxonomy
        for name, number in named:
            new = taxonomy.new_class(name, coco_id=number)
            taxonomy = taxonomy.with_(new)
            project.add_classes([new])
        return project

    return go


def classes(*named, **more):
    return [
        ImportedClass(key=key, name=name, coco_id=number, **more)
        for key, (name, number) in enumerate(named, 1)
    ]


def names(found):
    return [each.name for each in found.values()]


@pytest.mark.parametrize(
    "named",
    [
        (("dog", 3), ("dog", 4)),
        (("dog", 3), (" DOG ", 4), ("Dog", 0)),
        (("dog", None), ("dog", None), ("dog", None)),
        (("caf\u00e9", 1), ("cafe\u0301", 2)),
        (("x\ny", 1), ("x y", 2)),
        (("", 1), ("\n", 2), ("class 2", 3)),
        (("dog (4)", 9), ("dog", 3), ("dog", 4)),
    ],
)
def test_what_was_taken_in_is_found_again(project, named):
    wanted = classes(*named)
    first = take_classes(project, wanted)
    assert len({each.id for each in first.values()}) == len(named), "two stay two"
    assert all(
        each.name == each.name.strip() and each.name.isprintable() for each in first.values()
    )
    before = project.taxonomy.classes
    again = take_classes(project, wanted)
    assert {key: each.id for key, each in again.items()} == {
        key: each.id for key, each in first.items()
    }
    assert project.taxonomy.classes == before


def test_in_another_order_too(project):
    first = take_classes(project, classes(("Dog", 3), ("dog", 4)))
    again = take_classes(project, classes(("dog", 4), ("Dog", 3)))
    assert [again[1].id, again[2].id] == [first[2].id, first[1].id]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_composed_another_way_are_the_same_name(with_classes, form):
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    project = with_classes((unicodedata.normalize(form, "Öl é"), None))
    found = take_classes(project, classes((unicodedata.normalize(other, "öl É"), 7)))
    assert found[1].id == project.taxonomy.classes[-1].id
    assert project.taxonomy.classes[-1].coco_id == 7


def test_a_number_of_another_class_is_no_reason(with_classes):
    project = with_classes(("bird", 1))
    found = take_classes(project, classes(("dog", 1)))
    assert (found[1].name, found[1].coco_id) == ("dog", None)


def test_a_deleted_class_is_none(project):
    (cat, _) = project.taxonomy.classes
    deleted = Taxonomy([cat.__class__(**{**_fields(cat), "deleted": True})])
    assert matched(deleted, classes(("cat", None))) == {}


def _fields(entry):
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def test_of_two_of_a_name_only_one_is_the_projects_region_class(project, tmp_path, run):
    """What the job takes for regions is what the project will have as regions."""
    import json

    from engine.jobs.job import ImportSpec
    from engine.jobs.take_up import take_up
    from engine.masks import rle
    from engine.masks.mask import Mask

    size = (30, 40)
    masks = [Mask.rectangle((1, 1, 9, 9)), Mask.rectangle((20, 1, 29, 9))]
    data = {
        "images": [{"id": 1, "file_name": "a.png", "height": 30, "width": 40}],
        "categories": [{"id": 1, "name": "sky"}, {"id": 2, "name": "Sky"}],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": n, "segmentation": rle.encode(mask, size)}
            for n, mask in enumerate(masks, 1)
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(data))
    for _ in range(2):
        spec = ImportSpec(project=str(project.path), source=str(tmp_path / "a.json"))
        take_up(project, run(spec)[0])
        document = project.load(1)
        sky, second = project.taxonomy.by_name("sky"), project.taxonomy.by_name("Sky (2)")
        assert (sky.thing, second.thing) == (False, True)
        assert document.layer.mask(sky.id).same(masks[0])
        (found,) = document.ordered()
        assert (found.class_id, found.mask.same(masks[1])) == (second.id, True)
        assert document.layer.mask(second.id).area == 0
