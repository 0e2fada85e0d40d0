"""What a reader repaired or left out, counted and said in one sentence per kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.formats.report_more import MORE

Level = Literal["info", "warning"]

EXAMPLES = 3
"""Places named per sentence."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence, and whether anything was left out."""

    text: str
    level: Level


# kind: (level, one, many); {n} is the count, {where} up to three places.
_SENTENCES: dict[str, tuple[Level, str, str]] = {
    "flat polygon": (
        "info",
        "1 outline was a plain list of numbers; it was read as one polygon ({where}).",
        "{n} outlines were plain lists of numbers; each was read as one polygon ({where}).",
    ),
    "nested points": (
        "info",
        "1 outline was a list of points; it was read as a polygon ({where}).",
        "{n} outlines were lists of points; they were read as polygons ({where}).",
    ),
    "box polygon": (
        "info",
        "1 outline was four numbers; it was read as the box x, y, width, height ({where}).",
        "{n} outlines were four numbers; each was read as the box x, y, width, height ({where}).",
    ),
    "short polygon": (
        "info",
        "1 piece of an outline had fewer than three points and was left out ({where}).",
        "{n} pieces of outlines had fewer than three points and were left out ({where}).",
    ),
    "odd polygon": (
        "warning",
        "1 piece of an outline had an odd number of coordinates and was left out ({where}).",
        "{n} pieces of outlines had odd numbers of coordinates and were left out ({where}).",
    ),
    "bad polygon": (
        "warning",
        "1 piece of an outline held something other than usable numbers and was left out "
        "({where}).",
        "{n} pieces of outlines held something other than usable numbers and were left out "
        "({where}).",
    ),
    "far polygon": (
        "warning",
        "1 piece of an outline reaches far outside its image and was left out ({where}).",
        "{n} pieces of outlines reach far outside their images and were left out ({where}).",
    ),
    "counts polygon": (
        "info",
        "1 outline held run lengths; it was read as RLE ({where}).",
        "{n} outlines held run lengths; they were read as RLE ({where}).",
    ),
    "listed rle": (
        "info",
        "1 RLE mask stood inside a list; it was read as if it stood alone ({where}).",
        "{n} RLE masks stood inside lists; they were read as if they stood alone ({where}).",
    ),
    "bare rle": (
        "info",
        "1 RLE mask had no size; the image's was taken ({where}).",
        "{n} RLE masks had no size; the images' were taken ({where}).",
    ),
    "bad rle": (
        "warning",
        "1 RLE mask is damaged and was left out ({where}).",
        "{n} RLE masks are damaged and were left out ({where}).",
    ),
    "rle size": (
        "warning",
        "1 mask is made for another image size and was left out ({where}).",
        "{n} masks are made for other image sizes and were left out ({where}).",
    ),
    "turned rle": (
        "info",
        "1 mask had height and width swapped; it was turned with its photo ({where}).",
        "{n} masks had height and width swapped; they were turned with their photos ({where}).",
    ),
    "box only": (
        "warning",
        "1 annotation has a box but no mask and was left out ({where}).",
        "{n} annotations have a box but no mask and were left out ({where}).",
    ),
    "no mask": (
        "warning",
        "1 annotation has neither mask nor box and was left out ({where}).",
        "{n} annotations have neither mask nor box and were left out ({where}).",
    ),
    "empty mask": (
        "warning",
        "1 annotation covers no pixel and was left out ({where}).",
        "{n} annotations cover no pixel and were left out ({where}).",
    ),
    "no annotation": (
        "warning",
        "1 entry of the annotations is no annotation and was left out ({where}).",
        "{n} entries of the annotations are no annotations and were left out ({where}).",
    ),
    "dangling image": (
        "warning",
        "1 annotation names an image the file does not list and was left out ({where}).",
        "{n} annotations name images the file does not list and were left out ({where}).",
    ),
    "dangling class": (
        "info",
        "1 annotation has a class the file does not list; the class was made ({where}).",
        "{n} annotations have classes the file does not list; the classes were made ({where}).",
    ),
    "twice annotation": (
        "info",
        "1 annotation number was used twice; the second will get a new one ({where}).",
        "{n} annotation numbers were used twice; the second of each will get a new one ({where}).",
    ),
    "text number": (
        "info",
        "1 number was written as text and was read as a number ({where}).",
        "{n} numbers were written as text and were read as numbers ({where}).",
    ),
    "named id": (
        "info",
        "1 image has a name instead of a number; it will get a number ({where}).",
        "{n} images have names instead of numbers; they will get numbers ({where}).",
    ),
    "twice class": (
        "info",
        "1 class name was used twice; both numbers were kept ({where}).",
        "{n} class names were used twice; all numbers were kept ({where}).",
    ),
    "outside": (
        "warning",
        "1 file name leads out of the image folder; only its last part was used ({where}).",
        "{n} file names lead out of the image folder; only their last parts were used ({where}).",
    ),
    "no name": (
        "warning",
        "1 file name is none that a file can have and was not used ({where}).",
        "{n} file names are none that a file can have and were not used ({where}).",
    ),
    "no size": (
        "warning",
        "1 image has no usable size and its file is missing; it was left out ({where}).",
        "{n} images have no usable size and their files are missing; they were left out ({where}).",
    ),
    "size from file": (
        "info",
        "1 image had no usable size; its file's was taken ({where}).",
        "{n} images had no usable size; their files' were taken ({where}).",
    ),
    "swapped size": (
        "info",
        "1 image had height and width swapped; its file's were taken ({where}).",
        "{n} images had height and width swapped; their files' were taken ({where}).",
    ),
    "other size": (
        "warning",
        "1 image has another size than its annotations were made for; they were left out "
        "({where}).",
        "{n} images have other sizes than their annotations were made for; these were left out "
        "({where}).",
    ),
    "unreadable": (
        "warning",
        "1 image file cannot be read; its annotations were kept at the size they state ({where}).",
        "{n} image files cannot be read; their annotations were kept at the sizes they state "
        "({where}).",
    ),
    "turned": (
        "info",
        "1 photo is stored turned; its masks were turned with it ({where}).",
        "{n} photos are stored turned; their masks were turned with them ({where}).",
    ),
    "ambiguous turn": (
        "info",
        "1 photo is stored turned and its annotations do not say which way they were drawn; they "
        "were taken as drawn on the photo as you see it ({where}). Use --exif ignored if not.",
        "{n} photos are stored turned and their annotations do not say which way they were drawn; "
        "they were taken as drawn on the photos as you see them ({where}). Use --exif ignored "
        "if not.",
    ),
    "gray color": (
        "info",
        "1 mask file has equal red, green and blue; one of them was read ({where}).",
        "{n} mask files have equal red, green and blue; one of them was read ({where}).",
    ),
    "no image": (
        "warning",
        "1 mask file has no image of the same name and was left out ({where}).",
        "{n} mask files have no images of the same name and were left out ({where}).",
    ),
    "no number": (
        "info",
        "1 number was already used by another; a new one was given ({where}).",
        "{n} numbers were already used by others; new ones were given ({where}).",
    ),
    **MORE,
}


