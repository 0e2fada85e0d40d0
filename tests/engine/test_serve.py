"""The model process itself, through its pipes."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from engine.models.answer import load_answer
from engine.models.catalog import DEFAULT_MODEL, Catalog, file_sha256
from engine.models.draft import load_inspection

TIMEOUT = 60


class Process:
    def __init__(self, root, *arguments, code=None, env=None):
        command = ["-m", "engine.serve", *arguments] if code is None else ["-c", code]
        self.popen = subprocess.Popen(
            [sys.executable, *command],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
        )
        self.errors = b""
        self._drain = threading.Thread(target=self._read_errors, daemon=True)
        self._drain.start()
        self._watch = threading.Timer(TIMEOUT, self.popen.kill)
        self._watch.start()

    def _read_errors(self):
        self.errors = self.popen.stderr.read()

    def line(self):
        text = self.popen.stdout.readline()
        assert text, self.end()
        assert len(text) <= 1 << 16
        return json.loads(text)

    def send(self, data):
        self.popen.stdin.write(data if isinstance(data, bytes) else json.dumps(data).encode())
        self.popen.stdin.write(b"\n")
        self.popen.stdin.flush()

    def ask(self, **question):
        self.send({"id": 7, **question})
        answer = self.line()
        assert answer.pop("id") == 7
        return answer

    def end(self):
        """Close everything; (exit code, what was still on stdout, stderr)."""
        if not self.popen.stdin.closed:
            self.popen.stdin.close()
        rest = self.popen.stdout.read()
        code = self.popen.wait()
        self._watch.cancel()
        self._drain.join()
        self.popen.stdout.close()
        self.popen.stderr.close()
        return code, rest, self.errors.decode()


@pytest.fixture
def process(root):
    started = []

    def start(*arguments, **more):
        started.append(Process(root, *arguments, **more))
        return started[-1]

    yield start
    for each in started:
        if not each.popen.stdout.closed:
            each.end()


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "photo é.png"
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_it_says_what_it_is_and_answers_by_file(process, image):
    model = process(DEFAULT_MODEL, "--device", "cpu", "--threads", "1")
    hello = model.line()
    assert hello["ready"] == 1
    assert hello["model"] == DEFAULT_MODEL
    assert hello["provider"] == "CPUExecutionProvider"
    assert hello["provider_text"] == "CPU · 1 thread"
    assert hello["reason"] == ""
    assert hello["threads"] == 1
    assert hello["memory"] > 10_000_000
    assert hello["version"]
    given = model.ask(op="predict", image=str(image))
    path = Path(given["answer"])
    answer = load_answer(path)
    assert given["n"] == len(answer.objects)
    assert given["model"] == answer.model == DEFAULT_MODEL
    assert answer.size == (60, 80)
    assert answer.confidence.p1.shape == (257, 257)
    if os.name == "posix":
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert model.ask(op="warm")["seconds"] > 0
    assert model.ask(op="status")["provider"] == "CPUExecutionProvider"
    path.unlink()
    code, rest, errors = model.end()
    assert (code, rest, errors) == (0, b"", "")
    assert not path.parent.exists()


def test_an_answer_nobody_read_yet_outlives_the_process(process, image):
    model = process(DEFAULT_MODEL, "--device", "cpu")
    model.line()
    path = Path(model.ask(op="predict", image=str(image))["answer"])
    assert model.end()[0] == 0
    assert load_answer(path).size == (60, 80)
    path.unlink()
    path.parent.rmdir()


def test_what_cannot_be_answered_is_a_sentence_and_it_lives_on(process, image, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(image.read_bytes()[:60])
    model = process(DEFAULT_MODEL, "--device", "cpu")
    model.line()
    for question, says in (
        ({"op": "predict", "image": str(tmp_path / "gone.png")}, "gone.png"),
        ({"op": "predict", "image": str(broken)}, "broken.png"),
        ({"op": "predict"}, "names no image"),
        ({"op": "predict", "image": 5}, "names no image"),
        ({"op": "dance"}, "“dance”"),
        ({}, "“None”"),
        ({"op": "preview", "file": "x"}, "card so far"),
        ({"op": "inspect", "file": str(tmp_path / "no.onnx")}, "no.onnx"),
        ({"op": "torch_step", "device": "abacus"}, "training step"),
    ):
        assert says in model.ask(**question)["error"]
    assert "answer" in model.ask(op="predict", image=str(image))


def test_lines_that_are_no_questions_are_left_out(process, image):
    model = process(DEFAULT_MODEL, "--device", "cpu")
    model.line()
    for junk in (b"not json", b"[1, 2]", b"\xff\xfe", b"", b'{"op": "' + b"x" * 300_000 + b'"}'):
        model.send(junk)
    assert "answer" in model.ask(op="predict", image=str(image))
    code, rest, errors = model.end()
    assert (code, rest) == (0, b"")
    assert "longer than" in errors


def test_a_mistake_of_its_own_is_one_answer(process, image):
    """Anything else than an EngineError is a bug: it is told with its traceback, and survived."""
    code = (
        "import sys, engine.models.server as s\n"
        "from engine.serve import main\n"
        "s.Server._predict = lambda *a: 1 / 0\n"
        f"sys.exit(main(['{DEFAULT_MODEL}', '--device', 'cpu']))"
    )
    model = process(code=code)
    model.line()
    given = model.ask(op="predict", image=str(image))
    assert "ZeroDivisionError" in given["error"]
    assert "photo é.png" in given["error"]
    assert "1 / 0" in given["details"] or "<string>" in given["details"]
    assert model.ask(op="warm")["seconds"] > 0


def test_a_model_that_cannot_be_opened_ends_with_its_sentence(process, tmp_path):
    model = process("no_such_model")
    code, rest, errors = model.end()
    assert code == 1
    assert rest == b""
    assert errors.strip().splitlines()[-1].startswith("There is no model “no_such_model”")


def test_prints_of_runtimes_do_not_reach_the_protocol(process):
    """What native code and Python write to stdout arrives on stderr."""
    code = (
        "import os, sys, engine.models.server as s\n"
        "from engine.serve import main\n"
        "def noisy(self):\n"
        "    print('python noise'); os.write(1, b'native noise\\n')\n"
        "    os.system('echo child noise')\n"
        "    return {}\n"
        "s.Server.hello = noisy\n"
        "sys.exit(main(['-']))"
    )
    model = process(code=code)
    assert model.line() == {"ready": 1}
    code, rest, errors = model.end()
    assert (code, rest) == (0, b"")
    assert errors.split("\n")[:3] == ["python noise", "native noise", "child noise"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX pipes")
def test_it_leaves_at_once_when_its_reader_is_gone(process, image):
    model = process(DEFAULT_MODEL, "--device", "cpu")
    model.line()
    folder = Path(model.ask(op="predict", image=str(image))["answer"]).parent
    for _ in range(50):
        model.send({"id": 1, "op": "predict", "image": str(image)})
    model.popen.stdout.close()
    model.popen.stdin.close()
    assert model.popen.wait(TIMEOUT) == 0
    model._watch.cancel()
    model._drain.join()
    assert not folder.exists(), "nobody is left to read them"
    assert "Traceback" not in model.errors.decode()
    model.popen.stderr.close()


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or os.name != "posix", reason="POSIX signals")
def test_ctrl_c_is_for_the_program_that_started_it(process, image):
    model = process(DEFAULT_MODEL, "--device", "cpu")
    model.line()
    model.popen.send_signal(signal.SIGINT)
    assert "answer" in model.ask(op="predict", image=str(image))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's score")
def test_it_offers_itself_when_memory_runs_out(process):
    model = process("-")
    model.line()
    score = Path(f"/proc/{model.popen.pid}/oom_score_adj").read_text()
    assert int(score) >= 500


def test_a_draft_card_is_previewed_live(process, image):
    """The add-model sheet: inspect a file, change an answer, see the masks, without adding it."""
    entry = Catalog().get(DEFAULT_MODEL)
    scout = process("-", "--device", "cpu")
    assert scout.line()["model"] == ""
    assert "has no model" in scout.ask(op="warm")["error"]
    found_path = Path(
        scout.ask(op="inspect", file=str(entry.weights), image=str(image))["inspection"]
    )
    found = load_inspection(found_path)
    found_path.unlink()
    assert found.card.input.name == "sub_7"
    card = msgspec.to_builtins(found.card)
    sizes = []
    for _ in range(2):
        given = scout.ask(op="preview", file=str(entry.weights), card=card, image=str(image))
        path = Path(given["answer"])
        sizes.append(load_answer(path).size)
        path.unlink()
    assert sizes == [(60, 80)] * 2
    wrong = {**card, "output": {**card["output"], "name": "nothing"}}
    assert (
        "no output"
        in scout.ask(op="preview", file=str(entry.weights), card=wrong, image=str(image))["error"]
    )
    unknown = {**card, "colour": 1}
    assert (
        "“colour”"
        in scout.ask(op="preview", file=str(entry.weights), card=unknown, image=str(image))["error"]
    )


def test_trust_is_given_by_the_files_own_hash(process, image, tmp_path):
    torch = pytest.importorskip("torch")
    import warnings

    path = tmp_path / "net.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(torch.nn.Conv2d(3, 2, 1), torch.zeros(1, 3, 8, 8)).save(str(path))
    scout = process("-", "--device", "cpu")
    scout.line()

    def look(**more):
        given = Path(scout.ask(op="inspect", file=str(path), **more)["inspection"])
        found = load_inspection(given)
        given.unlink()
        return found

    digest = file_sha256(path)
    assert look().needs_trust == digest
    assert look(trust="0" * 64).needs_trust == digest
    card = {"id": "net", "name": "Net", "classes": [{"index": 0, "name": "a"},
            {"index": 1, "name": "b"}], "input": {"resize": "none"}}  # fmt: skip
    preview = {"op": "preview", "file": str(path), "card": card, "image": str(image)}
    assert "is a program" in scout.ask(**preview)["error"]
    assert "answer" in scout.ask(**preview, trust=digest)
    assert look(trust=digest).questions
    assert digest not in Catalog().trusted, "for this process only"


WITHOUT = """
import sys
sys.modules["{missing}"] = None
from engine.serve import main
sys.exit(main({arguments!r}))
"""


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("onnxruntime", "needs the package onnxruntime, which is not installed. Install it with:"),
        ("onnx", "onnx is not installed; it belongs to Maskwright. Install it with: pip install"),
    ],
)
def test_a_package_that_is_missing_is_named_with_what_to_do(process, missing, sentence):
    arguments = [DEFAULT_MODEL, "--device", "cpu"]
    code, _, errors = process(code=WITHOUT.format(missing=missing, arguments=arguments)).end()
    assert code == 1
    assert sentence in errors.splitlines()[-1]
    asked = process(code=WITHOUT.format(missing=missing, arguments=["-"]))
    asked.line()
    weights = Catalog().get(DEFAULT_MODEL).weights
    assert sentence in asked.ask(op="inspect", file=str(weights))["error"]
