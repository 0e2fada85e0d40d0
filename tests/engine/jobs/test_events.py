import math

import pytest

from engine.jobs.events import (
    MAX_LINE,
    Artifact,
    Finished,
    Metric,
    Note,
    Progress,
    decode,
    encode,
)


@pytest.mark.parametrize(
    "event",
    [
        Progress(3, 10, "ä “x”\nline two", 1.5),
        Metric("loss", 7, 0.25),
        Metric("loss", 7, None),
        Artifact("part", "part-0001.bin"),
        Note("Sentence.", "warning"),
        Finished("Why.", "failed"),
    ],
)
def test_an_event_is_one_line_and_comes_back(event):
    line = encode(event)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode(line) == event


def test_a_number_that_is_none_becomes_null():
    assert decode(encode(Metric("loss", 1, math.nan))) == Metric("loss", 1, None)


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"\xff\xfe", b'{"type":"later","x":1}', b'{"type":"note"}', b"null"]
)
def test_a_line_that_is_no_event_is_none(line):
    assert decode(line) is None


def test_what_a_later_version_adds_to_an_event_is_passed_over():
    assert decode(b'{"type":"note","text":"x","colour":"red"}') == Note("x")


def test_a_long_text_is_cut_to_a_line():
    line = encode(Note("\x01" * 200_000))
    assert len(line) <= MAX_LINE
    assert decode(line).text.endswith("…")
    with pytest.raises(ValueError, match="does not fit"):
        encode(Artifact("x" * MAX_LINE, "y"))
