"""COCO export and verification of 1,000 images with 10 objects each, beside pycocotools.

``python tests/bench/coco_rows.py FOLDER`` prints these rows alone; FOLDER holds 1,000 JPEGs and
thousand.json as ``inputs.make`` writes them.
"""

import contextlib
import io
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from harness import Row, table

RUNS = 5


def rows(folder):
    """The rows for one folder; everything else is written to a temporary place."""
    with tempfile.TemporaryDirectory(prefix="maskwright-bench-") as place:
        project, target = Path(place) / "thousand.maskwright", Path(place) / "instances.json"
        taken = [_timed(lambda: _fill(project, folder))]
        export = [_timed(lambda: _export(project, target)) for _ in range(RUNS)]
        check = [_timed(lambda: _verify(target)) for _ in range(RUNS)]
        compared = [_timed(lambda: _compare(project, target)) for _ in range(3)]
        writing, reading = _reference(target)
        cpu = f"{np.median([each[1] for each in export]):.0f} ms of CPU; reference: pycocotools"
        return [
            Row("COCO import, 1,000 × 10 polygons", [each[0] for each in taken]),
            Row(
                "COCO export, 1,000 × 10, read back",
                [each[0] for each in export],
                [writing],
                "≤ 0.4 s",
                f"{cpu} encode, area, box, json",
            ),
            Row(
                "… verify that file",
                [each[0] for each in check],
                [reading],
                "≤ 1 s",
                "reference: pycocotools decodes and measures each",
            ),
            Row("… verify, every mask compared with the project", [each[0] for each in compared]),
        ]


def _timed(act):
    """Milliseconds of the clock and of this process's processor time."""
    began, busy = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000


def _fill(project, folder):
    from engine.cli import main

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main(["init", str(project), str(folder)]) == 0
        assert main(["import", str(project), str(folder / "thousand.json")]) == 0


def _export(project, target):
    """As a first export: no version is noted, so each works out the digests of all masks anew."""
    from engine.jobs.folder import JobFolder
    from engine.jobs.job import ExportSpec
    from engine.jobs.runner import execute

    with tempfile.TemporaryDirectory() as place:
        spec = ExportSpec(project=str(project), target=str(target))
        done = execute(JobFolder.create(Path(place), spec), lambda event: None)
    assert (done.outcome, done.result["masks"]) == ("done", 10_000), done


def _verify(target):
    from engine.formats.verify import verify_file

    verdict = verify_file(target)
    assert (verdict.problems, verdict.masks) == ([], 10_000), verdict


def _compare(project, target):
    from engine.jobs.compare import compare
    from engine.jobs.snapshot import snapshot

    with snapshot(str(project)) as opened:
        compared = compare(opened, target)
    assert (compared.problems, compared.identical) == ([], 10_000), compared


def _reference(target):
    """Milliseconds pycocotools takes to write and to read the same masks, one after another."""
    from pycocotools import mask as coco

    annotations = json.loads(target.read_text())["annotations"]
    encoded = [each["segmentation"] for each in annotations]
    reading, writing, lines = 0.0, 0.0, []
    for each in encoded:
        began = time.perf_counter()
        bits = coco.decode(each)
        coco.area(each), coco.toBbox(each)
        reading += time.perf_counter() - began
        began = time.perf_counter()
        again = coco.encode(bits)
        lines.append(
            {
                "segmentation": {"size": again["size"], "counts": again["counts"].decode()},
                "area": int(coco.area(again)),
                "bbox": coco.toBbox(again).tolist(),
            }
        )
        writing += time.perf_counter() - began
    began = time.perf_counter()
    json.dumps(lines)
    writing += time.perf_counter() - began
    for mine, theirs in zip(annotations, lines, strict=True):
        assert mine["segmentation"]["counts"] == theirs["segmentation"]["counts"]
        assert (mine["area"], mine["bbox"]) == (theirs["area"], theirs["bbox"])
    return writing * 1000, reading * 1000


if __name__ == "__main__":
    print(table(rows(Path(sys.argv[1]))))
