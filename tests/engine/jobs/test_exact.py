"""What goes out comes back the same, from odd names, orders and places, and losses are counted."""

import json
import unicodedata

import pytest
from PIL import Image

from engine.document.document import Status
from engine.document.taxonomy import BACKGROUND
from engine.formats import registry
from engine.formats.format import ReadOptions
from engine.formats.resolve import Resolver, flatten
from engine.jobs.compare import compare
from engine.jobs.folder import JobFolder
from engine.jobs.job import ExportSpec, ImportSpec
from engine.jobs.losses import kinds_of
from engine.jobs.runner import execute
from engine.jobs.snapshot import file_names, sheet_images, sheets
from engine.jobs.take_up import take_up
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project

SIZE = (30, 40)
OTHER = Mask.rectangle((1, 1, 9, 9))
TARGETS = {"coco": "o.json", "coco-panoptic": "o.json", "coco-stuff": "stuff.json", "cvat": "o.xml"}
FORMATS = [each.name for each in registry.writable()]
STEMS = ("coco-panoptic", "voc", "cityscapes", "yolo-seg", "labelme", "png", "png-instances")


@pytest.fixture
def export(run, project, tmp_path):
    """Export to out/; answers the target and what was said."""

    def go(name, folder="out", **options):
        target = tmp_path / folder / TARGETS.get(name, "set")
        spec = ExportSpec(project=str(project.path), target=str(target), format=name, **options)
        _, done, events = run(spec)
        assert done.outcome == "done", done
        return target, [event.text for event in events if type(event).__name__ == "Note"]

    return go


@pytest.fixture
def fresh(tmp_path):
    """Import a source into another project, of images or none; answers it, opened."""
    opened = []

    def go(source, files=(), **options):
        made = Project.create(tmp_path / f"fresh_{len(opened)}.maskwright")
        opened.append(made)
        made.add_images(list(files), [SIZE] * len(files))
        made.flush()
        spec = ImportSpec(project=str(made.path), source=str(source), **options)
        job = JobFolder.create(made.files / "jobs", spec)
        done = execute(job)
        assert done.outcome == "done", done
        take_up(made, job)
        made.flush()
        return made

    yield go
    for each in opened:
        each.close()


def add(project, *paths, mode="RGB"):
    """Images with a picture of their own each; their rows."""
    for value, path in enumerate(paths, 1):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, SIZE[::-1], value * 9).save(path, "PNG")
    return project.add_images(paths, [SIZE] * len(paths))


def pixels(project):
    """File → everything of a class that is on it, as one mask."""
    found = {}
    for row in project.images():
        document = project.load(row.id)
        masks = [each.mask for each in document.ordered()]
        masks += [document.layer.mask(key) for key in document.layer.areas() if key > BACKGROUND]
        whole = Mask.EMPTY
        for mask in masks:
            whole = whole | mask
        found[row.path.name] = whole
    return found


def test_segments_are_not_taken_for_the_images_they_are_called_as(project, paint, export, fresh):
    """Both are PNGs of one name; the folder of the one is called as the file."""
    paint(1, OTHER)
    target, _ = export("coco-panoptic")
    files = [row.path for row in project.images()]
    back = fresh(target, files)
    assert [row.path for row in back.images()] == files
    assert pixels(back)["a.png"].same(OTHER)


def test_images_beside_segments_of_other_names_are_found(project, paint, export, fresh):
    paint(1, OTHER)
    target, _ = export("coco-panoptic", images=(1,))
    folder = target.with_suffix("")
    (folder / "a.png").rename(folder / "a_pan.png")
    data = json.loads(target.read_text())
    data["annotations"][0]["file_name"] = "a_pan.png"
    data["images"][0]["file_name"] = "shot.png"
    target.write_text(json.dumps(data))
    Image.new("RGB", SIZE[::-1]).save(folder / "shot.png")
    assert [row.path for row in fresh(target).images()] == [folder / "shot.png"]


