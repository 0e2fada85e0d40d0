"""Digests: equal for equal work, different for different work, kept until the image changes."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.taxonomy_commands import add_class
from engine.masks import codec
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project, contents
from engine.store.contents import content_of, pack, unpack

SIZE = (700, 900)
boxes = st.tuples(
    st.integers(0, 800), st.integers(0, 600), st.integers(1, 600), st.integers(1, 500)
).map(lambda b: (b[0], b[1], min(900, b[0] + b[2]), min(700, b[1] + b[3])))


def thing(number, mask, **fields):
    return Annotation(id=number, class_id=fields.pop("class_id", 2), mask=mask, **fields)


@given(st.lists(boxes, max_size=4), st.randoms())
def test_the_order_and_the_ids_do_not_matter(some, chance):
    masks = [Mask.rectangle(box) for box in some]
    plain = content_of([thing(n, mask) for n, mask in enumerate(masks, 1)], ClassMap(SIZE))
    chance.shuffle(masks)
    other = content_of([thing(n, mask) for n, mask in enumerate(masks, 50)], ClassMap(SIZE))
    assert plain.digest() == other.digest()
    assert unpack(pack(plain)) == plain


@given(boxes, st.integers(0, 899), st.integers(0, 699))
def test_one_pixel_makes_another_digest(box, x, y):
    mask = Mask.rectangle(box)
    pixel = Mask.rectangle((x, y, x + 1, y + 1))
    one, other = (content_of([thing(1, each)], ClassMap(SIZE)) for each in (mask, mask ^ pixel))
    assert one.digest() != other.digest()
    again = codec.from_bytes(codec.to_bytes(mask), SIZE)
    assert content_of([thing(1, again)], ClassMap(SIZE)) == one
    twice = (mask ^ pixel) ^ pixel
    assert content_of([thing(1, twice)], ClassMap(SIZE)) == one


def test_class_crowd_and_class_map_count_and_looks_do_not():
    mask = Mask.rectangle((1, 2, 30, 40))
    plain = content_of([thing(1, mask)], ClassMap(SIZE)).digest()
    other = (
        content_of([thing(1, mask, class_id=3)], ClassMap(SIZE)),
        content_of([thing(1, mask, crowd=True)], ClassMap(SIZE)),
        content_of([thing(1, mask)], ClassMap(SIZE).flip(ClassMap(SIZE).change(mask, 4))),
        content_of([], ClassMap(SIZE)),
    )
    assert len({plain, *(each.digest() for each in other)}) == 5
    looks = thing(1, mask, hidden=True, note="x", locked=True, order=9, score=0.5)
    assert content_of([looks], ClassMap(SIZE)).digest() == plain
    waiting = thing(2, mask, proposal=True)
    assert content_of([thing(1, mask), waiting], ClassMap(SIZE)).digest() == plain


def test_a_digest_is_the_same_on_every_machine():
    """These were worked out once; a change of the form must be a decision."""
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((10, 10, 300, 300)), 300))
    found = content_of([thing(7, Mask.rectangle((5, 6, 20, 30)))], layer)
    large = content_of([thing(7, Mask.rectangle((5, 6, 800, 600)))], ClassMap(SIZE))
    assert [found.layer.hex(), found.objects[7].hex(), large.objects[7].hex()] == EXPECTED


EXPECTED = ["7d8d9146c40de897", "0b4453fffe777114", "b765e731022f2533"]


def test_damaged_digests_are_refused():
    data = pack(content_of([thing(1, Mask.rectangle((0, 0, 5, 5)))], ClassMap(SIZE)))
    for cut in (data[:-1], data[:3], data + b"x", b""):
        with pytest.raises(ValueError, match="cut short"):
            unpack(cut)


@pytest.fixture
def project(tmp_path):
    opened = Project.create(tmp_path / "p.maskwright")
    opened.project_history.do(add_class(opened.taxonomy, "cell"))
    opened.add_images([tmp_path / "a.png", tmp_path / "b.png"], [SIZE] * 2)
    yield opened
    opened.close(discard=True)


def test_digests_are_kept_until_the_image_is_written_again(project):
    ids = [row.id for row in project.images()]
    document = project.load(ids[0])
    history = project.history(document)
    cell = project.taxonomy.by_name("cell").id

    def draw(box):
        target = edits.Target(class_id=cell, new=True)
        history.do(edits.paint(document, Mask.rectangle(box), target, False, project.taxonomy))
        project.flush()

    draw((0, 0, 50, 50))
    items, stamps = project.contents_now(ids)
    keep = [(item.image, s, item.content) for item, s in zip(items, stamps, strict=True)]
    draw((100, 100, 200, 200))
    project._store.submit(lambda db: contents.keep(db, keep))
    project.flush()
    known = project.known_contents()
    assert known[ids[0]][1] is None, "it was written in between, so it is not taken over"
    assert known[ids[1]] == (0, items[1].content)
    again, stamps = project.contents_now(ids)
    assert again[0].content != items[0].content
    project._store.submit(lambda db: contents.keep(db, [(ids[0], stamps[0], again[0].content)]))
    project.flush()
    assert project.known_contents()[ids[0]][1] == again[0].content
    history.undo()
    project.flush()
    assert project.known_contents()[ids[0]][1] is None
    assert project.contents_now(ids)[0][0].content == items[0].content, "undo brings it back"


def test_proposals_and_status_leave_it_alone(project):
    number = project.images()[0].id
    _items, stamps = project.contents_now([number])
    project._store.submit(lambda db: contents.keep(db, [(number, stamps[0], b"x" * 8)]))
    proposal = Annotation(
        id=project.new_ids(1)[0], class_id=2, mask=Mask.rectangle((0, 0, 9, 9)), source="m",
        score=0.5, proposal=True,
    )  # fmt: skip
    project.set_proposals(number, [proposal])
    project.flush()
    assert project.known_contents()[number][1] == b"x" * 8
    assert np.frombuffer(b"x" * 8, np.uint8).size == contents.SIDE


def test_what_is_noted_while_reading_is_what_was_read(project):
    """The file's own bits are hashed where they are at hand; the digests are the same."""
    ids = [row.id for row in project.images()]
    cell = project.taxonomy.by_name("cell").id
    boxes = [(0, 0, 50, 50), (3, 5, 16, 18), (7, 7, 8, 8), (0, 0, 800, 600)]  # bits fill no byte
    for image in ids:
        made = [
            Annotation(id=number, class_id=cell, mask=Mask.rectangle(each))
            for number, each in zip(project.new_ids(len(boxes)), boxes, strict=True)
        ]
        project.add_annotations(image, made)
    noted = {}
    documents = project.iter_documents(
        ids, lambda image, stamp, packed: noted.setdefault(image, (stamp, packed))
    )
    for document in documents:
        plain = pack(content_of(document.ordered(), document.layer))
        assert noted[document.image_id][1] == plain
    items, stamps = project.contents_now(ids)
    assert [noted[key] for key in ids] == list(
        zip(stamps, [each.content for each in items], strict=True)
    )


