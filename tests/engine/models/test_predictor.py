"""Networks of every shape through the one door; the pictures' masks are known exactly."""

import threading
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from onnx import TensorProto

from engine.errors import EngineError
from engine.models import predictor as predictor_module
from engine.models import tiled
from engine.models.answer import NOTHING
from engine.models.card import CardClass
from engine.models.predictor import Predictor
from engine.runtimes.base import OutOfMemory

EXPECTED = {1: [(8, 8, 40, 40)], 2: [(10, 50, 100, 60), (10, 70, 50, 80)]}


def found(answer):
    boxes = {}
    for each in answer.objects:
        assert each.mask.area == (each.mask.box[2] - each.mask.box[0]) * (
            each.mask.box[3] - each.mask.box[1]
        )
        boxes.setdefault(each.label, []).append(each.mask.box)
    return boxes


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"layout": "NHWC"},
        {"dtype": "float16"},
        {"dtype": "uint8"},
        {"dtype": "uint8", "layout": "NHWC"},
        {"answer": "probabilities"},
        {"answer": "probabilities", "layout": "NHWC"},
        {"answer": "classmap"},
        {"answer": "classmap", "out_dtype": TensorProto.INT32},
        {"answer": "classmap", "out_dtype": TensorProto.UINT8, "dtype": "uint8", "layout": "NHWC"},
        {"answer": "classmap", "out_dtype": TensorProto.FLOAT},
        {"extra": True},
        {"size": (96, 128)},
        {"input_": {"multiple_of": 32}},
        {"input_": {"multiple_of": 64, "resize": "pad"}},
    ],
    ids=str,
)
def test_every_kind_of_network_finds_the_same(entry, picture, options):
    made = entry(**options)
    with_threads = Predictor(made, "cpu", threads=1, trusted=())
    answer = with_threads.predict(picture)
    assert found(answer) == EXPECTED, "the blue dot is below the noise floor"
    assert answer.size == (96, 128)
    if options.get("answer") == "classmap":
        assert answer.confidence is None
        assert all(each.score is None for each in answer.objects)
    else:
        assert all(0.99 < each.score <= 1 for each in answer.objects)
        sure = answer.confidence
        assert sure.at(20, 20, answer.size)[0] == 1
        assert sure.at(20, 20, answer.size)[1] > 0.99
        assert sure.at(120, 5, answer.size)[0] == 0
        assert sure.entropy[20, 20] < 5
    labels = with_threads.labels(picture)
    assert labels[20, 20] == 1
    assert labels[55, 20] == 2
    assert labels[0, 0] == 0
    assert labels[90, 120] == 3
    with_threads.close()
    with pytest.raises(EngineError, match="closed"):
        with_threads.predict(picture)


@pytest.mark.parametrize("answer", ["sigmoid", "sigmoid_logits"])
@pytest.mark.parametrize("classes", [2, 1])
def test_one_channel(entry, picture, answer, classes):
    red = CardClass(index=7, name="red")
    chosen = (CardClass(index=0, name="background", background=True), red)[-classes:]
    made = entry(answer=answer, classes=chosen)
    predictor = Predictor(made, "cpu", trusted=())
    given = predictor.predict(picture)
    assert found(given) == {7: [(8, 8, 40, 40)]}
    labels = predictor.labels(picture)
    assert labels[20, 20] == 7
    assert labels[0, 0] == (0 if classes == 2 else NOTHING)
    assert given.confidence.at(20, 20, given.size)[0] == 7
    assert given.confidence.at(0, 0, given.size)[0] == (0 if classes == 2 else NOTHING)


def test_classes_by_themselves_may_overlap(entry, picture):
    """With four independent channels a yellow pixel is red and green at once."""
    picture[8:24, 8:40] = (250, 250, 0)
    made = entry(output={"meaning": "sigmoid_logits", "threshold": 0.999})
    predictor = Predictor(made, "cpu", trusted=())
    boxes = found(predictor.predict(picture))
    assert (8, 8, 40, 40) in boxes[1]
    assert (8, 8, 40, 24) in boxes[2]


def test_a_threshold_is_the_cards(entry, picture):
    picture[8:40, 8:40, 0] = 105  # 0.1 * 105 - 10 = 0.5: p = 0.62
    for threshold, expected in ((0.5, {1: [(8, 8, 40, 40)]}), (0.7, {})):
        made = entry(answer="sigmoid", output={"threshold": threshold})
        answer = Predictor(made, "cpu", trusted=()).predict(picture)
        assert found(answer) == expected
        for each in answer.objects:
            assert each.score == pytest.approx(0.622, abs=0.002)


def test_the_lowest_and_highest_of_an_image_stand_for_no_and_yes(entry, picture):
    picture[8:40, 8:40, 0] = 60
    made = entry(
        answer="sigmoid_logits", output={"meaning": "minmax"}, input_={"resize": "stretch"}
    )
    picture[:, :, 0] = np.where(picture[:, :, 0] == 60, 60, 0)
    assert found(Predictor(made, "cpu", trusted=()).predict(picture)) == {1: [(8, 8, 40, 40)]}
    assert not Predictor(made, "cpu", trusted=()).predict(picture * 0).objects


