import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest

from engine.document.taxonomy import LabelClass, Taxonomy
from engine.errors import EngineError
from engine.training import recipe as recipes
from engine.training.recipe import make_recipe, parse_settings, recipe_from_data, recipe_to_data


@dataclass(frozen=True)
class Row:
    id: int
    file_name: str
    status: str = "done"
    fold: str = ""


@dataclass
class Project:
    """What `make_recipe` uses of a project, in memory."""

    taxonomy: Any
    rows: dict
    read_only: bool = False
    current_model: str | None = None
    settings: dict = field(default_factory=dict)
    mappings: dict = field(default_factory=dict)

    def images(self):
        return list(self.rows.values())

    def set_image(self, image_id, **fields):
        self.rows[image_id] = replace(self.rows[image_id], **fields)

    def setting(self, key, default=None):
        return self.settings.get(key, default)

    def mapping(self, model_id):
        return self.mappings.get(model_id)


@dataclass(frozen=True)
class CardClass:
    index: int
    name: str
    background: bool = False


@dataclass(frozen=True)
class Card:
    id: str
    classes: tuple
    training: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    id: str
    card: Card
    origin: str = "builtin"
    weights: str = "model.onnx"


class Catalog:
    def __init__(self, *cards, origin="builtin"):
        self.cards = {card.id: card for card in cards}
        self.origin = origin

    def get(self, reference):
        if reference not in self.cards:
            raise EngineError(f"There is no model “{reference}”.")
        return Entry(reference, self.cards[reference], self.origin)


VOC = Card(
    recipes.DEFAULT_START,
    (CardClass(0, "background", True), CardClass(12, "Dog"), CardClass(15, "person")),
)


@pytest.fixture
def project():
    classes = [
        LabelClass(id=2, name="dog", color="#FF0000", order=0),
        LabelClass(id=5, name="rider", color="#00FF00", order=1),
        LabelClass(id=6, name="sky", color="#0000FF", thing=False, order=2),
    ]
    rows = [Row(number, f"photo_{number}.jpg") for number in range(1, 11)]
    rows[9] = replace(rows[9], status="new")
    return Project(Taxonomy(classes), {row.id: row for row in rows})


@pytest.fixture
def catalog():
    return Catalog(VOC)


def test_the_default_is_all_classes_all_finished_images_and_the_model_that_is_there(
    project, catalog
):
    made = make_recipe(project, catalog)
    assert made.start == recipes.DEFAULT_START
    assert [(each.id, each.name, each.thing) for each in made.classes] == [
        (1, "background", False),
        (2, "dog", True),
        (5, "rider", True),
        (6, "sky", False),
    ]
    assert sorted(made.train + made.held) == list(range(1, 10))
    assert len(made.held) == 2
    assert made.mapping == ((0, 1), (12, 2))


def test_the_split_is_frozen_in_the_project_and_newcomers_join(project, catalog):
    first = make_recipe(project, catalog)
    assert {row.id for row in project.images() if row.fold == "held"} == set(first.held)
    project.set_image(10, status="done")
    second = make_recipe(project, catalog)
    assert set(first.held) <= set(second.held)
    assert set(first.train) <= set(second.train)
    assert project.rows[10].fold in {"train", "held"}


def test_a_project_that_can_only_be_read_gets_the_same_recipe_and_is_not_written(project, catalog):
    other = replace(project, rows=dict(project.rows), read_only=True)
    assert make_recipe(other, catalog) == make_recipe(project, catalog)
    assert all(row.fold == "" for row in other.images())


def test_the_window_and_the_command_line_make_the_same_recipe(project, catalog):
    window = {"epochs": 12, "lr": 0.002, "classes": [2, 6], "flip": "horizontal", "accept": "never"}
    command = parse_settings(
        ["epochs=12", "lr=2e-3", "classes=dog, sky", "flip=horizontal", "accept=never"]
    )
    assert make_recipe(project, catalog, window) == make_recipe(project, catalog, command)


def test_a_whole_recipe_as_options_gives_itself(project, catalog):
    made = make_recipe(project, catalog, {"epochs": 3, "zoom": 2.0, "train": [1, 2], "held": [4]})
    assert make_recipe(project, catalog, recipe_to_data(made)) == made


def test_json_and_back(project, catalog, tmp_path):
    made = make_recipe(project, catalog, {"minutes": 2.5, "name": "mine"})
    assert recipe_from_data(msgspec.json.decode(msgspec.json.encode(recipe_to_data(made)))) == made
    recipes.save(made, tmp_path / "recipe.json")
    assert make_recipe(project, catalog, recipes.load(tmp_path / "recipe.json")) == made


