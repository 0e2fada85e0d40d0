"""What a finding of the linter is about, and what mending does, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.places.figures import counted
from engine.document.lint import RULES, Finding

if TYPE_CHECKING:
    from engine.document.document import Document
    from engine.document.taxonomy import Taxonomy


def about(finding: Finding, taxonomy: Taxonomy, document: Document) -> str:
    """Classes and numbers: "person #3 and #5", "cell #1 and nucleus #2", "area of tissue"."""
    if not finding.objects:
        return f"area of {taxonomy.name(finding.class_id)}"
    said, before = [], None
    for number in finding.objects:
        each = document.annotations.get(number)
        class_id = finding.class_id if each is None else each.class_id
        name = f"{taxonomy.name(class_id)} " if class_id != before else ""
        said.append(f"{name}#{number}")
        before = class_id
    return " and ".join(said)


def mending(finding: Finding) -> str:
    """What mending a finding would do, as a sentence."""
    it = "it" if finding.count == 1 else "them"
    lower = f"#{finding.objects[0]}" if finding.objects else ""
    upper = f"#{finding.objects[1]}" if len(finding.objects) > 1 else ""
    match finding.rule:
        case "hole":
            return f"Mending fills {it}."
        case "spot":
            return f"Mending gives {it} to what lies around."
        case "overlap":
            return f"Mending gives the shared pixels to {upper}, which lies above {lower}."
        case "pieces":
            return f"Mending joins them: {upper} takes in {lower}."
        case "duplicate":
            return f"Mending deletes {lower} and keeps {upper}."
        case "clash":
            return "One of the two classes is right: choose which object stays."
    if finding.whole:
        return f"Mending deletes {lower}."
    return f"Mending takes {it} off {lower}."


def by_rule(counts: Mapping[str, int]) -> str:
    """Findings by kind: "Tiny holes 12 · Islands 3"."""
    return " · ".join(f"{RULES[rule]} {counts[rule]:,}" for rule in RULES if counts.get(rule))


def mended_words(done: int, left: Mapping[str, int]) -> str:
    """What mending did, and what it left and why.

    Args:
        done: findings that were mended.
        left: reason → findings; see ``app.lint_mending``.
    """
    said = [f"{counted(done, 'fault')} mended." if done else "Nothing was mended."]
    if left.get("locked"):
        said.append(f"{left['locked']:,} locked and left.")
    if left.get("covered"):
        one = left["covered"] == 1
        said.append(
            f"{left['covered']:,} left where an object would lose all of its pixels: raise or "
            f"delete {'it' if one else 'them'}."
        )
    if left.get("came"):
        said.append(f"{left['came']:,} that came of mending left for you to look at.")
    if left.get("decide"):
        said.append(f"{left['decide']:,} left for you to decide.")
    return " ".join(said)
