"""Commands where files may not be read or written, have strange names, or nobody listens."""

import errno
import os
import shutil
import subprocess
import sys
import threading

import pytest

from engine.cli.output import Output, all_said
from engine.errors import EngineError
from engine.jobs.job import ExportSpec, encode_spec
from engine.jobs.launch import child_environment
from engine.refused import of_the_machine
from engine.store import Project
from tests.ordinary import ordinarily

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def strange(folder, name):
    path = folder / os.fsdecode(name)
    try:
        path.touch()
    except OSError:
        pytest.skip("this file system has only names that are text")
    path.unlink()
    return path


def test_an_image_that_may_not_be_read_is_not_called_missing(machine, cli, project, photos):
    machine("images", project, "check")  # notes what the files are
    (photos / "a.png").chmod(0)
    (photos / "b.png").unlink()
    code, lines = ordinarily(lambda: machine("images", project, "check", "--full"))
    assert code == 1
    found = lines[-1]["result"]
    assert (found["missing"], found["unreadable"]) == (1, 1)
    states = {line["image"]: line["state"] for line in lines if line["type"] == "image"}
    assert states == {"a.png": "unreadable", "b.png": "missing"}
    _, _, err = ordinarily(lambda: cli("images", project, "check", "--full"))
    assert "0 files changed, 1 missing, 1 may not be read: change the permissions. Relink" in err


def test_images_of_a_folder_that_may_not_be_looked_into_are_unreadable(machine, project, photos):
    photos.chmod(0)
    try:
        _, lines = ordinarily(lambda: machine("images", project, "check"))
    finally:
        photos.chmod(0o755)
    assert lines[-1]["result"]["unreadable"] == 3
    assert "Relink" not in lines[-1]["error"]


def test_nothing_of_a_write_protected_project_is_begun(cli, project, masks):
    before = sorted(project.parent.rglob("*"))
    project.chmod(0o444)
    code, _, err = ordinarily(lambda: cli("import", project, masks, "--map", "128=water"))
    assert code == 1
    assert "p.maskwright can only be looked at: its file is write-protected. Make it" in err
    assert sorted(project.parent.rglob("*")) == before


def test_a_project_that_cannot_be_made_is_a_sentence(cli, photos, tmp_path):
    (tmp_path / "shut").mkdir(mode=0o555)
    code, _, err = ordinarily(lambda: cli("init", tmp_path / "shut" / "deep" / "p", photos))
    assert code == 1
    assert "p.maskwright cannot be made in" in err
    assert "Permission denied. Choose another folder." in err


def test_a_project_in_a_folder_that_may_not_be_looked_into_is_a_sentence(cli, project, tmp_path):
    shut = tmp_path / "shut"
    shut.mkdir()
    shutil.move(project, shut / "p.maskwright")
    shut.chmod(0)
    try:
        for words in (("check", shut / "p.maskwright"), ("merge", shut / "p.maskwright")):
            code, _, err = ordinarily(lambda words=words: cli(*words))
            assert code in (1, 2)
            assert "Traceback" not in err
            assert str(shut)[-8:] in err
    finally:
        shut.chmod(0o755)


@pytest.mark.parametrize("command", ["init", "check", "backup", "lint", "import", "verify"])
def test_a_name_that_is_too_long_is_a_sentence(cli, photos, tmp_path, command):
    for length in (243, 300):
        words = (command, tmp_path / ("p" * length), *((photos,) if command in ("init",) else ()))
        code, _, err = cli(*words, *((photos,) if command == "import" else ()))
        assert code in (1, 2)
        assert "Traceback" not in err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["photos"]


def test_links_in_a_circle_and_folders_that_are_shut_are_left_out_and_said(cli, photos, tmp_path):
    (photos / "round.png").symlink_to("round.png")
    (photos / "lost.png").symlink_to("nowhere")
    (photos / "shut").mkdir(mode=0)
    name = strange(photos, b"b\xff.png")
    shutil.copy(photos / "a.png", name)
    try:
        code, out, err = ordinarily(lambda: cli("init", tmp_path / "p", photos))
    finally:
        (photos / "shut").chmod(0o755)
    assert code == 3
    assert "3 images" in out
    assert "round.png" in err
    assert "lost.png is no longer in" in err
    assert "shut may not be looked into. Change its permissions." in err
    assert "b\\udcff.png was left out: its name is no text (UTF-8). Rename it." in err


