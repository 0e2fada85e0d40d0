"""``make fuzz``: mutants of every kind of file that comes from others.

Each target's mutants are used by a few processes with limits on memory and time. A finding is a
process that died, took too long or too much, or raised what is no EngineError. Prints a table and
writes it, and each mutant that did harm, to out/fuzz/. The same seed makes the same mutants.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzz.pool import fuzz
from tests.fuzz.targets import TARGETS

HEAD = (
    "| mutants of | used | findings | slowest | processes died | time |\n|---|---|---|---|---|---|"
)


def main(words=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], help="all by default")
    parser.add_argument("--count", type=int, help="mutants of each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "out/fuzz")
    given = parser.parse_args(words)
    given.out.mkdir(parents=True, exist_ok=True)
    lines, found = [HEAD], 0
    for name in given.targets or TARGETS:
        count = given.count or TARGETS[name].count
        tally = fuzz(name, count, given.seed, given.workers, given.out)
        lines.append(
            f"| {name} | {tally.done:,} | {tally.refused:,} | {len(tally.findings)} "
            f"| {tally.slowest:.2f} s | {tally.memory >> 20:,} MiB | {tally.restarts} "
            f"| {tally.seconds:.0f} s |"
        )
        print(lines[-1], flush=True)
        found += len(tally.findings)
        for each in tally.findings:
            note = given.out / f"{name}-{each.number}.txt"
            note.write_text(f"{each.kind}\n{each.file}\n{each.told}\n", encoding="utf-8")
            last = each.told.strip().splitlines()[-1:] or [""]
            print(f"  {name} {each.number}: {each.kind}: {last[0][:160]}", flush=True)
    text = "\n".join(lines) + f"\n\nSeed {given.seed}, {found} findings.\n"
    (given.out / "fuzz.md").write_text(text, encoding="utf-8")
    print("\n" + text)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
