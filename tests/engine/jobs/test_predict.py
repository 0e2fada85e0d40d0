"""Predict and evaluate, with the model that comes with the program."""

import json

import numpy as np
import pytest
import tifffile

from engine.document.document import Status
from engine.document.taxonomy import ClassLock
from engine.errors import EngineError
from engine.images.look import look_of
from engine.images.sample import sample_of
from engine.images.source import read_rgb
from engine.images.tone import Tone
from engine.jobs.events import Artifact, Note
from engine.jobs.folder import JobFolder
from engine.jobs.job import Cancelled, Context, EvaluateSpec, ExportSpec, PredictSpec
from engine.jobs.parts import PartImage, PartObject, numbers, read_part, write_part
from engine.jobs.predict import run as predict
from engine.jobs.proposals import class_mapping, proposals_of
from engine.jobs.take_up import pending_parts, register, take_up
from engine.masks import codec
from engine.masks.mask import Mask
from engine.models.answer import Found
from engine.models.card import Card, CardClass
from engine.models.catalog import DEFAULT_MODEL
from engine.models.predictor import Predictor

SIZE = (30, 40)


def spec(project, **options):
    return PredictSpec(project=str(project.path), model=DEFAULT_MODEL, device="cpu", **options)


def card(*names):
    classes = [CardClass(index=0, name="background", background=True)]
    classes += [CardClass(index=at, name=name) for at, name in enumerate(names, 1)]
    return Card(id="m-1", name="M", file="m.onnx", classes=tuple(classes))


@pytest.fixture
def answered(project):
    """A prediction's folder with parts made by hand; answers a function that adds one part."""
    folder = JobFolder.create(project.files / "jobs", PredictSpec(project="p", model="m-1"))
    import msgspec

    (folder.path / "model.json").write_bytes(msgspec.json.encode(card("cat", "dog", "sky")))

    def add(*images):
        number = max(numbers(folder.path), default=0) + 1
        parts = [
            PartImage(
                image=image,
                size=size,
                objects=[
                    PartObject(key=key, mask=codec.to_bytes(mask), score=score)
                    for key, mask, score in objects
                ],
            )
            for image, size, objects in images
        ]
        write_part(folder.path, number, parts)
        return folder

    return add


def test_what_was_found_in_another_image_of_that_number_is_left_out(project, tmp_path, run):
    """A project that was made anew where another lay finds that one's jobs."""
    job, done, _ = run(spec(project, per_part=2))
    assert done.outcome == "done"
    moved = project.image(2).path.with_name("moved")
    moved.mkdir()
    (tmp_path / "b.png").rename(moved / "b.png")
    project.set_image(2, path=moved / "b.png")
    project.set_image(3, file_name="another name.png")
    project.set_image(1, path=tmp_path / "x.png", file_name="x.png")
    taken = take_up(project, job)
    assert set(taken) == {2, 3}
    assert taken.remarks == (
        "a.png is not in the project any more; proposals for it are left out.",
    )
    assert project.load(1).proposals == {}


def test_images_that_are_not_done_are_predicted(project, paint, run, blob):
    paint(2, blob)
    job, done, events = run(spec(project, per_part=1))
    assert done.outcome == "done", done
    assert (done.result["images"], done.result["failed"]) == (2, [])
    assert done.result["provider"] == "CPUExecutionProvider"
    parts = [each.path for each in events if isinstance(each, Artifact)]
    assert parts == ["part-0001.bin", "part-0002.bin"]
    found = [each for n in numbers(job.path) for each in read_part(job.path, n).images]
    assert [(each.image, each.size) for each in found] == [(1, SIZE), (3, SIZE)]
    assert set(take_up(project, job)) == {1, 3}