def test_a_place_whose_name_is_no_text_is_refused_and_not_another_taken(cli, project, photos):
    place = strange(project.parent, b"o\xff.json")
    code, _, err = cli("export", project, place)
    assert code == 1
    assert "is no text (UTF-8). Rename it." in err
    assert not [each for each in project.parent.iterdir() if each.name.startswith("o")]
    code, _, err = cli("init", project.parent / os.fsdecode(b"q\xff"), photos)
    assert code == 1
    assert "is no text (UTF-8). Rename it." in err
    code, _, err = cli("split", project, "--parts", 2, "--out", strange(project.parent, b"p\xff"))
    assert code == 1
    assert "is no text (UTF-8). Rename it." in err
    with pytest.raises(EngineError, match="is no text"):
        encode_spec(ExportSpec(project="p", target=os.fspath(place), format="coco"))


def test_an_image_whose_path_is_no_text_is_not_half_taken(project, photos):
    opened = Project.open(project)
    with pytest.raises(EngineError, match="is no text"):
        opened.add_images([photos / os.fsdecode(b"\xff.png")])
    assert len(opened.images()) == 3
    opened.close()


def test_a_pipe_in_the_place_of_a_project_or_model_is_not_waited_for(cli, project, tmp_path):
    pipe = tmp_path / "pipe.maskwright"
    os.mkfifo(pipe)
    answers = []
    wanted = {
        ("merge", project, pipe): "pipe.maskwright is not a Maskwright project.",
        ("predict", project, "--model", pipe): "There is no model",
    }
    for words, sentence in wanted.items():
        thread = threading.Thread(target=lambda words=words: answers.append(cli(*words)))
        thread.start()
        thread.join(60)
        if thread.is_alive():  # let it go, so that the test ends
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        thread.join()
        code, _, err = answers.pop()
        assert code == 1
        assert sentence in err


def shell(words, line):
    """Run a command as part of a line of a shell; what the line says of how it ended."""
    done = subprocess.run(
        ["bash", "-c", line, "bash", *words],
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split(), done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is always full")
def test_results_that_nobody_can_have_are_a_failure_with_our_own_code(fresh_python):
    said, err = shell([*fresh_python, "--version"], '"$@" > /dev/full; echo $?')
    assert said == ["1"]
    assert "Exception ignored" not in err
    assert "No space left on device" in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is always full")
def test_a_log_that_is_full_ends_no_work(fresh_python, project, masks):
    words = [*fresh_python, "import", project, masks, "--map", "0=background,128=water,200=grass"]
    said, _ = shell([*map(str, words)], '"$@" 2> /dev/full > /dev/null; echo $?')
    assert said == ["0"]


def test_a_log_that_nobody_reads_any_more_ends_no_work(monkeypatch, tmp_path):
    read, write = os.pipe()
    os.close(read)
    with open(write, "w") as gone, open(tmp_path / "out", "w+") as out:
        monkeypatch.setattr(sys, "stderr", gone)
        monkeypatch.setattr(sys, "stdout", out)
        output = Output()
        output.remark("One")
        output.outcome("failed", {}, "Two")
        output.say("Three")
        assert all_said(0) == 0
        out.seek(0)
        assert out.read() == "Three\n"


def test_a_folder_that_is_gone_under_a_command_is_a_sentence(fresh_python, project, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    words = [*map(str, fresh_python), "export", str(project), "x.json"]
    line = f'cd "{gone}" && rmdir "{gone}" && "$@"; echo $?'
    said, err = shell(words, line)
    assert said == ["1"]
    assert "The folder this was started in is not there any more. Change to another one." in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (OSError(errno.EMFILE, "Too many open files", "/a"), "/a: Too many open files. Allow"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "/" + "a" * 300), "aaa…aaa"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied. Change"),
        (MemoryError(), "There is not enough memory for this."),
        (RuntimeError("Symlink loop from '/a'"), "'/a' is a link that leads back to itself."),
        (FileNotFoundError(errno.ENOENT, "No such file", "/a"), None),
        (ValueError("a"), None),
    ],
)
def test_what_the_system_refuses_is_told_from_a_bug(problem, said):
    assert said in of_the_machine(problem) if said else of_the_machine(problem) == ""


def test_a_user_of_whom_the_system_knows_nothing_has_no_home_and_is_served(fresh_python):
    code = (
        "import os, pwd, sys; os.environ.pop('HOME', None)\n"
        "def nobody(number): raise KeyError(number)\n"
        "pwd.getpwuid = nobody\n"
        "from app.__main__ import main; sys.exit(main(['models', 'list']))"
    )
    environment = child_environment()
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        environment.pop(name, None)
    done = subprocess.run(
        [*fresh_python[:2], "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "builtin" in done.stdout