def test_the_projects_mapping_counts_before_names(project, catalog):
    project.mappings[recipes.DEFAULT_START] = {0: "ignore", 12: "new", 15: 5}
    assert make_recipe(project, catalog).mapping == ((0, 1), (15, 5))


def test_a_model_trained_here_knows_its_classes_by_number_even_when_renamed(project, catalog):
    classes = (CardClass(0, "background", True), CardClass(1, "cyclist"), CardClass(2, "dog"))
    card = Card(
        "v1", classes, {"class_ids": [1, 5, 2], "class_names": ["background", "rider", "dog"]}
    )
    project.current_model = "v1"
    here, elsewhere = Catalog(card, origin="project"), Catalog(card, origin="user")
    assert make_recipe(project, here).mapping == ((0, 1), (1, 5), (2, 2))
    # a model of another project has other numbers: only the names tell
    assert make_recipe(project, elsewhere).mapping == ((0, 1), (2, 2))


def test_a_network_without_a_model_needs_no_mapping(project, catalog):
    made = make_recipe(project, catalog, {"start": "unet_small"})
    assert (made.start, made.mapping) == ("unet_small", ())


def test_a_time_budget_alone_uses_all_of_the_time(project, catalog):
    assert make_recipe(project, catalog, {"minutes": 3}).epochs == 0
    both = make_recipe(project, catalog, {"minutes": 3, "epochs": 7})
    assert (both.minutes, both.epochs) == (3, 7)


def test_lists_override_the_split(project, catalog):
    made = make_recipe(project, catalog, {"train": [3, "photo_1.jpg"], "held": ["2"]})
    assert (made.train, made.held) == ((3, 1), (2,))
    assert all(row.fold == "" for row in project.images())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"epoch": 3}, "“epoch” is no setting of a recipe. Known: .*epochs"),
        ({"epochs": 0}, "Neither epochs nor minutes"),
        ({"epochs": -1}, "epochs is -1; it must be from 0"),
        ({"epochs": "many"}, "epochs is not as it should be: expected `int`"),
        ({"lr": float("nan")}, "lr is nan; it must be"),
        ({"size": 7}, "size is 7; it must be 0 or from 32"),
        ({"flip": "sideways"}, "flip is not as it should be"),
        ({"accept": "maybe"}, "accept is not as it should be"),
        ({"classes": ["cat"]}, "no class “cat” in the project. It has: dog, rider, sky"),
        ({"classes": ["dog", "dog"]}, "named twice"),
        ({"classes": ["background"]}, "There is no class to learn"),
        ({"train": [77], "held": []}, "“77”, which is not in the project"),
        ({"train": [1], "held": [1]}, "Image 1 is both"),
        ({"train": [], "held": [1]}, "no image to learn from"),
        ({"start": "v99"}, "no model “v99”"),
    ],
)
def test_what_cannot_be_followed_is_said(project, catalog, options, sentence):
    with pytest.raises(EngineError, match=sentence):
        make_recipe(project, catalog, options)


def test_a_project_without_finished_images_says_what_to_do(project, catalog):
    for number in project.rows:
        project.set_image(number, status="proposed")
    with pytest.raises(EngineError, match="mark one as done first"):
        make_recipe(project, catalog)


def test_settings_of_the_command_line():
    assert parse_settings(
        ["epochs=5", "minutes = 1.5", "keep_running=false", "train=1,2", "name=7", "classes=[2, 5]"]
    ) == {
        "epochs": 5,
        "minutes": 1.5,
        "keep_running": False,
        "train": ["1", "2"],
        "name": "7",
        "classes": [2, 5],
    }


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [("epochs", "has no “=”"), ("spoons=3", "“spoons” is no setting of a recipe. Known: .*epochs")],
)
def test_settings_that_are_wrong_are_said(setting, sentence):
    with pytest.raises(EngineError, match=sentence):
        parse_settings([setting])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"start": "x", "classes": [], "spoons": 1}, "unknown field `spoons`"),
        ({"start": "x", "classes": []}, "There is no class to learn"),
        ({"schema": 2, "start": "x", "classes": []}, "newer Maskwright"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_said(data, sentence):
    with pytest.raises(EngineError, match=sentence):
        recipe_from_data(data)


def test_a_recipe_needs_neither_torch_nor_qt():
    code = (
        "import sys, engine.training.recipe, engine.training.compare; "
        "print({'torch', 'onnx', 'onnxruntime', 'PySide6', 'cv2'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
