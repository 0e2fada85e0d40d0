import numpy as np

from app.canvas import covered
from app.canvas.covered import Covered
from engine.masks.mask import Mask
from engine.masks.raster import Stroke, capsule

SIZE = (3000, 4000)


def total(masks):
    out = Mask.EMPTY
    for mask in masks:
        out |= mask
    return out


def test_steps_are_kept_as_they_came_while_they_are_few():
    steps = [Mask.rectangle((k, k, k + 9, k + 9)) for k in range(20)]
    kept = Covered()
    for step in steps:
        kept.add(step, SIZE)
    assert list(kept.masks()) == steps


def test_a_long_stroke_of_a_large_tip_takes_bounded_memory(monkeypatch):
    monkeypatch.setattr(covered, "HELD", 4 << 20)
    rng = np.random.default_rng(3)
    stroke, kept, expected = Stroke(600, SIZE), Covered(), Mask.EMPTY
    for _ in range(60):
        step = stroke.to(tuple(rng.uniform(0, 3000, 2)))
        expected |= step
        kept.add(step, SIZE)
    held = list(kept.masks())
    assert sum(mask.nbytes for mask in held[1:]) <= (4 << 20) + max(m.nbytes for m in held[1:])
    assert len(held) < 30
    assert total(held).same(expected)


def test_the_newest_step_stays_however_large_it_is(monkeypatch):
    monkeypatch.setattr(covered, "HELD", 1)
    kept = Covered()
    steps = [Mask.rectangle((k * 50, 0, k * 50 + 40, 40)) for k in range(3)]
    for step in steps:
        kept.add(step, SIZE)
    assert list(kept.masks())[-1] is steps[-1]
    assert total(kept.masks()).same(total(steps))


def test_pixels_of_steps_seen_from_afar_are_worked_out_where_one_looks():
    rng, kept, lines = np.random.default_rng(5), Covered(), []
    for _ in range(30):
        start, stop = rng.uniform(0, 3000, 2), rng.uniform(0, 3000, 2)
        lines.append((tuple(start), tuple(stop), 12.0))
        kept.add_line(lines[-1])
    assert list(kept.masks()) == []
    box = (500, 700, 900, 1200)
    expected = total(capsule(*line, SIZE) for line in lines)
    kept.work_out(box, SIZE)
    found = total(kept.masks())
    assert np.array_equal(found.read(box), expected.read(box))
    assert found.area < expected.area
    kept.work_out((0, 0, SIZE[1], SIZE[0]), SIZE)
    assert total(kept.masks()).same(expected)