def test_stuff_is_one_mask(entry, picture):
    classes = (
        CardClass(index=0, name="background", background=True),
        CardClass(index=1, name="red"),
        CardClass(index=2, name="green", thing=False),
        CardClass(index=3, name="blue", thing=False),
    )
    answer = Predictor(entry(classes=classes), "cpu", trusted=()).predict(picture)
    green = [each for each in answer.objects if each.label == 2]
    blue = [each for each in answer.objects if each.label == 3]
    assert [each.mask.area for each in green] == [10 * 90 + 10 * 40]
    assert [each.mask.box for each in blue] == [(120, 90, 121, 91)], "stuff has no noise floor"
    assert green[0].score > 0.99


def test_things_touching_at_a_corner_are_one(entry):
    image = np.zeros((64, 64, 3), np.uint8)
    image[10:20, 10:20] = image[20:30, 20:30] = (250, 0, 0)
    image[40:50, 40:50] = (250, 0, 0)
    answer = Predictor(entry(), "cpu", trusted=()).predict(image)
    assert [each.mask.area for each in answer.objects] == [200, 100], "the largest first"


@pytest.mark.parametrize("stride", [2, 4, 8])
def test_coarse_answers_come_back_at_the_images_size(entry, stride):
    image = np.zeros((256, 256, 3), np.uint8)
    image[64:192, 96:160] = (100, 0, 0)  # red at 10 against 5: half way between the two
    answer = Predictor(entry(stride=stride), "cpu", trusted=()).predict(image)
    (one,) = answer.objects
    assert one.mask.area == pytest.approx(128 * 64, rel=0.01)
    left, _, _, bottom = one.mask.box
    assert abs(left - 96) <= 1 + stride // 4
    assert abs(bottom - 192) <= 1 + stride // 4
    assert answer.confidence.p1.shape == (256 // stride, 256 // stride)


@pytest.mark.parametrize("resize", ["stretch", "pad"])
def test_a_fixed_size_and_an_image_of_another_shape(entry, resize):
    image = np.zeros((300, 600, 3), np.uint8)
    image[100:200, 200:500] = (0, 100, 0)
    made = entry(size=(128, 128), input_={"resize": resize})
    answer = Predictor(made, "cpu", trusted=()).predict(image)
    (one,) = answer.objects
    assert one.mask.area == pytest.approx(100 * 300, rel=0.05)
    assert np.allclose(one.mask.box, (200, 100, 500, 200), atol=4)
    wide = answer.confidence.p1.shape
    assert wide == ((128, 128) if resize == "stretch" else (64, 128))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"answer": "probabilities"},
        {"answer": "classmap"},
        {"answer": "sigmoid"},
        {"stride": 4},
        {"size": (64, 64)},
        {"layout": "NHWC", "size": (64, 96)},
        {"input_": {"multiple_of": 32}},
    ],
    ids=str,
)
def test_large_images_in_windows_give_what_one_run_gives(entry, options):
    random = np.random.default_rng(2)
    image = (random.random((300, 420, 3)) * 20).astype(np.uint8)
    for _ in range(25):
        top, left = random.integers(0, 260), random.integers(0, 380)
        image[top : top + 38, left : left + 37] = (
            np.eye(3, dtype=np.uint8)[random.integers(3)] * 255
        )
    options = dict(options)
    inputs = {"resize": "none", "tile": 64, **options.pop("input_", {})}
    windowed = Predictor(entry(input_=inputs, **options), "cpu", trusted=())
    assert tiled.needed(windowed.card, (300, 420))
    whole = Predictor(entry(**{**options, "size": None}), "cpu", trusted=())
    assert not tiled.needed(whole.card, (300, 420))
    one, other = whole.predict(image), windowed.predict(image)
    same = windowed.labels(image) == whole.labels(image)
    assert same.mean() > (0.999 if options.get("stride", 1) == 1 else 0.97)
    if options.get("stride", 1) == 1:
        assert [(each.label, each.mask.box) for each in one.objects] == [
            (each.label, each.mask.box) for each in other.objects
        ]
        for first, second in zip(one.objects, other.objects, strict=True):
            assert second.score == pytest.approx(first.score, abs=0.01)
    if one.confidence is not None and options.get("stride", 1) == 1:
        assert np.array_equal(one.confidence.top1, other.confidence.top1)
        assert np.abs(one.confidence.p1.astype(int) - other.confidence.p1).max() <= 1


