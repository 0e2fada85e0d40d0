"""Real files of other programs, read: what they hold, and what is said of the rest."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.base import BACKGROUND_KEY
from engine.formats.format import ReadOptions

DATUMARO = "formats/datumaro"


@pytest.fixture
def read(assets):
    """Read a path of the assets; answers (format, images, {key: name}, report)."""

    def go(name, expected, **options):
        path = assets / name
        form = registry.detect(path)
        assert form.name == expected
        reading = form.read(path, ReadOptions(**options))
        images = list(reading.images())
        assert len(images) <= reading.count
        for image in images:
            height, width = image.size
            for mask in [each.mask for each in image.objects] + list(image.layer.values()):
                left, top, right, bottom = mask.box
                assert 0 <= left < right <= width
                assert 0 <= top < bottom <= height
        names = {each.key: each.name for each in reading.classes} | {BACKGROUND_KEY: "background"}
        return images, names, reading.report

    return go


def areas(image, names):
    return sorted((names[each.class_key], each.mask.area) for each in image.objects)


def layers(image, names):
    return {names[key]: mask.area for key, mask in image.layer.items()}


def test_voc_in_colours_goes_by_voc_s_own_colours(read):
    (image,), names, report = read(f"{DATUMARO}/voc_dataset/voc_dataset1", "voc")
    assert image.present
    assert areas(image, names) == [("bicycle", 200)]
    assert report.remarks() == []


def test_cityscapes_objects_groups_and_regions(read):
    images, names, report = read(f"{DATUMARO}/cityscapes_dataset/train_dataset", "cityscapes")
    found = {image.file_name.rpartition("_0000")[2][:2]: image for image in images}
    assert all(image.present for image in images)
    assert areas(found["31"], names) == [("truck", 1), ("truck", 2)]
    assert (areas(found["32"], names), layers(found["32"], names)) == (
        [("train", 2)],
        {"wall": 1},
    )
    images, names, _ = read(f"{DATUMARO}/cityscapes_dataset/dataset", "cityscapes")
    crowds = [each.crowd for image in images for each in image.objects]
    assert crowds
    assert all(crowds)
    assert report.left_out == 0


@pytest.mark.parametrize("name", ["strict", "labels", "annotations"])
def test_boxes_of_yolo_are_said_and_not_made_masks(read, name):
    images, names, report = read(f"{DATUMARO}/yolo_dataset/{name}", "yolo-seg")
    assert all(image.present and not image.objects for image in images)
    assert names[2] == "label_0"
    assert report.counts == {"box only": 2 * len(images)}


def test_cvat_for_images_with_boxes_polygons_and_shapes_without_area(read):
    source = f"{DATUMARO}/cvat_dataset/for_images/export_task/train.xml"
    images, names, report = read(source, "cvat")
    assert [areas(image, names) for image in images] == [[("label1", 8)], [("no class", 3)]]
    (box,) = images[0].objects
    assert box.extra == {
        "occluded": True,
        "attributes": {"a1": "true", "a2": "v3", "a3": "0003", "a4": "2.4"},
    }
    assert report.counts == {"no area": 2}


def test_a_cvat_project_has_images_of_one_name_in_several_subsets(read):
    images, _, _ = read(f"{DATUMARO}/cvat_dataset/for_images/export_project", "cvat")
    assert {image.file_name for image in images} == {
        f"{subset}/img{at}.jpg" for subset in ("Train", "Validation", "Test") for at in (0, 1)
    }
    assert all(image.present for image in images)


def test_cvat_for_video_gives_its_frames(read):
    images, names, _ = read(f"{DATUMARO}/cvat_dataset/for_video", "cvat")
    assert [image.file_name for image in images] == ["frame_000010.png", "frame_000013.png"]
    assert areas(images[0], names) == [("II", 7)]


@pytest.mark.parametrize("name", ["coco", "coco_panoptic"])
def test_panoptic_files_find_their_pngs_and_images(read, name):
    (image,), names, _ = read(
        f"{DATUMARO}/coco_dataset/{name}/annotations/panoptic_val.json", "coco-panoptic"
    )
    assert image.present
    assert image.coco_id == 40
    assert layers(image, names) == {"a": 20}
    assert [(names[each.class_key], each.mask.area, each.crowd) for each in image.objects] == [
        ("b", 20, True)
    ]


def test_a_panoptic_png_of_another_size_is_left_out(read):
    (image,), _, report = read(
        f"{DATUMARO}/coco_dataset/coco_panoptic/annotations/panoptic_train.json", "coco-panoptic"
    )
    assert not image.objects
    assert not image.layer
    assert report.counts == {"mask size": 1}


@pytest.mark.parametrize("name", ["coco", "coco_stuff"])
def test_stuff_is_regions(read, name):
    (image,), names, _ = read(
        f"{DATUMARO}/coco_dataset/{name}/annotations/stuff_val.json", "coco-stuff"
    )
    assert image.present
    assert not image.objects
    assert layers(image, names) == {"b": 20}


def test_camvid_by_its_own_colours(read):
    images, names, report = read(f"{DATUMARO}/camvid_dataset", "camvid")
    found = {image.file_name: layers(image, names) for image in images}
    assert found["test/0001TP_008550.png"] == {"Animal": 2, "Road": 1, "Sky": 2}
    assert len(found) == 4
    assert all(image.present for image in images)
    assert report.remarks() == []


def test_masks_by_the_tables_of_other_programs(read):
    folder = f"{DATUMARO}/common_semantic_segmentation_dataset"
    images, names, _ = read(f"{folder}/dataset", "camvid")
    assert [image.present for image in images] == [True, True]
    assert layers(images[0], names) == {"Road": 1, "Bicyclist": 4}
    images, names, _ = read(f"{folder}/non_standard_dataset", "camvid")
    assert [image.file_name for image in images] == [
        "images/image_0001.png",
        "images/image_0002.png",
    ]
    images, names, _ = read(f"{DATUMARO}/synthia_dataset/rand_custom_labelmap", "camvid")
    assert sum(layers(images[1], names).values()) == 5
    assert set(layers(images[1], names)) <= {"background", "sky", "building", "person", "road"}


def test_ade20k_objects_by_the_names_beside_them(read):
    images, names, report = read(f"{DATUMARO}/ade20k2017_dataset/dataset", "ade20k")
    assert [image.file_name for image in images] == ["training/street/1.jpg", "validation/2.jpg"]
    assert areas(images[0], names) == [("person", 6), ("sky", 3)]
    assert report.remarks() == []


def test_datumaro_s_own_files_of_all_subsets(read):
    images, names, report = read(f"{DATUMARO}/datumaro_dataset/legacy", "datumaro")
    assert [(image.file_name, image.size) for image in images] == [
        ("test/c.jpg", (8, 6)),
        ("train/a.jpg", (8, 6)),
        ("train/b.jpg", (2, 8)),
        ("validation/d.jpg", (2, 8)),
    ]
    assert list(names.values())[:4] == ["car", "bicycle", "tom", "mary"]
    assert report.left_out == 0


def test_label_studio_in_both_forms(read):
    (image,), names, _ = read(
        "formats/label_studio/test_export_yolo/data_polygons.json", "label-studio"
    )
    assert (image.file_name, image.size) == ("000000000025.jpg", (426, 640))
    assert areas(image, names) == [("Airplane", 19238)]
    (image,), names, _ = read("formats/label_studio/test_export_json_min/data.json", "label-studio")
    assert areas(image, names) == [("Airplane", 118)]
    images, _, report = read("formats/label_studio/test_export_yolo/data_obb.json", "label-studio")
    assert report.counts["box only"] == 25
    assert not any(image.objects for image in images)


def test_roboflow_s_coco_lies_among_its_images(read):
    (image,), _, report = read(f"{DATUMARO}/coco_dataset/coco_roboflow/train", "coco")
    assert image.present
    assert report.counts == {"box only": 1}


def test_instance_maps_of_nuclei_equal_their_run_lengths(read, assets):
    folder = assets / "datasets/nuclei_dsb2018"
    images, _, report = read(
        "datasets/nuclei_dsb2018/instance_labels", "png-instances", images=folder / "images"
    )
    assert sum(len(image.objects) for image in images) == 4277
    assert report.remarks() == []
    data = json.loads((folder / "instances_rle.json").read_text())
    want = {}
    file_of = {each["id"]: each["file_name"].rpartition("/")[2] for each in data["images"]}
    for each in data["annotations"]:
        want.setdefault(file_of[each["image_id"]], []).append(int(each["area"]))
    for image in images:
        assert sorted(each.mask.area for each in image.objects) == sorted(want[image.file_name])


@pytest.mark.parametrize(
    "name",
    [
        "formats/cvat/annotations.json",
        "formats/label_studio/test_export_json_min/label_config_repeater.json",
        "formats/datumaro/vott_json_dataset/dataset",
        "formats/datumaro/dota_dataset",
    ],
)
def test_what_is_none_of_these_is_refused_in_one_sentence_or_two(assets, name):
    path = assets / name
    with pytest.raises(EngineError) as error:
        list(registry.detect(path).read(path, ReadOptions()).images())
    assert path.name in str(error.value)


def test_panoptic_sample_is_read_as_its_authors_do(read, assets):
    """Ids, areas and boxes of panopticapi's own examples follow from the pixels."""
    folder = assets / "datasets/coco_panoptic_sample"
    images, _, report = read(
        "datasets/coco_panoptic_sample/panoptic_examples.json",
        "coco-panoptic",
        images=folder / "input_images",
    )
    assert report.remarks() == []
    data = json.loads((folder / "panoptic_examples.json").read_text())
    for image, annotation in zip(images, data["annotations"], strict=True):
        assert image.present
        things = {each["id"]: each["isthing"] for each in data["categories"]}
        listed = annotation["segments_info"]
        want = sorted(
            (each["category_id"], each["area"], tuple(each["bbox"]))
            for each in listed
            if things[each["category_id"]]
        )
        have = []
        for each in image.objects:
            left, top, right, bottom = each.mask.box
            box = (left, top, right - left, bottom - top)
            have.append((each.class_key, each.mask.area, box))
        assert sorted(have) == want
        with Image.open(folder / "panoptic_examples" / annotation["file_name"]) as png:
            ids = np.asarray(png).astype(np.int64) @ [1, 256, 65536]
        regions = {}
        for each in listed:
            if not things[each["category_id"]]:
                key = each["category_id"]
                regions[key] = regions.get(key, 0) + int((ids == each["id"]).sum())
        assert {key: mask.area for key, mask in image.layer.items()} == regions
