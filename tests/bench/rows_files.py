"""Run lengths and evaluation, beside pycocotools; COCO files are in coco_rows.py."""

import contextlib
import io
import time

import numpy as np
from harness import Row

RUNS = 9


def rows_rle(data, options):
    """A 12 megapixel mask with 60 blobs, encoded and decoded."""
    from inputs import stars
    from pycocotools import mask as coco

    from engine.masks import rle
    from engine.masks.mask import Mask
    from engine.masks.raster import polygon

    size = (3000, 4000)
    blobs = Mask.EMPTY
    for points in stars(60, size[1], size[0], 60, 40, 160):
        blobs |= polygon([tuple(each) for each in points], size)
    bits = blobs.read((0, 0, size[1], size[0]))
    columns = np.asfortranarray(bits.astype(np.uint8))
    ours, theirs = rle.encode(blobs, size), coco.encode(columns)
    assert ours["counts"] == theirs["counts"].decode()
    assert rle.decode(ours["counts"], size).same(blobs)
    return [
        Row(
            "RLE encode, 12 MP mask with 60 blobs",
            [_timed(lambda: rle.encode(Mask.from_bits(bits), size)) for _ in range(RUNS)],
            [_timed(lambda: coco.encode(columns)) for _ in range(RUNS)],
            "",
            "from a whole array, as no object is held; reference: pycocotools",
        ),
        Row(
            "… from a mask as it is held",
            [_timed(lambda: rle.encode(blobs, size)) for _ in range(RUNS)],
            [_timed(lambda: coco.encode(columns)) for _ in range(RUNS)],
            "",
            "the same bytes",
        ),
        Row(
            "RLE decode, the same",
            [_timed(lambda: rle.decode(ours["counts"], size)) for _ in range(RUNS)],
            [_timed(lambda: coco.decode(theirs)) for _ in range(RUNS)],
            "",
            "to a mask that shares nothing; reference: pycocotools",
        ),
    ]


def rows_eval(data, options):
    """COCO segm evaluation of 2,000 images with 8 objects, one thread."""
    import hotcoco
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth, found = _dataset(2000, 8)
    with contextlib.redirect_stdout(io.StringIO()):
        mine, mine_ms = _evaluated(hotcoco.COCO, hotcoco.COCOeval, truth, found)
        theirs, theirs_ms = _evaluated(COCO, COCOeval, truth, found)
    assert np.abs(np.array(mine) - np.array(theirs)).max() <= 1e-9
    return [
        Row(
            "COCO segm evaluation, 2,000 × 8",
            mine_ms,
            theirs_ms,
            "≤ 0.3 s",
            "hotcoco, equal to pycocotools, the reference",
        )
    ]


def _dataset(images, objects):
    """Truth and results as COCO, seeded; masks of 640 x 426 shifted a little."""
    from pycocotools import mask as coco

    rng = np.random.default_rng(7)
    yy, xx = np.mgrid[:426, :640]
    shapes = []
    for _ in range(64):
        y, x, r = rng.uniform(60, 360), rng.uniform(60, 580), rng.uniform(12, 50)
        pair = [
            np.asfortranarray(((xx - x - dx) ** 2 + (yy - y) ** 2 < r**2).astype(np.uint8))
            for dx in (0, rng.uniform(0, r / 2))
        ]
        shapes.append([coco.encode(each) for each in pair])
    for pair in shapes:
        for each in pair:
            each["counts"] = each["counts"].decode()
    truth, found = [], []
    for image in range(1, images + 1):
        for number in range(objects):
            right, near = shapes[int(rng.integers(64))]
            about = {"image_id": image, "category_id": number % 4 + 1}
            box = [float(each) for each in coco.toBbox(_bytes(right))]
            area = int(coco.area(_bytes(right)))
            more = {"segmentation": right, "area": area, "bbox": box, "iscrowd": 0}
            truth.append({"id": len(truth) + 1, **about, **more})
            found.append({**about, "segmentation": near, "score": float(rng.random())})
    rows = [{"id": k + 1, "width": 640, "height": 426} for k in range(images)]
    classes = [{"id": k + 1, "name": f"class{k}"} for k in range(4)]
    return {"images": rows, "annotations": truth, "categories": classes}, found


def _bytes(rle):
    return {"size": rle["size"], "counts": rle["counts"].encode()}


def _evaluated(coco_type, eval_type, truth, found):
    import json
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "truth.json"
        file.write_text(json.dumps(truth))
        results = Path(place) / "found.json"
        results.write_text(json.dumps(found))
        dataset = coco_type(str(file))
        answer = dataset.loadRes(str(results))
        times, stats = [], None
        for _ in range(3):
            run = eval_type(dataset, answer, "segm")

            def whole(run=run):
                run.evaluate()
                run.accumulate()

            times.append(_timed(whole))
            run.summarize()
            stats = list(run.stats)
    return stats, times


def _timed(act):
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
