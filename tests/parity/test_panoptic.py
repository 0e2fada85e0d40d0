"""Our panoptic quality is panopticapi's, void and crowds included.

panopticapi is not on the package index this project installs from, so the reference is twice:
its rules written down here, pixel set by pixel set, from the paper and its documented treatment
of void and crowd; and hotcoco's panoptic evaluation of the same files.
"""

import itertools
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.jobs.measures import Judged, Measures
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.metrics.detection import FoundObject
from engine.metrics.panoptic import PanopticMetrics, Segment, SegmentMap

THINGS = {1: True, 2: True, 3: False}


def reference(images, classes):
    """PQ, SQ, RQ, n of all, things and stuff; and the sum of IoU, TP, FP, FN of each class.

    Args:
        images: (true ids, true segments_info, predicted ids, predicted segments_info) each.
        classes: Class → whether it is a thing.
    """
    tally = {each: [0.0, 0, 0, 0] for each in classes}
    for image in images:
        _tell(tally, *image)
    out = {}
    for name, wanted in (("All", (True, False)), ("Things", (True,)), ("Stuff", (False,))):
        rows = [tally[each] for each, thing in classes.items() if thing in wanted]
        rows = [(iou, tp, fp, fn) for iou, tp, fp, fn in rows if tp + fp + fn]
        pq = [iou / (tp + fp / 2 + fn / 2) for iou, tp, fp, fn in rows]
        sq = [iou / tp if tp else 0 for iou, tp, fp, fn in rows]
        rq = [tp / (tp + fp / 2 + fn / 2) for iou, tp, fp, fn in rows]
        means = [np.mean(each) if rows else None for each in (pq, sq, rq)]
        out[name] = (*means, len(rows))
    return out, tally


def _tell(tally, true_ids, true_info, found_ids, found_info):
    void = true_ids == 0
    done = set()
    for t, f in itertools.product(true_info, found_info):
        if t["iscrowd"] or t["category_id"] != f["category_id"]:
            continue
        in_true, in_found = true_ids == t["id"], found_ids == f["id"]
        both = (in_true & in_found).sum()
        either = (in_true | (in_found & ~void)).sum()
        if both and both / either > 0.5:
            tally[t["category_id"]][0] += both / either
            tally[t["category_id"]][1] += 1
            done |= {("true", t["id"]), ("found", f["id"])}
    for t in true_info:
        tally[t["category_id"]][3] += ("true", t["id"]) not in done and not t["iscrowd"]
    for f in found_info:
        inside = found_ids == f["id"]
        crowds = [t for t in true_info if t["iscrowd"] and t["category_id"] == f["category_id"]]
        excused = np.isin(true_ids, [0, *(t["id"] for t in crowds)])
        fine = (inside & excused).sum() / inside.sum() > 0.5
        tally[f["category_id"]][2] += ("found", f["id"]) not in done and not fine


def segments(info):
    return {each["id"]: Segment(each["category_id"], bool(each["iscrowd"])) for each in info}


def compare(images, classes):
    ours = PanopticMetrics(classes)
    for true_ids, true_info, found_ids, found_info in images:
        ours.add(
            SegmentMap.from_ids(true_ids, segments(true_info)),
            SegmentMap.from_ids(found_ids, segments(found_info)),
        )
    wanted, tally = reference(images, classes)
    for name, things in (("All", None), ("Things", True), ("Stuff", False)):
        figures = ours.quality(things)
        assert figures.n == wanted[name][3]
        if figures.n:
            np.testing.assert_allclose(figures[:3], wanted[name][:3], rtol=0, atol=1e-9)
        else:
            assert np.isnan(figures[:3]).all()
    for class_id, (iou, *counts) in tally.items():
        mine = ours.counts[class_id]
        assert [mine.tp, mine.fp, mine.fn] == counts
        assert mine.iou == pytest.approx(iou, rel=0, abs=1e-9)
    return ours


SIDE = 8
ids = arrays(np.int64, (SIDE, SIDE), elements=st.sampled_from([0, 7, 8, 300, 70_000]))


