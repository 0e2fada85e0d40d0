import json

import numpy as np
import pytest
from PIL import Image

from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.document.taxonomy import BACKGROUND
from engine.errors import EngineError
from engine.jobs.folder import JobFolder
from engine.jobs.job import ExportSpec, ImportSpec
from engine.jobs.runner import execute
from engine.jobs.take_up import KEPT_BEFORE, register, take_up, unfinished
from engine.masks import rle
from engine.masks.mask import Mask
from engine.store import Project

SIZE = (30, 40)


@pytest.fixture
def coco(tmp_path, blob):
    """A COCO file with one object in "a.png" and one in "d.png", which is not there."""
    entry = {"category_id": 18, "iscrowd": 0, "segmentation": rle.encode(blob, SIZE), "k": [1]}
    data = {
        "info": {"year": 2020},
        "images": [
            {"id": 5, "file_name": "a.png", "width": 40, "height": 30, "license": 3},
            {"id": 6, "file_name": "d.png", "width": 40, "height": 30},
        ],
        "annotations": [
            {"id": 11, "image_id": 5, **entry},
            {"id": 12, "image_id": 6, **entry},
        ],
        "categories": [{"id": 18, "name": "dog", "color": "#102030"}],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(data))
    return path


def imported(project, run, source, **options):
    spec = ImportSpec(project=str(project.path), source=str(source), **options)
    job, done, events = run(spec)
    assert done.outcome == "done", done
    return job, take_up(project, job), events


def exported(project, run, target, **options):
    spec = ExportSpec(project=str(project.path), target=str(target), **options)
    _, done, _ = run(spec)
    assert done.outcome == "done", done
    return done.result, json.loads(target.read_text())


def test_an_import_is_taken_up_once(project, run, coco, blob, tmp_path):
    job, taken, events = imported(project, run, coco)
    assert taken.objects == 2
    assert [each.kind for each in events if type(each).__name__ == "Artifact"] == ["part"]
    dog = project.taxonomy.by_name("dog")
    assert (dog.coco_id, dog.color, dog.thing) == (18, "#102030", True)
    row = project.find_image(tmp_path / "a.png")
    assert (row.id, row.coco_id, row.extra, row.status) == (1, 5, {"license": 3}, Status.DONE)
    (found,) = project.annotations(1)
    assert found.mask.same(blob)
    assert (found.class_id, found.coco_id, found.extra) == (dog.id, 11, {"k": [1]})
    assert project.load(1).layer.areas() == {BACKGROUND: 1200}
    assert len(project.images()) == 4
    assert not list(take_up(project, job))
    assert len(project.annotations(1)) == 1


def test_an_import_that_was_not_taken_up_is_after_a_restart(project, run, coco):
    job, _, _ = run(ImportSpec(project=str(project.path), source=str(coco)))
    register(project, job)
    project.flush()
    path = project.path
    project.close()
    again = Project.open(path)
    try:
        assert [row.id for row in unfinished(again)] == [job.id]
        assert take_up(again, job).objects == 2
        assert list(unfinished(again)) == []
    finally:
        again.close()


def test_importing_the_same_file_again_adds_nothing(project, run, coco):
    imported(project, run, coco)
    _, taken, _ = imported(project, run, coco)
    assert taken.objects == 0
    assert taken.remarks == ("2 objects were in the project already and left out.",)
    assert len(project.annotations(1)) == 1
    assert len(project.taxonomy.classes) == 3


def test_work_that_was_there_stays(project, paint, run, coco, blob):
    paint(1, blob.moved(10, 10), status=Status.CORRECTED)
    imported(project, run, coco, status="new")
    assert len(project.annotations(1)) == 2
    assert project.image(1).status == Status.CORRECTED


def test_objects_join_an_image_with_steps_to_undo(project, run, coco, blob):
    """It is not filled up with background, on which those steps would not fit."""
    document = project.load(1)
    target = edits.press(document, project.taxonomy, 2, (20, 20), force_new=True)
    stroke = edits.paint(document, blob.moved(10, 10), target, False, project.taxonomy)
    project.history(document).do(stroke)
    _, taken, _ = imported(project, run, coco)
    assert taken.remarks == ("1 image was worked on before and became corrected, not done.",)
    assert project.image(1).status == Status.CORRECTED
    assert len(document.annotations) == 2
    project.history(document).undo()
    assert [each.coco_id for each in document.annotations.values()] == [11]


