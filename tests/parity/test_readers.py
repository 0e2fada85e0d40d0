"""The hard project in every format, read by the programs that are in this environment.

`make bench-readers` asks all the others too, each in its own version.
"""

import pytest

from tests.bench import reader_programs, readers

HERE = ("pycocotools", "Pillow", "scikit-image", "OpenCV")
PAIRS = [
    (folder, reader)
    for folder, programs in reader_programs.READERS.items()
    for reader in programs
    if reader.startswith(HERE)
]
FORMATS = {folder: name for folder, name, _ in readers.FORMATS}


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    place = tmp_path_factory.mktemp("exports")
    readers.export(place)
    return place


@pytest.mark.parametrize(("folder", "reader"), PAIRS)
def test_a_program_reads_just_what_there_is(exports, folder, reader):
    found = reader_programs.PROGRAMS[reader](exports / folder)
    kind = readers.TRUTHS.get(FORMATS[folder], "whole")
    answer = reader_programs.compare(exports, kind, found)
    assert answer["notes"] == []
    assert (answer["iou"], answer["exact"].split(" of ")[0]) == (
        "1.000",
        answer["exact"].split(" of ")[1],
    )


def test_a_reader_that_loses_something_is_told(exports):
    """The comparison itself: a mask that is missing, one that is shifted, and another name."""
    found = reader_programs.PROGRAMS["pycocotools"](exports / "coco")
    found["donut.jpg"] = []
    name, bits, crowd = found["overlap.jpg"][0]
    found["overlap.jpg"][0] = (name, bits[::-1], crowd)
    found["6_x_6.jpg"] = [("cat", *found["6_x_6.jpg"][0][1:])]
    del found["empty.jpg"]
    answer = reader_programs.compare(exports, "whole", found)
    assert answer["iou"] == "0.000"
    assert answer["exact"] == "21 of 23"
    assert answer["classes"] == "21 of 22"
    assert {note.split(":")[0] for note in answer["notes"]} == {
        "donut.jpg",
        "overlap.jpg",
        "6_x_6.jpg",
        "empty.jpg is missing",
    }


def test_every_reader_is_a_program_and_every_export_has_one():
    asked = {reader for programs in reader_programs.READERS.values() for reader in programs}
    assert asked == set(reader_programs.PROGRAMS)
    assert set(reader_programs.READERS) == set(FORMATS)
