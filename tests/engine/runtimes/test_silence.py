"""Nothing of what is done here leaves the computer."""

import os
import subprocess
import sys

from engine.child import child_environment
from engine.models.catalog import DEFAULT_MODEL, Catalog


def test_a_network_that_runs_leaves_no_events_to_be_sent(tmp_path):
    entry = Catalog().get(DEFAULT_MODEL)
    code = (
        "import sys; import engine.runtimes.onnx; import onnxruntime;"
        "onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])"
    )
    names = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA")
    environment = {**child_environment(), **dict.fromkeys(names, str(tmp_path))}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    command = [sys.executable, "-P", "-c", code, os.fspath(entry.folder / entry.card.file)]
    subprocess.run(command, env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
