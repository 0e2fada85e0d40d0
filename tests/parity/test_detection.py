"""Our average precision is pycocotools', by mask, box and boundary, crowds included.

For boundaries the reference is pycocotools' evaluation with the overlap of the boundary's paper in
its place, computed here on whole images by the definition: a pixel is of the boundary when a pixel
outside the mask, or outside the image, is at most d away in rows and columns.
"""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as reference
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from engine.masks import rle
from engine.masks.mask import Mask
from engine.metrics.boundary import boundary_iou
from engine.metrics.detection import KINDS, DetectionMetrics, FoundObject, TrueObject
from engine.metrics.matching import NAMES


def edge_of(rle_of_mask):
    """The boundary, shift by shift of the whole image."""
    bits = reference.decode(rle_of_mask).astype(bool)
    height, width = bits.shape
    d = max(1, round(0.02 * np.sqrt(height**2 + width**2)))
    padded = np.pad(bits, d)
    inner = np.ones_like(bits)
    for down in range(2 * d + 1):  # the square is a row of rows
        inner &= padded[down : down + height, d : d + width]
    rows = np.pad(inner, ((0, 0), (d, d)))
    inner = np.ones_like(bits)
    for right in range(2 * d + 1):
        inner &= rows[:, right : right + width]
    return reference.encode(np.asfortranarray((bits & ~inner).astype(np.uint8)))


class BoundaryEval(COCOeval):
    """pycocotools with the smaller one of IoU and boundary IoU as overlap."""

    def computeIoU(self, imgId, catId):
        whole = super().computeIoU(imgId, catId)
        gt, dt = self._gts[imgId, catId], self._dts[imgId, catId]
        if not len(gt) or not len(dt):
            return whole
        order = np.argsort([-each["score"] for each in dt], kind="mergesort")[:100]
        crowd = [int(each["iscrowd"]) for each in gt]
        edges = reference.iou(
            [edge_of(dt[at]["segmentation"]) for at in order],
            [edge_of(each["segmentation"]) for each in gt],
            crowd,
        )
        return np.where(np.array(crowd) == 1, whole, np.minimum(whole, edges))


