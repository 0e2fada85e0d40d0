"""``make bench``: what a person waits for, in one configuration, beside references.

Full window (1920 x 1080), status-bar position on, ten classes visible, picture loaded, 2,000
events a row, warm page cache, the real program, a fresh process for each group of rows. Prints a
Markdown table and writes it to out/bench/.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import isolate, out_folder, tables

isolate()

import inputs  # noqa: E402


def _rows(module, name="rows"):
    def run(data, options):
        return getattr(__import__(module), name)(data, options)

    return run


GROUPS = {
    "start": _rows("rows_start"),
    "open12": _rows("rows_open", "rows_12"),
    "open67": _rows("rows_open", "rows_67"),
    "open268": _rows("rows_open", "rows_268"),
    "openhuge": _rows("rows_open", "rows_huge"),
    "folder": _rows("rows_folder"),
    "brush12": _rows("rows_brush", "rows_12"),
    "brush67": _rows("rows_brush", "rows_67"),
    "brush268": _rows("rows_brush", "rows_268"),
    "brushhuge": _rows("rows_brush", "rows_huge"),
    "many": _rows("rows_many"),
    "latency": _rows("latency"),
    "save": _rows("latency", "save_row"),
    "coco": lambda data, options: __import__("coco_rows").rows(data / "thousand"),
    "eval": _rows("rows_files", "rows_eval"),
    "rle": _rows("rows_files", "rows_rle"),
}
"""Groups of rows by name, in the order of the table."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--data", type=Path, default=out_folder() / "inputs")
    parser.add_argument("--only", default="", help=f"some of {', '.join(GROUPS)}; by comma")
    parser.add_argument("--cells", type=Path, help="run one group here, write its cells there")
    options = parser.parse_args()
    names = [each for each in options.only.split(",") if each] or list(GROUPS)
    unknown = [each for each in names if each not in GROUPS]
    if unknown:
        parser.error(f"no such rows: {', '.join(unknown)}")
    options.data = inputs.make(options.data, names)
    if options.cells:
        rows = GROUPS[names[0]](options.data, options)
        options.cells.write_text(json.dumps([(row.table, row.cells()) for row in rows]))
        return
    cells, failed = [], []
    for name in names:
        found = _group(name, options)
        failed += [] if found else [name]
        cells += found
    _report(cells, failed, whole=not options.only)
    sys.exit(bool(failed))


def _group(name, options):
    """The cells of one group, measured in a process of its own."""
    print(f"{name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "cells.json"
        command = [sys.executable, "-P", __file__, "--only", name, "--cells", str(target)]
        command += ["--events", str(options.events), "--data", str(options.data)]
        done = subprocess.run(command, check=False)
        return json.loads(target.read_text()) if done.returncode == 0 else []


def _report(cells, failed, whole):
    text = tables(cells)
    day = time.strftime("%Y-%m-%d")
    about = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {day}"
    if failed:
        about += f"; not measured, their processes failed: {', '.join(failed)}"
    if whole:
        (out_folder() / "bench.md").write_text(f"{text}\n\n{about}\n")
        (out_folder() / "bench.json").write_text(json.dumps(cells, indent=1))
    print(text, about, sep="\n\n")


if __name__ == "__main__":
    main()
