"""Measures of semantic segmentation from one confusion matrix.

Everything here follows from the matrix of counts M with M[t, p] = pixels whose truth is class t and
whose prediction is class p, so images may be counted one by one and added up. Per class, with
TP = M[c, c], FP = column sum − TP, FN = row sum − TP:

- IoU (Jaccard, PASCAL VOC 2012) = TP / (TP + FP + FN)
- Dice (F1) = 2 TP / (2 TP + FP + FN)

A class that is neither in the truth nor in the prediction has no value: NaN, left out of means.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]
Values = NDArray[np.float64]

_BLOCK: Final = 1 << 20
"""Pixels counted at once, so that a large image takes no more memory than a small one."""


def confusion(true: ArrayLike, pred: ArrayLike, n: int, ignore: int = 255) -> Counts:
    """Count how truth and prediction meet.

    Args:
        true: Class numbers 0..n−1 of any shape and integer type; pixels equal to `ignore` count
            nowhere.
        pred: Class numbers 0..n−1, same shape as `true`.
        n: Number of classes.
        ignore: The value of `true` that is left out.

    Returns:
        (n, n) counts, rows = truth, columns = prediction.

    Raises:
        ValueError: the shapes differ, or a counted pixel is not a class number.
    """
    truth, guess = np.asarray(true), np.asarray(pred)
    if truth.shape != guess.shape:
        raise ValueError(f"truth has shape {truth.shape}, prediction {guess.shape}")
    total = np.zeros(n * n, np.int64)
    rows, columns = truth.reshape(-1), guess.reshape(-1)
    for begin in range(0, rows.size, _BLOCK):
        total += _block(rows[begin : begin + _BLOCK], columns[begin : begin + _BLOCK], n, ignore)
    return total.reshape(n, n)


def iou(counts: Counts) -> Values:
    """Intersection over union per class, NaN where the class is nowhere; shape (n,)."""
    both = counts.diagonal().astype(np.float64)
    return _ratio(both, counts.sum(axis=0) + counts.sum(axis=1) - both)


def miou(counts: Counts) -> float:
    """Mean IoU over the classes that occur in the truth; NaN when nothing was counted."""
    return _mean(iou(counts)[counts.sum(axis=1) > 0])


def dice(counts: Counts) -> Values:
    """Dice coefficient per class (the same as F1), NaN where the class is nowhere; shape (n,)."""
    return _ratio(2.0 * counts.diagonal(), counts.sum(axis=0) + counts.sum(axis=1))


def macro_f1(counts: Counts) -> float:
    """Mean of F1 over the classes that occur in truth or prediction."""
    values = dice(counts)
    return _mean(values[~np.isnan(values)])


def pixel_accuracy(counts: Counts) -> float:
    """Share of counted pixels whose class is right; NaN when nothing was counted."""
    total = int(counts.sum())
    return float(counts.trace()) / total if total else float("nan")


def _block(truth: NDArray[Any], guess: NDArray[Any], n: int, ignore: int) -> Counts:
    """The counts of some pixels, flat: truth · n + prediction → pixels."""
    counted = truth != ignore
    rows = truth[counted].astype(np.int64)
    columns = guess[counted].astype(np.int64)
    if rows.size and not (_inside(rows, n) and _inside(columns, n)):
        raise ValueError(f"a value is not one of the {n} classes")
    rows *= n
    rows += columns
    return np.bincount(rows, minlength=n * n)


def _inside(values: Counts, n: int) -> bool:
    return bool(values.min() >= 0 and values.max() < n)


def _ratio(above: ArrayLike, below: ArrayLike) -> Values:
    top, bottom = np.asarray(above, np.float64), np.asarray(below, np.float64)
    out = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def _mean(values: Values) -> float:
    return float(values.mean()) if values.size else float("nan")
