"""What a format is: one small interface, behind which each lives in a file of its own.

A plug-in gives a `Format` by an entry point of the group `maskwright.formats`; see `registry`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from engine.document.taxonomy import Taxonomy
from engine.errors import EngineError
from engine.formats.base import Exif, Reading, Sheet, SheetImage, Written
from engine.formats.png_read import Target
from engine.formats.report import Report
from engine.formats.resolve import Resolver

SURE = 1.0
"""Confidence of a `detect` that saw what only this format has."""

READ_BACK = "Reading the file back"
"""What is said while a file is compared with the project."""

LIKELY = 0.6
"""Confidence of a `detect` that saw what this format usually has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a reader is told besides the path.

    Attributes:
        images: Folder of the images; None to look around the source.
        masks: Folder of the mask files, where the format has them beside a file; None to look.
        exif: How photos whose size does not tell were annotated (decision 3).
        known: Where the project's images are, by the names files call them.
        targets: The same images for readers that pair by mask name.
        taxonomy: The project's classes.
        values: What pixel values mean, where the user said it; colours stand above
            `png_values.COLOR`.
        numbers: Number in files → name in files, of the project's images.
        names_only: Which images there are is wanted, and not what is on them; a reader may give
            that nevertheless.
    """

    images: Path | None = None
    masks: Path | None = None
    exif: Exif = "applied"
    known: Mapping[str, Path] = field(default_factory=dict)
    targets: Sequence[Target] = ()
    taxonomy: Taxonomy = field(default_factory=Taxonomy)
    values: Mapping[int, str] = field(default_factory=dict)
    numbers: Mapping[int, str] = field(default_factory=dict)
    names_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a writer writes.

    Attributes:
        taxonomy: The project's classes.
        images: Every image that will be written, in order.
        sheets: Gives the work on each of them, anew each time it is called.
        fields: Top-level fields kept from an import of this kind.
        report: Takes what had to be changed.
        watch: Called with the number of finished images and the name of the next; what it raises
            ends the writing.
        say: Called with what is being done when all images are written.
        resolver: Who gets pixels that several objects claim, and what nobody's pixels become.
        scores: Write the score of objects that have one.
        deep: Compare every mask when reading back, not a sample.
        consecutive: Number the classes 1, 2, 3 … instead of by their ids, where there is a choice.
        polygons: Write outlines where there is a choice.
        colors: Write the colours of classes instead of numbers, where there is a choice.
        dialect: Which of a format's dialects, one of `Format.dialects`; "" for the first.
        done: Keys of images in which every class was looked for.
        highest: The largest number an object came with, 0 for none; None where nobody looked, and
            objects without a number then stand behind all that have one.
    """

    taxonomy: Taxonomy
    images: Sequence[SheetImage]
    sheets: Callable[[], Iterator[Sheet]]
    fields: Mapping[str, Any] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    watch: Callable[[int, str], None] = lambda done, name: None
    say: Callable[[str], None] = lambda text: None
    resolver: Resolver = field(default_factory=Resolver)
    scores: bool = False
    deep: bool = False
    consecutive: bool = False
    polygons: bool = False
    colors: bool = False
    dialect: str = ""
    done: Collection[int] = ()
    highest: int | None = None


Option = Literal[
    "scores", "deep", "consecutive", "overlap", "refuse_void", "polygons", "colors", "provenance"
]
"""What a format may be asked for, by the names `Work` and the command line have for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """How much there is of what some formats cannot carry; see `kinds.count_kinds`.

    Attributes:
        objects: Accepted objects.
        regions: Regions of classes that are no objects, one per class and image.
        shared: Objects that lose pixels to others above them.
        rings: Objects of several parts.
        holes: Objects and regions with holes.
        crowds: Objects marked as crowd.
        joined: Crowds beyond the first of their class in an image.
        scored: Objects with a score.
        fielded: Objects with further fields from an import.
        unkept: Those of them with fields that the format has no room for; see `Format.keeps`.
        told: Images in which both background and unlabelled pixels occur.
        nobody: Images with pixels that no object and no region covers.
    """

    objects: int = 0
    regions: int = 0
    shared: int = 0
    rings: int = 0
    holes: int = 0
    crowds: int = 0
    joined: int = 0
    scored: int = 0
    fielded: int = 0
    unkept: int = 0
    told: int = 0
    nobody: int = 0


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that will not be in the file, and for how many it holds."""

    text: str
    count: int


