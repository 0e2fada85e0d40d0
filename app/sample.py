"""The sample project: photos that come with scikit-image, and views cut from them.

Astronaut is by NASA (public domain); chelsea and coffee are CC0. They are found without importing
scikit-image, which takes a second; nothing is downloaded.
"""

import importlib.util
import os
from pathlib import Path

import platformdirs

from engine.errors import EngineError

# name, source, box as fractions (left, top, right, bottom), mirrored
VIEWS = (
    ("astronaut", "astronaut.png", (0.0, 0.0, 1.0, 1.0), False),
    ("chelsea", "chelsea.png", (0.0, 0.0, 1.0, 1.0), False),
    ("coffee", "coffee.png", (0.0, 0.0, 1.0, 1.0), False),
    ("astronaut_portrait", "astronaut.png", (0.05, 0.0, 0.80, 0.75), False),
    ("chelsea_mirrored", "chelsea.png", (0.0, 0.0, 1.0, 1.0), True),
    ("coffee_closeup", "coffee.png", (0.15, 0.05, 0.95, 0.95), False),
    ("astronaut_mirrored", "astronaut.png", (0.0, 0.0, 1.0, 1.0), True),
    ("chelsea_closeup", "chelsea.png", (0.10, 0.0, 0.85, 1.0), False),
    ("coffee_mirrored", "coffee.png", (0.0, 0.0, 1.0, 1.0), True),
    ("astronaut_wide", "astronaut.png", (0.0, 0.0, 1.0, 0.85), False),
    ("chelsea_left", "chelsea.png", (0.0, 0.0, 0.75, 1.0), True),
    ("coffee_table", "coffee.png", (0.0, 0.1, 0.85, 1.0), False),
)


# Outline of the cup with its handle on coffee.png, (x, y) in its pixels: what the built-in model
# has no class for, so that the demo has something to teach it.
CUP = (
    *((175, 120), (180, 75), (205, 45), (245, 25), (290, 18), (335, 24), (375, 45), (400, 80)),
    *((408, 115), (404, 150), (390, 185), (375, 210), (352, 240), (330, 262), (310, 280)),
    *((285, 284), (262, 280), (245, 295), (225, 307), (205, 303), (196, 285), (200, 262)),
    *((215, 240), (200, 215), (183, 180), (174, 150)),
)


def cup_in(name: str, size: tuple[int, int]) -> list[tuple[float, float]]:
    """The cup's outline on a view of coffee.png.

    Args:
        name: of the view, without suffix.
        size: (height, width) of the view.

    Returns:
        Points (x, y) held to the view; empty for a view of another photo.
    """
    _, photo, (left, top, right, bottom), mirrored = next(each for each in VIEWS if each[0] == name)
    if photo != "coffee.png":
        return []
    height, width = size
    full_width, full_height = width / (right - left), height / (bottom - top)
    found = []
    for x, y in CUP:
        column, row = x - left * full_width, y - top * full_height
        column = width - column if mirrored else column
        found.append((min(max(column, 0.0), float(width)), min(max(row, 0.0), float(height))))
    return found


def photo_folder() -> Path:
    """Where the photos lie.

    Raises:
        EngineError: scikit-image is not installed.
    """
    found = importlib.util.find_spec("skimage")
    if found is None or not found.submodule_search_locations:
        raise EngineError(
            "The sample needs the photos of scikit-image, which is not installed. "
            "Run: pip install 'maskwright[sample]'."
        )
    return Path(next(iter(found.submodule_search_locations))) / "data"


def sample_folder() -> Path:
    """Where the sample is made, in the user's own data folder."""
    return Path(platformdirs.user_data_dir("maskwright", appauthor=False)) / "sample"


def make_sample(folder: Path | None = None) -> Path:
    """Write the sample's images and return their folder; does nothing when they are there.

    Args:
        folder: where to; the user's data folder by default.

    Raises:
        EngineError: the photos are not installed, or the folder cannot be written.
    """
    target = folder or sample_folder()
    wanted = [target / f"{name}.png" for name, *_ in VIEWS]
    if all(os.path.exists(path) for path in wanted):
        return target
    from PIL import Image, ImageOps

    source = photo_folder()
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path, (_, photo, box, mirrored) in zip(wanted, VIEWS, strict=True):
            with Image.open(source / photo) as opened:
                image = opened.convert("RGB")
            sides = (image.width, image.height) * 2
            image = image.crop(tuple(round(f * side) for f, side in zip(box, sides, strict=True)))  # type: ignore[arg-type]
            if mirrored:
                image = ImageOps.mirror(image)
            unfinished = path.with_suffix(".part")
            image.save(unfinished, "PNG")
            unfinished.replace(path)
    except OSError as problem:
        raise EngineError(f"The sample could not be written to {target}: {problem}.") from problem
    return target
