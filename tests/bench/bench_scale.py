"""``make bench-scale``: COCO files of a million masks, and one like val2017, through the commands.

Each command is a process of its own; printed are its seconds, what it did in each of them, its
processor time and the peak of its resident memory (the kernel's own mark, of its worst process).
The reference reads the same file with json and decodes one mask in a hundred with pycocotools,
scaled up. Inputs are made with a seed, in FOLDER, and left there for the next time.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import scale_inputs
from harness import out_folder

TICK = 0.05
"""Seconds between two looks at a command's processes."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=out_folder() / "inputs" / "scale")
    parser.add_argument("--only", default="val,sorted,unsorted")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in options.only.split(","):
        rows += RUNS[name](options)
    print("| work | seconds | masks/s | CPU | peak RSS |\n|---|---|---|---|---|")
    for what, seconds, masks, cpu, peak in rows:
        rate = f"{masks / seconds:,.0f}"
        memory = f"{peak:,.0f} MiB" if peak else "–"
        print(f"| {what} | {seconds:.1f} | {rate} | {cpu:.1f} | {memory} |")


def val(options):
    """36,000 annotations on 5,000 photos."""
    folder = options.folder / "val"
    path = folder / "instances_val.json"
    if not path.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        scale_inputs.like_val(folder)
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        project = Path(place) / "val.maskwright"
        timed(1, "init", project, folder)
        return [("import, 36,000 as val2017", *timed(36_000, "import", project, path))]


def large(options, name, annotations_first):
    """Many masks: import, export, verify, and the reference."""
    path = options.folder / "large" / f"{name}_{options.masks}.json"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        part = path.with_suffix(".part")
        scale_inputs.many(part, options.masks, annotations_first=annotations_first)
        part.replace(path)
    masks, what = options.masks, f"{options.masks:,} masks, {name}"
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        project, out = Path(place) / "large.maskwright", Path(place) / "out.json"
        scale_inputs.photo().save(Path(place) / "photo.jpg")  # a project begins with one
        timed(1, "init", project, place)
        rows = [(f"import, {what}", *timed(masks, "import", project, path))]
        if annotations_first:
            return rows
        rows.append((f"export, {what}", *timed(masks, "export", project, out)))
        rows.append((f"verify, {what}", *timed(masks, "verify", out)))
    return [*rows, (f"reference, {what}", *reference(path, masks))]


RUNS = {
    "val": val,
    "sorted": lambda options: large(options, "sorted", False),
    "unsorted": lambda options: large(options, "unsorted", True),
}


def timed(masks, *arguments):
    """(seconds, masks, seconds of the processor, peak MiB) of a command."""
    command = [sys.executable, "-P", "-m", "app", *map(str, arguments)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watch = Watch(process.pid)
    out, err = process.communicate()
    seconds = time.perf_counter() - began
    watch.end()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{out}{err}")
    print(out.strip().splitlines()[-1] if out.strip() else "", file=sys.stderr)
    return seconds, masks, watch.cpu, watch.peak


class Watch:
    """Looks at a process and those it started until it has ended.

    Attributes:
        cpu: Seconds of the processor, of all of them.
        peak: Largest resident memory of any of them, MiB.
    """

    def __init__(self, pid):
        self.peak = self.cpu = 0.0
        self._before = os.times()
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self):
        self._over.set()
        self._thread.join()
        now = os.times()
        self.cpu = (now.children_user + now.children_system) - (
            self._before.children_user + self._before.children_system
        )

    def _look(self):
        while not self._over.wait(TICK):
            for pid in self._family(self._pid):
                self.peak = max(self.peak, _peak(pid))

    def _family(self, pid):
        yield pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return
        for child in children:
            yield from self._family(int(child))


def _peak(pid):
    """The kernel's mark of the largest resident memory of a process, MiB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def reference(path, masks):
    """Reading the file whole and decoding its masks with pycocotools, one in a hundred, scaled."""
    code = (
        "import json, sys, time; from pycocotools import mask as m; b = time.process_time();"
        "a = json.load(open(sys.argv[1]))['annotations']; r = time.process_time() - b;"
        "b = time.process_time(); [(m.decode(x['segmentation']), m.area(x['segmentation']),"
        " m.toBbox(x['segmentation'])) for x in a[::100]];"
        "d = (time.process_time() - b) * 100; import resource;"
        "print(json.dumps([r + d, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, masks, seconds, peak


if __name__ == "__main__":
    main()
