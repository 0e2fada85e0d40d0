"""Datasets of every format that is read: sound ones made here, a file of which is then changed."""

import base64
import io
import json
import random
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import Work
from engine.jobs.folder import JobFolder
from engine.jobs.job import ImportSpec
from engine.jobs.runner import execute
from engine.jobs.take_up import register, take_up
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project
from tests.engine.formats.shapes import BITS, SHAPES, SIZE
from tests.engine.formats.sheets import taxonomy
from tests.fuzz import mutate
from tests.fuzz.mutate_text import any_json, lines_of, png_of, xml_of

HEIGHT, WIDTH = SIZE
TRIANGLE = [[10.0, 10.0], [60.0, 12.0], [40.0, 80.0]]

WRITTEN = {
    **{
        "coco-import": "o.json",
        "coco-stuff": "o.json",
        "coco-panoptic": "o.json",
        "cvat": "o.xml",
        "voc": "",
    },
    **{"cityscapes": "", "yolo-seg": "", "labelme": "", "png": "", "png-instances": ""},
}
"""What we write, and the name of the file where it is one; ``coco`` by itself is only read."""

CHANGES = {
    ".json": any_json,
    ".xml": xml_of,
    ".txt": lines_of,
    ".yaml": lines_of,
    ".png": png_of,
    ".jpg": mutate.bytes_of,
}


def written(name: str, folder: Path) -> Path:
    """What our writer makes of objects, a region and two images; the path to import."""
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 97, 9)), 3))
    objects = [
        Annotation(id=at, class_id=2, mask=SHAPES[shape], order=at, extra={"tags": ["a"]})
        for at, shape in enumerate(("donut", "6 x 6", "border"))
    ]
    images = [SheetImage(key=key, file_name=f"{key}.jpg", size=SIZE) for key in (1, 2)]
    sheets = [Sheet(image=each, objects=objects, layer=layer) for each in images]
    known = taxonomy(("cat", {}), ("sky", {"thing": False}))
    target = folder / "set" / WRITTEN[name]
    work = Work(
        taxonomy=known, images=images, sheets=lambda: iter(sheets), polygons=name == "cityscapes"
    )
    registry.get(_format(name)).write(target, work)
    for each in images:
        _photo(folder / "set" / _place(name) / each.file_name)
    return target


def _format(name: str) -> str:
    return name.removesuffix("-import")


def _place(name: str) -> str:
    return {"labelme": "", "cvat": "", "voc": "JPEGImages"}.get(name, "images")


def _photo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*SIZE, 3), 90, np.uint8)).save(path)


def by_hand(name: str, folder: Path) -> Path:
    """A dataset of a format that is read and not written; the path to import."""
    root = folder / "set"
    made = {
        "label-studio": _label_studio,
        "datumaro": _datumaro,
        "supervisely": _supervisely,
        "ade20k": _ade20k,
        "camvid": _camvid,
    }
    return made[name](root)


def _write(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def _label_studio(root: Path) -> Path:
    sides = {"original_width": WIDTH, "original_height": HEIGHT}
    percent = [[100 * x / WIDTH, 100 * y / HEIGHT] for x, y in TRIANGLE]
    round_one = {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "rotation": 30}
    values = [
        ("polygonlabels", {"points": percent, "polygonlabels": ["cat"]}),
        ("ellipselabels", {**round_one, "ellipselabels": ["dog"]}),
        ("brushlabels", {"format": "rle", "rle": brush(), "brushlabels": ["cat"]}),
        ("rectanglelabels", {"x": 1, "y": 1, "width": 9, "height": 9, "rectanglelabels": ["b"]}),
    ]
    result = [
        {"id": kind, "type": kind, **sides, "value": value, "score": 0.5} for kind, value in values
    ]
    _photo(root / "images/1.jpg")
    task = {"id": 1, "data": {"image": "/data/local-files/?d=images/1.jpg"}}
    return _write(root / "tasks.json", [{**task, "annotations": [{"id": 2, "result": result}]}])


def brush() -> list[int]:
    """A brush of the triangle's box in Label Studio's run lengths: each pixel by itself."""
    values = np.repeat(BITS["donut"].ravel().astype(np.uint8) * 255, 4)
    text = f"{values.size:032b}{7:05b}" + f"{15:04b}" * 4
    starts = np.flatnonzero(np.diff(values, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], values.size], strict=True):
        for at in range(int(start), int(stop), 1 << 16):
            count = min(int(stop) - at, 1 << 16)
            text += f"1{0:02b}{count - 1:016b}{int(values[start]):08b}"
    text += "0" * (-len(text) % 8)
    return [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]


