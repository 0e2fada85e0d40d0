"""Programs that read outlines, and folders of files of their own; see `reader_programs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.bench.readers_found import Found, supervision_found


def supervision_yolo(root: Path) -> Found:
    import supervision as sv

    data = sv.DetectionDataset.from_yolo(
        str(root / "images"), str(root / "labels"), str(root / "data.yaml"), force_masks=True
    )
    return supervision_found(data, root / "images")


def supervision_labelme(root: Path) -> Found:
    import supervision as sv

    data = sv.DetectionDataset.from_labelme(str(root), str(root), force_masks=True)
    return supervision_found(data, root)


def datumaro_any(kind: str, root: Path) -> Found:
    from datumaro import Dataset
    from datumaro.components.annotation import Mask, Polygon

    data = Dataset.import_from(str(root), kind)
    labels = data.categories().get(_label_type())
    found: Found = {}
    for item in data:
        size = item.media.size if item.media is not None else None
        there: dict[Any, tuple[Any, Any, Any]] = {}
        for nth, each in enumerate(item.annotations):
            name = None if each.label is None else labels.items[each.label].name
            if isinstance(each, Mask):
                bits = each.image
            elif isinstance(each, Polygon):
                bits = _polygon(each.points, size)
            else:
                continue
            slot = each.group or -1 - nth  # parts of one object share a group
            bits = bits | there[slot][1] if slot in there else bits
            if name not in ("background", "ignored"):
                there[slot] = (name, bits, each.attributes.get("is_crowd"))
        found[item.id] = [*there.values()]
    return found


def _label_type() -> Any:
    from datumaro.components.annotation import AnnotationType

    return AnnotationType.label


def _polygon(points: Any, size: Any) -> Any:
    from pycocotools import mask

    return mask.decode(mask.frPyObjects([list(points)], *size)[0]).astype(bool)


def ultralytics(root: Path) -> Found:
    import numpy as np
    from ultralytics.data.utils import (
        check_det_dataset,
        img2label_paths,
        polygon2mask,
        verify_image_label,
    )

    data = check_det_dataset(str(root / "data.yaml"))
    folder = Path(data["train"])
    images = sorted(str(each) for each in folder.rglob("*.jpg"))
    found: Found = {}
    for image, label in zip(images, img2label_paths(images), strict=True):
        read = verify_image_label((image, label, "", False, len(data["names"]), 0, 0, False))
        lb, shape, segments = read[1:4]
        name = Path(image).relative_to(folder).as_posix()
        if lb is None:
            found[name] = [(None, np.zeros((1, 1), bool), read[-1][-120:])]
            continue
        there = []
        for kind, points in zip(lb[:, 0], segments, strict=True):
            scaled = points * (shape[1], shape[0])
            bits = polygon2mask(shape, [scaled.reshape(-1)])
            there.append((data["names"][int(kind)], bits.astype(bool), None))
        found[name] = there
    return found


def labelme(root: Path) -> Found:
    import numpy as np
    from labelme._label_file import LabelFile

    found: Found = {}
    for file in sorted(root.rglob("*.json")):
        data = LabelFile(str(file))
        there = []
        with open(file) as raw:
            fields = json.load(raw)
        size = fields["imageHeight"], fields["imageWidth"]
        for shape in data.shapes:
            bits = np.zeros(size, bool)
            (x1, y1), (x2, y2) = np.asarray(shape["points"]).astype(int)
            bits[y1 : y2 + 1, x1 : x2 + 1] = shape["mask"]
            there.append((shape["label"], bits, None))
        name = (file.parent / fields["imagePath"]).relative_to(root).as_posix()
        found[name] = there
    return found
