"""Fifty nuclei with wrong proposals, corrected with keyboard and pen alone."""

import shutil

import cv2
import numpy as np
from harness import rest
from PIL import Image
from PySide6.QtCore import Qt
from scripted import User, along, outlines

OBJECTS, GOOD = 50, 0.95
SMALLEST, MOST_A_IMAGE = 120, 24
TREMBLE = 0.3
"""Standard deviation of the hand, image pixels."""


def run(program, source, out):
    """The tour; answers the figures for its report."""
    rng = np.random.default_rng(50)
    images = _chosen(source)
    folder = out / "nuclei"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, _ in images:
        shutil.copy(path, folder / path.name)
    user = User(program, out / "pictures_nuclei")
    program.open(folder)
    truths = _proposed(program, images, rng)
    user.session.open_image(user.session.images[0].id)
    user.settle()
    user.canvas.setFocus()
    before, after, effort = [], [], []
    for number in range(len(images)):
        image = user.session.image.id
        before += _ious(user.session.document, truths[image])
        user.picture(f"image_{number + 1}_proposed")
        effort += _corrected(user, truths[image], rng)
        after += _ious(user.session.document, truths[image])
        user.picture(f"image_{number + 1}_corrected")
        user.tell(f"image {number + 1}: mean IoU now {np.mean(after):.3f}")
        user.key(Qt.Key.Key_F)
        rest(0.2)
    return {
        "objects": len(after),
        "images": len(images),
        "IoU before, mean": round(float(np.mean(before)), 3),
        "IoU after, mean": round(float(np.mean(after)), 3),
        "IoU after, worst": round(float(np.min(after)), 3),
        "pen strokes": user.strokes,
        "keys": user.keys,
        "gestures for each object": round((user.strokes + user.keys) / len(after), 2),
        "most gestures for one": max(effort),
    }, user.log


def _chosen(source):
    """Images of few, not too small nuclei, until there are fifty."""
    found, total = [], 0
    for path in sorted((source / "images").iterdir()):
        labels = np.asarray(Image.open(source / "instance_labels" / f"{path.stem}.png"))
        numbers, areas = np.unique(labels[labels > 0], return_counts=True)
        if not 6 <= len(numbers) <= MOST_A_IMAGE or areas.min() < SMALLEST:
            continue
        masks = [labels == each for each in numbers][: OBJECTS - total]
        found.append((path, masks))
        total += len(masks)
        if total >= OBJECTS:
            return found
    raise SystemExit(f"only {total} nuclei of the size wanted in {source}")


def _proposed(program, images, rng):
    """Wrong proposals for every nucleus; answers the truth by image and object id."""
    from engine.document.annotation import Annotation
    from engine.document.taxonomy_commands import add_class
    from engine.masks.mask import Mask

    session = program.session
    session.do_project(add_class(session.taxonomy, "nucleus"))
    nucleus = session.taxonomy.by_name("nucleus").id
    session.set_class(nucleus)
    masks, truths = {path.name: masks for path, masks in images}, {}
    for row in session.images:
        proposals, truths[row.id] = [], {}
        for truth in masks[row.path.name]:
            number = session.project.new_ids(1)[0]
            truths[row.id][number] = truth
            proposals.append(
                Annotation(
                    id=number,
                    class_id=nucleus,
                    mask=Mask.from_bits(_wrong(truth, rng)),
                    order=number,
                    score=float(rng.uniform(0.5, 0.95)),
                    source="tour",
                    proposal=True,
                )
            )
        session.project.set_proposals(row.id, proposals)
    session.close_image()
    session.refresh_images()
    return truths


def _wrong(truth, rng):
    """A mask as models get it wrong: moved, bitten, leaking to one side, or right."""
    size = np.sqrt(truth.sum())
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.18, 0.3) * size
    dx, dy = round(far * np.cos(angle)), round(far * np.sin(angle))
    moved = cv2.warpAffine(
        truth.astype(np.uint8), np.float32([[1, 0, dx], [0, 1, dy]]), truth.shape[::-1]
    ).astype(bool)
    kind = rng.choice(["moved", "bitten", "leaking", "right"], p=[0.35, 0.3, 0.25, 0.1])
    if kind == "moved":
        return moved
    if kind == "bitten":
        return truth & moved
    return truth | moved if kind == "leaking" else truth


def _ious(document, truths):
    return [_iou(_current(document, number), truth) for number, truth in truths.items()]


def _current(document, number):
    found = document.find(number)
    height, width = document.size
    if found is None:
        return np.zeros((height, width), bool)
    return found.mask.read((0, 0, width, height))


def _iou(a, b):
    return float((a & b).sum() / max(1, (a | b).sum()))


def _corrected(user, truths, rng):
    """Each object in turn, as the next key brings them; answers the gestures for each."""
    user.key(Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    assert user.session.tool == "lasso", user.session.tool
    left, effort, walked = set(truths), [], 0
    while left:
        before = user.gestures
        user.key(Qt.Key.Key_D)
        walked += 1
        assert walked < 3 * len(truths) + 10, "stepping does not reach every object"
        (number,) = user.session.selection
        if number not in left:
            continue
        left.discard(number)
        if walked == 1:
            user.picture("an_object")
        document, truth = user.session.document, truths[number]
        for _ in range(4):
            if _iou(_current(document, number), truth) >= GOOD:
                break
            _stroke(user, _current(document, number), truth, rng)
        if number in document.proposals:
            user.key(Qt.Key.Key_A)
        effort.append(user.gestures - before)
    return effort


def _stroke(user, now, truth, rng):
    """Circle the largest wrong part: the tip adds it, the other end takes it away.

    The line keeps to the truth's border where the part is wrong, and to the easy side elsewhere,
    as a hand would.
    """
    missing, extra = truth & ~now, now & ~truth
    add = missing.sum() >= extra.sum()
    wrong, side = (missing, truth) if add else (extra, ~truth)
    largest = _largest(wrong)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    around = cv2.dilate(largest.astype(np.uint8), disc).astype(bool) & side
    line = outlines(around)[0]
    if not add and _encloses(line, truth):
        # Extra all around: half of it at a time, or the line would go around the object.
        x = int(np.mean(np.nonzero(truth)[1]))
        around[:, x:] = False
        line = outlines(around)[0]
    points = along(line, 2.0)
    points = [tuple(np.add(each, rng.normal(0, TREMBLE, 2))) for each in points]
    user.pen(points, eraser=not add)


def _largest(bits):
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bits.astype(np.uint8), None, None, 8)
    return labels == 1 + int(np.argmax(stats[1:count, cv2.CC_STAT_AREA]))


def _encloses(line, truth):
    filled = np.zeros(truth.shape, np.uint8)
    cv2.fillPoly(filled, [np.round(line).astype(np.int32)], 1)
    return (filled.astype(bool) & truth).sum() > truth.sum() / 4
