"""Programs that read COCO files of every kind; see `reader_programs`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.readers_found import Found, supervision_found


def _coco_found(api: Any, draw: Callable[[Any], Any]) -> Found:
    names = {each["id"]: each["name"] for each in api.dataset["categories"]}
    found: Found = {}
    for image in api.dataset["images"]:
        entries = api.img_ann_map[image["id"]] if hasattr(api, "img_ann_map") else []
        entries = entries or api.imgToAnns[image["id"]] if hasattr(api, "imgToAnns") else entries
        found[image["file_name"]] = [
            (names[each["category_id"]], draw(each), each.get("iscrowd")) for each in entries
        ]
    return found


def pycocotools(root: Path) -> Found:
    from pycocotools import mask
    from pycocotools.coco import COCO

    (file,) = (root / "annotations").glob("*.json")
    api = COCO(str(file))
    for entry in api.dataset["annotations"]:
        rle = api.annToRLE(entry)
        area, box = int(mask.area(rle)), mask.toBbox(rle).tolist()
        if area != entry["area"] or box != entry["bbox"]:
            raise SystemExit(f"{entry['area']} and {entry['bbox']}; drawn: {area} and {box}")
    return _coco_found(api, api.annToMask)


def pycocotools_results(root: Path) -> Found:
    from pycocotools.coco import COCO

    truth = COCO(str(root.parent / "coco/annotations/instances_default.json"))
    api = truth.loadRes(str(root / "annotations/instances_default.json"))
    return _coco_found(api, api.annToMask)


def lvis(root: Path) -> Found:
    from lvis import LVIS

    api = LVIS(str(root / "annotations/instances_default.json"))
    return _coco_found(api, api.ann_to_mask)


def lvis_results(root: Path) -> Found:
    from lvis import LVIS, LVISResults

    truth = LVIS(str(root.parent / "coco-lvis/annotations/instances_default.json"))
    api = LVISResults(truth, str(root / "annotations/instances_default.json"), max_dets=-1)
    return _coco_found(api, api.ann_to_mask)


def supervision(root: Path) -> Found:
    import supervision as sv

    (file,) = (root / "annotations").glob("*.json")
    data = sv.DetectionDataset.from_coco(str(root / "images"), str(file), force_masks=True)
    return supervision_found(data, root / "images")


def panopticapi(root: Path) -> Found:
    import numpy as np
    from panopticapi.evaluation import pq_compute
    from panopticapi.utils import rgb2id
    from PIL import Image

    file = root / "annotations/panoptic_default.json"
    result = pq_compute(str(file), str(file))
    if result["All"]["pq"] != 1:
        raise SystemExit(f"PQ with itself is {result['All']['pq']}")
    data = json.loads(file.read_text())
    names = {each["id"]: each["name"] for each in data["categories"]}
    images = {each["id"]: each["file_name"] for each in data["images"]}
    found: Found = {}
    for each in data["annotations"]:
        with Image.open(file.with_suffix("") / each["file_name"]) as png:
            ids = rgb2id(np.array(png, dtype=np.uint32))
        there = [
            (names[one["category_id"]], ids == one["id"], one["iscrowd"])
            for one in each["segments_info"]
        ]
        found[images[each["image_id"]]] = there
    return found


def detectron2(root: Path) -> Found:
    from detectron2.data.datasets.coco import load_coco_json

    file = root / "annotations/instances_default.json"
    names = [each["name"] for each in sorted(_categories(file), key=lambda each: each["id"])]
    found: Found = {}
    for each in load_coco_json(str(file), str(root / "images"), "hard"):
        size = each["height"], each["width"]
        there = []
        for one in each["annotations"]:
            bits = coco_shape(one["segmentation"], size)
            there.append((names[one["category_id"]], bits, one["iscrowd"]))
        found[Path(each["file_name"]).relative_to(root / "images").as_posix()] = there
    return found


def detectron2_panoptic(root: Path) -> Found:
    import numpy as np
    from detectron2.data.datasets.coco_panoptic import load_coco_panoptic_json
    from panopticapi.utils import rgb2id
    from PIL import Image

    file = root / "annotations/panoptic_default.json"
    classes = _categories(file)
    meta: dict[str, dict[int, int]] = {}
    for kind, thing in (("thing", 1), ("stuff", 0)):
        ids = [each["id"] for each in classes if each["isthing"] == thing]
        meta[f"{kind}_dataset_id_to_contiguous_id"] = {key: at for at, key in enumerate(ids)}
    names = {
        (bool(each["isthing"]), at): each["name"]
        for thing in (0, 1)
        for at, each in enumerate(c for c in classes if c["isthing"] == thing)
    }
    found: Found = {}
    folder = root / "images"
    for each in load_coco_panoptic_json(str(file), str(folder), str(file.with_suffix("")), meta):
        with Image.open(each["pan_seg_file_name"]) as png:
            ids = rgb2id(np.array(png))
        there = [
            (names[one["isthing"], one["category_id"]], ids == one["id"], one["iscrowd"])
            for one in each["segments_info"]
        ]
        if not Path(each["file_name"]).is_file():
            raise SystemExit(f"no image {each['file_name']}")
        found[Path(each["file_name"]).relative_to(folder).as_posix()] = there
    return found


def _categories(file: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(file.read_text())["categories"]
    return listed


def coco_shape(shape: Any, size: tuple[int, int]) -> Any:
    from pycocotools import mask

    if isinstance(shape, list):
        shape = mask.merge(mask.frPyObjects(shape, *size))
    return mask.decode(shape).astype(bool)
