"""Learning from 30 images of white blood cells: `make bench-learn`.

The images of wbc_1 (300 pictures of 120 × 120, three classes) are sorted by name and shuffled with
`random.Random(s)`; the first 30 are learned from, the next 60 measured on, for s = 0, 1, 2. Each
time a project is made, the masks are imported as index PNGs, and the program's own training job
runs from the model that comes with the program, with the recipe's defaults.

The product keeps the epoch that does best on the held-out images, and the figure asked for is that
model's on the same images, so it is slightly optimistic; the last epoch's, chosen without looking,
is printed beside it.

Usage:
    python tests/bench/bench_learn.py [ASSETS] [--set KEY=VALUE]... [--seeds 0,1,2]

ASSETS holds datasets/wbc_1; default: the variable MASKWRIGHT_ASSETS, else ../shared/assets
beside the repository.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as `engine.jobs.launch` starts every job
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine.jobs.events import Event, Metric, Note  # noqa: E402
from engine.jobs.folder import JobFolder  # noqa: E402
from engine.jobs.job import ImportSpec, TrainSpec  # noqa: E402
from engine.jobs.runner import execute  # noqa: E402
from engine.jobs.take_up import take_up  # noqa: E402
from engine.models.catalog import DEFAULT_MODEL, Catalog  # noqa: E402
from engine.store import Project  # noqa: E402
from engine.training.recipe import make_recipe, parse_settings, recipe_to_data  # noqa: E402

VALUES = {0: "background", 128: "cytoplasm", 255: "nucleus"}
MEAN, WORST, SECONDS = 0.85, 0.80, 90.0


def main() -> int:
    given = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = os.environ.get("MASKWRIGHT_ASSETS", str(ROOT.parent / "shared" / "assets"))
    given.add_argument("assets", nargs="?", type=Path, default=Path(default))
    given.add_argument("--set", action="append", default=[], dest="settings")
    given.add_argument("--seeds", default="0,1,2")
    given.add_argument("--verbose", action="store_true")
    asked = given.parse_args()
    folder = asked.assets / "datasets" / "wbc_1"
    if not folder.is_dir():
        print(f"{folder} is not there. Name the folder that holds datasets/wbc_1.")
        return 2
    rows = [
        learn(folder, int(seed), parse_settings(asked.settings), asked.verbose)
        for seed in asked.seeds.split(",")
    ]
    best, last, seconds = zip(*rows, strict=True)
    mean = sum(best) / len(best)
    print(f"mean mIoU {mean:.3f} (≥ {MEAN}), worst {min(best):.3f} (≥ {WORST}), ", end="")
    print(f"last epoch {sum(last) / len(last):.3f}, slowest {max(seconds):.0f} s (≤ {SECONDS:.0f})")
    return int(mean < MEAN or min(best) < WORST or max(seconds) > SECONDS)


def learn(data: Path, seed: int, options: dict[str, object], verbose: bool) -> tuple[float, ...]:
    """(mIoU of the model that is kept, of the last epoch, seconds of the job) for one seed."""
    names = sorted(path.name for path in (data / "images").iterdir())
    random.Random(seed).shuffle(names)
    train, held = names[:30], names[30:90]
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for kind in ("images", "masks"):
            (root / kind).mkdir()
            for name in names[:90]:
                shutil.copy(data / kind / name, root / kind / name)
        project = Project.create(root / "cells.maskwright")
        try:
            project.add_images(sorted((root / "images").iterdir()))
            job = JobFolder.create(
                project.files / "jobs",
                ImportSpec(
                    project=str(project.path),
                    source=str(root / "masks"),
                    format="png",
                    images=str(root / "images"),
                    values=VALUES,
                ),
            )
            finish(job, verbose)
            take_up(project, job)
            project.flush()
            ids = {row.path.name: row.id for row in project.images()}
            recipe = make_recipe(
                project,
                Catalog(project_files=project.files),
                {
                    "train": [ids[name] for name in train],
                    "held": [ids[name] for name in held],
                    "seed": seed,
                    **options,
                },
            )
            job = JobFolder.create(
                project.files / "jobs",
                TrainSpec(
                    project=str(project.path), recipe=recipe_to_data(recipe), model=DEFAULT_MODEL
                ),
            )
            began = time.perf_counter()
            result = finish(job, verbose)
            seconds = time.perf_counter() - began
        finally:
            project.close()
    classes = ", ".join(f"{each['name']} {each['iou_after']:.3f}" for each in result["classes"])
    print(
        f"seed {seed}: mIoU {result['miou_before']:.3f} → {result['miou_after']:.3f} ({classes}); "
        f"last epoch {result['last_miou']:.3f}; best epoch {result['best_epoch']} of "
        f"{result['epochs']}; {seconds:.0f} s",
        flush=True,
    )
    return result["miou_after"], result["last_miou"], seconds


def finish(job: JobFolder, verbose: bool) -> dict:
    """Run a job in this process; its result."""

    def watch(event: Event) -> None:
        if isinstance(event, Note) or (isinstance(event, Metric) and event.name in {"miou"}):
            print("   ", event, flush=True)

    done = execute(job, watch if verbose else None)
    if done.outcome != "done":
        print(done.error, done.detail, sep="\n")
        raise SystemExit(1)
    return done.result


if __name__ == "__main__":
    raise SystemExit(main())
