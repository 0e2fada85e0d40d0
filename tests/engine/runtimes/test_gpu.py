"""What needs a CUDA device: skipped, with the reason, where there is none."""

import time

import numpy as np
import pytest

from engine.images.source import read_rgb
from engine.models.catalog import DEFAULT_MODEL, Catalog
from engine.models.predictor import Predictor
from engine.runtimes import providers
from engine.runtimes.devices import gpu_memory

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module", autouse=True)
def gpu():
    reason = providers.why_not("cuda")
    if reason:
        pytest.skip(reason)


@pytest.fixture
def both():
    entry = Catalog().get(DEFAULT_MODEL)
    made = [Predictor(entry, device) for device in ("cpu", "cuda")]
    yield made
    for each in made:
        each.close()


@pytest.fixture
def photos(assets):
    return [read_rgb(assets / "images" / name) for name in ("dog.jpg", "truck.jpg")]


def test_the_provider_is_really_cuda(both):
    assert both[1].provider == "CUDAExecutionProvider"
    assert both[1].provider_reason == ""
    assert Predictor(both[1].entry, "auto").provider == "CUDAExecutionProvider"
    assert gpu_memory() is not None


def test_masks_are_the_cpus(both, photos):
    for photo in photos:
        one, other = (each.labels(photo) for each in both)
        assert np.mean(one != other) < 0.001


def test_images_per_second_against_the_bare_session(both, photos, tmp_path, record_property):
    """Recorded, not judged: the figures are for the report."""
    from PIL import Image

    path = tmp_path / "photo.png"
    Image.fromarray(photos[0]).save(path)
    network = both[1]
    network.warm()
    spec = network.card.input
    feed = {spec.name: np.zeros((1, spec.height, spec.width, 3), np.float32)}
    begun = time.perf_counter()
    for _ in range(200):
        network._runtime.run(feed)
    bare = 200 / (time.perf_counter() - begun)
    begun = time.perf_counter()
    answers = list(network.predict_many(((n, path) for n in range(200)), ahead=8))
    whole = 200 / (time.perf_counter() - begun)
    record_property("images_per_second_bare", round(bare, 1))
    record_property("images_per_second", round(whole, 1))
    print(f"CUDA: {bare:.0f} images/s bare, {whole:.0f} with decoding and masks")
    assert len(answers) == 200


def test_two_models_are_resident_at_once(both, photos):
    second = Predictor(both[1].entry, "cuda")
    first = both[1].predict(photos[0])
    again = second.predict(photos[0])
    assert [each.mask.box for each in first.objects] == [each.mask.box for each in again.objects]
    second.close()
    assert both[1].predict(photos[0]).objects


def test_out_of_memory_is_survived(tmp_path, photos):
    """230 GB of activations: more than the card has, then more than the computer has."""
    from onnx import TensorProto, helper, numpy_helper

    from engine.errors import EngineError
    from engine.models.card import Card, CardClass, InputSpec, OutputSpec
    from engine.models.catalog import Entry

    side = 60_000
    shape = numpy_helper.from_array(np.array([1, 1, side, side, 16], np.int64), "shape")
    zero = numpy_helper.from_array(np.array([0], np.float32), "zero")
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["m"], keepdims=0),
        helper.make_node("Expand", ["m", "shape"], ["large"]),
        helper.make_node("Mul", ["large", "large"], ["larger"]),
        helper.make_node("ReduceMax", ["larger"], ["n"], keepdims=0),
        helper.make_node("Mul", ["n", "zero"], ["nothing"]),
        helper.make_node("Add", ["x", "nothing"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [shape, zero],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (tmp_path / "large.onnx").write_bytes(model.SerializeToString())
    card = Card(
        id="large",
        name="Large",
        file="large.onnx",
        input=InputSpec(name="x", resize="none"),
        output=OutputSpec(name="y"),
        classes=tuple(CardClass(index=k, name=f"class {k}") for k in range(3)),
    )
    network = Predictor(Entry("large", card, tmp_path, "file"), "cuda", trusted=())
    with pytest.raises(EngineError, match="memory of this computer"):
        network.predict(photos[0][:32, :32], "plate_07")
    assert network.on_cpu
    assert "ran out of memory at plate_07" in network.provider_reason