def test_new_objects_stay_between_those_that_came_in(project, paint, export, fresh, blob):
    """COCO keeps the order of the stack by that of its list, whoever has a number already."""
    for at, number in ((0, None), (1, 50), (2, None), (3, 7), (4, 7)):
        paint(1, blob.moved(at, 0), coco_id=number)
    target, _ = export("coco")
    listed = json.loads(target.read_text())["annotations"]
    assert [each["bbox"][0] for each in listed] == [5, 6, 7, 8, 9]
    numbers = [each["id"] for each in listed]
    assert (numbers[1], numbers[3], len({*numbers})) == (50, 7, 5)
    assert min(numbers[0], numbers[2], numbers[4]) > 50
    back = fresh(target, [project.images()[0].path])
    assert [each.mask.box[0] for each in back.annotations(1)] == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("name", STEMS)
def test_images_called_as_the_lists_of_formats_are(
    project, paint, export, fresh, blob, tmp_path, name
):
    words = ("classes", "readme", "README_2", "obj", "data", "instances", "labels/s", "images/s")
    rows = add(project, *(tmp_path / f"{word}.png" for word in words))
    shapes = [blob.moved(at, 0) for at in range(len(words))]
    for row, shape in zip(rows, shapes, strict=True):
        paint(row.id, shape)
    target, _ = export(name, images=tuple(row.id for row in rows))
    assert registry.detect(target).name == name
    assert compare(project, target).problems == []
    back = fresh(target, [row.path for row in rows])
    found = {row.path: project_mask(back, row.id) for row in back.images()}
    assert [found[row.path].same(shape) for row, shape in zip(rows, shapes, strict=True)] == (
        [True] * len(rows)
    )


def project_mask(project, image):
    """All pixels of any class on an image."""
    document = project.load(image)
    whole = Mask.EMPTY
    for mask in [each.mask for each in document.ordered()]:
        whole = whole | mask
    for key in document.layer.areas():
        whole = whole | document.layer.mask(key) if key > BACKGROUND else whole
    return whole


ODD = (
    "a\nb.png",
    "ab.png",
    "tab\tx.png",
    "\u202eright.png",
    f"{'x' * 200}.png",
    f"{'x' * 200}y.png",
    f"{'é' * 110}.png",
    "Q.png",
    "q.PNG",
    "q.png",
    "é.png",
    unicodedata.normalize("NFD", "é.png"),
    "semi_png.png",
    "semi.png",
    "a;b, 'c' \"d\" #2 %20.png",
)


@pytest.mark.parametrize("name", FORMATS)
def test_whatever_an_image_is_called_its_mask_finds_it(
    project, paint, export, fresh, blob, tmp_path, name
):
    try:
        rows = add(project, *(tmp_path / "odd" / each for each in ODD))
    except (OSError, ValueError):
        pytest.skip("this disk has no such names")
    if len({row.path.resolve() for row in rows}) < len(ODD) or len(
        [*(tmp_path / "odd").iterdir()]
    ) < len(ODD):
        pytest.skip("this disk takes some of the names for one")
    shapes = {row.path: Mask.rectangle((at, 0, at + 3, 9)) for at, row in enumerate(rows)}
    for row in rows:
        paint(row.id, shapes[row.path])
    target, _ = export(name, images=tuple(row.id for row in rows))
    assert compare(project, target).problems == []
    back = fresh(target, shapes)
    assert {row.path for row in back.images()} == set(shapes)
    for row in back.images():
        assert project_mask(back, row.id).same(shapes[row.path]), row.file_name


def test_a_mask_is_called_the_same_whichever_images_are_written(project, tmp_path):
    rows = add(project, *(tmp_path / "odd" / each for each in ("ab.png", "a\nb.png")))
    names = [file_names(project.images())[row.id].mask_name for row in rows]
    assert names[0] == "ab"
    assert names[1].startswith("ab~")
    assert names[1].isprintable()


