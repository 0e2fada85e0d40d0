"""Many images of a project at once: filled by imports, and looked through."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.masks.class_map import ClassMap
from engine.store.documents import Documents
from engine.store.many import layers, mixed_layers
from engine.store.store import Store


class ProjectMany:
    """Part of ``Project``."""

    _store: Store
    _documents: Documents

    def find_blank(self, ids: Collection[int]) -> None:
        """Look which of some images hold nothing; ``add_to_new`` works for these, and no others."""
        self._documents.blank(ids)

    @property
    def behind(self) -> int:
        """Transactions that wait to be written."""
        return 0 if self._store.writer is None else self._store.writer.waiting

    def add_to_new(
        self,
        image_id: int,
        annotations: Sequence[Annotation],
        stored: Sequence[bytes],
        layer: ClassMap,
        status: Status,
    ) -> bool:
        """As ``add_annotations`` for an image that ``find_blank`` found to hold nothing; quicker.

        Args:
            image_id: the image.
            annotations: accepted objects; a mask that is no tiled one may be any.
            stored: the mask of each by ``codec.to_bytes``, in the image and not empty.
            layer: the class map.
            status: how far it is.

        Returns:
            False when it is blank no more, or somebody has it open, so that nothing was done.

        Raises:
            EngineError: the project can only be read.
        """
        return self._documents.take_in_new(image_id, annotations, stored, layer, status)

    def mixed_layers(self, sizes: Mapping[int, tuple[int, int]]) -> set[int]:
        """Of images with these (height, width), those whose class map may leave pixels unlabelled.

        Left out are those that are known to have a class, or background, everywhere.
        """
        return mixed_layers(self._store, sizes)

    def iter_layers(self, ids: Sequence[int]) -> Iterator[tuple[int, ClassMap]]:
        """The class maps of images one after another, from one snapshot of the file."""
        return layers(self._store, ids, self._documents.size_of)
