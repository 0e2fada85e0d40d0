"""Annotations go to the project's images, and only what it does not have is added."""

import json
import os
import shutil
import unicodedata

import numpy as np
import pytest
from PIL import Image

from engine.document.annotation import Annotation
from engine.document.taxonomy import Taxonomy
from engine.formats import registry
from engine.formats.base import FoundImage, Sheet, SheetImage
from engine.formats.format import Work
from engine.formats.report import Report
from engine.jobs.import_look import look
from engine.jobs.job import ImportSpec
from engine.jobs.landing import Landing
from engine.jobs.snapshot import places
from engine.jobs.take_up import take_up
from engine.masks import rle
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project
from tests.engine.formats.test_hostile_names import HOSTILE, MAKERS, folder

__all__ = ["folder"]  # a fixture

SIZE = (30, 40)


def picture(path, seed, size=SIZE, turned=0):
    """A file whose content the seed tells; answers its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8)
    image = Image.fromarray(pixels)
    exif = image.getexif()
    if turned:
        exif[274] = turned
    image.save(path, exif=exif)
    return path


def coco(path, *names, size=SIZE):
    """One object in each image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = rle.encode(Mask.rectangle((2, 3, 9, 11)), size)
    images = [
        {"id": n, "file_name": name, "height": size[0], "width": size[1]}
        for n, name in enumerate(names, 1)
    ]
    entries = [
        {"id": n, "image_id": n, "category_id": 1, "iscrowd": 0, "segmentation": mask}
        for n in range(1, len(names) + 1)
    ]
    data = {"images": images, "annotations": entries, "categories": [{"id": 1, "name": "cat"}]}
    path.write_text(json.dumps(data))
    return path


@pytest.fixture
def make(tmp_path):
    """A project of some files, seeds counting from 0."""
    made = []

    def go(*names, written=True):
        project = Project.create(tmp_path / "mine/p.maskwright")
        made.append(project)
        if written:
            for seed, name in enumerate(names):
                picture(tmp_path / "mine" / name, seed)
        project.add_images([tmp_path / "mine" / name for name in names])
        project.flush()
        return project

    yield go
    for project in made:
        project.close()


@pytest.fixture
def take():
    """Import into a project; answers the result, what was said, and name → number of objects."""

    def go(project, source, **options):
        spec = ImportSpec(project=str(project.path), source=str(source), **options)
        counted = look(spec, project.images(), project.taxonomy, project.identities()).counts
        folder, done, events = run_in(project, spec)
        assert done.outcome == "done", done
        result = done.result
        there = (result["there"], result["new"], result["missing"])
        told = (counted.there, counted.new + counted.other + counted.several, counted.missing)
        assert told == there, "what was said beforehand"
        take_up(project, folder)
        said = " ".join(each.text for each in events if type(each).__name__ == "Note")
        return there, said, {row.stored_path: row.objects for row in project.images()}

    def run_in(project, spec):
        from engine.jobs.folder import JobFolder
        from engine.jobs.runner import execute

        project.flush()
        events = []
        folder = JobFolder.create(project.files / "jobs", spec)
        return folder, execute(folder, events.append), events

    return go


def test_copies_beside_the_file_are_the_projects_images(make, take, tmp_path):
    project = make("0.png", "1.png")
    for n in range(3):
        picture(tmp_path / f"down/{n}.png", n)
    there, said, objects = take(project, coco(tmp_path / "down/a.json", "0.png", "1.png", "2.png"))
    assert there == (2, 1, 0)
    assert objects == {"0.png": 1, "1.png": 1, "../down/2.png": 1}
    assert said == ""


