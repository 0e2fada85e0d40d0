import json

import pytest

from engine.errors import EngineError
from engine.formats.coco_read import CocoReading
from engine.formats.exif import turn
from engine.masks import rle
from engine.masks.mask import Mask

SQUARE = [[5.0, 5.0, 20.0, 5.0, 20.0, 15.0, 5.0, 15.0]]
BLOB = Mask.rectangle((5, 5, 20, 15))


def read(path, **options):
    reading = CocoReading(path, **options)
    images = list(reading.images())
    return reading, images


def test_everything_that_came_in_is_there(coco):
    path = coco(
        {"segmentation": SQUARE, "attributes": {"a": 1}, "score": 0.5, "iscrowd": True, "id": 77},
        info={"year": 2020},
        licenses=[{"id": 3}],
        images=[{"id": 9, "file_name": "a.png", "width": 40, "height": 30, "license": 3}],
        annotations=[
            {
                "id": 77,
                "image_id": 9,
                "category_id": 18,
                "segmentation": SQUARE,
                "attributes": {"a": 1},
                "score": 0.5,
                "iscrowd": 1,
            }
        ],
        categories=[{"id": 18, "name": "dog", "supercategory": "animal", "keypoints": ["nose"]}],
    )
    reading, (image,) = read(path)
    assert reading.fields == {"info": {"year": 2020}, "licenses": [{"id": 3}]}
    assert (image.coco_id, image.extra) == (9, {"license": 3})
    (dog,) = reading.classes
    assert (dog.coco_id, dog.supercategory, dog.extra) == (18, "animal", {"keypoints": ["nose"]})
    (found,) = image.objects
    assert (found.coco_id, found.crowd, found.score) == (77, True, 0.5)
    assert found.extra == {"attributes": {"a": 1}}
    assert found.mask.same(BLOB)


def test_missing_image_files_are_counted_and_kept(coco):
    reading, images = read(coco({"segmentation": SQUARE}))
    assert [(each.size, each.present) for each in images] == [((30, 40), False)]
    (remark,) = reading.report.remarks()
    assert remark.text.startswith("1 image is not in ")
    assert remark.level == "warning"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"image_id": "1"}, None),
        ({"image_id": 99}, "dangling image"),
        ({"category_id": 7}, "dangling class"),
        ({"category_id": None}, "dangling class"),
        ({"category_id": 0}, "dangling class"),
        ({"iscrowd": False, "area": 0}, None),
    ],
)
def test_broken_references(coco, picture, change, kind):
    picture()
    reading, (image,) = read(coco({"segmentation": SQUARE, **change}))
    assert reading.report.counts == ({kind: 1} if kind else {})
    assert len(image.objects) == (kind != "dangling image")


def test_a_class_that_is_not_listed_is_made_with_its_number(coco, picture):
    picture()
    reading, (image,) = read(coco({"segmentation": SQUARE, "category_id": 7}))
    made = reading.classes[-1]
    assert (made.name, made.coco_id) == ("class 7", 7)
    assert image.objects[0].class_key == made.key


def test_category_zero_is_a_category(coco, picture):
    picture()
    path = coco({"segmentation": SQUARE, "category_id": 0}, categories=[{"id": 0, "name": "x"}])
    reading, (image,) = read(path)
    assert [each.coco_id for each in reading.classes] == [0]
    assert image.objects[0].class_key == 0
    assert reading.report.counts == {}


def test_image_numbers_written_as_text_match_numbers(coco, picture):
    picture()
    images = [{"id": "1", "file_name": "a.png", "width": 40, "height": 30}]
    reading, (image,) = read(coco({"segmentation": SQUARE}, images=images))
    assert image.coco_id == 1
    assert len(image.objects) == 1
    assert reading.report.counts == {"text number": 1}


def test_images_with_names_for_numbers_keep_them(coco, picture):
    picture()
    images = [{"id": "left/0007", "file_name": "a.png", "width": 40, "height": 30}]
    path = coco({"segmentation": SQUARE, "image_id": "left/0007"}, images=images)
    reading, (image,) = read(path)
    assert len(image.objects) == 1
    assert image.coco_id is None
    assert image.extra == {"original_id": "left/0007"}
    assert reading.report.counts == {"named id": 1}


def test_two_images_of_one_number_are_refused(coco):
    images = [
        {"id": 1, "file_name": name, "width": 40, "height": 30} for name in ("a.png", "b.png")
    ]
    with pytest.raises(EngineError, match=r"share the number 1: a\.png and b\.png"):
        read(coco(images=images))


