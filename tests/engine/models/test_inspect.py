import json
import warnings

import msgspec
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.errors import EngineError
from engine.models.card import check_card
from engine.models.catalog import Entry, file_sha256
from engine.models.draft import Inspection, answered, parse_settings, with_values
from engine.models.inspect_file import inspect
from engine.models.onnx_reading import names_in
from engine.models.predictor import Predictor


def rows(found):
    return {each.field: each for each in found.questions}


def open_(found, folder):
    card = check_card(found.card)
    return Predictor(Entry(card.id, card, folder, "file"), "cpu", trusted=())


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("size", [None, (96, 128)])
def test_what_the_file_tells_is_read(network, layout, size):
    found = inspect(network(layout=layout, size=size))
    row = rows(found)
    assert found.card.input.layout == layout
    assert row["layout"].known == "read"
    assert found.card.input.name == "image"
    assert (found.card.input.height, found.card.input.width) == (size or (0, 0))
    assert row["size"].known == ("read")
    assert found.card.input.resize == ("stretch" if size else "none")
    assert found.card.output.layout == layout
    assert found.card.output.name == "answer"
    assert row["output"].known == "read"
    assert "4 scores per pixel" in found.summary
    assert [each.name for each in found.card.classes] == [
        "background", "class 1", "class 2", "class 3"
    ]  # fmt: skip
    assert row["classes"].known == "guessed"


@pytest.mark.parametrize(
    ("answer", "meaning", "known"),
    [
        ("logits", "logits", "guessed"),
        ("probabilities", "probabilities", "measured"),
        ("classmap", "classmap", "measured"),
        ("sigmoid", "sigmoid", "measured"),
        ("sigmoid_logits", "sigmoid_logits", "guessed"),
    ],
)
def test_what_the_answers_mean_is_measured(network, answer, meaning, known):
    found = inspect(network(answer=answer))
    assert found.card.output.meaning == meaning
    assert rows(found)["meaning"].known == known
    check_card(found.card)


def test_the_guesses_and_one_answer_make_a_working_card(network, picture):
    path = network()
    found = inspect(path)
    pixels = rows(found)["pixels"]
    wanted = next(at for at, each in enumerate(pixels.choices) if each.label == "0 to 255")
    card = answered(found, {"pixels": wanted})
    predictor = Predictor(Entry(card.id, card, path.parent, "file"), "cpu", trusted=())
    answer = predictor.predict(picture)
    assert answer.objects[0].mask.box == (8, 8, 40, 40)


def test_names_in_the_file_are_read(network):
    names = ["background", "red", "green", "blue"]
    for text in (
        json.dumps(names),
        str(dict(enumerate(names))),
        json.dumps({str(at): name for at, name in enumerate(names)}),
        "background\nred\ngreen\nblue",
    ):
        found = inspect(network(metadata={"names": text}))
        assert [each.name for each in found.card.classes] == names
        assert found.card.background == 0
        assert rows(found)["classes"].known == "read"
    found = inspect(network(metadata={"classes": "red,green,blue"}))
    assert [each.name for each in found.card.classes] == names, "the background is not named there"


@pytest.mark.parametrize(
    "text", ["", "[", "(" * 5000, "{0: [1]}", "[1, 2]", "{'a': 'b'}", "[[]]", "{-1: 'a'}"]
)
def test_metadata_that_is_no_list_of_names(text):
    assert isinstance(names_in({"names": text}), tuple)


def test_the_number_of_classes_behind_an_argmax_is_found(network):
    found = inspect(network(answer="classmap", size=(96, 128)))
    assert len(found.card.classes) == 4
    assert "one label per pixel" in found.summary


def test_among_several_outputs_the_map_is_chosen(network):
    found = inspect(network(extra=True))
    assert found.card.output.name == "answer"


