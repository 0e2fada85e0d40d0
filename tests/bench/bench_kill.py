"""``make bench-kill``: 200 kills of the scripted session, or ``bench_kill.py ROUNDS [SEED]``."""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OMP_NUM_THREADS", "1")

PATIENCE = 120.0
EVERY = ("paint", "accept", "classes", "open", "import", "export", "predict", "paint", "train")
"""Kinds of work in turn: painting twice, as the most that is done."""


def main(rounds=200, seed=7):
    """Kill, tell, and print the table; answers with 1 where anything was wrong."""
    with tempfile.TemporaryDirectory(prefix="maskwright-kill-") as home:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_RUNTIME_DIR"] = home
        return killed(Path(home) / "work", rounds, seed)


def killed(place, rounds, seed):
    from app.application import Application, start_qt
    from app.inference import Inference
    from tests.e2e.killing import Killing, table

    place.mkdir()
    qt = start_qt()
    Inference.use = lambda self, model_id: None
    program = Application(qt)
    program.files.opening.patience = PATIENCE
    program.show([])

    def until(holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, "it did not come about"
            qt.processEvents()
            time.sleep(0.002)

    killing, began = Killing(place, program, until, seed), time.monotonic()
    try:
        for number in range(rounds):
            kill = killing.round(EVERY[number % len(EVERY)])
            for word, fault in kill.faults.items():
                print(
                    f"kill {number + 1} ({kill.kind}, {kill.during}): {word}: {fault}", flush=True
                )
            if (number + 1) % 20 == 0:
                took = time.monotonic() - began
                print(f"{number + 1} kills in {took:.0f} s: {kill.said}", flush=True)
    finally:
        killing.close()
        program.close()
    print(table(killing.kills))
    middle = sorted(each.allowed for each in killing.kills)[rounds // 2]
    print(
        f"{rounds} kills in {time.monotonic() - began:.0f} s; a step had to be safe after "
        f"{middle:.3f} s in the middle, of which 0.1 s for the program"
    )
    return int(any(each.faults for each in killing.kills))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
