"""Whose each pixel is after objects were joined, cut and undone, classes merged, files imported."""

import pytest

from engine.document import edits
from engine.document import taxonomy_commands as classes
from engine.document.annotation import Annotation, imported
from engine.document.document import Status
from engine.document.provenance import totals
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project
from engine.store.origins import Origin
from engine.store.project_origin import FirstLayer

SIZE = (300, 400)
LEFT, RIGHT, GAP = (10, 10, 60, 60), (70, 10, 120, 60), (60, 10, 70, 60)


def box(*sides):
    return Mask.rectangle(sides)


class Bench:
    """One image of a project, worked on by several people."""

    def __init__(self, path):
        self.project = Project.create(path / "p.maskwright")
        for name, thing in (("cell", True), ("crack", True), ("grass", False), ("moss", False)):
            self.classes(classes.add_class(self.project.taxonomy, name, thing=thing))
        self.image = self.project.add_images([path / "a.png"], [SIZE])[0].id
        self.document = self.project.load(self.image)
        self.history = self.project.history(self.document)

    def id(self, name):
        return self.project.taxonomy.by_name(name).id

    def classes(self, command):
        self.project.project_history.do(command)

    def propose(self, name, *boxes):
        ids = self.project.new_ids(len(boxes))
        found = [
            Annotation(
                id=number, class_id=self.id(name), mask=box(*each), source="unet", score=0.9,
                proposal=True,
            )
            for number, each in zip(ids, boxes, strict=True)
        ]  # fmt: skip
        self.project.set_proposals(self.image, found)
        return list(ids)

    def do(self, person, act, *values, **more):
        self.project.person = person
        command = act(self.document, *values, self.project.taxonomy, **more)
        self.history.do(getattr(command, "command", command))
        return command

    def paint(self, person, name, region, number=None, erase=False):
        stuff = not self.project.taxonomy.is_thing(self.id(name))
        target = edits.Target(
            class_id=self.id(name), annotation=number, stuff=stuff, new=not stuff and not number
        )
        self.do(person, lambda document, taxonomy: edits.paint(
            document, box(*region), target, erase, taxonomy
        ))  # fmt: skip

    def whose(self, number):
        found = self.project.whose(self.image, SIZE, self.document.annotations[number])
        return {(one.kind, one.who): one.pixels for one in totals(found)}

    def area(self, name):
        shares = self.project.whose_area(self.image, self.document.layer, self.id(name))
        return {(one.kind, one.who): one.pixels for one in totals(shares)}


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.project.close(discard=True)


def test_what_a_joined_object_was_proposed_with_is_still_the_models(bench):
    first, second = bench.propose("cell", LEFT, RIGHT)
    bench.do("Ana", edits.accept, [first, second])
    bench.paint("Ben", "cell", (120, 10, 130, 60), second)
    bench.do("Cy", edits.merge, [first, second])
    assert bench.whose(second) == {("kept", "unet"): 5_000, ("added", "Ben"): 500}
    bench.history.undo()
    assert bench.whose(second) == {("kept", "unet"): 2_500, ("added", "Ben"): 500}
    bench.history.redo()
    assert bench.whose(second) == {("kept", "unet"): 5_000, ("added", "Ben"): 500}


def test_a_drawn_object_that_takes_in_a_proposed_one(bench):
    bench.paint("Ben", "cell", LEFT)
    (drawn,) = bench.document.annotations
    (proposed,) = bench.propose("cell", RIGHT)
    bench.do("Ana", edits.accept, [proposed])
    bench.do("Cy", lambda document, taxonomy: edits.join(document, drawn, [proposed], taxonomy))
    assert bench.whose(drawn) == {("kept", "unet"): 2_500, ("added", "Ben"): 2_500}


def test_pixels_given_to_another_class_are_the_givers_work(bench):
    (proposed,) = bench.propose("crack", RIGHT)
    bench.do("Ana", edits.accept, [proposed])
    bench.paint("Ben", "cell", LEFT)
    drawn = max(bench.document.annotations)
    to = edits.Neighbour(bench.id("cell"), drawn, 1)
    bench.do("Cy", lambda document, taxonomy: edits.give(document, [proposed], to, taxonomy))
    assert bench.whose(drawn) == {("added", "Ben"): 2_500, ("added", "Cy"): 2_500}


def test_a_piece_that_was_cut_off_is_what_it_was(bench):
    (number,) = bench.propose("cell", LEFT)
    bench.do("Ana", edits.accept, [number])
    bench.paint("Ben", "cell", GAP, number)
    cut = bench.do("Cy", lambda document, taxonomy: edits.cut(
        document, number, [box(50, 10, 70, 60)], taxonomy
    ))  # fmt: skip
    assert bench.whose(cut.made[0]) == {("kept", "unet"): 500, ("added", "Ben"): 500}
    assert bench.whose(number) == {("kept", "unet"): 2_000, ("erased", "Cy"): 500}


