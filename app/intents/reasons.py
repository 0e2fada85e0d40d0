"""Why an action cannot run now, in the sentences that many actions share; "" where it can."""

from app.session import Session

NO_IMAGE = "Open an image first."
NO_PROJECT = "Open a folder or a project first."
NOTHING_CHOSEN = (
    "Select an object first: {tool.select}, then click it, or {object.next} for the next one."
)


def no_image(session: Session) -> str:
    """It needs an open image."""
    return "" if session.image else NO_IMAGE


def no_project(session: Session) -> str:
    """It needs an open project."""
    return "" if session.project else NO_PROJECT


def cannot_write(session: Session) -> str:
    """It changes the project."""
    return session.project.owner if session.project else NO_PROJECT


def cannot_edit(session: Session) -> str:
    """It changes the open image."""
    return cannot_write(session) if session.image else NO_IMAGE


def nothing_chosen(session: Session) -> str:
    """It needs selected objects."""
    if session.image is None:
        return NO_IMAGE
    return "" if session.selection else NOTHING_CHOSEN


def classes_locked(session: Session) -> str:
    """It changes the class list."""
    if session.project is None:
        return NO_PROJECT
    lock = session.taxonomy.lock
    return "" if lock is None else f"{lock.words}. {{class.lock}} unlocks them."
