"""The command line as a user meets it: words, exit codes, lines for machines."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from app.__main__ import COMMANDS
from engine.cli import main
from engine.cli.program import application
from engine.jobs.launch import child_environment
from engine.models.catalog import DEFAULT_MODEL
from engine.store import Project


def test_help_tells_every_command_and_the_exit_codes(cli):
    code, out, _ = cli("--help")
    assert code == 0
    told = {line.split()[0] for line in out.partition("Commands:")[2].splitlines() if line.strip()}
    assert set(COMMANDS) <= told, "the program knows a word as a command that is none"
    assert not {word for word in _commands() if word not in COMMANDS}, "a command opens the window"
    assert "3 partly" in out


def _commands():
    commands = application()
    single = {each.name for each in commands.registered_commands}
    return single | {each.name for each in commands.registered_groups}


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["export", "p"],
        ["export", "p", "o", "--format", "gif"],
        ["predict", "p"],
        ["train", "p", "--accept", "maybe"],
        ["evaluate", "p"],
        ["import", "p", "f", "--exif", "perhaps"],
        ["predict", "p", "--model", "m", "--threshold", "7"],
        ["predict", "p", "--model", "m", "--threshold", "0.7"],
    ],
)
def test_wrong_usage_is_two(cli, words):
    assert cli(*words)[0] == 2


def test_wrong_usage_is_told_to_machines_too(machine):
    code, lines = machine("export", "p")
    assert code == 2
    assert lines[-1]["outcome"] == "failed"


@pytest.mark.parametrize(("more", "names"), [
    ((), ["stack.tif"]),
    (("--pages",), ["stack.tif", "stack.tif#2", "stack.tif#3"]),
])  # fmt: skip
def test_init_lists_a_stack_or_all_of_its_pages(cli, tmp_path, more, names):
    import numpy as np
    import tifffile

    pages = np.zeros((3, 8, 9), np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", pages, photometric="minisblack", metadata=None)
    assert cli("init", tmp_path / "p", tmp_path / "stack.tif", *more)[0] == 0
    project = Project.open(tmp_path / "p.maskwright", read_only=True)
    try:
        assert [row.file_name for row in project.images()] == names
    finally:
        project.close()


def test_init_makes_a_project_and_adds_to_it(cli, machine, photos, tmp_path):
    path = tmp_path / "new" / "p"
    code, out, _ = cli("init", path, photos / "a.png", "--classes", "cat,sky:stuff")
    assert code == 0
    assert "1 images" in out or "1 image" in out
    code, lines = machine("init", f"{path}.maskwright", photos, "--classes", "cat,dog")
    assert code == 0
    assert lines[-1]["result"]["images"] == 3
    project = Project.open(tmp_path / "new" / "p.maskwright", read_only=True)
    try:
        assert [(c.name, c.thing) for c in project.taxonomy.classes] == [
            ("cat", True),
            ("sky", False),
            ("dog", True),
        ]
    finally:
        project.close()


def test_images_that_cannot_be_read_make_it_partly(cli, photos, tmp_path):
    (photos / "d.png").write_bytes(b"no image")
    code, _, err = cli("init", tmp_path / "p.maskwright", photos)
    assert code == 3
    assert "d.png" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["export", "nowhere.maskwright", "o.json"], "There is no project"),
        (["import", "nowhere.maskwright", "x.json"], "There is no project"),
        (["verify", "nowhere.json"], "cannot be read"),
        (["models", "add", "nowhere.onnx"], "There is no file"),
        (["models", "remove", "nowhere"], "There is no model"),
    ],
)
def test_what_is_not_there_is_one_sentence(cli, words, sentence):
    code, out, err = cli(*words)
    assert code == 1
    assert out == ""
    assert sentence in err
    assert "Traceback" not in err


def test_a_project_is_made_only_of_images(cli, tmp_path):
    (tmp_path / "x.png").write_bytes(b"no image")
    code, _, err = cli("init", tmp_path / "p.maskwright", tmp_path / "x.png")
    assert code == 1
    assert "nothing was made" in err
    assert not (tmp_path / "p.maskwright").exists()


def test_a_folder_is_no_file_to_export_to(cli, project, tmp_path):
    code, _, err = cli("export", project, tmp_path)
    assert code == 1
    assert "is a folder. Name a file in it" in err


def test_unknown_values_are_named(cli, photos, masks, tmp_path):
    path = tmp_path / "p.maskwright"
    cli("init", path, photos)
    code, _, err = cli("import", path, masks)
    assert code == 1
    assert "128, 200" in err
    assert "--map 128=NAME,200=NAME" in err


def test_export_verify_and_import_again(cli, machine, project, tmp_path):
    target = tmp_path / "out.json"
    code, out, _ = cli("export", project, target)
    assert code == 0
    assert "6 masks in 3 images, all identical." in out
    code, lines = machine("verify", target, "--project", project, "--deep")
    assert code == 0
    assert lines[-1]["result"]["compared"] == 6
    code, _, _ = cli("import", project, target, "--images", tmp_path / "photos")
    assert code == 0


def test_what_is_left_out_makes_an_import_partly(cli, project, tmp_path):
    image = {"id": 1, "file_name": "a.png", "width": 40, "height": 30}
    boxes = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]}]
    data = {"images": [image], "annotations": boxes, "categories": []}
    (tmp_path / "boxes.json").write_text(json.dumps(data))
    code, _, err = cli("import", project, tmp_path / "boxes.json", "--images", tmp_path / "photos")
    assert code == 3
    assert "1 annotation has a box but no mask" in err


def test_verify_finds_a_mask_that_is_not_the_projects(cli, project, tmp_path):
    target = tmp_path / "out.json"
    cli("export", project, target)
    data = json.loads(target.read_text())
    data["annotations"].pop()
    target.write_text(json.dumps(data))
    assert cli("verify", target)[0] == 0
    code, _, err = cli("verify", target, "--project", project)
    assert code == 1
    assert "1 image holds other masks than the project: c.png." in err


def test_a_broken_file_is_one(cli, assets):
    code, _, err = cli("verify", assets / "formats/coco_json/hotcoco/healthcheck_bad.json")
    assert code == 1
    assert "6 kinds of problems" in err


def test_a_pattern_chooses_images(cli, machine, project, tmp_path):
    code, lines = machine("export", project, tmp_path / "o.json", "--images", "[ab].png")
    assert code == 0
    assert lines[-1]["result"]["images"] == 2
    assert lines[-1]["type"] == "outcome"
    assert {each["type"] for each in lines} >= {"progress", "finished", "outcome"}
    code, _, err = cli("export", project, tmp_path / "o.json", "--images", "z*")
    assert code == 1
    assert "No image of the project fits “z*”" in err


def test_predict_and_accept(machine, project):
    words = ("predict", project, "--model", DEFAULT_MODEL, "--images", "a.png", "--device", "cpu")
    code, lines = machine(*words, "--accept")
    assert code == 0
    result = lines[-1]["result"]
    assert result["images"] == 1
    assert result["accepted"] == result["proposals"]


def test_a_device_that_is_not_there_is_said(machine, project):
    """The CPU answers, and nobody is left to think it was the GPU."""
    words = ("predict", project, "--model", DEFAULT_MODEL, "--images", "a.png", "--device", "dml")
    code, lines = machine(*words)
    assert code == 0
    assert lines[-1]["result"]["provider"] == "CPUExecutionProvider"
    notes = [each["text"] for each in lines if each["type"] == "note"]
    assert any(note.endswith("The CPU is used.") for note in notes)
    words = ("evaluate", project, "--model", DEFAULT_MODEL, "--device", "dml")
    _, lines = machine(*words)
    assert any("The CPU is used." in str(each.get("text")) for each in lines)
    assert machine(*words[:-1], "toaster")[0] == 1


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("u2netp.onnx", "Add it first: maskwright models add"),
        ("lraspp_mnv3_kelp_presence_torchscript.pt", "--trust"),
        ("NOT_A_SEGMENTER_ppocr_cls.onnx", "2 numbers for the whole image"),
        ("STATE_DICT_ONLY_mouse_pupil_unet.pth", "weights but no network"),
    ],
)
def test_a_model_file_without_a_card_says_what_to_do(cli, project, assets, file, sentence):
    code, _, err = cli("predict", project, "--model", assets / "models" / file)
    assert code == 1
    assert sentence in err


def test_nothing_to_predict_fails(cli, project):
    code, _, err = cli("predict", project, "--model", DEFAULT_MODEL)
    assert code == 1
    assert "all are done" in err


def test_evaluate_prints_a_table(cli, machine, project):
    words = ("evaluate", project, "--model", DEFAULT_MODEL, "--device", "cpu")
    code, out, _ = cli(*words)
    assert code == 0
    assert "water" in out
    assert "mean IoU" in out
    code, lines = machine(*words)
    assert lines[-1]["result"]["classes"][1]["name"] == "water"


def test_evaluate_writes_its_table_as_csv(cli, project, tmp_path):
    path = tmp_path / "classes.csv"
    words = ("evaluate", project, "--model", DEFAULT_MODEL, "--device", "cpu", "--csv", path)
    assert cli(*words)[0] == 0
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "id,name,iou,dice,pixels"
    assert any(",water," in line for line in lines)


def test_another_owner_is_named_and_hinders_only_changes(cli, project, photos, tmp_path):
    owner = Project.open(project)
    try:
        code, _, err = cli("init", project, photos)
        assert code == 1
        assert "p" in err
        assert cli("export", project, tmp_path / "o.json")[0] == 0
    finally:
        owner.close()


def test_models_are_listed_added_and_removed(cli, machine, assets):
    code, lines = machine("models", "list")
    assert code == 0
    assert DEFAULT_MODEL in {each["id"] for each in lines[-1]["result"]["models"]}
    file = assets / "models/u2netp.onnx"
    code, lines = machine("models", "inspect", file)
    assert code == 0
    assert lines[-1]["result"]["card"]["input"]["height"] == 320
    code, out, err = cli(
        "models",
        "add",
        file,
        "--name",
        "Mine",
        "--set",
        "input.color=BGR",
        "--set",
        "classes=bg,cat",
    )
    assert code == 0, err
    assert "Mine was added as mine" in out
    code, lines = machine("models", "list")
    card = next(each["card"] for each in lines[-1]["result"]["models"] if each["id"] == "mine")
    assert card["input"]["color"] == "BGR"
    assert [(each["name"], each["background"]) for each in card["classes"]] == [
        ("bg", True),
        ("cat", False),
    ]
    assert cli("models", "remove", "mine")[0] == 0
    assert cli("models", "remove", "mine")[0] == 1


def test_a_program_is_opened_only_with_trust(cli, assets):
    file = assets / "models/lraspp_mnv3_kelp_presence_torchscript.pt"
    code, _, err = cli("models", "add", file)
    assert code == 1
    assert "--trust" in err
    assert "052cce5365d62563" in err


@pytest.mark.parametrize("setting", ["input.nothing=1", "x", "input.height=tall"])
def test_a_card_field_that_is_none_is_said(cli, assets, setting):
    code, _, err = cli("models", "inspect", assets / "models/u2netp.onnx", "--set", setting)
    assert code == 1
    assert "Traceback" not in err


def test_a_fault_of_the_program_is_told_apart(cli, project, tmp_path, monkeypatch):
    from engine.cli import transfer

    monkeypatch.setattr(transfer, "run_here", lambda *args: 1 / 0)
    code, _, err = cli("export", project, tmp_path / "o.json")
    assert code == 1
    assert "A fault of the program: ZeroDivisionError" in err


# -- real processes


QT_AND_RUNTIMES = {"PySide6", "torch", "onnxruntime", "onnx", "cv2", "skimage"}


@pytest.mark.parametrize(
    "words",
    [
        ["init", "{new}", "{photos}"],
        ["import", "{project}", "{masks}", "--map", "128=water,200=grass"],
        ["export", "{project}", "{out}"],
        ["export", "{project}", "{folder}", "--format", "png"],
        ["verify", "{coco}", "--project", "{project}"],
        ["models", "list"],
        ["train", "{project}", "--help"],
        ["evaluate", "{project}", "--predictions", "{coco}"],
        ["predict", "{project}", "--model", DEFAULT_MODEL, "--images", "a.png"],
    ],
    ids=lambda words: " ".join(words[:1] + words[3:4]),
)
def test_the_command_line_loads_neither_qt_nor_a_runtime(
    cli, project, photos, masks, tmp_path, words
):
    coco = tmp_path / "coco.json"
    cli("export", project, coco)
    places = {
        "project": project,
        "photos": photos,
        "masks": masks,
        "coco": coco,
        "new": tmp_path / "n.maskwright",
        "out": tmp_path / "o.json",
        "folder": tmp_path / "png",
    }
    words = [word.format(**places) for word in words]
    code = (
        "import sys; from engine.cli import main; code = main(sys.argv[1:]);"
        f"heavy = {QT_AND_RUNTIMES} & set(sys.modules);"
        "sys.exit(f'{code}: {heavy}' if code or heavy else 0)"
    )
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(
        command, env=child_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_predicting_needs_neither_qt_nor_torch(project, tmp_path):
    code = (
        "import sys; from pathlib import Path; from engine.jobs.folder import JobFolder;"
        "from engine.jobs.job import PredictSpec; from engine.jobs.runner import execute;"
        "spec = PredictSpec(project=sys.argv[1], model=sys.argv[3], images=(1,));"
        "done = execute(JobFolder.create(Path(sys.argv[2]), spec));"
        "assert done.outcome == 'done', done;"
        "assert 'onnxruntime' in sys.modules;"
        "sys.exit(str({'PySide6', 'torch', 'skimage'} & set(sys.modules) or '') or 0)"
    )
    command = [sys.executable, "-c", code, str(project), str(tmp_path), DEFAULT_MODEL]
    done = subprocess.run(
        command, env=child_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent as a POSIX signal")
def test_ctrl_c_stops_cleanly_and_keeps_what_was_done(fresh_python, photos, tmp_path):
    """Many images; the interrupt comes once the first part is there."""
    for at in range(400):
        os.link(photos / "a.png", photos / f"x{at:03}.png")
    path = tmp_path / "p.maskwright"
    assert main(["init", str(path), str(photos)]) == 0
    words = ["predict", str(path), "--model", DEFAULT_MODEL, "--device", "cpu", "--json"]
    child = subprocess.Popen(
        [*fresh_python, *words], stdout=subprocess.PIPE, text=True, env=child_environment()
    )
    lines = []
    for line in child.stdout:
        lines.append(json.loads(line))
        if lines[-1]["type"] == "artifact":
            child.send_signal(signal.SIGINT)
            break
    began = time.monotonic()
    lines += [json.loads(line) for line in child.stdout]
    child.stdout.close()
    assert child.wait(60) == 3
    assert time.monotonic() - began < 30
    assert lines[-1]["outcome"] == "cancelled"
    project = Project.open(path)
    try:
        assert not project.read_only
        (row,) = project.jobs()
        assert (row.kind, row.state, row.taken) == ("predict", "cancelled", True)
    finally:
        project.close()


def test_where_images_go_is_said_before_an_import(cli, machine, project, photos, tmp_path):
    out = tmp_path / "down/a.json"
    assert cli("export", project, out)[0] == 0
    for name in "ab":
        (tmp_path / f"down/{name}.png").write_bytes((photos / f"{name}.png").read_bytes())
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(tmp_path / "down/c.png")
    code, text, _ = cli("import", project, out, "--dry-run")
    assert (code, text) == (
        0,
        "3 images: 2 are images of the project, 1 is new. Nothing was changed.\n",
    )
    code, lines = machine("import", project, out, "--dry-run", "--by-name")
    assert code == 0
    assert lines[-1]["result"] == {
        "there": 3, "new": 0, "missing": 0, "other": 0, "several": 0, "left_out": 0,
        "dry_run": True,
    }  # fmt: skip
    opened = Project.open(project, read_only=True)
    assert len(opened.images()) == 3
    opened.close()
    code, text, said = cli("import", project, out)
    assert code == 0
    assert "2 are images of the project, 1 is new." in text
    assert "--by-name" in said


def test_images_that_are_named_twice_are_looked_at_once(cli, photos, tmp_path):
    (photos / "bad.png").write_bytes(b"no picture")
    code, out, err = cli("init", tmp_path / "q", photos, photos, photos / "a.png")
    assert code == 3
    assert "3 images" in out
    assert err.count("bad.png could not be read") == 1