@dataclass(slots=True)
class Report:
    """Counts of repairs and omissions.

    Attributes:
        table: Sentences by kind; those of the readers where not given.
        counts: Cases by kind.
        places: Up to `EXAMPLES` places by kind.
        sentences: Remarks made whole.
    """

    table: Mapping[str, tuple[Level, str, str]] = field(default_factory=lambda: _SENTENCES)
    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    sentences: list[Remark] = field(default_factory=list)

    def add(self, kind: str, where: str = "") -> None:
        """Count one case of `kind` (a key of the table above) at `where`."""
        if kind not in self.table:
            raise KeyError(kind)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        places = self.places.setdefault(kind, [])
        if where and where not in places and len(places) < EXAMPLES:
            places.append(where)

    def say(self, text: str, level: Level = "info") -> None:
        """Add a sentence of its own."""
        self.sentences.append(Remark(text, level))

    @property
    def left_out(self) -> int:
        """Cases in which something of the file is not taken over."""
        kept = ("outside", "unreadable", "other content", "several", "named alike")
        return sum(
            count
            for kind, count in self.counts.items()
            if self.table[kind][0] == "warning" and kind not in kept
        )

    def remarks(self) -> list[Remark]:
        """Everything to tell, one sentence per kind."""
        said = list(self.sentences)
        for kind, count in self.counts.items():
            level, one, many = self.table[kind]
            places = self.places[kind]
            where = ", ".join(places) + (" …" if count > len(places) and places else "")
            text = (one if count == 1 else many).format(n=f"{count:,}", where=where)
            said.append(Remark(text.replace(" ()", ""), level))
        return said
