"""Which objects can be laid into another image."""

from engine.document.annotation import Annotation
from engine.document.carry import carry
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.masks.mask import Mask

CLASSES = Taxonomy(
    [
        LabelClass(id=2, name="cell", color="#2070EF", order=0),
        LabelClass(id=3, name="kept", color="#EF8F30", order=1, locked=True),
        LabelClass(id=4, name="sky", color="#00EF9F", order=2, thing=False),
        LabelClass(id=5, name="gone", color="#00EF9F", order=3, deleted=True),
    ]
)


def thing(number, box, class_id=2):
    return Annotation(id=number, class_id=class_id, mask=Mask.rectangle(box))


def test_each_is_sorted_by_what_is_in_its_way():
    objects = [
        thing(1, (0, 0, 10, 10)),
        thing(2, (95, 95, 120, 120)),
        thing(3, (100, 0, 120, 10)),
        thing(4, (0, 0, 10, 10), 3),
        thing(5, (0, 0, 10, 10), 4),
        thing(6, (0, 0, 10, 10), 5),
        thing(7, (0, 0, 10, 10), 99),
    ]
    found = carry(objects, (100, 100), CLASSES)
    assert [each.id for each in found.objects] == [1, 2], "one reaches beyond the edge: it is cut"
    assert (found.outside, found.locked, found.stuff) == (1, 1, 1)
