"""``make bench-kill``: 200 kills of the scripted session, on one project."""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from PIL import Image

from tests.e2e.killing import Killing


def main(rounds=200):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "photos"
        folder.mkdir()
        noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / "photo.png")
        killing, began = Killing(folder, seed=7), time.monotonic()
        try:
            for number in range(rounds):
                killing.round(number)
                if (number + 1) % 20 == 0:
                    said = f"{number + 1} kills, {killing.steps} finished steps, none lost"
                    print(f"{said}; allowed {max(killing.allowed[-20:]):.3f} s", flush=True)
        finally:
            killing.close()
        middle = sorted(killing.allowed)[rounds // 2]
        print(
            f"{rounds} kills in {time.monotonic() - began:.0f} s; a step had to be safe after "
            f"{middle:.3f} s in the middle, of which 0.1 s for the program"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 200)
