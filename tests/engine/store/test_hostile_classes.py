"""Classes of a project file that others wrote: what cannot be is shown as ours would be."""

import sqlite3

import pytest

from engine.document.palette import HATCHES, is_color
from engine.document.taxonomy_commands import add_class
from engine.errors import EngineError
from engine.store import Project


@pytest.mark.parametrize(
    "change",
    [
        "color = 'x'",
        "color = '#GGGGGG'",
        "color = ''",
        "hatch = 99",
        "hatch = -5",
        "opacity = 1e300",
        "opacity = -3",
        "opacity = 9e999",
    ],
)
def test_looks_that_are_none(tmp_path, change):
    path = tmp_path / "a.maskwright"
    made = Project.create(path)
    for name in ("cell", "road"):
        made.project_history.do(add_class(made.taxonomy, name))
    made.close()
    db = sqlite3.connect(path)
    db.execute(f"UPDATE classes SET {change}")
    db.commit()
    db.close()
    project = Project.open(path)
    for each in project.taxonomy.classes:
        assert is_color(each.color)
        assert each.hatch in HATCHES
        assert each.opacity is None or 0 <= each.opacity <= 1
    project.project_history.do(
        add_class(project.taxonomy, "another")
    )  # its colour is far from them
    assert len(project.taxonomy.classes) == 3
    project.close()


def test_a_setting_that_cannot_be_read_is_said_when_the_project_is_opened(tmp_path):
    """Not by every part of the window that asks for one."""
    path = tmp_path / "a.maskwright"
    Project.create(path, name="mine").close()
    db = sqlite3.connect(path)
    db.execute("UPDATE settings SET value = '{' WHERE key = 'name'")
    db.commit()
    db.close()
    for read_only in (False, True):
        with pytest.raises(EngineError, match="its setting “name” cannot be read"):
            Project.open(path, read_only=read_only)
    db = sqlite3.connect(path)
    db.execute("UPDATE settings SET value = '\"again\"' WHERE key = 'name'")
    db.commit()
    db.close()
    project = Project.open(path)
    assert (project.name, project.read_only) == ("again", False), "the lock was let go"
    project.close()
