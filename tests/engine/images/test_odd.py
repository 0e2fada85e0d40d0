"""Odd files of others: each opens as other readers have it, or is refused in one sentence."""

import csv
import logging
import time

import numpy as np
import pytest

from engine.errors import EngineError
from engine.images import bmp
from engine.images.header import read_header
from engine.images.source import open_source, read_rgb
from tests.engine.images.references import Reference, difference, images_below, references

# Pillow warns of oddities; the program itself ignores these warnings.
pytestmark = pytest.mark.filterwarnings("ignore")

LONGEST = 10.0
FEWER = {"apng__chunk_no_fctl.png", "broken_data_stream.png"}
"""The list was made with Pillow taking damaged PNG; ours says that they are damaged."""

ALIKE = {"hopper_webp.tif": "hopper.tif"}
"""Neither Pillow's libtiff nor tifffile unpacks it; it is the same picture, with losses."""


@pytest.fixture(scope="module")
def opened(assets):
    """By path: the pixels as stored, or the sentence."""
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    found = {}
    for path in images_below(assets):
        begun = time.process_time()
        try:
            source = open_source(path)
            height, width = source.size
            found[path] = source.raw(0, (0, 0, width, height))
        except EngineError as refused:
            found[path] = str(refused)
        assert time.process_time() - begun < LONGEST
    return found


def test_every_odd_file_is_what_others_see_or_refused(opened):
    assert len(opened) > 500
    wrong, seen = [], 0
    for path, ours in opened.items():
        if isinstance(ours, str):
            continue
        if path.suffix == ".bmp" and read_header(path).kind == bmp.KIND:
            continue  # nobody else reads them; see test_bmp
        others = references(path)
        if path.name in ALIKE:
            other = opened[path.with_name(ALIKE[path.name])]
            others = [Reference(other, ALIKE[path.name], near=40)]
        said = [difference(ours, other) for other in others] or ["nobody else reads it"]
        if all(said):
            wrong.append(f"{path.name}: {'; '.join(said)}")
        seen += 1
    assert not wrong, "\n".join(wrong)
    assert seen > 450


def test_what_is_refused_is_what_others_refuse_and_the_sentence_names_it(opened, assets):
    with (assets / "odd/ODD_IMAGES.csv").open() as file:
        rows = {row["file"].rpartition("odd/")[2]: row["load"] for row in csv.DictReader(file)}
    refused = {path: ours for path, ours in opened.items() if isinstance(ours, str)}
    for path, sentence in refused.items():
        assert sentence.startswith(path.name)
        assert sentence.endswith(".")
        assert len(sentence) < 260
        assert str(path.parent) not in sentence
        name = path.relative_to(assets / "odd").as_posix()
        assert rows[name] != "ok" or path.name in FEWER
    assert 25 < len(refused) < 50


def test_pictures_of_odd_files_are_made_from_the_same_pixels(opened):
    for path, ours in [*opened.items()][::4]:
        if not isinstance(ours, str) and ours.dtype == np.uint8:
            seen = read_rgb(path)
            expected = ours if ours.ndim == 3 else np.repeat(ours[..., None], 3, axis=2)
            assert np.array_equal(seen, expected), path.name
