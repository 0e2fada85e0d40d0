"""Options and arguments of several commands, so that each is called and explained the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

WRITTEN: Final = (
    *("coco", "coco-panoptic", "coco-stuff", "voc", "cityscapes", "yolo-seg", "labelme", "cvat"),
    *("png", "png-instances"),
)
"""Formats that can be read and written; plug-ins may bring more."""

READ_ONLY: Final = ("camvid", "ade20k", "datumaro", "label-studio", "supervisely")

OVERLAPS: Final = ("order", "smaller", "void")


def offered(words: Callable[[], Sequence[str]]) -> Callable[[str], list[str]]:
    """What the Tab key offers for an option that takes one of some words."""

    def those(incomplete: str) -> list[str]:
        return [word for word in words() if word.startswith(incomplete)]

    return those


def word_of(name: str, words: Sequence[str], help: str) -> Any:
    """An option that takes one of a few words.

    Args:
        name: As it is typed, "--" included.
        words: What it takes; see `work.one_of`, which refuses others.
        help: What it does.
    """
    taken = offered(lambda: words)
    return typer.Option(name, metavar="|".join(words), help=help, autocompletion=taken)


def formats_read() -> list[str]:
    """Names of all formats that can be read, those of plug-ins too."""
    from engine.formats import registry

    return [each.name for each in registry.readable()]


def formats_written() -> list[str]:
    """Names of all formats that can be written, those of plug-ins too."""
    from engine.formats import registry

    return [each.name for each in registry.writable()]


Json = Annotated[bool, typer.Option("--json", help="JSON lines on stdout, for machines.")]
ProjectArgument = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="Project file, or a folder that has one.")
]
Images = Annotated[
    str | None,
    typer.Option("--images", metavar="GLOB", help="Only images whose name or path fits."),
]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="auto, cpu, cuda …")]

ReadFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"One of {', '.join((*WRITTEN, *READ_ONLY))}.",
        show_default="told by itself",
        autocompletion=offered(formats_read),
    ),
]
WriteFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"One of {', '.join(WRITTEN)}.",
        autocompletion=offered(formats_written),
    ),
]
ImageFolder = Annotated[
    Path | None, typer.Option("--images", metavar="DIR", help="Folder of the images.")
]
PngFolder = Annotated[
    Path | None, typer.Option("--png", metavar="DIR", help="Folder of a panoptic file's PNGs.")
]
ValueMap = Annotated[
    str,
    typer.Option(
        "--map", metavar="VALUE=CLASS,…", help="png: what values, or #RRGGBB colours, mean."
    ),
]
