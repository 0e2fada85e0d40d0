"""Exports in parts, with their images, without the empty ones, and what is said before."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine.document.document import Status
from engine.errors import EngineError
from engine.formats import registry
from engine.formats.format import ReadOptions
from engine.jobs import folds, pictures_out
from engine.jobs.compare import compare
from engine.jobs.job import ExportSpec, ImportSpec
from engine.jobs.take_up import take_up
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

SIZE = (30, 40)
OTHER = Mask.rectangle((1, 1, 9, 9))


@pytest.fixture
def export(project, run, tmp_path):
    def go(name="out.json", **options):
        spec = ExportSpec(project=str(project.path), target=str(tmp_path / name), **options)
        _, done, events = run(spec)
        return done, [event.text for event in events if type(event).__name__ == "Note"]

    return go


def test_parts_are_written_apart(project, paint, export, blob, tmp_path):
    for number in (1, 2, 3):
        paint(number, blob)
    done, _ = export(splits=True)
    assert "not split into train, val and test yet" in done.error
    for number, fold in ((1, "train"), (2, "held")):
        project.set_image(number, fold=fold)
    done, notes = export(splits=True)
    assert done.outcome == "done", done
    assert (done.result["images"], done.result["masks"]) == (2, 2)
    names = {
        part: [each["file_name"] for each in json.loads(path.read_text())["images"]]
        for part in ("train", "val")
        for path in [tmp_path / f"out_{part}.json"]
    }
    assert names == {"train": ["a.png"], "val": ["b.png"]}
    assert not (tmp_path / "out.json").exists()
    assert any(note.startswith("1 image is in no part of the split") for note in notes)
    done, _ = export("voc", format="voc", splits=True)
    assert sorted(each.name for each in (tmp_path / "voc").iterdir()) == ["train", "val"]
    assert done.result["summary"].splitlines()[0].startswith("train: 1 mask")


def test_yolo_gets_one_list_for_all_parts(project, paint, export, blob, tmp_path):
    from engine.formats.verify_any import verify_any

    for number, fold in ((1, "train"), (2, "held"), (3, "test")):
        paint(number, blob)
        project.set_image(number, fold=fold)
    done, _ = export("y", format="yolo-seg", splits=True, pictures="copy")
    assert done.outcome == "done", done
    words = (tmp_path / "y" / "data.yaml").read_text()
    assert "train: train/images\nval: val/images\ntest: test/images\nnc: 2\n" in words
    form = registry.detect(tmp_path / "y")
    assert form.name == "yolo-seg"
    found = verify_any(form, tmp_path / "y", ReadOptions())
    assert (found.problems, found.images, found.masks) == ([], 3, 3)


def test_images_without_masks_by_choice(project, paint, export, blob, tmp_path):
    paint(1, blob)
    layer = ClassMap(SIZE)
    project.add_annotations(2, layer=layer.flip(layer.change(blob, 3)), status=Status.DONE)
    done, _ = export()
    assert done.result["images"] == 3
    done, _ = export(empty="skip")
    assert done.result["images"] == 2
    done, _ = export(empty="skip", images=(3,))
    assert "None of these images has a mask" in done.error


@pytest.mark.parametrize("how", ["copy", "link"])
def test_images_go_along(project, paint, export, blob, tmp_path, how):
    paint(1, blob)
    done, _ = export("set/out.json", pictures=how)
    assert done.outcome == "done"
    there = tmp_path / "set" / "images" / "a.png"
    assert there.read_bytes() == (tmp_path / "a.png").read_bytes()
    assert os.path.samefile(there, tmp_path / "a.png") == (how == "link")
    done, _ = export("set/out.json", pictures=how)  # again: what is there is the same
    assert done.outcome == "done"


def test_another_picture_is_never_overwritten(project, paint, export, blob, tmp_path):
    paint(1, blob)
    (tmp_path / "voc" / "JPEGImages").mkdir(parents=True)
    (tmp_path / "voc" / "JPEGImages" / "a.png").write_bytes(b"mine")
    done, _ = export("voc", format="voc", pictures="copy")
    assert "is there already and is another picture" in done.error
    assert (tmp_path / "voc" / "JPEGImages" / "a.png").read_bytes() == b"mine"


def test_where_links_cannot_be_images_are_copied_and_that_is_said(
    project, paint, export, blob, tmp_path, monkeypatch
):
    link = os.link

    def refuse(source, target):
        if "set" in str(target):
            raise OSError(18, "Invalid cross-device link")
        link(source, target)

    monkeypatch.setattr(pictures_out.os, "link", refuse)
    (tmp_path / "c.png").unlink()
    done, notes = export("set/out.json", pictures="link")
    assert done.outcome == "done", done
    assert any(note.startswith("2 images were copied") for note in notes)
    assert any("1 image file is missing" in note for note in notes)


@pytest.mark.parametrize(
    ("form", "masks", "pictures", "tail"),
    [
        ("yolo-seg", "labels/*.txt", "images", ""),
        ("voc", "SegmentationClass/*.png", "JPEGImages", ""),
        ("cityscapes", "gtFine/default/*_labelIds.png", "leftImg8bit/default", "_leftImg8bit"),
    ],
)
def test_masks_and_pictures_of_one_name_pair(
    project, export, paint, blob, tmp_path, form, masks, pictures, tail
):
    """Others find the mask of p.jpg as p.txt, which p.png would have to share."""
    for suffix, value in (("bmp", 10), ("png", 200)):
        Image.fromarray(np.full((*SIZE, 3), value, np.uint8)).save(tmp_path / f"p.{suffix}")
    rows = project.add_images([tmp_path / "p.bmp", tmp_path / "p.png"], [SIZE] * 2)
    paint(rows[0].id, blob)
    paint(rows[1].id, OTHER)
    done, _ = export("set", format=form, pictures="copy", images=tuple(r.id for r in rows))
    assert done.outcome == "done", done
    stems = {each.stem.removesuffix("_gtFine_labelIds") for each in tmp_path.glob(f"set/{masks}")}
    copied = {each.stem: each for each in (tmp_path / "set" / pictures).iterdir()}
    assert set(copied) == {f"{stem}{tail}" for stem in stems}
    assert len(stems) == 2
    found = {
        np.asarray(Image.open(image.path))[0, 0, 0].item(): image.objects[0].mask
        for image in registry.get(form).read(tmp_path / "set", ReadOptions()).images()
    }
    assert found[10].same(blob)
    assert found[200].same(OTHER)


def test_equal_names_in_folders_keep_their_folders(project, export, paint, blob, tmp_path):
    for folder, value in (("x", 10), ("y", 200)):
        (tmp_path / folder).mkdir()
        Image.fromarray(np.full((*SIZE, 3), value, np.uint8)).save(tmp_path / folder / "p.png")
    rows = project.add_images([tmp_path / "x" / "p.png", tmp_path / "y" / "p.png"], [SIZE] * 2)
    paint(rows[0].id, blob)
    paint(rows[1].id, OTHER)
    done, _ = export("set", format="yolo-seg", pictures="copy", images=tuple(r.id for r in rows))
    assert done.outcome == "done", done
    for folder, value in (("x", 10), ("y", 200)):
        found = np.asarray(Image.open(tmp_path / "set" / "images" / folder / "p.png"))
        assert (found == value).all()
        assert (tmp_path / "set" / "labels" / folder / "p.txt").is_file()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "voc", "polygons": True}, "no choice of outlines"),
        ({"format": "coco", "colors": True}, "no choice of colours"),
        (
            {"format": "coco", "dialect": "crayon"},
            "no dialect “crayon”. There are: instances",
        ),
        ({"format": "voc", "dialect": "lvis"}, "There are: none"),
        ({"pictures": "copy", "tile": 64}, "Tiles bring pictures of their own"),
    ],
)
def test_what_a_format_does_not_have_is_refused(export, options, words):
    done, _ = export("x", **options)
    assert words in done.error


def test_what_a_format_cannot_carry_is_counted_before(project, paint, export, blob):
    paint(1, blob, blob.moved(3, 0), score=0.5, extra={"k": 1})
    _, notes = export("voc", format="voc")
    assert any(note.startswith("1 object lies partly under others") for note in notes)
    assert any(note.startswith("2 scores are left out") for note in notes)
    _, notes = export()
    assert any(note.startswith("2 scores are left out") for note in notes)
    _, notes = export(scores=True)
    assert not any("score" in note for note in notes)


WHOLE = {"coco": "o.json", "coco-panoptic": "o.json", "coco-stuff": "stuff.json", "cvat": "o.xml"}


@pytest.mark.parametrize("name", [each.name for each in registry.writable()])
def test_every_format_is_compared_with_the_project(project, paint, export, blob, tmp_path, name):
    paint(1, blob, blob.moved(3, 0))
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 20, 40, 30)), 3))
    project.add_annotations(2, layer=layer, status=Status.DONE)
    done, _ = export(f"o/{WHOLE.get(name, '')}", format=name, images=(1, 2))
    assert done.outcome == "done", done
    form = registry.get(name)
    target = tmp_path / "o" / WHOLE.get(name, "")
    found = compare(project, target, form)
    assert found.problems == []
    assert found.identical == {"png": 2, "coco-stuff": 2, "png-instances": 2}.get(name, 3)
    paint(1, OTHER)
    assert compare(project, target, form).problems == [
        "1 image holds other masks than the project: a.png."
    ]


def test_results_come_back_into_the_project_they_came_from(project, paint, export, run, blob):
    paint(1, blob, score=0.75)
    done, _ = export("r.json", dialect="results")
    assert done.outcome == "done"
    project.add_annotations(1, status=Status.NEW)
    spec = ImportSpec(project=str(project.path), source=done.result["path"], status="corrected")
    job, done, _ = run(spec)
    assert done.outcome == "done", done
    take_up(project, job)
    assert [each.score for each in project.annotations(1)] == [0.75]  # the same: added once


# -- parts ---------------------------------------------------------------------------------------


@pytest.fixture
def patients(project, tmp_path):
    """Twelve images of four patients in two folders."""
    files = []
    for number in range(12):
        path = tmp_path / f"site{number % 2}" / f"patient_{number // 3}_{number}.png"
        path.parent.mkdir(exist_ok=True)
        path.touch()
        files.append(path)
    project.remove_images([1, 2, 3])
    project.add_images(files, [SIZE] * 12, [{"extra": {"ward": n // 6}} for n in range(12)])
    return project


WISH = folds.FoldWish(val=0.25, test=0.25, stratified=False)


def parts_by(project, key):
    found = {}
    for row in project.images():
        found.setdefault(key(row), set()).add(row.fold)
    return found


@pytest.mark.parametrize(
    ("wish", "key"),
    [
        ({"by": "folder"}, lambda row: row.path.parent.name),
        ({"by": "group", "pattern": "(patient_[0-9]+)_"}, lambda row: row.file_name[:9]),
        ({"by": "group", "pattern": "patient_[0-9]+"}, lambda row: row.file_name[:9]),
        ({"by": "group", "column": "ward"}, lambda row: row.extra["ward"]),
    ],
)
def test_what_belongs_together_stays_together(patients, wish, key):
    folds.keep_folds(patients, folds.make_folds(patients, replace(WISH, **wish)))
    assert all(len(parts) == 1 for parts in parts_by(patients, key).values())
    assert all(row.fold in ("train", "held", "test") for row in patients.images())


def test_a_split_is_kept_and_extended(patients, tmp_path):
    folds.keep_folds(patients, folds.make_folds(patients, WISH))
    before = {row.id: row.fold for row in patients.images()}
    assert folds.fold_counts(patients.images()) == {"train": 6, "held": 3, "test": 3, "": 0}
    assert folds.make_folds(patients, WISH) == {}
    more = [tmp_path / f"new_{n}.png" for n in range(4)]
    added = patients.add_images(more, [SIZE] * 4)
    found = folds.make_folds(patients, WISH)
    assert set(found) == {row.id for row in added}
    folds.keep_folds(patients, found)
    assert {row.id: row.fold for row in patients.images() if row.id in before} == before
    again = folds.make_folds(patients, replace(WISH, again=True, seed=5))
    assert len(again) == 16


def test_shares_hold_for_every_class(project, paint, blob, tmp_path):
    files = [tmp_path / f"more_{n}.png" for n in range(37)]
    rows = project.add_images(files, [SIZE] * 37)
    for row in rows[::4]:
        paint(row.id, blob)
    found = folds.make_folds(project, replace(WISH, stratified=True))
    held = [found[row.id] for row in rows[::4]]
    assert held.count("held") in (2, 3)
    assert held.count("test") in (2, 3)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"val": 0.6, "test": 0.5}, "leave something to train with"),
        ({"by": "group", "pattern": "(("}, "no regular expression"),
        ({"by": "group", "pattern": "nothing"}, "No image's path fits"),
        (
            {"by": "group", "column": "bed"},
            "No image has a field “bed” from its import. There are: ward",
        ),
    ],
)
def test_what_cannot_be_split_is_said(patients, wish, words):
    with pytest.raises(EngineError, match=words.replace("(", r"\(")):
        folds.make_folds(patients, replace(WISH, **wish))


@pytest.mark.parametrize("form", ["voc", "coco-panoptic", "png-instances", "cityscapes"])
def test_an_object_wholly_under_another_is_not_left_out_in_silence(paint, export, form):
    paint(1, OTHER, Mask.rectangle((0, 0, 20, 20)), Mask.rectangle((30, 5, 38, 9)))
    said = "1 object has no pixel left that is not others' too, and is not in the file."
    name = "o.json" if form == "coco-panoptic" else "o"
    done, notes = export(name, format=form)
    assert done.result["masks"] == 2
    assert any(note.startswith(said) for note in notes)
    done, notes = export(name, format=form, overlap="smaller")
    assert done.result["masks"] == 3
    assert not any(said in note for note in notes)


def test_a_part_has_the_numbers_of_the_whole(project, paint, export, blob, tmp_path):
    for number in (1, 2, 3):
        paint(number, blob)
    export("whole.json")
    export("one.json", images=(3,))
    whole, one = (
        {
            each["file_name"]: each["id"]
            for each in json.loads((tmp_path / name).read_text())["images"]
        }
        for name in ("whole.json", "one.json")
    )
    assert one.items() <= whole.items()


def test_an_export_stopped_while_images_are_copied_leaves_nothing(
    project, paint, blob, run, tmp_path, monkeypatch
):
    from engine.jobs.job import Cancelled

    paint(1, blob)

    def stop(*args, **kwargs):
        raise Cancelled

    monkeypatch.setattr("engine.jobs.export.write_images", stop)
    target = tmp_path / "new" / "voc"
    spec = ExportSpec(project=str(project.path), target=str(target), format="voc", pictures="copy")
    _, done, _ = run(spec)
    assert done.outcome == "cancelled"
    assert not target.parent.exists()
