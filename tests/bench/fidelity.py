"""What every format gives back of the shapes other programs lose: a Markdown table.

Each shape goes from a mask to a file and back (IoU with the original; 1.000 is exact), by every
choice a format has. COCO files are besides read by pycocotools, panoptic ones by panopticapi's
rule (id = R + 256 G + 65,536 B). Run with `make bench-formats`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as reference

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.document.annotation import Annotation
from engine.document.taxonomy import Taxonomy
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import Format, ReadOptions, Work
from engine.formats.kinds import count_kinds
from engine.formats.png_read import Target
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.shapes import BITS, SIZE

CAT, SKY, DOG = 2, 3, 4
SHAPES = ("donut", "four parts", "2 px line", "6 x 6", "checker", "whole image")
COLUMNS = (*SHAPES, "touching", "overlap", "crowd", "region", "score")
CHOICES: dict[str, tuple[dict[str, object], ...]] = {
    "coco": (
        {"scores": True},
        {"polygons": True, "scores": True},
        {"dialect": "lvis", "polygons": True, "scores": True},
        {"dialect": "results"},
    ),
    "png": ({}, {"colors": True}),
    "cityscapes": ({}, {"polygons": True}),
}
FILES = {"coco": "o.json", "coco-panoptic": "o.json", "coco-stuff": "stuff_o.json", "cvat": "o.xml"}

Page = Sheet
Back = list[tuple[str, Mask, bool, float | None]]


def classes() -> Taxonomy:
    """Two classes of things, one of regions."""
    made = Taxonomy()
    for name, thing in (("cat", True), ("sky", False), ("dog", True)):
        made = made.with_(made.new_class(name, thing=thing))
    return made


CLASSES = classes()


def page(*objects: tuple[int, Mask], layer: ClassMap | None = None, **fields: object) -> Page:
    """An image with these objects, bottom to top."""
    made = [
        Annotation(id=at, class_id=kind, mask=mask, order=at, **fields)
        for at, (kind, mask) in enumerate(objects, 1)
    ]
    image = SheetImage(key=1, file_name="a.png", size=SIZE)
    return Sheet(image=image, objects=made, layer=layer or ClassMap(SIZE))


def pages() -> dict[str, Page]:
    """One image for each column."""
    found = {name: page((DOG, Mask.from_bits(BITS[name]))) for name in SHAPES}
    left, right = Mask.rectangle((5, 5, 30, 40)), Mask.rectangle((30, 5, 60, 40))
    found["touching"] = page((CAT, left), (CAT, right))
    found["overlap"] = page((CAT, Mask.from_bits(BITS["donut"])), (DOG, right.moved(10, 20)))
    found["crowd"] = page((CAT, Mask.from_bits(BITS["dust"])), crowd=True)
    layer = ClassMap(SIZE)
    found["region"] = page(layer=layer.flip(layer.change(Mask.from_bits(BITS["checker"]), SKY)))
    found["score"] = page((CAT, left), score=0.25)
    return found


def there_and_back(form: Format, sheet: Page, asked: dict[str, object], folder: Path) -> Back:
    """Write an image and read it again: (class, pixels, crowd, score) of every mask."""
    photos, target = folder / "photos", folder / "out" / FILES.get(form.name, "")
    photos.mkdir()
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(photos / "a.png")
    work = Work(taxonomy=CLASSES, images=[sheet.image], sheets=lambda: iter([sheet]), **asked)  # type: ignore[arg-type]
    form.write(target, work)
    options = ReadOptions(
        images=photos,
        known={"a.png": photos / "a.png"},
        targets=[Target(photos / "a.png", "a.png")],
        taxonomy=CLASSES,
        numbers={1: "a.png"},
    )
    reading = form.read(target, options)
    found = list(reading.images())
    names = {each.key: each.name for each in reading.classes}
    back: Back = []
    for image in found:
        back += [(names[o.class_key], o.mask, o.crowd, o.score) for o in image.objects]
        back += [(names[k], m, False, None) for k, m in image.layer.items() if k in names]
    if form.name == "coco":
        _by_reference(json.loads(target.read_text()), back)
    return back


def _by_reference(data: object, back: Back) -> None:
    """What pycocotools reads is what was read here."""
    entries = data if isinstance(data, list) else data["annotations"]  # type: ignore[call-overload]
    for entry, (_, mask, _, _) in zip(entries, back, strict=True):
        value = entry["segmentation"]
        if isinstance(value, list):
            value = reference.merge(reference.frPyObjects(value, *SIZE))
        drawn = reference.decode(value).astype(bool)
        if not np.array_equal(drawn, mask.read((0, 0, SIZE[1], SIZE[0]))):
            raise SystemExit("pycocotools reads other pixels")


def iou(a: Mask, b: Mask) -> float:
    """Intersection over union."""
    return (a & b).area / max(1, (a | b).area)


def cell(column: str, sheet: Page, back: Back) -> str:
    """What came back of an image, in a few characters."""
    if column == "region":
        return _region(sheet.layer.mask(SKY), back)
    if column == "crowd":
        return _crowd(sheet, back)
    if column == "score":
        return "kept" if [each[3] for each in back] == [0.25] else "lost"
    if len(back) != len(sheet.objects):
        return "merged" if column == "touching" else "lost"
    names = {each.id: each.name for each in CLASSES.classes}
    wish = sorted(
        ((names[each.class_id], each.mask.box, each.mask) for each in sheet.objects),
        key=lambda entry: entry[:2],
    )
    found = sorted(((name, mask.box, mask) for name, mask, _, _ in back), key=lambda e: e[:2])
    least = min(iou(a[2], b[2]) for a, b in zip(wish, found, strict=True))
    upper = column == "overlap" and least < 1
    return f"{least:.3f}" + (", the upper has it" if upper else "")


def _region(wish: Mask, back: Back) -> str:
    if not back:
        return "left out"
    return f"{iou(wish, back[0][1]):.3f}"


def _crowd(sheet: Page, back: Back) -> str:
    if not back:
        return "lost"
    score = f"{iou(sheet.objects[0].mask, back[0][1]):.3f}"
    return score if back[0][2] else f"{score} as object"


def row(form: Format, asked: dict[str, object]) -> list[str]:
    """The cells of one choice of a format."""
    cells = []
    for column, sheet in pages().items():
        with tempfile.TemporaryDirectory(prefix="maskwright-") as place:
            cells.append(cell(column, sheet, there_and_back(form, sheet, asked, Path(place))))
    return cells


def words_of(form: Format, asked: dict[str, object]) -> str:
    """The format and what is asked of it."""
    words = [str(asked["dialect"])] if "dialect" in asked else []
    words += [key for key in ("polygons", "colors") if asked.get(key)]
    return f"{form.name}" + (f" ({', '.join(words)})" if words else "")


def losses(form: Format, asked: dict[str, object]) -> str:
    """What the format says of a page that has everything."""
    kinds = count_kinds(pages().values(), CLASSES)
    on = {key for key, value in asked.items() if value is True} | {str(asked.get("dialect", ""))}
    return " ".join(each.text for each in form.losses(CLASSES, kinds, on)) or "nothing"


def main() -> None:
    """Print the table, then what each format says itself."""
    print("| format | " + " | ".join(COLUMNS) + " |")
    print("|---|" + "---|" * len(COLUMNS))
    said = []
    for form in registry.writable():
        for asked in CHOICES.get(form.name, ({},)):
            print(f"| {words_of(form, asked)} | " + " | ".join(row(form, asked)) + " |", flush=True)
            said.append(f"- {words_of(form, asked)}: {losses(form, asked)}")
    print("\nWhat is said before writing these pages:\n")
    print("\n".join(said))


if __name__ == "__main__":
    main()
