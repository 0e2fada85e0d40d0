import os
import random

import msgspec
import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.training import checkpoint, loop, trainee

from .conftest import Listener

replace = msgspec.structs.replace


def weights(run):
    return {key: value.clone() for key, value in run.trainee.net.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("begin", ["converted", "unet_small"])
def test_twenty_steps_lower_the_loss(make_run, recipe, begin):
    recipe = replace(recipe, epochs=10)
    net = None
    if begin == "unet_small":
        from .conftest import Input

        given = Input(height=0, width=0, resize="pad", long_side=32, multiple_of=32)
        named = trainee.Start(name=begin, input=given, architecture=begin)
        net = trainee.build(named, recipe)
    run = make_run(recipe, net=net)
    place = loop.fit(run)
    told = run.watch.curve("loss")
    assert place.step == len(told) == 20
    assert np.mean(told[-4:]) < 0.8 * np.mean(told[:4])
    held = run.watch.curve("held_loss")
    assert len(held) == 10
    assert min(held) < held[0]


def test_what_is_told_of_each_epoch(make_run, recipe):
    run = make_run(replace(recipe, epochs=2))
    place = loop.fit(run)
    assert [step for name, step, _ in run.watch.metrics if name == "miou"] == [1, 2]
    assert [step for name, step, _ in run.watch.metrics if name == "loss"] == [1, 2, 3, 4]
    assert {"iou/background", "iou/red", "iou/blue"} <= {name for name, _, _ in run.watch.metrics}
    assert run.watch.steps[-1] == (8, 8)
    assert [row["epoch"] for row in place.history] == [1, 2]
    assert place.best == max(run.watch.curve("miou"))


def test_the_best_weights_are_kept_not_the_last(make_run, recipe, monkeypatch):
    run = make_run(recipe)
    kept = []

    def measured(run, place):
        kept.append(weights(run))
        counts = np.diag([10, 10, 10]) + (0 if len(kept) == 2 else 1)
        return loop.Measured(0.0, counts, ())

    monkeypatch.setattr(loop, "_measured", measured)
    place = loop.fit(run)
    assert place.best_epoch == 2
    assert same(weights(run), kept[1])
    assert not same(weights(run), kept[3])
    assert [path.name for path in run.folder.glob("best-*")] == ["best-2.safetensors"]


class Power:
    """Cuts the power after so many checkpoints."""

    class Cut(BaseException):
        pass

    def __init__(self, monkeypatch, after):
        self.left, self.save = after, checkpoint.save
        monkeypatch.setattr(checkpoint, "save", self)

    def __call__(self, *given):
        self.save(*given)
        self.left -= 1
        if self.left == 0:
            raise self.Cut


def test_going_on_is_exact_to_the_bit(make_run, recipe, tmp_path, monkeypatch):
    straight = make_run(recipe)
    wanted = loop.fit(straight)

    folder = tmp_path / "again"
    folder.mkdir()
    first = make_run(recipe, watch=Listener(), folder=folder)
    with monkeypatch.context() as patch:
        # the first checkpoint is that of the start, the third that of the second epoch
        Power(patch, after=3)
        with pytest.raises(Power.Cut):
            loop.fit(first)
    np.random.seed(99)
    random.seed(99)
    torch.manual_seed(99)
    second = make_run(recipe, watch=Listener(), folder=folder)
    got = loop.fit(second)
    assert "Learning goes on after epoch 2." in second.watch.notes[0][0]
    assert same(weights(straight), weights(second))
    assert second.watch.curve("loss") == straight.watch.curve("loss")[4:]
    assert [row["miou"] for row in got.history] == [row["miou"] for row in wanted.history]
    assert (got.best, got.best_epoch) == (wanted.best, wanted.best_epoch)


def test_going_on_inside_an_epoch_is_exact_too(make_run, recipe, tmp_path, monkeypatch):
    recipe = replace(recipe, epochs=2, batch=1)
    straight = make_run(recipe)
    loop.fit(straight)

    folder = tmp_path / "again"
    folder.mkdir()
    first = make_run(recipe, watch=Listener(), folder=folder)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "KEEP_EVERY", -1.0)
        Power(patch, after=3)
        with pytest.raises(Power.Cut):
            loop.fit(first)
    second = make_run(recipe, watch=Listener(), folder=folder)
    loop.fit(second)
    assert len(second.watch.curve("loss")) == 6
    assert second.watch.curve("loss") == straight.watch.curve("loss")[2:]
    assert same(weights(straight), weights(second))


