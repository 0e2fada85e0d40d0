import json

import pytest

from app.places.comparison import load_comparison, read_comparison, summary, trend_of, verdict


def images(*pairs):
    return [{"id": n, "miou_before": a, "miou_after": b} for n, (a, b) in enumerate(pairs, 1)]


def test_reads_what_the_job_wrote_and_finds_the_worst(scene, tmp_path):
    data = scene.compare(images((0.9, 0.78), (0.6, 0.7), (0.64, 0.59), (0.5, 0.495), (None, 0.4)))
    (tmp_path / "compare.json").write_text(json.dumps(data))
    found = load_comparison(tmp_path)
    assert [row.image_id for row in found.worst()] == [1, 3]
    assert found.got_worse == 2
    assert found.fell_most.name == "cat"
    assert found.change == pytest.approx(0.03)


def test_a_class_the_old_model_did_not_know_counts_from_nothing(scene):
    found = read_comparison(scene.compare())
    bottle = next(row for row in found.classes if row.name == "bottle")
    assert bottle.before is None
    assert bottle.change == pytest.approx(0.52)
    assert bottle.trend == "better"


@pytest.mark.parametrize(
    ("value", "word"),
    [(0.0149, "same"), (-0.0149, "same"), (0.015, "better"), (-0.02, "worse"), (None, "unknown")],
)
def test_small_changes_are_the_same(value, word):
    assert trend_of(value) == word


@pytest.mark.parametrize("text", ["", "{", "[]", '{"classes": 3}', '{"classes": [{"id": 1}]}'])
def test_a_damaged_file_is_no_comparison(tmp_path, text):
    (tmp_path / "compare.json").write_text(text)
    found = load_comparison(tmp_path)
    assert found is None or found.images == ()


def test_a_better_model_is_recommended(scene):
    found = read_comparison(scene.compare(better=True, reason="Mean IoU rose by 0.03."))
    said = verdict(found, "v8", "v7", in_use=False)
    assert (said.level, said.action, said.action_text) == ("ok", "switch", "Switch to v8")
    assert said.keep


def test_better_on_average_with_a_class_that_fell_is_not_switched_by_itself(scene):
    said = verdict(read_comparison(scene.compare()), "v8", "v7", in_use=False)
    assert said.level == "warning"
    assert said.title.startswith("v8 is better on average, but cat fell by 0.03.")
    assert said.action == "switch_anyway"


def test_a_worse_model_leaves_the_old_one(scene):
    found = read_comparison(scene.compare(miou_after=0.5, reason=""))
    said = verdict(found, "v8", "v7", in_use=False)
    assert said.title == "v8 is not better. v7 stays in use."
    assert "0.63 before, 0.50 now" in said.detail


def test_the_model_in_use_offers_the_way_back(scene):
    said = verdict(read_comparison(scene.compare()), "v8", "v7", in_use=True)
    assert (said.action, said.action_text) == ("back", "Go back to v7")


def test_the_first_model_has_nothing_to_beat(scene):
    found = read_comparison(scene.compare(miou_before=None))
    assert verdict(found, "v1", "", in_use=False).action_text == "Use v1"


def test_the_table_is_one_sentence(scene):
    said = summary(read_comparison(scene.compare()), "v8")
    assert "2 better, 1 same, 1 worse of 4 classes" in said
