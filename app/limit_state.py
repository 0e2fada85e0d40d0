"""The limits in force, and whether a held key lifts them; one for the window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.state import Limits
from engine.document.document import Changed
from engine.document.taxonomy import BACKGROUND, UNLABELLED

if TYPE_CHECKING:
    from app.session import Session


class LimitState(QObject):
    """What tools may touch now. Limits that have lost what they speak of go by themselves.

    Signals:
        changed: the limits, or whether they are lifted.

    Attributes:
        now: the limits that are set, lifted or not.
        lifted: a key is held that lets tools paint anyway.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.now = Limits()
        self.lifted = False
        self._session = session
        session.project_changed.connect(lambda: self._take(Limits()))
        session.image_changed.connect(self._keep_alive)
        session.document_changed.connect(self._on_document)
        session.taxonomy_changed.connect(self._on_taxonomy)

    def set(self, **fields: Any) -> None:
        """Change some of the limits; see ``app.state.Limits``."""
        self._take(replace(self.now, **fields))

    def lift(self, on: bool) -> None:
        """A key that lifts the limits went down, or up."""
        if on != self.lifted:
            self.lifted = on
            self.changed.emit()

    def _take(self, limits: Limits) -> None:
        if limits != self.now:
            self.now = limits
            self.changed.emit()

    def _on_document(self, change: Changed) -> None:
        """Objects that were deleted, merged or undone cannot be stayed inside of."""
        within = self.now.within
        if within is not None and within.ids & set(change.objects):
            self._keep_alive()

    def _keep_alive(self) -> None:
        within, document = self.now.within, self._session.document
        if within is None:
            return
        alive = {each for each in within.ids if document is not None and document.find(each)}
        self.set(within=replace(within, ids=frozenset(alive)) if alive else None)

    def _on_taxonomy(self) -> None:
        known = {UNLABELLED, BACKGROUND, *(each.id for each in self._session.taxonomy.classes)}
        self.set(over=self.now.over & known)
