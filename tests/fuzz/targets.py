"""What is done with each mutant: as the program does with such a file, to the last pixel."""

import json
import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engine.errors import EngineError
from tests.fuzz import datasets, mutate
from tests.fuzz.mutate_onnx import network_of
from tests.fuzz.mutate_text import any_json

PIXELS = 4_000_000
"""A larger picture is opened and drawn small, not decoded a second time."""


class Target(NamedTuple):
    """One kind of file.

    Attributes:
        count: Mutants of a whole run.
        begin: Makes the sound files; answers what writes mutant ``number`` and gives its path.
        use: Uses it; EngineError is a refusal.
    """

    count: int
    begin: Callable[[Path], Callable[[random.Random], Path]]
    use: Callable[[Path], None]


def _coco(folder: Path) -> Callable[[random.Random], Path]:
    from tests.fuzz import seeds

    sound = seeds.coco(folder)
    others = [content for _, content in sound]

    def write(chance: random.Random) -> Path:
        name, content = chance.choice(sound)
        # The panoptic pictures lie in a folder that is called like the file.
        path = folder / ("coco-panoptic-False.json" if name == "coco-panoptic" else "mutant.json")
        path.write_bytes(any_json(chance, content, others))
        return path

    return write


def use_coco(path: Path) -> None:
    """Detect, read every mask, and verify."""
    from engine.formats import registry
    from engine.formats.format import ReadOptions
    from engine.formats.verify import verify_file

    name = "coco-panoptic" if "panoptic" in path.name else "coco"
    for ask in (
        lambda: registry.detect(path),
        lambda: _read(registry.get(name), path, ReadOptions()),
    ):
        _allowed(ask)
    _allowed(lambda: verify_file(path, deep=True))


def _read(form, path, options):
    reading = form.read(path, options)
    folder = Path(reading.folder) if getattr(reading, "folder", None) else path.parent
    for image in reading.images():
        inside = (folder / image.file_name).resolve()
        assert not image.present or inside.is_relative_to(path.parent.resolve()), image.file_name
        for each in image.objects:
            left, top, right, bottom = each.mask.box
            assert 0 <= left <= right <= image.size[1]
            assert 0 <= top <= bottom <= image.size[0]
    reading.report.remarks()


refusals: list[str] = []
"""Sentences that the mutant in use was refused with."""


def _allowed(ask):
    try:
        ask()
    except EngineError as refused:
        check_sentence(str(refused))
        refusals.append(str(refused))
        return False
    return True


def check_sentence(text: str) -> None:
    """A refusal is short and has no loose ends."""
    assert 10 < len(text) < 1200, f"{len(text)} characters"
    assert "Traceback" not in text


def _results(folder: Path) -> Callable[[random.Random], Path]:
    from tests.fuzz import seeds

    (folder / "a.maskwright").write_bytes(seeds.project(folder))
    sound, path = seeds.results(), folder / "results.json"

    def write(chance: random.Random) -> Path:
        path.write_bytes(any_json(chance, sound, [sound]))
        return path

    return write


def use_results(path: Path) -> None:
    """Read a list of results as predictions, and measure them."""
    from engine.formats import registry
    from engine.formats.format import ReadOptions
    from engine.jobs.job import EvaluateSpec
    from engine.jobs.judges import Classes, FileJudge
    from engine.metrics.detection import DetectionMetrics
    from engine.store import Project

    known = {number: f"{number}.png" for number in (1, 2, 3)}
    _allowed(lambda: _read(registry.get("coco"), path, ReadOptions(numbers=known)))
    project = Project.open(path.with_name("a.maskwright"), read_only=True)
    spec = EvaluateSpec(project=str(project.path), predictions=str(path))
    classes, rows = Classes.of(project.taxonomy), list(project.images())

    def measure():
        judge, scores = FileJudge(project, spec, classes, rows), DetectionMetrics(classes.order)
        for row in rows:
            scores.add(row.size, [], judge.judge(row).objects)
        scores.scores()

    try:
        _allowed(measure)
    finally:
        project.close(discard=True)


def _card(folder: Path) -> Callable[[random.Random], Path]:
    from tests.fuzz import seeds

    sound = seeds.cards()
    path = folder / "card.toml"

    def write(chance: random.Random) -> Path:
        path.write_bytes(mutate.toml_of(chance, chance.choice(sound), sound))
        return path

    return write


def use_card(path: Path) -> None:
    """Read, write again, and list it in a catalog."""
    from engine.models.card import card_text, load_card
    from engine.models.catalog import Catalog

    catalog = Catalog(user_dir=path.parent / "none", builtin_dir=path.parent.parent)
    for entry in catalog.entries():
        assert entry.weights.resolve().is_relative_to(path.parent.resolve()), entry.weights
    _allowed(lambda: load_card(path))
    try:
        card = load_card(path)
    except EngineError:
        return
    card_text(card)


