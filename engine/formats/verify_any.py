"""Check files of any format that can be read: what the reader had to mend, and each mask.

Every mask is decoded. Formats whose files repeat themselves (VOC, Cityscapes, instance maps) are
besides asked whether their parts agree; see `format.Format.examine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from engine.errors import EngineError
from engine.formats.base import BACKGROUND_KEY, FoundImage
from engine.formats.find_images import NAME_FOLDER
from engine.formats.fingerprint import fingerprint
from engine.formats.format import Format, ReadOptions
from engine.formats.png_colors import any_colored
from engine.formats.png_read import Target, mask_files, unknown_values
from engine.formats.png_values import value_name
from engine.formats.report import Report
from engine.formats.verify import Verdict, texts
from engine.formats.verify_panoptic import verify_panoptic
from engine.formats.verify_words import SENTENCES

ALLOWED = frozenset(
    (
        "turned",
        "ambiguous turn",
        "turned rle",
        "gray color",
        "size from file",
        "named id",
        "deleted shape",
        "no size",
        "unreadable",
        "no area",  # a point or a line is no mask, and no fault either
    )
)
"""Kinds of remarks of readers that are no fault of the file."""

Watch = Callable[[int, str], None]


def verify_any(
    form: Format,
    path: Path,
    options: ReadOptions,
    watch: Watch = lambda done, name: None,
    *,
    complete: bool = False,
) -> Verdict:
    """Check a file or folder.

    Args:
        form: Its format; COCO's own checks are in `verify`.
        path: The file or folder.
        options: Where images and masks are.
        watch: Called with the number of images that were checked and the name of the next; what it
            raises ends the check.
        complete: All images must be in their folder; else masks are checked without them.

    Raises:
        EngineError: It cannot be read, or no mask can be drawn without its image.
    """
    if form.name == "coco-panoptic":
        return verify_panoptic(
            path,
            masks=options.masks,
            deep=True,
            watch=lambda done, total: watch(done, ""),
        )
    report = Report(SENTENCES)
    if form.name == "png":
        options = _meant(path, options, report)
    reading = form.read(path, options)
    verdict = Verdict(path)
    for done, found in enumerate(reading.images()):
        watch(done, found.file_name)
        verdict.images += 1
        verdict.masks += _check_image(found, report)
    if not reading.classes:
        report.add("no classes", path.name)
    verdict.decoded = verdict.masks
    form.examine(path, options, report)
    if not verdict.images and "no size" in reading.report.counts:
        raise EngineError(
            f"Masks in {path.name} can be checked only with their images, which were not found. "
            f"{NAME_FOLDER}"
        )
    wrong, known = _parted(reading.report)
    missing = [each.text for each in known.remarks() if each.text.endswith(NAME_FOLDER)]
    said = [each.partition(". ")[0] + "." for each in missing]
    (verdict.problems if complete else verdict.hints).extend(said)
    for each in (report, wrong):
        verdict.problems += texts(each.remarks(), "warning")
    verdict.problems += texts(wrong.remarks(), "info")
    verdict.hints += texts(report.remarks(), "info")
    verdict.hints += [each.text for each in known.remarks() if each.text not in missing]
    return verdict


def _check_image(found: FoundImage, report: Report) -> int:
    """Check the masks of an image; how many there are."""
    height, width = found.size
    seen: set[tuple[int, bytes]] = set()
    for place, each in enumerate(found.objects, 1):
        where = f"{found.file_name}, object {place}"
        left, top, right, bottom = each.mask.box
        if not each.mask:
            report.add("empty", where)
            continue
        if left < 0 or top < 0 or right > width or bottom > height:
            report.add("bounds", where)
        key = each.class_key, fingerprint(each.mask, found.size)
        if key in seen:
            report.add("same mask", where)
        seen.add(key)
    return len(found.objects) + sum(key != BACKGROUND_KEY for key in found.layer)


def _parted(report: Report) -> tuple[Report, Report]:
    """A reader's remarks that say what is wrong, and those that do not."""

    def only(kinds: Iterable[str]) -> Report:
        kept = list(kinds)
        return Report(
            report.table,
            {kind: report.counts[kind] for kind in kept},
            {kind: report.places[kind] for kind in kept},
        )

    wrong = only(kind for kind in report.counts if kind not in ALLOWED)
    known = only(kind for kind in report.counts if kind in ALLOWED)
    known.sentences = list(report.sentences)
    return wrong, known


def _meant(path: Path, options: ReadOptions, report: Report) -> ReadOptions:
    """Masks without images can be checked too; values that nothing is known of get names."""
    files = mask_files(path)
    folder = path if path.is_dir() else path.parent
    own = [Target(each, each.relative_to(folder).as_posix()) for each in files]
    said = dict(options.values)
    for value in unknown_values(path, options.taxonomy, said):
        said[value] = f"value {value_name(value)}"
        report.add("unnamed value", value_name(value))
    if any_colored(files) and len(said) > len(files) + 256:
        raise EngineError(f"{path} holds more colours than masks of classes do. Name another.")
    return replace(options, values=said, targets=[*options.targets, *own])
