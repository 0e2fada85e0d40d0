from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.annotation import Annotation
from engine.document.commands import (
    FlipLayer,
    FlipPixels,
    Replace,
    SetStatus,
    Several,
    classes_of,
    from_payload,
    objects_of,
    together,
)
from engine.document.document import Document, Status
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

SIZE = (400, 600)


def annotation(number=7, box=(0, 0, 40, 30), **fields):
    return Annotation(id=number, class_id=2, mask=Mask.rectangle(box), **fields)


def full(number=8):
    return annotation(
        number,
        (100, 100, 590, 390),
        order=-3,
        score=0.25,
        source="model-a",
        edited=True,
        proposal=True,
        crowd=True,
        locked=True,
        hidden=True,
        doubtful=True,
        note="“fünf” 🙂",
        coco_id=2**40,
        created=1.5,
        modified=2.5,
        seconds=3.25,
        added=4,
        removed=5,
        extra={"keypoints": [1, 2, None], "nested": {"a": "b"}},
    )


def patch():
    return ClassMap(SIZE).change(Mask.rectangle((10, 10, 500, 300)), 4)


COMMANDS = [
    FlipPixels(7, Mask.rectangle((30, 20, 300, 300))),
    FlipLayer(patch(), "Fill", (4,)),
    Replace((annotation(),), (), "Delete"),
    Replace((), (full(),), "Paste"),
    SetStatus(Status.NEW, Status.DONE),
    Several((SetStatus(Status.NEW, Status.CORRECTED), FlipLayer(patch())), "Both", 3),
]


def begin():
    return Document(1, SIZE, annotations=[annotation()])


def same(a, b):
    if [x.keys() for x in (a.annotations, a.proposals)] != [
        x.keys() for x in (b.annotations, b.proposals)
    ]:
        return False
    pairs = [
        (x, y[key])
        for x, y in ((a.annotations, b.annotations), (a.proposals, b.proposals))
        for key, x in x.items()
    ]
    masks = all(x.mask.same(y.mask) for x, y in pairs)
    rest = all(replace(x, mask=Mask.EMPTY) == replace(y, mask=Mask.EMPTY) for x, y in pairs)
    return masks and rest and a.layer.same(b.layer) and a.status == b.status


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: f"{c.kind}-{c.label}")
def test_the_answer_takes_the_command_back(command):
    document = begin()
    before = document.state
    inverse = command.apply(document)
    changed = document.state
    assert not same(before, changed)
    inverse.apply(document)
    assert same(before, document.state)
    inverse.inverse().apply(document)
    assert same(changed, document.state)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: f"{c.kind}-{c.label}")
def test_a_payload_does_what_the_command_did(command):
    first, second = begin(), begin()
    command.apply(first)
    read = from_payload(command.kind, command.to_payload(), SIZE, command.label)
    inverse = read.apply(second)
    assert same(first.state, second.state)
    assert read.label == command.label
    assert classes_of(read) == classes_of(command)
    assert objects_of(read) == objects_of(command)
    inverse.apply(second)
    assert same(begin().state, second.state)


def test_attributes_travel_without_pixels():
    small = annotation()
    big = replace(small, mask=Mask.rectangle((0, 0, 599, 399)))
    for one in (small, big):
        command = Replace((one,), (replace(one, note="n", edited=True),))
        data = command.to_payload()
        assert len(data) < 250
        document = Document(1, SIZE, annotations=[one])
        from_payload("replace", data, SIZE).apply(document)
        assert document.annotations[7].note == "n"
        assert document.annotations[7].mask is one.mask


def test_a_failed_part_leaves_nothing_of_the_whole():
    document = begin()
    before = document.state
    step = Several((FlipPixels(7, Mask.rectangle((0, 0, 5, 5))), FlipPixels(99, Mask.EMPTY)))
    heard = []
    document.subscribers.append(heard.append)
    with pytest.raises(EngineError):
        step.apply(document)
    assert document.state is before
    assert heard == []


def test_together_wraps_only_what_needs_it():
    stroke = FlipPixels(7, Mask.EMPTY, "A")
    assert together([], "A") is None
    assert together([stroke], "A") is stroke
    assert together([stroke], "B") == Several((stroke,), "B")


def test_unknown_kinds_and_versions_are_refused():
    data = COMMANDS[0].to_payload()
    with pytest.raises(EngineError, match="newer"):
        from_payload("warp", data, SIZE)
    with pytest.raises(EngineError, match="newer"):
        from_payload("flip_pixels", b"\x63" + data[1:], SIZE)
    deep = COMMANDS[0]
    for _ in range(6):
        deep = Several((deep,))
    with pytest.raises(EngineError):
        from_payload(deep.kind, deep.to_payload(), SIZE)


def test_a_payload_of_a_larger_image_is_refused():
    data = COMMANDS[0].to_payload()
    with pytest.raises(EngineError):
        from_payload("flip_pixels", data, (100, 100))


@given(st.integers(0, len(COMMANDS) - 1), st.data())
def test_damaged_payloads_are_refused_and_never_crash(which, data):
    command = COMMANDS[which]
    whole = bytearray(command.to_payload())
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        whole[at] ^= data.draw(st.integers(1, 255))
    else:
        del whole[at:]
    try:
        read = from_payload(command.kind, bytes(whole), SIZE)
    except EngineError:
        return
    assert read.kind == command.kind


@given(st.binary(max_size=60))
def test_noise_is_refused(noise):
    packed = b"\x01" + msgspec.msgpack.encode([noise, [1]])
    for kind in ("flip_pixels", "flip_layer", "replace", "set_status", "several"):
        for data in (noise, b"\x01" + noise, packed):
            with pytest.raises(EngineError):
                from_payload(kind, data, SIZE)
