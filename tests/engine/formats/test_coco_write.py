import json
from dataclasses import replace

import pytest

from engine.document.annotation import Annotation
from engine.document.taxonomy import BACKGROUND
from engine.errors import EngineError
from engine.formats.base import SheetImage
from engine.formats.coco_write import CocoWriter
from engine.formats.read_back import read_back
from engine.formats.report import Report
from engine.formats.verify import verify_file
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.sheets import BLOB, SIZE, sheet, taxonomy


def write(path, sheets, classes=None, fields=None, report=None, **options):
    writer = CocoWriter(
        classes or taxonomy(),
        [each.image for each in sheets],
        fields or {},
        report or Report(),
        **options,
    )
    written = writer.write(path, sheets)
    return writer, written, json.loads(path.read_text())


def test_an_object_is_written_exactly(tmp_path):
    _, written, data = write(tmp_path / "o.json", [sheet(BLOB)])
    assert data["images"] == [{"id": 1, "file_name": "a.png", "height": 30, "width": 40}]
    assert data["categories"] == [{"id": 1, "name": "cat"}]
    (entry,) = data["annotations"]
    counts = entry.pop("segmentation")
    assert counts["size"] == [30, 40]
    assert isinstance(counts["counts"], str)
    assert entry == {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "area": 150,
        "bbox": [5, 5, 15, 10],
        "iscrowd": 0,
    }
    assert (written.images, written.masks) == (1, 1)
    assert verify_file(tmp_path / "o.json", deep=True).sound


def test_ids_gaps_and_unknown_fields_come_back(tmp_path):
    classes = taxonomy(
        ("dog", {"coco_id": 18, "supercategory": "animal", "extra": {"keypoints": ["nose"]}}),
        ("new", {}),
    )
    page = sheet(BLOB, coco_id=900, extra={"attributes": {"a": 1}}, crowd=True, score=0.25)
    image = SheetImage(key=5, file_name="b/c.png", size=SIZE, coco_id=77, extra={"license": 3})
    page = replace(page, image=image)
    fields = {"info": {"year": 2020}, "licenses": [{"id": 3}], "type": "instances"}
    _, _, data = write(tmp_path / "o.json", [page], classes, fields)
    assert {key: data[key] for key in fields} == fields
    assert data["images"][0] | {"id": 77, "license": 3, "file_name": "b/c.png"} == data["images"][0]
    assert [each["id"] for each in data["categories"]] == [18, 19]
    assert data["categories"][0]["supercategory"] == "animal"
    assert data["categories"][0]["keypoints"] == ["nose"]
    (entry,) = data["annotations"]
    assert (entry["id"], entry["image_id"], entry["category_id"]) == (900, 77, 18)
    assert entry["attributes"] == {"a": 1}
    assert entry["iscrowd"] == 1
    assert "score" not in entry


def test_scores_are_written_where_wanted(tmp_path):
    _, _, data = write(tmp_path / "o.json", [sheet(BLOB, score=0.25)], scores=True)
    assert data["annotations"][0]["score"] == 0.25


def test_new_numbers_follow_the_old_ones_and_never_meet_them(tmp_path):
    page = sheet(BLOB, BLOB.moved(1, 1), BLOB.moved(2, 2))
    objects = list(page.objects)
    objects[2] = replace(objects[2], coco_id=1)
    other = sheet(BLOB, key=2, name="b.png", coco_id=1)
    report = Report()
    _, _, data = write(tmp_path / "o.json", [replace(page, objects=objects), other], report=report)
    assert [each["id"] for each in data["annotations"]] == [1, 2, 3, 4]
    assert data["annotations"][0]["bbox"][0] == 7
    assert report.counts == {"no number": 1}
    assert verify_file(tmp_path / "o.json").sound


def test_regions_are_one_annotation_a_class_and_background_is_none(tmp_path):
    classes = taxonomy(("cat", {}), ("sky", {"thing": False}))
    layer = ClassMap(SIZE)
    for mask, value in (
        (Mask.rectangle((0, 0, 40, 30)), BACKGROUND),
        (Mask.rectangle((0, 0, 10, 10)), 3),
        (Mask.rectangle((30, 20, 40, 30)), 3),
    ):
        layer = layer.flip(layer.change(mask, value))
    _, _, data = write(tmp_path / "o.json", [sheet(layer=layer)], classes)
    (entry,) = data["annotations"]
    assert (entry["category_id"], entry["area"]) == (2, 200)
    assert [each.get("isthing") for each in data["categories"]] == [None, 0]


def test_proposals_deleted_classes_and_empty_masks_stay_out(tmp_path):
    page = sheet(BLOB, Mask.EMPTY)
    waiting = Annotation(id=9, class_id=2, mask=BLOB, proposal=True)
    gone = Annotation(id=10, class_id=7, mask=BLOB)
    page = replace(page, objects=[*page.objects, waiting, gone])
    _, _, data = write(tmp_path / "o.json", [page])
    assert len(data["annotations"]) == 1


def test_nothing_is_left_when_the_writing_ends_early(tmp_path):
    target = tmp_path / "o.json"
    target.write_text("before")
    writer = CocoWriter(taxonomy(), [sheet().image, sheet(key=2).image], {}, Report())

    def stop(done, name):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writer.write(target, [sheet(BLOB), sheet(BLOB, key=2)], stop)
    assert [each.name for each in tmp_path.iterdir()] == ["o.json"]
    assert target.read_text() == "before"


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(EngineError, match=r"Could not write o\.json"):
        write(tmp_path / "missing" / "o.json", [sheet(BLOB)])


# -- reading back


def pages(count=150):
    return [sheet(BLOB.moved(at % 20, 0), key=at, name=f"{at}.png") for at in range(count)]


def test_reading_back_decodes_a_sample_or_everything(tmp_path):
    sheets = pages()
    writer, written, _ = write(tmp_path / "o.json", sheets)
    assert read_back(written) == 64
    assert read_back(written, writer.again(written, sheets)) == 150


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry: entry["segmentation"].update(counts=entry["segmentation"]["counts"] + "0"),
        lambda entry: entry.update(area=151),
        lambda entry: entry.update(bbox=[5, 5, 15, 11]),
        lambda entry: entry.update(image_id=9999),
        lambda entry: entry.update(category_id=9999),
        lambda entry: entry.update(id=151),
        lambda entry: entry["segmentation"].update(size=[40, 30]),
    ],
)
def test_any_difference_is_an_error_that_names_the_image(tmp_path, spoil):
    _, written, data = write(tmp_path / "o.json", pages())
    spoil(data["annotations"][7])
    (tmp_path / "o.json").write_text(json.dumps(data))
    with pytest.raises(EngineError, match="came back different after export, in"):
        read_back(written)


def test_a_mask_that_is_missing_is_a_difference(tmp_path):
    _, written, data = write(tmp_path / "o.json", pages())
    del data["annotations"][7]
    (tmp_path / "o.json").write_text(json.dumps(data))
    with pytest.raises(EngineError, match="1 mask came back different"):
        read_back(written)


def test_deep_finds_a_mask_that_is_not_the_projects(tmp_path):
    writer, written, _ = write(tmp_path / "o.json", pages())
    changed = pages()
    changed[149] = sheet(BLOB - Mask.rectangle((6, 6, 7, 7)), key=149, name="149.png")
    with pytest.raises(EngineError, match=r"1 mask .* in 149\.png"):
        read_back(written, writer.again(written, changed))


def test_a_file_cut_short_is_not_read_back(tmp_path):
    path = tmp_path / "o.json"
    _, written, _ = write(path, pages())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(EngineError, match="could not be read back"):
        read_back(written)