def pycocotools(data, results, kind):
    """The twelve figures, and precision and recall in full."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = json.loads(json.dumps(data))
        truth.createIndex()
        found = truth.loadRes(json.loads(json.dumps(results)))
        make = BoundaryEval if kind == "boundary" else COCOeval
        evaluation = make(truth, found, "bbox" if kind == "bbox" else "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def ours(data, results):
    metrics = DetectionMetrics([each["id"] for each in data["categories"]])
    for image in sorted(data["images"], key=lambda each: each["id"]):
        size = image["height"], image["width"]
        truth = [
            TrueObject(
                each["category_id"],
                mask_of(each["segmentation"], size),
                bool(each["iscrowd"]),
                each["area"],
                tuple(each["bbox"]),
            )
            for each in data["annotations"]
            if each["image_id"] == image["id"]
        ]
        found = [
            FoundObject(
                each["category_id"],
                mask_of(each["segmentation"], size),
                each["score"],
                tuple(each["bbox"]) if "bbox" in each else None,
            )
            for each in results
            if each["image_id"] == image["id"]
        ]
        metrics.add(size, truth, found)
    return metrics.scores()


def mask_of(value, size):
    if isinstance(value, list):
        value = reference.merge(reference.frPyObjects(value, *size))
    elif isinstance(value["counts"], list):
        value = reference.frPyObjects(value, *size)
    return rle.decode(value["counts"], size)


def compare(data, results):
    found = ours(data, results)
    for kind in KINDS:
        wanted = pycocotools(data, results, kind)
        figures = [found[kind].overall[name] for name in NAMES]
        figures = np.where(np.isnan(figures), -1, figures)
        np.testing.assert_allclose(figures, wanted.stats, rtol=0, atol=1e-9, err_msg=kind)
        for k, class_id in enumerate(wanted.params.catIds):
            alone = wanted.eval["precision"][:, :, k, 0, -1]
            ap = alone.mean() if alone.max() > -1 else np.nan
            mine = found[kind].classes[class_id]["AP"]
            np.testing.assert_allclose(mine, ap, rtol=0, atol=1e-9, err_msg=kind)
    return found


def encoded(bits):
    value = reference.encode(np.asfortranarray(bits.astype(np.uint8)))
    return {"size": value["size"], "counts": value["counts"].decode()}


def annotation(number, image, class_id, bits, crowd=0):
    value = encoded(bits)
    return {
        "id": number,
        "image_id": image,
        "category_id": class_id,
        "segmentation": value,
        "area": float(bits.sum()),
        "bbox": reference.toBbox(value).tolist(),
        "iscrowd": crowd,
    }


def _noisy(data, seed, keep=0.85, boxes=False):
    """Results made of the truth: shifted, cut, missed, doubled, of a wrong class; equal scores."""
    chance = np.random.default_rng(seed)
    sizes = {each["id"]: (each["height"], each["width"]) for each in data["images"]}
    classes = [each["id"] for each in data["categories"]]
    results = []
    for each in data["annotations"]:
        for _ in range(1 + (chance.random() < 0.2)):
            if chance.random() > keep:
                continue
            size = sizes[each["image_id"]]
            mask = mask_of(each["segmentation"], size)
            left, top, right, bottom = mask.box
            reach = int(max(2, 0.12 * (right - left)))
            mask = mask.moved(*chance.integers(-reach, reach + 1, 2).tolist())
            cut = Mask.rectangle((left, top, right, bottom - int(chance.integers(0, reach))))
            mask = (mask & cut).clip((0, 0, size[1], size[0]))
            if not mask:
                continue
            wrong = chance.random() < 0.1
            entry = {
                "image_id": each["image_id"],
                "category_id": int(chance.choice(classes)) if wrong else each["category_id"],
                "segmentation": rle.encode(mask, size),
                "score": round(float(chance.random()), 1),
            }
            if boxes:
                jitter = chance.normal(0, 2, 4)
                near = np.array([left, top, right - left, bottom - top]) + jitter
                entry["bbox"] = np.maximum(near, 1).tolist()
            results.append(entry)
    return results


@pytest.mark.parametrize("boxes", [False, True], ids=["masks", "masks and boxes"])
@pytest.mark.parametrize("seed", [0, 1])
def test_tiny_coco_with_its_crowds(assets, seed, boxes):
    file = assets / "datasets/tiny_coco/annotations/instances_train2017.json"
    data = json.loads(file.read_text())
    assert any(each["iscrowd"] for each in data["annotations"])
    found = compare(data, _noisy(data, seed, boxes=boxes))
    assert 0.1 < found["segm"].overall["AP"] < 0.95
    assert found["boundary"].overall["AP"] < found["segm"].overall["AP"]


def test_many_nuclei_in_an_image(assets):
    data = json.loads((assets / "datasets/nuclei_dsb2018/instances_rle.json").read_text())
    wanted = {each["id"] for each in data["images"][:40]}
    data["images"] = data["images"][:40]
    data["annotations"] = [each for each in data["annotations"] if each["image_id"] in wanted]
    found = compare(data, _noisy(data, 2))
    assert found["boundary"].overall["AP50"] > 0.1


SIDE = 24


@st.composite
def pictures(draw):
    """True objects, some of them crowds, and predictions that often lie on them, ties included."""
    spot, extent = st.integers(0, SIDE - 3), st.integers(2, 12)
    blob = st.tuples(spot, spot, extent, extent)
    truth = draw(
        st.lists(st.tuples(blob, st.integers(1, 2), st.sampled_from([0, 0, 1])), max_size=5)
    )
    near = [st.just(each) for each in truth]
    step = st.tuples(*[st.integers(-1, 1)] * 4)
    found = []
    for _ in range(draw(st.integers(0, 6))):
        place, class_id, _ = draw(st.one_of(*near, st.tuples(blob, st.integers(1, 2), st.just(0))))
        moved = tuple(max(at, 0) for at in np.add(place, draw(step)).tolist())
        found.append((moved, class_id, draw(st.sampled_from([0.2, 0.5, 0.9]))))
    return truth, found


def _bits(blob):
    bits = np.zeros((SIDE, SIDE), bool)
    x, y, wide, high = blob
    bits[y : y + high, x : x + wide] = True
    return bits


@settings(max_examples=200)
@given(st.lists(pictures(), min_size=1, max_size=3))
def test_random_objects(images):
    data = {
        "info": {},
        "images": [
            {"id": number, "height": SIDE, "width": SIDE} for number in range(1, len(images) + 1)
        ],
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
        "annotations": [],
    }
    results = []
    for number, (truth, found) in enumerate(images, 1):
        for blob, class_id, crowd in truth:
            each = annotation(len(data["annotations"]) + 1, number, class_id, _bits(blob), crowd)
            # pycocotools sets it anew from iscrowd, whatever the file says.
            data["annotations"].append({**each, "ignore": each["id"] % 2})
        results += [
            {
                "image_id": number,
                "category_id": class_id,
                "segmentation": encoded(_bits(blob)),
                "score": score,
            }
            for blob, class_id, score in found
        ]
    if results:  # pycocotools reads no empty list of results
        compare(data, results)


def _boundary_iou(first, second):
    """By the definition, on whole images."""
    return float(reference.iou([edge_of(first)], [edge_of(second)], [0])[0, 0])


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=1, max_size=4), st.integers(-4, 4))
def test_boundary_iou_of_random_masks(boxes, shift):
    first, second = np.zeros((2, 90, 80), bool)
    for x, y, wide, high in boxes:
        first[y : y + high + 1, x : x + wide + 1] ^= True
        second[y : y + high + 2, x + 4 + shift : x + 5 + shift + wide] ^= True
    masks = [Mask.from_bits(each) for each in (first, second)]
    wanted = _boundary_iou(*(encoded(each) for each in (first, second)))
    assert boundary_iou(*masks, first.shape) == pytest.approx(wanted, rel=0, abs=1e-9)


def test_boundary_iou_of_real_objects(assets):
    file = assets / "datasets/tiny_coco/annotations/instances_train2017.json"
    data = json.loads(file.read_text())
    sizes = {each["id"]: (each["height"], each["width"]) for each in data["images"]}
    compared = 0
    for each in data["annotations"][::5]:
        size = sizes[each["image_id"]]
        mask = mask_of(each["segmentation"], size)
        moved = mask.moved(3, -2).clip((0, 0, size[1], size[0]))
        wanted = _boundary_iou(rle.encode(mask, size), rle.encode(moved, size))
        assert boundary_iou(mask, moved, size) == pytest.approx(wanted, rel=0, abs=1e-9)
        compared += wanted > 0
    assert compared > 50


def test_two_true_objects_at_one_distance():
    """The later one is taken, which leaves the earlier one to the next prediction."""

    def bits(left):
        out = np.zeros((30, 30), bool)
        out[5:7, left : left + 10] = True  # so thin that its boundary is all of it
        return out

    data = {
        "info": {},
        "images": [{"id": 1, "height": 30, "width": 30}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": [annotation(1, 1, 1, bits(4)), annotation(2, 1, 1, bits(6))],
    }
    results = [
        {"image_id": 1, "category_id": 1, "segmentation": encoded(bits(left)), "score": score}
        for left, score in ((5, 0.9), (6, 0.8), (3, 0.7))
    ]
    compare(data, results)


def test_more_than_a_hundred_of_a_class():
    chance = np.random.default_rng(3)
    bits = [np.zeros((120, 120), bool) for _ in range(130)]
    for at, each in enumerate(bits):
        y, x = 9 * (at // 13), 9 * (at % 13)
        each[y : y + 8, x : x + 8] = True
    data = {
        "info": {},
        "images": [{"id": 1, "height": 120, "width": 120}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": [annotation(at, 1, 1, each) for at, each in enumerate(bits, 1)],
    }
    results = [
        {"image_id": 1, "category_id": 1, "segmentation": encoded(each), "score": float(score)}
        for each, score in zip(bits, chance.random(130), strict=True)
    ]
    found = compare(data, results)
    assert found["segm"].overall["AR100"] == pytest.approx(100 / 130)


@pytest.mark.parametrize("crowded", [False, True])
def test_areas_at_the_edges_of_the_ranges_and_classes_nobody_has(crowded):
    """1,024 and 9,216 pixels are of both ranges; a class is only found, another nowhere."""
    sides = (1, 31, 32, 33, 95, 96, 97)

    def bits(side, moved=0):
        out = np.zeros((110, 120), bool)
        out[2 : 2 + side, 3 + moved : 3 + moved + side] = True
        return out

    data = {
        "info": {},
        "images": [{"id": at, "height": 110, "width": 120} for at in range(1, 1 + len(sides))],
        "categories": [{"id": number, "name": str(number)} for number in (2, 5, 9)],
        "annotations": [
            annotation(at, at, 2, bits(side), crowd=int(crowded and at == 4))
            for at, side in enumerate(sides, 1)
        ],
    }
    results = [
        {"image_id": at, "category_id": number, "segmentation": encoded(bits(side, by)), "score": s}
        for at, side in enumerate(sides, 1)
        for number, by, s in ((2, side // 12, 0.6), (2, 0, 0.3 + at / 100), (5, 0, 0.9))
    ]
    found = compare(data, results)
    assert np.isnan(found["segm"].classes[9]["AP"])
    assert 0 < found["segm"].overall["APs"] <= 1
