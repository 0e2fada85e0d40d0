"""``kill -9`` at twenty random moments: no finished stroke is lost, and undo works after each.

A stroke is safe 100 ms after its end; what the machine itself takes while others have its cores and
its disk is measured beside and allowed on top (see ``Machine``).
"""

import numpy as np
import pytest
from PIL import Image

from tests.e2e.killing import Killing


@pytest.mark.slow
def test_twenty_kills_lose_nothing(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "photo.png")
    killing = Killing(folder)
    try:
        for number in range(20):
            killing.round(number)
    finally:
        killing.close()
    assert killing.steps > 100
