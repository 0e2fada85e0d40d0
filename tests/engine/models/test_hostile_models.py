"""Models of others: cards that lie, networks that reach out, files that are programs."""

import pickle
import zipfile

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.errors import EngineError
from engine.models.card import parse_card
from engine.models.catalog import Catalog
from engine.models.inspect_file import inspect
from engine.models.onnx_checks import check_file
from engine.models.predictor import Predictor
from engine.runtimes.file_kind import FileKind, kind_of

GOOD = 'id = "a"\nname = "A"\nfile = "a.onnx"\n[[classes]]\nindex = 0\nname = "x"\n'


# -- cards


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 2000 + "]" * 2000, "nested too deeply"),
        (f"{'k' * 5000} = 1\n" + GOOD, "is not known"),
        (GOOD.replace('id = "a"', f'id = "{"A" * 5000}"'), "may hold only"),
        (GOOD.replace("a.onnx", "../a.onnx"), "beside the card"),
        (GOOD.replace("a.onnx", "C:a.onnx"), "beside the card"),
        (GOOD + "[input]\nstd = [nan]\n", "ordinary numbers"),
        (GOOD + "[input]\nmean = [inf]\n", "ordinary numbers"),
        (GOOD + '[training]\nweights = "../../w.safetensors"\n', "beside the card"),
        (GOOD + "[training]\nweights = 7\n", "beside the card"),
    ],
)
def test_cards_that_lie_are_refused_in_a_short_sentence(text, said):
    with pytest.raises(EngineError, match=said) as refused:
        parse_card(text)
    assert len(str(refused.value)) < 400


# -- networks


def network(path, change=lambda model: None, weights=()):
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, -1, "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3, None, None])],
        list(weights),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def test_sides_that_are_open_are_fine(tmp_path):
    assert check_file(network(tmp_path / "a.onnx")).graph.input


@pytest.mark.parametrize("dims", [(1 << 40,), (1 << 20, 1 << 20), (-5, 3), (1,) * 40])
def test_weights_of_absurd_shape_are_refused(tmp_path, dims):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims)
    with pytest.raises(EngineError, match="which no network has"):
        check_file(network(tmp_path / "a.onnx", weights=[tensor]))


def test_an_input_of_absurd_size_is_refused(tmp_path):
    def change(model):
        model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 1 << 60

    with pytest.raises(EngineError, match="which no network has"):
        check_file(network(tmp_path / "a.onnx", change))


@pytest.mark.parametrize("field", [b"Relu", b"names"])
def test_names_that_are_no_text_are_refused(tmp_path, field):
    path = network(tmp_path / "a.onnx", lambda m: m.metadata_props.add(key="names", value="a,b"))
    path.write_bytes(path.read_bytes().replace(field, b"\xf7" + field[1:]))
    for use in (check_file, inspect):
        with pytest.raises(EngineError, match="one of its names is no text"):
            use(path)


@pytest.mark.parametrize("where", ["C:secret", "a\0b", "\\\\host\\share\\w", "//host/w"])
def test_weights_at_places_of_other_systems_are_refused(tmp_path, where):
    with pytest.raises(EngineError, match="outside its own folder"):
        check_file(network(tmp_path / "a.onnx", weights=[outside(where)]))


def test_two_places_for_one_weight_are_refused(tmp_path):
    (tmp_path / "w.bin").write_bytes(b"\0" * 16)
    with pytest.raises(EngineError, match="outside its own folder"):
        check_file(network(tmp_path / "a.onnx", weights=[outside("/etc/passwd", "w.bin")]))


def test_networks_that_only_training_would_use_are_looked_at(tmp_path):
    def change(model):
        model.training_info.add().algorithm.initializer.append(outside("/etc/passwd"))

    with pytest.raises(EngineError, match="outside its own folder"):
        check_file(network(tmp_path / "a.onnx", change))