def test_stored_bits_that_are_not_as_we_write_them_are_not_hashed(project):
    """Bits beyond the last pixel, or a crop that is too wide: the pixels alone count."""
    image = project.images()[0].id
    cell = project.taxonomy.by_name("cell").id
    number = project.new_ids(1)[0]
    project.add_annotations(
        image, [Annotation(id=number, class_id=cell, mask=Mask.rectangle((0, 0, 3, 3)))]
    )
    (before,), _ = project.contents_now([image])
    full = codec.to_bytes(Mask.rectangle((0, 0, 3, 3)))
    head = full[: codec.CROP_BODY]
    loose = head[:2] + codec.CROP_HEAD.pack(0, 0, 4, 3)
    for blob in (
        head + codec._pack(b"\xff\xff"),
        loose + codec._pack(bytes([0b11101110, 0b11100000])),
    ):
        write = partial(_store_mask, blob)
        project._store.submit(write)
        (again,), _ = project.contents_now([image])
        noted = {}
        note = partial(_note, noted)
        list(project.iter_documents([image], note))
        assert again.content == noted[image] == before.content


def _note(noted, image, _stamp, packed):
    noted[image] = packed


def _store_mask(blob, db):
    db.execute("UPDATE annotations SET mask = ?", [blob])


def test_an_export_notes_what_it_read_whatever_happens_meanwhile(project, tmp_path):
    """The owner paints between the start of an export and its first image."""
    from engine.jobs.snapshot import file_names, sheet_images
    from engine.jobs.versions import Recorder, read

    image = project.images()[0].id
    cell = project.taxonomy.by_name("cell").id

    def draw(box):
        number = project.new_ids(1)[0]
        project.add_annotations(
            image, [Annotation(id=number, class_id=cell, mask=Mask.rectangle(box))]
        )
        project.flush()

    draw((0, 0, 9, 9))
    items, stamps = project.contents_now([image])
    project._store.submit(lambda db: contents.keep(db, [(image, stamps[0], items[0].content)]))
    project.flush()
    rows = [project.images()[0]]
    reader = Project.open(project.path, read_only=True)
    recorder = Recorder(reader, "export")
    draw((20, 20, 30, 30))
    images, _ = sheet_images(rows, file_names(rows))
    (sheet,) = recorder.sheets(images)
    recorder.finish({image: ("a.png", SIZE)}, tmp_path, {})
    reader.close()
    frozen = read(tmp_path)
    assert frozen.items[0].content == pack(content_of(sheet.objects, sheet.layer))
    assert len(unpack(frozen.items[0].content).objects) == 2
    assert frozen.stamps == (project.known_contents()[image][0],)
