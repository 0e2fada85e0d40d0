"""The inputs the figures are taken on, made once with fixed seeds.

A real photo (scikit-learn's china.jpg) enlarged with noise, so that JPEG and PNG sizes are
realistic, and star-like objects of ten classes: what the other programs were measured on.
"""

import json
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


def make(folder: Path) -> Path:
    """Write what is missing under ``folder``; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    mp12, mp67 = folder / "mp12", folder / "mp67"
    if not (mp12 / "photo.jpg").exists():
        mp12.mkdir(exist_ok=True)
        Image.fromarray(enlarged(4000, 3000, 99)).save(mp12 / "photo.jpg", quality=90)
    if not (mp67 / "photo.png").exists():
        mp67.mkdir(exist_ok=True)
        Image.fromarray(enlarged(8192, 8192, 1)).save(mp67 / "photo.png", compress_level=1)
    many = folder / "many"
    if not (many / "many2000.json").exists():
        many.mkdir(exist_ok=True)
        (many / "photo.jpg").write_bytes((mp12 / "photo.jpg").read_bytes())
        objects = stars(2000, 4000, 3000, 2000, 20, 60)
        write_coco(many / "many2000.json", [("photo.jpg", 4000, 3000, objects)])
    thousand = folder / "thousand"
    if not (thousand / "thousand.json").exists():
        thousand.mkdir(exist_ok=True)
        photo().save(thousand / "im_0000.jpg", quality=90)
        data, images = (thousand / "im_0000.jpg").read_bytes(), []
        for k in range(1000):
            name = f"im_{k:04d}.jpg"
            (thousand / name).write_bytes(data)
            images.append((name, 640, 426, stars(10, 640, 426, 10_000 + k, 15, 50)))
        write_coco(thousand / "thousand.json", images)
    return folder