@pytest.mark.parametrize("multiple", [1, 8, 32])
def test_the_step_of_free_sizes_is_tried_out(tmp_path, multiple):
    """A network that goes down and up again takes multiples of its stride only."""
    weight = numpy_helper.from_array(np.ones((2, 3, 1, 1), np.float32), "w")
    nodes = [helper.make_node("Conv", ["x", "w"], ["a"], kernel_shape=[1, 1])]
    last = "a"
    if multiple > 1:
        nodes += [
            helper.make_node(
                "MaxPool", ["a"], ["b"], kernel_shape=[multiple] * 2, strides=[multiple] * 2
            ),
            helper.make_node("Resize", ["b", "", "s"], ["c"], mode="nearest"),
            helper.make_node("Add", ["a", "c"], ["d"]),
        ]
        last = "d"
    nodes.append(helper.make_node("Identity", [last], ["y"]))
    scales = numpy_helper.from_array(np.array([1, 1, multiple, multiple], np.float32), "s")
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, None, None])],
        [weight, scales],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    found = inspect(path)
    assert found.card.input.multiple_of == multiple
    assert rows(found)["size"].known == ("read" if multiple == 1 else "measured")
    image = np.zeros((45, 70, 3), np.uint8)
    assert open_(found, tmp_path).predict(image).size == (45, 70)