def dataset(form, folder, names):
    """A data set of a format that is written here, images beside it; what is to be imported."""
    cat = Taxonomy().new_class("cat")
    taxonomy = Taxonomy().with_(cat)
    item = Annotation(id=1, class_id=cat.id, mask=Mask.rectangle((2, 3, 9, 11)))
    images = [SheetImage(key=n, file_name=each, size=SIZE) for n, each in enumerate(names, 1)]
    sheets = [Sheet(image=each, objects=[item], layer=ClassMap(SIZE)) for each in images]
    work = Work(taxonomy=taxonomy, images=images, sheets=lambda: iter(sheets))
    alone = {"cvat": "a.xml"}.get(form, "a.json" if form.startswith("coco") else "")
    target = folder / alone if alone else folder
    registry.get(form).write(target, work)
    where = folder / ("" if alone else registry.get(form).pictures)
    for seed, name in enumerate(names):
        picture(where / name, seed)
    return target


FORMS = (
    *("coco", "coco-panoptic", "coco-stuff", "voc", "cityscapes", "yolo-seg", "labelme", "cvat"),
    "png-instances",
)


@pytest.mark.parametrize("form", FORMS)
def test_in_every_format_the_projects_images_are_meant(make, take, tmp_path, form):
    project = make("deep/a.png", "B.png")
    source = dataset(form, tmp_path / "down", ["a.png", "b.png", "c.png"])
    there, _, objects = take(project, source, format=form)
    assert there == (2, 1, 0)
    assert len(objects) == 3
    assert project.image(1).status == project.image(2).status == "done"


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("é.png", unicodedata.normalize("NFD", "é.png")),
        (unicodedata.normalize("NFD", "é.png"), "é.png"),
        ("Straße/B.PNG", "STRASSE/b.png"),
        ("sub/c.png", "sub\\c.png"),
        ("sub/c.png", "data/sub/c.png"),
        ("c.png", "data/images/c.png"),
        ("deep/er/c.png", "c.png"),
        ("e f.png", "e%20f.png"),
        ("100%.png", "100%.png"),
    ],
)
def test_names_that_differ_a_little_mean_the_same(make, take, tmp_path, mine, theirs):
    project = make(mine, "other.png")
    there, _, objects = take(project, coco(tmp_path / "down/a.json", theirs))
    assert objects == {mine: 1, "other.png": 0}
    assert there == (1, 0, 0)


@pytest.mark.parametrize("images", [False, True])
def test_in_a_folder_they_mean_the_same_too(make, take, tmp_path, images):
    project = make()
    for seed, name in enumerate(("B.PNG", "é.png", "e f.png")):
        picture(tmp_path / "down/images" / name, seed)
    source = coco(tmp_path / "down/a.json", "data/b.png", "é.png", "e%20f.png")
    there, _, objects = take(
        project, source, images=str(tmp_path / "down/images") if images else ""
    )
    assert there == (0, 3, 0)
    assert set(objects) == {f"../down/images/{name}" for name in ("B.PNG", "é.png", "e f.png")}


def test_pictures_of_one_name_and_size_but_other_content_are_kept_apart(make, take, tmp_path):
    """Two series numbered alike: the masks of one never come on the photos of the other."""
    project = make("0.png", "1.png")
    picture(tmp_path / "down/0.png", 7)
    source = coco(tmp_path / "down/a.json", "0.png")
    there, said, objects = take(project, source)
    assert there == (0, 1, 0)
    assert objects == {"0.png": 0, "1.png": 0, "../down/0.png": 1}
    assert "is another picture" in said
    assert "--by-name" in said


def test_a_person_may_say_that_the_name_will_do(make, take, tmp_path):
    project = make("0.png")
    picture(tmp_path / "down/0.png", 7)
    there, said, objects = take(project, coco(tmp_path / "down/a.json", "0.png"), by_name=True)
    assert (there, said, objects) == ((1, 0, 0), "", {"0.png": 1})


def test_a_picture_of_another_size_is_another_image(make, take, tmp_path):
    project = make("0.png")
    picture(tmp_path / "down/0.png", 0, size=(60, 50))
    source = coco(tmp_path / "down/a.json", "0.png", size=(60, 50))
    there, said, objects = take(project, source, by_name=True)
    assert (there, said) == ((0, 1, 0), "")
    assert objects == {"0.png": 0, "../down/0.png": 1}