def test_generators_of_chance_go_on_where_they_were(make_run, recipe, tmp_path):
    run = make_run(recipe)
    optimizer = torch.optim.AdamW(run.trainee.groups(recipe))
    for module in (random, np.random):
        module.seed(3)
    torch.manual_seed(3)
    checkpoint.save(tmp_path, checkpoint.Place(batch=2), run.trainee.net, optimizer)
    wanted = (torch.rand(3).tolist(), np.random.random(3).tolist(), random.random())
    checkpoint.load(tmp_path, run.trainee.net, optimizer)
    assert (torch.rand(3).tolist(), np.random.random(3).tolist(), random.random()) == wanted


def test_cancel_is_looked_at_before_every_step_and_every_measured_batch(make_run, recipe):
    watch = Listener(checks_left=2)
    with pytest.raises(Listener.Stop):
        loop.fit(make_run(recipe, watch=watch))
    assert len(watch.curve("loss")) == 2  # both steps of the first epoch; then while measuring
    assert watch.curve("miou") == []


def test_a_cancelled_run_can_go_on_and_ends_as_if_it_had_not_been(make_run, recipe, tmp_path):
    straight = make_run(recipe)
    loop.fit(straight)
    folder = tmp_path / "again"
    folder.mkdir()
    with pytest.raises(Listener.Stop):
        loop.fit(make_run(recipe, watch=Listener(checks_left=5), folder=folder))
    second = make_run(recipe, watch=Listener(), folder=folder)
    loop.fit(second)
    assert same(weights(straight), weights(second))


def test_a_loss_that_is_no_number_is_said_and_ends_it(make_run, recipe):
    run = make_run(recipe)
    with torch.no_grad():
        run.trainee.head[0].fill_(float("nan"))
    sentence = (
        r"Learning stopped at epoch 1: the loss is no longer a number\. v7 stays in use\. "
        r"Try again with a smaller step \(lr 0\.00075\)"
    )
    with pytest.raises(EngineError, match=sentence):
        loop.fit(run)


def out_of_memory_at(batch):
    real = loop._step

    def step(run, optimizer, place, pictures, labels):
        if len(pictures) >= batch:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(run, optimizer, place, pictures, labels)

    return step


def test_out_of_memory_halves_the_batch_and_says_so(make_run, recipe, monkeypatch):
    run = make_run(replace(recipe, batch=4))
    monkeypatch.setattr(loop, "_step", out_of_memory_at(2))
    place = loop.fit(run)
    assert place.batch == 1
    assert place.epoch == recipe.epochs
    warned = [text for text, level in run.watch.notes if level == "warning"]
    assert [text.split(" at a time")[0] for text in warned] == [
        "Memory ran out. Learning goes on with 2 images",
        "Memory ran out. Learning goes on with 1 image",
    ]


def test_too_little_memory_for_one_image_is_said(make_run, recipe, monkeypatch):
    monkeypatch.setattr(loop, "_step", out_of_memory_at(1))
    with pytest.raises(EngineError, match=r"even one image at a time.*v7 stays in use"):
        loop.fit(make_run(recipe))


def test_a_start_after_an_end_for_want_of_memory_halves_the_batch(make_run, recipe):
    run = make_run(replace(recipe, batch=4))
    assert loop.fit(run, halve=True).batch == 2


