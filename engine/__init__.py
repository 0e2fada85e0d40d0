"""The part without a screen: masks, documents, store, formats, models, training, jobs."""

import os

# ONNX Runtime 1.31 sends events of its use to its maker unless it is told not to before it is
# imported. Nothing of what is done here leaves the computer. Child processes inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