def test_a_named_folder_of_images_is_what_is_meant(make, take, tmp_path):
    project = make("0.png")
    picture(tmp_path / "down/0.png", 0)
    source = coco(tmp_path / "else/a.json", "0.png")
    there, _, objects = take(project, source, images=str(tmp_path / "down"))
    assert (there, objects) == ((0, 1, 0), {"0.png": 0, "../down/0.png": 1})


def test_a_name_that_two_images_have_is_nobodys(make, take, tmp_path):
    project = make("one/x.png", "two/x.png")
    there, said, objects = take(project, coco(tmp_path / "down/a.json", "x.png", "data/two/x.png"))
    assert there == (1, 0, 1)
    assert objects == {"one/x.png": 0, "two/x.png": 1, "../down/x.png": 1}
    assert "could be any of several images" in said


def test_content_tells_which_of_two_images_is_meant(make, take, tmp_path):
    project = make("one/x.png", "two/x.png")
    picture(tmp_path / "down/x.png", 1)
    there, said, objects = take(project, coco(tmp_path / "down/a.json", "x.png"))
    assert (there, said) == ((1, 0, 0), "")
    assert objects == {"one/x.png": 0, "two/x.png": 1}


@pytest.mark.parametrize("names", [("val/x.png", "train/x.png"), ("train/x.png", "val/x.png")])
def test_the_name_that_fits_better_has_the_image(make, take, tmp_path, names):
    """Whichever the file lists first."""
    project = make("train/x.png")
    there, said, objects = take(project, coco(tmp_path / "down/a.json", *names))
    assert there == (1, 0, 1)
    assert objects == {"train/x.png": 1, "../down/val/x.png": 1}
    assert "val/x.png" in said


def test_names_that_fit_equally_little_have_no_image(make, take, tmp_path):
    project = make("train/x.png")
    there, _, objects = take(project, coco(tmp_path / "down/a.json", "a/x.png", "b/x.png"))
    assert there == (0, 0, 2)
    assert objects == {"train/x.png": 0, "../down/a/x.png": 1, "../down/b/x.png": 1}


def test_the_name_an_export_gives_wins(make, take, tmp_path):
    """However little the file's own name has in common with it."""
    project = make("x.png")
    project.set_image(1, file_name="train/x.png")
    there, _, objects = take(project, coco(tmp_path / "down/a.json", "val/x.png", "train/x.png"))
    assert there == (1, 0, 1)
    assert objects == {"x.png": 1, "../down/val/x.png": 1}


@pytest.mark.parametrize("listed", [False, True])
def test_pages_of_a_copy_are_pages_of_the_projects_file(make, take, tmp_path, listed):
    project = make("stack.tif", written=False)
    pages = [Image.fromarray(np.full(SIZE, 40 * n, np.uint8)) for n in range(3)]
    for folder_ in ("mine", "down"):
        (tmp_path / folder_).mkdir(exist_ok=True)
        pages[0].save(tmp_path / folder_ / "stack.tif", save_all=True, append_images=pages[1:])
    if listed:
        project.add_pages(1, [2])
    source = coco(tmp_path / "down/a.json", "stack.tif", "stack.tif#3")
    there, said, _ = take(project, source)
    assert (there, said) == ((2, 0, 0), "")
    rows = [(row.stored_path, row.page, row.objects) for row in project.images()]
    assert rows == [("stack.tif", 0, 1), ("stack.tif", 2, 1)]


def test_a_turned_size_of_a_file_that_is_away_is_left_out(make, take, tmp_path):
    project = make("a.jpg", written=False)
    project.set_image(1, size=(40, 30))
    there, said, objects = take(project, coco(tmp_path / "down/a.json", "a.jpg", size=(30, 40)))
    assert (there, objects) == ((0, 0, 0), {"a.jpg": 0})
    assert "another size than its annotations were made for" in said


