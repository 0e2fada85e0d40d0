"""What a measured model gets wrong on images: asked once each, compared in the background."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.canvas.loader import Loader
from app.places import error_map
from app.places.ask_model import ask, mapping_of
from app.places.error_map import ErrorMap
from app.services import Services
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.models.answer import Answer
from engine.models.catalog import Entry

KEPT = 24
"""Images whose errors are remembered."""

Key = tuple[str, int, frozenset[tuple[int, int | str]]]
"""Model id, image id, what the model's classes become."""


class ImageErrors(QObject):
    """Errors of the open image under one model. Only the newest wish is answered."""

    ready = Signal(int)  # image id: `get` has its errors now
    failed = Signal(int, str)  # image id, sentence

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._maps: dict[Key, ErrorMap] = {}
        self._predicted: dict[Key, dict[int, Mask]] = {}
        self._version = 0  # counts changes of masks: a comparison with older ones is dropped
        self._asked: Key | None = None
        self._loader = Loader(self, threads=1)
        self._loader.arrived.connect(self._on_computed)

    def get(self, entry: Entry) -> ErrorMap | None:
        """Errors of the open image under a model; None while they are being found out."""
        image = self._services.session.image
        if image is None:
            return None
        mapping = mapping_of(self._services.session, entry)
        key = (entry.id, image.id, frozenset(mapping.items()))
        known = self._maps.get(key)
        if known is not None or key == self._asked:
            return known
        self._asked = key
        if key in self._predicted:
            self._compare(key)
        else:

            def done(answer: Answer | None, why: str) -> None:
                self._on_answer(key, answer, why)

            ask(self._services, entry, image, done)
        return None

    def forget(self, image_id: int | None = None) -> None:
        """The masks of an image changed, or (None) everything did."""
        self._version += 1
        if image_id is None:
            self._maps.clear()
            self._predicted.clear()
            self._asked = None
        else:
            self._maps = {k: found for k, found in self._maps.items() if k[1] != image_id}

    def close(self) -> None:
        """Stop the thread."""
        self._loader.close()

    def _on_answer(self, key: Key, answer: Answer | None, why: str) -> None:
        if key != self._asked:
            return  # another image is shown by now
        if answer is None:
            self._asked = None
            self.failed.emit(key[1], why)
            return
        self._predicted[key] = error_map.masks_by_class(answer, dict(key[2]))
        while len(self._predicted) > KEPT:
            self._predicted.pop(next(iter(self._predicted)))
        self._compare(key)

    def _compare(self, key: Key) -> None:
        session, predicted = self._services.session, self._predicted[key]
        if session.document is None or session.image is None or session.image.id != key[1]:
            self._asked = None
            return
        state = session.document.state
        self._loader.ask((key, self._version), lambda: error_map.error_map(state, predicted))

    def _on_computed(self, asked: tuple[Key, int], found: ErrorMap | EngineError) -> None:
        key, version = asked
        if self._asked == key:
            self._asked = None
        if version != self._version:
            self.ready.emit(key[1])  # the masks changed meanwhile: it is asked for again
            return
        if isinstance(found, EngineError):
            self.failed.emit(key[1], str(found))
            return
        self._maps[key] = found
        while len(self._maps) > KEPT:
            self._maps.pop(next(iter(self._maps)))
        self.ready.emit(key[1])
