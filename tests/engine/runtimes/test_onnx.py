import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.errors import EngineError
from engine.runtimes import providers
from engine.runtimes.base import (
    Options,
    OutOfMemory,
    Tensor,
    TookTooLong,
    open_runtime,
    thread_count,
)
from engine.runtimes.devices import cuda_missing
from engine.runtimes.onnx import OnnxRuntime, choose


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(providers.TINY_NETWORK)
    return path


def test_the_tiny_network_is_what_it_says():
    """The bytes in the code, built again."""
    weight = numpy_helper.from_array(np.ones((1, 1, 3, 3), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3])],
        "t",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 6, 6])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    assert onnx.load_from_string(providers.TINY_NETWORK) == model


def test_it_runs_and_says_what_it_is(weights):
    runtime = open_runtime(weights, Options(device="cpu", threads=1))
    assert runtime.provider == "CPUExecutionProvider"
    assert runtime.provider_reason == ""
    assert runtime.threads == 1
    assert runtime.inputs == (Tensor("x", "float32", (1, 1, 8, 8)),)
    assert runtime.outputs == (Tensor("y", "float32", (1, 1, 6, 6)),)
    answer = runtime.run(providers.tiny_feed())
    assert list(answer) == ["y"]
    assert np.all(answer["y"] == 9)
    runtime.close()
    runtime.close()
    with pytest.raises(EngineError, match="closed"):
        runtime.run(providers.tiny_feed())


def test_wrong_inputs_are_a_sentence_and_it_lives_on(weights):
    runtime = open_runtime(weights, "cpu")
    for feeds in ({}, {"z": np.ones(3)}, {"x": np.ones((1, 2, 8, 8), np.float32)},
                  {"x": np.ones((1, 1, 8, 8))}):  # fmt: skip
        with pytest.raises(EngineError, match=r"tiny\.onnx could not be run"):
            runtime.run(feeds)
    assert np.all(runtime.run(providers.tiny_feed())["y"] == 9)


@pytest.mark.parametrize("content", [b"", b"\x08\x07garbage", b"plain text"])
def test_what_is_no_network_is_refused(tmp_path, content):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(EngineError, match=r"bad\.onnx"):
        open_runtime(path, "cpu")


def test_unknown_devices_are_refused_by_name(weights):
    with pytest.raises(EngineError, match="“abacus”"):
        open_runtime(weights, "abacus")


@pytest.mark.parametrize("device", ["cuda", "cuda:3", "tensorrt", "coreml", "dml", "mps"])
def test_a_device_that_is_not_there_is_said_never_pretended(weights, device):
    _, _, reason = choose(device)
    if not reason:
        pytest.skip(f"{device} works here")
    runtime = open_runtime(weights, device)
    assert runtime.provider == "CPUExecutionProvider"
    assert runtime.provider_reason == reason
    assert reason.endswith((".", "'"))


def test_auto_takes_what_works():
    device, index, reason = choose("auto")
    assert index == 0
    if cuda_missing():
        assert device in {"cpu", "coreml"}
        assert reason == "", "no GPU is no fault"


def test_asking_for_what_is_not_there_prints_nothing(root, weights):
    """Neither native code nor Python may write between the lines of the protocol."""
    code = (
        "import sys; from pathlib import Path; from engine.runtimes.base import open_runtime\n"
        f"r = open_runtime(Path({str(weights)!r}), 'cuda')\n"
        "sys.exit(0 if r.provider_reason or 'CUDA' in r.provider else 3)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout == b""
    assert done.stderr == b""


@pytest.mark.parametrize(
    "text",
    ["Failed to allocate memory for requested buffer of size 9", "CUDA out of memory",
     "std::bad_alloc", "Available memory of 1 is smaller than requested bytes of 2"],
)  # fmt: skip
def test_too_little_memory_is_told_apart(weights, text):
    runtime = OnnxRuntime(weights, Options(device="cpu"))
    with pytest.raises(OutOfMemory, match="not enough memory"):
        runtime._refuse(RuntimeError(text), "could not be run")
    with pytest.raises(EngineError) as caught:
        runtime._refuse(RuntimeError("shape mismatch\nmore"), "could not be run")
    assert not isinstance(caught.value, OutOfMemory)
    assert str(caught.value).endswith("shape mismatch")


def test_one_core_is_left_for_the_window(monkeypatch):
    monkeypatch.setattr("engine.runtimes.base.cores", lambda: 8)
    assert thread_count(0) == 7
    assert thread_count(3) == 3
    monkeypatch.setattr("engine.runtimes.base.cores", lambda: 1)
    assert thread_count(0) == 1


def test_two_packages_of_one_module_are_named(monkeypatch):
    monkeypatch.setattr(
        providers, "onnxruntime_packages", lambda: {"onnxruntime": "1", "onnxruntime-gpu": "1"}
    )
    monkeypatch.setattr(
        providers.onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"]
    )
    providers.why_not.cache_clear()
    try:
        assert "both installed" in providers.why_not("cuda")
        monkeypatch.setattr(providers, "onnxruntime_packages", lambda: {"onnxruntime": "1"})
        providers.why_not.cache_clear()
        assert "Install onnxruntime-gpu" in providers.why_not("cuda")
    finally:
        providers.why_not.cache_clear()


def test_a_network_that_never_ends_is_ended(tmp_path, capfd):
    def value(name, kind, shape):
        return helper.make_tensor_value_info(name, kind, shape)

    inner = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [value("i", TensorProto.INT64, []), value("go", TensorProto.BOOL, []),
         value("v", TensorProto.FLOAT, None)],
        [value("on", TensorProto.BOOL, []), value("w", TensorProto.FLOAT, None)],
    )  # fmt: skip
    graph = helper.make_graph(
        [helper.make_node("Loop", ["most", "true", "x"], ["y"], body=inner)],
        "g",
        [value("x", TensorProto.FLOAT, [1, 3, 4, 4])],
        [value("y", TensorProto.FLOAT, [1, 3, 4, 4])],
        [numpy_helper.from_array(np.array(1 << 62, np.int64), "most"),
         numpy_helper.from_array(np.array(True), "true")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "endless.onnx"
    path.write_bytes(model.SerializeToString())
    runtime = open_runtime(path, Options(device="cpu", threads=1, seconds=0.2))
    with pytest.raises(TookTooLong, match=r"endless\.onnx gave no answer within 0 seconds"):
        runtime.run({"x": np.zeros((1, 3, 4, 4), np.float32)})
    assert "\x1b" not in capfd.readouterr().err, "the runtime writes nothing into the terminal"
