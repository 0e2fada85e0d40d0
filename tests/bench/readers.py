"""What other programs read in the files that are written: a Markdown table.

A project of hard shapes, names and sizes (`hard_pages`) is exported in every format and dialect;
each program that reads a format opens the files with its own code and draws the masks itself
(`reader_programs`); what it has is compared with the truth, mask by mask. Programs come from the
package index, pinned, into an environment of their own below `out/`; those that are not there
(panopticapi, Detectron2) are used where they can be imported, else named as not run.

Run with `make bench-readers`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.formats import registry
from engine.formats.format import Work
from tests.bench import hard_pages
from tests.bench.reader_programs import READERS

ROOT = Path(__file__).resolve().parents[2]
PINNED = (
    "attrs==26.1.0 certifi==2026.10.18 cityscapesScripts==2.3.0 cmap==0.8.0 cycler==0.12.1 "
    "datumaro==1.13.12 defusedxml==0.7.1 fonttools==4.68.0 imagesize==2.0.1 imgviz==2.1.0 "
    "json-stream==2.5.1 json-stream-rs-tokenizer==0.5.4 kiwisolver==1.5.1 labelme==6.3.1 "
    "loguru==0.7.3 lvis==0.5.3 lxml==6.1.3 matplotlib==3.11.2 orjson==3.13.0 pandas==3.1.1 "
    "pyDeprecate==0.14.0 pyparsing==3.3.3 PyQt5==5.15.11 PyQt5-Qt5==5.15.19 PyQt5_sip==12.20.0 "
    "pyquaternion==0.9.9 python-dateutil==4.0.0 pytz==2026.6 requests==2.34.2 shapely==2.2.0 "
    "supervision==0.31.2 tzdata==2026.6 ultralytics==8.4.190 urllib3==2.8.0"
)
"""Installed without what they ask for, which is here in full or in the project's environment."""

PLACE = ROOT / "out" / "readers"
FORMATS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("coco", "coco", {}),
    ("coco-polygons", "coco", {"polygons": True}),
    ("coco-lvis", "coco", {"dialect": "lvis", "polygons": True}),
    ("coco-results", "coco", {"dialect": "results"}),
    ("coco-panoptic", "coco-panoptic", {}),
    ("coco-stuff", "coco-stuff", {}),
    ("voc", "voc", {}),
    ("cityscapes", "cityscapes", {}),
    ("cityscapes-polygons", "cityscapes", {"polygons": True}),
    ("yolo-seg", "yolo-seg", {}),
    ("labelme", "labelme", {}),
    ("cvat", "cvat", {}),
    ("png", "png", {}),
    ("png-colors", "png", {"colors": True}),
    ("png-instances", "png-instances", {}),
)
"""Folder, format, what it is asked for."""

FILES = {
    "coco": "annotations/instances_default.json",
    "coco-panoptic": "annotations/panoptic_default.json",
    "coco-stuff": "annotations/stuff_default.json",
    "cvat": "annotations.xml",
}
TRUTHS = {
    "coco-panoptic": "joined",
    "cityscapes": "joined",
    "voc": "flat",
    "png-instances": "objects",
    "coco-stuff": "semantic",
    "png": "semantic",
}
"""Format → what it can carry of the truth; all of it where it is not named."""

BESIDE = ("voc", "cityscapes", "labelme", "coco", "coco-panoptic", "coco-stuff", "yolo-seg", "cvat")
"""Formats whose readers want the images."""


def export(place: Path) -> None:
    """Write the project in every format, with images where other programs look for them."""
    hard_pages.write_images(place / "images")
    pages = hard_pages.pages()
    flat = [hard_pages.seen(each) for each in pages]
    truths = {
        "whole": pages,
        "flat": flat,
        "joined": [hard_pages.joined(each) for each in flat],
        "objects": [hard_pages.objects_only(each) for each in flat],
        "semantic": [hard_pages.semantic(each) for each in pages],
    }
    for kind, truth in truths.items():
        hard_pages.write_truth(place, kind, truth)
    sheets = hard_pages.sheets()
    for folder, name, asked in FORMATS:
        form = registry.get(name)
        work = Work(
            taxonomy=hard_pages.taxonomy(),
            images=[each.image for each in sheets],
            sheets=lambda: iter(sheets),
            fields={"info": {"description": "hard"}},
            **asked,
        )
        root = place / folder
        root.mkdir(parents=True, exist_ok=True)
        target = root / FILES.get(name, "")
        target.parent.mkdir(parents=True, exist_ok=True)
        form.write(target, work)
        if name in BESIDE:
            hard_pages.write_images(root / form.pictures)


def environment(place: Path) -> Path:
    """The Python of the readers' environment, made when it is not there.

    It sees this project's own packages (numpy, torch …) behind its own.
    """
    python = place / "bin" / "python"
    stamp = place / "installed.txt"
    if stamp.is_file() and stamp.read_text() == PINNED:
        return python
    venv.create(place, with_pip=True)
    site = subprocess.run(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (found,) = (place / "lib").glob("python*/site-packages")
    (found / "project.pth").write_text(site + "\n")
    command = [python, "-m", "pip", "install", "--quiet", "--no-deps", *PINNED.split()]
    subprocess.run([str(part) for part in command], check=True)
    stamp.write_text(PINNED)
    return python


def ask(python: Path, place: Path, reader: str, folder: str, truth: str) -> dict[str, Any]:
    """What a program made of an export, in a process of its own; see `reader_programs.main`."""
    script = ROOT / "tests" / "bench" / "reader_programs.py"
    done = subprocess.run(
        [str(python), str(script), reader, str(place), folder, truth],
        capture_output=True,
        text=True,
        cwd=place,
        env={**os.environ, "YOLO_CONFIG_DIR": str(place), "QT_QPA_PLATFORM": "offscreen"},
        timeout=600,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        last = (done.stderr.strip().splitlines() or ["no words"])[-1]
        return {"failed": last[:200]}
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def main() -> None:
    """Export, ask every program, print the table and what differs.

    Arguments are folders of `FORMATS`; all of them without any. READERS_PYTHON names another
    environment that has the programs.
    """
    python = Path(os.environ.get("READERS_PYTHON") or environment(PLACE.parent / "readers-venv"))
    wanted = sys.argv[1:] or [folder for folder, _, _ in FORMATS]
    place = PLACE / "exports"
    export(place)
    print("| format | reader | exact | worst IoU | classes | crowds |\n|---|---|---|---|---|---|")
    notes = []
    for folder, name, _ in (each for each in FORMATS if each[0] in wanted):
        for reader in READERS.get(folder, ()):
            answer = ask(python, place, reader, folder, TRUTHS.get(name, "whole"))
            head = f"| {folder} | {reader.partition(' ')[0]} "
            if "failed" in answer:
                print(f"{head}| not run | | | |", flush=True)
                notes.append(f"- {folder}, {reader}: {answer['failed']}")
                continue
            print(head + "| {exact} | {iou} | {classes} | {crowds} |".format(**answer), flush=True)
            notes += [f"- {folder}, {reader}: {note}" for note in answer["notes"]]
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
