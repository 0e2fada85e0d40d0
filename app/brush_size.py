"""The size of the brush: so many pixels of the image, or so many of the screen at any zoom."""

from app.session import Session
from app.tools.offered import ON_SCREEN
from app.tools.options import is_on

SCREEN_RADIUS = "screen_radius"
"""In ``Session.tool_options``: the radius on the screen, logical pixels."""

LEAST, MOST = 0.5, 2000.0
"""Radius in pixels, of the image as of the screen."""


def is_on_screen(session: Session) -> bool:
    """Whether the brush keeps its size on the screen."""
    return is_on(session.tool_options, ON_SCREEN)


def shown_radius(session: Session) -> float:
    """The radius that is set: image pixels, or logical pixels of the screen."""
    if is_on_screen(session):
        return float(session.tool_options.get(SCREEN_RADIUS, session.brush_radius))
    return session.brush_radius


def set_shown_radius(session: Session, radius: float) -> None:
    """Set it, held between its ends."""
    if is_on_screen(session):
        session.set_tool_option(SCREEN_RADIUS, min(MOST, max(LEAST, radius)))
    else:
        session.set_radius(radius)


def in_image(session: Session, device_scale: float) -> float:
    """Radius in image pixels.

    Args:
        session: what is set.
        device_scale: logical pixels of the screen per image pixel.
    """
    if not is_on_screen(session):
        return session.brush_radius
    return min(MOST, max(LEAST, shown_radius(session) / device_scale))


def keep_look(session: Session, device_scale: float, *, on_screen: bool) -> None:
    """The unit was changed: the ring on the screen stays as it is.

    Args:
        session: whose unit is the new one already.
        device_scale: logical pixels of the screen per image pixel.
        on_screen: the new unit.
    """
    if on_screen:
        set_shown_radius(session, session.brush_radius * device_scale)
    else:
        before = session.tool_options.get(SCREEN_RADIUS, session.brush_radius * device_scale)
        session.set_radius(float(before) / device_scale)
