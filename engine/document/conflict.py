"""What two people made differently of one image, until somebody picks a side.

A conflict says what the other copy has; what is here lies in the document, where it stays until
theirs is taken. Picking a side is one step, also where it changes nothing, so that undo opens the
conflict again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import msgspec

from engine.document import payload
from engine.document.annotation import Annotation
from engine.document.commands import Command, FlipPixels, Replace, SetStatus, Several
from engine.document.document import Document, Status
from engine.document.painting import flip_layer
from engine.document.taxonomy import Taxonomy
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.mask import Mask

Kind = Literal["pixels", "class", "gone_here", "gone_there", "twice", "area"]
Side = Literal["mine", "theirs", "both"]

LABELS: Final[dict[Side, str]] = {
    "mine": "Keep mine",
    "theirs": "Take theirs",
    "both": "Keep both",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One disagreement.

    Attributes:
        kind: "pixels": an object was changed at the same place on both sides. "class": it was
            given two classes. "gone_here", "gone_there": one side changed it, the other took it
            away. "twice": both drew it anew. "area": painted with two classes.
        annotation: number of the object here; 0 where there is none.
        theirs: the object as they have it; None where they have none.
        patch: pixels at stake.
        mine_class, theirs_class: what they are on either side.
    """

    kind: Kind
    annotation: int = 0
    theirs: Annotation | None = None
    patch: Mask = Mask.EMPTY
    mine_class: int = 0
    theirs_class: int = 0

    @property
    def sides(self) -> tuple[Side, ...]:
        """What can be picked."""
        return ("mine", "theirs", "both") if self.kind == "twice" else ("mine", "theirs")


def settle(document: Document, conflict: Conflict, side: Side, taxonomy: Taxonomy) -> Command:
    """The step that picks a side; it may change nothing.

    Args:
        document: the image's annotations, which may have changed since the merge.
        conflict: what it is about.
        side: one of ``conflict.sides``.
        taxonomy: the project's classes; one that was deleted has to be brought back with the step.

    Raises:
        EngineError: the project never had their class, or there is no such side here.
    """
    if side not in conflict.sides:
        raise EngineError("Here one side has to be picked: mine or theirs.")
    label = LABELS[side]
    steps = [] if side == "mine" else list(_taken(document, conflict, side, taxonomy, label))
    if steps and document.status is Status.DONE:
        steps.append(SetStatus(Status.DONE, Status.CORRECTED, label))
    return Several(tuple(steps), label)


def _taken(
    document: Document, conflict: Conflict, side: Side, taxonomy: Taxonomy, label: str
) -> Iterator[Command]:
    if conflict.theirs_class > 1 and taxonomy.get(conflict.theirs_class) is None:
        name = taxonomy.name(conflict.theirs_class)
        raise EngineError(f"“{name}” is not in the project any more. Keep mine.")
    if conflict.kind == "area":
        patch = document.layer.change(conflict.patch, conflict.theirs_class)
        if patch:
            yield flip_layer(document.layer, patch, label)
        return
    now, theirs = document.find(conflict.annotation), conflict.theirs
    if theirs is None:
        if now is not None:
            yield Replace((now,), (), label)
        return
    if now is None or conflict.kind in ("gone_here", "twice"):
        yield from _put(document, theirs, None if side == "both" else now, label)
    elif conflict.kind == "class":
        yield Replace(
            (now,), (replace(now, class_id=theirs.class_id, person=theirs.person),), label
        )
    else:
        wanted = (now.mask - conflict.patch) | (theirs.mask & conflict.patch)
        flip = now.mask ^ wanted
        if flip:
            yield FlipPixels(now.id, flip, label)


def _put(
    document: Document, theirs: Annotation, instead: Annotation | None, label: str
) -> Iterator[Command]:
    """Their object, in the place of another one or beside what is there."""
    there = document.find(theirs.id)
    before = {each.id: each for each in (instead, there) if each is not None}
    yield Replace(tuple(before.values()), (theirs,), label)


# -- as bytes --------------------------------------------------------------------------------------


class _Record(msgspec.Struct, array_like=True, frozen=True):
    kind: Kind
    annotation: int
    theirs: bytes
    patch: bytes
    mine_class: int
    theirs_class: int


def encode(conflict: Conflict) -> bytes:
    """For the project file."""
    theirs = () if conflict.theirs is None else (conflict.theirs,)
    record = _Record(
        conflict.kind,
        conflict.annotation,
        payload.encode_replace((), theirs),
        codec.to_bytes(conflict.patch),
        conflict.mine_class,
        conflict.theirs_class,
    )
    return b"\x01" + msgspec.msgpack.encode(record)


def decode(data: bytes, size: tuple[int, int]) -> Conflict:
    """Read back what ``encode`` wrote, of an image of ``size`` (height, width).

    Raises:
        EngineError: it is of a newer version, or damaged.
    """
    if data[:1] != b"\x01":
        raise EngineError("This conflict was written by a newer Maskwright; update to see it.")
    try:
        read = msgspec.msgpack.decode(memoryview(data)[1:], type=_Record)
    except (msgspec.MsgspecError, ValueError) as problem:
        raise EngineError(
            "A conflict cannot be read back: its record in the project is damaged."
        ) from problem
    _, theirs = payload.decode_replace(read.theirs, size)
    return Conflict(
        kind=read.kind,
        annotation=read.annotation,
        theirs=theirs[0] if theirs else None,
        patch=codec.from_bytes(read.patch, size),
        mine_class=read.mine_class,
        theirs_class=read.theirs_class,
    )