def test_confidence_of_large_images_is_thinned_alike(entry, monkeypatch):
    image = np.zeros((300, 420, 3), np.uint8)
    image[100:200, 100:300] = (255, 0, 0)
    monkeypatch.setattr("engine.models.scores.CELLS", 5000)
    whole = Predictor(entry(), "cpu", trusted=()).predict(image).confidence
    parts = Predictor(entry(input_={"tile": 64}), "cpu", trusted=()).predict(image).confidence
    assert whole.top1.size <= 5300
    assert whole.top1.shape == parts.top1.shape
    assert np.array_equal(whole.top1, parts.top1)
    assert parts.at(200, 150, (300, 420))[0] == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"output": {"name": "nothing"}}, "no output “nothing”"),
        ({"input_": {"name": "nothing"}}, "no input “nothing”"),
        ({"output": {"layout": "HW", "meaning": "sigmoid"}}, "output.layout"),
        ({"output": {"meaning": "classmap"}}, "4 channels"),
        ({"classes": (CardClass(index=0, name="a"), CardClass(index=1, name="b"))}, "4 channels"),
        ({"input_": {"layout": "NHWC"}}, "could not be run"),
    ],
)
def test_cards_that_do_not_fit_are_refused_with_what_to_do(entry, picture, changes, says):
    with pytest.raises(EngineError) as caught:
        Predictor(entry(**changes), "cpu", trusted=()).predict(picture)
    assert says in str(caught.value)


def test_values_that_are_no_numbers_are_refused(entry):
    made = entry(dtype="float16", input_={"scale": 1e4})
    with pytest.raises(EngineError, match="not numbers"):
        Predictor(made, "cpu", trusted=()).predict(np.full((16, 16, 3), 255, np.uint8))


def test_another_file_than_the_cards_is_refused(entry):
    made = entry()
    wrong = replace(made, card=msgspec.structs.replace(made.card, sha256="0" * 64))
    with pytest.raises(EngineError, match="not the file its card describes"):
        Predictor(wrong, "cpu", trusted=())
    made.weights.unlink()
    with pytest.raises(EngineError, match="missing"):
        Predictor(made, "cpu", trusted=())


def test_a_class_the_card_does_not_name_is_said(entry, picture):
    made = entry(answer="classmap", classes=(CardClass(index=1, name="red"),))
    answer = Predictor(made, "cpu", trusted=()).predict(picture)
    assert found(answer) == {1: [(8, 8, 40, 40)]}
    assert "class 2, 3" in answer.notes[0]


class Small:
    """A runtime on a device whose memory is too small."""

    provider, provider_reason, threads = "CUDAExecutionProvider", "", 1

    def __init__(self, real):
        self.real, self.inputs, self.outputs, self.closed = real, real.inputs, real.outputs, False

    def run(self, feeds, outputs=()):
        raise OutOfMemory("too small")

    def close(self):
        self.closed = True


def test_a_gpu_without_memory_is_left_for_the_cpu(entry, picture, monkeypatch):
    real = predictor_module.open_runtime
    small = []

    def open_runtime(weights, options):
        runtime = real(weights, replace(options, device="cpu"))
        if options.device == "cuda":
            small.append(Small(runtime))
            return small[0]
        return runtime

    monkeypatch.setattr(predictor_module, "open_runtime", open_runtime)
    predictor = Predictor(entry(), "cuda", trusted=())
    assert predictor.provider == "CUDAExecutionProvider"
    answer = predictor.predict(picture, "plate_07")
    assert found(answer) == EXPECTED
    assert small[0].closed
    assert predictor.on_cpu
    assert predictor.provider_reason == (
        "The GPU ran out of memory at plate_07. Maskwright now runs on the CPU. Try the GPU again."
    )
    assert answer.notes == (predictor.provider_reason,)
    assert predictor.predict(picture).notes == ()


def test_a_cpu_without_memory_says_so_and_lives_on(entry, picture, monkeypatch):
    predictor = Predictor(entry(), "cpu", trusted=())
    real = predictor._runtime
    monkeypatch.setattr(predictor, "_runtime", Small(real))
    monkeypatch.setattr(Small, "provider", "CPUExecutionProvider")
    with pytest.raises(EngineError, match="memory of this computer") as caught:
        predictor.predict(picture, "big.png")
    assert "big.png" in str(caught.value)
    monkeypatch.setattr(predictor, "_runtime", real)
    assert found(predictor.predict(picture)) == EXPECTED


def test_many_images_come_in_order_and_one_bad_file_stops_nothing(entry, picture, tmp_path):
    from PIL import Image

    paths = []
    for number in range(12):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.roll(picture, number, axis=1)).save(path)
        paths.append((number, path))
    paths[5][1].write_bytes(b"no image")
    paths.insert(7, ("gone", tmp_path / "gone.png"))
    predictor = Predictor(entry(), "cpu", trusted=())
    given = list(predictor.predict_many(iter(paths)))
    assert [key for key, _ in given] == [key for key, _ in paths]
    bad = [key for key, answer in given if isinstance(answer, EngineError)]
    assert bad == [5, "gone"]
    for key, answer in given:
        if key not in bad:
            assert answer.objects[0].mask.box[0] == 8 + key


def test_images_are_read_ahead_but_not_all_at_once(entry, picture, tmp_path):
    read, third = [], threading.Event()

    def reader(path):
        read.append(path)
        if len(read) == 3:
            third.set()
        return picture

    images = ((number, tmp_path / str(number)) for number in range(50))
    predictor = Predictor(entry(), "cpu", trusted=())
    answers = predictor.predict_many(images, ahead=3, read=reader)
    next(answers)
    assert third.wait(10)
    assert len(read) <= 6
    answers.close()
    assert len(read) <= 8
