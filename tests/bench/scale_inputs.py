"""COCO files of any size, written as they are drawn: little memory, the same for the same seed."""

import json
import os

import numpy as np
from inputs import photo

SIZES = ((480, 640), (640, 480), (427, 640), (500, 375))
"""(height, width) of the images of ``like_val``; files are links to one picture of each."""


def many(path, masks, per_image=10, seed=0, annotations_first=False):
    """Run-length masks on 640 × 480; no image file is there. With a seed; ids are shuffled.

    Args:
        path: The file.
        masks: How many.
        per_image: On each image.
        seed: Of everything.
        annotations_first: Write the annotations before the images, in no order.
    """
    from pycocotools import mask as coco

    rng = np.random.default_rng(seed)
    shapes = _blobs(rng, 2_000)
    images = -(-masks // per_image)
    owners = rng.permutation(masks) // per_image if annotations_first else None

    def annotations():
        for number in range(masks):
            bits, box = shapes[int(rng.integers(len(shapes)))]
            x, y = rng.integers(0, 640 - box[0]), rng.integers(0, 480 - box[1])
            text = _moved(bits, int(x), int(y), coco)
            owner = int(owners[number]) if owners is not None else number // per_image
            yield {
                "id": number + 1,
                "image_id": owner + 1,
                "category_id": number % 80 + 1,
                "segmentation": {"size": [480, 640], "counts": text},
                "area": int(bits.sum()),
                "bbox": [int(x), int(y), *box],
                "iscrowd": 0,
            }

    rows = (
        {"id": n + 1, "file_name": f"{n:012d}.jpg", "width": 640, "height": 480}
        for n in range(images)
    )
    lists = {"images": rows, "annotations": annotations()}
    if annotations_first:
        lists = {"annotations": lists["annotations"], "images": rows}
    _write(path, lists)


def like_val(folder, annotations=36_000, images=5_000, seed=0):
    """Polygons, one in ninety a crowd in run lengths, on photos that are there."""
    from pycocotools import mask as coco

    rng = np.random.default_rng(seed)
    for size in SIZES:
        photo().resize(size[::-1]).save(folder / f"of_{size[0]}.jpg", quality=80)
    sizes = [SIZES[int(each)] for each in rng.integers(len(SIZES), size=images)]
    rows = []
    for n, (height, width) in enumerate(sizes):
        name = f"{n:012d}.jpg"
        os.link(folder / f"of_{height}.jpg", folder / name)
        rows.append({"id": n * 7 + 1, "file_name": name, "width": width, "height": height})
    for size in SIZES:
        (folder / f"of_{size[0]}.jpg").unlink()
    owners = np.sort(rng.integers(images, size=annotations))

    def drawn():
        for number, owner in enumerate(owners.tolist()):
            height, width = sizes[owner]
            radius = float(np.clip(rng.lognormal(3.3, 0.9), 3, 0.45 * min(height, width)))
            points = int(np.clip(radius / 2, 8, 60))
            angle = np.sort(rng.uniform(0, 2 * np.pi, points))
            reach = radius * rng.uniform(0.7, 1.0, points)
            at = rng.uniform(radius, [width - radius, height - radius])
            outline = at + reach[:, None] * np.c_[np.cos(angle), np.sin(angle)]
            outline = outline.round(2).ravel().tolist()
            crowd = number % 90 == 0
            encoded = coco.frPyObjects([outline], height, width)[0]
            runs = {"size": [height, width], "counts": _uncompressed(coco.decode(encoded))}
            yield {
                "segmentation": runs if crowd else [outline],
                "area": float(coco.area(encoded)),
                "iscrowd": int(crowd),
                "image_id": rows[owner]["id"],
                "bbox": [float(each) for each in coco.toBbox(encoded)],
                "category_id": number % 80 + 1,
                "id": 900_000 + number * 3,
            }

    path = folder / "instances_val.json"
    _write(path, {"images": rows, "annotations": drawn()})
    return path


def _uncompressed(bits):
    flat = bits.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.r_[0, edges, flat.size]).tolist()
    return [0, *runs] if flat[0] else runs


def _blobs(rng, count):
    """Bitmaps of one piece, 8 to 60 pixels wide, and their (width, height)."""
    found = []
    for _ in range(count):
        height, width = rng.integers(8, 60, 2)
        y, x = np.mgrid[:height, :width]
        round_ = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2
        wave = 0.03 * np.sin(x / 3 + rng.uniform(0, 6)) * np.cos(y / 4)
        bits = np.asfortranarray((round_ + wave < 0.24).astype(np.uint8))
        rows, columns = np.flatnonzero(bits.any(1)), np.flatnonzero(bits.any(0))
        bits = np.asfortranarray(bits[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        found.append((bits, [bits.shape[1], bits.shape[0]]))
    return found


def _moved(bits, x, y, coco):
    """The run-length string of a bitmap at (x, y) of an image of 640 × 480."""
    high, wide = bits.shape
    strip = np.zeros((480, wide), np.uint8, order="F")
    strip[y : y + high] = bits
    counts = _uncompressed(strip)
    if x:
        counts[0] += x * 480
    rest = (640 - x - wide) * 480
    if len(counts) % 2:
        counts[-1] += rest
    elif rest:
        counts.append(rest)
    return coco.frPyObjects({"size": [480, 640], "counts": counts}, 480, 640)["counts"].decode()


def _write(path, lists):
    classes = [{"id": n + 1, "name": f"class {n + 1}"} for n in range(80)]
    with path.open("w") as file:
        file.write('{"info": {"description": "made for measuring"}')
        for name, entries in {**lists, "categories": classes}.items():
            file.write(f',\n"{name}": [')
            for number, entry in enumerate(entries):
                file.write((",\n" if number else "\n") + json.dumps(entry, separators=(",", ":")))
            file.write("\n]")
        file.write("\n}\n")