def _project(folder: Path) -> Callable[[random.Random], Path]:
    from tests.fuzz import seeds

    sound = seeds.project(folder)
    path = folder / "m" / "a.maskwright"
    path.parent.mkdir()

    def write(chance: random.Random) -> Path:
        shutil.rmtree(path.parent)  # with the backups that a project makes beside itself
        path.parent.mkdir()
        mutate.project_in(chance, path, sound, [sound])
        return path

    return write


def use_project(path: Path) -> None:
    """Open, load everything, undo all, do all again, look at it without writing, and mend it."""
    from engine.store import Project
    from engine.store.check import repair

    for read_only in (False, True):
        _allowed(lambda only=read_only: _look_at(Project.open(path, read_only=only)))
    if _allowed(lambda: repair(path)):
        _look_at(Project.open(path))  # what is mended opens


def _look_at(project):
    try:
        _ = project.name, project.taxonomy.classes, len(project.images())
        for row in project.images():
            _allowed(lambda number=row.id: _through(project, number))
        project.jobs()
    finally:
        project.close(discard=True)


def _through(project, number):
    document = project.load(number)
    project.picture(number)
    history = project.history(document)
    if project.read_only:
        return
    for _ in range(40):
        if history.undo() is None:
            break
    for _ in range(40):
        if history.redo() is None:
            break


def _image(folder: Path) -> Callable[[random.Random], Path]:
    from tests.fuzz import seeds

    sound = seeds.pictures(folder)
    others = [content for _, content in sound]

    def write(chance: random.Random) -> Path:
        suffix, content = chance.choice(sound)
        path = folder / f"mutant.{suffix}"
        path.write_bytes(mutate.bytes_of(chance, content, others))
        return path

    return write


def use_image(path: Path) -> None:
    """Open, draw small, and decode."""
    _allowed(lambda: _look(path))


def _look(path):
    from engine.images.source import open_source, read_rgb

    source = open_source(path)
    height, width = source.size
    picture = source.overview(64)
    assert max(picture.shape[:2]) <= 64
    if height * width <= PIXELS:
        assert source.raw(0, (0, 0, width, height)).shape[:2] == (height, width)
        assert read_rgb(path).shape == (height, width, 3)
    if source.pages > 1:
        open_source(path, source.pages - 1).overview(64)
    source.close()


def _onnx(folder: Path) -> Callable[[random.Random], Path]:
    from tests.fuzz import seeds

    sound = seeds.networks()
    path = folder / "mutant.onnx"
    (folder / "weights.bin").write_bytes(bytes(4 * 4 * 27))

    def write(chance: random.Random) -> Path:
        path.write_bytes(network_of(chance, chance.choice(sound), sound))
        return path

    return write


def use_onnx(path: Path) -> None:
    """Inspect as when a model is added, with a trial run."""
    from engine.models.inspect_file import inspect

    _allowed(lambda: inspect(path, threads=1))


def _dataset(name: str) -> Callable[[Path], Callable[[random.Random], Path]]:
    return lambda folder: datasets.begin(name, folder)


def use_dataset(path: Path) -> None:
    """Import it into a project, as the program does."""
    said = datasets.use(path)
    if said:
        check_sentence(said)
        refusals.append(said)


TARGETS = {
    "coco": Target(10_000, _coco, use_coco),
    "results": Target(2_000, _results, use_results),
    "card": Target(10_000, _card, use_card),
    "project": Target(10_000, _project, use_project),
    "image": Target(2_000, _image, use_image),
    "onnx": Target(500, _onnx, use_onnx),
    **{name: Target(500, _dataset(name), use_dataset) for name in datasets.NAMES},
}


def _harm(folder: Path) -> Callable[[random.Random], Path]:
    path = folder / "harm.txt"

    def write(chance: random.Random) -> Path:
        path.write_text(chance.choice(("fine", "dies", "hangs", "raises", "grows", "refused")))
        return path

    return write


def use_harm(path: Path) -> None:
    """Do what the file says."""
    match path.read_text():
        case "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hangs":
            while True:
                pass
        case "raises":
            raise ValueError("as the file says")
        case "grows":
            bytearray(64 << 30)
        case "refused":
            _allowed(lambda: _refuse(path))


def _refuse(path):
    raise EngineError(f"{path.name} is refused.")


HARM = {"harm": Target(10, _harm, use_harm)}
"""What the pool must notice, for its own test."""


def chance_of(target: str, seed: int, number: int) -> random.Random:
    """The dice of one mutant, the same wherever it is made."""
    return random.Random(json.dumps([target, seed, number]))
