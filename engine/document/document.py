"""The annotations of one image: what is true, and who is told when it changes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from engine.document.annotation import Annotation
from engine.document.changes import (
    Annotations,
    Changed,
    State,
    Status,
    box_of,
    difference,
    height,
    ids,
    names,
    summed,
)
from engine.document.lately import Lately
from engine.errors import EngineError
from engine.masks.box import Box, contains
from engine.masks.class_map import ClassMap, IndexPatch
from engine.masks.mask import Mask

__all__ = ["Annotations", "Changed", "Document", "State", "Status", "height"]


class Document:
    """The accepted annotations, the proposals and the class map of one image.

    Only commands and ``set_proposals`` change it. What it holds is immutable, so ``state`` is a
    snapshot that costs nothing.

    Attributes:
        image_id: number of the image in its project.
        size: (height, width) of the oriented image.
        subscribers: called with ``Changed`` after each change is complete.
        new_ids: answers with that many annotation ids nobody has had.
        person: name of who works on it now; empty where that is not said.
        credit: whose work is brought in, while nobody is said to work on it; for the journal alone.
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
        self.person = self.credit = ""
        self.new_ids = new_ids or _Counter(max((a.id for a in everything), default=0))
        self._state = State(
            MappingProxyType({a.id: a for a in everything if not a.proposal}),
            MappingProxyType({a.id: a for a in everything if a.proposal}),
            layer if layer is not None else ClassMap(size),
            status,
        )
        self._ordered: list[Annotation] | None = None
        self._pending: Changed | None = None
        self._masks: Lately[Mask, Mask] = Lately()
        self._layers: Lately[ClassMap, IndexPatch] = Lately()

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
        mask = self._masks.flipped(annotation.mask, patch, Mask.__xor__)
        flipped = replace(annotation, mask=mask)
        what = {"pixels", "proposals"} if annotation.proposal else {"pixels"}
        self._set(
            {annotation_id: flipped}, (), Changed(box_of(patch), ids(annotation_id), names(what))
        )

    def flip_layer(self, patch: IndexPatch) -> None:
        """Turn over the class map by ``patch``.

        Raises:
            EngineError: the patch leaves the image.
        """
        if patch:
            self._inside(patch.box)
            try:
                layer = self._layers.flipped(self.layer, patch, ClassMap.flip)
            except ValueError as problem:
                raise EngineError(
                    "This step does not fit the image; it was not taken."
                ) from problem
            self._take(self._state._replace(layer=layer), Changed(patch.box, what=names({"layer"})))

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
            if now is not None and old[key].mask is annotation.mask is not now.mask:
                new[key] = replace(annotation, mask=now.mask)
            news.append(difference(now, new[key]))
        gone = [self._known(key) for key in old if key not in new]
        news += [difference(annotation, None) for annotation in gone]
        self._set(new, [annotation.id for annotation in gone], summed(news))

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
        news = [Changed(what=names({"proposals"}))]
        for key in {**self.proposals, **fresh}:
            news.append(difference(self.proposals.get(key), fresh.get(key)))
        self._take(self._state._replace(proposals=MappingProxyType(fresh)), summed(news))

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
                news = Changed(self.box, what=names({"layer"}))
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
            news |= Changed(what=names({"status"}))
        with self.change():
            self._state, self._ordered = state, None
            self._pending = (self._pending or Changed()) | news


class _Counter:
    """Ids for a document that belongs to no project."""

    def __init__(self, last: int) -> None:
        self.last = last

    def __call__(self, count: int) -> range:
        ids = range(self.last + 1, self.last + 1 + count)
        self.last += count
        return ids
