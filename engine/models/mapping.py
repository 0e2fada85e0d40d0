"""Which class of the project a model's class goes to (decision 4), proposed by name.

Light: the window shows the proposal, the project keeps what the user made of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from engine.models.card import Card

Target = int | Literal["new", "ignore"]

# Names that different datasets give the same thing; the first of a row stands for all.
_SYNONYMS = (
    ("airplane", "aeroplane", "plane", "aircraft"),
    ("tv", "tvmonitor", "television", "monitor"),
    ("motorcycle", "motorbike"),
    ("couch", "sofa"),
    ("pottedplant", "houseplant", "plantpot"),
    ("diningtable", "table"),
    ("cellphone", "mobilephone", "smartphone", "phone"),
    ("bicycle", "bike", "cycle"),
    ("person", "human", "people", "pedestrian", "man", "woman"),
    ("car", "automobile"),
    ("foreground", "salient", "object"),
    ("cow", "cattle"),
    ("road", "street"),
    ("sidewalk", "pavement"),
    ("tree", "vegetation"),
    ("fridge", "refrigerator"),
    ("trafficlight", "trafficlamp"),
    ("nucleus", "nuclei", "cellnucleus"),
    ("cytoplasm", "cytosol"),
)
_CANONICAL = {name: row[0] for row in _SYNONYMS for name in row}
_BACKGROUND = frozenset({"background", "bg", "none", "other", "void", "unlabeled", "unlabelled"})
_IRREGULAR = {"people": "person", "men": "man", "women": "woman", "mice": "mouse", "leaves": "leaf"}


class NamedClass(Protocol):
    """What is read of a project's class (`engine.document.taxonomy.LabelClass`)."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102


class Classes(Protocol):
    """What is read of `engine.document.taxonomy.Taxonomy`."""

    @property
    def classes(self) -> Iterable[NamedClass]: ...  # noqa: D102


def plain(name: str) -> str:
    """A name without case, accents, spaces, underscores and digits at the end: "Dog_01" → "dog"."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(each for each in letters if not unicodedata.combining(each))
    joined = re.sub(r"[\W_]+", "", letters)
    return re.sub(r"\d+$", "", joined) or joined


def singular(word: str) -> str:
    """A simple English singular of a plain name: "berries" → "berry", "buses" → "bus"."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _keys(name: str) -> tuple[str, str, str]:
    """From strict to loose: as written, plain, plain singular by its synonym."""
    bare = plain(name)
    known = _CANONICAL.get(bare)
    if known is None:
        single = singular(bare)
        known = _CANONICAL.get(single, single)
    return name, bare, known


def is_background(name: str) -> bool:
    """True for the names datasets give to "none of the classes"."""
    return plain(name) in _BACKGROUND


def propose(card: Card, taxonomy: Classes) -> dict[int, Target]:
    """A target for each class of the model.

    The strictest match wins: the exact name, then without case, spaces and accents, then singular
    and synonyms. No project class is lost to a looser match while a stricter one exists.

    Args:
        card: The model's.
        taxonomy: The project's classes.

    Returns:
        Model class index → project class id, "new" where no name fits, "ignore" for background.
    """
    tables = _tables(taxonomy)
    found: dict[int, Target] = {}
    for each in card.classes:
        if each.background or is_background(each.name):
            found[each.index] = "ignore"
            continue
        keys = zip(_keys(each.name), tables, strict=True)
        matches = (table[key] for key, table in keys if key in table)
        found[each.index] = next(matches, "new")
    return found


def _tables(taxonomy: Classes) -> tuple[Mapping[str, int], ...]:
    tables: tuple[dict[str, int], ...] = ({}, {}, {})
    for each in taxonomy.classes:
        for key, table in zip(_keys(each.name), tables, strict=True):
            table.setdefault(key, each.id)
    return tables
