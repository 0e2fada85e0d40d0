"""Large pictures for tests: few bytes on the disk, many pixels."""

import numpy as np
import tifffile

SIDE = 256


def halves(width, height, smallest=512):
    """(height, width) of a picture and its halves, until one is small."""
    sizes = [(height, width)]
    while max(sizes[-1]) > smallest:
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return sizes


def slope(box, level, size):
    """uint8 (h, w, 3) of a box: red grows to the right, green downwards, whatever the level."""
    left, top, right, bottom = box
    x = (np.arange(left, right) << level) * 255 // size[1]
    y = (np.arange(top, bottom) << level) * 255 // size[0]
    out = np.full((bottom - top, right - left, 3), 40, np.uint8)
    out[..., 0], out[..., 1] = np.minimum(x, 255), np.minimum(y, 255)[:, None]
    return out


def write_slide(path, width, height, *, stored=lambda level, row, column: True, subifds=True):
    """A tiled pyramidal BigTIFF of ``slope``, of which only some tiles are stored."""
    sizes = halves(width, height)

    def tiles(level, size):
        for row in range(-(-size[0] // SIDE)):
            for column in range(-(-size[1] // SIDE)):
                left, top = column * SIDE, row * SIDE
                box = (left, top, left + SIDE, top + SIDE)
                there = stored(level, row, column)
                yield slope(box, level, (height, width)) if there else None

    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for level, size in enumerate(sizes):
            writer.write(
                tiles(level, size),
                shape=(*size, 3),
                dtype=np.uint8,
                tile=(SIDE, SIDE),
                photometric="rgb",
                subifds=len(sizes) - 1 if subifds and not level else None,
                subfiletype=int(level > 0),
            )
    return path


def few(level, row, column):
    """Coarse levels in full; of the fine ones every 40th tile."""
    return level >= 4 or (row * 31 + column * 17) % 40 == 0