def test_merged_classes_say_nothing_of_objects_and_areas(bench):
    (number,) = bench.propose("crack", LEFT)
    bench.do("Ana", edits.accept, [number])
    (moss,) = bench.propose("moss", (200, 100, 250, 150))
    bench.do("Ana", edits.accept, [moss])
    bench.paint("Ben", "moss", (200, 90, 250, 100))
    for gone, stays in (("crack", "cell"), ("moss", "grass")):
        change = classes.merge_classes(bench.project.taxonomy, bench.id(gone), bench.id(stays))
        bench.project.project_history.do(change)
    assert [one.annotation for one in bench.project.origins(bench.image, SIZE)] == [moss]
    assert bench.whose(number) == {("kept", "unet"): 2_500}
    assert bench.area("grass") == {("kept", "unet"): 2_500, ("added", "Ben"): 500}
    assert bench.project.origins(bench.image, SIZE)[0].class_id == bench.id("grass")
    bench.project.project_history.undo()
    assert bench.area("moss") == {("kept", "unet"): 2_500, ("added", "Ben"): 500}


def test_undo_leaves_no_copy_of_what_only_was_undone(bench):
    before = bench.document.state
    (number,) = bench.propose("cell", LEFT)
    bench.do("Ana", edits.accept, [number])
    while bench.history.can_undo:
        bench.history.undo()
    assert bench.document.annotations == before.annotations
    bench.history.redo()
    assert bench.project.origins(bench.image, SIZE) == []


def test_an_area_that_was_proposed_painted_on_and_erased(bench):
    (number,) = bench.propose("grass", LEFT)
    bench.do("Ana", edits.accept, [number])
    bench.paint("Ben", "grass", GAP)
    bench.paint("Cy", "grass", (10, 10, 20, 60), erase=True)
    assert bench.area("grass") == {
        ("kept", "unet"): 2_000, ("added", "Ben"): 500, ("erased", "Cy"): 500
    }  # fmt: skip
    bench.history.undo()
    assert bench.area("grass") == {("kept", "unet"): 2_500, ("added", "Ben"): 500}


def came(bench, *regions):
    """An image with an object and areas that a file brought."""
    source, (number,) = imported("a.json"), bench.project.new_ids(1)
    layer = ClassMap(SIZE)
    for name, region in regions:
        layer = layer.flip(layer.change(box(*region), bench.id(name)))
    thing = Annotation(id=number, class_id=bench.id("cell"), mask=box(*LEFT), source=source)
    bench.project.add_annotations(bench.image, [thing], layer, Status.DONE)
    bench.project.note_layer(bench.image, source, 5.0)
    bench.document = bench.project.load(bench.image)
    bench.history = bench.project.history(bench.document)
    return number, source


def test_what_a_file_brought_is_neither_a_persons_nor_a_models(bench):
    number, source = came(bench, ("grass", RIGHT), ("moss", GAP))
    assert bench.whose(number) == {("kept", source): 2_500}
    assert bench.area("grass") == {("kept", source): 2_500}
    bench.paint("Ana", "cell", (5, 10, 10, 60), number)
    bench.paint("Ben", "cell", (50, 10, 60, 60), number, erase=True)
    each = bench.document.annotations[number]
    assert (each.source, each.edited, each.added, each.removed) == (source, True, 250, 500)
    assert bench.whose(number) == {
        ("kept", source): 2_000, ("added", "Ana"): 250, ("erased", "Ben"): 500
    }  # fmt: skip
    bench.paint("Ana", "grass", GAP)
    bench.paint("Ben", "grass", (110, 10, 120, 60), erase=True)
    bench.classes(
        classes.merge_classes(bench.project.taxonomy, bench.id("moss"), bench.id("grass"))
    )
    # what was moss in the file is grass by now, so painting grass on it came to nothing
    assert bench.area("grass") == {("kept", source): 2_500, ("erased", "Ben"): 500}
    (copy,) = bench.project.origins(bench.image, SIZE)
    assert copy == Origin(number, bench.id("cell"), copy.mask, source)


def test_without_the_first_steps_what_a_file_brought_is_not_made_up(bench):
    _, source = came(bench, ("grass", RIGHT))
    bench.paint("Ana", "grass", GAP)
    bench.paint("Ben", "grass", (0, 200, 10, 210))
    assert bench.area("grass")["kept", source] == 2_500
    bench.project.flush()
    bench.project._store.submit(lambda db: db.execute("DELETE FROM journal WHERE number = 1"))
    assert bench.area("grass") == {("added", "Ben"): 100, ("added", ""): 3_000}
    assert bench.project.first_layer(bench.image, SIZE) == FirstLayer(source)


def test_a_step_without_a_name_falls_back_on_the_name_it_left(bench):
    """As those have that a merge of copies takes."""
    (number,) = bench.project.new_ids(1)
    theirs = Annotation(id=number, class_id=bench.id("cell"), mask=box(*LEFT), person="Dee")
    bench.project.person = ""
    from engine.document.commands import Replace

    bench.history.do(Replace((), (theirs,)))
    assert bench.whose(number) == {("added", "Dee"): 2_500}
