"""One process that makes and uses mutants: ``worker.py TARGET SEED FIRST LAST STEP KEEP``.

Writes a line of JSON before and after each, so that whoever reads knows what killed it.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

MEMORY = 2 << 30
"""Bytes that a mutant may take besides what the process had before."""


def main() -> int:
    target_name, seed, first, last, step = sys.argv[1], *map(int, sys.argv[2:6])
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="maskwright-fuzz-") as home:
        for each in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[each] = home
        run(target_name, seed, range(first, last, step), Path(home), Path(sys.argv[6]), told)
    return 0


def run(name, seed, numbers, home, keep, told):
    from tests.fuzz.targets import HARM, TARGETS, chance_of, refusals

    target = (TARGETS | HARM)[name]
    folder = home / "work"
    folder.mkdir()
    write = target.begin(folder)
    if name in TARGETS:
        _warm(target, write, name, seed)
        refusals.clear()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, -1))
    for number in numbers:
        path = write(chance_of(name, seed, number))
        _tell(told, {"at": number, "file": str(path)})
        begun = time.process_time()
        outcome = _outcome(target, path)
        seconds, refused = time.process_time() - begun, bool(refusals)
        refusals.clear()
        kept = keep / f"{name}-{number}{path.suffix}"
        if outcome:
            shutil.copyfile(path, kept)
        about = {"done": number, "seconds": seconds, "bug": outcome, "refused": refused}
        _tell(told, {**about, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10})


def _warm(target, write, name, seed):
    """Import what the first one would, before memory is counted."""
    from tests.fuzz.targets import chance_of

    _outcome(target, write(chance_of(name, seed, -1)))


def _outcome(target, path):
    try:
        target.use(path)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return "".join(traceback.format_exception(error))[-6000:]
    return ""


def _tell(told, what):
    told.write(json.dumps(what) + "\n")
    told.flush()


if __name__ == "__main__":
    sys.exit(main())
