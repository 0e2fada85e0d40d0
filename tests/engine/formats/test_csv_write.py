"""Tables that spreadsheets show and never run."""

import csv

import pytest

from engine.errors import EngineError
from engine.formats.csv_write import csv_text, plain_cell, write_csv


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "-", "＝1", '=HYPERLINK("x")'],
)
def test_texts_that_a_spreadsheet_would_run_are_marked_as_text(text):
    assert plain_cell(text) == f"'{text}"
    written = csv_text(("class",), [(text,)])
    assert [*csv.reader(written.splitlines(keepends=True))][1:][0][0].startswith("'")


@pytest.mark.parametrize("text", ["cell", "a=b", "1-2", "é", "", " x", "'quoted'", "a,b", 'a"b'])
def test_other_texts_come_back_as_they_were(text):
    assert plain_cell(text) == text
    rows = [*csv.reader(csv_text(("class",), [(text, "x")]).splitlines(keepends=True))]
    assert rows[1] == [text, "x"]


def test_numbers_stay_numbers():
    assert (
        csv_text(("a", "b", "c", "d"), [(-1, 0.25, None, True)]) == "a,b,c,d\r\n-1,0.25,,True\r\n"
    )


def test_a_table_is_written_whole(tmp_path):
    path = tmp_path / "a.csv"
    write_csv(path, ("class", "IoU"), [("=cmd", 0.5), ("häuser", None)])
    assert path.read_bytes() == "\ufeffclass,IoU\r\n'=cmd,0.5\r\nhäuser,\r\n".encode()
    assert [*tmp_path.iterdir()] == [path]
    with pytest.raises(EngineError):
        write_csv(tmp_path / "nowhere/a.csv", ("a",), [])
