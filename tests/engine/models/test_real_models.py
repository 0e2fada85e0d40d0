"""Real files from inspection to masks, as MODEL_CARDS.json describes them."""

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.images.source import read_rgb
from engine.models.card import CardClass, InputSpec
from engine.models.catalog import DEFAULT_MODEL, Catalog, Entry, file_sha256
from engine.models.draft import answered, with_values
from engine.models.inspect_file import inspect
from engine.models.predictor import Predictor

pytestmark = pytest.mark.assets


@pytest.fixture(scope="module")
def photo(assets):
    return lambda name: read_rgb(assets / "images" / name)


@pytest.fixture(scope="module")
def model(assets):
    return lambda name: assets / "models" / name


def predictor(path, card, trusted=()):
    return Predictor(Entry(card.id, card, path.parent, "file"), "cpu", trusted=trusted)


def named(answer, card):
    sums = {}
    for each in answer.objects:
        name = card.class_named(each.label).name
        sums[name] = sums.get(name, 0) + each.mask.area
    return sums


def test_the_built_in_model_finds_a_dog_and_a_bird(photo):
    entry = Catalog().get(DEFAULT_MODEL)
    network = Predictor(entry, "cpu")
    dog = network.predict(photo("dog.jpg"))
    areas = named(dog, entry.card)
    assert areas["dog"] > 0.9 * sum(areas.values())
    largest = max(dog.objects, key=lambda each: each.mask.area)
    assert largest.score > 0.9
    assert largest.mask.area > 70_000
    assert set(named(network.predict(photo("bird_segmentation.bmp")), entry.card)) == {"bird"}


def test_deeplab_257_is_known_again_from_its_file(photo, model):
    path = model("deeplabv3_mnv2_voc_257.onnx")
    shown = Catalog().get(DEFAULT_MODEL).card
    found = inspect(path, [photo("dog.jpg"), photo("bird_segmentation.bmp")])
    assert found.card.input == shown.input, "read and measured, nothing was told"
    assert (found.card.output, found.card.classes[1:]) == (shown.output, shown.classes[1:])
    pixels = next(each for each in found.questions if each.field == "pixels")
    assert pixels.known == "measured"
    assert not named(predictor(path, found.card).predict(photo("kelp_uav.jpg")), found.card)


def test_deeplab_513_equals_the_reference_mask(photo, model, assets):
    """Coral's own mask of this photo: 96 % of its pixels and more are the same."""
    path = model("deeplabv3_mnv2_dm05_pascal_513_deq.onnx")
    found = inspect(path)
    assert (found.card.input.dtype, found.card.input.layout) == ("uint8", "NHWC")
    assert found.card.output.meaning == "classmap"
    assert len(found.card.classes) == 21, "read from the network behind its ArgMax"
    network = predictor(path, found.card)
    image = photo("bird_segmentation.bmp")
    reference = np.asarray(Image.open(assets / "images" / "bird_segmentation_mask.bmp"))
    reference = reference if reference.ndim == 2 else reference[:, :, 0]
    labels = network.labels(image)
    assert labels.shape == reference.shape[:2]
    assert np.mean(labels == reference) >= 0.96
    answer = network.predict(image)
    assert answer.confidence is None
    assert all(each.score is None for each in answer.objects)
    whole = np.zeros(labels.shape, bool)
    for each in answer.objects:
        if each.label == 3:
            left, top, right, bottom = each.mask.box
            whole[top:bottom, left:right] |= each.mask.read(each.mask.box)
    bird = labels == 3
    assert not (whole & ~bird).any()
    assert whole.sum() > 0.995 * bird.sum(), "all but specks"
    assert (whole & (reference == 3)).sum() / (reference == 3).sum() > 0.85


