import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.camera import Camera
from app.canvas.colors import Look
from app.canvas.line_styles import style_of, table
from app.canvas.lines_layer import Line, draw, reach, sample
from app.canvas.outline_paths import dashed, dashes_of, smooth, to_path
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.app.canvas.harness import annotation

SIZE = (400, 600)
FRAME = (0, 0, 600, 400)
BLUE = Look(0x2070EF, 0.34)


def drawn(line, camera=None, rect=FRAME, factor=1.0, ratio=1.0):
    """The line on white, float (h, w, 3)."""
    camera = camera or Camera(SIZE, 600, 400)
    image = QImage(600, 400, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setClipRect(rect[0], rect[1], rect[2] - rect[0], rect[3] - rect[1])
    draw(painter, [line], rect, camera, ratio, factor)
    painter.end()
    cells = np.frombuffer(image.constBits(), np.uint8).reshape(400, 600, 4)
    return cells[..., 2::-1].astype(float)


SQUARE = annotation(1, Mask.rectangle((100, 100, 300, 300)))


def cut_across(picture, at=100, reach=8):
    """The colours across the upper edge."""
    return picture[at - reach : at + reach, 200]


def test_the_line_lies_on_the_edge_over_a_casing():
    row = cut_across(drawn(Line(SQUARE, BLUE)))
    assert np.abs(row[7:9] - (0x20, 0x70, 0xEF)).max() < 70
    for casing in (6, 9):
        assert 90 < row[casing].mean() < 190
    assert (row[:5] == 255).all()
    assert (row[11:] == 255).all()


def test_widths_grow_with_state_and_view():
    def covered(**state):
        factor = state.pop("factor", 1.0)
        look = state.pop("look", BLUE)
        return (
            (cut_across(drawn(Line(SQUARE, look, **state), factor=factor), reach=14) < 250)
            .any(1)
            .sum()
        )

    normal = covered()
    assert 3 <= normal <= 6
    assert covered(hovered=True) > normal
    assert covered(selected=True) > normal
    assert covered(look=BLUE._replace(locked=True)) > normal + 2
    assert covered(factor=3.0) > normal + 2


def test_a_selected_line_has_a_white_halo_inside_its_casing():
    row = cut_across(drawn(Line(SQUARE, BLUE, selected=True)), reach=10)
    assert np.abs(row[9:11] - (0x20, 0x70, 0xEF)).max() < 40
    for halo in (8, 11):
        assert row[halo].min() > 200
    for casing in (7, 12):
        assert 90 < row[casing].mean() < 190


def test_a_locked_line_is_double():
    row = cut_across(drawn(Line(SQUARE, BLUE._replace(locked=True))))
    assert row[7:9].mean() < 60  # the dark core
    assert any(np.abs(colour - (0x20, 0x70, 0xEF)).max() < 60 for colour in row[4:7])


def test_a_proposal_is_dashed():
    picture = drawn(Line(SQUARE, BLUE._replace(dashed=True)))
    edge = picture[99:101, 110:290].mean(0)
    dash = np.abs(edge - (0x20, 0x70, 0xEF)).max(1) < 60
    assert 0.45 < dash.mean() < 0.75
    assert 8 <= np.abs(np.diff(dash.astype(int))).sum() <= 40


def test_lines_of_a_part_are_those_of_the_whole():
    line = Line(annotation(1, disc((300, 200), 150, SIZE)), BLUE, selected=True)
    whole = drawn(line)
    for rect in ((0, 0, 300, 200), (180, 40, 260, 130), (440, 190, 460, 210)):
        part = drawn(line, rect=rect)
        left, top, right, bottom = rect
        assert np.abs(part - whole)[top:bottom, left:right].max() <= 2


def test_nothing_is_drawn_beyond_the_reach():
    for line in (Line(SQUARE, BLUE, True, True), Line(SQUARE, BLUE._replace(locked=True))):
        far = int(reach(1.0, 1.0)) + 1
        picture = drawn(line)
        assert (picture[: 100 - far] == 255).all()
        assert (picture[:, : 100 - far] == 255).all()


@pytest.mark.parametrize("scale", [0.3, 0.5, 1.0, 2.0, 3.9, 4.0, 8.0])
def test_the_line_is_at_the_edge_at_every_zoom(scale):
    camera = Camera(SIZE, 600, 400, scale, 300 - 200 * scale, 200 - 100 * scale)
    row = drawn(Line(SQUARE, BLUE), camera)[:, 300].min(1)
    dark = np.flatnonzero(row < 200)
    top = dark[np.abs(dark - 200) < 20]
    assert abs(top.mean() + 0.5 - 200) <= 1.3


def test_thin_objects_keep_their_line():
    thin = annotation(1, Mask.rectangle((100, 100, 500, 101)))
    picture = drawn(Line(thin, BLUE))
    assert (np.abs(picture[100, 110:490] - (0x20, 0x70, 0xEF)).max(1) < 90).all()


def test_tiny_objects_become_dots():
    tiny = annotation(1, Mask.rectangle((200, 200, 202, 202)))
    picture = drawn(Line(tiny, BLUE))
    touched = np.argwhere((picture < 250).any(2))
    assert 4 < len(touched) < 40
    assert np.abs(touched.mean(0) - 200.5).max() < 1


def test_objects_out_of_view_cost_nothing_and_draw_nothing():
    picture = drawn(Line(SQUARE, BLUE), Camera(SIZE, 600, 400, 1.0, 900, 0))
    assert (picture == 255).all()


def test_a_mask_at_the_border_of_the_image_has_a_line_there():
    whole = annotation(1, Mask.rectangle((0, 0, 600, 400)))
    camera = Camera(SIZE, 600, 400, 0.5, 100, 100)
    picture = drawn(Line(whole, BLUE), camera)
    assert np.abs(picture[99:101, 250].mean(0) - (0x20, 0x70, 0xEF)).max() < 60


def test_sampling_reads_beyond_the_image():
    bits = sample(Mask.rectangle((0, 0, 10, 10)), (-5, -5, 15, 15), Camera(SIZE, 600, 400))
    assert bits.shape == (20, 20)
    assert (bits[5:15, 5:15] == 255).all()
    assert bits.sum() == 100 * 255


def test_tables_begin_and_end_clear():
    for state in ((False, False), (True, False), (False, True)):
        values = table(style_of(BLUE, *state, 1.0, 1.0, 1.0))
        assert values.shape == (512,)
        assert values[0] == values[255] == 0
        assert values[128] >> 24 == 255


def test_stairs_become_straight_and_long_edges_stay():
    stairs = np.array([(0, 0), (9, 0), (9, 1), (10, 1), (10, 9), (0, 9)], np.float32)
    out = smooth(stairs, 1)
    assert [0.5, 0] in out.tolist()
    assert [8.5, 0] in out.tolist()
    assert [9, 0.5] in out.tolist()
    assert [9.5, 1] in out.tolist()


def test_dashes_go_up_in_the_ring():
    ring = np.array([(0, 0), (40, 0), (40, 40), (0, 40)], np.float32)
    lines = dashed(ring, 6, 4)
    assert len(lines) == 16
    lengths = [np.hypot(*np.diff(line, axis=0).T).sum() for line in lines]
    assert lengths == pytest.approx([6] * 16)
    assert lines[0][0].tolist() == [0, 0]
    corners = [line for line in lines if len(line) == 3]
    assert all(line[1].tolist() in ring.tolist() for line in corners)


def test_lines_become_one_path():
    line = np.array([(0, 0), (4, 0), (4, 4)], np.float32)
    path = to_path([line, line + 10])
    assert path.elementCount() == 6
    assert path.boundingRect().getRect() == (0, 0, 14, 14)
    assert [path.elementAt(k).isMoveTo() for k in range(6)] == [True, False, False] * 2
    assert to_path([]).isEmpty()


def test_dashes_are_kept_with_the_mask():
    mask = disc((300, 200), 50, SIZE)
    first = dashes_of(mask, FRAME, 1.0, True, 8, 5)
    assert dashes_of(mask, FRAME, 1.0, True, 8, 5) is first
    assert dashes_of(mask, FRAME, 1.0, True, 9, 5) is not first
