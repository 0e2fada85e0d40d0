"""The shapes that other programs lose on the way to a file (shared/bench/PEERS.md, "Exactness")."""

import numpy as np

from engine.masks.mask import Mask

SIZE = (123, 97)


def _shapes():
    def blank():
        return np.zeros(SIZE, bool)

    ys, xs = np.mgrid[: SIZE[0], : SIZE[1]]
    away = np.hypot(ys - 60, xs - 48)
    shapes = {"donut": (away < 40) & (away > 18)}
    four = blank()
    for y, x in ((5, 5), (5, 70), (90, 5), (90, 70)):
        four[y : y + 20, x : x + 15] = True
    shapes["four parts"] = four
    line = blank()
    for at in range(80):
        line[20 + at // 2 : 22 + at // 2, 8 + at] = True
    shapes["2 px line"] = line
    small = blank()
    small[50:56, 60:66] = True
    shapes["6 x 6"] = small
    shapes["dust"] = np.random.default_rng(7).random(SIZE) < 0.02
    border = blank()
    border[:3], border[-2:], border[:, :4], border[:, -1] = True, True, True, True
    shapes["border"] = border
    corners = blank()
    corners[0, 0] = corners[-1, -1] = corners[0, -1] = corners[-1, 0] = True
    corners[10:20, 10:20] = np.indices((10, 10)).sum(axis=0) % 2 == 0
    shapes["checker"] = corners
    shapes["whole image"] = ~blank()
    return shapes


BITS = _shapes()
SHAPES = {name: Mask.from_bits(bits) for name, bits in BITS.items()}
LARGE = {name: Mask.from_bits(np.kron(bits, np.ones((9, 9), bool))) for name, bits in BITS.items()}
LARGE_SIZE = (SIZE[0] * 9, SIZE[1] * 9)