def pair(tmp_path, inputs, outputs, nodes=None, metadata=None):
    graph = helper.make_graph(
        nodes or [helper.make_node("Identity", [inputs[0][0]], [outputs[0][0]])],
        "g",
        [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs],
        [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return path


F = TensorProto.FLOAT


@pytest.mark.parametrize(
    ("inputs", "outputs", "metadata", "says"),
    [
        ([("x", F, [1, 3, 64, 64])], [("y", F, [1, 10])], {}, "10 numbers for the whole image"),
        ([("x", F, [1, 3, 64, 64])], [("y", F, [None, 1])], {}, "1 number for the whole image"),
        ([("x", F, [1, 3, 64, 64])], [("y", F, [1, 100, 6])], {}, "a list of shape 1 × 100 × 6"),
        ([("x", F, [1, 77])], [("y", F, [1, 3, 64, 64])], {}, "not one image"),
        ([("x", F, [1, 3, 8, 8]), ("m", F, [1])], [("y", F, [1, 2, 8, 8])], {}, "takes x, m"),
        ([("x", F, [8, 3, 64, 64])], [("y", F, [8, 3, 64, 64])], {}, "8 images at once"),
        ([("x", F, [1, 12, 64, 64])], [("y", F, [1, 12, 64, 64])], {}, "1 or 3 channels"),
        ([("x", TensorProto.DOUBLE, [1, 3, 64, 64])], [("y", F, [1, 3, 64, 64])], {}, "float64"),
        ([("x", F, [1, 3, 64, 64])], [("y", F, [1, 32, 16, 16])],
         {"task": "segment", "stride": "32"}, "model for “segment”"),
        ([("point_coords", F, [1, 2, 2])], [("y", F, [1, 1, 8, 8])], {}, "smart select"),
        ([("x", F, [1, 3, 64, 64])], [("image_embeddings", F, [1, 256, 4, 4])], {}, "smart select"),
    ],
)  # fmt: skip
def test_other_networks_are_refused_with_the_reason(tmp_path, inputs, outputs, metadata, says):
    with pytest.raises(EngineError) as caught:
        inspect(pair(tmp_path, inputs, outputs, metadata=metadata))
    assert says in str(caught.value)
    assert str(caught.value).startswith("net.onnx")


def test_files_that_are_no_models(tmp_path):
    for name, content in (("a.txt", b"hello"), ("a.zip", b"PK\x03\x04nothing"), ("a.pt", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(EngineError, match="not a model file"):
            inspect(path)
    with pytest.raises(EngineError, match="could not be read"):
        inspect(tmp_path / "gone.onnx")


def test_pixel_values_are_tried_on_photos(network):
    """A network made for 0..255 finds the squares only with these values."""
    random = np.random.default_rng(1)
    photos = []
    for _ in range(2):
        photo = (random.random((96, 128, 3)) * 30).astype(np.uint8)
        photo[20:60, 30:90] = (230, 10, 10)
        photo[70:90, 10:50] = (10, 220, 10)
        photos.append(photo)
    found = inspect(network(), photos)
    assert found.card.input.range == "255"
    assert found.card.input.mean == (0.0,)
    row = rows(found)["pixels"]
    assert row.choices[row.guess].label == "0 to 255"
    assert row.note.startswith("best of 6") or row.known == "guessed"


def test_dark_photos_tell_nothing_and_the_usual_way_stays(network):
    found = inspect(network(), [np.zeros((64, 64, 3), np.uint8)])
    assert rows(found)["pixels"].known == "guessed"
    assert rows(found)["pixels"].note.startswith("check")


def test_an_inspection_travels_as_json(network):
    found = inspect(network())
    assert msgspec.json.decode(msgspec.json.encode(found), type=Inspection) == found
    assert {each.field for each in found.unsure} == {
        "colors",
        "pixels",
        "fit",
        "meaning",
        "classes",
    }


def test_every_choice_of_every_question_makes_a_card(network):
    for options in ({}, {"answer": "sigmoid"}, {"answer": "classmap"}, {"dtype": "uint8"}):
        found = inspect(network(**options))
        for question in found.questions:
            for at in range(len(question.choices)):
                card = answered(found, {question.field: at})
                if not (question.field == "meaning" and card.output.meaning == "minmax"):
                    check_card(card)
        with pytest.raises(EngineError):
            answered(found, {"size": 99})


def test_means_follow_the_order_of_colours(network):
    found = inspect(network())
    for options in ({}, {"dtype": "uint8"}, {"answer": "classmap"}):
        again = inspect(network(**options))
        assert answered(again, {}) == again.card
    assert found.card.input.mean == (0.485, 0.456, 0.406)
    turned = answered(found, {"colors": 1})
    assert turned.input.color == "BGR"
    assert turned.input.mean == (0.406, 0.456, 0.485)
    assert turned.input.std == (0.225, 0.224, 0.229)
    assert answered(found, {"colors": 1, "pixels": 4}).input.mean == (103.53, 116.28, 123.675)


def test_values_from_the_command_line():
    assert parse_settings(["input.mean=1,2,3", "name=Net", "output.threshold=0.3", "id=a=b"]) == {
        "input.mean": [1, 2, 3],
        "name": "Net",
        "output.threshold": 0.3,
        "id": "a=b",
    }
    with pytest.raises(EngineError, match="field=value"):
        parse_settings(["nonsense"])


def test_card_values_are_checked(network):
    card = inspect(network()).card
    assert with_values(card, {"input.std": [2, 3, 4]}).input.std == (2, 3, 4)
    for values in ({"input.colour": 1}, {"nothing.at.all": 1}, {"output.meaning": "x"}):
        with pytest.raises(EngineError):
            with_values(card, values)


def test_programs_are_not_opened_before_they_are_trusted(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "net.pt"

    class Net(torch.nn.Module):
        def forward(self, x):
            return torch.cat([x[:, :1] * 0 + 0.5, x], 1)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated; files of it are not gone
        torch.jit.trace(Net(), torch.zeros(1, 3, 32, 32)).save(str(path))
    found = inspect(path)
    assert found.needs_trust == file_sha256(path)
    assert found.needs_trust in found.warning
    assert not found.questions
    trusted = inspect(path, trusted={found.needs_trust})
    assert len(trusted.card.classes) == 4
    assert rows(trusted)["size"].known == "measured"
    entry = Entry("net", trusted.card, tmp_path, "file")
    with pytest.raises(EngineError, match="is a program"):
        Predictor(entry, "cpu", trusted=())
    claims = msgspec.structs.replace(trusted.card, trust_sha256=found.needs_trust)
    with pytest.raises(EngineError, match="is a program"):
        Predictor(Entry("net", claims, tmp_path, "file"), "cpu", trusted=())
    predictor = Predictor(entry, "cpu", trusted={found.needs_trust})
    assert predictor.provider == "torch cpu"
