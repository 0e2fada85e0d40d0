"""Sentences with names of others in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError, harmless


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain é 漢 – “x”\n\tline", "plain é 漢 – “x”\n\tline"),
        ("a\x1b[2Jb\x9b31m\x07\r", "a\\x1b[2Jb\\x9b31m\\x07\\r"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("\u2066a\u2069", "\\u2066a\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("a\u2028b", "a\\u2028b"),
        ("\udcff", "\\udcff"),
        (
            "👩\u200d👩\u200d👧 نمی\u200cخواهم \u05d0\u200e",
            "👩\u200d👩\u200d👧 نمی\u200cخواهم \u05d0\u200e",
        ),
    ],
)
def test_what_would_be_obeyed_is_shown(text, seen):
    assert harmless(text) == seen
    assert str(EngineError(text)) == seen


@given(st.text(st.characters()))
def test_a_sentence_can_be_written_anywhere(text):
    harmless(text).encode()
    assert harmless(harmless(text)) == harmless(text)
    assert not {"\x1b", "\u202e", "\x9b", "\x07", "\r"} & {*harmless(text)}


def test_an_error_without_a_sentence_is_one_all_the_same():
    assert EngineError().args == ()
    assert EngineError("a", 3).args == ("a", 3)