def test_what_came_in_goes_out_the_same(project, run, coco, tmp_path):
    imported(project, run, coco)
    before = json.loads(coco.read_text())
    result, after = exported(project, run, tmp_path / "out.json", deep=True)
    assert result["summary"] == "2 masks in 4 images, all identical."
    assert after["info"] == before["info"]
    known = {each["id"]: each for each in after["images"]}
    for image in before["images"]:
        assert known[image["id"]] == image
    entries = {each["id"]: each for each in after["annotations"]}
    for entry in before["annotations"]:
        assert {**entries[entry["id"]], **entry} == entries[entry["id"]]
    dog = next(each for each in after["categories"] if each["name"] == "dog")
    assert dog["id"] == 18


def test_two_categories_of_one_name_stay_two(project, run, coco):
    data = json.loads(coco.read_text())
    data["categories"].append({"id": 19, "name": "Dog"})
    data["annotations"][1]["category_id"] = 19
    coco.write_text(json.dumps(data))
    imported(project, run, coco)
    assert [each.name for each in project.taxonomy.classes] == ["cat", "sky", "dog", "Dog (19)"]


def test_a_class_of_the_project_takes_the_number_of_the_file(project, run, coco):
    coco.write_text(coco.read_text().replace('"dog"', '"CAT"'))
    imported(project, run, coco)
    assert [(each.name, each.coco_id) for each in project.taxonomy.classes] == [
        ("cat", 18),
        ("sky", None),
    ]


def test_an_import_that_fails_leaves_the_project_as_it_was(project, run, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    job, done, _ = run(ImportSpec(project=str(project.path), source=str(bad)))
    assert done.outcome == "failed"
    assert not list(take_up(project, job))
    assert len(project.images()) == 3


def test_index_masks_become_regions_and_objects(project, run, tmp_path):
    array = np.zeros(SIZE, np.uint8)
    array[:10] = 128
    array[20:25, 5:10] = 200
    array[20:25, 20:30] = 200
    folder = tmp_path / "masks"
    folder.mkdir()
    Image.fromarray(array).save(folder / "a.png")
    values = {0: "background", 128: "water", 200: "cat"}
    _, taken, _ = imported(project, run, folder, values=values)
    assert taken.objects == 3
    water = project.taxonomy.by_name("water")
    assert not water.thing
    document = project.load(1)
    assert document.layer.mask(water.id).same(Mask.rectangle((0, 0, 40, 10)))
    # "cat" has objects in this project: each connected piece is one
    assert sorted(each.mask.box for each in document.ordered()) == [
        (5, 20, 10, 25),
        (20, 20, 30, 25),
    ]
    assert document.layer.areas() == {BACKGROUND: 800, water.id: 400}


def test_masks_written_here_are_read_here(project, paint, run, blob, tmp_path):
    paint(1, blob)
    spec = ExportSpec(project=str(project.path), target=str(tmp_path / "out"), format="png")
    _, done, _ = run(spec)
    assert done.result["summary"] == "3 mask files, all identical."
    other = Project.create(tmp_path / "q.maskwright")
    try:
        from engine.jobs.folder import JobFolder
        from engine.jobs.runner import execute

        spec = ImportSpec(
            project=str(other.path), source=str(tmp_path / "out"), images=str(tmp_path)
        )
        job = JobFolder.create(other.files / "jobs", spec)
        execute(job)
        take_up(other, job)
        row = other.find_image(tmp_path / "a.png")
        cat = other.taxonomy.by_name("cat")
        assert cat.thing
        (found,) = other.annotations(row.id)
        assert found.mask.same(blob)
    finally:
        other.close()


def test_only_done_images_where_wanted(project, paint, run, blob, tmp_path):
    paint(1, blob)
    paint(2, blob, status=Status.CORRECTED)
    result, _ = exported(project, run, tmp_path / "all.json")
    assert (result["images"], result["masks"]) == (3, 2)
    result, _ = exported(project, run, tmp_path / "done.json", only_done=True)
    assert (result["images"], result["masks"]) == (1, 1)
    result, _ = exported(project, run, tmp_path / "two.json", images=(2,))
    assert (result["images"], result["masks"]) == (1, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"only_done": True}, "No image is marked done"),
        ({"images": ()}, "No image was chosen"),
        ({"images": (99,)}, "no image with the number 99"),
        ({"format": "gif"}, "no format to export to"),
    ],
)
def test_nothing_to_export_is_said(project, run, tmp_path, options, words):
    target = tmp_path / "out.json"
    _, done, _ = run(ExportSpec(project=str(project.path), target=str(target), **options))
    assert done.outcome == "failed"
    assert words in done.error
    assert not target.exists()


