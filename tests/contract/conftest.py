import os
import re
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

# The extra "train" and what comes with it.
TRAINING = re.compile(
    r"(torch\w*|functorch|onnx2torch|onnxscript|onnx_ir|segmentation_models_pytorch|safetensors|"
    r"timm|triton|nvidia)([-_.].*)?$"
)


@pytest.fixture(scope="session")
def untrained(root, tmp_path_factory):
    """Run a Python that has every library but those of the extra "train", and this checkout.

    Answers the finished process; its own settings and data are in a folder of the test.
    """
    place = tmp_path_factory.mktemp("untrained")
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    libraries = Path(own.stdout.strip())
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if not TRAINING.match(each.name) and "maskwright" not in each.name:
            (libraries / each.name).symlink_to(each)
    environment = os.environ | {"PYTHONPATH": str(root)}

    def run(*words):
        command = [python, "-P", *map(str, words)]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, cwd=place
        )

    return run
