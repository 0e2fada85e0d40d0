"""Check a COCO file against the rules of the format, and its masks against their own figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.errors import EngineError
from engine.formats.coco_file import _bytes, _lenient, whole
from engine.formats.coco_shapes import read_segmentation
from engine.formats.report import Report
from engine.formats.rle_batch import Judged, judge