def test_another_owner_does_not_hinder_an_export(project, paint, run, blob, tmp_path):
    paint(1, blob)
    assert not project.read_only  # this process is the owner; the job reads beside it
    exported(project, run, tmp_path / "out.json")


DOUBLE, PLAIN = ("one/x.png", "two/x.png"), ("a.png", "b.png", "c.png")


@pytest.fixture
def alike(project, tmp_path, blob):
    """Photos of one name in two folders, and of one stem in one; each with a mask of its own."""
    found = {}
    for at, place in enumerate(("one/x.png", "two/x.png", "two/y.png", "two/y.bmp")):
        path = tmp_path / "alike" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((*SIZE, 3), 9 * at, np.uint8)).save(path)
        (row,) = project.add_images([path], [SIZE])
        mask = blob.moved(at, at)
        item = Annotation(id=project.new_ids(1)[0], class_id=2, mask=mask)
        project.add_annotations(row.id, [item], status=Status.DONE)
        found[place] = row.id, mask
    return found


@pytest.mark.parametrize("only", [None, "two/y.png"])
def test_photos_of_one_name_keep_their_masks(project, run, alike, tmp_path, only):
    """Whether all are written or one, a name means one photo."""
    chosen = None if only is None else (alike[only][0],)
    source = tmp_path / "alike"
    _, data = exported(project, run, source / "out.json", images=chosen)
    names = {each["file_name"] for each in data["images"]}
    assert names == ({*DOUBLE, "y.png", "y.bmp", *PLAIN} if only is None else {"y.png"})
    spec = {"format": "png", "images": chosen}
    _, done, _ = run(ExportSpec(project=str(project.path), target=str(tmp_path / "png"), **spec))
    assert done.outcome == "done"
    for file in (source / "out.json", tmp_path / "png"):
        again = Project.create(tmp_path / f"{file.name}.maskwright")
        try:
            again.add_images([source / place for place in alike], [SIZE] * 4)
            again.flush()
            spec = ImportSpec(
                project=str(again.path), source=str(file), images=str(source), status="corrected"
            )
            job = JobFolder.create(again.files / "jobs", spec)
            assert execute(job).outcome == "done"
            take_up(again, job)
            for row, place in zip(again.images()[:4], alike, strict=True):
                mask = alike[place][1]
                wanted = [mask] if only in (None, place) else []
                found = [each.mask for each in again.annotations(row.id)]
                found += [
                    again.load(row.id).layer.mask(each)
                    for each in again.load(row.id).layer.areas()
                    if each > BACKGROUND
                ]
                assert len(found) == len(wanted), place
                assert all(a.same(b) for a, b in zip(found, wanted, strict=True))
        finally:
            again.close()


