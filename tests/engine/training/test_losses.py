import pytest
import torch
from torch.nn import functional

from engine.training.losses import loss


def random_scores(seed=0, classes=3, size=8):
    made = torch.Generator().manual_seed(seed)
    scores = torch.randn(2, classes, size, size, generator=made)
    labels = torch.randint(0, classes, (2, size, size), generator=made, dtype=torch.uint8)
    return scores.requires_grad_(True), labels


def test_ignored_pixels_contribute_nothing_at_all():
    scores, labels = random_scores()
    labels[:, :3] = 255
    loss(scores, labels, dice=1.0).backward()
    assert (scores.grad[:, :, :3] == 0).all()
    assert (scores.grad[:, :, 3:] != 0).any()


def test_what_is_predicted_at_ignored_pixels_does_not_change_the_loss():
    scores, labels = random_scores()
    labels[:, 2:5] = 255
    other = scores.detach().clone()
    other[:, :, 2:5] += 100
    assert loss(scores, labels) == loss(other, labels)


def test_without_any_label_it_is_zero_with_a_gradient_of_zero():
    scores, labels = random_scores()
    value = loss(scores, torch.full_like(labels, 255))
    value.backward()
    assert value == 0
    assert (scores.grad == 0).all()


def test_it_is_cross_entropy_plus_dice():
    scores, labels = random_scores()
    scores = scores.detach()
    entropy = functional.cross_entropy(scores, labels.long())
    assert loss(scores, labels, dice=0) == entropy
    chance = scores.softmax(1)
    truth = functional.one_hot(labels.long(), 3).movedim(-1, 1)
    both = (chance * truth).sum((0, 2, 3))
    score = (2 * both + 1) / (chance.sum((0, 2, 3)) + truth.sum((0, 2, 3)) + 1)
    wanted = entropy + 0.5 * (1 - score.mean())
    assert float(loss(scores, labels, dice=0.5)) == pytest.approx(float(wanted), rel=1e-6)


def test_a_class_without_labels_is_in_no_mean_of_dice():
    _, labels = random_scores(classes=5)
    labels = labels.clamp(max=1)
    perfect = functional.one_hot(labels.long(), 5).movedim(-1, 1).float() * 200
    assert float(loss(perfect, labels)) == pytest.approx(0, abs=1e-6)


def test_scores_of_a_smaller_size_are_brought_to_the_labels():
    scores, labels = random_scores(size=8)
    small = functional.avg_pool2d(scores, 2)
    wanted = functional.interpolate(small, size=(8, 8), mode="bilinear", align_corners=False)
    assert loss(small, labels) == loss(wanted, labels)
