"""The whole learning job on a small project, with the model that comes with the program."""

import json

import msgspec
import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.images.tone import Tone, tone_from
from engine.jobs import train, train_compare, train_start
from engine.jobs.events import Metric, Note, Progress
from engine.jobs.folder import JobFolder
from engine.jobs.job import Cancelled, Context, ImportSpec, TrainSpec
from engine.jobs.runner import execute
from engine.jobs.take_up import take_up
from engine.models.card import load_card
from engine.models.catalog import DEFAULT_MODEL, Catalog
from engine.models.predictor import Predictor
from engine.store import Project
from engine.training import data, loop, schema, surgery
from engine.training.recipe import make_recipe, recipe_to_data

COLORS = np.array([[40, 60, 50], [220, 60, 60], [60, 90, 230]], np.uint8)
QUICK = {"epochs": 2, "batch": 2, "zoom": 1.0, "seed": 3}


def paint(folder, number, size=(48, 64)):
    """Coloured squares, and masks that say which is which."""
    for kind in ("images", "masks"):
        (folder / kind).mkdir(exist_ok=True)
    for at in range(number):
        rng = np.random.default_rng(at)
        labels = np.zeros(size, np.uint8)
        for value in (1, 2):
            top, left = rng.integers(0, size[0] - 24), rng.integers(0, size[1] - 24)
            labels[top : top + 22, left : left + 22] = value
        rgb = np.clip(COLORS[labels] + rng.normal(0, 8, (*size, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(rgb).save(folder / "images" / f"cell{at}.png")
        Image.fromarray(labels).save(folder / "masks" / f"cell{at}.png")


@pytest.fixture
def project(tmp_path):
    paint(tmp_path, 6)
    made = Project.create(tmp_path / "cells.maskwright")
    made.add_images(sorted((tmp_path / "images").iterdir()))
    spec = ImportSpec(
        project=str(made.path),
        source=str(tmp_path / "masks"),
        format="png",
        images=str(tmp_path / "images"),
        values={0: "background", 1: "red", 2: "dog"},
    )
    job = JobFolder.create(made.files / "jobs", spec)
    assert execute(job).error == ""
    take_up(made, job)
    made.flush()
    yield made
    made.close()


def recipe_of(job):
    return schema.recipe_from_data(job.spec().recipe)


def job_of(project, model=DEFAULT_MODEL, **options):
    recipe = make_recipe(project, Catalog(project_files=project.files), {**QUICK, **options})
    spec = TrainSpec(
        project=str(project.path), recipe=recipe_to_data(recipe), model=model, threads=1
    )
    return JobFolder.create(project.files / "jobs", spec)


def run(job):
    done = execute(job)
    assert done.outcome == "done", done.error + done.detail
    return done.result


def test_a_round_of_learning_and_the_next_one_from_its_model(project):
    warm = Tone(gamma=1.2)
    project.set_tone(warm)
    first = job_of(project)
    project.set_tone(Tone(invert=True))  # what comes later does not reach this round
    result = run(first)
    events, _ = first.read_events()
    curves = {name: [e.value for e in events if isinstance(e, Metric) and e.name == name]
              for name in ("loss", "held_loss", "miou", "miou_before")}  # fmt: skip
    # five of six images are learned from, two at a time, twice
    assert [len(curve) for curve in curves.values()] == [6, 2, 2, 1]
    assert any(isinstance(e, Progress) and e.seconds_left is not None for e in events)

    # the folder is whole, and nothing else is left
    names = {path.name for path in (first.path / "model").iterdir()}
    assert names == {
        "model.onnx", "weights.safetensors", "card.toml", "recipe.json", "metrics.json"
    }  # fmt: skip
    left = {path.name for path in first.path.iterdir()}
    assert not {"checkpoint.pt", "labels", ".model.partial"} & left
    compared = json.loads((first.path / "compare.json").read_text())
    assert [row["name"] for row in compared["classes"]] == ["background", "red", "dog"]
    assert compared["miou_after"] == result["miou_after"]
    assert {row["id"] for row in compared["images"]} == {
        row.id for row in project.images() if row.fold == "held"
    }

    # the card: classes frozen in order, input as the start's, difference to torch kept
    card = load_card(first.path / "model")
    start = Catalog().get(DEFAULT_MODEL).card
    assert [(each.name, each.background) for each in card.classes] == [
        ("background", True), ("red", False), ("dog", False)
    ]  # fmt: skip
    assert (card.input.height, card.input.layout) == (start.input.height, start.input.layout)
    assert card.licence == start.licence
    assert card.training["parent"] == DEFAULT_MODEL
    assert card.training["round"] == 1
    assert 0 <= card.training["export"]["difference"] < 1e-2
    assert card.training["miou"] == pytest.approx(result["miou_after"])
    assert card.learned_tone == warm
    assert tone_from(json.loads((first.path / "model" / "recipe.json").read_text())["tone"]) == warm

    # the next round starts from it and keeps its rows, though its classes are asked in other order
    model = take_up(project, first).model
    assert Catalog(project_files=project.files).get(model).card.name == "v1"
    (version,) = project.versions()
    assert (version.kind, version.facts["model"]) == ("train", model)
    assert version.images == len(recipe_of(first).train) + len(recipe_of(first).held)
    assert project.changed_since(version, project.taxonomy).words() == "nothing"
    project.set_tone(warm)
    second = job_of(project, model=model, start=model, classes=["dog", "red"], epochs=1)
    recipe = second.spec().recipe
    by_name = {each["name"]: each["id"] for each in recipe["classes"]}
    assert sorted(map(tuple, recipe["mapping"])) == sorted(
        [(0, 1), (1, by_name["red"]), (2, by_name["dog"])]
    )
    again = run(second)
    assert again["name"] == "v2"
    assert again["miou_before"] == pytest.approx(result["miou_after"], abs=1e-9)


def test_what_the_program_measures_while_learning_is_what_the_new_model_does(project):
    """The figure of the last epoch and that of the exported model, through another road."""
    result = run(job_of(project, epochs=1))
    assert result["miou_after"] == pytest.approx(result["last_miou"], abs=0.01)


def test_the_new_model_serves(project):
    job = job_of(project, epochs=1)
    run(job)
    catalog = Catalog(project_files=project.files)
    predictor = Predictor(catalog.get(job.path / "model"), "cpu")
    try:
        labels = predictor.labels(np.zeros((48, 64, 3), np.uint8))
    finally:
        predictor.close()
    assert labels.shape == (48, 64)
    assert set(np.unique(labels)) <= {0, 1, 2}


def test_the_rows_of_a_class_the_start_knows_are_copied(project):
    """The class "dog" is one of VOC's."""
    recipe = make_recipe(project, Catalog(), QUICK)
    dog = next(each.id for each in recipe.classes if each.name == "dog")
    assert (12, dog) in recipe.mapping
    begin = train_start.begin(Catalog(), recipe)
    model = surgery.load(begin.start.weights, "VOC")
    plan = surgery.RowPlan.of(recipe.class_ids, begin.start.classes, 0, dict(recipe.mapping))
    old = surgery.load(begin.start.weights, "VOC")
    made = surgery.prepare(model, "VOC", begin.start.output, begin.start.layout, plan)
    (layer,) = made.layers
    assert (
        surgery.array(made.model.graph, layer.weight)[recipe.class_ids.index(dog)]
        == surgery.array(old.graph, layer.weight)[12]
    ).all()


def test_a_cancelled_round_goes_on_later_with_the_labels_it_began_with(project):
    job = job_of(project, epochs=3)

    class Stopped(Context):
        def check(self):
            if (job.path / "best-1.safetensors").exists():
                raise Cancelled

    said = []
    with pytest.raises(Cancelled):
        train.run(job.spec(), Stopped(job.path, said.append))
    frozen = (job.path / "snapshot.json").read_bytes()
    result = train.run(job.spec(), Context(job.path, said.append, resume=True))
    assert result["epochs"] == 3
    assert any(isinstance(e, Note) and "goes on after epoch 1." in e.text for e in said)
    assert not (job.path / "labels").exists()
    assert (job.path / "snapshot.json").read_bytes() == frozen
    # a third start finds the work done
    told = []
    assert train.run(job.spec(), Context(job.path, told.append, resume=True)) == result
    assert told == []


def test_cancel_ends_it_before_the_next_step_and_changes_nothing(project):
    job = job_of(project, epochs=50)
    steps = []

    def watch(event):
        if isinstance(event, Metric) and event.name == "loss":
            steps.append(event.step)
            job.ask_cancel()

    done = execute(job, watch)
    assert done.outcome == "cancelled"
    assert steps == [1]
    assert not (job.path / "model").exists()
    assert (job.path / "checkpoint.pt").exists()


def test_a_start_after_an_end_for_want_of_memory_says_so(project):
    job, said = job_of(project, epochs=1), []
    train.run(job.spec(), Context(job.path, said.append, resume=True, out_of_memory=True))
    assert any(isinstance(e, Note) and "with 1 image at a time" in e.text for e in said)


def test_without_images_held_back_it_learns_and_claims_nothing(project):
    ids = [row.id for row in project.images()]
    job = job_of(project, train=ids[:2], held=[], epochs=1)
    result = run(job)
    assert not result["better"]
    assert "cannot be told" in result["reason"]
    events, _ = job.read_events()
    assert any(isinstance(e, Note) and "No image is held back" in e.text for e in events)


@pytest.mark.parametrize(("accept", "takes"), [("always", True), ("never", False)])
def test_the_rule_decides_who_takes_over(project, accept, takes):
    assert run(job_of(project, epochs=1, accept=accept))["take_over"] is takes


def test_a_new_network_learns_without_a_model(project):
    job = job_of(project, model="", start="unet_small", size=32, epochs=1)
    result = run(job)
    assert result["miou_before"] is None
    card = load_card(job.path / "model")
    assert (card.input.long_side, card.input.resize) == (32, "pad")
    assert card.training["architecture"] == "unet_small"
    model = take_up(project, job).model
    entry = Catalog(project_files=project.files).get(model)
    assert (entry.folder / "weights.safetensors").is_file()
    begin = train_start.begin(
        Catalog(project_files=project.files),
        make_recipe(project, Catalog(project_files=project.files), {"start": model}),
    )
    assert begin.start.architecture == "unet_small"
    assert begin.start.classes == (0, 1, 2)


def test_a_loss_that_is_no_number_leaves_the_model_in_use(project, monkeypatch):
    monkeypatch.setattr(loop, "loss", lambda scores, *given: scores.sum() * float("nan"))
    job = job_of(project)
    done = execute(job)
    assert done.outcome == "failed"
    assert done.error.startswith("Learning stopped at epoch 1: the loss is no longer a number.")
    assert Catalog().get(DEFAULT_MODEL).card.name in done.error
    assert not (job.path / "model").exists()


def test_a_start_that_is_no_onnx_is_refused_with_other_starts(project, assets, tmp_path):
    catalog = Catalog(user_dir=tmp_path / "models", builtin_dir=tmp_path / "none")
    card = msgspec.structs.replace(
        Catalog().get(DEFAULT_MODEL).card, id="kelp", name="Kelp", sha256=""
    )
    entry = catalog.add(
        assets / "models" / "lraspp_mnv3_kelp_presence_torchscript.pt", card, "user"
    )
    recipe = msgspec.structs.replace(make_recipe(project, Catalog(), QUICK), start=entry.id)
    with pytest.raises(EngineError, match=r"Kelp is no ONNX model.*unet_small"):
        train_start.begin(catalog, recipe)


def test_a_device_that_is_not_there_is_not_replaced(project):
    done = execute(job_of(project, device="cuda:7"))
    assert "no device “cuda:7”" in done.error


def test_what_the_labels_lack_is_said_before_the_time_is_spent(project, monkeypatch):
    shots = []
    real = data.take

    def no_background(*given):
        taken = real(*given)
        shots.extend(
            msgspec.structs.replace(shot, pixels=(0, 0, shot.pixels[2])) for shot in taken.shots
        )
        return msgspec.structs.replace(taken, shots=tuple(shots), skipped=("empty.png",))

    monkeypatch.setattr(data, "take", no_background)
    job = job_of(project, epochs=1)
    run(job)
    texts = [event.text for event in job.read_events()[0] if isinstance(event, Note)]
    assert any("No pixel is marked as background" in text for text in texts)
    assert any("shows red" in text for text in texts)
    left = "1 image has no labelled pixel of these classes and is left out: empty.png."
    assert left in texts


def test_the_model_in_use_is_measured_by_the_projects_mapping(project):
    entry = Catalog().get(DEFAULT_MODEL)
    recipe = make_recipe(project, Catalog(), QUICK)
    ids = {each.name: each.id for each in recipe.classes}
    by_name = train_compare.places(project, entry, recipe)
    assert by_name == {0: 0, 12: recipe.class_ids.index(ids["dog"])}
    project.set_mapping(entry.id, {0: "ignore", 15: ids["red"]})
    assert train_compare.places(project, entry, recipe) == {
        0: 0, 15: recipe.class_ids.index(ids["red"])
    }  # fmt: skip
