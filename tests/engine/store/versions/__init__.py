"""One project as each earlier version of the file held it, and what it holds.

Versions 1 and 3 were written by the program of then. No program ever wrote a file of version 2, and
that of version 4 is the third as the fourth opened it: both are the one before with a step taken.
``held.json`` was written by the program of
version 1: digests of each image now, with everything undone, and with everything redone.
"""

import gzip
import hashlib
import json
from pathlib import Path

HERE = Path(__file__).parent
HELD = json.loads((HERE / "held.json").read_text("utf-8"))


def unpack(version, path):
    """The project as that version of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.decompress((HERE / f"{version}.maskwright.gz").read_bytes()))
    return path


def digest(document):
    """What an image holds, as ``held.json`` says it."""
    state = hashlib.sha256()
    for each in document.ordered():
        said = f"{each.id} {each.class_id} {each.mask.box} {each.mask.area} {each.doubtful}"
        state.update(said.encode())
        for left, top, bits in sorted(each.mask.pieces, key=lambda piece: piece[:2]):
            state.update(f"{left} {top}".encode() + bits.tobytes())
    state.update(json.dumps(sorted(document.layer.areas().items())).encode())
    return state.hexdigest()
