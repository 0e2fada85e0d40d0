"""How long somebody worked, lunch not counted."""

from app.canvas.working_time import IDLE, WorkingTime


def test_pauses_count_as_far_as_somebody_may_still_look():
    at = [100.0]
    clock = WorkingTime(lambda: at[0])
    began = clock.now()
    for moment in (101.5, 104.0, 4_000.0, 4_001.0):
        at[0] = moment
        clock.now()
    assert clock.now() - began == 4.0 + IDLE + 1.0


def test_it_never_goes_back():
    at = [100.0]
    clock = WorkingTime(lambda: at[0])
    first = clock.now()
    at[0] = 50.0
    assert clock.now() == first
    at[0] = 51.0
    assert clock.now() == first + 1.0
