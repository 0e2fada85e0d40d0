"""Processes that use mutants, started again when one of these kills them."""

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

HANG = 10.0
"""Seconds of processor time for one mutant."""
STUCK = 120.0
"""Seconds by the clock: other programs run as well."""
ROOT = Path(__file__).parents[2]


@dataclass
class Finding:
    """A mutant that did harm.

    Attributes:
        number: Its number.
        kind: "died", "hung", "memory" or "exception".
        told: What there is to know.
        file: Where it was kept; empty where it is not known.
    """

    number: int
    kind: str
    told: str
    file: str = ""


@dataclass
class Tally:
    """What became of the mutants of one target."""

    target: str
    done: int = 0
    refused: int = 0
    slowest: float = 0.0
    memory: int = 0
    restarts: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)


def fuzz(target: str, count: int, seed: int, workers: int, keep: Path, hang: float = HANG) -> Tally:
    """Use mutants 0 … count - 1 of a target; files that did harm are copied to ``keep``."""
    tally, lock = Tally(target), threading.Lock()
    begun = time.monotonic()
    threads = [
        threading.Thread(target=_lane, args=(tally, lock, seed, at, count, workers, keep, hang))
        for at in range(workers)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    tally.seconds = time.monotonic() - begun
    tally.findings.sort(key=lambda each: each.number)
    return tally


def _lane(tally, lock, seed, first, count, step, keep, hang):
    """Every ``step``-th mutant, in one process after another."""
    while first < count:
        end = _process(tally, lock, seed, first, count, step, keep, hang)
        if end is None:
            return
        first = end + step
        with lock:
            tally.restarts += 1


def _process(tally, lock, seed, first, last, step, keep, hang):
    """Run until the end (None) or until a mutant ended the process (its number)."""
    script = str(Path(__file__).with_name("worker.py"))
    words = [sys.executable, "-P", script, tally.target, *map(str, (seed, first, last, step, keep))]
    env = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONWARNINGS": "ignore",
    }
    errors = keep / f"{tally.target}-{first}.stderr"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=stderr, env=env, cwd=ROOT)
        try:
            at, path, why = _watch(process, tally, lock, hang)
            if not why:
                process.wait(timeout=STUCK)  # it has nothing more to say
        finally:
            if process.poll() is None:
                process.kill()
    code = process.wait()
    process.stdout.close()
    if code == 0 and not why:
        errors.unlink()
        return None
    if at < 0:
        raise RuntimeError(f"the worker did not begin:\n{errors.read_text(errors='replace')}")
    kind = why or "died"
    tail = errors.read_text(errors="replace")[-3000:]
    with lock:
        tally.findings.append(
            Finding(at, kind, f"exit {code}\n{tail}", _keep(path, at, tally, keep))
        )
    errors.unlink()
    return at


def _watch(process, tally, lock, hang):
    """Follow what a process tells; (mutant in use, its file, why it was ended)."""
    lines, at, path = queue.SimpleQueue(), -1, ""
    threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True).start()
    watched, since, used = psutil.Process(process.pid), time.monotonic(), 0.0
    while True:
        try:
            line = lines.get(timeout=0.5)
        except queue.Empty:
            if (_cpu(watched) - used > hang and at >= 0) or time.monotonic() - since > STUCK:
                return at, path, "hung"
            continue
        if not line:
            return at, path, ""
        told = json.loads(line)
        since = time.monotonic()
        if "at" in told:
            at, path, used = told["at"], told["file"], _cpu(watched)
            continue
        with lock:
            _count(tally, told)


def _count(tally, told):
    tally.done += 1
    tally.refused += told["refused"]
    tally.memory = max(tally.memory, told["memory"])
    tally.slowest = max(tally.slowest, told["seconds"])
    bug = told["bug"]
    if bug or told["seconds"] > HANG:
        kind = "hung" if not bug else "memory" if "MemoryError" in bug else "exception"
        tally.findings.append(Finding(told["done"], kind, bug))


def _keep(path, number, tally, keep):
    if not path or not Path(path).is_file():
        return ""
    target = keep / f"{tally.target}-{number}{Path(path).suffix}"
    shutil.copyfile(path, target)
    return str(target)


def _listen(stream, lines):
    for line in stream:
        lines.put(line)
    lines.put(b"")


def _cpu(process):
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return times.user + times.system