@pytest.mark.parametrize("how", ["link"])
@pytest.mark.parametrize("name", FORMATS)
def test_an_export_with_its_images_is_whole_by_itself(
    project, paint, export, fresh, blob, tmp_path, name, how
):
    rows = add(project, tmp_path / "x" / "s.png", tmp_path / "y" / "s.png", tmp_path / "a.bmp")
    shapes = [blob, OTHER, blob.moved(9, 3)]
    for row, shape in zip(rows, shapes, strict=True):
        paint(row.id, shape)
    target, _ = export(name, images=tuple(row.id for row in rows), pictures=how)
    assert compare(project, target).problems == []  # copies are the project's images
    form = registry.get(name)
    beside = (target if form.folder else target.parent) / form.pictures
    mine = {row.path.read_bytes(): shape for row, shape in zip(rows, shapes, strict=True)}
    for row in project.images():
        row.path.unlink()
    back = fresh(target, images=str(beside) if name == "png" else "")
    found = {row.path.read_bytes(): project_mask(back, row.id) for row in back.images()}
    assert {data: mask.same(mine[data]) for data, mask in found.items()} == dict.fromkeys(
        mine, True
    )


def test_pages_alone_are_found_beside_the_export(project, paint, export, fresh, blob, tmp_path):
    pages = [Image.new("L", SIZE[::-1], value) for value in (9, 90)]
    pages[0].save(tmp_path / "t.tif", save_all=True, append_images=pages[1:])
    [first] = project.add_images([tmp_path / "t.tif"], [SIZE])
    [second] = project.add_pages(first.id, [1])
    paint(second.id, blob)
    target, _ = export("coco", images=(second.id,), pictures="copy")
    for row in project.images():
        row.path.unlink(missing_ok=True)
    back = fresh(target)
    places = {(row.path, row.page): project_mask(back, row.id) for row in back.images()}
    assert places[target.parent / "images" / "t.tif", 1].same(blob)


def test_a_part_of_yolo_without_objects_is_one_of_yolo(project, paint, export, blob):
    paint(1, blob)
    project.set_image(1, fold="train")
    project.set_image(2, fold="held")
    target, _ = export("yolo-seg", splits=True)
    assert registry.detect(target / "val").name == "yolo-seg"


@pytest.mark.parametrize("name", ["voc", "yolo-seg", "labelme", "cityscapes", "cvat", "png"])
def test_classes_come_back_with_their_colours_kinds_and_those_without_objects(
    project, paint, export, fresh, blob, name
):
    for text, color in (("ignore", "#123456"), ("nowhere", "#A0B0C0")):
        made = project.taxonomy.new_class(text, color=color)
        project.add_classes([made])
    paint(1, blob)
    target, _ = export(name)
    back = fresh(target, [row.path for row in project.images()])
    told = {each.name: (each.color, each.thing) for each in back.taxonomy.classes}
    assert told == {each.name: (each.color, each.thing) for each in project.taxonomy.classes}


FIELDS = (
    {},
    {"attributes": {"a": "1"}},
    {"attributes": {"a": 1}},
    {"attributes": [1]},
    {"occluded": True},
    {"group_id": 3},
    {"flags": {"x": True}},
    {"flags": 1},
    {"description": "words"},
    {"own": [1]},
    {"label": "cat"},
)


@pytest.mark.parametrize("name", ["cvat", "labelme"])
def test_fields_that_are_lost_are_those_that_were_counted(
    project, paint, export, fresh, blob, name
):
    for at, fields in enumerate(FIELDS):
        paint(1, blob.moved(at, 0), extra=fields)
    target, notes = export(name, images=(1,))
    back = fresh(target, [project.images()[0].path])
    kept = [dict(each.extra) for each in back.annotations(1)]
    lost = sum(one != other for one, other in zip(kept, FIELDS, strict=True))
    assert 0 < lost < len(FIELDS) - 1
    said = f"{lost} objects have further fields from their import, not all of which"
    assert [note for note in notes if note.startswith(said)]


