import hashlib
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError
from engine.runtimes.base import Options, OutOfMemory, open_runtime
from engine.runtimes.file_kind import FileKind, kind_of

torch = pytest.importorskip("torch")


class Net(torch.nn.Module):
    def forward(self, x):
        return {"out": x * 2, "aux": x.mean(1, keepdim=True)}


class Pair(torch.nn.Module):
    def forward(self, x):
        return x * 3, x.sum(1)


def script(module, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(module, torch.zeros(1, 3, 8, 8), strict=False).save(str(path))
    return path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def feed(size=(8, 8)):
    return {"": np.ones((1, 3, *size), np.float32)}


def test_a_program_runs_only_when_trusted(tmp_path):
    path = script(Net(), tmp_path / "net.pt")
    assert kind_of(path) is FileKind.TORCHSCRIPT
    with pytest.raises(EngineError, match="is a program"):
        open_runtime(path, Options(device="cpu"))
    runtime = open_runtime(path, Options(device="cpu", trusted=digest(path), threads=1))
    assert runtime.provider == "torch cpu"
    answer = runtime.run(feed())
    assert set(answer) == {"out", "aux"}
    assert np.all(answer["out"] == 2)
    assert list(runtime.run(feed(), ("aux",))) == ["aux"]
    with pytest.raises(EngineError, match="no output “mask”"):
        runtime.run(feed(), ("mask",))
    runtime.close()
    runtime.close()
    with pytest.raises(EngineError, match="closed"):
        runtime.run(feed())


def test_several_outputs_are_numbered(tmp_path):
    path = script(Pair(), tmp_path / "net.pt")
    answer = open_runtime(path, Options(device="cpu", trusted=digest(path))).run(feed())
    assert {key: value.shape for key, value in answer.items()} == {
        "0": (1, 3, 8, 8),
        "1": (1, 8, 8),
    }


def test_an_exported_program_is_a_program_too(tmp_path):
    path = tmp_path / "net.pt2"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = torch.export.export(Net(), (torch.zeros(1, 3, 8, 8),))
        torch.export.save(exported, str(path))
    assert kind_of(path) is FileKind.EXPORTED
    with pytest.raises(EngineError, match="is a program"):
        open_runtime(path, Options(device="cpu"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runtime = open_runtime(path, Options(device="cpu", trusted=digest(path)))
    assert np.all(runtime.run(feed())["out"] == 2)
    with pytest.raises(EngineError, match="could not be run"):
        runtime.run(feed((16, 16)))


@pytest.mark.parametrize("kind", ["torchscript", "pt2"])
def test_a_program_that_was_changed_after_it_was_trusted_does_not_run(tmp_path, kind):
    path = script(Net(), tmp_path / "net.pt")
    trusted = digest(path)
    if kind == "pt2":
        path = path.with_suffix(".pt2")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.export.save(torch.export.export(Net(), (torch.zeros(1, 3, 8, 8),)), str(path))
    else:
        script(Pair(), path)
    with pytest.raises(EngineError, match="not the file that was trusted"):
        open_runtime(path, Options(device="cpu", trusted=trusted))


def test_what_was_hashed_is_what_runs(tmp_path, monkeypatch):
    """The file is another one as soon as it was read; what was read is opened all the same."""
    path = script(Net(), tmp_path / "net.pt")
    other, trusted = script(Pair(), tmp_path / "other.pt").read_bytes(), digest(path)
    read = Path.read_bytes

    def swapped(self):
        data = read(self)
        if self == path:
            self.write_bytes(other)
        return data

    monkeypatch.setattr(Path, "read_bytes", swapped)
    runtime = open_runtime(path, Options(device="cpu", trusted=trusted))
    assert set(runtime.run(feed())) == {"out", "aux"}


def test_a_file_that_becomes_a_program_is_not_opened_as_what_it_was(tmp_path):
    """`torch.load` itself refuses TorchScript where only weights are asked for."""
    from engine.runtimes.torch import state_dict

    with pytest.raises(EngineError, match="more than weights"):
        state_dict(script(Net(), tmp_path / "net.pth"), FileKind.CHECKPOINT)


class Evil:
    def __reduce__(self):
        return (print, ("this must never run",))


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt"])
def test_a_pickle_in_a_checkpoint_does_not_run(tmp_path, capsys, suffix):
    path = tmp_path / f"evil{suffix}"
    torch.save({"weight": torch.zeros(2), "more": Evil()}, path)
    options = Options(device="cpu", architecture="lraspp_mobilenet_v3_large", classes=2)
    with pytest.raises(EngineError, match="more than weights"):
        open_runtime(path, options)
    path.write_bytes(pickle.dumps(Evil(), protocol=2))
    with pytest.raises(EngineError, match=r"evil\."):
        open_runtime(path, options)
    captured = capsys.readouterr()
    assert "never run" not in captured.out + captured.err


def test_weights_need_a_network(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({"a": torch.zeros(2)}, path)
    assert kind_of(path) is FileKind.CHECKPOINT
    with pytest.raises(EngineError, match="weights but no network"):
        open_runtime(path, "cpu")


@pytest.mark.parametrize("architecture", ["lraspp_mobilenet_v3_large", "smp.Unet.resnet18"])
def test_weights_fit_the_named_network_or_are_refused(tmp_path, architecture):
    from engine.runtimes.architectures import build

    torch.manual_seed(0)
    network = build(architecture, 3)
    path = tmp_path / "weights.pth"
    torch.save({"state_dict": {f"net.{k}": v for k, v in network.state_dict().items()}}, path)
    options = Options(device="cpu", architecture=architecture, classes=3, key_prefix="net.")
    runtime = open_runtime(path, options)
    answer = runtime.run(feed((64, 64)))
    first = next(iter(answer.values()))
    assert first.shape == (1, 3, 64, 64)
    with torch.inference_mode():
        given = network.eval()(torch.ones(1, 3, 64, 64))
    expected = given["out"] if isinstance(given, dict) else given
    assert np.allclose(first, expected.numpy(), atol=1e-5)
    for wrong in (
        Options(device="cpu", architecture=architecture, classes=4, key_prefix="net."),
        Options(device="cpu", architecture=architecture, classes=3),
    ):
        with pytest.raises(EngineError, match="does not fit the architecture"):
            open_runtime(path, wrong)


def test_unknown_architectures_are_named():
    from engine.runtimes.architectures import build, known

    assert known("smp.Unet.resnet18")
    assert not known("smp.os.system")
    with pytest.raises(EngineError, match="“mystery”"):
        build("mystery", 2)
    with pytest.raises(EngineError, match="no_such_encoder"):
        build("smp.Unet.no_such_encoder", 2)


def test_devices_that_are_not_there_are_said(tmp_path):
    path = script(Net(), tmp_path / "net.pt")
    for device in ("cuda", "mps", "tensorrt"):
        if device == "cuda" and torch.cuda.is_available():
            continue
        if device == "mps" and torch.backends.mps.is_available():
            continue
        runtime = open_runtime(path, Options(device=device, trusted=digest(path)))
        assert runtime.provider == "torch cpu"
        assert runtime.provider_reason.endswith(".")
    with pytest.raises(EngineError, match="“abacus”"):
        open_runtime(path, Options(device="abacus", trusted=digest(path)))


def test_too_little_memory_is_told_apart(tmp_path):
    path = script(Net(), tmp_path / "a.pt")
    runtime = open_runtime(path, Options(device="cpu", trusted=digest(path)))
    assert isinstance(runtime._sentence(RuntimeError("CUDA out of memory. Tried")), OutOfMemory)
    assert isinstance(runtime._sentence(MemoryError()), OutOfMemory)
    assert not isinstance(runtime._sentence(RuntimeError("bad shape")), OutOfMemory)
