import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.errors import EngineError
from engine.models import onnx_checks
from engine.models.onnx_checks import check_file, external_files


def save(path, nodes, weights=(), functions=(), domains=()):
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * 4)],
        list(weights),
    )
    imports = [helper.make_opsetid("", 17), *(helper.make_opsetid(each, 1) for each in domains)]
    model = helper.make_model(graph, opset_imports=imports, functions=list(functions), ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def external(name, location):
    tensor = numpy_helper.from_array(np.ones(4, np.float32), name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    if location is not None:
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", location
    else:
        entry = tensor.external_data.add()
        entry.key, entry.value = "offset", "0"
    return tensor


RELU = helper.make_node("Relu", ["x"], ["y"])


def test_a_plain_network_passes(tmp_path):
    assert check_file(save(tmp_path / "a.onnx", [RELU])).graph.node[0].op_type == "Relu"


@pytest.mark.parametrize("content", [b"", b"hello", b"\x08\x07\xff\xff\xff", b"\x08\x07"])
def test_what_is_no_network_is_refused(tmp_path, content):
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    with pytest.raises(EngineError, match=r"a\.onnx"):
        check_file(path)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(EngineError, match="could not be read"):
        check_file(tmp_path / "a.onnx")


def test_compiled_programs_are_refused_wherever_they_stand(tmp_path):
    context = helper.make_node("EPContext", ["x"], ["y"], domain="com.microsoft")
    with pytest.raises(EngineError, match="compiled program"):
        check_file(save(tmp_path / "a.onnx", [context], domains=["com.microsoft"]))
    branch = helper.make_graph(
        [context], "b", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    )
    inside = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    with pytest.raises(EngineError, match="compiled program"):
        check_file(save(tmp_path / "b.onnx", [inside]))


def test_operators_of_a_library_are_refused(tmp_path):
    custom = helper.make_node("Magic", ["x"], ["y"], domain="com.example")
    with pytest.raises(EngineError, match=r"Magic of “com\.example”"):
        check_file(save(tmp_path / "a.onnx", [custom], domains=["com.example"]))


def test_functions_the_file_brings_itself_are_fine(tmp_path):
    body = helper.make_function(
        "local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    call = helper.make_node("Twice", ["x"], ["y"], domain="local")
    check_file(save(tmp_path / "a.onnx", [call], functions=[body], domains=["local"]))


def test_weights_beside_the_file_are_fine(tmp_path):
    (tmp_path / "w.bin").write_bytes(b"\0" * 16)
    model = check_file(save(tmp_path / "a.onnx", [RELU], [external("w", "w.bin")]))
    assert external_files(model) == {"w.bin"}


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "sub/../../secret", "", None])
def test_weights_elsewhere_are_refused(tmp_path, location):
    (tmp_path / "secret").write_bytes(b"\0" * 16)
    folder = tmp_path / "model"
    folder.mkdir()
    with pytest.raises(EngineError, match="outside its own folder"):
        check_file(save(folder / "a.onnx", [RELU], [external("w", location)]))


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(b"\0" * 16)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "w.bin").symlink_to(tmp_path / "secret")
    with pytest.raises(EngineError, match="outside its own folder"):
        check_file(save(folder / "a.onnx", [RELU], [external("w", "w.bin")]))


def test_external_data_in_attributes_is_seen(tmp_path):
    constant = helper.make_node("Constant", [], ["y"], value=external("w", "../secret"))
    with pytest.raises(EngineError, match="outside its own folder"):
        check_file(save(tmp_path / "a.onnx", [constant]))


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(EngineError, match=r"needs the file w\.bin beside it"):
        check_file(save(tmp_path / "a.onnx", [RELU], [external("w", "w.bin")]))


