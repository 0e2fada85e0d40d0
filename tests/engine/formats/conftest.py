import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def coco(tmp_path):
    """Write a COCO file of one 40 × 30 image "a.png" and these annotations; answers its path."""

    def write(*annotations, name="coco.json", **top):
        image = {"id": 1, "file_name": "a.png", "width": 40, "height": 30}
        entries = [
            {"id": at, "image_id": 1, "category_id": 1, "iscrowd": 0, **each}
            for at, each in enumerate(annotations, 1)
        ]
        data = {
            "images": [image],
            "annotations": entries,
            "categories": [{"id": 1, "name": "cat"}],
            **top,
        }
        path = tmp_path / name
        path.write_text(json.dumps(data))
        return path

    return write


@pytest.fixture
def picture(tmp_path):
    """Write an image file with an EXIF orientation; answers its path."""

    def write(name="a.png", size=(30, 40), orientation=1):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.zeros((*size, 3), np.uint8)
        image = Image.fromarray(pixels)
        exif = Image.Exif()
        if orientation != 1:
            exif[274] = orientation
        image.save(path, exif=exif)
        return path

    return write
