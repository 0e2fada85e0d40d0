"""The window of a person whom permissions bind: files of others, and a home that keeps nothing."""

import json
import os
import subprocess
import sys

import pytest

from engine.jobs.launch import child_environment
from engine.store import Project
from engine.store.lock import Lock
from tests.ordinary import ordinarily

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")

WINDOW = """
import json, sys
from pathlib import Path
from app.application import Application, start_qt
from app.inference import Inference
from app.intents.backups import DAILY
from engine.document.taxonomy_commands import add_class

Inference.use = lambda self, model_id: None
bugs, seen = [], []
qt = start_qt()
program = Application(qt)
sys.excepthook = lambda *bug: bugs.append(str(bug[1]))
program.settings.set(DAILY, False)
program.files.opening.patience = 600.0
said = []
program.session.said.connect(lambda text, level: said.append(text))
program.show([])
for each in sys.argv[1:]:
    program.open([Path(each)])
    program.window.canvas.settle()
    qt.processEvents()
    project = program.session.project
    if project is not None and not project.read_only:
        program.session.do_project(add_class(program.session.taxonomy, "cell", thing=True))
        project.flush()
    seen.append(project and [project.owner, len(project.taxonomy)])
    program.files.close()
    qt.processEvents()
program.close()
print(json.dumps({"bugs": bugs, "said": said, "seen": seen}))
"""


def shown(home, *paths):
    """What a window says and has open, one path after another, with this home."""
    environment = child_environment()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        environment[name] = str(home)
    command = [sys.executable, "-P", "-c", WINDOW, *map(str, paths)]
    done = ordinarily(
        lambda: subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def project_in(folder):
    folder.mkdir()
    project = Project.create(folder / "p.maskwright")
    project.close()
    return project.path


def test_what_may_not_be_written_or_read_is_said_and_the_window_goes_on(tmp_path, photos):
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    guarded = project_in(tmp_path / "guarded")
    guarded.chmod(0o444)
    hidden = project_in(tmp_path / "hidden")
    (hidden.parent / "p.files" / "jobs").mkdir(parents=True)
    (hidden.parent / "p.files").chmod(0)
    shut = tmp_path / "shut"
    shut.mkdir(mode=0)
    pipe = tmp_path / "pipe.maskwright"
    os.mkfifo(pipe)
    photos.chmod(0o555)
    try:
        found = shown(home, guarded, hidden, shut, pipe, photos)
    finally:
        photos.chmod(0o755)
        shut.chmod(0o755)
        (hidden.parent / "p.files").chmod(0o755)
    assert found["bugs"] == []
    why = "p.maskwright can only be looked at: its file is write-protected. Make it writable, "
    assert found["seen"] == [[f"{why}or work on a copy.", 0], ["", 1], None, None, None]
    expected = (
        f"Settings are not kept: {home / 'maskwright'} cannot be made (Permission denied).",
        f"{shut} may not be looked into. Change its permissions, or choose another folder.",
        "pipe.maskwright is not a Maskwright project.",
        f"cannot be made in {home / 'maskwright' / 'projects'}: Permission denied. Choose another",
    )
    for words in expected:
        assert [each for each in found["said"] if words in each], words
    assert not Lock(guarded).path.exists()
