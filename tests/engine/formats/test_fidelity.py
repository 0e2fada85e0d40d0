"""What is written is what was there, shape by shape and format by format: 1.000, not nearly."""

import numpy as np
import pytest
from PIL import Image

from engine.document.annotation import Annotation
from engine.document.taxonomy import BACKGROUND
from engine.errors import EngineError
from engine.formats import registry
from engine.formats.base import BACKGROUND_KEY, Sheet, SheetImage
from engine.formats.format import ReadOptions, Work
from engine.formats.kinds import count_kinds
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.shapes import LARGE, LARGE_SIZE, SHAPES, SIZE
from tests.engine.formats.sheets import taxonomy

CLASSES = taxonomy(("cat", {}), ("the sky, é", {"thing": False}), ('d"o<g>', {}))
CAT, SKY, DOG = 2, 3, 4

OBJECTS = ("coco", "coco-panoptic", "voc", "cityscapes", "yolo-seg", "labelme", "cvat")
OBJECTS += ("png-instances",)
OVERLAPPING = ("coco", "yolo-seg", "labelme", "cvat")
SEMANTIC = ("coco-stuff", "png")
VARIANTS = {
    "coco outlines": ("coco", {"polygons": True}),
    "coco lvis": ("coco", {"dialect": "lvis", "polygons": True}),
    "png colours": ("png", {"colors": True}),
    "cityscapes outlines": ("cityscapes", {"polygons": True}),
}
"""Choices within a format."""

FILES = {"coco": "o.json", "coco-panoptic": "o.json", "coco-stuff": "stuff_o.json", "cvat": "o.xml"}


def page(objects=(), layer=None, size=SIZE, name="a.png", key=1):
    made = [
        Annotation(id=at, class_id=class_id, mask=mask, order=at)
        for at, (class_id, mask) in enumerate(objects, 1)
    ]
    image = SheetImage(key=key, file_name=name, size=size)
    return Sheet(image=image, objects=made, layer=layer or ClassMap(size))


@pytest.fixture
def there_and_back(tmp_path):
    """Write sheets in a format and read them back; answers {image: [(class, mask)], layers}."""

    def go(name, *sheets, **options):
        form = registry.get(name)
        photos = tmp_path / "photos"
        for sheet in sheets:
            path = photos / sheet.image.file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.zeros((*sheet.image.size, 3), np.uint8)).save(path)
        target = tmp_path / "out" / FILES.get(name, "")
        work = Work(
            taxonomy=CLASSES,
            images=[each.image for each in sheets],
            sheets=lambda: iter(sheets),
            **options,
        )
        written = form.write(target, work)
        assert written.images == len(sheets)
        assert registry.detect(target).name == name
        known = {each.image.file_name: photos / each.image.file_name for each in sheets}
        targets = []
        if name == "png":
            from engine.formats.png_read import Target

            targets = [Target(path, file) for file, path in known.items()]
        reading = form.read(target, ReadOptions(images=photos, targets=targets, known=known))
        images = list(reading.images())
        assert reading.report.left_out == 0
        names = {each.key: each.name for each in reading.classes} | {BACKGROUND_KEY: "background"}
        objects = {
            image.file_name: [(names[each.class_key], each.mask) for each in image.objects]
            for image in images
        }
        layers = {
            image.file_name: {names[key]: mask for key, mask in image.layer.items()}
            for image in images
        }
        assert all(image.present for image in images)
        return objects, layers

    return go


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_comes_back_pixel_for_pixel(there_and_back, name, shape):
    objects, _ = there_and_back(name, page([(DOG, SHAPES[shape])]))
    ((class_name, mask),) = objects["a.png"]
    assert class_name == 'd"o<g>'
    assert mask.same(SHAPES[shape])


@pytest.mark.parametrize("shape", ["donut", "four parts", "dust", "checker"])
@pytest.mark.parametrize("name", OBJECTS)
def test_a_large_object_comes_back_pixel_for_pixel(there_and_back, name, shape):
    objects, _ = there_and_back(name, page([(CAT, LARGE[shape])], size=LARGE_SIZE))
    ((_, mask),) = objects["a.png"]
    assert mask.same(LARGE[shape])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", [*OBJECTS, *SEMANTIC])
def test_a_region_comes_back_pixel_for_pixel(there_and_back, name, shape):
    if "regions" in registry.get(name).cannot:
        pytest.skip("it has no regions, and says so")
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(SHAPES[shape], SKY))
    objects, layers = there_and_back(name, page(layer=layer))
    assert objects["a.png"] == []
    assert layers["a.png"]["the sky, é"].same(SHAPES[shape])


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_of_one_class_that_touch_stay_two(there_and_back, name):
    left, right = Mask.rectangle((5, 5, 30, 40)), Mask.rectangle((30, 5, 60, 40))
    objects, _ = there_and_back(name, page([(CAT, left), (CAT, right), (DOG, right.moved(0, 40))]))
    assert [each for each, _ in objects["a.png"]] == ["cat", "cat", 'd"o<g>']
    assert all(
        mask.same(want)
        for (_, mask), want in zip(objects["a.png"], (left, right, right.moved(0, 40)), strict=True)
    )


