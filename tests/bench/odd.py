"""``make odd``: every odd image file: what it opened as and whom it was compared with, or why not.

Prints a line for each file below ``odd`` and ``formats`` of the shared assets and writes all of it,
and the refusals by themselves, to out/bench/odd.md.
"""

import logging
import sys
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

from harness import isolate, out_folder  # noqa: E402

isolate()

from engine.errors import EngineError  # noqa: E402
from engine.images.source import open_source  # noqa: E402
from tests.conftest import _assets  # noqa: E402
from tests.engine.images.references import difference, images_below, references  # noqa: E402


def main() -> int:
    assets = _assets()
    if assets is None:
        print("The shared assets are not beside this checkout.")
        return 1
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    lines, refused = [], []
    for path in images_below(assets):
        name = path.relative_to(assets).as_posix()
        begun = time.perf_counter()
        try:
            said = opened(path)
        except EngineError as problem:
            said = f"refused: {problem}"
            refused.append(f"- {problem}")
        lines.append(f"| {name} | {1000 * (time.perf_counter() - begun):.0f} ms | {said} |")
        print(lines[-1], flush=True)
    print(f"\n{len(lines)} files, {len(refused)} refused")
    head = f"# Odd image files: {len(lines)}, of which {len(refused)} are refused\n\n"
    table = "| file | time | what became of it |\n|---|---|---|\n" + "\n".join(lines)
    text = head + "\n".join(refused) + "\n\n" + table + "\n"
    (out_folder() / "odd.md").write_text(text, encoding="utf-8")
    return 0


def opened(path: Path) -> str:
    """What a file was opened as, and what others say to that.

    Raises:
        EngineError: it was refused.
    """
    source = open_source(path)
    height, width = source.size
    ours = source.raw(0, (0, 0, width, height))
    others = references(path)
    equal = [other.by for other in others if not difference(ours, other)]
    told = f"equal to {' and '.join(equal)}" if equal else "nobody else reads it"
    if others and not equal:
        told = "; ".join(difference(ours, other) for other in others)
    channels = "grey" if ours.ndim == 2 else f"{ours.shape[2]} channels"
    return f"{width} × {height}, {channels}, {ours.dtype}, orientation {source.orientation}; {told}"


if __name__ == "__main__":
    sys.exit(main())
