"""Train from the command line: compare, swap, and predict with the new model."""

import pytest

from engine.cli.learn import _train_spec
from engine.models.catalog import DEFAULT_MODEL
from engine.store import Project


@pytest.mark.slow
def test_train_compares_swaps_and_the_new_model_predicts(machine, project):
    words = ("--set", "epochs=1", "--set", "batch=2", "--device", "cpu")
    code, lines = machine("train", project, *words, "--accept", "always")
    assert code == 0, lines[-1]
    result = lines[-1]["result"]
    assert result["swapped"]
    assert [each["name"] for each in result["classes"]] == ["background", "water", "grass"]
    opened = Project.open(project)
    try:
        assert opened.current_model == result["model"]
        assert [row.taken for row in opened.jobs() if row.kind == "train"] == [True]
        mapping = opened.mapping(result["model"])
        ids = {each.name: each.id for each in opened.taxonomy.classes}
        assert (mapping[1], mapping[2]) == (ids["water"], ids["grass"])
    finally:
        opened.close()
    code, lines = machine("predict", project, "--model", result["model"], "--images", "a.png")
    assert code == 0
    code, lines = machine("train", project, *words, "--accept", "never", "--model", DEFAULT_MODEL)
    assert code == 0
    assert not lines[-1]["result"]["swapped"]


def test_a_recipe_that_cannot_be_followed_is_said(cli, project, tmp_path):
    recipe = tmp_path / "r.json"
    recipe.write_text('{"epochs": "many"}')
    code, _, err = cli("train", project, "--recipe", recipe)
    assert code == 1
    assert "epochs" in err
    assert "Traceback" not in err
    code, _, err = cli("train", project, "--set", "speed=9")
    assert code == 1
    assert "speed" in err


def test_what_a_recipe_says_is_replaced_only_by_what_is_asked(project, tmp_path):
    recipe = tmp_path / "r.json"
    recipe.write_text('{"accept": "never", "device": "cpu", "minutes": 3}')
    opened = Project.open(project, read_only=True)
    try:
        plain = _train_spec(opened, recipe, [], None, None, "", None).recipe
        asked = _train_spec(opened, recipe, ["accept=better"], 1, "always", "", "auto").recipe
        none = _train_spec(opened, None, [], None, None, "", None).recipe
    finally:
        opened.close()
    assert (plain["accept"], plain["device"], plain["minutes"]) == ("never", "cpu", 3)
    assert (asked["accept"], asked["device"], asked["minutes"]) == ("better", "auto", 1)
    assert (none["accept"], none["device"]) == ("better", "auto")
