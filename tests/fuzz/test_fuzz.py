"""A small part of ``make fuzz`` in every run of the tests, and that it notices harm."""

import collections
import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.fuzz import datasets, strategies
from tests.fuzz.fuzz import main
from tests.fuzz.pool import fuzz
from tests.fuzz.targets import TARGETS, chance_of, refusals, use_coco

# Pillow and tifffile warn of what they repair; the program ignores that.
pytestmark = pytest.mark.filterwarnings("ignore")

SLICE = {
    **{"coco": 60, "results": 40, "card": 80, "project": 20, "image": 80, "onnx": 40},
    **dict.fromkeys(datasets.NAMES, 8),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return place


@pytest.mark.parametrize("name", SLICE)
def test_mutants_are_refused_in_a_sentence_or_used(folder, name):
    target = TARGETS[name]
    write = target.begin(folder)
    refused = 0
    for number in range(SLICE[name]):
        refusals.clear()
        target.use(write(chance_of(name, 1, number)))
        refused += bool(refusals)
    assert refused < SLICE[name], "a slice in which all are refused tests little"
    assert refused or name in datasets.NAMES, "a slice in which none is refused tests little"


@pytest.mark.parametrize("name", SLICE)
def test_what_mutants_are_made_of_is_sound(folder, monkeypatch, name):
    for change in (
        *("mutate.bytes_of", "mutate.json_of", "mutate.toml_of"),
        *("targets.any_json", "targets.network_of"),
    ):
        monkeypatch.setattr(f"tests.fuzz.{change}", lambda chance, sound, others: sound)
    for suffix in datasets.CHANGES:
        monkeypatch.setitem(datasets.CHANGES, suffix, lambda chance, sound, others: sound)
    monkeypatch.setattr(
        "tests.fuzz.mutate.project_in", lambda chance, path, sound, others: path.write_bytes(sound)
    )
    target = TARGETS[name]
    write = target.begin(folder)
    refusals.clear()
    for number in range(2 if name in datasets.NAMES else 8):
        target.use(write(chance_of(name, 1, number)))
    assert refusals == []


@settings(max_examples=80)
@given(content=strategies.coco)
def test_files_nobody_should_write_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("made") / "made.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    use_coco(path)


def test_the_pool_notices_every_kind_of_harm(tmp_path):
    tally = fuzz("harm", 8, 7, 2, tmp_path, hang=0.5)
    kinds = collections.Counter(each.kind for each in tally.findings)
    assert set(kinds) == {"died", "hung", "exception", "memory"}
    assert tally.restarts == kinds["died"] + kinds["hung"]
    assert tally.done == 8 - tally.restarts
    assert tally.refused
    died = next(each for each in tally.findings if each.kind == "died")
    assert "Segmentation fault" in died.told
    assert Path(died.file).read_text() == "dies"


def test_a_run_prints_a_table_and_keeps_it(tmp_path, capsys):
    assert main(["card", "--count", "20", "--workers", "1", "--out", str(tmp_path)]) == 0
    assert "| card | 20 |" in capsys.readouterr().out
    assert "Seed 1, 0 findings." in (tmp_path / "fuzz.md").read_text()
