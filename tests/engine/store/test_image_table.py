"""The columns of images say the same as the rows they were made from."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.document import Status
from engine.images.folder import list_images
from engine.store import ImageRow, ImageRows
from engine.store.image_table import ImageTable

PROJECT = Path("/p/a.maskwright")
texts = st.text("ab/.", min_size=1, max_size=6)
rows = st.builds(
    ImageRow,
    st.just(0),
    texts,
    st.just(PROJECT),
    texts,
    st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99)),
    st.sampled_from(Status),
    st.integers(-3, 3),
    st.none() | st.floats(0, 1),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from(("", "train", "held")),
    st.none() | st.integers(0, 2**40),
    st.integers(1, 8),
    st.sampled_from(("", '{"a": 1}')),
    st.integers(0, 3),
    st.sampled_from(("", '{"gamma": 2}')),
)


def numbered(some):
    """Rows with ids 1, 3, 5 …"""
    return [row._replace(id=1 + 2 * at) for at, row in enumerate(some)]


@given(st.lists(rows, max_size=12))
def test_rows_come_back_in_the_order_of_the_list(some):
    some = numbered(some)
    listed = sorted(some, key=lambda row: (row.order, row.page, row.id))
    found = ImageRows.of(some)
    assert list(found) == listed
    assert [found[at] for at in range(len(found))] == listed
    assert found[1:4] == listed[1:4]
    assert found.ids() == [row.id for row in listed]
    assert found.folded_names() == [row.file_name.casefold() for row in listed]
    assert [found.index_of(row.id) for row in listed] == list(range(len(listed)))
    assert found.index_of(2) is None
    assert found.counts() == {
        status: sum(row.status is status for row in some) for status in Status
    }


@given(st.lists(rows, min_size=1, max_size=8), st.data())
def test_a_change_is_seen_by_lists_and_a_removal_is_not(some, data):
    some = numbered(some)
    table = ImageTable(PROJECT)
    table.extend(some[:1])
    table.extend(some[1:])
    before = ImageRows(table)
    at = data.draw(st.integers(0, len(some) - 1))
    new = data.draw(rows)._replace(id=some[at].id)
    table.put(table.position(new.id), new)
    assert before[before.index_of(new.id)] == new
    left = ImageRows(table.without([new.id]))
    assert set(left) == {row for row in some if row.id != new.id}
    assert left.index_of(new.id) is None
    assert len(before) == len(some)


def test_images_that_come_later_are_not_in_an_older_list():
    table = ImageTable(PROJECT)
    table.extend_plain(5, 0, ["a.png", "sub/b.png"])
    older = ImageRows(table)
    table.extend_plain(7, 2, [f"{n}.png" for n in range(500)])
    assert [row.file_name for row in older] == ["a.png", "b.png"]
    assert older.index_of(7) is None
    newer = ImageRows(table)
    assert len(newer) == 502
    assert newer[1] == ImageRow(6, "sub/b.png", PROJECT, "b.png", None, order=1)
    assert table.next_order() == 502


def test_an_index_out_of_range_is_one():
    with pytest.raises(IndexError):
        ImageRows.of(())[0]


def test_a_listed_folder_is_what_adding_its_files_would_be(tmp_path, reopen_folder):
    for name in ("b.png", "a.jpg", "sub/ü c.tif", "sub/deep/d.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    project = reopen_folder(tmp_path / "in" / "p.maskwright")
    listing = list_images(tmp_path / "in")
    assert project.add_folder(listing) == 4
    assert project.add_folder(listing) == 0
    plain = reopen_folder(tmp_path / "in" / "q.maskwright")
    plain.add_images([tmp_path / "in" / name for name in listing.names])
    assert [row._replace(project=PROJECT) for row in project.images()] == [
        row._replace(project=PROJECT) for row in plain.images()
    ]
    project.close()
    again = reopen_folder(project.path)
    assert list(again.images()) == list(project_rows(project))
    assert again.find_image(tmp_path / "in" / "sub" / "ü c.tif").id == 3
    away = reopen_folder(tmp_path / "out" / "r.maskwright")
    assert away.add_folder(listing) == 4
    assert [row.path for row in away.images()] == [tmp_path / "in" / n for n in listing.names]
    assert away.add_images([tmp_path / "in" / "b.png"])[0].id == 2


def project_rows(project):
    return project.images()


@pytest.fixture
def reopen_folder():
    """Open or make a project; all are closed at the end."""
    from engine.store import Project

    opened = []

    def at(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        opened.append(Project.open(path) if path.exists() else Project.create(path))
        return opened[-1]

    yield at
    for project in opened:
        project.close()
