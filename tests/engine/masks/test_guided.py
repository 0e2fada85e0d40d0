import cv2
import numpy as np
import pytest
from PIL import Image

from engine.masks.guided import follow_edges
from engine.masks.mask import Mask
from engine.masks.raster import disc

SIZE = (300, 400)


def wobbly(truth, amount, seed):
    """The truth with an outline that sways by about ``amount`` pixels."""
    cells = truth.astype(np.uint8)
    far = cv2.distanceTransform(cells, cv2.DIST_L2, 5) - cv2.distanceTransform(
        1 - cells, cv2.DIST_L2, 5
    )
    noise = np.random.default_rng(seed).standard_normal(truth.shape).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 3)
    return far + amount * noise / noise.std() > 0


def iou(mask, truth):
    return mask.iou(Mask.from_bits(truth))


def reader(pixels):
    return lambda box: np.ascontiguousarray(pixels[box[1] : box[3], box[0] : box[2]])


def shape(size=SIZE, radius=70):
    middle = size[1] / 2, size[0] / 2
    return disc(middle, radius, size).read((0, 0, size[1], size[0]))


def photo(truth, seed=1):
    pixels = np.where(truth[..., None], (170, 120, 90), (90, 110, 150)).astype(float)
    pixels += np.random.default_rng(seed).normal(0, 10, pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("amount", [1.5, 3])
def test_a_noisy_outline_settles_on_the_edge(amount):
    truth = shape()
    rough = Mask.from_bits(wobbly(truth, amount, 2))
    made = follow_edges(rough, reader(photo(truth)), SIZE, 6)
    before, after = iou(rough, truth), iou(made, truth)
    assert after > 0.985
    assert 1 - after < (1 - before) / 2


def test_a_mask_of_tiles_gives_the_same_and_reads_only_near_the_outline():
    size = (1400, 1800)
    truth = shape(size, 600)
    rough = Mask.from_bits(wobbly(truth, 3, 4))
    asked = []
    pixels = photo(truth)

    def read(box):
        asked.append((box[2] - box[0]) * (box[3] - box[1]))
        return reader(pixels)(box)

    made = follow_edges(rough, read, size, 6)
    assert iou(made, truth) > 0.997
    assert sum(asked) < 1.2 * size[0] * size[1]
    band = cv2.dilate(rough.read((0, 0, 1800, 1400)).view(np.uint8), np.ones((15, 15)))
    assert not (made - Mask.from_bits(band.astype(bool))), "nothing beyond the band"


def test_where_there_is_no_edge_the_outline_stays_near():
    flat = np.full((*SIZE, 3), 100, np.uint8)
    mask = Mask.from_bits(shape())
    assert mask.iou(follow_edges(mask, reader(flat), SIZE, 4)) > 0.98


def test_a_small_mask_keeps_its_core():
    mask = disc((200, 150), 4, SIZE)
    made = follow_edges(mask, reader(photo(shape())), SIZE, 30)
    assert made.at(200, 150)
    single = Mask.rectangle((10, 10, 11, 11))
    assert follow_edges(single, reader(photo(shape())), SIZE, 5) is single


def test_nuclei_come_nearer_to_their_truth(assets):
    before, after = [], []
    root = assets / "datasets" / "nuclei_dsb2018"
    for path in sorted((root / "images").glob("*.png"))[:8]:
        pixels = np.array(Image.open(path).convert("RGB"))
        labels = np.array(Image.open(root / "instance_labels" / path.name))
        numbers, areas = np.unique(labels[labels > 0], return_counts=True)
        for number in numbers[np.argsort(-areas)][:3]:
            truth = labels == number
            rough = Mask.from_bits(wobbly(truth, 2, int(number)))
            before.append(iou(rough, truth))
            after.append(iou(follow_edges(rough, reader(pixels), truth.shape, 4), truth))
    assert np.mean(after) > np.mean(before) + 0.05
    assert np.mean(np.array(after) > before) > 0.8
