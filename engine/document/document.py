"""The annotations of one image: what is true, and who is told when it changes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.masks.box import Box, contains, union
from engine.masks.class_map import ClassMap, IndexPatch
from engine.masks.mask import Mask

Annotations = Mapping[int, Annotation]

SEEN: Final = ("class_id", "order", "proposal", "crowd", "locked", "hidden", "doubtful", "score")
"""Attributes whose change is visible on the picture."""


class Status(StrEnum):
    """How far an image is."""

    NEW = "new"
    PROPOSED = "proposed"
    CORRECTED = "corrected"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change touched, so that views redraw that and no more.

    Attributes:
        box: pixels to draw again; None where no pixel looks different.
        objects: ids of annotations and proposals that are new, gone or different.
        what: any of "pixels", "objects", "layer", "proposals", "status", "attributes".
    """

    box: Box | None = None
    objects: frozenset[int] = frozenset()
    what: frozenset[str] = frozenset()

    def __or__(self, other: "Changed") -> "Changed":
        """Both changes as one."""
        return _sum((self, other))


class State(NamedTuple):
    """Everything a document holds, as a value; safe to read on any thread."""

    annotations: Annotations
    proposals: Annotations
    layer: ClassMap
    status: Status


class Document:
    """The accepted annotations, the proposals and the class map of one image.

    Only commands and ``set_proposals`` change it. What it holds is immutable, so ``state`` is a
    snapshot that costs nothing.

    Attributes:
        image_id: number of the image in its project.
        size: (height, width) of the oriented image.
        subscribers: called with ``Changed`` after each change is complete.
        new_ids: answers with that many annotation ids nobody has had.
    """

    def __init__(
        self,
        image_id: int,
        size: tuple[int, int],
        *,
        annotations: Iterable[Annotation] = (),
        layer: ClassMap | None = None,
        status: Status = Status.NEW,
        new_ids: Callable[[int], range] | None = None,
    ) -> None:
        """Hold ``annotations``, proposals among them by their flag."""
        everything = list(annotations)
        self.image_id = image_id
        self.size = size
        self.subscribers: list[Callable[[Changed], None]] = []
        self.new_ids = new_ids or _Counter(max((a.id for a in everything), default=0))
        self._state = State(
            MappingProxyType({a.id: a for a in everything if not a.proposal}),
            MappingProxyType({a.id: a for a in everything if a.proposal}),
            layer if layer is not None else ClassMap(size),
            status,
        )
        self._ordered: list[Annotation] | None = None
        self._pending: Changed | None = None

    # -- reading -----------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """A snapshot of everything."""
        return self._state

    @property
    def annotations(self) -> Annotations:
        """Accepted objects by id."""
        return self._state.annotations

    @property
    def proposals(self) -> Annotations:
        """What a model proposed and nobody has accepted, by id."""
        return self._state.proposals

    @property
    def layer(self) -> ClassMap:
        """The class of each pixel, for stuff classes."""
        return self._state.layer

    @property
    def status(self) -> Status:
        """How far the image is."""
        return self._state.status

    @property
    def box(self) -> Box:
        """All pixels of the image."""
        return (0, 0, self.size[1], self.size[0])

    def find(self, annotation_id: int) -> Annotation | None:
        """The accepted object or proposal of that id."""
        return self.annotations.get(annotation_id) or self.proposals.get(annotation_id)

    def ordered(self) -> list[Annotation]:
        """Accepted objects from the bottom of the stack to its top."""
        if self._ordered is None:
            self._ordered = sorted(self.annotations.values(), key=height)
        return list(self._ordered)

    def at(self, x: int, y: int, *, hidden: bool = False) -> list[Annotation]:
        """Objects and proposals that hold the pixel in column ``x``, row ``y``, topmost first.

        Proposals lie above accepted objects. Hidden ones are left out unless asked for.
        """
        stack = [*self.ordered(), *sorted(self.proposals.values(), key=height)]
        return [a for a in reversed(stack) if (hidden or not a.hidden) and a.mask.at(x, y)]

    def class_areas(self) -> dict[int, int]:
        """Pixels per class: of the class map, and of accepted objects (each counted whole)."""
        areas = dict(self.layer.areas())
        for annotation in self.annotations.values():
            areas[annotation.class_id] = areas.get(annotation.class_id, 0) + annotation.mask.area
        return areas

    # -- changing, by commands only ----------------------------------------------------------

    @contextmanager
    def change(self) -> Iterator[None]:
        """Hold back the news until the outermost block ends; an error inside undoes everything."""
        if self._pending is not None:
            yield
            return
        before, self._pending = self._state, Changed()
        try:
            yield
        except BaseException:
            self._state, self._ordered, self._pending = before, None, None
            raise
        news, self._pending = self._pending, None
        if news.what:
            for subscriber in tuple(self.subscribers):
                subscriber(news)

    def flip_mask(self, annotation_id: int, patch: Mask) -> None:
        """Turn over the pixels of ``patch`` in the mask of an object or proposal.

        Raises:
            EngineError: there is no such object, or the patch leaves the image.
        """
        annotation = self._known(annotation_id)
        self._inside(patch.box)
        flipped = replace(annotation, mask=annotation.mask ^ patch)
        what = {"pixels", "proposals"} if annotation.proposal else {"pixels"}
        self._set(
            {annotation_id: flipped}, (), Changed(_box(patch), _ids(annotation_id), _what(what))
        )

    def flip_layer(self, patch: IndexPatch) -> None:
        """Turn over the class map by ``patch``.

        Raises:
            EngineError: the patch leaves the image.
        """
        if patch:
            self._inside(patch.box)
            try:
                layer = self.layer.flip(patch)
            except ValueError as problem:
                raise EngineError(
                    "This step does not fit the image; it was not taken."
                ) from problem
            self._take(self._state._replace(layer=layer), Changed(patch.box, what=_what({"layer"})))

    def replace(self, before: Iterable[Annotation], after: Iterable[Annotation]) -> None:
        """Put ``after`` in the place of ``before``.

        Where the two sides of one id hold the same mask object, the pixels stay what they are
        now and only attributes change.

        Raises:
            EngineError: something to replace is not there, or something new already is.
        """
        old, new = {a.id: a for a in before}, {a.id: a for a in after}
        news: list[Changed] = []
        for key in old:
            self._known(key)
        for key, annotation in new.items():
            now = self.find(key)
            if now is not None and key not in old:
                raise EngineError("This object is already in the image; the step was not taken.")
            self._inside(annotation.mask.box)
            if now is not None and old[key].mask is annotation.mask:
                new[key] = replace(annotation, mask=now.mask)
            news.append(_difference(now, new[key]))
        gone = [self._known(key) for key in old if key not in new]
        news += [_difference(annotation, None) for annotation in gone]
        self._set(new, [annotation.id for annotation in gone], _sum(news))

    def set_status(self, status: Status) -> None:
        """Say how far the image is; new and proposed are told apart by whether proposals wait."""
        self._take(self._state._replace(status=status), Changed())

    def set_proposals(self, proposals: Iterable[Annotation]) -> None:
        """Put ``proposals`` in the place of those not yet accepted; not a step of the history.

        Use ``engine.document.proposals.set_proposals``, which leaves out what is known already.

        Raises:
            EngineError: one of them leaves the image.
        """
        fresh = {p.id: p if p.proposal else replace(p, proposal=True) for p in proposals}
        for proposal in fresh.values():
            self._inside(proposal.mask.box)
            if proposal.id in self.annotations:
                raise EngineError("A proposal has the number of an accepted object: not taken.")
        news = [Changed(what=_what({"proposals"}))]
        for key in {**self.proposals, **fresh}:
            news.append(_difference(self.proposals.get(key), fresh.get(key)))
        self._take(self._state._replace(proposals=MappingProxyType(fresh)), _sum(news))

    def take_in(
        self,
        annotations: Iterable[Annotation] = (),
        layer: ClassMap | None = None,
        status: Status | None = None,
    ) -> None:
        """Add annotations and proposals with new ids, and take over a class map and a status.

        For imports, which are no step of the history.

        Raises:
            EngineError: an id is in use already, or something leaves the image.
        """
        with self.change():
            self.replace((), annotations)
            if layer is not None and layer is not self.layer:
                if layer.size != self.size:
                    raise EngineError("The class map has another size than the image: not taken.")
                news = Changed(self.box, what=_what({"layer"}))
                self._take(self._state._replace(layer=layer), news)
            self.set_status(self.status if status is None else status)

    def _known(self, annotation_id: int) -> Annotation:
        found = self.find(annotation_id)
        if found is None:
            raise EngineError(
                "The object this step belongs to is no longer in the image; "
                "a newer prediction may have replaced it."
            )
        return found

    def _inside(self, box: Box) -> None:
        if not contains(self.box, box):
            raise EngineError("This step reaches beyond the edge of the image; it was not taken.")

    def _set(self, new: Mapping[int, Annotation], gone: Iterable[int], news: Changed) -> None:
        accepted, proposed = dict(self.annotations), dict(self.proposals)
        for key in gone:
            accepted.pop(key, None)
            proposed.pop(key, None)
        for key, annotation in new.items():
            into, other = (proposed, accepted) if annotation.proposal else (accepted, proposed)
            other.pop(key, None)
            into[key] = annotation
        state = self._state._replace(
            annotations=MappingProxyType(accepted), proposals=MappingProxyType(proposed)
        )
        self._take(state, news)

    def _take(self, state: State, news: Changed) -> None:
        if state.status in (Status.NEW, Status.PROPOSED):
            state = state._replace(status=Status.PROPOSED if state.proposals else Status.NEW)
        if state.status != self.status:
            news |= Changed(what=_what({"status"}))
        with self.change():
            self._state, self._ordered = state, None
            self._pending = (self._pending or Changed()) | news


