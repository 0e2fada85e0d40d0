"""COCO as programs and people write it who never read the description: shapes, numbers, names."""

import json

import numpy as np
import pytest
from pycocotools import mask as reference

from engine.formats import registry
from engine.formats.format import ReadOptions

SIZE = (30, 40)
RING = [10.0, 10.0, 20.0, 10.0, 20.0, 20.0, 10.0, 20.0]
POINTS = [RING[at : at + 2] for at in range(0, len(RING), 2)]


def bits_of(segmentation):
    return reference.decode(reference.merge(reference.frPyObjects(segmentation, *SIZE))) > 0


WANT = bits_of([RING])


def shown(counts):
    return str(counts)  # as Python shows bytes


@pytest.fixture
def read(coco, picture):
    """Read a file of these annotations; answers the image, names of its objects, the report."""
    picture()

    def go(*annotations, **top):
        reading = registry.get("coco").read(coco(*annotations, **top), ReadOptions())
        (image,) = reading.images()
        names = {each.key: each.name for each in reading.classes}
        return image, [names[each.class_key] for each in image.objects], reading

    return go


@pytest.mark.parametrize(
    "segmentation",
    [
        POINTS,  # [[x, y], …]
        [[each] for each in POINTS],  # an outline of OpenCV
        [[[each] for each in POINTS]],  # a list of those
        [POINTS],
    ],
)
def test_lists_of_points_are_one_polygon(read, segmentation):
    image, names, reading = read({"segmentation": segmentation})
    assert names == ["cat"]
    assert np.array_equal(image.objects[0].mask.read((0, 0, *SIZE[::-1])), WANT)
    assert reading.report.counts == {"nested points": 1}


@pytest.mark.parametrize("more", [[], [[30.0, 20.0, 35.0, 20.0, 35.0, 25.0]]])
def test_polygons_in_a_list_too_many(read, more):
    image, names, reading = read({"segmentation": [[RING, *more]]})
    assert names == ["cat"]
    assert np.array_equal(image.objects[0].mask.read((0, 0, *SIZE[::-1])), bits_of([RING, *more]))
    assert reading.report.counts == {"nested polygon": 1}


@pytest.mark.parametrize("few", [[[1.0, 1.0]], [[1.0, 1.0], [9.0, 9.0]]])
def test_fewer_points_are_none(read, few):
    _, names, reading = read({"segmentation": few})
    assert names == []
    assert reading.report.counts == {"short polygon": len(few), "no mask": 1}


def test_run_lengths_as_python_shows_bytes(read):
    escaped = np.zeros(SIZE, np.uint8, order="F")
    escaped[44 % SIZE[0], 44 // SIZE[0]] = 1  # a run of 44, whose first sign is a backslash
    for bits in (escaped, np.asfortranarray(WANT, np.uint8)):
        counts = reference.encode(bits)["counts"]
        image, names, reading = read({"segmentation": {"size": SIZE, "counts": shown(counts)}})
        assert names == ["cat"]
        assert np.array_equal(image.objects[0].mask.read((0, 0, *SIZE[::-1])), bits > 0)
        assert reading.report.remarks() == []
    assert "\\\\" in shown(reference.encode(escaped)["counts"])


@pytest.mark.parametrize(("box", "kind"), [([1, 1, 5, 5], "box only"), (None, "no mask")])
@pytest.mark.parametrize("nothing", [{}, [], None, "", [[]]])
def test_nothing_is_told_as_nothing(read, nothing, box, kind):
    _, names, reading = read({"segmentation": nothing, "bbox": box})
    assert names == []
    assert reading.report.counts == {kind: 1} | ({"short polygon": 1} if nothing == [[]] else {})


def test_classes_by_text_keep_their_names(read):
    listed = [{"id": "5f3c", "name": "cat"}, {"id": 7, "name": "dog"}, {"name": "bird"}]
    asked = ["5f3c", 7, "7", "dog", "bird", "fox", None, "fox"]
    _, names, reading = read(
        *[{"segmentation": [RING], "category_id": each} for each in asked], categories=listed
    )
    assert names == ["cat", "dog", "dog", "dog", "bird", "no class", "no class", "no class"]
    assert [(each.name, each.coco_id) for each in reading.classes] == [
        ("dog", 7),
        ("cat", None),
        ("bird", None),
        ("no class", None),
    ]
    assert reading.report.counts == {"named class": 2, "dangling class": 1}


def test_a_name_of_two_classes_is_none(read):
    listed = [{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}]
    _, names, _ = read({"segmentation": [RING], "category_id": "cat"}, categories=listed)
    assert names == ["no class"]


def test_two_classes_of_one_number_are_told(read):
    listed = [{"id": 1, "name": "cat"}, {"id": 1, "name": "dog"}, {"id": 1, "name": "cat"}]
    _, names, reading = read({"segmentation": [RING]}, categories=listed)
    assert names == ["cat"]
    assert reading.report.counts == {"twice class number": 1}
    assert reading.report.left_out == 1


@pytest.mark.parametrize("number", [2**53 + 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**200])
def test_numbers_of_any_size_tell_their_image_and_class(read, number):
    image = {"id": number, "file_name": "a.png", "width": 40, "height": 30}
    classes = [{"id": 1, "name": "cat"}, {"id": number, "name": "dog"}]
    entries = [
        {"segmentation": [RING], "image_id": number, "category_id": each} for each in (1, number)
    ]
    found, names, reading = read(*entries, images=[image], categories=classes)
    assert names == ["cat", "dog"]
    assert found.coco_id == (number if number < 2**62 else None)
    assert reading.report.left_out == 0


@pytest.mark.parametrize("address", ["https://example.org/p/a.png?sig=1%2F2&w=/x", "s3://b/a.png"])
def test_addresses_of_images_end_before_what_is_asked_of_the_server(read, address):
    image = {"id": 1, "file_name": address, "width": 40, "height": 30}
    found, names, _ = read({"segmentation": [RING]}, images=[image])
    assert found.present
    assert names == ["cat"]


def test_panoptic_segments_by_class_names(tmp_path):
    from PIL import Image

    ids = np.zeros((*SIZE, 3), np.uint8)
    ids[:10, :, 0], ids[10:20, :, 0], ids[20:, :, 0] = 1, 2, 3
    (tmp_path / "p").mkdir()
    Image.fromarray(ids).save(tmp_path / "p/a.png")
    Image.new("RGB", SIZE[::-1]).save(tmp_path / "a.jpg")
    segments = [{"id": n, "category_id": c} for n, c in ((1, "u1"), (2, "u9"), (3, None))]
    data = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}],
        "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": segments}],
        "categories": [{"id": "u1", "name": "cat"}],
    }
    (tmp_path / "p.json").write_text(json.dumps(data))
    reading = registry.get("coco-panoptic").read(tmp_path / "p.json", ReadOptions())
    (image,) = reading.images()
    names = {each.key: each.name for each in reading.classes}
    found = [names[each.class_key] for each in image.objects]
    assert found[0] == "cat"
    assert len({*found}) == 3


