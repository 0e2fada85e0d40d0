"""Says when a model is asked with another tone than the images show, and offers to show them so."""

from __future__ import annotations

from app.services import Services
from app.state import Banner
from engine.errors import EngineError
from engine.images.tone import Tone
from engine.models.card import Card
from engine.models.learned import tone_remark

KEY = "tone"


class ToneWatch:
    """Never silently different: the banner stands while the model in use learned otherwise."""

    def __init__(self, services: Services) -> None:
        self._services, self._session = services, services.session
        self._said = ""
        self._card: Card | None = None
        session = services.session
        session.model_changed.connect(self._look)
        session.image_changed.connect(self._look)
        session.toning.changed.connect(self._look)

    def _look(self) -> None:
        session = self._session
        words, learned = "", None
        if session.image is not None and session.model.id and not session.toning.own:
            words, learned = self._found(session.model.id)
        if words == self._said:
            return
        self._said = words
        if words and learned is not None:
            tone = learned
            session.raise_banner(
                Banner(KEY, words, "info", "Show as it learned", lambda: session.toning.set(tone))
            )
        else:
            session.drop_banner(KEY)

    def _found(self, model: str) -> tuple[str, Tone | None]:
        if self._card is None or self._card.id != model:  # cards never change
            try:
                self._card = self._services.catalog.get(model).card
            except EngineError:
                return "", None  # the model is gone; nobody is asked
        return tone_remark(self._card, self._session.toning.tone), self._card.learned_tone
