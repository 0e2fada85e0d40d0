"""What `maskwright evaluate` tells of a real dataset is what pycocotools says of its export."""

import json

import numpy as np
import pytest

from engine.cli import main
from engine.masks import rle
from engine.metrics.matching import NAMES
from tests.parity.test_detection import mask_of, pycocotools


def _results(data, seed):
    """Moved, lost and doubled objects; every score is another, so that no order is by chance."""
    chance = np.random.default_rng(seed)
    results = []
    for each in data["annotations"]:
        for _ in range(1 + (chance.random() < 0.2)):
            size = tuple(each["segmentation"]["size"])
            mask = mask_of(each["segmentation"], size).moved(*chance.integers(-4, 5, 2).tolist())
            mask = mask.clip((0, 0, size[1], size[0]))
            if mask and chance.random() < 0.9:
                entry = {"image_id": each["image_id"], "category_id": each["category_id"]}
                results.append({**entry, "segmentation": rle.encode(mask, size)})
    for each, score in zip(results, chance.permutation(len(results)), strict=True):
        each["score"] = (score + 1) / (len(results) + 1)
    return results


@pytest.fixture
def exported(assets, tmp_path, capsys):
    """A project of real photos with crowds, and what it exports."""
    source = assets / "datasets/tiny_coco"
    file = source / "annotations/instances_train2017.json"
    project, out = tmp_path / "p.maskwright", tmp_path / "out.json"
    images = source / "train2017"
    assert main(["init", str(project), str(images)]) == 0
    assert main(["import", str(project), str(file), "--images", str(images)]) == 0
    assert main(["export", str(project), str(out)]) == 0
    capsys.readouterr()
    return project, json.loads(out.read_text())


def test_a_real_dataset(exported, tmp_path, capsys):
    project, data = exported
    assert any(each["iscrowd"] for each in data["annotations"])
    results = _results(data, 4)
    file = tmp_path / "results.json"
    file.write_text(json.dumps(results))
    code = main(["evaluate", str(project), "--predictions", str(file), "--json"])
    assert code == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])["result"]
    for kind in ("segm", "bbox", "boundary"):
        figures = [result["instances"][kind][name] for name in NAMES]
        figures = [-1 if each is None else each for each in figures]
        wanted = pycocotools(data, results, kind).stats
        np.testing.assert_allclose(figures, wanted, rtol=0, atol=1e-9, err_msg=kind)
    assert result["panoptic"]["all"]["n"] == result["panoptic"]["things"]["n"] > 10
    assert result["panoptic"]["stuff"]["pq"] is None
    assert 0.2 < result["panoptic"]["all"]["pq"] < 0.95
