"""Networks that protobuf still reads, with what a network should not hold somewhere in them."""

import random

import numpy as np

from tests.fuzz.mutate import NUMBERS, TEXTS, bytes_of

PLACES = (
    *("../../../etc/passwd", "/etc/passwd", "weights.bin", "C:\\a", "a\0b", "", ".", "//h/s"),
    *("*/_ORT_MEM_ADDR_/*", "weights.bin/..", "./weights.bin", "missing.bin", "\u202ea", "a" * 300),
)
DOMAINS = ("", "ai.onnx.ml", "com.microsoft", "my.library", "mine", "\0")


def network_of(chance: random.Random, sound: bytes, others: list[bytes]) -> bytes:
    """An ONNX file with graphs, types, weights and functions changed; else its bytes."""
    import onnx
    from google.protobuf.message import EncodeError

    if chance.random() < 0.3:
        return bytes_of(chance, sound, others)
    model = onnx.load_model_from_string(sound)
    for _ in range(chance.choice((1, 1, 2, 4))):
        try:
            chance.choice(CHANGES)(chance, model)
        except (ValueError, TypeError, IndexError, UnicodeEncodeError):
            continue  # no such place in this network, or no such value in protobuf
    try:
        return bytes(model.SerializeToString())
    except EncodeError:  # deeper than protobuf goes
        return bytes_of(chance, sound, others)


def _whole(chance):
    number = chance.choice((*NUMBERS, 1 << 20, 1 << 40, 3, 4))
    return max(-(1 << 63), min((1 << 63) - 1, number))


def _shape(chance, model):
    """A side of an input, an output or a value in between."""
    value = chance.choice([*model.graph.input, *model.graph.output])
    if chance.random() < 0.3:
        value = model.graph.value_info.add()
        value.CopyFrom(model.graph.input[0])
        value.name = chance.choice(("q", "y", ""))
    dims = value.type.tensor_type.shape.dim
    if chance.random() < 0.2:
        dims.add().dim_value = _whole(chance)
    elif chance.random() < 0.3:
        chance.choice(dims).dim_param = chance.choice(TEXTS)
    else:
        chance.choice(dims).dim_value = _whole(chance)


def _weights(chance, model):
    """Dims, type and data of a tensor that do not fit each other; none, or many more."""
    tensor = chance.choice([*model.graph.initializer])
    match chance.randrange(5):
        case 0:
            tensor.dims[chance.randrange(len(tensor.dims))] = _whole(chance)
        case 1:
            tensor.data_type = chance.randrange(30)
        case 2:
            tensor.raw_data = tensor.raw_data[: chance.randrange(40)]
        case 3:
            tensor.dims.extend([_whole(chance)] * chance.choice((1, 40)))
        case _:
            tensor.float_data.extend([1.0] * 5)


def _outside(chance, model):
    """Weights that lie in a file."""
    import onnx

    tensor = _some_tensor(chance, model)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    facts = {"location": chance.choice(PLACES)}
    for name in ("offset", "length"):
        if chance.random() < 0.5:
            facts[name] = str(chance.choice((*NUMBERS, "x")))
    for key, value in facts.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


def _some_tensor(chance, model):
    """A tensor of the graph, of a node, sparse, or of what a function is by default."""
    node = chance.choice(model.graph.node)
    match chance.randrange(4):
        case 0:
            return chance.choice([*model.graph.initializer])
        case 1:
            made = node.attribute.add(name="value", type=4)
            made.t.dims.append(4)
            made.t.data_type = 1
            return made.t
        case 2:
            return model.graph.sparse_initializer.add(dims=[4]).values
        case _:
            function = model.functions.add(name="F", domain="mine")
            return function.attribute_proto.add(name="v", type=4).t


def _wiring(chance, model):
    """Cycles, missing tensors, and the same name twice."""
    node = chance.choice(model.graph.node)
    names = [*(each for part in model.graph.node for each in (*part.input, *part.output)), "no", ""]
    side = node.input if chance.random() < 0.6 else node.output
    side[chance.randrange(len(side))] = chance.choice(names)


def _operator(chance, model):
    """Another operator, of another library, or one more attribute."""
    node = chance.choice(model.graph.node)
    match chance.randrange(4):
        case 0:
            operators = ("EPContext", "Loop", "If", "Resize", "Reshape", "Gather", "Cast", "Scan")
            node.op_type = chance.choice(operators)
        case 1:
            node.domain = chance.choice(DOMAINS)
        case 2:
            made = node.attribute.add(name=chance.choice(("axis", "pads", "group", "to", "x")))
            made.type = chance.choice((1, 2, 7))
            made.i = _whole(chance)
            made.ints.extend([_whole(chance)] * chance.choice((1, 4)))
        case _:
            node.CopyFrom(chance.choice(model.graph.node))


def _function(chance, model):
    """Functions that call each other, now and then themselves, and a call to the first."""
    import onnx

    count = chance.choice((1, 2, 5, 30, 60))
    imports = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("mine", 1)]
    for at in range(count):
        called = chance.choice((at, at + 1, at + 1, at + 1)) if at + 1 < count else 0
        last = at + 1 == count and chance.random() < 0.8
        nodes = [
            onnx.helper.make_node(
                "Relu" if last else f"F{called}", [a], [b], domain="" if last else "mine"
            )
            for a, b in (("a", "b"), ("b", "c"))
        ]
        model.functions.append(
            onnx.helper.make_function("mine", f"F{at}", ["a"], ["c"], nodes, imports)
        )
    model.opset_import.append(imports[1])
    call = model.graph.node.add(op_type="F0", domain="mine")
    call.input.append(model.graph.input[0].name)
    call.output.append("called")


def _inner(chance, model):
    """A graph in a node, deep, and whatever stands in the outer one again in it."""
    import onnx

    inner = onnx.GraphProto()
    inner.CopyFrom(model.graph)
    for _ in range(chance.choice((1, 3, 20))):
        outer = onnx.GraphProto(name="deep")
        outer.node.add(op_type=chance.choice(("If", "Loop"))).attribute.add(
            name=chance.choice(("then_branch", "body")), type=5
        ).g.CopyFrom(inner)
        inner = outer
    model.graph.node.add(op_type="If").attribute.add(name="then_branch", type=5).g.CopyFrom(inner)


def _about(chance, model):
    """What the file says about itself."""
    match chance.randrange(4):
        case 0:
            model.ir_version = _whole(chance)
        case 1:
            chance.choice(model.opset_import).version = _whole(chance)
        case 2:
            entry = model.metadata_props.add(key=chance.choice(("names", "task", "stride")))
            entry.value = chance.choice((*TEXTS, "[" * 5000, "{0: 'a', -1: 'b'}"))
        case _:
            model.graph.input.add().CopyFrom(model.graph.input[0])


def _large(chance, model):
    """Weights of some megabytes of nothing."""
    import onnx

    values = np.zeros(chance.choice((1, 1 << 20)), np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(values, chance.choice(("k", "z"))))


CHANGES = (
    *(_shape, _shape, _weights, _weights, _outside, _wiring, _operator, _operator, _function),
    *(_inner, _about, _large),
)