def test_two_images_of_one_name_and_different_sizes_are_refused(coco, picture):
    """As programs write that leave out the folders of photos."""
    sides = {1: (40, 30), 2: (30, 40)}
    images = [
        {"id": key, "file_name": "a.png", "width": wide, "height": high}
        for key, (wide, high) in sides.items()
    ]
    with pytest.raises(EngineError, match=r"lists a\.png twice, as 40 × 30 and as 30 × 40"):
        read(coco(images=images))
    images[1] |= {"width": 40, "height": 30}
    picture()
    assert len(read(coco({"segmentation": SQUARE}, images=images))[1]) == 2


def test_an_annotation_number_used_twice_is_given_up_once(coco, picture):
    picture()
    reading, (image,) = read(coco({"segmentation": SQUARE}, {"segmentation": SQUARE, "id": 1}))
    assert [each.coco_id for each in image.objects] == [1, None]
    assert reading.report.counts == {"twice annotation": 1}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "list of results"),
        ('[{"image_id": 1, "score": 1}, {"image_id": 2}]', "list of results"),
        ("{}", "no “images” and “annotations”"),
        ('{"images": {}, "annotations": []}', "“images” in x.json is not a list"),
        ('{"images": [], "annotations": [', "not whole JSON"),
        ("7", "single value"),
        ("{'images': []}", "not whole JSON"),
        (" \n", "x.json is empty"),
        ("SQLite format 3", "x.json is no JSON file"),
        ("\x00\x01", "x.json is no JSON file"),
    ],
)
def test_what_is_no_annotation_file_is_refused_in_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(EngineError, match=sentence):
        read(path)


def test_a_file_wrapped_in_a_list_is_unwrapped(coco, picture):
    picture()
    path = coco({"segmentation": SQUARE})
    path.write_text(f"[{path.read_text()}]")
    _, (image,) = read(path)
    assert len(image.objects) == 1


def test_nan_and_a_byte_order_mark_are_read(coco, picture):
    picture()
    path = coco({"segmentation": SQUARE, "area": float("nan")})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    _, (image,) = read(path)
    assert image.objects[0].mask.same(BLOB)


def test_a_name_never_leads_out_of_the_image_folder(coco, picture, tmp_path):
    inside = picture("photos/a.png")
    outside = picture("secret.png")
    names = ["../secret.png", str(outside), "C:\\pictures\\a.png", "sub/../../secret.png", "a.png"]
    images = [
        {"id": at, "file_name": name, "width": 40, "height": 30} for at, name in enumerate(names)
    ]
    reading, found = read(coco(images=images), images=inside.parent)
    assert all(each.path.resolve().is_relative_to(inside.parent) for each in found)
    assert [each.present for each in found] == [False, False, True, False, True]
    assert reading.report.counts == {"outside": 4}


def test_the_image_folder_is_found_as_coco_lays_it_out(coco, picture, tmp_path):
    picture("train2017/a.png")
    folder = tmp_path / "annotations"
    folder.mkdir()
    path = coco({"segmentation": SQUARE})
    path = path.rename(folder / "instances_train2017.json")
    reading, (image,) = read(path)
    assert image.present
    assert reading.folder == (tmp_path / "train2017").resolve()


# -- sizes and turned photos (decision 3)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_sizes_of_the_stored_photo_turn_the_masks(coco, picture, orientation):
    picture(orientation=orientation)  # stored 30 × 40, seen 40 × 30
    reading, (image,) = read(coco({"segmentation": SQUARE}))
    assert image.size == (40, 30)
    assert image.objects[0].mask.same(turn(BLOB, orientation, (30, 40)))
    assert reading.report.counts == {"turned": 1}


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_sizes_of_the_seen_photo_leave_them(coco, picture, orientation):
    picture(size=(40, 30), orientation=orientation)  # seen 30 × 40, as the file says
    reading, (image,) = read(coco({"segmentation": SQUARE}))
    assert image.objects[0].mask.same(BLOB)
    assert reading.report.counts == {}


@pytest.mark.parametrize("orientation", [2, 3, 4])
def test_where_the_size_does_not_tell_the_user_does(coco, picture, orientation):
    picture(orientation=orientation)
    reading, (image,) = read(coco({"segmentation": SQUARE}))
    assert image.objects[0].mask.same(BLOB)
    assert reading.report.counts == {"ambiguous turn": 1}
    reading, (image,) = read(coco({"segmentation": SQUARE}), exif="ignored")
    assert image.objects[0].mask.same(turn(BLOB, orientation, (30, 40)))
    assert reading.report.counts == {"turned": 1}


