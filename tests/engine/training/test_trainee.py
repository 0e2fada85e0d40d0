import msgspec
import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import EngineError
from engine.training import export_onnx, networks, trainee
from engine.training.convert import run_onnx
from engine.training.trainee import Start

from .conftest import Input

replace = msgspec.structs.replace
FREE = Input(height=0, width=0, resize="pad", long_side=64, multiple_of=32, range="unit")


def pictures(size=(32, 32), number=2, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (number, *size, 3)).astype(np.uint8)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_scores_have_their_classes_first_in_any_layout(start, recipe, layout):
    net = trainee.build(start(layout=layout), recipe).eval()
    assert net(torch.from_numpy(pictures())).shape == (2, 3, 32, 32)


@pytest.mark.parametrize(
    "given",
    [
        Input(),
        Input(layout="NHWC"),
        Input(color="BGR", mean=(1.0, 2.0, 3.0), std=(4.0, 5.0, 6.0)),
        Input(range="unit", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        Input(range="max", mean=(0.5,), std=(0.25,)),
        Input(color="gray"),
        Input(scale=2.0, mean=(3.0,), std=(7.0,)),
    ],
)
def test_pictures_are_prepared_as_predicting_does(given):
    prepare = pytest.importorskip("engine.models.prepare")
    card = pytest.importorskip("engine.models.card")
    spec = card.InputSpec(
        **{field: getattr(given, field) for field in card.InputSpec.__struct_fields__}
    )
    rgb = pictures(number=1)[0]
    wanted = prepare.tensor(rgb, spec, prepare.frame_for(spec, rgb.shape[:2]))
    net = trainee.Trainee(torch.nn.Identity(), given, "NCHW", [])
    got = net.prepared(torch.from_numpy(rgb[None])).numpy()
    assert got.shape == wanted.shape
    assert got == pytest.approx(
        wanted, abs=1.01 * float(given.scale) if given.color == "gray" else 1e-5
    )


def test_the_colour_beside_the_picture_is_that_of_the_cards_padding():
    assert trainee.fill(Input()) is None
    assert trainee.fill(Input(resize="pad", mean=(120.0,))) == (120, 120, 120)
    given = Input(resize="pad", color="BGR", mean=(10.0, 20.0, 30.0), std=(1.0,))
    assert trainee.fill(given) == (30, 20, 10)


def test_the_class_layer_is_a_group_of_its_own(start, recipe):
    net = trainee.build(start(), recipe)
    body, head = net.groups(recipe)
    assert head["lr"] == recipe.lr * recipe.head_lr
    assert [tuple(each.shape) for each in head["params"]] == [(3, 8, 1, 1), (3,)]
    every = {id(each) for each in net.parameters()}
    assert {id(each) for group in (body, head) for each in group["params"]} == every


def test_the_converted_network_keeps_the_rows_of_its_classes(start, recipe):
    net = trainee.build(start(), recipe)
    assert net.kept == 1
    assert not net.fresh


def test_a_card_without_classes_is_refused(start, recipe):
    with pytest.raises(EngineError, match="names no classes"):
        trainee.build(Start(name="Tiny", input=Input(), weights=start().weights), recipe)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["unet_small", "lraspp_mobilenet_v3"])
def test_a_network_is_written_as_onnx_of_any_size_and_answers_the_same(
    architecture, recipe, tmp_path
):
    net = trainee.build(Start(name="New", input=FREE, architecture=architecture), recipe)
    with torch.no_grad():
        for each in net.head:  # random class rows give scores too small to tell apart
            each.normal_(0, 0.5)
    done = export_onnx.export(net, tmp_path / "new.onnx", pictures((64, 32)), "v7")
    assert done.difference < 1e-3
    assert done.same > 0.999
    assert (done.input, done.output, done.layout) == ("image", "scores", "NCHW")
    with torch.no_grad():
        other = net.prepared(torch.from_numpy(pictures((96, 160))))
        wanted = net.net(other).numpy()
    got = run_onnx(onnx.load(str(tmp_path / "new.onnx")), other.numpy())
    assert got == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_a_converted_network_is_written_back_and_answers_the_same(start, recipe, tmp_path, layout):
    net = trainee.build(start(layout=layout), recipe)
    with torch.no_grad():
        for each in net.parameters():
            each.add_(torch.randn_like(each) * 0.1)
    done = export_onnx.export(net, tmp_path / "new.onnx", pictures(), "v7")
    assert done.difference < 1e-4
    assert done.layout == layout
    onnx.checker.check_model(str(tmp_path / "new.onnx"), full_check=True)


def test_an_export_that_answers_differently_is_not_written(start, recipe, tmp_path, monkeypatch):
    net = trainee.build(start(), recipe)
    real = export_onnx.run_onnx
    monkeypatch.setattr(export_onnx, "run_onnx", lambda *given: real(*given) + 0.5)
    with pytest.raises(EngineError, match=r"answers differently .*by 0\.5.*v7 stays in use"):
        export_onnx.export(net, tmp_path / "new.onnx", pictures(), "v7")
    assert list(tmp_path.glob("new.onnx")) == []


def test_a_network_goes_on_from_its_weights_with_the_rows_of_its_classes(recipe, tmp_path):
    old = networks.build("unet_small", 4)
    save_file(old.state_dict(), str(tmp_path / "weights.safetensors"))
    given = Start(
        name="v1",
        input=FREE,
        weights=tmp_path / "weights.safetensors",
        architecture="unet_small",
        classes=(0, 1, 2, 3),
        background=0,
    )
    net = trainee.build(given, replace(recipe, mapping=((0, 1), (3, 2))))
    state, before = net.net.state_dict(), old.state_dict()
    assert torch.equal(state["head.weight"][0], before["head.weight"][0])
    assert torch.equal(state["head.weight"][1], before["head.weight"][3])
    assert state["head.weight"].shape[0] == 3
    body = [key for key in before if not key.startswith("head")]
    assert all(torch.equal(state[key], before[key]) for key in body)
    assert (net.kept, net.fresh) == (1, False)


def test_weights_of_another_network_are_refused(recipe, tmp_path):
    save_file({"head.weight": torch.zeros(1)}, str(tmp_path / "weights.safetensors"))
    given = Start(
        name="v1",
        input=FREE,
        weights=tmp_path / "weights.safetensors",
        architecture="unet_small",
        classes=(0, 1),
        background=0,
    )
    with pytest.raises(EngineError, match=r"weights of v1 .* cannot be read"):
        trainee.build(given, recipe)


def test_a_network_nobody_knows_is_refused(recipe):
    with pytest.raises(EngineError, match=r"no network “vit”\. Choose one of lraspp"):
        networks.build("vit", 3)


def test_the_same_seed_builds_the_same_network(recipe):
    given = Start(name="New", input=FREE, architecture="unet_small")
    one, two = (trainee.build(given, recipe).state() for _ in range(2))
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_torchvision_loads_beside_any_torch():
    from engine.training import ops

    ops.ready()
    import torchvision  # noqa: F401

    boxes = torch.tensor([[0, 0, 10, 10.0], [1, 1, 10, 10], [20, 20, 30, 30]])
    scores = torch.tensor([0.5, 0.9, 0.3])
    assert torch.ops.torchvision.nms(boxes, scores, 0.5).tolist() == [1, 2]
    assert torch.ops.torchvision.nms(boxes, scores, 0.9).tolist() == [1, 0, 2]
    assert torch.ops.torchvision.nms(boxes[:0], scores[:0], 0.5).tolist() == []