@pytest.mark.parametrize(
    ("names", "first"), [(("a/x.png", "b/x.png"), 0), (("x.png", "b/x.png"), 1)]
)
def test_one_new_file_is_never_two_images(make, take, tmp_path, names, first):
    """Masks of two images would come upon one another."""
    project = make()
    picture(tmp_path / "down/x.png", 1)
    there, said, objects = take(project, coco(tmp_path / "down/a.json", *names))
    assert there == (0, first, 2 - first)
    assert set(objects) == {f"../down/{name}" for name in names}
    assert set(objects.values()) == {1}
    assert "b/x.png" in said


def test_a_project_opened_through_a_link_is_the_same(tmp_path, take):
    picture(tmp_path / "real/a.png", 0)
    os.symlink(tmp_path / "real", tmp_path / "link")
    (tmp_path / "mine").mkdir()
    project = Project.create(tmp_path / "mine/p.maskwright")
    try:
        project.add_images([tmp_path / "link/a.png"])
        there, _, objects = take(project, coco(tmp_path / "real/a.json", "a.png"))
        assert (there, objects) == ((1, 0, 0), {"../link/a.png": 1})
    finally:
        project.close()


@pytest.mark.parametrize("beside", [False, True])
def test_images_whose_files_are_away_get_their_masks(make, take, tmp_path, beside):
    """A drive that is not there: its images are the project's all the same."""
    project = make("0.png", "1.png")
    shutil.rmtree(tmp_path / "mine/p.files", ignore_errors=True)
    for n in range(2):
        (tmp_path / f"mine/{n}.png").unlink()
        if beside:
            picture(tmp_path / f"down/{n}.png", n)
    there, said, objects = take(project, coco(tmp_path / "down/a.json", "0.png", "1.png"))
    assert (there, said) == ((2, 0, 0), "")
    assert objects == {"0.png": 1, "1.png": 1}


def test_what_was_noted_of_a_file_that_is_away_tells_it_from_another(make, take, tmp_path):
    from engine.store.files import identity

    project = make("0.png", "1.png")
    for n in range(2):
        path = tmp_path / f"mine/{n}.png"
        project.note_files({n + 1: identity(path)})
        path.unlink()
        picture(tmp_path / f"down/{n}.png", 8 * n)
        project.set_image(n + 1, size=SIZE)
    there, _, objects = take(project, coco(tmp_path / "down/a.json", "0.png", "1.png"))
    assert there == (1, 1, 0)
    assert objects == {"0.png": 1, "1.png": 0, "../down/1.png": 1}


def test_a_file_that_became_another_picture_gets_no_masks(make, take, tmp_path):
    project = make("0.png")
    project.set_image(1, size=SIZE)
    picture(tmp_path / "mine/0.png", 0, size=(60, 50))
    source = coco(tmp_path / "mine/a.json", "0.png", size=(60, 50))
    there, said, objects = take(project, source)
    assert (there, objects) == ((0, 0, 0), {"0.png": 0})
    assert "another size than the project knows it with" in said


@pytest.mark.parametrize("drawn", [(30, 40), (40, 30)])
def test_a_turned_photo_is_the_projects_whichever_way_it_was_drawn(make, take, tmp_path, drawn):
    project = make("a.jpg", written=False)
    picture(tmp_path / "mine/a.jpg", 0, turned=6)
    shutil.copytree(tmp_path / "mine", tmp_path / "down", ignore=lambda *_: ["p.maskwright"])
    there, _, _ = take(project, coco(tmp_path / "down/a.json", "a.jpg", size=drawn))
    assert there == (1, 0, 0)
    (found,) = project.annotations(1)
    turned = drawn == (30, 40)
    assert found.mask.box == ((30 - 11, 2, 30 - 3, 9) if turned else (2, 3, 9, 11))