@st.composite
def pictures(draw):
    """A truth, and a prediction that is the truth with some pixels changed or is anything."""
    true_ids = draw(ids)
    noise = draw(ids)
    share = draw(st.sampled_from([0.0, 0.1, 0.3, 1.0]))
    where = np.random.default_rng(draw(st.integers(0, 99))).random(true_ids.shape) < share
    found_ids = np.where(where, noise, true_ids)
    true_info, crowded = [], set()
    for number in [each for each in np.unique(true_ids).tolist() if each]:
        class_id = draw(st.sampled_from([1, 1, 2, 3, None]))
        if class_id is None:  # in the PNG, not in the JSON
            continue
        crowd = class_id not in crowded and draw(st.sampled_from([0, 0, 1]))
        if crowd:
            crowded.add(class_id)
        true_info.append({"id": number, "category_id": class_id, "iscrowd": int(crowd)})
    same = {each["id"]: each["category_id"] for each in true_info}
    found_info = [
        {
            "id": number,
            "category_id": same.get(number, 1)
            if draw(st.integers(0, 3))
            else draw(st.sampled_from([1, 2, 3])),
            "iscrowd": 0,
        }
        for number in np.unique(found_ids).tolist()
        if number
    ]
    return true_ids, true_info, found_ids, found_info


@settings(max_examples=200)
@given(st.lists(pictures(), min_size=1, max_size=3))
def test_random_segments(images):
    compare(images, THINGS)


def _ids(path):
    rgb = np.asarray(Image.open(path).convert("RGB")).astype(np.int64)
    return rgb @ [1, 256, 256**2]


