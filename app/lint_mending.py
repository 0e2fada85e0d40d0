"""Mending all of an image away from the window, and why something is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.lint_words import mended_words
from engine.document.lint import UNDECIDED, Finding, Limits
from engine.document.mending import mend_all
from engine.document.targets import is_locked

if TYPE_CHECKING:
    from engine.document.commands import Command
    from engine.document.document import Document
    from engine.document.taxonomy import Taxonomy


@dataclass(slots=True)
class Tally:
    """What mending did so far: findings mended, and those left by reason."""

    done: int = 0
    left: Counter[str] = field(default_factory=Counter)

    def words(self) -> str:
        """As a sentence."""
        return mended_words(self.done, self.left)


def mendable(counts: Counter[str]) -> int:
    """How many of these findings can be mended without a person's choice."""
    return sum(count for rule, count in counts.items() if rule not in UNDECIDED)


def why_left(document: Document, taxonomy: Taxonomy, finding: Finding) -> str:
    """Why a finding was not mended: "decide", "locked", "covered", or "" where it is no more."""
    if finding.rule in UNDECIDED:
        return "decide"
    if not finding.objects:
        return "locked"
    objects = [document.annotations.get(number) for number in finding.objects]
    if None in objects:
        return ""
    first = objects[0]
    concerned = objects if finding.rule == "pieces" else [first]
    if any(each is not None and is_locked(taxonomy, each) for each in concerned):
        return "locked"
    whole = first is not None and not (first.mask - finding.pixels)
    return "covered" if whole and not finding.whole else ""


REASONS: Final = {
    "decide": "Two classes claim one object: choose which of the two stays.",
    "locked": "It is locked, or what lies around it is. Unlock it to mend it.",
    "covered": "The object would lose all of its pixels. Raise it, or delete it.",
    "": "It is gone already.",
}
"""Why a finding was not mended → a sentence for who asked."""


def mended(
    document: Document, taxonomy: Taxonomy, limits: Limits, left: frozenset[str]
) -> tuple[Command | None, Tally]:
    """The step that mends all of an image but what was left; for a copy, on any thread."""
    made = mend_all(document, taxonomy, limits, spared=left)
    reasons = Counter(why_left(made.after, taxonomy, each) for each in made.left)
    reasons["came"] = reasons.pop("", 0)
    return made.command, Tally(len(made.done), reasons)
