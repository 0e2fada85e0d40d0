"""Programs that read masks as pictures; see `reader_programs`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.readers_found import Found


def by_values(root: Path, read: Callable[[str], Any]) -> Found:
    """Index masks by `classes.json`, with any program that opens a PNG."""
    listed = json.loads((root / "classes.json").read_text())["classes"]
    names = {each["value"]: each["name"] for each in listed if each["value"]}
    found: Found = {}
    for file in root.rglob("*.png"):
        values = read(str(file))
        there = [(name, values == value, None) for value, name in names.items() if name != "ignore"]
        found[f"{file.relative_to(root).with_suffix('')}.jpg"] = [e for e in there if e[1].any()]
    return found


def pillow(path: str) -> Any:
    import numpy as np
    from PIL import Image

    with Image.open(path) as png:
        return np.array(png)


def scikit_image(path: str) -> Any:
    from skimage.io import imread

    return imread(path)


def opencv(path: str) -> Any:
    import cv2

    return cv2.imread(path, cv2.IMREAD_UNCHANGED)


def pillow_colors(root: Path) -> Found:
    import numpy as np

    listed = json.loads((root / "classes.json").read_text())["classes"]
    found: Found = {}
    for file in root.rglob("*.png"):
        picture = pillow(str(file)).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
        there = [
            (each["name"], picture == int(each["color"][1:], 16), None)
            for each in listed
            if each["name"] not in ("background", "ignore")
        ]
        found[f"{file.relative_to(root).with_suffix('')}.jpg"] = [e for e in there if e[1].any()]
    return found


def instances(root: Path, read: Callable[[str], Any]) -> Found:
    images = json.loads((root / "instances.json").read_text())["images"]
    found: Found = {}
    for name, listed in images.items():
        values = read(str(root / name))
        there = [(kind, values == int(value), None) for value, kind in listed.items()]
        found[f"{name.removesuffix('.png')}.jpg"] = there
    return found


def pillow_voc(root: Path) -> Found:
    """Names of a list, two PNGs each; palette indices are classes and objects."""
    import numpy as np

    lines = (root / "labelmap.txt").read_text().splitlines()[1:]
    names = [line.split(":")[0] for line in lines]
    found: Found = {}
    for line in (root / "ImageSets/Segmentation/default.txt").read_text().splitlines():
        stem = line.strip()
        values = pillow(str(root / "SegmentationClass" / f"{stem}.png"))
        owner = pillow(str(root / "SegmentationObject" / f"{stem}.png"))
        if not (root / "JPEGImages" / f"{stem}.jpg").is_file():
            raise SystemExit(f"no image {stem}.jpg")
        there = []
        for value in np.unique(values[(values > 0) & (values < 255)]).tolist():
            for nth in np.unique(owner[(values == value)]).tolist():
                there.append((names[value], (values == value) & (owner == nth), None))
        found[f"{stem}.jpg"] = there
    return found


def _own(root: Path) -> list[dict[str, Any]]:
    """The classes that Cityscapes does not have, and those it has, as the export lists them."""
    listed: list[dict[str, Any]] = json.loads((root / "classes.json").read_text())["classes"]
    return listed


def cityscapesscripts(root: Path) -> Found:
    import numpy as np
    from cityscapesscripts.helpers.labels import id2label

    found: Found = {}
    folder = root / "gtFine/default"
    own = {each["value"]: each["name"] for each in _own(root)}
    for file in folder.rglob("*_gtFine_instanceIds.png"):
        values = pillow(str(file))
        there = []
        for value in np.unique(values[values > 0]).tolist():
            number = value if value < 1000 else value // 1000
            label = id2label.get(number)
            thing = label is None or label.hasInstances
            there.append(
                (
                    label.name if label else own[number],
                    values == value,
                    int(value < 1000) if thing else None,
                )
            )
        stem = file.relative_to(folder).as_posix().removesuffix("_gtFine_instanceIds.png")
        found[f"{stem}.jpg"] = there
    return found


def cityscapesscripts_polygons(root: Path) -> Found:
    import numpy as np
    from cityscapesscripts.helpers.annotation import Annotation
    from cityscapesscripts.helpers.labels import Label, name2label
    from cityscapesscripts.preparation import json2instanceImg

    found: Found = {}
    own = _own(root)
    for each in own:
        if each["name"] not in name2label:  # what a person has to add to labels.py
            label = Label(each["name"], each["value"], 255, "", 0, each["thing"], False, (0, 0, 0))
            name2label[each["name"]] = label
            json2instanceImg.labels.append(label)
    names = {each["value"]: each["name"] for each in own}
    folder = root / "gtFine/default"
    for file in folder.rglob("*_gtFine_polygons.json"):
        annotation = Annotation()
        annotation.fromJsonFile(str(file))
        values = np.array(json2instanceImg.createInstanceImage(annotation, "ids"))
        there = []
        for value in np.unique(values[values > 0]).tolist():
            number = value if value < 1000 else value // 1000
            there.append((names[number], values == value, None))
        stem = file.relative_to(folder).as_posix().removesuffix("_gtFine_polygons.json")
        found[f"{stem}.jpg"] = there
    return found