def test_a_square_photo_is_asked_for_too(coco, picture):
    picture(size=(30, 30), orientation=6)
    images = [{"id": 1, "file_name": "a.png", "width": 30, "height": 30}]
    _, (image,) = read(coco({"segmentation": SQUARE}, images=images), exif="ignored")
    assert image.objects[0].mask.same(turn(BLOB, 6, (30, 30)))


def test_an_rle_that_is_turned_against_its_entry_tells_by_its_size(coco, picture):
    picture(orientation=6)
    seen = turn(BLOB, 6, (30, 40))
    reading, (image,) = read(coco({"segmentation": rle.encode(seen, (40, 30))}))
    assert image.objects[0].mask.same(seen)
    assert reading.report.counts == {"turned": 1, "turned rle": 1}


def test_swapped_sides_take_the_files(coco, picture):
    picture()
    images = [{"id": 1, "file_name": "a.png", "width": 30, "height": 40}]
    reading, (image,) = read(coco({"segmentation": SQUARE}, images=images))
    assert image.size == (30, 40)
    assert image.objects[0].mask.same(BLOB)
    assert reading.report.counts == {"swapped size": 1}


def test_another_size_leaves_the_annotations_out(coco, picture):
    picture(size=(60, 80))
    reading, (image,) = read(coco({"segmentation": SQUARE}))
    assert image.size == (60, 80)
    assert image.objects == []
    assert reading.report.counts == {"other size": 1}


def test_no_size_is_taken_from_the_file_or_the_image_stays_out(coco, picture, tmp_path):
    picture()
    images = [{"id": 1, "file_name": "a.png", "width": 40, "height": 0}]
    reading, (image,) = read(coco({"segmentation": SQUARE}, images=images))
    assert image.objects[0].mask.same(BLOB)
    assert reading.report.counts == {"size from file": 1}
    (tmp_path / "a.png").unlink()
    reading, found = read(coco({"segmentation": SQUARE}, images=images))
    assert found == []
    assert reading.report.counts == {"no size": 1}


def test_regions_are_laid_into_the_layer_the_later_above(coco, picture):
    picture()
    sky = Mask.rectangle((0, 0, 40, 12))
    path = coco(
        {"segmentation": rle.encode(sky, (30, 40)), "category_id": 2},
        {"segmentation": SQUARE, "category_id": 3},
        categories=[
            {"id": 2, "name": "sky", "isthing": 0},
            {"id": 3, "name": "wall", "isthing": 0, "color": [1, 2, 255]},
        ],
    )
    reading, (image,) = read(path)
    assert image.objects == []
    assert image.layer[3].same(BLOB)
    assert image.layer[2].same(sky - BLOB)
    assert [each.color for each in reading.classes] == [None, "#0102FF"]


def test_remarks_are_whole_sentences_with_places(coco, picture):
    picture()
    reading, _ = read(coco(*({"segmentation": [], "bbox": [1, 1, 2, 2]} for _ in range(5))))
    (remark,) = reading.report.remarks()
    assert remark.text == (
        "5 annotations have a box but no mask and were left out "
        "(a.png, annotation 1, a.png, annotation 2, a.png, annotation 3 …)."
    )
    assert json.dumps(remark.text)


def test_images_of_lvis_go_by_the_end_of_their_address(tmp_path, picture):
    picture("train2017/000000000139.jpg")
    entry = {"id": 139, "height": 30, "width": 40, "neg_category_ids": [3]}
    entry["coco_url"] = "http://images.cocodataset.org/train2017/000000000139.jpg"
    path = tmp_path / "lvis_v1_train2017.json"
    path.write_text(json.dumps({"images": [entry], "annotations": [], "categories": []}))
    reading = CocoReading(path)
    (image,) = reading.images()
    assert (image.file_name, image.present) == ("000000000139.jpg", True)
    assert image.extra["neg_category_ids"] == [3]
    assert reading.report.remarks() == []


def test_an_image_that_is_a_link_out_of_the_folder_is_missing(coco, picture, tmp_path):
    away = picture("elsewhere/secret.png")
    path = coco({"segmentation": [[1, 1, 5, 1, 5, 5]]})
    (tmp_path / "a.png").symlink_to(away)
    (tmp_path / "inside").mkdir()
    reading = CocoReading(path, tmp_path)
    (image,) = reading.images()
    assert image.present  # the link stays in the folder it is opened in
    folder = tmp_path / "inside"
    (folder / "a.png").symlink_to(away)
    reading = CocoReading(path, folder)
    (image,) = reading.images()
    assert not image.present
    assert reading.report.counts == {"linked": 1}
    assert len(image.objects) == 1