def test_other_errors_are_not_taken_for_memory(make_run, recipe, monkeypatch):
    def broken(*given):
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(loop, "_step", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        loop.fit(make_run(recipe))


def test_the_time_budget_ends_it_after_a_measured_epoch(make_run, recipe, monkeypatch):
    ticks = iter(range(0, 10_000, 10))
    monkeypatch.setattr(loop.time, "monotonic", lambda: float(next(ticks)))
    run = make_run(replace(recipe, epochs=0, minutes=2.0))
    place = loop.fit(run)
    assert place.seconds >= 120
    assert 1 <= place.epoch < 10
    assert len(run.watch.curve("miou")) == place.epoch
    done = [step for step, total in run.watch.steps if total == 1000]
    assert done == sorted(done)
    assert 800 < done[-1] <= 1000


def test_step_sizes_warm_up_and_fall_and_the_class_layer_has_larger_ones(make_run, recipe):
    run = make_run(replace(recipe, epochs=100))
    groups = run.trainee.groups(run.recipe)
    optimizer = torch.optim.AdamW(groups)
    sizes = []
    for epoch in range(100):
        loop.set_step_sizes(run, optimizer, checkpoint.Place(batch=2, epoch=epoch))
        body, head = (group["lr"] for group in optimizer.param_groups)
        assert head == pytest.approx(body * recipe.head_lr)
        sizes.append(body)
    top = int(np.argmax(sizes))
    assert 5 <= top <= 12
    assert sizes[top] == pytest.approx(recipe.lr, rel=0.05)
    assert np.all(np.diff(sizes[top:]) < 0)
    assert sizes[-1] < 0.05 * recipe.lr


def test_with_a_time_budget_the_step_sizes_follow_the_time(make_run, recipe):
    run = make_run(replace(recipe, epochs=1000, minutes=1.0))
    assert loop.share_done(run, checkpoint.Place(batch=2, epoch=1, seconds=30)) == 0.5


def test_batch_normalisation_keeps_its_averages_unless_asked(make_run, recipe):
    averages = "body.n1_BatchNormalization.running_mean"
    for norm, changes in (("auto", False), ("freeze", False), ("learn", True)):
        run = make_run(replace(recipe, epochs=1, norm=norm))
        (run.folder / checkpoint.FILE).unlink(missing_ok=True)
        before = weights(run)
        loop.fit(run)
        assert (not torch.equal(before[averages], weights(run)[averages])) is changes


def test_a_checkpoint_of_another_network_is_refused(make_run, recipe, tmp_path):
    run = make_run(recipe)
    optimizer = torch.optim.AdamW(run.trainee.groups(recipe))
    checkpoint.save(tmp_path, checkpoint.Place(batch=2), torch.nn.Linear(2, 2), optimizer)
    with pytest.raises(EngineError, match=r"cannot be used.*Remove it"):
        checkpoint.load(tmp_path, run.trainee.net, optimizer)


def test_a_checkpoint_cannot_run_code(make_run, recipe, tmp_path):
    class Harm:
        def __reduce__(self):
            return (tmp_path.joinpath("harm").touch, ())

    torch.save({"version": checkpoint.VERSION, "net": Harm()}, tmp_path / checkpoint.FILE)
    run = make_run(recipe)
    optimizer = torch.optim.AdamW(run.trainee.groups(recipe))
    with pytest.raises(EngineError, match="cannot be used"):
        checkpoint.load(tmp_path, run.trainee.net, optimizer)
    assert not (tmp_path / "harm").exists()


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(
    make_run, recipe, tmp_path, monkeypatch
):
    run = make_run(recipe)
    optimizer = torch.optim.AdamW(run.trainee.groups(recipe))
    checkpoint.save(tmp_path, checkpoint.Place(batch=2, epoch=1), run.trainee.net, optimizer)

    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(EngineError, match=r"No space left on device.*Free some space"):
        checkpoint.save(tmp_path, checkpoint.Place(batch=2, epoch=2), run.trainee.net, optimizer)
    assert checkpoint.load(tmp_path, run.trainee.net, optimizer).epoch == 1
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_the_best_weights_are_on_the_disk_before_they_have_their_name(tmp_path, monkeypatch):
    """The checkpoint, which is, names them."""
    named = []
    monkeypatch.setattr(os, "fsync", lambda handle: named.append(os.fstat(handle).st_ino))
    checkpoint.save_best(tmp_path, 3, {"weight": torch.zeros(2)})
    (best,) = tmp_path.iterdir()
    assert best.stat().st_ino in named
