"""Figures and files against panopticapi itself, where it is installed.

It is on no package index: `pip install git+https://github.com/cocodataset/panopticapi` puts it
there. Without it `test_panoptic` holds its rules, written down anew.
"""

import json

import numpy as np
import pytest

from engine.formats import registry
from engine.formats.format import Work
from engine.metrics.panoptic import PanopticMetrics, SegmentMap
from tests.bench import hard_pages
from tests.parity.test_panoptic import _changed, _ids, _save, segments

evaluation = pytest.importorskip("panopticapi.evaluation")

THINGS = {1: True, 2: True, 3: False}


def theirs(pairs, folder, found, classes):
    """PQ, SQ, RQ and n of all, things and stuff; pairs are (truth, prediction) annotations."""
    categories = {key: {"id": key, "isthing": int(thing)} for key, thing in classes.items()}
    counted = evaluation.pq_compute_single_core(0, pairs, str(folder), str(found), categories)
    out = {}
    for things in (None, True, False):
        kinds = [k for k, thing in classes.items() if things is None or thing == things]
        if any(counted[k].tp + counted[k].fp + counted[k].fn for k in kinds):
            figures = counted.pq_average(categories, things)[0]
            out[things] = [figures[key] for key in ("pq", "sq", "rq", "n")]
    return out


def ours(pairs, folder, found, classes):
    counted = PanopticMetrics(classes)
    for truth, prediction in pairs:
        counted.add(
            SegmentMap.from_ids(_ids(folder / truth["file_name"]), _infos(truth)),
            SegmentMap.from_ids(_ids(found / prediction["file_name"]), _infos(prediction)),
        )
    return counted


def _infos(annotation):
    return segments([{"iscrowd": 0, **each} for each in annotation["segments_info"]])


def agree(pairs, folder, found, classes):
    wanted = theirs(json.loads(json.dumps(pairs)), folder, found, classes)
    mine = ours(pairs, folder, found, classes)
    assert None in wanted
    for things, figures in wanted.items():
        np.testing.assert_allclose(mine.quality(things), figures, rtol=0, atol=1e-9)
    return wanted[None][0]


def perturbed(data, folder, found, seed):
    """(truth, prediction) of every image of a file; predictions lie in `found`."""
    pairs = []
    for each in data["annotations"]:
        ids, info = _changed(_ids(folder / each["file_name"]), each["segments_info"], seed)
        path = found / each["file_name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(path, ids)
        pairs.append((each, {**each, "segments_info": info}))
    return pairs


@pytest.mark.parametrize("seed", range(4))
def test_real_images(assets, tmp_path, seed):
    folder = assets / "datasets/coco_panoptic_sample/panoptic_examples"
    data = json.loads(folder.with_suffix(".json").read_text())
    classes = {each["id"]: bool(each["isthing"]) for each in data["categories"]}
    pairs = perturbed(data, folder, tmp_path, seed)
    assert 0.2 < agree(pairs, folder, tmp_path, classes) < 0.98


@pytest.mark.parametrize("seed", range(40))
def test_random_segments_with_void_and_crowds(tmp_path, seed):
    chance = np.random.default_rng(seed)
    pairs = []
    for folder in ("true", "found"):
        (tmp_path / folder).mkdir()
    for at in range(4):
        numbers = chance.choice([0, 7, 300, 70_000, 9_000_000], (6, 6)).repeat(5, 0).repeat(5, 1)
        noise = chance.choice([0, 7, 300, 70_000], numbers.shape)
        guess = np.where(chance.random(numbers.shape) < chance.choice([0.1, 0.4]), noise, numbers)
        kinds = {
            each: int(chance.integers(1, 4)) for each in np.unique(numbers[numbers > 0]).tolist()
        }
        # Several crowds of a class too: the last one counts.
        info = [
            {
                "id": each,
                "category_id": kind,
                "area": int((numbers == each).sum()),
                "iscrowd": crowd,
            }
            for each, kind in kinds.items()
            for crowd in (int(chance.random() < 0.3),)
        ]
        there = np.unique(guess[guess > 0]).tolist()
        told = [
            {"id": each, "category_id": kinds.get(each, 1) if chance.random() < 0.8 else 2}
            for each in there
        ]
        name = f"{at}.png"
        _save(tmp_path / "true" / name, numbers)
        _save(tmp_path / "found" / name, guess)
        truth = {"image_id": at, "file_name": name, "segments_info": info}
        pairs.append((truth, {**truth, "segments_info": told}))
    agree(pairs, tmp_path / "true", tmp_path / "found", THINGS)


@pytest.fixture
def exported(tmp_path):
    """A project of hard shapes, names and sizes as COCO panoptic."""
    target = tmp_path / "panoptic.json"
    sheets = hard_pages.sheets()
    registry.get("coco-panoptic").write(
        target,
        Work(
            taxonomy=hard_pages.taxonomy(),
            images=[each.image for each in sheets],
            sheets=lambda: iter(sheets),
        ),
    )
    return target


def test_an_export_is_perfect_in_its_own_eyes(exported):
    """Two crowds of a class in an image would not be."""
    results = evaluation.pq_compute(str(exported), str(exported))
    assert [results["All"][key] for key in ("pq", "sq", "rq")] == [1, 1, 1]
    assert results["All"]["n"] == 5


@pytest.mark.parametrize("seed", [0, 1])
def test_an_export_against_changed_ones(exported, tmp_path, seed):
    data = json.loads(exported.read_text())
    classes = {each["id"]: bool(each["isthing"]) for each in data["categories"]}
    pairs = perturbed(data, exported.with_suffix(""), tmp_path / "found", seed)
    assert 0 < agree(pairs, exported.with_suffix(""), tmp_path / "found", classes) < 1
