"""A scripted session, the same for the same seed: in memory, in a project, or until it is killed.

Run as a program it works on image 1 of the project in ``argv[1]`` with the seed ``argv[2]``, and
writes a line with the number of actions done after each that is on the disk.
"""

import os
import random
import sys
from pathlib import Path

from engine.document import edits
from engine.masks.mask import Mask
from engine.store import Project

ACTIONS = 400
CELL, NUCLEUS, ROAD = 2, 3, 4


def act(rng: random.Random, document, history, taxonomy) -> None:
    """Do one thing a person would do, chosen by ``rng`` and the document alone."""
    choice = rng.random()
    if choice < 0.12:
        history.undo()
    elif choice < 0.18:
        history.redo()
    elif choice < 0.24 and document.annotations:
        ids = [rng.choice(sorted(document.annotations))]
        step(history, edits.delete(document, ids, taxonomy))
    elif choice < 0.30:
        step(history, edits.mark_done(document))
    else:
        stroke(rng, document, history, taxonomy)


def stroke(rng: random.Random, document, history, taxonomy) -> None:
    height, width = document.size
    x, y = rng.randrange(width), rng.randrange(height)
    side = rng.choice([7, 40, 300, 800])
    region = Mask.rectangle((x, y, x + side, y + side // 2 + 1))
    erase = rng.random() < 0.3
    class_id = rng.choice([CELL, NUCLEUS, ROAD])
    target = edits.press(document, taxonomy, class_id, (x, y), erase=erase)
    step(history, edits.paint(document, region, target, erase, taxonomy))


def step(history, command) -> None:
    if command is not None:
        history.do(command)


def main() -> None:
    project = Project.open(Path(sys.argv[1]))
    rng = random.Random(int(sys.argv[2]))
    document = project.load(1)
    history = project.history(document)
    os.write(1, b"0\n")
    for number in range(1, ACTIONS + 1):
        act(rng, document, history, project.taxonomy)
        if rng.random() < 0.5:
            project.flush()
            os.write(1, b"%d\n" % number)


if __name__ == "__main__":
    main()
