import json

import numpy as np
import pytest

from engine.training.compare import Judged, compare

CLASSES = [(1, "background"), (2, "cell"), (5, "nucleus")]


def judged(*diagonals, wrong=10, known=(True, True, True)):
    """One image per tuple of right pixels per class; every class also has `wrong` misses."""
    counts = []
    for right in diagonals:
        table = np.diag(np.asarray(right, np.int64))
        for row in range(3):
            table[row, (row + 1) % 3] += wrong
        counts.append(table)
    return Judged(np.stack(counts), known)


def result(before, after, **more):
    number = len(after.counts)
    given = {"max_fall": 0.1, "held_out": True, **more}
    return compare(CLASSES, list(range(10, 10 + number)), before, after, **given)


def test_better_on_average_and_no_class_falls():
    made = result(judged((50, 50, 50), (50, 50, 50)), judged((90, 90, 90), (90, 90, 90)))
    assert made["better"]
    assert made["reason"] == "Mean IoU 0.71 before, 0.82 now, on 2 held-back images."
    assert made["miou_before"] == pytest.approx(50 / 70)
    assert [row["id"] for row in made["images"]] == [10, 11]
    assert made["images"][0]["miou_after"] == pytest.approx(90 / 110)
    assert [row["name"] for row in made["classes"]] == ["background", "cell", "nucleus"]
    assert made["classes"][1]["pixels"] == 200


def test_not_better_when_the_mean_falls():
    made = result(judged((90, 90, 90)), judged((50, 50, 50)))
    assert not made["better"]
    assert "0.82 before, 0.71 now, on 1 held-back image." in made["reason"]


def test_not_better_when_it_is_the_same():
    assert not result(judged((50, 50, 50)), judged((50, 50, 50)))["better"]


def test_not_better_when_one_class_falls_too_far():
    before, after = judged((50, 90, 20)), judged((400, 40, 400))
    made = result(before, after)
    assert not made["better"]
    assert "but cell fell by 0.15, more than 0.10." in made["reason"]
    assert result(before, after, max_fall=0.5)["better"]


def test_a_class_the_model_in_use_does_not_have_has_no_figure_there():
    made = result(judged((50, 0, 50), known=(True, False, True)), judged((50, 50, 50)))
    assert made["classes"][1]["iou_before"] is None
    assert made["better"]


def test_without_a_model_in_use_the_new_one_is_better_than_nothing():
    made = result(None, judged((50, 50, 50)))
    assert made["better"]
    assert made["miou_before"] is None
    assert "no model to compare with" in made["reason"]


def test_without_images_held_back_nothing_is_claimed():
    made = result(judged((50, 50, 50)), judged((90, 90, 90)), held_out=False)
    assert not made["better"]
    assert "cannot be told" in made["reason"]


def test_a_class_that_is_nowhere_has_no_figures_and_the_file_is_json():
    counts = np.zeros((1, 3, 3), np.int64)
    counts[0, 0, 0] = 5
    made = result(None, Judged(counts, (True, True, True)))
    assert [row["iou_after"] for row in made["classes"]] == [1.0, None, None]
    assert json.loads(json.dumps(made, allow_nan=False)) == made
