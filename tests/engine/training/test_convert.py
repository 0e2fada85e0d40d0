import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from engine.errors import EngineError
from engine.training import surgery
from engine.training.convert import Converted, run_onnx
from engine.training.rows import RowPlan

PLAN = RowPlan.of((1, 2, 7), (0, 1, 2, 3), 0, {2: 7})


def converted(model, layout="NCHW", plan=PLAN, output=""):
    return Converted(surgery.prepare(model, "Tiny", output, layout, plan), "Tiny").eval()


def batch(layout="NCHW", number=3):
    values = np.random.default_rng(0).normal(size=(number, 3, 32, 32)).astype(np.float32)
    return values if layout == "NCHW" else np.ascontiguousarray(values.transpose(0, 2, 3, 1))


def tensors(model):
    return {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}


@pytest.mark.parametrize("ending", ["logits", "softmax", "argmax"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_torch_answers_as_onnx_runtime_does_whatever_the_graph_ends_in(make_onnx, ending, layout):
    net = converted(make_onnx(ending, layout), layout)
    assert net.check(batch(layout)) < 1e-4
    assert net.batches
    classes = {"NCHW": 1, "NHWC": 3}[layout]
    assert net(torch.from_numpy(batch(layout))).shape[classes] == 3


def test_the_classes_that_stay_keep_their_scores(make_onnx):
    old = run_onnx(make_onnx(), batch())
    new = run_onnx(converted(make_onnx()).graph(), batch())
    assert new[:, 0] == pytest.approx(old[:, 0], abs=1e-5)
    assert new[:, 2] == pytest.approx(old[:, 2], abs=1e-5)


def test_rows_of_weights_and_biases_are_copied(make_onnx):
    old = tensors(make_onnx())
    new = tensors(converted(make_onnx()).graph())
    for name in ("class0.w", "class0.b"):
        assert (new[name][0] == old[name][0]).all()
        assert (new[name][2] == old[name][2]).all()
        assert len(new[name]) == 3


def test_two_class_layers_that_are_summed_are_both_made_over(make_onnx):
    model = make_onnx(heads=2)
    old = run_onnx(model, batch())
    net = converted(model)
    assert len(net.trainable.layers) == 2
    assert len(net.head) == 4
    assert run_onnx(net.graph(), batch())[:, 2] == pytest.approx(old[:, 2], abs=1e-5)


def test_a_yes_or_no_channel_becomes_classes(make_onnx):
    model = make_onnx("sigmoid", classes=1)
    old = run_onnx(model, batch())
    plan = RowPlan.of((1, 2), (1,), None, {1: 2})
    scores = run_onnx(converted(model, plan=plan).graph(), batch())
    chance = np.exp(scores[:, 1]) / np.exp(scores).sum(axis=1)
    assert chance == pytest.approx(old[:, 0], abs=1e-5)


def test_a_batch_that_was_baked_in_is_freed(make_onnx):
    net = converted(make_onnx())
    assert tensors(net.graph())["baked"].tolist() == [-1, 8, 1, 1]
    together = net(torch.from_numpy(batch()))
    apart = torch.cat([net(torch.from_numpy(batch()[at : at + 1])) for at in range(3)])
    assert together.detach().numpy() == pytest.approx(apart.detach().numpy(), abs=1e-5)


def test_every_weight_learns_and_is_written_back(make_onnx):
    net = converted(make_onnx())
    before = tensors(net.graph())
    net.train()
    net(torch.from_numpy(batch())).square().mean().backward()
    net.eval()
    learned = [each for each in net.parameters() if each.requires_grad]
    assert len(learned) == 8  # three convolutions and the norm, weights and biases
    assert all((each.grad != 0).any() for each in learned)
    with torch.no_grad():
        for each in learned:
            each.add_(torch.randn_like(each) * 0.05)
    after = tensors(net.graph())
    changed = {name for name in before if (before[name] != after[name]).any()}
    assert changed == {
        *(f"{layer}.{part}" for layer in ("one", "context", "class0") for part in "wb"),
        *(f"norm.{part}" for part in ("scale", "shift", "mean", "var")),
    }
    with torch.no_grad():
        wanted = net(torch.from_numpy(batch())).numpy()
    assert run_onnx(net.graph(), batch()) == pytest.approx(wanted, abs=1e-4)


def test_what_does_not_feed_the_scores_is_dropped(make_onnx):
    model = make_onnx()
    model.graph.node.append(onnx.helper.make_node("Relu", ["one_on"], ["beside"]))
    model.graph.output.append(
        onnx.helper.make_tensor_value_info("beside", onnx.TensorProto.FLOAT, None)
    )
    net = converted(model, output="scores")
    assert [each.name for each in net.graph().graph.output] == ["scores"]
    assert not any("beside" in node.output for node in net.graph().graph.node)


def test_weights_used_twice_get_copies_of_their_own(make_onnx):
    model = make_onnx(heads=2)
    for node in model.graph.node:
        if node.output[0] == "class1":
            node.input[1] = "class0.w"
    net = converted(model)
    assert net.check(batch()) < 1e-4
    assert len({layer.weight for layer in net.trainable.layers}) == 2


def test_a_network_that_takes_one_image_only_gets_one_at_a_time(make_onnx):
    model = make_onnx()
    for node in model.graph.node:
        if node.op_type == "GlobalAveragePool":  # the mean over the batch, too
            node.op_type = "ReduceMean"
            node.attribute.append(onnx.helper.make_attribute("axes", [0, 2, 3]))
    net = converted(model)
    net.check(batch())
    assert not net.batches
    wanted = run_onnx(net.graph(), batch())
    assert net(torch.from_numpy(batch())).detach().numpy() == pytest.approx(wanted, abs=1e-4)


def test_a_wrong_number_of_classes_is_refused_with_what_was_found(make_onnx):
    plan = RowPlan.of((1, 2), tuple(range(9)), 0, {})
    with pytest.raises(
        EngineError, match=r"its 9 classes .* last Conv makes 4 channels.*unet_small"
    ):
        converted(make_onnx(), plan=plan)


def test_a_graph_without_a_class_layer_is_refused(make_onnx):
    model = make_onnx()
    with pytest.raises(EngineError, match=r"scores come from Relu"):
        converted(model, output="joined_on")


def test_an_operation_torch_does_not_have_is_refused_by_name(make_onnx):
    model = make_onnx()
    for node in model.graph.node:
        if node.output[0] == "one_on":
            node.op_type = "ThresholdedRelu"
    with pytest.raises(EngineError, match=r"no counterpart in torch .*ThresholdedRelu"):
        converted(model)


def test_a_graph_that_does_not_run_is_refused_with_a_sentence(make_onnx):
    model = make_onnx()
    net = converted(model)
    with pytest.raises(EngineError, match="cannot be trained: its network does not run"):
        net.check(batch()[:, :, :7])


def test_weights_in_a_second_file_are_refused(make_onnx, tmp_path):
    path = tmp_path / "split.onnx"
    onnx.save_model(
        make_onnx(), str(path), save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    with pytest.raises(EngineError, match="second file"):
        surgery.load(path, "Split")


def test_a_file_that_is_no_onnx_is_refused(tmp_path):
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"\x08nonsense")
    with pytest.raises(EngineError, match="not an ONNX model"):
        surgery.load(path, "Broken")


@pytest.mark.assets
@pytest.mark.parametrize(
    ("file", "output", "layout", "rows", "size", "last"),
    [
        ("deeplabv3_mnv2_voc_257.onnx", "", "NHWC", 21, (257, 257, 3), 3),
        ("deeplabv3_mnv2_dm05_pascal_513_deq.onnx", "", "NHW", 21, (513, 513, 3), 1),
        ("u2netp.onnx", "1959", "NCHW", 1, (3, 320, 320), 1),
    ],
)
def test_real_models_can_be_trained(assets, file, output, layout, rows, size, last):
    model = surgery.load(assets / "models" / file, file)
    old = tuple(range(rows)) if rows > 1 else (1,)
    plan = RowPlan.of((1, 2, 3), old, 0 if rows > 1 else None, {old[-1]: 2})
    net = Converted(surgery.prepare(model, file, output, layout, plan), file)
    values = np.random.default_rng(0).integers(0, 256, (2, *size)).astype(np.float32)
    net.check(values if "513" in file else values / 127.5 - 1)
    assert net.batches
    assert all(each.requires_grad for each in net.parameters())
    assert net(torch.from_numpy(values[:1])).shape[last] == 3