def outside(*places):
    tensor = numpy_helper.from_array(np.ones(4, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for each in places:
        tensor.external_data.add(key="location", value=each)
    return tensor


def test_every_way_into_the_program_looks_first(tmp_path):
    """A model that came with a project is checked when it predicts or trains, not only if added."""
    from engine.jobs.train_start import begin
    from engine.training.schema import Recipe

    folder = tmp_path / "models" / "a"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(GOOD)

    def change(model):
        model.graph.node[0].op_type, model.graph.node[0].domain = "EPContext", "com.microsoft"

    network(folder / "a.onnx", change)
    catalog = Catalog(user_dir=tmp_path / "user", project_files=tmp_path)
    entry = catalog.get("a")
    ways = (
        lambda: inspect(folder / "a.onnx"),
        lambda: Predictor(entry),
        lambda: begin(catalog, Recipe(start="a", classes=())),
    )
    for use in ways:
        with pytest.raises(EngineError, match="EPContext"):
            use()


# -- programs


class Program:
    """A pickle that writes a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def zipped(path, content, *more):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", content)
        archive.writestr("m/version", "3")
        for name in more:
            archive.writestr(f"m/{name}", content)
    return path


def files(tmp_path):
    ran = tmp_path / "ran"
    content = pickle.dumps({"state_dict": Program(ran)}, 2)
    plain = tmp_path / "plain.pth"
    plain.write_bytes(content)
    bare = tmp_path / "bare.bin"
    bare.write_bytes(content)
    safe = tmp_path / "named.safetensors"
    safe.write_bytes(content)
    named = tmp_path / "named.onnx"
    named.write_bytes(content)
    return ran, [
        plain,
        bare,
        safe,
        named,
        zipped(tmp_path / "zip.pt", content),
        zipped(tmp_path / "script.pt", content, "code/__torch__.py", "constants.pkl"),
        zipped(tmp_path / "hidden.pt", content, "constants.pkl"),
        zipped(tmp_path / "exported.pt2", content, "archive_format", "models/model.json"),
        zipped(tmp_path / "old.pt2", content, "serialized_exported_program.json"),
    ]


def test_nothing_in_a_file_of_weights_is_run(tmp_path):
    pytest.importorskip("torch", exc_type=ImportError)
    ran, every = files(tmp_path)
    for path in every:
        if kind_of(path).is_program:
            found = inspect(path)
            assert len(found.needs_trust) == 64
            assert "is a program" in found.warning
        else:
            with pytest.raises(EngineError):
                inspect(path)
            with pytest.raises(EngineError):
                inspect(path, architecture="lraspp_mobilenet_v3_large")
    assert not ran.exists()


def test_programs_are_told_from_weights_by_what_is_in_them(tmp_path):
    _, every = files(tmp_path)
    kinds = {path.name: kind_of(path) for path in every}
    assert kinds["script.pt"] is FileKind.TORCHSCRIPT
    assert kinds["exported.pt2"] is kinds["old.pt2"] is FileKind.EXPORTED
    assert not any(kinds[name].is_program for name in ("plain.pth", "zip.pt", "hidden.pt"))


@pytest.mark.parametrize("name", ["script.pt", "exported.pt2"])
def test_a_card_cannot_make_a_program_trusted(tmp_path, name):
    pytest.importorskip("torch", exc_type=ImportError)
    folder = tmp_path / "models" / "a"
    folder.mkdir(parents=True)
    ran, _ = files(folder)
    (folder / "card.toml").write_text(GOOD.replace("a.onnx", name))
    entry = Catalog(user_dir=tmp_path / "user", project_files=tmp_path).get("a")
    with pytest.raises(EngineError):
        Predictor(entry)
    assert not ran.exists()


def test_more_classes_than_a_model_can_have_are_not_made_up_one_by_one(tmp_path):
    """The shape that the file tells of the scores before its ArgMax is a number and no promise."""

    def value(name, kind, shape):
        return helper.make_tensor_value_info(name, kind, shape)

    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["s"]),
         helper.make_node("ArgMax", ["s"], ["y"], axis=1, keepdims=0)],
        "g",
        [value("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [value("y", TensorProto.INT64, [1, "h", "w"])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "a.onnx"
    path.write_bytes(model.SerializeToString())
    assert len(inspect(path, threads=1).card.classes) == 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.models.onnx_reading.classes_of_argmax", lambda model: 1 << 31)
        with pytest.raises(EngineError, match="tells 2,147,483,648 classes apart; 4,096 are"):
            inspect(path, threads=1)
