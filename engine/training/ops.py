"""Makes torchvision importable beside a torch build its native operations do not load with.

A CPU-only torch beside the torchvision wheel of PyPI's Linux index raises
``operator torchvision::nms does not exist`` at import, and everything that imports torchvision
(onnx2torch, segmentation-models-pytorch) fails with it. Only the operator *schemas* are needed for
the import to succeed. They are declared here where the native library did not bring them; where it
did, this module changes nothing. Import it before anything that imports torchvision.
"""

from __future__ import annotations

import functools

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "roi_align": (
        "roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height,"
        " SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor"
    ),
    "qroi_align": (
        "qroi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height,"
        " int pooled_width, int sampling_ratio, bool aligned) -> Tensor"
    ),
}


def _nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Greedy non-maximum suppression, the documented meaning of ``torchvision.ops.nms``.

    Args:
        boxes: (n, 4) corners (left, top, right, bottom).
        scores: (n,).
        iou_threshold: a box that overlaps a kept, higher scored one by more than this is dropped.

    Returns:
        int64 indices of the kept boxes, highest score first.
    """
    order = scores.argsort(descending=True, stable=True)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[torch.Tensor] = []
    while order.numel():
        best, rest = order[0], order[1:]
        kept.append(best)
        low = torch.maximum(boxes[best, :2], boxes[rest, :2])
        high = torch.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = (high - low).clamp(min=0).prod(dim=1)
        overlap = shared / (areas[best] + areas[rest] - shared)
        order = rest[~(overlap > iou_threshold)]
    return torch.stack(kept) if kept else order


@functools.cache
def ready() -> bool:
    """Declare what is missing, once.

    Returns:
        True where torchvision's native operations are there, False where the stand-ins are used.
    """
    import importlib.util
    from pathlib import Path

    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    for library in sorted(Path(spec.origin).parent.glob("_C.*")):
        try:
            torch.ops.load_library(str(library))
        except (OSError, ImportError):
            continue
        return True
    # Kept for the life of the process: the definitions end with the object that made them.
    ready.library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[attr-defined]
    for schema in _SCHEMAS.values():
        ready.library.define(schema)  # type: ignore[attr-defined]
    ready.library.impl("nms", _nms, "CompositeExplicitAutograd")  # type: ignore[attr-defined]
    return False


ready()