def height(annotation: Annotation) -> tuple[int, int]:
    """The key that sorts a stack from its bottom to its top."""
    return annotation.order, annotation.id


def _ids(*ids: int) -> frozenset[int]:
    return frozenset(ids)


def _what(what: Iterable[str]) -> frozenset[str]:
    return frozenset(what)


def _box(mask: Mask) -> Box | None:
    return mask.box if mask else None


def _difference(before: Annotation | None, after: Annotation | None) -> Changed:
    """What a view has to know about one object having become another."""
    if before is after:
        return Changed()
    sides = [side for side in (before, after) if side is not None]
    what = {"proposals"} if any(side.proposal for side in sides) else set()
    ids = _ids(*(side.id for side in sides))
    if before is None or after is None:
        only = sides[0]
        return Changed(_box(only.mask), ids, _what(what | {"objects"}))
    moved = before.mask is not after.mask
    if before.proposal != after.proposal:
        what |= {"objects"}
    what |= {"attributes"} | ({"pixels"} if moved else set())
    if not moved and all(getattr(before, name) == getattr(after, name) for name in SEEN):
        return Changed(None, ids, _what(what))
    area = union(before.mask.box, after.mask.box)
    return Changed(area if area != (0, 0, 0, 0) else None, ids, _what(what))


def _sum(news: Iterable[Changed]) -> Changed:
    """Many changes as one, in time linear in their number."""
    box: Box | None = None
    objects: set[int] = set()
    what: set[str] = set()
    for one in news:
        if one.box is not None:
            box = one.box if box is None else union(box, one.box)
        objects |= one.objects
        what |= one.what
    return Changed(box, frozenset(objects), frozenset(what))


class _Counter:
    """Ids for a document that belongs to no project."""

    def __init__(self, last: int) -> None:
        self.last = last

    def __call__(self, count: int) -> range:
        ids = range(self.last + 1, self.last + 1 + count)
        self.last += count
        return ids
