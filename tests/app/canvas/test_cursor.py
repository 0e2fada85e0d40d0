import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas import cursor


def drawn(draw):
    """What a function paints on grey, (240, 240) of how far it differs from it."""
    image = QImage(240, 240, QImage.Format.Format_RGB32)
    image.fill(QColor(128, 128, 128))
    painter = QPainter(image)
    draw(painter)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(240, 240, 4)[..., 0]
    return rows.astype(int) - 128


def middle(picture):
    rows, columns = np.nonzero(picture)
    return (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2


@pytest.mark.parametrize("radius", [0.5, 3, 8.3, 40, 90])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("at", [(120, 120), (110.5, 99.5), (100.24, 100.76)])
def test_a_kept_ring_stands_where_it_belongs(radius, ratio, at, qapp):
    for _ in range(2):  # drawn, and copied
        kept = drawn(lambda painter: cursor.draw_ring(painter, *at, radius, ratio))
    x, y = round(at[0] * 2) / 2, round(at[1] * 2) / 2
    exact = drawn(lambda painter: cursor._ring(painter, x, y, round(radius * 8) / 8, ratio))
    assert np.abs(kept - exact).max() <= 4  # blended once instead of in turn
    assert kept.any()


def test_moving_by_a_pixel_moves_it_by_a_pixel(qapp):
    one = drawn(lambda painter: cursor.draw_ring(painter, 100.3, 90.6, 30, 1.0))
    other = drawn(lambda painter: cursor.draw_ring(painter, 101.3, 88.6, 30, 1.0))
    assert np.array_equal(one[2:, :-1], other[:-2, 1:])
    assert middle(one) == pytest.approx((100, 90), abs=1)


def test_all_of_it_lies_in_the_rectangle_that_is_repainted(qapp):
    for radius in (0.5, 12, 80):
        at = 120.4, 118.7
        rect = cursor.ring_rect(*at, radius, 2.0)
        picture = drawn(lambda painter, r=radius, at=at: cursor.draw_ring(painter, *at, r, 2.0))
        rows, columns = np.nonzero(picture)
        assert rect.left() <= columns.min()
        assert columns.max() <= rect.right()
        assert rect.top() <= rows.min()
        assert rows.max() <= rect.bottom()
