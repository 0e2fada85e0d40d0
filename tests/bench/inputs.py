"""The inputs the figures are taken on, made once with fixed seeds.

A real photo (scikit-learn's china.jpg) enlarged with noise, so that JPEG and PNG sizes are
realistic, and star-like objects of ten classes: what the other programs were measured on.
"""

import io
import json
import os
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None


def photo():
    """The source, RGB, 640 x 426."""
    import sklearn.datasets

    path = Path(sklearn.datasets.__file__).parent / "images" / "china.jpg"
    return Image.open(path).convert("RGB").crop((0, 0, 640, 426))


def enlarged(width, height, seed):
    """uint8 (height, width, 3): the photo enlarged, with gaussian noise of sigma 6."""
    pixels = np.asarray(photo().resize((width, height), Image.Resampling.BICUBIC))
    rng = np.random.default_rng(seed)
    out = np.empty_like(pixels)
    for y in range(0, height, 1024):
        rows = pixels[y : y + 1024].astype(np.int16)
        noise = np.rint(rng.standard_normal(rows.shape, dtype=np.float32) * 6).astype(np.int16)
        out[y : y + 1024] = np.clip(rows + noise, 0, 255)
    return out


def stars(count, width, height, seed, smallest, largest):
    """``count`` polygons, each float (24, 2) of x, y."""
    rng = np.random.default_rng(seed)
    angle = np.arange(24) / 24 * 2 * np.pi
    found = []
    for _ in range(count):
        size = rng.uniform(smallest, largest)
        x = rng.uniform(size * 1.3, width - size * 1.3)
        y = rng.uniform(size * 1.3, height - size * 1.3)
        wave = 0.2 * np.sin(3 * angle + rng.uniform(0, 6)) + rng.uniform(-0.08, 0.08, 24)
        radius = size * (1 + wave)
        found.append(np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)].round(2))
    return found


def write_coco(path, images):
    """COCO polygons; ``images`` holds (name, width, height, polygons); class i % 10."""
    rows, annotations = [], []
    for number, (name, width, height, objects) in enumerate(images, start=1):
        rows.append({"id": number, "file_name": name, "width": width, "height": height})
        for i, points in enumerate(objects):
            x, y = points.T
            area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
            box = [x.min(), y.min(), np.ptp(x), np.ptp(y)]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": i % 10 + 1,
                    "iscrowd": 0,
                    "segmentation": [points.ravel().tolist()],
                    "area": float(area),
                    "bbox": [float(each) for each in box],
                }
            )
    classes = [{"id": i + 1, "name": f"class{i}"} for i in range(10)]
    content = {"images": rows, "annotations": annotations, "categories": classes}
    path.write_text(json.dumps(content))


def make(folder: Path, names) -> Path:
    """Write what is missing under ``folder`` for these groups of rows; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, (maker, users) in _PARTS.items():
        done = folder / part / ".made"
        if any(each.startswith(users) for each in names) and not done.exists():
            shutil.rmtree(folder / part, ignore_errors=True)
            (folder / part).mkdir()
            maker(folder / part)
            done.touch()
    return folder


def _mp12(folder):
    Image.fromarray(enlarged(4000, 3000, 99)).save(folder / "photo.jpg", quality=90)


def _mp67(folder):
    Image.fromarray(enlarged(8192, 8192, 1)).save(folder / "photo.png", compress_level=1)


def _mp268(folder):
    import tifffile

    tifffile.imwrite(folder / "photo.tif", enlarged(16384, 16384, 2))


def _folder12(folder):
    for number in range(8):
        pixels = np.roll(enlarged(4000, 3000, number), number * 100, axis=1)
        Image.fromarray(pixels).save(folder / f"img_{number:02d}.jpg", quality=90)


def _small():
    buffer = io.BytesIO()
    photo().resize((128, 96)).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _folder10k(folder):
    data = _small()
    for number in range(10_000):
        (folder / f"im_{number:05d}.jpg").write_bytes(data)


def _folder100k(folder):
    """Hard links; a file takes only so many of them."""
    data = _small()
    for number in range(100_000):
        name = folder / f"im_{number:06d}.jpg"
        if number % 25_000 == 0:
            name.write_bytes(data)
            first = name
        else:
            os.link(first, name)


def _many(folder):
    _mp12(folder)
    objects = stars(2000, 4000, 3000, 2000, 20, 60)
    write_coco(folder / "many2000.json", [("photo.jpg", 4000, 3000, objects)])


def _thousand(folder):
    photo().save(folder / "im_0000.jpg", quality=90)
    data, images = (folder / "im_0000.jpg").read_bytes(), []
    for k in range(1000):
        name = f"im_{k:04d}.jpg"
        (folder / name).write_bytes(data)
        images.append((name, 640, 426, stars(10, 640, 426, 10_000 + k, 15, 50)))
    write_coco(folder / "thousand.json", images)


HUGE, TILE = (60_000, 100_000), 512


def _huge(folder):
    """A pyramidal TIFF of 6,000 megapixels; of its three finest levels one tile in 37 is stored."""
    import tifffile

    levels, size = [], HUGE
    while max(size) > TILE:
        levels.append(size)
        size = (-(-size[0] // 2), -(-size[1] // 2))
    coarse = [size for size in levels if size[0] * size[1] <= 30_000_000]
    pixels = enlarged(coarse[0][1], coarse[0][0], 3)
    detail = enlarged(TILE, TILE, 4)
    options = {"tile": (TILE, TILE), "photometric": "rgb", "compression": "zlib"}
    with tifffile.TiffWriter(folder / "slide.tif", bigtiff=True) as file:
        for number, size in enumerate(levels):
            more = {"subifds": len(levels) - 1} if number == 0 else {"subfiletype": 1}
            shape = (*size, 3)
            if size in coarse:
                data = pixels if size == coarse[0] else _fitted(pixels, size)
                file.write(data, **more, **options)
            else:
                count = -(-size[0] // TILE) * -(-size[1] // TILE)
                tiles = (detail if k % 37 == 0 else None for k in range(count))
                file.write(tiles, shape=shape, dtype=np.uint8, **more, **options)


def _fitted(pixels, size):
    return np.asarray(Image.fromarray(pixels).resize((size[1], size[0]), Image.Resampling.BOX))


_PARTS = {
    "mp12": (_mp12, ("open12", "brush12")),
    "mp67": (_mp67, ("open67", "brush67")),
    "mp268": (_mp268, ("open268", "brush268")),
    "huge": (_huge, ("openhuge", "brushhuge")),
    "folder12": (_folder12, ("open12",)),
    "folder10k": (_folder10k, ("folder",)),
    "folder100k": (_folder100k, ("folder",)),
    "many": (_many, ("many", "save")),
    "thousand": (_thousand, ("coco",)),
}
"""What is made, by whom, and which groups of rows need it."""