def test_saliency_finds_the_foreground(photo, model):
    path = model("u2netp.onnx")
    found = inspect(path)
    assert found.card.task == "saliency"
    assert found.card.output.name == "1959"
    assert found.card.output.meaning == "minmax"
    assert found.card.input.range == "max"
    network = predictor(path, found.card)
    for name, least, most in (
        ("truck.jpg", 0.25, 0.4),
        ("bird_segmentation.bmp", 0.15, 0.3),
        ("dog.jpg", 0.12, 0.35),
    ):
        image = photo(name)
        answer = network.predict(image)
        part = sum(each.mask.area for each in answer.objects) / image[:, :, 0].size
        assert least < part < most, name
        assert answer.objects[0].score > 0.9
    reference = Predictor(Catalog().get(DEFAULT_MODEL), "cpu").labels(photo("truck.jpg")) > 0
    truck = network.labels(photo("truck.jpg")) == 1
    assert (truck & reference).sum() / (truck | reference).sum() > 0.85


def test_kelp_opens_once_it_is_trusted(photo, model):
    pytest.importorskip("torch")
    path = model("lraspp_mnv3_kelp_presence_torchscript.pt")
    first = inspect(path)
    assert first.needs_trust == file_sha256(path)
    assert not first.questions
    found = inspect(path, trusted={first.needs_trust})
    assert found.card.input == InputSpec(
        resize="none",
        range="unit",
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )
    card = with_values(
        answered(found, {}),
        {"classes": [{"index": 0, "name": "water", "background": True, "thing": False},
                     {"index": 1, "name": "kelp", "thing": False}]},
    )  # fmt: skip
    assert card.classes[1] == CardClass(index=1, name="kelp", thing=False)
    with pytest.raises(EngineError, match="is a program"):
        predictor(path, card)
    network = predictor(path, card, {first.needs_trust})
    image = photo("kelp_uav.jpg")
    (kelp,) = network.predict(image).objects
    assert kelp.score > 0.9
    assert 0.25 < kelp.mask.area / image[:, :, 0].size < 0.45
    green = image.astype(int) @ [-1, 0, -1] + 2 * image[:, :, 1].astype(int)
    inside = network.labels(image) == 1
    assert green[inside].mean() != pytest.approx(green[~inside].mean(), abs=2)


def test_the_weights_of_kelp_load_into_their_architecture(photo, model, tmp_path):
    """319 tensors of the program, saved as weights only, are recognised and answer the same."""
    torch = pytest.importorskip("torch")
    import warnings

    path = model("lraspp_mnv3_kelp_presence_torchscript.pt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = torch.jit.load(str(path), map_location="cpu").state_dict()
    kept = {key: value.clone() for key, value in state.items() if key.startswith("model.")}
    torch.save(kept, tmp_path / "kelp.pth")
    from safetensors.torch import save_file

    save_file(kept, tmp_path / "kelp.safetensors")
    image = photo("kelp_uav.jpg")[:256, :256]
    program = inspect(path, trusted={file_sha256(path)}).card
    expected = predictor(path, program, {file_sha256(path)}).labels(image)
    for name in ("kelp.pth", "kelp.safetensors"):
        found = inspect(tmp_path / name)
        assert found.card.architecture == "lraspp_mobilenet_v3_large"
        assert found.card.key_prefix == "model."
        labels = predictor(tmp_path / name, found.card).labels(image)
        assert np.mean(labels == expected) > 0.9999


def test_what_is_no_segmenter_is_refused(model):
    with pytest.raises(EngineError) as caught:
        inspect(model("NOT_A_SEGMENTER_ppocr_cls.onnx"))
    assert str(caught.value) == (
        "NOT_A_SEGMENTER_ppocr_cls.onnx answers with 2 numbers for the whole image,"
        " not one per pixel. Choose a segmentation model."
    )


def test_weights_without_a_network_are_refused(model):
    pytest.importorskip("torch")
    with pytest.raises(EngineError) as caught:
        inspect(model("STATE_DICT_ONLY_mouse_pupil_unet.pth"))
    assert str(caught.value) == (
        "This file holds weights but no network, so it cannot run:"
        " STATE_DICT_ONLY_mouse_pupil_unet.pth. Export it as ONNX or TorchScript, then add that"
        " file."
    )


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_promptable_models_are_known_and_wait(model, part):
    with pytest.raises(EngineError, match=f"is the {part} of a model for smart select"):
        inspect(model(f"mobile_sam_{part}.onnx"))
