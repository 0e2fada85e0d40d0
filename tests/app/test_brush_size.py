import pytest

from app import brush_size
from app.session import Session
from app.tools.offered import ON_SCREEN


@pytest.fixture
def session(qapp):
    made = Session()
    made.set_radius(12)
    return made


def on_screen(session, on=True):
    session.set_tool_option(ON_SCREEN.name, on)


def test_in_the_image_zoom_does_not_matter(session):
    assert brush_size.shown_radius(session) == 12
    assert [brush_size.in_image(session, scale) for scale in (0.1, 1, 7)] == [12, 12, 12]
    brush_size.set_shown_radius(session, 30)
    assert session.brush_radius == 30


def test_on_the_screen_it_is_divided_by_the_zoom(session):
    on_screen(session)
    brush_size.set_shown_radius(session, 20)
    assert [brush_size.in_image(session, scale) for scale in (0.5, 1, 4)] == [40, 20, 5]
    assert session.brush_radius == 12  # that of the image is kept for later


def test_it_is_held_between_its_ends(session):
    on_screen(session)
    brush_size.set_shown_radius(session, 1e6)
    assert brush_size.shown_radius(session) == brush_size.MOST
    assert brush_size.in_image(session, 0.001) == brush_size.MOST
    brush_size.set_shown_radius(session, 0)
    assert brush_size.in_image(session, 64) == brush_size.LEAST


@pytest.mark.parametrize("scale", [0.25, 1, 3])
def test_changing_the_unit_keeps_the_look(session, scale):
    on_screen(session)
    brush_size.keep_look(session, scale, on_screen=True)
    assert brush_size.in_image(session, scale) == pytest.approx(12)
    on_screen(session, False)
    brush_size.keep_look(session, 2 * scale, on_screen=False)
    assert brush_size.in_image(session, 2 * scale) == pytest.approx(6)