def _save(path, numbers):
    parts = [numbers % 256, numbers // 256 % 256, numbers // 256**2]
    Image.fromarray(np.stack(parts, -1).astype(np.uint8)).save(path)


def _changed(numbers, info, seed):
    """A prediction made of the truth: moved, some parts lost, split, or of another class."""
    chance = np.random.default_rng(seed)
    found = np.roll(numbers, chance.integers(-4, 5, 2), (0, 1))
    classes = {each["id"]: each["category_id"] for each in info if not each["iscrowd"]}
    out = []
    for number, class_id in classes.items():
        part = found == number
        if not part.any():
            continue
        if chance.random() < 0.15:
            found[part] = 0
            continue
        if chance.random() < 0.2:
            other = part & (np.indices(part.shape)[1] > np.median(np.nonzero(part)[1]))
            if other.any() and not (other == part).all():
                found[other] = 9_000_000 + number % 100_000
                new = 9_000_000 + number % 100_000
                out.append({"id": new, "category_id": class_id, "iscrowd": 0})
        wrong = chance.random() < 0.1
        kind = int(chance.choice(list(classes.values()))) if wrong else class_id
        out.append({"id": number, "category_id": kind, "iscrowd": 0})
    known = [each["id"] for each in out]
    found[~np.isin(found, known)] = 0
    return found, [each for each in out if (found == each["id"]).any()]


@pytest.fixture
def sample(assets):
    folder = assets / "datasets/coco_panoptic_sample"
    data = json.loads((folder / "panoptic_examples.json").read_text())
    return folder / "panoptic_examples", data


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_real_images_as_the_rules_and_hotcoco_have_them(sample, tmp_path, seed):
    from hotcoco import panoptic

    folder, data = sample
    classes = {each["id"]: bool(each["isthing"]) for each in data["categories"]}
    assert any(s["iscrowd"] for each in data["annotations"] for s in each["segments_info"])
    out = {"images": data["images"], "categories": data["categories"], "annotations": []}
    images = []
    (tmp_path / "found").mkdir()
    for each in data["annotations"]:
        true_ids = _ids(folder / each["file_name"])
        found_ids, info = _changed(true_ids, each["segments_info"], seed)
        _save(tmp_path / "found" / each["file_name"], found_ids)
        out["annotations"].append({**each, "segments_info": info})
        images.append((true_ids, each["segments_info"], found_ids, info))
    (tmp_path / "found.json").write_text(json.dumps(out))
    ours = compare(images, classes)
    assert 0.2 < ours.quality().pq < 0.98
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = panoptic.PanopticEval(str(folder) + ".json", str(tmp_path / "found.json"))
        theirs.evaluate()
    results = theirs.results()
    for name, things in (("All", None), ("Things", True), ("Stuff", False)):
        wanted = [results[name][key] for key in ("pq", "sq", "rq", "n")]
        np.testing.assert_allclose(ours.quality(things), wanted, rtol=0, atol=1e-9)


def test_the_truth_itself_is_perfect(sample):
    folder, data = sample
    classes = {each["id"]: bool(each["isthing"]) for each in data["categories"]}
    ours = PanopticMetrics(classes)
    for each in data["annotations"]:
        whole = SegmentMap.from_ids(
            _ids(folder / each["file_name"]), segments(each["segments_info"])
        )
        ours.add(whole, whole)
    assert ours.quality()[:3] == (1, 1, 1)


def test_drawn_masks_are_the_same_as_numbers(sample):
    folder, data = sample
    for each in data["annotations"]:
        numbers = _ids(folder / each["file_name"])
        known = segments(each["segments_info"])
        drawn = SegmentMap.draw(
            numbers.shape, [(Mask.from_bits(numbers == key), one) for key, one in known.items()]
        )
        read = SegmentMap.from_ids(numbers, known)
        assert np.array_equal(drawn.pixels, read.pixels)
        assert list(drawn.segments) == list(read.segments)


def _document(ids, info, things):
    """The truth as a project holds it; stuff in the class map, all else unlabelled."""
    layer = np.zeros(ids.shape, np.uint16)
    objects = []
    for each in info:
        if things[each["category_id"]]:
            mask = Mask.from_bits(ids == each["id"])
            one = Annotation(
                id=each["id"],
                class_id=each["category_id"] + 1,
                mask=mask,
                crowd=bool(each["iscrowd"]),
            )
            objects.append(one)
        else:
            layer[ids == each["id"]] = each["category_id"] + 1
    return Document(1, ids.shape, annotations=objects, layer=ClassMap.from_array(layer))


@pytest.mark.parametrize("seed", [3, 4])
def test_a_project_of_real_images_has_the_same_figures(sample, seed):
    """Class numbers of a project begin at 2, so each is one more than in the file."""
    folder, data = sample
    things = {each["id"]: bool(each["isthing"]) for each in data["categories"]}
    taxonomy = Taxonomy(
        LabelClass(id=key + 1, name=str(key), color="#000000", thing=thing, order=key)
        for key, thing in things.items()
    )
    measures = Measures(taxonomy)
    images = []
    for each in data["annotations"]:
        true_ids, true_info = _ids(folder / each["file_name"]), each["segments_info"]
        found_ids, info = _changed(true_ids, true_info, seed)
        stuff_once = {}
        for one in info:  # a class of stuff is one segment of an image
            if not things[one["category_id"]]:
                first = stuff_once.setdefault(one["category_id"], one["id"])
                found_ids[found_ids == one["id"]] = first
        info = [one for one in info if stuff_once.get(one["category_id"], one["id"]) == one["id"]]
        images.append((true_ids, true_info, found_ids, info))
        found = [
            FoundObject(one["category_id"] + 1, Mask.from_bits(found_ids == one["id"]), 0.9)
            for one in info
        ]
        judged = Judged(np.zeros(true_ids.shape, np.uint8), found, found)
        measures.add(_document(true_ids, true_info, things), judged)
    figures = measures.figures()["panoptic"]
    wanted, _ = reference(images, things)
    for ours, theirs in (("all", "All"), ("things", "Things"), ("stuff", "Stuff")):
        mine = [figures[ours][key] for key in ("pq", "sq", "rq", "n")]
        np.testing.assert_allclose(mine, wanted[theirs], rtol=0, atol=1e-9)
    assert 0.1 < figures["things"]["pq"] < figures["stuff"]["pq"] < 0.98
