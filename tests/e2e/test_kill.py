"""``kill -9`` at twenty random moments: nothing finished is lost, and what was found is said.

A step is safe 100 ms after its end; what the machine itself takes while others have its cores and
its disk is measured beside and allowed on top (see ``Machine``).
"""

import shutil

import pytest

from tests.e2e.killing import KINDS, Killing

ROUNDS = ("paint",) * 8 + ("accept", "classes") * 2 + ("open",) * 2 + KINDS[2:]


class Losing(Killing):
    """After the kill, all the work is taken away and something half-made is put there."""

    least = 10

    def session(self, folder, kill, number):
        said = super().session(folder, kill, number)
        for each in folder.glob("photos.maskwright-*"):
            each.unlink()
        shutil.copy(self.template / "photos.maskwright", folder)
        (folder / "out.json.part").write_text("{")
        return said


def test_what_was_lost_and_litter_would_be_seen(d, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.e2e.killing.LATEST", -60.0)  # all that was said is due
    killing = Losing(tmp_path, d.program, d.until)
    try:
        kill = killing.round("classes")
    finally:
        killing.close()
    assert "lost" in kill.faults
    assert kill.faults["litter"] == "out.json.part"


@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_leave_nothing(d, tmp_path):
    killing = Killing(tmp_path, d.program, d.until)
    killing.least, killing.hurry = 3, 0.6
    try:
        for kind in ROUNDS:
            killing.round(kind)
    finally:
        killing.close()
    assert [each for each in killing.kills if each.faults] == []
    assert len(killing.kills) == 20
    assert sum(each.steps for each in killing.kills) > 100
    told = [each.said for each in killing.kills if "of the last session, undo incl" in each.said]
    assert len(told) > 8
