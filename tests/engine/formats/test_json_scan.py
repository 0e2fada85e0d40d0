"""Members and entries of JSON files are found wherever pieces of the file happen to end."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formats import json_scan
from engine.formats.json_scan import NotJson, blocks, scan

words = st.text(st.sampled_from('ab"\\[]{},: \n\u00e9\u2603'), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | st.floats(0, 9) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
files = st.dictionaries(words, values | st.lists(st.dictionaries(words, values, max_size=3)))


@pytest.fixture(params=[(16, 16), (64, 16), (1 << 22, 1 << 18)], ids=str)
def pieces(request, monkeypatch):
    """How much is read, and how much is looked at, at once."""
    monkeypatch.setattr(json_scan, "CHUNK", request.param[0])
    monkeypatch.setattr(json_scan, "WINDOW", request.param[1] * 64)
    return request.param


def text_of(value, indent, ascii_):
    return json.dumps(value, indent=indent, ensure_ascii=ascii_).encode()


@settings(max_examples=25)
@given(value=files, indent=st.sampled_from([None, 1]), ascii_=st.booleans())
@pytest.mark.parametrize("sizes", [(16, 64), (1 << 22, 1 << 18)], ids=str)
def test_every_member_and_entry_is_found(sizes, value, indent, ascii_):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_scan, "CHUNK", sizes[0])
        patch.setattr(json_scan, "WINDOW", sizes[1])
        data = text_of(value, indent, ascii_)
        found = scan(io.BytesIO(data))
    assert {json.loads(name) for name in found} == value.keys()
    for name, span in found.items():
        wanted = value[json.loads(name)]
        assert json.loads(data[span.start : span.stop]) == wanted
        assert span.is_list == isinstance(wanted, list)
        if span.is_list:
            entries = [json.loads(data[a:b]) for a, b in zip(span.starts, span.stops, strict=True)]
            assert entries == [each for each in wanted if isinstance(each, list | dict)]


@settings(max_examples=25)
@given(st.lists(st.dictionaries(words, values, max_size=3), max_size=9), st.integers(1, 60))
def test_blocks_hold_every_entry_once(entries, size):
    data = json.dumps(entries, indent=1).encode()
    span = scan(io.BytesIO(data))[b""]
    back = []
    for begin, end, first, after in blocks(span, size):
        text = data[begin:end].rstrip().removesuffix(b",")
        some = json.loads(b"[" + text + b"]")
        assert len(some) == after - first
        back += some
    assert back == entries


@settings(max_examples=25)
@given(files.filter(bool), st.data())
def test_a_file_that_breaks_off_is_none(value, data):
    whole = json.dumps(value).encode()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(NotJson):
        scan(io.BytesIO(cut))


@pytest.mark.parametrize("text", ["", " ", "7", "{} x", "[] []", "{'a': 1}", '{"a" 1}', '{"a": }'])
def test_what_is_no_object_and_no_list_is_refused(text):
    with pytest.raises(NotJson):
        scan(io.BytesIO(text.encode()))


def test_a_part_of_a_file_is_read_alone():
    data = b'[{"a": [1, {}]}]   '
    found = scan(io.BytesIO(data), 1, 15)
    assert {name: (each.start, each.stop) for name, each in found.items()} == {b'"a"': (7, 14)}


def test_one_long_entry_is_read_in_growing_pieces(pieces):
    value = {"x": [{"counts": "[{" * 5000 + '\\"'}, {"n": list(range(3000))}], "y": "]" * 4000}
    data = json.dumps(value).encode()
    found = scan(io.BytesIO(data))
    span = found[b'"x"']
    got = [json.loads(data[a:b]) for a, b in zip(span.starts, span.stops, strict=True)]
    assert got == value["x"]
    assert json.loads(data[found[b'"y"'].start : found[b'"y"'].stop]) == value["y"]
