"""What a panel is given: the session and the services behind it, built once at start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from app.actions import Actions
    from app.inference import Inference
    from app.jobs import JobCenter
    from app.session import Session
    from app.settings import Settings
    from app.thumbnails import Thumbnails
    from engine.models.catalog import Catalog


class Services(QObject):
    """The composition root's parts; a panel takes what it needs and keeps nothing else."""

    model_chosen = Signal(str)  # a place asks that this model answer from now on

    def __init__(
        self,
        session: Session,
        settings: Settings,
        actions: Actions,
        thumbnails: Thumbnails,
        jobs: JobCenter,
        inference: Inference,
        catalog: Catalog,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.settings = settings
        self.actions = actions
        self.thumbnails = thumbnails
        self.jobs = jobs
        self.inference = inference
        self.catalog = catalog

    def use_model(self, model_id: str) -> None:
        """Switch to a model of the catalog, newer or older; the one road to it from panels."""
        self.model_chosen.emit(model_id)
