"""``make screenshots``: the pictures of the README, from the real program on the sample.

Everything on them happened: the proposals are the built-in model's, the curves and the comparison
are of a round of learning that ran while they were taken.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "packaging" / "pictures"


def check_masks(tour):
    """What the linter found in a made-up picture of nuclei."""
    from checked_nuclei import annotate, faulty, photographed

    from app.dialogs.lint_sheet import LintSheet

    folder = tour.out / "nuclei"
    masks = photographed(folder)
    tour.session.set_place("correct")
    tour.program.open([folder])
    annotate(tour.session, faulty(masks))
    tour.trigger("image.lint")
    [sheet] = tour.window.findChildren(LintSheet)
    tour.until(lambda: bool(sheet.list.lines), "the linter found nothing")
    sheet.images.look.click()
    tour.until(lambda: sheet.linting.look.looked, "looking through did not end")
    linting = sheet.linting
    linting.choose(next(key for key in linting.shown.rows if key.startswith("overlap")))
    tour.window.canvas.fit()
    tour.until(lambda: tour.session.model.state == "ready", "the model did not get ready")
    tour.picture("9_check_masks")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    # Paths show in the pictures, so it is not the checkout's.
    folder = Path(tempfile.gettempdir()) / "maskwright"
    parser.add_argument("--work", type=Path, default=folder)
    options = parser.parse_args()
    import os

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.demo import Tour

    class Shots(Tour):
        def _learn(self):
            super()._learn()
            check_masks(self)

    tour = Shots(options.work)
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
        "9_check_masks",
    ):
        taken = options.work / "pictures" / f"{name}.png"
        (PICTURES / taken.name.split("_", 1)[1]).write_bytes(taken.read_bytes())
    print(f"README pictures are in {PICTURES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