def test_images_that_left_the_project_meanwhile_are_added_again(make, tmp_path):
    from engine.jobs.folder import JobFolder
    from engine.jobs.runner import execute

    project = make("0.png")
    spec = ImportSpec(
        project=str(project.path), source=str(coco(tmp_path / "down/a.json", "0.png"))
    )
    folder = JobFolder.create(project.files / "jobs", spec)
    assert execute(folder).outcome == "done"
    project.remove_images([1])
    take_up(project, folder)
    assert [(row.stored_path, row.objects) for row in project.images()] == [("0.png", 1)]


class Anywhere:
    """What a plug-in might give that believes a file's names."""

    def __init__(self, *paths):
        self.paths = paths

    def images(self):
        for path in self.paths:
            name = os.fspath(path)
            yield FoundImage(file_name=name, path=path, present=os.path.lexists(name), size=SIZE)


def test_no_plug_in_leaves_the_folder(make, tmp_path):
    project = make("0.png")
    inside, outside = tmp_path / "set/in", tmp_path / "outside"
    secret = picture(outside / "secret.png", 1)
    picture(inside / "ok.png", 2)
    os.symlink(outside, inside / "link")
    report = Report()
    landing = Landing(places(project.images()), {}.get, [inside], report)
    nul = type(secret)(f"{inside}/a\0.png")
    bad = [secret, inside / "../../outside/secret.png", inside / "link/secret.png"]
    found = [landing.place(each) for each in Anywhere(*bad).images()]
    found.append(landing.place(FoundImage(file_name="a", path=nul, present=False, size=SIZE)))
    assert found == [None] * 4
    assert report.counts == {"elsewhere": 4}
    assert "4 images lie outside of the folder" in report.remarks()[0].text
    (good,) = (landing.place(each) for each in Anywhere(inside / "ok.png").images())
    assert (good.goes, good.path) == ("new", inside / "ok.png")


@pytest.mark.parametrize("chosen", [False, True])
@pytest.mark.parametrize("form", MAKERS)
def test_no_name_in_a_file_brings_a_picture_from_elsewhere(folder, tmp_path, form, chosen):
    """Whatever it is called, nothing outside of the folder gets into a project."""
    from engine.jobs.folder import JobFolder
    from engine.jobs.runner import execute

    mine = tmp_path / "mine"
    picture(mine / "ours.png", 5)
    project = Project.create(mine / "p.maskwright")
    try:
        project.add_images([mine / "ours.png"])
        for hostile in HOSTILE:
            name, content = MAKERS[form](hostile.format(outside=tmp_path / "outside"))
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
            spec = ImportSpec(
                project=str(project.path),
                source=str(path),
                format=form,
                images=str(folder) if chosen else "",
                by_name=True,
            )
            project.flush()
            job = JobFolder.create(project.files / "jobs", spec)
            done = execute(job)
            assert done.outcome in ("done", "failed")
            assert "Traceback" not in done.error
            take_up(project, job)
        inside = (str(folder) + os.sep, str(folder.parent) + os.sep, str(mine / "ours.png"))
        for row in project.images():
            assert os.path.realpath(row.path).startswith(inside), row.path
            assert row.path == mine / "ours.png" or not row.path.exists()
    finally:
        project.close()


@pytest.mark.parametrize("where", ["read", "images"])
def test_a_source_that_may_not_be_read_is_said(make, tmp_path, monkeypatch, where):
    from engine.errors import EngineError
    from engine.formats.coco import Coco
    from engine.formats.coco_read import CocoReading

    def kept_out(*_):
        raise PermissionError(13, "Permission denied", "/secret/labels")

    project = make("0.png")
    source = coco(tmp_path / "down/a.json", "0.png")
    monkeypatch.setattr(Coco if where == "read" else CocoReading, where, kept_out)
    spec = ImportSpec(project=str(project.path), source=str(source))
    with pytest.raises(EngineError, match="/secret/labels cannot be read: Permission denied"):
        look(spec, project.images(), project.taxonomy, {})