@pytest.mark.parametrize("overlap", ["order", "smaller", "void"])
def test_objects_that_lose_pixels_are_counted_by_the_rule_that_is_asked_for(
    project, paint, export, overlap
):
    boxes = [(0, 0, 12, 12), (2, 2, 6, 6), (4, 4, 30, 20), (5, 5, 8, 8), (31, 0, 35, 5)]
    paint(1, *(Mask.rectangle(box) for box in boxes))
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 40, 30)), BACKGROUND))
    project.add_annotations(1, layer=layer)
    project.flush()
    images, _ = sheet_images(project.images(), file_names(project.images()))
    [sheet] = sheets(project, images[:1])
    classes = {each.id for each in project.taxonomy.classes}
    flat = flatten(sheet, classes, Resolver(overlap))
    left = {each.id: int((flat.owner == place).sum()) for place, each in enumerate(flat.objects, 1)}
    real = sum(left.get(each.id, 0) < each.mask.area for each in sheet.objects)
    counted = kinds_of(project, images[:1], ["shared", "nobody"], overlap=overlap)
    assert (counted.shared, counted.nobody) == (real, int(overlap == "void"))
    _, notes = export("voc", images=(1,), overlap=overlap)
    assert any(note.startswith(f"{real} objects ") for note in notes)


def test_crowds_are_compared_as_the_format_has_them(project, paint, export, blob):
    paint(1, blob, OTHER, blob.moved(15, 5), crowd=True)
    for name in FORMATS:
        target, _ = export(name, folder=name)
        assert compare(project, target).problems == [], name
    target, _ = export("coco", folder="again")
    data = json.loads(target.read_text())
    data["annotations"][0]["iscrowd"] = 0
    target.write_text(json.dumps(data))
    assert compare(project, target).problems == [
        "1 image holds other masks than the project: a.png."
    ]


@pytest.mark.parametrize("name", ["coco", "voc", "png", "cvat"])
def test_images_that_are_missing_from_a_file_are_told(project, paint, export, blob, name):
    paint(1, blob)
    layer = ClassMap(SIZE)
    project.add_annotations(2, layer=layer.flip(layer.change(blob, 3)), status=Status.DONE)
    target, _ = export(name, images=(1,))
    found = compare(project, target)
    assert (found.problems, found.hints) == (
        [],
        ["1 image of the project has masks and is not in this file: b.png."],
    )
    target, _ = export(name, folder="all")
    assert compare(project, target).hints == []


def test_a_mask_file_of_no_image_is_told(project, paint, export, blob):
    paint(1, blob)
    target, _ = export("png")
    (target / "a.png").rename(target / "zzz.png")
    assert compare(project, target).problems == ["1 image is not in the project: zzz.png."]


def test_objects_of_every_kind_are_the_same_in_each_format(project, paint, export):
    """Deterministic: a second export has the same bytes."""
    paint(1, OTHER, OTHER.moved(4, 4), score=0.5, coco_id=9)
    for name in FORMATS:
        one, _ = export(name, folder=f"one_{name}")
        two, _ = export(name, folder=f"two_{name}")
        files = [
            {
                each.relative_to(top): each.read_bytes()
                for each in sorted(top.rglob("*"))
                if each.is_file()
            }
            for top in (one.parent, two.parent)
        ]
        assert files[0] == files[1], name


def test_masks_are_not_their_own_photos(project, paint, export, blob):
    """A folder of VOC whose photos are elsewhere, and that has no pictures of objects."""
    paint(1, blob)
    target, _ = export("voc", images=(1,))
    (target / "SegmentationObject" / "a.png").unlink()
    [found] = registry.get("voc").read(target, ReadOptions()).images()
    assert not found.present
    assert found.size == SIZE
