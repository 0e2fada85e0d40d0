"""Other programs, each reading an export with its own code; runs in their environment.

Of this project nothing is used but the truth's files. A reader answers with
{image name: [(class name, pixels, crowd), …]}; crowd is None where the program does not say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[2]))

from tests.bench import readers_coco
from tests.bench import readers_outlines as outlines
from tests.bench import readers_pictures as pictures
from tests.bench.readers_found import Found

READERS = {
    "coco": ("pycocotools", "datumaro", "supervision", "Detectron2"),
    "coco-polygons": ("pycocotools", "datumaro", "supervision", "Detectron2"),
    "coco-lvis": ("lvis", "pycocotools"),
    "coco-results": ("pycocotools results", "lvis results"),
    "coco-panoptic": ("panopticapi", "datumaro panoptic", "Detectron2 panoptic"),
    "coco-stuff": ("pycocotools", "datumaro stuff"),
    "voc": ("datumaro voc", "Pillow voc"),
    "cityscapes": ("cityscapesscripts",),
    "cityscapes-polygons": ("cityscapesscripts polygons",),
    "yolo-seg": ("ultralytics", "supervision yolo"),
    "labelme": ("labelme", "supervision labelme"),
    "cvat": ("datumaro cvat",),
    "png": ("Pillow png", "scikit-image png", "OpenCV png"),
    "png-colors": ("Pillow colors",),
    "png-instances": ("Pillow instances", "scikit-image instances", "OpenCV instances"),
}
"""Export → programs that read it."""

PROGRAMS: dict[str, Callable[[Path], Found]] = {
    "pycocotools": readers_coco.pycocotools,
    "pycocotools results": readers_coco.pycocotools_results,
    "lvis": readers_coco.lvis,
    "lvis results": readers_coco.lvis_results,
    "supervision": readers_coco.supervision,
    "supervision yolo": outlines.supervision_yolo,
    "supervision labelme": outlines.supervision_labelme,
    "Pillow png": lambda root: pictures.by_values(root, pictures.pillow),
    "scikit-image png": lambda root: pictures.by_values(root, pictures.scikit_image),
    "OpenCV png": lambda root: pictures.by_values(root, pictures.opencv),
    "Pillow colors": pictures.pillow_colors,
    "Pillow instances": lambda root: pictures.instances(root, pictures.pillow),
    "scikit-image instances": lambda root: pictures.instances(root, pictures.scikit_image),
    "OpenCV instances": lambda root: pictures.instances(root, pictures.opencv),
    "datumaro": lambda root: outlines.datumaro_any("coco_instances", root),
    "datumaro panoptic": lambda root: outlines.datumaro_any("coco_panoptic", root),
    "datumaro stuff": lambda root: outlines.datumaro_any("coco_stuff", root),
    "datumaro voc": lambda root: outlines.datumaro_any("voc_segmentation", root),
    "datumaro cvat": lambda root: outlines.datumaro_any("cvat", root),
    "panopticapi": readers_coco.panopticapi,
    "Detectron2": readers_coco.detectron2,
    "Detectron2 panoptic": readers_coco.detectron2_panoptic,
    "Pillow voc": pictures.pillow_voc,
    "cityscapesscripts": pictures.cityscapesscripts,
    "cityscapesscripts polygons": pictures.cityscapesscripts_polygons,
    "ultralytics": outlines.ultralytics,
    "labelme": outlines.labelme,
}
"""Program → how it reads the folder of an export."""


def _overlap(a: Any, b: Any) -> float:
    if a.shape != b.shape:
        return 0.0
    return float((a & b).sum() / max(1, (a | b).sum()))


def _regions_joined(there: list[tuple[Any, Any, Any]], regions: set[str]) -> Any:
    """The masks with those of a region's class as one: it may come in parts."""
    kept = [each for each in there if each[0] not in regions]
    for name in sorted(regions):
        parts = [each for each in there if each[0] == name]
        if parts:
            bits = parts[0][1]
            for part in parts[1:]:
                bits = bits | part[1]
            kept.append((name, bits, parts[0][2]))
    return kept


def compare(place: Path, kind: str, found: Found) -> dict[str, Any]:
    """The table's cells: each true mask beside the mask of its image that is most like it."""
    import numpy as np

    arrays = np.load(place / f"{kind}.npz")
    pages = json.loads((place / f"{kind}.json").read_text())
    notes: list[str] = []
    worst, exact, masks, right, crowds, told = 1.0, 0, 0, 0, 0, 0
    total = sum(len(page["masks"]) for page in pages)
    for page in pages:
        there = found.get(page["name"], found.get(page["name"].rsplit(".", 1)[0]))
        if there is None:
            notes.append(f"{page['name']} is missing")
            worst = 0.0
            continue
        there = _regions_joined(there, {m["class"] for m in page["masks"] if m["region"]})
        left = list(range(len(there)))
        if len(there) != len(page["masks"]):
            notes.append(f"{page['name']}: {len(there)} masks of {len(page['masks'])}")
        for each in page["masks"]:
            bits = arrays[each["key"]]
            scored = [(_overlap(bits, np.asarray(there[at][1]).astype(bool)), at) for at in left]
            best, at = max(scored, default=(0.0, -1))
            worst = min(worst, best)
            exact += best == 1
            if best < 1:
                notes.append(f"{page['name']}: {each['class'][:12]} {best:.3f}")
            if at < 0:
                continue
            left.remove(at)
            masks += 1
            name, _, crowd = there[at]
            right += name == each["class"]
            if name != each["class"]:
                notes.append(f"{page['name']}: {each['class'][:20]} is read as {str(name)[:60]}")
            told += crowd is not None
            crowds += crowd is not None and bool(crowd) == each["crowd"]
    return {
        "exact": f"{exact} of {total}",
        "iou": f"{worst:.3f}",
        "classes": f"{right} of {masks}",
        "crowds": f"{crowds} of {told}" if told else "not told",
        "notes": notes,
    }


def main() -> None:
    """READER PLACE FOLDER TRUTH: read, compare, print one line of JSON."""
    reader, place, folder, kind = sys.argv[1:]
    found = PROGRAMS[reader](Path(place) / folder)
    print(json.dumps(compare(Path(place), kind, found)))


if __name__ == "__main__":
    main()
