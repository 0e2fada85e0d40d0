"""Faults of masks that hands and models leave: found, and said in words.

Looking costs time of the masks; it reads values, so it runs on any thread. ``mending`` makes the
steps that repair what was found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engine.document.annotation import Annotation
from engine.document.claims import takers
from engine.document.document import Document
from engine.document.lint_pairs import pair_faults
from engine.document.parting import together
from engine.document.taxonomy import FIRST_CLASS, Taxonomy
from engine.masks.class_map import ClassMap
from engine.masks.components import fill_holes
from engine.masks.local import is_thin, ring
from engine.masks.mask import Mask
from engine.masks.parts import EIGHT, FOUR, parts

Rule = Literal[
    "hole", "island", "sliver", "speck", "duplicate", "clash", "overlap", "pieces", "spot"
]

RULES: Final[dict[Rule, str]] = {
    "hole": "Tiny holes",
    "island": "Islands",
    "sliver": "Slivers",
    "speck": "Specks",
    "duplicate": "Duplicates",
    "clash": "Two classes for one object",
    "overlap": "Overlaps",
    "pieces": "Pieces of one object",
    "spot": "Spots in areas",
}
"""Every rule, and what it is called."""

UNDECIDED: Final = frozenset({"clash"})
"""Rules whose repair is a question for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What counts as a fault.

    Attributes:
        hole: largest gap inside an object that is a fault, pixels.
        island: largest part beside an object, largest object and largest spot of an area that is
            one, pixels.
        duplicate: lowest IoU of two objects that are one.
        touch: lowest share of the smaller object's edge that lies along the other, for two of a
            class to be one; 0.6 of it where they meet in a straight line, as tiles leave them.
        overlap: fewest pixels that two objects share.
        rules: those that are looked for.
    """

    hole: int = 4
    island: int = 16
    duplicate: float = 0.9
    touch: float = 0.5
    overlap: int = 1
    rules: frozenset[str] = frozenset(RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault.

    Attributes:
        rule: which kind.
        class_id: of the objects, or of the area.
        objects: ids; of two, the one that would give way first. Empty for areas.
        pixels: where it is.
        count: places.
        whole: the object itself is the fault.
    """

    rule: Rule
    class_id: int
    objects: tuple[int, ...] = ()
    pixels: Mask
    count: int = 1
    whole: bool = False

    @property
    def key(self) -> str:
        """Names the fault for as long as nothing about it changes."""
        return f"{self.about}:{self.pixels.area}"

    @property
    def about(self) -> str:
        """Names the fault however large it is."""
        ids = ",".join(str(number) for number in self.objects)
        return f"{self.rule}:{self.class_id}:{ids}"

    @property
    def words(self) -> str:
        """What it is, without the class and the object."""
        one, many = _WORDS[self.rule, self.whole]
        return one if self.count == 1 else many.format(n=f"{self.count:,}")


_WORDS: Final[dict[tuple[Rule, bool], tuple[str, str]]] = {
    ("hole", False): ("A tiny hole", "{n} tiny holes"),
    ("island", False): ("An island beside the object", "{n} islands beside the object"),
    ("sliver", False): ("A sliver beside the object", "{n} slivers beside the object"),
    ("sliver", True): ("A sliver along another object", "{n} slivers"),
    ("speck", True): ("A speck as an object of its own", "{n} specks"),
    ("duplicate", True): ("The same object twice", "{n} duplicates"),
    ("clash", True): ("One object with two classes", "{n} objects with two classes"),
    ("overlap", False): ("Shares pixels with the object above", "{n} overlaps"),
    ("pieces", True): ("Two pieces that are one object", "{n} pieces of one object"),
    ("spot", False): ("A tiny spot of the area", "{n} tiny spots of the area"),
}


def lint(document: Document, taxonomy: Taxonomy, limits: Limits | None = None) -> list[Finding]:
    """The faults of one image: of objects from the bottom of the stack up, then of areas.

    Proposals are not looked at; a crowd may have parts, overlap and touch.

    Args:
        document: the image's annotations.
        taxonomy: the project's classes.
        limits: what counts; None for the usual.
    """
    return look(takers(document, taxonomy), document.layer, limits or Limits())


def look(objects: Sequence[Annotation], layer: ClassMap, limits: Limits) -> list[Finding]:
    """The same of values: accepted objects of live classes, bottom first, and the class map."""
    found: list[Finding] = []
    for each in objects:
        found += _of_object(each, limits)
    found += [
        Finding(
            rule=fault.rule,
            class_id=fault.lower.class_id,
            objects=(fault.lower.id, fault.upper.id),
            pixels=fault.pixels,
            whole=fault.rule != "overlap",
        )
        for fault in pair_faults(objects, limits.duplicate, limits.touch, limits.overlap)
    ]
    if "spot" in limits.rules:
        found += _of_areas(objects, layer, limits)
    return [each for each in found if each.rule in limits.rules]


def _of_object(each: Annotation, limits: Limits) -> Iterator[Finding]:
    def fault(rule: Rule, masks: list[Mask], whole: bool = False) -> Finding:
        return Finding(
            rule=rule,
            class_id=each.class_id,
            objects=(each.id,),
            pixels=together(masks),
            count=len(masks),
            whole=whole,
        )

    if "speck" in limits.rules and each.mask.area <= limits.island and not each.crowd:
        yield fault("speck", [each.mask], whole=True)
        return
    filled = fill_holes(each.mask, limits.hole) if "hole" in limits.rules else each.mask
    if filled.area > each.mask.area:
        yield fault("hole", [part.mask() for part in parts(filled - each.mask, FOUR)])
    every = sorted(parts(each.mask, EIGHT), key=lambda part: part.area)[:-1]
    if every and not each.crowd:
        islands = [part.mask() for part in every if part.area <= limits.island]
        rest = [part.mask() for part in every if part.area > limits.island]
        slivers = [mask for mask in rest if is_thin(mask)]
        if islands:
            yield fault("island", islands)
        if slivers:
            yield fault("sliver", slivers)


def _of_areas(objects: Sequence[Annotation], layer: ClassMap, limits: Limits) -> Iterator[Finding]:
    """Spots of the class map: of a class up to an island's size, of no class up to a hole's."""
    areas = layer.areas()
    if not any(value >= FIRST_CLASS for value in areas):
        return
    for value in sorted(areas):
        limit = limits.island if value >= FIRST_CLASS else limits.hole
        connected = EIGHT if value >= FIRST_CLASS else FOUR
        tiny = [p.mask() for p in parts(layer.mask(value), connected) if p.area <= limit]
        if value < FIRST_CLASS and tiny:  # under an object nobody sees them
            region = together(tiny)
            under = together(each.mask & region for each in objects)
            tiny = [mask for mask in tiny if not mask & under]
        tiny = [mask for mask in tiny if around(layer, mask) not in (None, value)]
        if tiny:
            yield Finding(rule="spot", class_id=value, pixels=together(tiny), count=len(tiny))


def around(layer: ClassMap, spot: Mask) -> int | None:
    """The value that most pixels around a spot have; None where the spot is the whole image."""
    import numpy as np

    rim = ring(spot, layer.size)
    if not rim:
        return None
    values = layer.read(rim.box)[rim.read(rim.box)]
    return int(np.bincount(values).argmax())