def test_a_model_is_given_each_image_as_it_shows(project, run, tmp_path, monkeypatch):
    stack = np.random.default_rng(1).integers(0, 900, (2, *SIZE)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    [first] = project.add_images([tmp_path / "stack.tif"])
    [second] = project.add_pages(first.id, [1])
    shown = Tone(rule="manual", windows=((100.0, 700.0),))
    own = Tone(rule="minmax", invert=True)
    project.set_tone(shown)
    project.set_image(second.id, tone=own)
    given = {}
    real = Predictor.predict

    def predict_(self, rgb, name=""):
        given[name] = rgb
        return real(self, rgb, name)

    monkeypatch.setattr(Predictor, "predict", predict_)
    _, done, _ = run(spec(project, images=(1, first.id, second.id)))
    assert done.outcome == "done", done
    assert np.array_equal(given["stack.tif"], look(stack[0], shown))
    assert np.array_equal(given["stack.tif#2"], look(stack[1], own))
    assert np.array_equal(given["a.png"], read_rgb(tmp_path / "a.png", 0, shown))


def look(pixels, tone):
    return look_of(tone, 1, False, pixels.dtype, lambda: sample_of(pixels, colour=False)).picture(
        pixels
    )


def test_done_images_are_predicted_when_they_are_named(project, paint, run, blob):
    paint(2, blob)
    _, done, _ = run(spec(project, images=(2,)))
    assert done.result["images"] == 1
    assert done.result["summary"].endswith(" in 1 image.")


def test_nothing_to_predict_is_said(project, paint, run, blob):
    for image in (1, 2, 3):
        paint(image, blob.moved(image, 0))
    _, done, _ = run(spec(project))
    assert "all are done" in done.error


def test_a_model_that_is_not_there_is_said(project, run):
    _, done, _ = run(PredictSpec(project=str(project.path), model="nope"))
    assert "no model “nope”" in done.error


def test_images_that_cannot_be_read_do_not_stop_the_others(project, run, tmp_path):
    (tmp_path / "b.png").write_bytes(b"cut short")
    job, done, events = run(spec(project))
    assert done.outcome == "done"
    assert (done.result["images"], done.result["failed"]) == (2, ["b.png"])
    (note,) = (each for each in events if isinstance(each, Note))
    assert note.text == "1 of 3 images could not be read and is skipped: b.png."
    assert set(take_up(project, job)) == {1, 3}


def test_a_cancelled_prediction_keeps_what_it_has_and_goes_on_later(project):
    job = JobFolder.create(project.files / "jobs", spec(project))
    events = []
    with pytest.raises(Cancelled) as ended:  # it asks after each image
        predict(job.spec(), Context(job.path, events.append, lambda: True))
    assert ended.value.args[0]["images"] == 1
    assert numbers(job.path) == [1]
    result = predict(job.spec(), Context(job.path, events.append, resume=True))
    assert result["images"] == 3
    assert [each.image for each in read_part(job.path, 2).images] == [2, 3]


# -- taking up


def test_parts_are_taken_up_as_they_come(project, answered, blob):
    job = answered((1, SIZE, [(1, blob, 0.75)]))
    register(project, job)
    assert pending_parts(project, job)
    assert list(take_up(project, job)) == [1]
    assert not pending_parts(project, job)
    (found,) = project.load(1).proposals.values()
    assert (found.score, found.source, found.proposal) == (0.75, "m-1", True)
    assert found.mask.same(blob)
    answered((2, SIZE, [(1, blob, 0.5)]))
    assert pending_parts(project, job)
    assert list(take_up(project, job)) == [2]
    assert list(take_up(project, job)) == []
    assert project.image(1).status == Status.PROPOSED


def test_accepted_work_is_never_changed(project, paint, answered, blob):
    paint(1, blob, status=Status.CORRECTED)
    other = blob.moved(10, 8)
    job = answered((1, SIZE, [(1, blob, 0.9), (1, other, 0.8)]))
    take_up(project, job)
    document = project.load(1)
    assert [each.mask.same(blob) for each in document.annotations.values()] == [True]
    assert [each.mask.same(other) for each in document.proposals.values()] == [True]


def test_an_image_that_was_finished_meanwhile_is_left_alone(project, paint, answered, blob):
    paint(1, blob)
    assert list(take_up(project, answered((1, SIZE, [(1, blob.moved(9, 9), 1)])))) == []
    assert not project.load(1).proposals


def test_classes_follow_the_mapping_and_new_ones_are_made_once(project, answered, blob):
    job = answered((1, SIZE, [(1, blob, 1), (2, blob, 1)]), (2, SIZE, [(2, blob, 1)]))
    take_up(project, job)
    cat, dog = (project.taxonomy.by_name(name).id for name in ("cat", "dog"))
    mapping = project.mapping("m-1")
    assert (mapping[0], mapping[1], mapping[2]) == ("ignore", cat, dog)
    assert [each.name for each in project.taxonomy.classes] == ["cat", "sky", "dog"]
    assert sorted(each.class_id for each in project.load(1).proposals.values()) == [cat, dog]


def test_what_is_ignored_stays_out(project, answered, blob):
    project.set_mapping("m-1", {0: "ignore", 1: "ignore", 2: "ignore", 3: "ignore"})
    take_up(project, answered((1, SIZE, [(1, blob, 1)])))
    assert not project.load(1).proposals
    assert len(project.taxonomy.classes) == 2


def test_a_class_that_was_deleted_is_ignored(project):
    project.set_mapping("m-1", {1: 999})
    assert class_mapping(project, card("cat"), {1})[1] == "ignore"


def test_a_locked_class_list_keeps_new_classes_out_and_says_so(project, answered, blob):
    project.lock_classes(ClassLock("Ana"))
    before = project.taxonomy.classes
    taken = take_up(project, answered((1, SIZE, [(1, blob, 1), (2, blob, 1), (3, blob, 1)])))
    assert project.taxonomy.classes == before
    assert any("Ana locked the classes, so nothing was proposed" in each for each in taken.remarks)
    project.lock_classes(None)
    take_up(project, answered((2, SIZE, [(1, blob, 1), (2, blob, 1), (3, blob, 1)])))
    assert len(project.taxonomy.classes) > len(before)


def test_an_image_of_another_size_is_left_out_and_told(project, answered, blob):
    taken = take_up(project, answered((1, (60, 80), [(1, blob, 1)]), (2, SIZE, [(1, blob, 1)])))
    assert list(taken) == [2]
    assert "changed its size" in taken.remarks[0]


def test_a_damaged_part_is_refused_whole(project, answered, blob):
    job = answered((1, SIZE, [(1, blob, 1)]))
    answered((2, SIZE, [(1, Mask.rectangle((0, 0, 99, 99)), 1)]))
    with pytest.raises(EngineError):
        take_up(project, job)
    assert project.load(1).proposals
    assert not project.load(2).proposals


# -- evaluate


def predictions(path, project, blob, **change):
    entry = {"category_id": 1, "image_id": 1, "score": 0.9, "segmentation": [[5, 5, 15, 10]]}
    path.write_text(json.dumps([{**entry, **change}]))
    return EvaluateSpec(project=str(project.path), predictions=str(path))


def test_predictions_in_a_file_are_measured(project, run, truth, blob, tmp_path):
    job, done, events = run(predictions(tmp_path / "r.json", project, blob))
    assert done.outcome == "done", done
    result = done.result
    assert [each["name"] for each in result["classes"]] == ["background", "cat", "sky"]
    # the corrected image counts its labelled pixels only, and its cat was not found
    assert result["confusion"] == [[1050, 0, 0], [150, 150, 0], [0, 0, 0]]
    assert result["classes"][1]["iou"] == 0.5
    assert result["classes"][2]["iou"] is None
    assert [(each["file_name"], each["errors"]) for each in result["images"]] == [
        ("b.png", [[2, 1, 150]]),  # cat, taken for background
        ("a.png", []),
    ]
    assert not result["held_out"]
    assert any("held out" in each.text for each in events if isinstance(each, Note))
    assert json.loads((job.path / "evaluation.json").read_text())["confusion"]


def test_the_held_out_images_are_measured_where_there_are_some(project, run, truth, blob, tmp_path):
    project.set_image(1, fold="held")
    _, done, _ = run(predictions(tmp_path / "r.json", project, blob))
    assert done.result["held_out"]
    assert done.result["miou"] == 1.0
    assert [each["id"] for each in done.result["images"]] == [1]


@pytest.mark.parametrize("change", [{"image_id": 77}, {"score": 0.1}])
def test_predictions_for_nothing_are_said(project, run, truth, blob, tmp_path, change):
    _, done, _ = run(predictions(tmp_path / "r.json", project, blob, **change))
    assert "is for an image that is measured" in done.error


def test_a_model_is_measured_by_the_projects_mapping(project, run, truth):
    _, done, _ = run(EvaluateSpec(project=str(project.path), model=DEFAULT_MODEL, device="cpu"))
    assert done.outcome == "done", done
    assert np.sum(done.result["confusion"]) == 1200 + 150


@pytest.mark.parametrize("options", [{}, {"model": "a", "predictions": "b"}])
def test_one_thing_is_measured_at_a_time(project, run, options):
    _, done, _ = run(EvaluateSpec(project=str(project.path), **options))
    assert "either a model or a file" in done.error


def test_without_truth_there_is_nothing_to_measure(project, run):
    _, done, _ = run(EvaluateSpec(project=str(project.path), model=DEFAULT_MODEL))
    assert done.error.startswith("Nothing to compare yet")


# -- several kinds


def test_an_export_leaves_nothing_to_take_up(project, paint, run, blob, tmp_path):
    paint(1, blob)
    job, _, _ = run(ExportSpec(project=str(project.path), target=str(tmp_path / "o.json")))
    assert not list(take_up(project, job))
    (row,) = project.jobs()
    assert (row.kind, row.state, row.taken) == ("export", "done", True)
    assert row.summary["result"]["masks"] == 1


# -- as the project's class asks for


@pytest.fixture
def model():
    """Its class 1 is a thing, its class 2 is stuff."""
    classes = (
        CardClass(index=0, name="background", background=True, thing=False),
        CardClass(index=1, name="tree"),
        CardClass(index=2, name="grass", thing=False),
    )
    return Card(id="m-2", name="Garden", file="model.onnx", classes=classes)


def test_regions_of_stuff_are_one_mask_with_the_mean_score_of_its_pixels(project, model, blob):
    sky = project.taxonomy.by_name("sky").id
    project.set_mapping("m-2", {0: "ignore", 1: sky, 2: "ignore"})
    small = Mask.rectangle((0, 0, 5, 6))
    seen = [Found(1, 0.9, blob), Found(1, 0.5, small)]
    [only] = proposals_of(project, model, SIZE, seen)
    assert only.mask.same(blob | small)
    assert only.class_id == sky
    assert only.score == pytest.approx((0.9 * 150 + 0.5 * 30) / 180)
    [bare] = proposals_of(project, model, SIZE, [Found(1, None, small), Found(1, 0.5, blob)])
    assert bare.score is None


def test_a_region_of_stuff_becomes_an_object_for_each_part(project, model, blob):
    cat = project.taxonomy.by_name("cat").id
    project.set_mapping("m-2", {0: "ignore", 1: "ignore", 2: cat})
    small, speck = Mask.rectangle((0, 0, 5, 4)), Mask.rectangle((30, 25, 32, 27))
    found = proposals_of(project, model, SIZE, [Found(2, 0.7, blob | small | speck)])
    assert [each.mask.area for each in found] == [150, 20], "the speck is noise"
    assert [each.score for each in found] == [0.7, 0.7]
    assert len({each.id for each in found}) == 2
