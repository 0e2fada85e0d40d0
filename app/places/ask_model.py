"""What a model of the catalog says about an image, for places that only look."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.services import Services
from app.session import Session
from engine.models.answer import Answer
from engine.models.catalog import Entry
from engine.models.mapping import propose
from engine.store import ImageRow


def ask(
    services: Services, entry: Entry, image: ImageRow, done: Callable[[Answer | None, str], None]
) -> None:
    """Ask a model about an image; no proposal comes of it.

    Args:
        services: the running program.
        entry: the model.
        image: of the open project.
        done: called once, with the answer, or None and why there is none.
    """
    services.inference.preview(entry.folder, services.session.toning.picture(image), done)


def mapping_of(session: Session, entry: Entry) -> Mapping[int, int | str]:
    """Model class → project class: what the project keeps, else what the names propose."""
    kept = session.project.mapping(entry.id) if session.project else None
    return kept if kept is not None else propose(entry.card, session.taxonomy)
