"""Masks of class numbers or class colours (PNG) as a format; see `png_read`, `png_write`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from engine.formats.base import Reading, SheetImage, Written
from engine.formats.format import LIKELY, Format, Option, ReadOptions, Work
from engine.formats.label_png import paired_names
from engine.formats.png_read import PngReading
from engine.formats.png_values import CLASSES_FILE
from engine.formats.png_write import write_png

_LISTED = 0.7


class Png(Format):
    """The format; see the modules."""

    name = "png"
    words = "Class masks (PNG)"
    suffixes = (".png",)
    cannot: ClassVar[tuple[str, ...]] = ("objects", "shared", "crowds", "scored", "fielded")
    detail = "a PNG for each image"
    options: ClassVar[tuple[Option, ...]] = ("consecutive", "colors", "overlap", "refuse_void")

    def detect(self, path: Path) -> float:
        """Rather sure of a folder with `classes.json`; else of PNGs nothing else knows."""
        if path.is_dir():
            listed = (path / CLASSES_FILE).is_file() and any(path.rglob("*.png"))
            return _LISTED if listed else LIKELY / 2
        return LIKELY if path.suffix.lower() == ".png" else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open a folder of masks, or one mask; they are paired with the project's images."""
        return PngReading(
            path,
            options.targets,
            options.taxonomy,
            options.values,
            options.exif,
            names_only=options.names_only,
        )

    def picture_names(self, images: Sequence[SheetImage]) -> dict[int, str]:
        """Programs find one by the other's name."""
        return paired_names(images)

    def write(self, target: Path, work: Work) -> Written:
        """Write a mask for every image, each read back."""
        written = write_png(
            target,
            work.taxonomy,
            work.sheets(),
            consecutive=work.consecutive,
            colored=work.colors,
            resolver=work.resolver,
            report=work.report,
            watch=work.watch,
        )
        return replace(written, decoded=written.masks)
