"""What a panel is given: the session and the services behind it, built once at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.actions import Actions
    from app.inference import Inference
    from app.jobs import JobCenter
    from app.session import Session
    from app.settings import Settings
    from app.thumbnails import Thumbnails
    from engine.models.catalog import Catalog


@dataclass(slots=True)
class Services:
    """The composition root's parts; a panel takes what it needs and keeps nothing else."""

    session: Session
    settings: Settings
    actions: Actions
    thumbnails: Thumbnails
    jobs: JobCenter
    inference: Inference
    catalog: Catalog
