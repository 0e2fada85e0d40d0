"""What a person at a terminal sees, and what Ctrl-C does there."""

import os
import subprocess
import sys

import pytest

from engine.cli import project as commands
from engine.jobs.launch import child_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX terminal is played")


def on_terminal(command):
    """(exit code, what the terminal got) of a command whose stdout and stderr are a terminal."""
    mine, its = os.openpty()
    child = subprocess.Popen(
        command, stdout=its, stderr=its, stdin=its, env=child_environment() | {"TERM": "xterm"}
    )
    os.close(its)
    said = b""
    try:
        while more := os.read(mine, 65536):
            said += more
    except OSError:  # the other end was closed
        pass
    finally:
        os.close(mine)
    return child.wait(), said.decode()


def test_progress_is_drawn_and_taken_away(fresh_python, project, tmp_path):
    code, said = on_terminal([*fresh_python, "export", str(project), str(tmp_path / "o.json")])
    assert code == 0
    assert "3/3" in said
    assert "Reading the file back" in said
    # The line of the bar is cleared before the result is written.
    result = "6 masks in 3 images, all identical."
    assert said.rindex("\x1b[2K") < said.index(result)
    assert said.rstrip().splitlines()[-1].find("o.json: 6 masks") >= 0


def test_progress_in_a_file_is_a_few_plain_lines(cli, project, tmp_path):
    code, out, err = cli("export", project, tmp_path / "o.json")
    assert code == 0
    assert "\x1b" not in out + err
    assert err.splitlines()[-1] == "3 of 3"


@pytest.mark.parametrize("machine_words", [[], ["--json"]])
def test_ctrl_c_ends_any_command_with_one_word(cli, monkeypatch, machine_words):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "Output", interrupted)
    code, out, err = cli("doctor", *machine_words)
    assert code == 1
    assert ('"outcome":"cancelled"' in out) == bool(machine_words)
    assert err == ("" if machine_words else "Stopped.\n")


@pytest.mark.parametrize("words", [["verify"], ["verify", "--json"], ["--help"]])
def test_nobody_listening_is_no_fault(fresh_python, tmp_path, words):
    """`>&-` and `2>&-` of a shell."""
    file = tmp_path / "o.json"
    file.write_text('{"images": [], "annotations": [], "categories": []}')
    command = [*fresh_python, *words, *([str(file)] if words[0] == "verify" else [])]
    for closed in (">&-", "2>&-"):
        shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *command]
        done = subprocess.run(shell, env=child_environment(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is full is played")
@pytest.mark.parametrize("words", [["verify"], ["verify", "--json"]])
def test_a_full_disk_behind_stdout_is_one_sentence(fresh_python, tmp_path, words):
    file = tmp_path / "o.json"
    file.write_text('{"images": [], "annotations": [], "categories": []}')
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*fresh_python, *words, str(file)],
            env=child_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"No space left on device, so not all could be said" in done.stderr
    assert b"Traceback" not in done.stderr
