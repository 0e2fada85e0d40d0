"""Tell masks apart by a few bytes."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from engine.masks.mask import Mask


def fingerprint(mask: Mask, size: tuple[int, int]) -> bytes:
    """The same for the same pixels of an image of that size only: a mask's form is canonical.

    Args:
        mask: The pixels.
        size: (height, width) of the image.
    """
    digest = blake2b(b"%d,%d;" % size, digest_size=16)
    for left, top, bits in sorted(mask.pieces, key=lambda piece: piece[:2]):
        digest.update(b"%d,%d,%d;" % (left, top, bits.shape[1]))
        digest.update(np.packbits(bits).tobytes())
    return digest.digest()
