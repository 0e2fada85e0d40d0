import pytest

from engine.formats.losses import stays
from engine.formats.report import _SENTENCES, Report
from engine.formats.verify_words import SENTENCES


@pytest.mark.parametrize("table", [_SENTENCES, SENTENCES])
def test_every_kind_is_a_sentence_for_one_and_for_many(table):
    for kind in table:
        one, many = Report(table), Report(table)
        one.add(kind, "a.png")
        for place in "abcde":
            many.add(kind, f"{place}.png")
        (first,) = one.remarks()
        (second,) = many.remarks()
        assert first.text.startswith("1 ")
        assert "a.png" in first.text
        assert second.text.startswith("5 ")
        assert "a.png, b.png, c.png …" in second.text
        assert first.text.endswith(".")
        assert second.text.endswith(".")


def test_a_kind_nobody_knows_is_a_fault():
    with pytest.raises(KeyError):
        Report().add("surprise")


def test_a_sentence_without_a_place_has_no_empty_brackets():
    report = Report()
    report.add("box only")
    assert report.remarks()[0].text == "1 annotation has a box but no mask and was left out."


def test_what_is_kept_does_not_count_as_left_out():
    report = Report()
    for kind in ("outside", "unreadable", "flat polygon", "box only", "bad rle"):
        report.add(kind)
    assert report.left_out == 2


def test_what_no_format_takes_along_is_said():
    said = stays(2, 1)
    assert said[:2] == ["2 images not marked done: left out.", "1 proposal not accepted: left out."]
    assert len(stays(0, 0)) == 1
