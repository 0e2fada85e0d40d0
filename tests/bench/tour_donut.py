"""A donut with a tail on a noisy 12 megapixel photo, from a wrong proposal, three times over.

Each way uses one tool for the shape: the brush and the eraser, the lasso, the magic wand.
"""

import numpy as np
from harness import rest
from PIL import Image
from PySide6.QtCore import Qt
from scripted import RIGHT, User, along, outlines

SIZE = (3000, 4000)
MIDDLE, OUTER, INNER, TAIL = (1900.0, 1450.0), 620.0, 300.0, 36.0
ENOUGH = 0.99
_SHIFT = Qt.KeyboardModifier.ShiftModifier


def run(program, out):
    """The tour; answers the figures of each way for the report."""
    truth = _truth()
    folder = out / "donut"
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(_photo(truth)).save(folder / "donut.jpg", quality=92)
    figures, log = {}, []
    for name, way in (("brush", _brush), ("lasso", _lasso), ("magic wand", _wand)):
        program.open(folder)
        _propose(program, truth)
        user = User(program, out / f"pictures_{name.replace(' ', '_')}")
        user.canvas.setFocus()
        user.canvas.fit()
        user.picture("proposed")
        user.tell(f"{name}: proposal, IoU {_iou(program, truth):.3f}")
        way(user, truth)
        reached = _iou(program, truth)
        user.picture("done")
        figures[name] = {
            "IoU": round(reached, 4),
            "strokes": user.strokes,
            "clicks": user.clicks,
            "keys": user.keys,
            "reached": reached >= ENOUGH,
        }
        log += user.log
        _clear(program)
    return figures, log


# -- the scene -----------------------------------------------------------------------------------


def _spine():
    """The middle line of the tail, (n, 2)."""
    t = np.linspace(0, 1, 60)[:, None]
    a, b = np.array([2480.0, 1650.0]), np.array([2900.0, 1500.0])
    c, d = np.array([2750.0, 2450.0]), np.array([3450.0, 2350.0])
    return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d


def _ring(radius, count=240):
    angle = np.linspace(0, 2 * np.pi, count)
    return np.c_[MIDDLE[0] + radius * np.cos(angle), MIDDLE[1] + radius * np.sin(angle)]


def _truth():
    """bool (3000, 4000)."""
    import cv2

    bits = np.zeros(SIZE, np.uint8)
    middle = tuple(round(each) for each in MIDDLE)
    cv2.circle(bits, middle, round(OUTER), 1, -1)
    line = np.round(_spine()).astype(np.int32)
    cv2.polylines(bits, [line], False, 1, round(2 * TAIL))
    cv2.circle(bits, middle, round(INNER), 0, -1)
    return bits.astype(bool)


def _photo(truth):
    """The astronaut enlarged, with noise, and the donut on it in one colour with a shading."""
    import skimage.data

    photo = Image.fromarray(skimage.data.astronaut()[:384])
    pixels = np.asarray(photo.resize((SIZE[1], SIZE[0]), Image.Resampling.BICUBIC)).astype(float)
    shade = np.linspace(-12, 12, SIZE[1])[None, :, None]
    pixels = np.where(truth[..., None], np.array([70.0, 190.0, 90.0]) + shade, pixels)
    pixels += np.random.default_rng(1).normal(0, 6, pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _propose(program, truth):
    """A disc in the wrong place: no hole, no tail."""
    from engine.document.annotation import Annotation
    from engine.document.taxonomy_commands import add_class
    from engine.masks.raster import disc

    session = program.session
    if session.taxonomy.by_name("donut") is None:
        session.do_project(add_class(session.taxonomy, "donut"))
    donut = session.taxonomy.by_name("donut").id
    session.set_class(donut)
    wrong = Annotation(
        id=session.project.new_ids(1)[0],
        class_id=donut,
        mask=disc((MIDDLE[0] + 45, MIDDLE[1] - 30), OUTER + 10, SIZE),
        score=0.55,
        source="tour",
        proposal=True,
    )
    image = session.image.id
    session.close_image()
    session.project.set_proposals(image, [wrong])
    session.refresh_images()
    session.open_image(image)


def _clear(program):
    session = program.session
    while session.history.can_undo:
        program.trigger("edit.undo")
    image = session.image.id
    session.close_image()
    session.project.set_proposals(image, [])
    program.close_project()


def _iou(program, truth):
    """Of everything there is of the class with the truth."""
    now = _now(program)
    return float((now & truth).sum() / (now | truth).sum())


def _now(program):
    """Everything there is of the class, bool (3000, 4000)."""
    document, now = program.session.document, np.zeros(SIZE, bool)
    for each in (*document.annotations.values(), *document.proposals.values()):
        now |= each.mask.read((0, 0, SIZE[1], SIZE[0]))
    return now


# -- the three ways ------------------------------------------------------------------------------


def _brush(user, truth):
    """One dab for the hole, a round for the ring, one around it, one along the tail."""
    user.key(Qt.Key.Key_D)
    user.key(Qt.Key.Key_B)
    _sized(user, INNER)
    user.click(MIDDLE, button=RIGHT)
    _step(user, truth, "a dab of the eraser for the hole")
    _sized(user, (OUTER - INNER) / 2)
    user.drag(along(_ring((OUTER + INNER) / 2), 12))
    _step(user, truth, "once around the ring")
    _sized(user, 150)
    user.drag(along(_ring(OUTER + 150), 12), button=RIGHT)
    _step(user, truth, "once around it, erasing")
    _sized(user, TAIL)
    user.drag(along(_spine(), 6))
    _step(user, truth, "along the tail")


def _sized(user, radius):
    """The size slider: one gesture."""
    user.clicks += 1
    user.session.set_radius(radius)


def _lasso(user, truth):
    """Around the whole thing, around the hole, around what leaked."""
    user.key(Qt.Key.Key_D)
    user.key(Qt.Key.Key_P, _SHIFT)
    (line,) = outlines(truth)
    user.drag(along(line[::3], 8))
    _step(user, truth, "around the donut and its tail")
    user.drag(along(_ring(INNER), 8), button=RIGHT)
    _step(user, truth, "around the hole, taking away")
    for words in ("around what leaked, taking away", "around the rest of it, taking away"):
        leaked = outlines(_now(user) & ~truth)
        user.drag(along(_wider(leaked[0], truth)[::3], 8), button=RIGHT)
        _step(user, truth, words)


def _wider(line, truth):
    """The same area with the easy side drawn generously, as a hand does."""
    import cv2

    bits = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(bits, [np.round(line).astype(np.int32)], 1)
    wide = cv2.dilate(bits, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (41, 41)))
    return outlines(wide.astype(bool) & ~truth)[0]


def _wand(user, truth):
    """Away with the proposal; one press on the donut, drawn until the tolerance fits."""
    user.key(Qt.Key.Key_D)
    user.key(Qt.Key.Key_X)
    user.key(Qt.Key.Key_W, _SHIFT)
    assert user.session.tool == "wand", user.session.tool
    start = (MIDDLE[0] - (OUTER + INNER) / 2, MIDDLE[1])
    user.drag(along([start, (start[0] + 160, start[1])], 8))
    user.until(lambda: bool(user.session.document.annotations))
    rest(0.3)
    _step(user, truth, "one press of the wand, drawn to the right for more tolerance")


def _step(user, truth, words):
    user.settle()
    user.tell(f"{words}: IoU {_iou(user, truth):.3f}")
    user.picture(words.split(",")[0].replace(" ", "_"))
