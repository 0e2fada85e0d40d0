import pytest

from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.history import History
from engine.document.taxonomy import Taxonomy
from engine.masks.mask import Mask

CELL, NUCLEUS, ROAD, SKY = 2, 3, 4, 5


@pytest.fixture
def taxonomy():
    """Things cell (2) and nucleus (3), stuff road (4) and sky (5)."""
    classes = Taxonomy()
    for name, thing in (("cell", True), ("nucleus", True), ("road", False), ("sky", False)):
        classes = classes.with_(classes.new_class(name, thing=thing))
    return classes


@pytest.fixture
def document():
    """An empty image, 600 wide and 400 high."""
    return Document(1, (400, 600))


@pytest.fixture
def history(document):
    return History(document)


@pytest.fixture
def add(document):
    """Put an object or proposal into the document without a history; answers with its id."""

    def put(box, class_id=CELL, **fields):
        number = document.new_ids(1)[0]
        made = Annotation(id=number, class_id=class_id, mask=Mask.rectangle(box), **fields)
        document.take_in([made])
        return number

    return put
