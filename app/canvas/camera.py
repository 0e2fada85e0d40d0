"""Where the picture stands in the viewport: pure numbers, in device pixels."""

import math
from dataclasses import dataclass, replace

Box = tuple[int, int, int, int]
Rect = tuple[float, float, float, float]

SMALLEST, LARGEST = 1 / 64, 64.0
"""Device pixels an image pixel may take, unless fitting needs less."""

PIXELS_FROM = 2.0
"""Scale from which the photo is shown as squares (SCREEN.md §10)."""

EDGES_FROM = 4.0
"""Scale from which mask lines follow pixel edges."""

GRID_FROM = 8.0
"""Scale from which the pixel grid shows."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Maps image pixels to device pixels of a viewport.

    Attributes:
        size: (height, width) of the image.
        width, height: of the viewport, device pixels.
        scale: device pixels per image pixel.
        left, top: where the image's corner stands in the viewport. Whole numbers from scale 1 on,
            so that pixels are sharp; below, the fraction stays the same while panning.
    """

    size: tuple[int, int] = (1, 1)
    width: int = 1
    height: int = 1
    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    # -- mapping -----------------------------------------------------------------------------

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Device pixels of the viewport to image pixels."""
        return (x - self.left) / self.scale, (y - self.top) / self.scale

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Image pixels to device pixels of the viewport."""
        return self.left + x * self.scale, self.top + y * self.scale

    def view_rect(self, box: Box, margin: float = 0.0) -> Box:
        """The device pixels that an image box touches, grown by ``margin`` device pixels."""
        left, top = self.to_view(box[0], box[1])
        right, bottom = self.to_view(box[2], box[3])
        return (
            math.floor(left - margin),
            math.floor(top - margin),
            math.ceil(right + margin),
            math.ceil(bottom + margin),
        )

    def image_box(self, rect: Box) -> Box:
        """The image pixels that a rectangle of device pixels touches, inside the image."""
        height, width = self.size
        left, top = self.to_image(rect[0], rect[1])
        right, bottom = self.to_image(rect[2], rect[3])
        return (
            min(width, max(0, math.floor(left))),
            min(height, max(0, math.floor(top))),
            min(width, max(0, math.ceil(right))),
            min(height, max(0, math.ceil(bottom))),
        )

    @property
    def visible(self) -> Box:
        """The image pixels in the viewport."""
        return self.image_box((0, 0, self.width, self.height))

    @property
    def image_rect(self) -> Box:
        """The device pixels the image covers."""
        return self.view_rect((0, 0, self.size[1], self.size[0]))

    @property
    def level(self) -> int:
        """The coarsest level whose pixels are not larger than device pixels; 0 from scale 1 on."""
        return max(0, math.floor(math.log2(1 / self.scale) + 1e-9))

    # -- moving ------------------------------------------------------------------------------

    def resized(self, width: int, height: int) -> "Camera":
        """The same middle in another viewport."""
        dx, dy = (width - self.width) / 2, (height - self.height) / 2
        if self.scale < 1:  # whole steps keep the fraction, and with it what is drawn already
            dx, dy = math.floor(dx), math.floor(dy)
        moved = replace(self, width=max(1, width), height=max(1, height))
        return moved.at(self.left + dx, self.top + dy)

    def panned(self, dx: int, dy: int) -> "Camera":
        """The picture moved by whole device pixels; a part of it always stays in view."""
        return self.at(self.left + dx, self.top + dy)

    def zoomed(self, factor: float, x: float, y: float) -> "Camera":
        """Scaled by ``factor`` around the device pixel (x, y), within the limits."""
        return self.scaled(self.scale * factor, x, y)

    def scaled(self, scale: float, x: float, y: float) -> "Camera":
        """At ``scale``, with the image point under the device pixel (x, y) staying there."""
        least = min(SMALLEST, self._fit_scale((0, 0, self.width, self.height)) / 2)
        scale = min(LARGEST, max(least, scale))
        image_x, image_y = self.to_image(x, y)
        moved = replace(self, scale=scale)
        return moved.at(x - image_x * scale, y - image_y * scale)

    def fitted(self, free: Box | None = None, box: Box | None = None, margin: int = 14) -> "Camera":
        """The whole image, or ``box`` of it, in the middle of ``free`` device pixels.

        Small images are not enlarged beyond 100 % by fitting the image, small boxes not beyond
        the scale at which the pixel grid shows.
        """
        free = free or (0, 0, self.width, self.height)
        box = box or (0, 0, self.size[1], self.size[0])
        wide = max(1, free[2] - free[0] - 2 * margin), max(1, free[3] - free[1] - 2 * margin)
        scale = min(wide[0] / max(1, box[2] - box[0]), wide[1] / max(1, box[3] - box[1]))
        scale = min(scale, GRID_FROM)
        moved = replace(self, scale=scale)
        middle_x, middle_y = (free[0] + free[2]) / 2, (free[1] + free[3]) / 2
        return moved.at(
            middle_x - (box[0] + box[2]) / 2 * scale, middle_y - (box[1] + box[3]) / 2 * scale
        )

    def _fit_scale(self, free: Box) -> float:
        height, width = self.size
        return min((free[2] - free[0]) / max(1, width), (free[3] - free[1]) / max(1, height))

    def at(self, left: float, top: float) -> "Camera":
        """With the image's corner there, held so that 48 device pixels of it stay in view."""
        height, width = self.size[0] * self.scale, self.size[1] * self.scale
        keep_x, keep_y = min(48.0, width), min(48.0, height)
        left = min(self.width - keep_x, max(keep_x - width, left))
        top = min(self.height - keep_y, max(keep_y - height, top))
        if self.scale >= 1:
            left, top = round(left), round(top)
        return replace(self, left=left, top=top)


def free_part(width: int, height: int, blocked: list[Box]) -> Box:
    """The part of a viewport that floating cards leave free: each cuts off the cheapest side."""
    left, top, right, bottom = 0, 0, width, height
    for block in blocked:
        if block[0] >= right or block[1] >= bottom or block[2] <= left or block[3] <= top:
            continue
        cuts = {
            "left": (block[2] - left) * (bottom - top),
            "top": (block[3] - top) * (right - left),
            "right": (right - block[0]) * (bottom - top),
            "bottom": (bottom - block[1]) * (right - left),
        }
        side = min(cuts, key=lambda name: cuts[name])
        if side == "left":
            left = block[2]
        elif side == "top":
            top = block[3]
        elif side == "right":
            right = block[0]
        else:
            bottom = block[1]
    if right - left < width // 4 or bottom - top < height // 4:
        return (0, 0, width, height)
    return (left, top, right, bottom)
