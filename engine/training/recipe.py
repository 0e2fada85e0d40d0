"""Makes the recipe of a training run from a project and a few choices.

The one way to a recipe: the window gives its form's choices, the command line what `--recipe` and
`--set` say, in the same words, so both write the same recipe. Light: no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from engine.document.taxonomy import BACKGROUND, LabelClass, Taxonomy
from engine.errors import EngineError
from engine.images.tone import TONE, tone_from
from engine.training import split
from engine.training.schema import (
    NETWORKS,
    Augment,
    Recipe,
    RecipeClass,
    check,
    load,
    recipe_from_data,
    recipe_to_data,
    save,
)

__all__ = [
    "KEYS",
    "NETWORKS",
    "Augment",
    "Recipe",
    "RecipeClass",
    "load",
    "make_recipe",
    "mapped",
    "parse_settings",
    "recipe_from_data",
    "recipe_to_data",
    "save",
]

DEFAULT_START = "deeplabv3_mnv2_voc_257"
"""The model that comes with the program, where the project has none in use."""
LABELLED = ("corrected", "done")
"""Statuses of images that can be learned from."""
SPLIT_SEED = "split_seed"
"""Setting of the project: the seed its split follows, 0 where it was never set."""

_AUGMENT = frozenset(Augment.__struct_fields__)
_FIELDS = frozenset(Recipe.__struct_fields__) - {"schema", "classes", "mapping", "augment"}
_IMAGES = ("images", "train", "held")
KEYS = tuple(sorted(_FIELDS | _AUGMENT | {"classes", "images"}))
"""What `--set` and the form may name."""


class Row(Protocol):
    """What is read of `engine.store.ImageRow`."""

    @property
    def id(self) -> int: ...
    @property
    def file_name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def fold(self) -> str: ...


class ProjectLike(Protocol):
    """What is used of `engine.store.Project`."""

    @property
    def read_only(self) -> bool: ...
    @property
    def taxonomy(self) -> Taxonomy: ...
    @property
    def current_model(self) -> str | None: ...
    def images(self) -> Sequence[Any]: ...
    def set_image(self, image_id: int, **fields: Any) -> Any: ...
    def setting(self, key: str, default: Any = None) -> Any: ...
    def mapping(self, model_id: str, /) -> Mapping[int, Any] | None: ...


class CatalogLike(Protocol):
    """What is used of `engine.models.catalog.Catalog`."""

    def get(self, reference: str | Path, /) -> Any: ...


def parse_settings(settings: Iterable[str]) -> dict[str, Any]:
    """Options from `--set KEY=VALUE`.

    Values are read as JSON where they are JSON (numbers, true, lists), else as text; `classes`,
    `images`, `train` and `held` take names or numbers parted by commas.

    Raises:
        EngineError: no "=", or a key that is not known, with those that are.
    """
    options: dict[str, Any] = {}
    for setting in settings:
        key, sign, text = setting.partition("=")
        key = key.strip()
        if not sign:
            raise EngineError(f"“{setting}” has no “=”. Write it as KEY=VALUE, as in epochs=20.")
        if key not in KEYS:
            raise EngineError(f"“{key}” is no setting of a recipe. Known: {', '.join(KEYS)}.")
        options[key] = _value(key, text.strip())
    return options


def _value(key: str, text: str) -> Any:
    if key in {*_IMAGES, "classes"} and not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if key in {"name", "start", "device"}:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def make_recipe(
    project: ProjectLike, catalog: CatalogLike, options: Mapping[str, Any] | None = None
) -> Recipe:
    """The recipe for these choices; freezes the split of the images in the project.

    Args:
        project: The owner's, so that the split can be written; with a project that is read only
            the same split is worked out and not kept.
        catalog: Where the start is looked up.
        options: Keys of `KEYS`, or a whole recipe as data. `classes` are names or ids, `images`
            the ids to choose from (default: all that are corrected or done); `train` and `held`
            override the split. `minutes` without `epochs` uses all of that time.

    Raises:
        EngineError: a choice cannot be followed, with what to do.
    """
    given = dict(options or {})
    given.update(given.pop("augment", None) or {})
    unknown = set(given) - set(KEYS) - {"schema", "mapping"}
    if unknown:
        raise EngineError(f"“{min(unknown)}” is no setting of a recipe. Known: {', '.join(KEYS)}.")
    classes = _classes(project.taxonomy, given.pop("classes", None))
    start = str(given.pop("start", None) or project.current_model or DEFAULT_START)
    start, mapping = _start(project, catalog, start, classes)
    mapping = _pairs(given.pop("mapping", None), mapping, {each.id for each in classes})
    train, held = _folds(project, {key: given.pop(key, None) for key in _IMAGES})
    if given.get("minutes"):
        given.setdefault("epochs", 0)
    data = {key: given[key] for key in given if key in _FIELDS}
    data.setdefault("tone", tone_from(project.setting(TONE)).as_json())
    data["augment"] = {key: given[key] for key in given if key in _AUGMENT}
    data |= {"start": start, "train": train, "held": held, "mapping": mapping}
    data["classes"] = [msgspec.to_builtins(each) for each in classes]
    return _typed(data)


def _typed(data: dict[str, Any]) -> Recipe:
    try:
        return check(msgspec.convert(data, Recipe))
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `")
        key = place.rstrip("`").removeprefix("$.").removeprefix("augment.")
        raise EngineError(
            f"{key or 'The recipe'} is not as it should be: {text[:1].lower()}{text[1:]}."
        ) from error


def _classes(taxonomy: Taxonomy, wanted: Any) -> list[RecipeClass]:
    chosen = [_class(taxonomy, each) for each in wanted] if wanted else list(taxonomy.classes)
    background = RecipeClass(id=BACKGROUND, name="background", thing=False)
    return [
        background,
        *(RecipeClass(id=each.id, name=each.name, thing=each.thing) for each in chosen if each),
    ]


def _class(taxonomy: Taxonomy, wanted: Any) -> LabelClass | None:
    """A class of the project by id, name, or the entry of an older recipe; None = background."""
    if isinstance(wanted, Mapping):
        wanted = wanted.get("id")
    number = _number(wanted)
    if number == BACKGROUND or str(wanted).casefold() == "background":
        return None
    found = taxonomy.get(number) if number is not None else taxonomy.by_name(str(wanted))
    if found is None or found.deleted:
        known = ", ".join(each.name for each in taxonomy.classes) or "none yet"
        raise EngineError(f"There is no class “{wanted}” in the project. It has: {known}.")
    return found


def _number(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdigit() else None


def _start(
    project: ProjectLike, catalog: CatalogLike, start: str, classes: list[RecipeClass]
) -> tuple[str, list[tuple[int, int]]]:
    """The start's id or path, and which of its classes are kept."""
    if start in NETWORKS:
        return start, []
    entry = catalog.get(start)
    reference = str(entry.weights) if entry.origin == "file" else str(entry.id)
    return reference, mapped(project, entry, classes)