@pytest.mark.assets
@pytest.mark.parametrize(
    "name",
    [
        "datasets/tiny_coco/annotations/instances_train2017.json",
        "datasets/nuclei_dsb2018/instances_rle.json",
        "formats/coco_json/instances_val2014_100.json",
    ],
)
def test_real_files_come_back_with_identical_masks(assets, tmp_path, name):
    from engine.formats.coco_read import CocoReading

    project = Project.create(tmp_path / "p.maskwright")
    try:
        spec = ImportSpec(project=str(project.path), source=str(assets / name))
        job = JobFolder.create(project.files / "jobs", spec)
        assert execute(job).outcome == "done"
        take_up(project, job)
        project.flush()
        target = tmp_path / "out.json"
        spec = ExportSpec(project=str(project.path), target=str(target), deep=True)
        done = execute(JobFolder.create(project.files / "jobs", spec))
        assert done.outcome == "done", done
        folder = CocoReading(assets / name).folder
    finally:
        project.close()
    before, after = (
        {
            each.coco_id: (each.mask, each.crowd, each.class_key, image.coco_id, image.file_name)
            for image in CocoReading(path, folder).images()
            for each in image.objects
        }
        for path in (assets / name, target)
    )
    assert after.keys() == before.keys()
    assert done.result["masks"] == len(before)
    for number, (mask, *rest) in before.items():
        assert after[number][0].same(mask)
        assert list(after[number][1:]) == rest


@pytest.mark.assets
def test_wbc_masks_come_back_the_same(assets, tmp_path):
    from engine.formats.png_colors import read_indices

    project = Project.create(tmp_path / "p.maskwright")
    try:
        source = assets / "datasets/wbc_1"
        values = {0: "background", 128: "cytoplasm", 255: "nucleus"}
        spec = ImportSpec(
            project=str(project.path),
            source=str(source / "masks"),
            images=str(source / "images"),
            values=values,
        )
        job = JobFolder.create(project.files / "jobs", spec)
        assert execute(job).outcome == "done"
        taken = take_up(project, job)
        assert len(taken.images) == 300
        project.flush()
        spec = ExportSpec(project=str(project.path), target=str(tmp_path / "out"), format="png")
        assert execute(JobFolder.create(project.files / "jobs", spec)).outcome == "done"
        ids = {each.name: each.id for each in project.taxonomy.classes}
    finally:
        project.close()
    table = np.zeros(256, np.uint8)
    table[128], table[255] = ids["cytoplasm"], ids["nucleus"]
    for path in sorted((source / "masks").iterdir()):
        assert np.array_equal(read_indices(tmp_path / "out" / path.name), table[read_indices(path)])


def test_what_was_there_before_an_import_is_kept(project, paint, run, coco, blob):
    """No step of the history takes an import back; the backup does."""
    from engine.store.backup import IMPORT, backups_of, contents

    imported(project, run, coco)
    assert backups_of(project.path) == [], "there was no work yet"
    paint(2, blob)
    before = sum(row.objects for row in project.images())
    data = json.loads(coco.read_text())
    for entry in data["annotations"]:
        entry["segmentation"] = rle.encode(blob.moved(5, 5), SIZE)
    coco.write_text(json.dumps(data))
    job, taken, _ = imported(project, run, coco)
    assert taken.objects == 2
    (kept,) = backups_of(project.path)
    assert (kept.kind, contents(kept.path).objects) == (IMPORT, before)
    assert not list(take_up(project, job)), "it is taken up"
    assert len(backups_of(project.path)) == 1
    for n in range(KEPT_BEFORE):
        for entry in data["annotations"]:
            entry["segmentation"] = rle.encode(blob.moved(n, 0), SIZE)
        coco.write_text(json.dumps(data))
        imported(project, run, coco)
    assert len(backups_of(project.path)) == KEPT_BEFORE


def test_a_backup_that_cannot_be_written_stops_no_import(
    project, paint, run, coco, blob, monkeypatch
):
    from engine.store import backup

    def full(*_, **__):
        raise EngineError("The disk is full.")

    monkeypatch.setattr(backup, "make", full)
    paint(2, blob)
    _, taken, _ = imported(project, run, coco)
    assert taken.objects == 2


def test_changed_masks_of_the_same_numbers_are_told(project, run, coco, blob):
    imported(project, run, coco)
    data = json.loads(coco.read_text())
    data["annotations"][0]["segmentation"] = rle.encode(blob.moved(1, 1), SIZE)
    coco.write_text(json.dumps(data))
    _, taken, _ = imported(project, run, coco)
    assert taken.objects == 1
    assert taken.remarks == (
        "1 object was in the project already and left out.",
        "1 object was there by number with other pixels, and both were kept.",
    )
