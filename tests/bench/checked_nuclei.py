"""A made-up picture of nuclei with faults in their masks, for the picture of "Check masks"."""

import cv2
import numpy as np
from PIL import Image

from engine.document.annotation import Annotation
from engine.document.commands import Replace
from engine.document.taxonomy_commands import add_class
from engine.masks.mask import Mask

SIZE = 560, 620
NUCLEI = 22


def photographed(folder):
    """Draw the nuclei, save their picture in ``folder``, and answer with a mask for each."""
    rng = np.random.default_rng(23)
    light, masks = np.zeros(SIZE, np.float32), []
    while len(masks) < NUCLEI:
        x, y = rng.integers(50, SIZE[1] - 50), rng.integers(50, SIZE[0] - 50)
        axes = tuple(int(each) for each in rng.integers(24, 40, 2))
        bits = np.zeros(SIZE, np.uint8)
        cv2.ellipse(bits, (int(x), int(y)), axes, float(rng.integers(0, 180)), 0, 360, 1, -1)
        near = cv2.dilate(bits, np.ones((9, 9), np.uint8)).astype(bool)
        if any((near & each).any() for each in masks):
            continue
        masks.append(bits.astype(bool))
        soft = cv2.GaussianBlur(bits.astype(np.float32), (0, 0), 2.5)
        light = np.maximum(light, soft * rng.uniform(0.45, 0.9))
    folder.mkdir(parents=True, exist_ok=True)
    grain = cv2.GaussianBlur(rng.normal(0, 1, SIZE).astype(np.float32), (0, 0), 9) * 0.4
    grey = np.clip(24 + 200 * light * (1 + grain), 0, 255)
    color = np.stack([grey * 0.62, grey * 0.72, grey], axis=-1).astype(np.uint8)
    Image.fromarray(color).save(folder / "nuclei.png")
    return masks


def faulty(masks):
    """The same masks with faults of every kind that hands and models leave."""
    masks = [each.copy() for each in masks]
    box = [_box(each) for each in masks]
    first = box[0]
    masks[0][first[1] + 24, first[0] + 22] = masks[0][first[1] + 30, first[0] + 34] = False
    masks[1][box[1][3] + 2 : box[1][3] + 4, box[1][2] - 10 : box[1][2] - 7] = True
    masks.append(np.roll(masks[2], 1, axis=1))
    middle = (box[3][0] + box[3][2]) // 2
    left = masks[3].copy()
    left[:, middle:] = False
    masks[3] &= ~left
    masks.append(left)
    grown = cv2.dilate(masks[4].astype(np.uint8), np.ones((13, 13), np.uint8)).astype(bool)
    masks.append(np.roll(masks[4], 22, axis=0) & ~np.logical_or.reduce(masks[:4]) & grown)
    speck = np.zeros(SIZE, bool)
    speck[20:23, 30:33] = True
    return [*masks, speck]


def annotate(session, masks):
    """Put masks into the open image as nuclei, one step."""
    session.do_project(add_class(session.taxonomy, "nucleus"))
    number = session.taxonomy.by_name("nucleus").id
    made = [
        Annotation(id=each, class_id=number, mask=Mask.from_bits(bits), order=each)
        for each, bits in zip(session.project.new_ids(len(masks)), masks, strict=True)
    ]
    session.do(Replace((), tuple(made), "Import"))


def _box(bits):
    rows, columns = np.flatnonzero(bits.any(1)), np.flatnonzero(bits.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