def test_sizes_are_capped(tmp_path, monkeypatch):
    path = save(tmp_path / "a.onnx", [RELU])
    monkeypatch.setattr(onnx_checks, "MOST_NODES", 0)
    nodes = [helper.make_node("Relu", ["x"], ["z"]), helper.make_node("Relu", ["z"], ["y"])]
    with pytest.raises(EngineError, match="operators"):
        check_file(save(tmp_path / "b.onnx", nodes))
    monkeypatch.setattr(onnx_checks, "MOST_BYTES", 10)
    with pytest.raises(EngineError, match="larger than"):
        check_file(path)


def test_the_checks_do_not_read_the_external_data(tmp_path):
    (tmp_path / "w.bin").write_bytes(b"\0" * 16)
    model = check_file(save(tmp_path / "a.onnx", [RELU], [external("w", "w.bin")]))
    assert isinstance(model, onnx.ModelProto)
    assert not model.graph.initializer[0].raw_data


def function(name, *called):
    """A function of the domain `my` that hands its input through some others, one by one."""
    inner = [
        helper.make_node(each, [f"t{at}"], [f"t{at + 1}"], domain="" if each == "Relu" else "my")
        for at, each in enumerate(called)
    ]
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("my", 1)]
    return helper.make_function("my", name, ["t0"], [f"t{len(called)}"], inner, imports)


def calling(path, *functions):
    node = helper.make_node(functions[0].name, ["x"], ["y"], domain="my")
    return save(path, [node], functions=functions, domains=["my"])


@pytest.mark.parametrize(
    "functions",
    [
        [("F", "F")],
        [("A", "B"), ("B", "A")],
        [("A", "Relu"), ("B", "C"), ("C", "Relu", "B")],
        [(f"F{at}", f"F{at + 1}") for at in range(60)] + [("F60", "Relu")],
    ],
)
def test_functions_that_call_themselves_are_refused(tmp_path, functions):
    made = [function(name, *called) for name, *called in functions]
    with pytest.raises(EngineError, match="call themselves"):
        check_file(calling(tmp_path / "a.onnx", *made))


def test_functions_that_double_what_they_call_are_counted_as_they_will_be(tmp_path):
    made = [function(f"F{at}", *[f"F{at + 1}"] * 2) for at in range(40)]
    with pytest.raises(EngineError, match="more than 200,000 operators"):
        check_file(calling(tmp_path / "a.onnx", *made, function("F40", "Relu")))
    few = [function(f"F{at}", *[f"F{at + 1}"] * 2) for at in range(5)]
    assert check_file(calling(tmp_path / "b.onnx", *few, function("F5", "Relu")))


def test_external_data_of_sparse_weights_and_of_what_functions_hold_is_seen(tmp_path):
    sparse = onnx.SparseTensorProto(values=external("w", "../secret"), dims=[4])
    constant = helper.make_node("Constant", [], ["y"], sparse_value=sparse)
    with pytest.raises(EngineError, match="outside its own folder"):
        check_file(save(tmp_path / "a.onnx", [constant]))
    held = function("F", "Relu")
    held.attribute_proto.append(helper.make_attribute("value", external("w", "../secret")))
    with pytest.raises(EngineError, match="outside its own folder"):
        check_file(calling(tmp_path / "b.onnx", held))


def test_a_place_in_memory_is_no_file_even_where_a_file_is_called_so(tmp_path):
    there = tmp_path / "*/_ORT_MEM_ADDR_/*"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"\0" * 16)
    with pytest.raises(EngineError, match="_ORT_MEM_ADDR_"):
        check_file(save(tmp_path / "a.onnx", [RELU], [external("w", "*/_ORT_MEM_ADDR_/*")]))


@pytest.mark.parametrize("name", ["a" * 300, "a/" * 3000 + "w.bin", "loop/w.bin"])
def test_names_of_weights_that_no_file_can_have(tmp_path, name):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(EngineError, match=r"a\.onnx") as refused:
        check_file(save(tmp_path / "a.onnx", [RELU], [external("w", name)]))
    assert len(str(refused.value)) < 300
