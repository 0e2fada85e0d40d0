"""What COCO files list beside their masks: images, classes, lists of LVIS, scores."""

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.format import ReadOptions
from engine.formats.report import Report
from engine.formats.verify import verify_file
from engine.formats.verify_any import verify_any
from engine.formats.verify_maps import examine_voc
from engine.formats.verify_words import SENTENCES
from engine.masks import rle
from engine.masks.mask import Mask

SIZE = (30, 40)
FINE = {
    "segmentation": rle.encode(Mask.rectangle((5, 5, 20, 15)), SIZE),
    "area": 150,
    "bbox": [5, 5, 15, 10],
}
OTHER = {
    "segmentation": rle.encode(Mask.rectangle((0, 0, 4, 4)), SIZE),
    "area": 16,
    "bbox": [0, 0, 4, 4],
}
IMAGE = {"id": 1, "file_name": "a.png", "width": 40, "height": 30}


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([{**IMAGE, "file_name": ""}], "1 image names no file: image 1."),
        ([{**IMAGE, "file_name": None}], "1 image names no file: image 1."),
        (
            [{**IMAGE, "file_name": "../../a.png"}],
            "1 file name leads out of the folder of images: ../../a.png.",
        ),
        ([{**IMAGE, "id": "1"}], "1 number is missing or is no whole number: image “1”."),
        ([IMAGE] * 4, "1 image number is used twice: 1."),
        (
            [{**IMAGE, "neg_category_ids": [9], "not_exhaustive_category_ids": [1]}],
            "1 list of an image names a class that is not listed: neg_category_ids of image 1.",
        ),
        (
            [{**IMAGE, "neg_category_ids": [1]}],
            "1 object is of a class that its image is said not to hold: annotation 1.",
        ),
    ],
)
def test_each_fault_of_an_image_is_told_once(coco, images, words):
    assert verify_file(coco(FINE, images=images)).problems == [words]


def test_a_class_that_is_not_there_may_be_said_to_be_absent(coco):
    classes = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    image = {**IMAGE, "neg_category_ids": [2], "not_exhaustive_category_ids": [1]}
    assert verify_file(coco(FINE, images=[image], categories=classes)).problems == []


def test_images_of_lvis_have_an_address_for_a_name(coco):
    image = {key: value for key, value in IMAGE.items() if key != "file_name"}
    image["coco_url"] = "http://images.cocodataset.org/val2017/000000397133.jpg"
    assert verify_file(coco(FINE, images=[image])).sound


@pytest.mark.parametrize("name", [None, "", " ", 7])
def test_a_class_without_a_name_is_found(coco, name):
    classes = [{"id": 1, "name": "cat"}, {"id": 2, "name": name}]
    assert verify_file(coco(FINE, categories=classes)).problems == ["1 class has no name: 2."]


def test_two_classes_of_one_name_are_a_hint(coco):
    classes = [{"id": number, "name": "cat"} for number in (1, 2, 3)]
    verdict = verify_file(coco(FINE, categories=classes))
    assert (verdict.problems, verdict.hints) == ([], ["1 class name is used twice: cat."])


@pytest.mark.parametrize("score", [float("nan"), float("inf"), "0.5", True, 1e300])
def test_a_score_that_cannot_be_compared_is_found(coco, score):
    assert verify_file(coco({**FINE, "score": score})).problems == [
        "1 score is no number: annotation 1."
    ]
    assert verify_file(coco({**FINE, "score": 0.5})).sound


def test_scores_of_a_list_of_results_are_checked_too(coco):
    path = coco(name="results.json")
    entry = '{"image_id": 1, "category_id": 1, "segmentation": []'
    more = (', "score": NaN}', ', "score": 0.5}', "}", ', "score": "1"}')
    path.write_text(f"[{', '.join(entry + each for each in more)}]")
    report = Report(SENTENCES)
    registry.get("coco").examine(path, ReadOptions(), report)
    assert [each.text for each in report.remarks()] == [
        "2 scores are no numbers: result 1, result 4."
    ]


def test_a_number_used_often_is_one_case(coco):
    path = coco({**FINE, "id": 3}, {**OTHER, "id": 3}, {**OTHER, "id": 3, "bbox": [0, 0, 4, 4]})
    problems = verify_file(path).problems
    assert "1 annotation number is used twice: 3." in problems


def test_an_annotation_without_a_number_is_told_by_its_image(coco):
    assert verify_file(coco({**FINE, "id": None})).problems == [
        "1 number is missing or is no whole number: an annotation of image 1."
    ]


def test_images_are_looked_for_where_they_are_said_to_be(coco, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    path = coco(FINE, images=[IMAGE, {**IMAGE, "id": 2, "file_name": "b.png"}])
    with pytest.raises(EngineError, match="There is no folder"):
        verify_file(path, images=tmp_path / "nowhere")
    assert verify_file(path, images=photos).problems == [
        "2 image files are missing or cannot be read: a.png, b.png."
    ]
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(photos / "a.png")
    Image.fromarray(np.zeros((31, 40, 3), np.uint8)).save(photos / "b.png")
    assert verify_file(path, images=photos).problems == [
        "1 image file has another size than the file says: b.png."
    ]
    Image.fromarray(np.zeros(SIZE[::-1], np.uint8)).save(photos / "b.png")  # turned by its camera
    assert verify_file(path, images=photos).sound


def cvat(folder, *shapes):
    file = folder / "annotations.xml"
    file.write_text(
        "<annotations><version>1.1</version><meta><task><labels><label><name>cat</name></label>"
        '</labels></task></meta><image id="0" name="a.png" width="40" height="30">'
        f"{''.join(shapes)}</image></annotations>"
    )
    return file


FORM = '<polygon label="cat" points="1,1;9,1;9,9"/>'


def test_points_and_lines_are_no_fault(tmp_path):
    others = '<polyline label="cat" points="1,1;9,9"/>', '<points label="cat" points="3,3"/>'
    found = verify_any(registry.get("cvat"), cvat(tmp_path, FORM, *others), ReadOptions())
    assert (found.problems, found.masks) == ([], 1)
    assert any("2 shapes have no area" in each for each in found.hints)


def test_a_label_that_cvat_does_not_list_is_found(tmp_path):
    file = cvat(tmp_path, FORM, FORM.replace("cat", "dog"))
    assert verify_any(registry.get("cvat"), file, ReadOptions()).problems == [
        "1 annotation names a class that is not listed: a.png, “dog”."
    ]


def test_missing_images_are_a_fault_where_they_are_asked_for(tmp_path):
    file, form = cvat(tmp_path, FORM), registry.get("cvat")
    found = verify_any(form, file, ReadOptions())
    assert (found.problems, found.hints) == ([], [f"1 image is not in {tmp_path}."])
    (tmp_path / "photos").mkdir()
    options = ReadOptions(images=tmp_path / "photos")
    found = verify_any(form, file, options, complete=True)
    assert found.problems == [f"1 image is not in {tmp_path / 'photos'}."]


def test_shares_of_sides_that_nobody_knows_cannot_be_checked(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text("names: [cat]\n")
    with pytest.raises(EngineError, match="can be checked only with their images"):
        verify_any(registry.get("yolo-seg"), tmp_path, ReadOptions())


def test_voc_keeps_the_masks_of_its_test_images(tmp_path):
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    for name in ("test.txt", "val.txt"):
        (lists / name).write_text("2007_000002\n")
    report = Report({"only listed": ("warning", "{where}", "{where}")})
    examine_voc(tmp_path, report)
    assert report.places == {"only listed": ["2007_000002 in val.txt"]}
