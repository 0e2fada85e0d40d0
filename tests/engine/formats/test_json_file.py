"""JSON files as they come: in other encodings, with what JSON does not know, damaged."""

import json

import msgspec
import pytest

from engine.errors import EngineError
from engine.formats import json_file, json_scan
from engine.formats.json_file import Blocks, JsonFile


class Named(msgspec.Struct):
    id: int
    name: str = ""


ENTRIES = [{"id": at, "name": f"n{at}"} for at in range(40)]


@pytest.fixture
def opened(tmp_path):
    def make(data):
        path = tmp_path / "x.json"
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        return JsonFile(path)

    return make


def all_of(file, name="a", kind=None):
    found, strange = [], 0
    for some, more in file.blocks(name, kind or json_file.PLAIN):
        found += some
        strange += more
    return found, strange


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(opened, encoding):
    text = json.dumps({"a": [{"name": "für"}]}, ensure_ascii=False)
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    assert all_of(opened((mark + text).encode(encoding))) == ([{"name": "für"}], 0)


def test_bytes_that_are_no_text_are_replaced(opened):
    assert all_of(opened(b'{"a": [{"n": "f\xfcr"}, {"n": 1}]}')) == (
        [{"n": "f\ufffdr"}, {"n": 1}],
        0,
    )


def test_numbers_that_json_does_not_know(opened):
    found, _ = all_of(opened(b'{"a": [{"n": NaN}, {"n": -Infinity}, {"n": 2}]}'))
    assert [str(each["n"]) for each in found] == ["nan", "-inf", "2"]


def test_entries_of_another_kind_are_none_and_values_are_counted(opened):
    file = opened({"a": [{"id": 1}, 7, [], {"id": "x"}, None, "{,}", {"id": 2}]})
    assert all_of(file, kind=Blocks(Named))[0] == [Named(1), None, None, Named(2)]
    assert all_of(file)[0] == [{"id": 1}, None, {"id": "x"}, {"id": 2}]
    assert all_of(file)[1] > 2
    assert all_of(opened({"a": [1, 2, 3]})) == ([], 3)


def test_an_entry_nested_too_deep_is_none(opened):
    deep = b"[" * 100_000 + b"]" * 100_000
    assert all_of(opened(b'{"a": [{"id": 1}, {"x": %b}, {"id": 2}]}' % deep))[0] == [
        {"id": 1},
        None,
        {"id": 2},
    ]


@pytest.mark.parametrize("entries", ['{"id": 1} {"id": 2}', '{"id": 1}, {"id" 2}', '{"id": [1}'])
def test_what_is_no_json_inside_is_said_with_its_line(tmp_path, entries):
    path = tmp_path / "x.json"
    path.write_text('{\n"a": [\n' + entries + "]}")
    with pytest.raises(EngineError, match=r"x\.json is not whole JSON \(line 3\)"):
        all_of(JsonFile(path))


def test_a_list_around_the_file_is_taken_off(opened):
    file = opened([{"images": [], "a": ENTRIES}])
    assert not file.is_list
    assert all_of(file)[0] == ENTRIES
    file = opened([{"image_id": 1}])
    assert file.is_list
    assert all_of(file, "")[0] == [{"image_id": 1}]


def test_other_members_and_what_is_no_list(opened):
    file = opened({"info": {"year": 1}, "a": [], "n": 3.5, "s": "x"})
    assert file.others(("a",)) == {"info": {"year": 1}, "n": 3.5, "s": "x"}
    assert (file.count("a"), file.count("b"), file.begins("s", 2)) == (0, 0, b'"x')
    with pytest.raises(EngineError, match=r"“n” in x\.json is not a list"):
        file.span("n")


def test_entries_in_any_order(opened, monkeypatch):
    """Ahead where they follow each other; never more than an entry where they do not."""
    monkeypatch.setattr(json_file, "AHEAD", 100)
    file = opened({"a": ENTRIES})
    span = file.span("a")
    places = [0, 1, 2, 30, 29, 3, 4, 5, 39, 0]
    found = [json.loads(file.read(int(span.starts[at]), int(span.stops[at]))) for at in places]
    assert found == [ENTRIES[at] for at in places]


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(EngineError, match="cannot be read"):
        JsonFile(tmp_path / "none.json")


def test_lists_of_millions_of_values_are_no_entries(opened, monkeypatch):
    monkeypatch.setattr(json_file, "STRANGE", 50)
    with pytest.raises(EngineError, match=r"“a” in x\.json is a list of values"):
        all_of(opened({"a": [1] * 60}))


def test_more_entries_than_are_noted_are_refused(opened, monkeypatch):
    monkeypatch.setattr(json_scan, "MOST", 30)
    with pytest.raises(EngineError, match="Split it by images"):
        opened({"a": ENTRIES})


def test_an_entry_too_long_to_read_is_refused(opened, monkeypatch):
    file = opened({"a": [{"x": "y" * 500}]})
    monkeypatch.setattr(json_file, "LONGEST", 400)
    with pytest.raises(EngineError, match=r"has an entry of \d+ bytes"):
        all_of(file)


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 5000, 5001])
def test_backslashes_before_a_quote(opened, monkeypatch, count):
    monkeypatch.setattr(json_scan, "WINDOW", 256)
    text = b'{"a": [{"x": "%b"%b}], "b": 1}' % (b"\\" * count, b"" if count % 2 == 0 else b'"')
    assert all_of(opened(text))[0] == json.loads(text)["a"]


def test_a_flood_of_backslashes_is_no_json(opened, monkeypatch):
    monkeypatch.setattr(json_scan, "LONGEST", 4096)
    with pytest.raises(EngineError, match="not whole JSON"):
        opened(b'{"a": ["' + b"\\" * 300_000)
