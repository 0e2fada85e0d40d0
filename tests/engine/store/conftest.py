import shutil

import pytest

from engine.document import taxonomy_commands as classes
from engine.document.annotation import Annotation
from engine.masks.mask import Mask
from engine.store import Project

CELL, NUCLEUS, ROAD = 2, 3, 4
SIZE = (700, 900)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "slides" / "slides.maskwright"


@pytest.fixture
def project(path):
    """A project with things cell and nucleus, stuff road, and three images of 900 × 700."""
    made = begin(path)
    yield made
    made.close(discard=True)


def begin(path):
    project = Project.create(path)
    for name, thing in (("cell", True), ("nucleus", True), ("road", False)):
        project.project_history.do(classes.add_class(project.taxonomy, name, thing=thing))
    files = [path.parent / f"night_{n}.png" for n in (1, 2, 3)]
    project.add_images(files, [SIZE] * 3)
    return project


@pytest.fixture
def reopen(path, project):
    """Close the project and open it again, as after a restart."""
    opened = []

    def again():
        (opened[-1] if opened else project).close()
        opened.append(Project.open(path))
        return opened[-1]

    yield again
    for one in opened:
        one.close(discard=True)


@pytest.fixture
def worked(once, path):
    """A copy of the project that a module begins ``once``, to be damaged."""
    path.parent.mkdir()
    shutil.copy(once, path)
    return path


@pytest.fixture
def thing(project):
    def make(box, class_id=CELL, **fields):
        number = project.new_ids(1)[0]
        return Annotation(id=number, class_id=class_id, mask=Mask.rectangle(box), **fields)

    return make


def end_without_closing(project):
    """Leave the files as a kill leaves them: the newest steps are in the log alone."""
    files = [project.path.with_name(project.path.name + end) for end in ("", "-wal")]
    left = [each.read_bytes() for each in files]
    project.close()
    for file, data in zip(files, left, strict=True):
        file.write_bytes(data)
