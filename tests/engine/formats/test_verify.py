import json

import pytest

from engine.errors import EngineError
from engine.formats.verify import verify_file
from engine.masks import rle
from engine.masks.mask import Mask

SIZE = (30, 40)
BLOB = Mask.rectangle((5, 5, 20, 15))
FINE = {"segmentation": rle.encode(BLOB, SIZE), "area": 150, "bbox": [5, 5, 15, 10]}
SQUARE = [[5.0, 5.0, 20.0, 5.0, 20.0, 15.0, 5.0, 15.0]]


def test_a_sound_file_is_sound(coco):
    verdict = verify_file(coco(FINE, {**FINE, "segmentation": SQUARE}), deep=True)
    assert verdict.problems == []
    assert (verdict.images, verdict.masks, verdict.decoded) == (1, 2, 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"area": 151}, "1 area is not that of its mask: annotation 1."),
        ({"area": None}, "1 area is not"),
        ({"bbox": [5, 5, 15, 12]}, "1 box is not that of its mask"),
        ({"bbox": []}, "1 box is not"),
        ({"image_id": 9}, "names an image that is not listed"),
        ({"category_id": 9}, "names a class that is not listed"),
        ({"iscrowd": 2}, "iscrowd is neither 0 nor 1"),
        ({"iscrowd": True}, "iscrowd is neither 0 nor 1"),
        ({"id": "1"}, "is missing or is no whole number"),
        ({"segmentation": {"size": [40, 30], "counts": "0"}}, "another size than its image"),
        ({"segmentation": {"size": [30, 40], "counts": "5"}}, "1 mask is damaged"),
        ({"segmentation": {"size": [30, 40], "counts": "~"}}, "1 mask is damaged"),
        ({"segmentation": {"size": [30, "x"], "counts": "0"}}, "1 mask is damaged"),
        ({"segmentation": rle.encode(Mask.EMPTY, SIZE)}, "covers no pixel"),
        ({"segmentation": []}, "has no mask"),
        ({"segmentation": [[5, 5, 15, 10]]}, "unusual or broken shape"),
        ({"segmentation": SQUARE, "area": 900}, "1 area is not"),
        ({"segmentation": SQUARE, "bbox": [5, 5, 30, 10]}, "1 box is not"),
        (
            {
                "segmentation": [[-9.0, 5.0, 20.0, 5.0, 20.0, 15.0, -9.0, 15.0]],
                "area": 290,
                "bbox": [-9, 5, 29, 10],
            },
            "leaves its image",
        ),
    ],
)
def test_each_fault_is_found_and_named(coco, change, words):
    verdict = verify_file(coco({**FINE, **change}))
    assert any(words in problem for problem in verdict.problems), verdict.problems
    assert not verdict.sound


def test_a_mask_that_could_be_written_shorter_is_found(coco):
    text = FINE["segmentation"]["counts"]
    idle = {"size": list(SIZE), "counts": text[:-1] + chr(ord(text[-1]) + 32) + "0"}
    assert rle.decode(idle["counts"], SIZE).same(BLOB)
    verdict = verify_file(coco({**FINE, "segmentation": idle}))
    assert verdict.problems == [
        "1 mask is written in an unusual way that other readers may refuse: annotation 1."
    ]


def test_numbers_used_twice_are_found(coco):
    image = {"id": 1, "file_name": "a.png", "width": 40, "height": 30}
    verdict = verify_file(
        coco(
            FINE,
            {**FINE, "id": 1},
            images=[image, image],
            categories=[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}],
        )
    )
    assert len(verdict.problems) == 4
    assert verdict.hints == ["1 file name is used twice: a.png."]


def test_the_health_check_file_of_hotcoco_is_found_bad(assets):
    verdict = verify_file(assets / "formats/coco_json/hotcoco/healthcheck_bad.json")
    assert len(verdict.problems) == 6


@pytest.mark.parametrize(
    "name",
    [
        "datasets/tiny_coco/annotations/instances_train2017.json",
        "datasets/nuclei_dsb2018/instances_rle.json",
        "formats/coco_json/instances_val2014_100.json",
    ],
)
def test_files_of_others_are_sound(assets, name):
    verdict = verify_file(assets / name, deep=True)
    assert verdict.problems == []
    assert verdict.decoded == verdict.masks


@pytest.mark.parametrize("data", [[], {"images": []}, {"images": [], "annotations": {}}])
def test_what_is_no_annotation_file_is_refused(tmp_path, data):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(data))
    with pytest.raises(EngineError):
        verify_file(path)


def test_masks_that_are_there_twice_and_class_numbers_left_out_are_found(coco):
    outline = {**FINE, "id": 3, "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]]}
    verdict = verify_file(
        coco(
            FINE,
            {**FINE, "id": 2},
            outline,
            {**outline, "id": 4, "image_id": [5]},
            {**outline, "id": 9},
            categories=[{"id": 1, "name": "a"}, {"id": 4, "name": "b"}],
        )
    )
    twins = [each for each in verdict.problems if "twice, with" in each]
    assert twins == ["2 masks are there twice, with the same class: annotation 2, annotation 9."]
    assert "2 class numbers are left out between others: 2, 3." in verdict.hints
