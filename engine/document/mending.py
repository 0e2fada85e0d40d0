"""The steps that repair what ``lint`` found."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from engine.document.annotation import Annotation
from engine.document.commands import Command, Replace
from engine.document.condensing import condensed, copied
from engine.document.deciding import in_place
from engine.document.document import Document
from engine.document.joining import join
from engine.document.lint import UNDECIDED, Finding, Limits, around, lint
from engine.document.painting import flip_layer, flip_object
from engine.document.targets import is_locked
from engine.document.taxonomy import Taxonomy
from engine.masks.components import components
from engine.masks.mask import Mask

_LABELS = {
    "hole": "Fill tiny holes",
    "island": "Remove islands",
    "sliver": "Remove slivers",
    "speck": "Remove specks",
    "duplicate": "Remove duplicates",
    "overlap": "Give shared pixels to the upper object",
    "pieces": "Join pieces of one object",
    "spot": "Clear spots",
}

_TURNS = 10
"""Looks at most; pieces join by twos, so that a thousand in a row are one after ten."""


class Mended(NamedTuple):
    """What mending does.

    Attributes:
        command: the one step; None where nothing can be done.
        done: findings it repairs.
        left: findings that stay: locked, wholly covered, for a person to decide, or gone already.
        after: the image's annotations after the step, in a document that nobody follows.
    """

    command: Command | None
    done: list[Finding]
    left: list[Finding]
    after: Document


def mend(document: Document, taxonomy: Taxonomy, findings: Iterable[Finding]) -> Mended:
    """The one step that repairs findings, each upon what those before it leave.

    The image keeps its status: it does not become less done by losing a speck.

    Args:
        document: the image's annotations; it is not changed.
        taxonomy: the project's classes.
        findings: of ``lint`` for this document.
    """
    trial = copied(document)
    steps: list[Command] = []
    done: list[Finding] = []
    left: list[Finding] = []
    for finding in findings:
        step = _step(trial, taxonomy, finding)
        if step is None:
            left.append(finding)
            continue
        step.apply(trial)
        steps.append(step)
        done.append(finding)
    return Mended(in_place(steps, _label(done)), done, left, trial)


def mend_all(
    document: Document,
    taxonomy: Taxonomy,
    limits: Limits,
    *,
    spared: Collection[str] = (),
    rules: Collection[str] | None = None,
) -> Mended:
    """The one step that repairs all that ``lint`` finds, and what is found after that.

    Repairs make faults: pieces of three are joined by twos, and what a shared strip is taken from
    may leave an island. So it looks again until nothing more can be repaired. What only a repair
    made so small that it counts as a speck is left: no object goes that was none before.

    Args:
        document: the image's annotations; it is not changed.
        taxonomy: the project's classes.
        limits: what counts as a fault.
        spared: keys of findings that a person left as they are.
        rules: those that are repaired; None for all.

    Returns:
        What was done; ``left`` is what is found at the end and was not spared.
    """
    about = {key.rpartition(":")[0] for key in spared}
    trial, steps, done = document, list[Command](), list[Finding]()
    for turn in range(_TURNS):
        # What was spared may have lost pixels to a repair beside it; it is spared all the same.
        found = [
            each
            for each in lint(trial, taxonomy, limits)
            if each.key not in spared and not (turn and each.about in about)
        ]
        chosen = (each for each in found if rules is None or each.rule in rules)
        made = mend(trial, taxonomy, [each for each in chosen if not turn or _gentle(each)])
        if made.command is None:
            break
        trial = made.after
        steps.append(made.command)
        done += made.done
    command = in_place(steps, _label(done))
    return Mended(command and condensed(document, command), done, found, trial)


def _gentle(finding: Finding) -> bool:
    """Whether repairing it takes no object away but into another."""
    return finding.rule == "pieces" or not finding.whole


def _label(done: Sequence[Finding]) -> str:
    rules = {each.rule for each in done}
    return _LABELS[rules.pop()] if len(rules) == 1 else f"Mend {len(done):,} faults"


def _step(document: Document, taxonomy: Taxonomy, finding: Finding) -> Command | None:
    if finding.rule in UNDECIDED:
        return None
    label = _LABELS[finding.rule]
    if finding.rule == "spot":
        return _cleared(document, taxonomy, finding, label)
    objects = [document.annotations.get(number) for number in finding.objects]
    if any(each is None for each in objects):  # a step before this one took it away
        return None
    present = [each for each in objects if each is not None]
    return _of_objects(document, taxonomy, finding, present, label)


def _of_objects(
    document: Document,
    taxonomy: Taxonomy,
    finding: Finding,
    objects: list[Annotation],
    label: str,
) -> Command | None:
    first, other = objects[0], objects[-1]
    changed = objects if finding.rule == "pieces" else objects[:1]
    if any(is_locked(taxonomy, each) for each in changed):
        return None
    if finding.rule == "pieces":
        return in_place([join(document, other.id, (first.id,), taxonomy, label=label)], label)
    if finding.whole:
        return Replace((first,), (), label)
    if finding.rule == "hole":
        return _flipped(document, first, finding.pixels - first.mask, label)
    lost = finding.pixels & first.mask & other.mask
    return None if lost.area == first.mask.area else _flipped(document, first, lost, label)


def _flipped(document: Document, each: Annotation, patch: Mask, label: str) -> Command | None:
    if not patch:
        return None
    return in_place([flip_object(document, each, patch, 0.0, label)], label)


def _cleared(
    document: Document, taxonomy: Taxonomy, finding: Finding, label: str
) -> Command | None:
    """The step by which each spot becomes what is around it."""
    locked = taxonomy.locked_ids
    layer, steps = document.layer, []
    for spot in components(finding.pixels):
        value = around(layer, spot)
        if value is None or value == finding.class_id or {value, finding.class_id} & set(locked):
            continue
        patch = layer.change_where(spot, {finding.class_id}, value)
        if patch:
            steps.append(flip_layer(layer, patch, label))
            layer = layer.flip(patch)
    return in_place(steps, label)
