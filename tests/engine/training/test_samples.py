import errno
import os

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.errors import EngineError
from engine.images.source import read_rgb
from engine.images.tone import Tone
from engine.metrics import semantic
from engine.training import data, measure
from engine.training.data import Shot
from engine.training.geometry import Geometry
from engine.training.samples import Samples
from engine.training.schema import Augment

from .conftest import Input, picture


def samples(shots, listener, **more):
    folder, made = shots
    geometry = more.pop("geometry", Geometry.of(Input()))
    return Samples(made, folder, geometry, Augment(), 5, listener, **more)


def test_batches_are_the_same_whatever_was_asked_before(shots, listener):
    straight = list(samples(shots, listener).batches(3, 0, 2))
    other = samples(shots, listener)
    list(other.batches(0, 0, 4))
    later = list(other.batches(3, 2, 2))
    assert [position for position, _, _ in straight] == [2, 4, 6]
    for (_, pictures, labels), (_, again, labels_again) in zip(straight[1:], later, strict=True):
        assert (pictures == again).all()
        assert (labels == labels_again).all()


def test_epochs_differ(shots, listener):
    source = samples(shots, listener)
    assert source.order(0) != source.order(1)
    assert (source.picture(0, 0)[0] != source.picture(0, 1)[0]).any()


def test_memory_is_a_limit_not_a_need(shots, listener):
    small, large = samples(shots, listener, budget=1), samples(shots, listener)
    for index in (0, 3, 0):
        assert (small.picture(index, 1)[0] == large.picture(index, 1)[0]).all()
    assert len(small._kept) == 1


def test_a_view_is_the_picture_at_the_networks_size_with_the_whole_truth(shots, listener):
    (view,) = samples(shots, listener).views(0)
    assert view.rgb.shape == (32, 32, 3)
    assert view.labels.shape == (40, 48)


def test_windows_count_every_pixel_once(shots, listener):
    geometry = Geometry.of(Input(height=0, width=0, resize="none", tile=32))
    views = samples(shots, listener, geometry=geometry, fill=(0, 0, 0)).views(0)
    assert len(views) == 4
    _, labels = picture(0)
    assert sum((view.labels != 255).sum() for view in views) == (labels != 255).sum()


def test_beside_the_picture_a_view_is_filled(shots, listener):
    geometry = Geometry.of(Input(height=64, width=64, resize="pad"))
    (view,) = samples(shots, listener, geometry=geometry, fill=(1, 2, 3)).views(0)
    assert view.content == (53, 64)
    assert (view.rgb[53:] == (1, 2, 3)).all()
    assert (view.rgb[:53] != (1, 2, 3)).any(axis=2).mean() > 0.99


def test_an_image_that_cannot_be_read_counts_nowhere_and_is_said_once(shots, listener, tmp_path):
    _, made = shots
    (tmp_path / "picture0.png").write_bytes(b"no image")
    source = samples(shots, listener, budget=1)
    for _ in range(2):
        assert (source.picture(0, 0)[1] == 255).all()
        assert (source.views(0)[0].labels == 255).all()
        source.picture(1, 0)
    assert source.unreadable == [made[0].name]
    assert len([text for text, _ in listener.notes if text.startswith("picture0.png")]) == 1


def test_an_image_of_another_size_than_its_labels_counts_nowhere(shots, listener, tmp_path):
    Image.fromarray(np.zeros((10, 10, 3), np.uint8)).save(tmp_path / "picture0.png")
    assert (samples(shots, listener).picture(0, 0)[1] == 255).all()
    assert "10 × 10 pixels, its labels 48 × 40" in listener.notes[0][0]


def test_a_network_learns_from_an_image_as_it_shows(tmp_path, listener):
    stack = np.random.default_rng(3).integers(0, 4000, (2, 40, 48)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    data.write_label(tmp_path, 1, np.zeros((40, 48), np.uint8))
    tone = Tone(rule="manual", windows=((500.0, 2000.0),), gamma=1.6)
    shot = Shot(1, str(tmp_path / "stack.tif"), "stack.tif#2", "train", (9,), 1, tone.as_json())
    rgb, _ = samples((tmp_path, [shot]), listener)._read(0)
    assert np.array_equal(rgb, read_rgb(tmp_path / "stack.tif", 1, tone))
    share = np.clip((stack[1] - 500.0) / 1500, 0, 1) ** (1 / 1.6)
    assert np.abs(rgb[..., 0] - np.rint(255 * share)).max() <= 1


def test_a_run_with_nothing_labelled_is_refused(tmp_path):
    with pytest.raises(EngineError, match="None of the chosen images"):
        data.keep(tmp_path, [Shot(1, "a.png", "a.png", "held", (1, 2))])


def test_what_a_run_learns_from_is_written_whole_or_said(tmp_path, monkeypatch):
    shot = Shot(1, "a.png", "a.png", "train", (1, 2))
    data.keep(tmp_path, [shot])

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EngineError, match="No space left on device"):
        data.keep(tmp_path, [shot], ["b.png"])
    assert data.load(tmp_path).skipped == ()
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_what_a_run_learns_from_is_frozen(tmp_path):
    shot = Shot(1, "a.png", "a.png", "train", (1, 2))
    assert data.load(tmp_path) is None
    data.keep(tmp_path, [shot], ["b.png"])
    assert data.load(tmp_path).shots == (shot,)
    assert data.load(tmp_path).skipped == ("b.png",)
    assert data.load(tmp_path).pixels("train").tolist() == [1, 2]


class Perfect:
    """Answers the truth, at a quarter of the size, so that interpolation shows."""

    def __init__(self, size):
        self.size = size

    def eval(self):
        return self

    def __call__(self, pictures):
        import torch

        colors = pictures.permute(0, 3, 1, 2).float()
        first, second = colors[:, :1], colors[:, 2:]
        scores = torch.cat([torch.full_like(first, 120.0), first, second], dim=1)
        return torch.nn.functional.interpolate(scores, size=self.size, mode="area")


def test_measuring_upsamples_scores_as_predicting_does(shots, listener):
    import torch

    upscale = pytest.importorskip("engine.models.upscale")
    source = samples(shots, listener)
    got = measure.measure(Perfect((16, 16)), source, 3, torch.device("cpu"), listener, 4, 1.0)
    total = np.zeros((3, 3), np.int64)
    for index in range(len(source)):
        (view,) = source.views(index)
        scores = Perfect((16, 16))(torch.from_numpy(view.rgb[None]))[0].numpy()
        guess = upscale.classes_at(scores, (16.0, 16.0), view.labels.shape)
        total += semantic.confusion(view.labels, guess, 3)
    assert (got.counts == total).all()
    assert got.miou == semantic.miou(total) > 0.6
    assert len(got.images) == 6


def test_measuring_counts_labelled_pixels_only(shots, listener):
    import torch

    source = samples(shots, listener)
    got = measure.measure(Perfect((32, 32)), source, 3, torch.device("cpu"), listener, 4, 1.0)
    assert got.counts.sum() == sum((picture(seed)[1] != 255).sum() for seed in range(6))
