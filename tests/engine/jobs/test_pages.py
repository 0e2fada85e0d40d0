"""Pages of a file go out and come in as images of their own."""

import json
import shutil

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.document.document import Status
from engine.jobs.folder import JobFolder
from engine.jobs.job import ExportSpec, ImportSpec
from engine.jobs.runner import execute
from engine.jobs.snapshot import file_names
from engine.jobs.take_up import take_up
from engine.masks.mask import Mask
from engine.store import Project

SIZE = (30, 40)


@pytest.fixture
def stack(project, paint, tmp_path):
    """Four pages in the list of a file that has five, with another object on each."""
    pages = np.random.default_rng(1).integers(0, 900, (5, *SIZE)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", pages, photometric="minisblack")
    [first] = project.add_images([tmp_path / "stack.tif"])
    rows = [first, *project.add_pages(first.id, [1, 2, 4])]
    for row in rows:
        paint(row.id, shape(row.page))
    return [row.id for row in rows]


def shape(page):
    return Mask.rectangle((2 + page, 3, 20 + page, 9 + 2 * page))


def fresh(tmp_path):
    """A project elsewhere that has the files, and knows of no pages."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png", "stack.tif"):
        shutil.copy(tmp_path / name, folder / name)
    made = Project.create(folder / "other.maskwright")
    made.add_images([folder / name for name in ("a.png", "b.png", "c.png", "stack.tif")])
    made.flush()
    return made


def take_in(project, source, **options):
    spec = ImportSpec(project=str(project.path), source=str(source), **options)
    job = JobFolder.create(project.files / "jobs", spec)
    done = execute(job)
    assert done.outcome == "done", done
    take_up(project, job)


def masks(project):
    return {
        (row.path.name, row.page): [each.mask for each in project.annotations(row.id)]
        for row in project.images()
        if row.objects
    }


def test_coco_says_which_page(project, run, stack, tmp_path):
    target = tmp_path / "out" / "coco.json"
    _, done, _ = run(ExportSpec(project=str(project.path), target=str(target)))
    assert done.outcome == "done", done
    written = json.loads(target.read_text())
    pages = {each["file_name"]: each.get("page") for each in written["images"]}
    assert {name: page for name, page in pages.items() if name.startswith("stack")} == {
        "stack.tif": None, "stack.tif#2": 2, "stack.tif#3": 3, "stack.tif#5": 5,
    }  # fmt: skip


@pytest.mark.parametrize("known", [True, False])
def test_coco_comes_back_to_the_same_pages(project, run, stack, tmp_path, known):
    target = tmp_path / "out" / "coco.json"
    run(ExportSpec(project=str(project.path), target=str(target)))
    other = fresh(tmp_path)
    if known:
        other.add_pages(other.find_image(other.path.parent / "stack.tif").id, range(5))
        other.flush()
    take_in(other, target, images=str(other.path.parent))
    found = masks(other)
    assert set(found) == {("stack.tif", page) for page in (0, 1, 2, 4)}
    for (_, page), [mask] in found.items():
        assert mask.same(shape(page))
    row = other.find_image(other.path.parent / "stack.tif", 4)
    assert (row.file_name, row.size, row.status) == ("stack.tif#5", SIZE, Status.DONE)
    other.close()


def test_masks_of_pages_have_names_of_their_own_and_come_back(project, run, stack, tmp_path):
    target = tmp_path / "masks"
    spec = ExportSpec(project=str(project.path), target=str(target), format="png")
    _, done, _ = run(spec)
    assert done.outcome == "done", done
    written = {each.name for each in target.rglob("stack*.png")}
    assert written == {"stack.png", "stack_p2.png", "stack_p3.png", "stack_p5.png"}
    with Image.open(next(target.rglob("stack_p5.png"))) as image:
        values = np.array(image)
    assert np.array_equal(values == 2, shape(4).read((0, 0, SIZE[1], SIZE[0])))
    other = fresh(tmp_path)
    other.add_pages(other.find_image(other.path.parent / "stack.tif").id, range(5))
    other.put_classes(project.taxonomy.classes)
    other.flush()
    folder = next(target.rglob("stack_p5.png")).parent
    take_in(other, folder, format="png")
    assert set(masks(other)) == {("stack.tif", page) for page in (0, 1, 2, 4)}
    other.close()


def test_pages_of_files_of_one_name_in_several_folders_are_told_apart(project, tmp_path):
    rows = []
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        [row] = project.add_images([tmp_path / folder / "same.tif"])
        rows += [row, *project.add_pages(row.id, [1])]
    names = file_names(project.images())
    assert [names[row.id].file_name for row in rows] == [
        "x/same.tif", "x/same.tif#2", "y/same.tif", "y/same.tif#2",
    ]  # fmt: skip
    assert len({names[row.id].mask_name for row in rows}) == 4
