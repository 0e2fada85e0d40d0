"""COCO files of many pieces: any order of lists and annotations, checked across blocks."""

import json
from dataclasses import replace

import numpy as np
import pytest

from engine.document.annotation import Annotation
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.errors import EngineError
from engine.formats import json_file, json_scan
from engine.formats.base import Sheet, SheetImage
from engine.formats.coco_read import CocoReading
from engine.formats.coco_write import SAMPLES, CocoWriter
from engine.formats.read_back import read_back
from engine.formats.report import Report
from engine.formats.verify import verify_file
from engine.masks import rle
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

SIZE = (30, 40)
COUNT = 300
TAXONOMY = Taxonomy([LabelClass(id=2, name="cat", color="#000000", order=0)])


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """A file of some kilobytes is read as one of gigabytes is."""
    monkeypatch.setattr(json_scan, "CHUNK", 4096)
    monkeypatch.setattr(json_scan, "WINDOW", 2048)
    monkeypatch.setattr(json_file, "AHEAD", 1000)
    default = json_scan.blocks.__defaults__
    monkeypatch.setattr(json_scan.blocks, "__defaults__", (5000,))
    assert default != (5000,)


def mask_of(number):
    return Mask.rectangle((number % 30, number // 30, number % 30 + 5, number // 30 + 6))


def entries(shuffled=False):
    found = []
    for number in range(COUNT):
        mask = mask_of(number)
        left, top, right, bottom = mask.box
        found.append(
            {
                "id": number + 1,
                "image_id": number // 7,
                "category_id": 1,
                "segmentation": rle.encode(mask, SIZE),
                "area": mask.area,
                "bbox": [left, top, right - left, bottom - top],
                "iscrowd": 0,
            }
        )
    if shuffled:
        np.random.default_rng(1).shuffle(found)
    return found


def written(path, annotations, first=("images", "annotations")):
    lists = {
        "images": [
            {"id": n, "file_name": f"{n}.png", "width": SIZE[1], "height": SIZE[0]}
            for n in range(COUNT // 7 + 1)
        ],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "cat"}],
    }
    order = [*first, *(lists.keys() - set(first))]
    path.write_text(json.dumps({name: lists[name] for name in order}))
    return path


@pytest.mark.parametrize("first", [("images", "annotations"), ("annotations", "categories")])
@pytest.mark.parametrize("shuffled", [False, True])
def test_every_mask_comes_to_its_image(tmp_path, first, shuffled):
    path = written(tmp_path / "x.json", entries(shuffled), first)
    reading = CocoReading(path)
    found = {each.file_name: each for each in reading.images()}
    assert len(found) == COUNT // 7 + 1
    for name, image in found.items():
        numbers = sorted(each.coco_id - 1 for each in image.objects)
        assert numbers == [n for n in range(COUNT) if f"{n // 7}.png" == name]
        for each in image.objects:
            assert each.mask.same(mask_of(each.coco_id - 1))
    assert reading.report.counts == {}


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_sound_file_of_many_blocks_is_sound(tmp_path, deep, shuffled):
    told = []
    path = written(tmp_path / "x.json", entries(shuffled))
    verdict = verify_file(path, deep=deep, watch=lambda *done: told.append(done))
    assert (verdict.problems, verdict.masks, verdict.images) == ([], COUNT, COUNT // 7 + 1)
    assert verdict.decoded == (COUNT if deep else 64)
    assert len(told) > 5
    assert told[-1] == (COUNT, COUNT)


def test_faults_far_apart_are_found(tmp_path):
    some = entries()
    some[250]["id"] = 3
    some[290]["area"] += 1
    some[120]["image_id"] = 9999
    verdict = verify_file(written(tmp_path / "x.json", some))
    said = " ".join(verdict.problems)
    assert "1 annotation number is used twice: 3." in said
    assert "1 area is not that of its mask: annotation 291." in said
    assert "names an image that is not listed: annotation 121." in said


def test_a_check_ends_where_it_is_told_to(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_file(written(tmp_path / "x.json", entries()), watch=stop)


# -- written and read back


def sheets(numbered):
    for page in range(40):
        objects = [
            Annotation(
                id=page * 10 + n + 1,
                class_id=2,
                mask=mask_of(page * 3 + n),
                order=n,
                coco_id=9000 - page * 10 - n if numbered(n) else None,
                extra={"k": n} if n == 1 else {},
            )
            for n in range(5)
        ]
        image = SheetImage(key=page, file_name=f"{page}.png", size=SIZE)
        yield Sheet(image=image, objects=objects, layer=ClassMap(SIZE))


@pytest.fixture(params=["all", "none", "some"])
def writer(request, tmp_path):
    numbered = {"all": lambda n: True, "none": lambda n: False, "some": lambda n: n % 2 == 0}
    made = lambda: sheets(numbered[request.param])  # noqa: E731
    writing = CocoWriter(TAXONOMY, [each.image for each in made()], {}, Report())
    return writing, writing.write(tmp_path / "o.json", made()), made


def test_numbers_of_every_kind_come_back(writer):
    writing, done, made = writer
    told = []
    assert read_back(done, watch=lambda *each: told.append(each)) == SAMPLES
    assert told[-1] == (200, 200)
    assert read_back(done, writing.again(done, made())) == 200
    data = json.loads(done.path.read_text())
    assert sorted(done.numbers) == sorted(each["id"] for each in data["annotations"])
    assert [each.get("k") for each in data["annotations"]].count(1) == 40


def test_deep_finds_what_differs_wherever_it_stands(writer):
    writing, done, made = writer
    other = [*made()]
    changed = [replace(other[31].objects[2], mask=mask_of(0)), *other[31].objects[3:]]
    other[31] = replace(other[31], objects=[*other[31].objects[:2], *changed])
    with pytest.raises(EngineError, match=r"1 mask came back different after export, in 31\.png"):
        read_back(done, writing.again(done, other))


def test_a_number_that_stands_twice_is_a_difference(writer):
    _, done, _ = writer
    data = json.loads(done.path.read_text())
    data["annotations"].append(data["annotations"][4])
    done.path.write_text(json.dumps(data))
    with pytest.raises(EngineError, match="1 mask came back different"):
        read_back(done)


def test_samples_are_spread_over_all_masks(tmp_path):
    """Each as likely as any other: the middle of those taken is near the middle of all."""
    pages = [
        Sheet(
            image=SheetImage(key=key, file_name=f"{key}.png", size=SIZE),
            objects=[Annotation(id=key + 1, class_id=2, mask=mask_of(1))],
            layer=ClassMap(SIZE),
        )
        for key in range(3000)
    ]
    writing = CocoWriter(TAXONOMY, [each.image for each in pages], {}, Report())
    taken = sorted(writing.write(tmp_path / "o.json", pages).samples)
    assert len(taken) == SAMPLES
    assert 1000 < np.median(taken) < 2000
    assert taken[0] < 300
    assert taken[-1] > 2700


def test_what_is_refused_or_stopped_while_read_back_takes_no_place(tmp_path):
    target = tmp_path / "o.json"
    target.write_text("before")
    pages = [*sheets(lambda n: True)]
    for problem in (EngineError("different"), KeyboardInterrupt()):

        def check(written, at, problem=problem):
            assert at != target
            assert len(json.loads(at.read_text())["annotations"]) == written.masks == 200
            raise problem

        writing = CocoWriter(TAXONOMY, [each.image for each in pages], {}, Report())
        with pytest.raises(type(problem)):
            writing.write(target, pages, check=check)
        assert [each.name for each in tmp_path.iterdir()] == ["o.json"]
        assert target.read_text() == "before"