# Attribute of `Kinds`: one, many; {n} is the count.
_LOST: Mapping[str, tuple[str, str]] = {
    "objects": (
        "1 object becomes pixels of its class; where objects of one class touch, their border is "
        "lost.",
        "{n} objects become pixels of their class; where objects of one class touch, their borders "
        "are lost.",
    ),
    "regions": (
        "1 region of a class without objects is left out.",
        "{n} regions of classes without objects are left out.",
    ),
    "shared": (
        "1 object lies partly under others and loses the pixels it shares with them.",
        "{n} objects lie partly under others and lose the pixels they share with them.",
    ),
    "yielding": (
        "1 object shares pixels with others and loses them.",
        "{n} objects share pixels with others and lose them.",
    ),
    "rings": (
        "1 object has several parts; their outlines are joined by lines without width, which "
        "some programs draw one pixel wide.",
        "{n} objects have several parts; their outlines are joined by lines without width, which "
        "some programs draw one pixel wide.",
    ),
    "holes": (
        "1 mask has holes; a line without width leads to each, which some programs draw one pixel "
        "wide.",
        "{n} masks have holes; lines without width lead to them, which some programs draw one "
        "pixel wide.",
    ),
    "crowds": ("1 crowd is written as an object.", "{n} crowds are written as objects."),
    "joined": (
        "1 crowd is written together with another of its class and image.",
        "{n} crowds are written together with others of their class and image.",
    ),
    "scored": ("1 score is left out.", "{n} scores are left out."),
    "fielded": (
        "1 object has further fields from its import; they are left out.",
        "{n} objects have further fields from their import; they are left out.",
    ),
    "unkept": (
        "1 object has further fields from its import, not all of which the format has room for.",
        "{n} objects have further fields from their import, not all of which the format has room "
        "for.",
    ),
    "told": (
        "Background and unlabelled pixels are not told apart (1 image).",
        "Background and unlabelled pixels are not told apart ({n} images).",
    ),
    "nobody": (
        "Pixels that belong to nothing become void (1 image).",
        "Pixels that belong to nothing become void ({n} images).",
    ),
}


class Format(ABC):
    """One public format.

    Attributes:
        name: What it is called on the command line.
        words: What people call it.
        folder: Whether it is a folder of files; else one file.
        suffixes: Lower-case suffixes of the file, "." included.
        reads: Whether `read` works.
        writes: Whether `write` works.
        cannot: Attributes of `Kinds` that it cannot carry.
        detail: What is written, in a few words.
        pictures: Folder, below that of the export, in which other programs look for the images.
        options: What it may be asked for.
        dialects: Names of its dialects with what people call them, the usual one first.
    """

    name: ClassVar[str]
    words: ClassVar[str]
    folder: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[bool] = True
    writes: ClassVar[bool] = True
    cannot: ClassVar[tuple[str, ...]] = ()
    detail: ClassVar[str] = ""
    pictures: ClassVar[str] = "images"
    options: ClassVar[tuple[Option, ...]] = ()
    dialects: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def detect(self, path: Path) -> float:
        """How sure it is, 0..1, that `path` is of this format; looks at names and first bytes."""

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open `path`.

        Raises:
            EngineError: It cannot be read; the text says why.
        """
        raise EngineError(f"{self.words} can be written but not read. Choose another format.")

    def write(self, target: Path, work: Work) -> Written:
        """Write `work` to `target`, each file whole or not at all, and read it back.

        Raises:
            EngineError: It cannot be written, or came back different.
        """
        raise EngineError(f"{self.words} can be read but not written. Choose another format.")

    def examine(  # noqa: B027 (most formats say everything once)
        self, path: Path, options: ReadOptions, report: Report
    ) -> None:
        """Look for what a reader passes over: parts of a source that contradict each other.

        Args:
            path: The file or folder.
            options: Where images and masks are.
            report: Takes kinds of `verify_words.SENTENCES`.
        """

    def picture_names(self, images: Sequence[SheetImage]) -> dict[int, str]:
        """What images are called when they are put beside an export, so that others pair them.

        Args:
            images: All that are written, in order.

        Returns:
            Key of an image → name below `pictures`, "/" between folders.
        """
        return {each.key: each.file_name for each in images}

    def join(  # noqa: B027 (most formats keep their parts apart)
        self, target: Path, parts: Mapping[str, Path], taxonomy: Taxonomy
    ) -> None:
        """Tie the parts of a split together when all are written.

        Args:
            target: What was named; the parts lie in it or beside it.
            parts: "train", "val", "test" → the part, as far as they were written.
            taxonomy: The project's classes.

        Raises:
            EngineError: It cannot be written.
        """

    def keeps(self, fields: Mapping[str, Any]) -> bool:
        """Whether there is room for all further fields of an object; see `Annotation.extra`."""
        return True

    def lost(self, asked: Collection[str] = ()) -> tuple[str, ...]:
        """Attributes of `Kinds` that stay behind when these options and dialects are asked for."""
        return tuple(each for each in self.cannot if each != "scored" or "scores" not in asked)

    def losses(self, taxonomy: Taxonomy, kinds: Kinds, asked: Collection[str] = ()) -> list[Loss]:
        """What the format cannot carry of such work, and for how many.

        Args:
            taxonomy: The project's classes.
            kinds: How much there is; see `kinds.count_kinds`.
            asked: Options that are on, the dialect, and who gets pixels of several objects.
        """
        said = []
        for attribute in self.lost(asked):
            count = getattr(kinds, attribute)
            if count:
                ruled = attribute == "shared" and not {"smaller", "void"}.isdisjoint(asked)
                one, many = _LOST["yielding" if ruled else attribute]
                said.append(Loss((one if count == 1 else many).format(n=f"{count:,}"), count))
        return said
