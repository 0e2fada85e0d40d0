"""``make tours``: two pieces of a labeler's work done by a script, with a picture at each step.

Real mouse, pen and key events in the real window. The report says how many gestures it took and
how good the masks are. It goes with its pictures to out/tours/.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import isolate

isolate()

import tour_donut  # noqa: E402
import tour_nuclei  # noqa: E402
from program import Program  # noqa: E402

ROOT = Path(__file__).parents[2]
NUCLEI = ROOT.parent / "shared" / "assets" / "datasets" / "nuclei_dsb2018"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "tours")
    parser.add_argument("--nuclei", type=Path, default=NUCLEI, help="folder of nuclei_dsb2018")
    parser.add_argument("--only", choices=("donut", "nuclei"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    program, report, log = Program(options.out), {}, []
    if options.only != "nuclei":
        report["donut"], lines = tour_donut.run(program, options.out)
        log += lines
    if options.only != "donut" and options.nuclei.is_dir():
        report["nuclei"], lines = tour_nuclei.run(program, options.nuclei, options.out)
        log += lines
    elif options.only != "donut":
        print(f"{options.nuclei} is not there; say where with --nuclei", file=sys.stderr)
    program.close()
    _keep_pictures(options.out)
    (options.out / "report.json").write_text(json.dumps(report, indent=1))
    (options.out / "log.txt").write_text("\n".join(log) + "\n")
    print(json.dumps(report, indent=1))
    ways = report.get("donut", {})
    return 0 if all(each["reached"] for each in ways.values()) else 1


def _keep_pictures(out):
    """The README's picture of the lasso."""
    for taken in out.glob("pictures_lasso/*_around_the_hole.png"):
        (ROOT / "packaging" / "pictures" / "lasso.png").write_bytes(taken.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
