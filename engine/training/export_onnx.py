"""The trained network as ONNX, checked against torch on real pictures."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.training import networks
from engine.training.convert import CLOSE, run_onnx
from engine.training.trainee import Trainee, graph_of

OPSET = 18


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        input: Name of the input tensor.
        output: Name of the output tensor: class scores.
        layout: Of the output.
        difference: Largest absolute difference between torch and ONNX Runtime on the pictures.
        largest: Largest absolute score among them, to judge the difference by.
        same: Share of cells whose winning class is the same.
    """

    input: str
    output: str
    layout: str
    difference: float
    largest: float
    same: float


def export(trainee: Trainee, path: Path, pictures: NDArray[np.uint8], in_use: str) -> Exported:
    """Write the network and compare the two on pictures.

    Args:
        trainee: With its best weights; it is moved to the CPU.
        path: Of the ONNX file to write.
        pictures: (n, H, W, 3) uint8, as the network sees them.
        in_use: Name of the model that stays in use if this fails.

    Raises:
        EngineError: it cannot be written as ONNX, or the ONNX model answers differently.
    """
    trainee.cpu().eval()
    model = graph_of(trainee)
    with torch.no_grad():
        prepared = trainee.prepared(torch.from_numpy(pictures))
        wanted = torch.cat([trainee(torch.from_numpy(each[None])) for each in pictures]).numpy()
        if model is None:
            model = _exported(trainee)
    answers = run_onnx(model, prepared.numpy())
    if trainee.layout == "NHWC":
        answers = answers.transpose(0, 3, 1, 2)
    difference = float(np.abs(answers - wanted).max())
    largest = float(np.abs(wanted).max())
    if not difference <= CLOSE * max(1.0, largest):
        raise EngineError(
            f"The new model answers differently once it is written as ONNX (by {difference:.2g}), "
            f"so it is not used. {in_use} stays in use. Report this with the job's folder."
        )
    onnx.save(model, str(path))
    same = float((answers.argmax(axis=1) == wanted.argmax(axis=1)).mean())
    names = (model.graph.input[0].name, model.graph.output[0].name)
    return Exported(*names, trainee.layout, difference, largest, same)


def _exported(trainee: Trainee) -> onnx.ModelProto:
    """A network of ours as ONNX with free height and width."""
    # Two sides that differ, and neither the smallest, so that none is taken for a constant.
    example = torch.zeros(1, 3, 2 * networks.MULTIPLE, 3 * networks.MULTIPLE)
    sides = {
        2: networks.MULTIPLE * torch.export.Dim("rows", min=1, max=512),
        3: networks.MULTIPLE * torch.export.Dim("columns", min=1, max=512),
    }
    try:
        with _quiet():
            program = torch.onnx.export(
                trainee.net,
                (example,),
                dynamo=True,
                opset_version=OPSET,
                input_names=["image"],
                output_names=["scores"],
                dynamic_shapes=(sides,),
                verbose=False,
            )
        assert program is not None
        model: onnx.ModelProto = program.model_proto
    except Exception as error:  # the exporter raises many kinds of its own
        raise EngineError(
            f"The trained network could not be written as ONNX: {str(error).splitlines()[0]}. "
            "Its weights are kept in the job's folder."
        ) from error
    return model


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter says much to everyone; what matters of it comes as an exception."""
    said = io.StringIO()
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
