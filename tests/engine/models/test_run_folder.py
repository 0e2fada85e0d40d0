import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.models import run_folder


def test_a_folder_is_private_and_goes(tmp_path):
    folder = run_folder.make(tmp_path)
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "1.answer").write_bytes(b"x")
    run_folder.leave(folder)
    assert folder.exists(), "somebody may still read it"
    run_folder.remove(folder)
    assert not folder.exists()
    other = run_folder.make(tmp_path)
    run_folder.leave(other)
    assert not other.exists()


def dead_pid():
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    return int(done.stdout)


def test_folders_of_dead_owners_are_swept_and_no_others(tmp_path):
    mine = run_folder.make(tmp_path)
    user = mine.name.split("-")[1]
    dead = tmp_path / f"maskwright-{user}-{dead_pid()}-1000-abc"
    reused = tmp_path / f"maskwright-{user}-{os.getpid()}-1000-abc"
    stranger = tmp_path / f"maskwright-somebody_else-{dead_pid()}-1000-abc"
    other = tmp_path / "maskwright-notes"
    for folder in (dead, reused, stranger, other):
        folder.mkdir()
        (folder / "1.answer").write_bytes(b"x")
    fresh = tmp_path / f"maskwright-{user}-{dead_pid()}-1001-new"
    fresh.mkdir()
    for folder in (dead, reused, stranger, other):
        os.utime(folder, (1, 1))
    assert run_folder.sweep(tmp_path) == 2
    left = {folder for folder in tmp_path.iterdir()}
    assert left == {mine, stranger, other, fresh}
    assert run_folder.sweep(tmp_path, grace=-10) == 1
    assert not fresh.exists()


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_a_link_in_its_place_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_bytes(b"x")
    user = run_folder.make(tmp_path).name.split("-")[1]
    link = tmp_path / f"maskwright-{user}-{dead_pid()}-1000-abc"
    link.symlink_to(precious)
    run_folder.sweep(tmp_path, grace=-10)
    assert (precious / "file").exists()


def test_the_place_can_be_written():
    assert os.access(run_folder.base(), os.W_OK)
    assert run_folder.sweep(Path("/nonexistent/nowhere")) == 0
