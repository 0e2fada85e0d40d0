"""``make screenshots``: the pictures of the README, from the real program on the sample.

Everything on them happened: the proposals are the built-in model's, the curves and the comparison
are of a round of learning that ran while they were taken.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "packaging" / "pictures"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "screenshots")
    options = parser.parse_args()
    import os

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.demo import Tour

    tour = Tour(options.work)
    tour.themes = ("dark", "light", "highContrast")
    code = tour.run()
    if code:
        return code
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in (
        "2_proposals",
        "3_corrected",
        "3_corrected_light",
        "3_corrected_highContrast",
        "4_export",
        "6_verdict",
        "8_inspect",
    ):
        taken = options.work / "pictures" / f"{name}.png"
        (PICTURES / taken.name.split("_", 1)[1]).write_bytes(taken.read_bytes())
    print(f"README pictures are in {PICTURES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
