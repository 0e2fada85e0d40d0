"""What is wished for shared and unclaimed pixels, and the steps that it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.document import claims, deciding, nearest
from engine.document.condensing import condensed
from engine.document.deciding import Rule, Settled
from engine.document.document import Document
from engine.document.nearest import Filled
from engine.document.taxonomy import UNLABELLED, Taxonomy

if TYPE_CHECKING:
    from engine.document.commands import Command
    from engine.store import ImageRow


@dataclass(frozen=True, slots=True)
class Found:
    """An image in which something is to be decided.

    Attributes:
        image: its id.
        name: its file name.
        twice: pixels that several objects claim.
        nobody: pixels that belong to nothing.
    """

    image: int
    name: str
    twice: int
    nobody: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What is done to all at once.

    Attributes:
        rule: who keeps shared pixels; None to leave them.
        nearest: pixels of the largest gap that goes to what lies nearest; None for no gap.
        unclaimed: class for nobody's pixels (background too); None to leave them.
    """

    rule: Rule | None = "order"
    nearest: int | None = None
    unclaimed: int | None = None

    def concerns(self, twice: object, nobody: object) -> bool:
        """Whether it does something where these pixels are claimed twice, or by nobody."""
        gaps = self.nearest is not None or self.unclaimed is not None
        return bool((self.rule is not None and twice) or (gaps and nobody))


Part = Callable[..., "tuple[Command | None, Counter[str]]"]
"""A part of a wish: takes a copy of an image, and ``taxonomy``; gives its step and what it left."""


def parts_of(wish: Wish) -> list[Part]:
    """What a wish does, one step each; gaps go to what lies nearest before the rest is labelled."""
    found: list[Part] = []
    if wish.rule is not None:
        found.append(partial(settled, rule=wish.rule))
    if wish.nearest is not None:
        found.append(partial(filled, most=wish.nearest))
    if wish.unclaimed is not None:
        found.append(partial(claimed, class_id=wish.unclaimed))
    return found


def settled(
    document: Document, taxonomy: Taxonomy, rule: Rule
) -> tuple[Command | None, Counter[str]]:
    """Shared pixels by a rule."""
    made = deciding.settle(document, taxonomy, rule)
    return made.command and condensed(document, made.command), left_of(made)


def filled(
    document: Document, taxonomy: Taxonomy, **how: Any
) -> tuple[Command | None, Counter[str]]:
    """Gaps to what lies nearest."""
    made = nearest.fill_gaps(document, taxonomy, **how)
    return made.command and condensed(document, made.command), left_of(made)


def claimed(
    document: Document, taxonomy: Taxonomy, class_id: int
) -> tuple[Command | None, Counter[str]]:
    """Nobody's pixels to a class, or background."""
    return deciding.claim_unclaimed(document, taxonomy, class_id), Counter()


def left_of(made: Settled | Filled) -> Counter[str]:
    """What was left, by reason; see ``app.resolve_words``."""
    if isinstance(made, Filled):
        return Counter(near=made.locked, large=made.large)
    return Counter(locked=made.locked, covered=made.covered)


def counts_of(document: Document, taxonomy: Taxonomy) -> tuple[int, int]:
    """(pixels claimed twice, pixels of nobody) of an image, without parting them into places."""
    objects = claims.takers(document, taxonomy)
    twice = claims.shared_pixels(objects)
    areas = document.layer.areas()
    height, width = document.size
    if not areas.get(UNLABELLED, height * width - sum(areas.values())):
        return twice.area, 0
    return twice.area, claims.unclaimed(objects, document.layer).area


def look_at(row: ImageRow, document: Document, taxonomy: Taxonomy) -> Found | None:
    """What is to be decided in an image; None where nothing is."""
    twice, nobody = counts_of(document, taxonomy)
    return Found(row.id, row.file_name, twice, nobody) if twice or nobody else None