CALLED = {1: "b/cat.jpg", 2: "a/17.jpg", 17: "a/dog.png", 4: "c/dog.jpg", 5: "x.y.jpg"}


@pytest.mark.parametrize(
    ("fields", "image"),
    [
        ({"image_id": 17}, 17),
        ({"image_id": "17"}, 17),
        ({"image_id": 17, "file_name": "17.jpg"}, 2),  # Ultralytics: the number is the name
        ({"image_id": "cat"}, 1),
        ({"image_id": "cat", "file_name": "CAT.JPG"}, 1),
        ({"image_id": "b\\cat.jpg"}, 1),
        ({"image_id": "x.y"}, 5),
        ({"image_id": 4, "file_name": "else.jpg"}, 4),
    ],
)
def test_results_of_images_that_are_called_by_name(tmp_path, fields, image):
    from PIL import Image

    for name in CALLED.values():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", SIZE[::-1]).save(tmp_path / name)
    entry = {"category_id": 1, "segmentation": [RING], "score": 0.5, **fields}
    (tmp_path / "r.json").write_text(json.dumps([entry]))
    options = ReadOptions(images=tmp_path, numbers=CALLED)
    (found,) = registry.get("coco").read(tmp_path / "r.json", options).images()
    assert (found.coco_id, found.file_name) == (image, CALLED[image])
    assert [each.extra for each in found.objects] == [{}]


@pytest.mark.parametrize("given", ["dog", "y", "", "99", None])
def test_names_of_several_images_or_none_are_told(tmp_path, given):
    entries = [{"category_id": 1, "segmentation": [RING], "image_id": each} for each in (given, 5)]
    (tmp_path / "r.json").write_text(json.dumps(entries))
    options = ReadOptions(images=tmp_path, numbers=CALLED)
    reading = registry.get("coco").read(tmp_path / "r.json", options)
    assert reading.count == 1
    assert reading.report.counts == {"dangling image": 1}


def test_names_with_underscores_are_no_numbers(tmp_path):
    """Python reads "1_11" and "11_1" as 111."""
    from PIL import Image

    names = ("1_11", "11_1", "111")
    images, entries = [], []
    for place, name in enumerate(names):
        Image.new("RGB", SIZE[::-1]).save(tmp_path / f"{name}.png")
        images.append({"id": name, "file_name": f"{name}.png", "width": 40, "height": 30})
        ring = [x + place for x in RING]
        entries.append({"id": place, "image_id": name, "category_id": 1, "segmentation": [ring]})
    data = {"images": images, "annotations": entries, "categories": [{"id": 1, "name": "cat"}]}
    (tmp_path / "c.json").write_text(json.dumps(data))
    reading = registry.get("coco").read(tmp_path / "c.json", ReadOptions())
    found = {
        each.path.stem: [one.mask.box[:2] for one in each.objects] for each in reading.images()
    }
    assert found == {name: [(10 + place, 10 + place)] for place, name in enumerate(names)}
    assert reading.report.counts == {"named id": 2, "text number": 1}
    results = [{"image_id": "1_11", "category_id": 1, "segmentation": [RING]}]
    (tmp_path / "r.json").write_text(json.dumps(results))
    options = ReadOptions(numbers={111: "a.png", 7: "b/1_11.png"}, images=tmp_path)
    (image,) = registry.get("coco").read(tmp_path / "r.json", options).images()
    assert image.coco_id == 7