@pytest.mark.parametrize("name", OBJECTS)
def test_overlaps_are_kept_or_go_to_the_upper_object(there_and_back, name):
    low, high = SHAPES["donut"], Mask.rectangle((40, 20, 80, 90))
    objects, _ = there_and_back(name, page([(CAT, low), (DOG, high)]))
    (_, first), (_, second) = objects["a.png"]
    assert first.same(low if name in OVERLAPPING else low - high)
    assert second.same(high)
    assert ("shared" in registry.get(name).cannot) == (name not in OVERLAPPING)


@pytest.mark.parametrize("name", [*OBJECTS, *SEMANTIC])
def test_equal_names_in_folders_and_images_without_masks(there_and_back, name):
    sheets = [
        page([(CAT, SHAPES["6 x 6"])], name="train/a.png"),
        page([(CAT, SHAPES["donut"])], name="val/a.png", key=2),
        page(name="val/empty.jpg", key=3),
    ]
    objects, layers = there_and_back(name, *sheets)
    assert set(objects) == {"train/a.png", "val/a.png", "val/empty.jpg"}
    for file, shape in (("train/a.png", "6 x 6"), ("val/a.png", "donut")):
        found = [mask for _, mask in objects[file]] or [layers[file]["cat"]]
        assert found[0].same(SHAPES[shape])
    assert objects["val/empty.jpg"] == []


@pytest.mark.parametrize("name", ["png", "voc"])
def test_background_and_unlabelled_stay_apart(there_and_back, name):
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(SHAPES["donut"], BACKGROUND))
    _, layers = there_and_back(name, page(layer=layer))
    assert layers["a.png"]["background"].same(SHAPES["donut"])


@pytest.mark.parametrize("name", [*OBJECTS, *SEMANTIC])
def test_nothing_is_lost_that_is_not_said(there_and_back, name):
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 97, 30)), SKY))
    layer = layer.flip(layer.change(Mask.rectangle((0, 100, 97, 110)), BACKGROUND))
    sheet = page([(CAT, SHAPES["donut"]), (CAT, SHAPES["donut"].moved(1, 0))], layer)
    kinds = count_kinds([sheet], CLASSES)
    assert (kinds.objects, kinds.regions, kinds.shared) == (2, 1, 1)
    assert (kinds.rings, kinds.told, kinds.nobody) == (0, 1, 1)
    said = {each.text for each in registry.get(name).losses(CLASSES, kinds)}
    objects, layers = there_and_back(name, sheet)
    if name in OVERLAPPING:
        assert not any("share" in text for text in said)
    if not objects["a.png"]:
        assert any("become pixels of their class" in text for text in said)
    if "the sky, é" not in layers["a.png"]:
        assert any("left out" in text for text in said)
    assert any("told apart" in text for text in said) == (
        name not in ("png", "voc", "png-instances")
    )


@pytest.mark.parametrize("name", [*OBJECTS, *SEMANTIC])
def test_a_writing_that_is_stopped_leaves_no_half_file(tmp_path, name):
    sheets = [page([(CAT, SHAPES["donut"])]), page(name="b.png", key=2)]

    def stop(done, file):
        if done:
            raise KeyboardInterrupt

    work = Work(
        taxonomy=CLASSES,
        images=[each.image for each in sheets],
        sheets=lambda: iter(sheets),
        watch=stop,
    )
    target = tmp_path / "out" / FILES.get(name, "")
    with pytest.raises(KeyboardInterrupt):
        registry.get(name).write(target, work)
    assert not [each for each in tmp_path.rglob("*") if each.name.endswith(".tmp")]
    assert not (target.is_file() and name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_is_no_file(tmp_path, name):
    with pytest.raises(EngineError, match="is a folder"):
        registry.get(name).write(
            tmp_path, Work(taxonomy=CLASSES, images=[], sheets=lambda: iter(()))
        )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("variant", [each for each in VARIANTS if not each.startswith("png")])
def test_an_object_comes_back_by_every_choice(there_and_back, variant, shape):
    name, asked = VARIANTS[variant]
    objects, _ = there_and_back(name, page([(DOG, SHAPES[shape])]), **asked)
    ((class_name, mask),) = objects["a.png"]
    assert class_name == 'd"o<g>'
    assert mask.same(SHAPES[shape])


@pytest.mark.parametrize("variant", VARIANTS)
def test_objects_regions_and_overlaps_by_every_choice(there_and_back, variant):
    name, asked = VARIANTS[variant]
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(SHAPES["checker"], SKY))
    low, high = SHAPES["donut"], Mask.rectangle((40, 20, 80, 90))
    objects, layers = there_and_back(name, page([(CAT, low), (DOG, high)], layer), **asked)
    below = low if name == "coco" else low - high
    covered = Mask.EMPTY if name == "coco" else low | high
    assert layers["a.png"]["the sky, é"].same(SHAPES["checker"] - covered)
    if name == "png":
        assert layers["a.png"]["cat"].same(below)
        assert layers["a.png"]['d"o<g>'].same(high)
    else:
        (_, first), (_, second) = objects["a.png"]
        assert first.same(below)
        assert second.same(high)
