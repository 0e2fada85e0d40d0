"""Making one object of several."""

from collections.abc import Collection
from dataclasses import replace

from engine.document.annotation import PERSON
from engine.document.commands import Command, Replace
from engine.document.document import Document
from engine.document.painting import finish, now, top
from engine.document.targets import chosen, refuse_locked
from engine.document.taxonomy import Taxonomy
from engine.errors import EngineError


def merge(document: Document, ids: Collection[int], taxonomy: Taxonomy) -> Command | None:
    """The step that makes one object of several; the topmost accepted one gives its class and id.

    Raises:
        EngineError: fewer than two objects, one of them is locked, or one is a stuff proposal.
    """
    picked = chosen(document, ids)
    if len(picked) < 2:
        raise EngineError("Select two or more objects to merge.")
    kept = next((a for a in reversed(picked) if not a.proposal), picked[-1])
    return join(document, kept.id, ids, taxonomy, label=f"Merge {len(picked)} objects")


def join(
    document: Document,
    kept_id: int,
    ids: Collection[int],
    taxonomy: Taxonomy,
    *,
    label: str = "",
    seconds: float = 0.0,
) -> Command | None:
    """The step by which one object takes in others; it keeps its class, id and all else.

    Args:
        document: the image's annotations.
        kept_id: the object; a proposal is accepted.
        ids: the others; itself among them is no matter.
        taxonomy: the project's classes.
        label: what undo calls it.
        seconds: how long the gesture took.

    Raises:
        EngineError: one of them is locked, or a stuff proposal.
    """
    kept = document.find(kept_id)
    picked = chosen(document, {kept_id, *ids})
    if kept is None or len(picked) < 2:
        return None
    mask = kept.mask
    for annotation in picked:
        refuse_locked(taxonomy, annotation)
        if not taxonomy.is_thing(annotation.class_id):
            name = taxonomy.name(annotation.class_id)
            raise EngineError(f"“{name}” is painted as pixels and has no objects to merge.")
        mask |= annotation.mask
    merged = replace(
        kept,
        mask=mask,
        proposal=False,
        order=top(document) if kept.proposal else kept.order,
        modified=now(),
        seconds=seconds + sum(a.seconds for a in picked),
    )
    if kept.source != PERSON:
        merged = replace(merged, edited=True, added=kept.added + mask.area - kept.mask.area)
    label = label or f"Join {len(picked)} objects"
    return finish(document, [Replace(tuple(picked), (merged,), label)], label)