def _datumaro(root: Path) -> Path:
    counts = [5, 20, HEIGHT * WIDTH - 25]
    rows = [
        {"id": 1, "type": "polygon", "label_id": 0, "z_order": 1,
         "points": [value for corner in TRIANGLE for value in corner]},
        {"id": 2, "type": "mask", "label_id": 1, "group": 3,
         "rle": {"size": list(SIZE), "counts": counts}, "attributes": {"is_crowd": True}},
        {"id": 3, "type": "ellipse", "label_id": 1, "points": [5, 5, 50, 60]},
        {"id": 4, "type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4]},
    ]  # fmt: skip
    item = {"id": "1", "image": {"path": "1.jpg", "size": list(SIZE)}, "annotations": rows}
    labels = [{"name": "cat", "parent": ""}, {"name": "dog"}]
    top = {"info": {}, "categories": {"label": {"labels": labels}}, "items": [item]}
    _photo(root / "images/train/1.jpg")
    _write(root / "annotations/train.json", top)
    return root


def _supervisely(root: Path) -> Path:
    buffer = io.BytesIO()
    Image.fromarray(BITS["donut"].astype(np.uint8) * 255).save(buffer, "PNG")
    data = base64.b64encode(zlib.compress(buffer.getvalue())).decode()
    ring = {"exterior": TRIANGLE, "interior": [[[20, 20], [30, 20], [25, 30]]]}
    objects = [
        {"classTitle": "cat", "geometryType": "bitmap",
         "bitmap": {"data": data, "origin": [0, 0]}, "tags": []},
        {"classTitle": "dog", "geometryType": "polygon", "points": ring, "tags": [{"name": "t"}]},
        {"classTitle": "dog", "geometryType": "rectangle", "points": ring},
    ]  # fmt: skip
    size = {"height": HEIGHT, "width": WIDTH}
    _photo(root / "ds/img/1.jpg")
    _write(root / "ds/ann/1.jpg.json", {"size": size, "objects": objects})
    _write(root / "meta.json", {"classes": [{"title": "cat", "color": "#FF0000"}]})
    return root


def _ade20k(root: Path) -> Path:
    _photo(root / "street/1.jpg")
    seg = np.zeros((*SIZE, 3), np.uint8)
    seg[BITS["donut"]] = (10, 20, 1)
    seg[BITS["6 x 6"]] = (20, 20, 2)
    Image.fromarray(seg).save(root / "street/1_seg.png")
    (root / "street/1_atr.txt").write_text(
        '001 # 0 # 0 # sky # sky # ""\n002 # 0 # 0 # person # person # "walking"\n'
    )
    return root


def _camvid(root: Path) -> Path:
    _photo(root / "train/1.jpg")
    seg = np.zeros((*SIZE, 3), np.uint8)
    seg[BITS["donut"]] = (128, 0, 0)
    (root / "trainannot").mkdir(parents=True)
    Image.fromarray(seg).save(root / "trainannot/1.png")
    (root / "label_colors.txt").write_text("128 0 0 Building\n0 0 0 Void\n")
    (root / "train.txt").write_text("/train/1.jpg /trainannot/1.png\n")
    return root


NAMES = (*WRITTEN, "label-studio", "datumaro", "supervisely", "ade20k", "camvid")


def begin(name: str, folder: Path) -> Callable[[random.Random], Path]:
    """Make the sound files of a format; answers what changes one of them for a mutant."""
    make = written if name in WRITTEN else by_hand
    source = make(name, folder)
    (folder / "source.txt").write_text(f"{name}\n{source}", encoding="utf-8")
    known = Project.create(folder / "empty.maskwright")
    known.close()
    sound = {each: each.read_bytes() for each in sorted((folder / "set").rglob("*.*"))}
    sound = {path: data for path, data in sound.items() if path.suffix in CHANGES}
    names = sorted(sound, key=lambda path: path.suffix == ".jpg")  # photos are another target
    weights = [1 if each.suffix == ".jpg" else 8 for each in names]
    before = names[0]

    def write(chance: random.Random) -> Path:
        nonlocal before
        before.write_bytes(sound[before])
        (before,) = chance.choices(names, weights)
        alike = [sound[each] for each in names if each.suffix == before.suffix]
        before.write_bytes(CHANGES[before.suffix](chance, sound[before], alike))
        return before

    return write


def use(path: Path) -> str:
    """Import the dataset of a changed file into a project; the sentence of a refusal, else ""."""
    folder = next(each for each in path.parents if (each / "source.txt").is_file())
    name, source = (folder / "source.txt").read_text(encoding="utf-8").split("\n")
    registry_says(Path(source))
    place = folder / "project"
    place.mkdir()
    try:
        shutil.copyfile(folder / "empty.maskwright", place / "p.maskwright")
        return _imported(name, source, Project.open(place / "p.maskwright"))
    finally:
        shutil.rmtree(place)


def registry_says(source: Path) -> None:
    """Ask every format whether the files are its own; none may stumble."""
    for each in registry.readable():
        assert 0 <= each.detect(source) <= 1


def _imported(name: str, source: str, project: Project) -> str:
    try:
        values = {5: "x"} if name == "png" else {}
        spec = ImportSpec(
            project=str(project.path), source=source, format=_format(name), values=values
        )
        job = JobFolder.create(project.files / "jobs", spec)
        done = execute(job)
        if done.outcome == "failed":
            assert not done.detail, done.detail
            return done.error
        register(project, job)
        try:
            take_up(project, job)
        except EngineError as refused:
            return str(refused)
        project.flush()
        for row in project.images():
            project.load(row.id)
        return ""
    finally:
        project.close()