def mapped(
    project: ProjectLike, entry: Any, classes: Sequence[RecipeClass]
) -> list[tuple[int, int]]:
    """(class index of the model, project class id) for the model's classes that are wanted.

    The project's mapping counts (decision 4). Where it has none, a model of the project itself was
    trained here and names the class ids; any other model is gone by the names.
    """
    wanted = {each.id for each in classes}
    names = {each.name.casefold(): each.id for each in classes}
    own = entry.card.training.get("class_ids", ()) if entry.origin == "project" else ()
    given = project.mapping(entry.id)
    pairs = []
    for each in entry.card.classes:
        if each.background:
            target: Any = BACKGROUND
        elif given is not None:
            target = given.get(each.index)
        elif each.index < len(own):
            target = own[each.index]
        else:
            target = names.get(each.name.casefold())
        if isinstance(target, int) and target in wanted:
            pairs.append((each.index, target))
    return pairs


def _pairs(
    given: Any, worked_out: list[tuple[int, int]], wanted: set[int]
) -> list[tuple[int, int]]:
    if given is None:
        return worked_out
    return [(int(old), int(new)) for old, new in given if int(new) in wanted]


def _folds(project: ProjectLike, options: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """Image ids to learn from and to measure on."""
    rows = {row.id: row for row in project.images()}
    train, held = (_ids(options[key], rows, key) for key in ("train", "held"))
    chosen = _ids(options["images"], rows, "images")
    if train is None or held is None:
        labelled = [row.id for row in rows.values() if str(row.status) in LABELLED]
        pool = labelled if chosen is None else chosen
        folds = {each: rows[each].fold for each in pool}
        given = {
            each: fold
            for fold, ids in ((split.TRAIN, train), (split.HELD, held))
            for each in ids or ()
        }
        new = split.assign(
            {**folds, **given},
            {each: rows[each].file_name for each in {*folds, *given}},
            int(project.setting(SPLIT_SEED, 0)),
        )
        folds = {**folds, **new, **given}
        if not project.read_only:
            for each, fold in new.items():
                project.set_image(each, fold=fold)
        train = [each for each in folds if folds[each] == split.TRAIN] if train is None else train
        held = [each for each in folds if folds[each] == split.HELD] if held is None else held
    return train, held


def _ids(given: Any, rows: Mapping[int, Any], key: str) -> list[int] | None:
    if given is None:
        return None
    names = {row.file_name: row.id for row in rows.values()}
    found: list[int] = []
    for each in given:
        number = names.get(each) if isinstance(each, str) and each in names else _number(each)
        if number is None or number not in rows:
            raise EngineError(f"{key} names the image “{each}”, which is not in the project.")
        found.append(number)
    return list(dict.fromkeys(found))
