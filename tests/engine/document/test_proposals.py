from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.document.proposals import set_proposals
from engine.masks.mask import Mask

CELL, NUCLEUS, ROAD = 2, 3, 4


def proposal(number, box, class_id=CELL, **fields):
    return Annotation(id=number, class_id=class_id, mask=Mask.rectangle(box), **fields)


def test_accepted_and_painted_work_is_never_changed(document, add):
    mine = add((0, 0, 50, 50))
    document.flip_layer(document.layer.change(Mask.rectangle((0, 100, 600, 200)), ROAD))
    before = document.state
    set_proposals(document, [proposal(90, (0, 0, 90, 90)), proposal(91, (0, 0, 600, 400), ROAD)])
    assert document.annotations[mine] is before.annotations[mine]
    assert document.layer is before.layer
    assert set(document.proposals) == {90, 91}


def test_only_what_waits_is_replaced(document):
    set_proposals(document, [proposal(1, (0, 0, 50, 50)), proposal(2, (60, 0, 90, 50))])
    assert document.status is Status.PROPOSED
    kept = set_proposals(document, [proposal(3, (0, 0, 20, 50))])
    assert [p.id for p in kept] == [3]
    assert set(document.proposals) == {3}
    set_proposals(document, [])
    assert document.status is Status.NEW


def test_what_agrees_with_an_accepted_object_of_its_class_is_hidden(document, add):
    add((0, 0, 100, 100))
    near, far = (0, 0, 100, 81), (0, 0, 100, 80)
    kept = set_proposals(
        document,
        [
            proposal(1001, near),
            proposal(1002, far),
            proposal(1003, near, NUCLEUS),
            proposal(1004, (0, 0, 0, 0)),
        ],
    )
    assert [p.id for p in kept] == [1002, 1003], "an IoU of exactly 0.8 is still news"


def test_what_agrees_with_painted_pixels_is_hidden(document):
    document.flip_layer(document.layer.change(Mask.rectangle((0, 0, 300, 300)), ROAD))
    kept = set_proposals(
        document, [proposal(1, (0, 0, 300, 290), ROAD), proposal(2, (0, 0, 300, 200), ROAD)]
    )
    assert [p.id for p in kept] == [2]


def test_proposing_is_no_step(document, history, add):
    add((0, 0, 100, 100))
    set_proposals(document, [proposal(50, (0, 0, 5, 5))])
    assert not history.can_undo
