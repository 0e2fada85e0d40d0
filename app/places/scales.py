"""Round numbers for the axes of a chart."""

from __future__ import annotations


def limits(values: list[float]) -> tuple[float, float]:
    """Limits of the upright axis: round numbers that hold all values."""
    low, high = min(values), max(values)
    step = step_of(high - low or abs(high) * 0.2 or 0.1)
    low_tick = step * int(low / step - (1 if low < 0 else 0))
    return low_tick, step * -int(-(high + step * 0.2) / step - 1 + 1e-9)


def step_of(span: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that parts a span in about four."""
    rough, power = span / 4, 1e-9
    while power * 10 <= rough:
        power *= 10
    return next((power * f for f in (1, 2, 5) if power * f >= rough), power * 10)


def ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Values and their words between two limits."""
    step = step_of(high - low)
    digits = 2 if step < 0.1 else 1 if step < 1 else 0
    if step < 0.01:
        digits = 3
    found, value = [], low
    while value <= high + step * 0.01:
        found.append((value, f"{value:.{digits}f}"))
        value += step
    return found


def whole_ticks(until: float) -> list[tuple[float, str]]:
    """Whole numbers from 0 on, and their words."""
    step = max(1, round(step_of(until * 0.6)))
    return [(float(x), str(x)) for x in range(0, int(until + 1e-6) + 1, step)]
