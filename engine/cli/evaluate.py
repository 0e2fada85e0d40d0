"""evaluate: a model, or a file of predictions, in figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from engine.cli import DONE, PARTLY
from engine.cli.learn import known_model
from engine.cli.options import Device, Images, Json, ProjectArgument, word_of
from engine.cli.output import Output
from engine.cli.work import counted, finish, matching, one_of, reading, run_beside, spared
from engine.document.document import Status
from engine.errors import EngineError
from engine.formats.csv_write import write_csv
from engine.jobs.folds import NAMES
from engine.jobs.job import EvaluateSpec
from engine.store import Project

PARTS: Final = ("train", "val", "test")

_CLASS_COLUMNS = ("id", "name", "iou", "dice", "pixels")


def evaluate(
    project: ProjectArgument,
    model: Annotated[str, typer.Option(metavar="NAME|FILE", help="Model to measure.")] = "",
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="COCO file of predictions to measure.")
    ] = None,
    images: Images = None,
    part: Annotated[str, word_of("--part", PARTS, "Only this part of the split; see folds.")] = "",
    threshold: Annotated[
        float,
        typer.Option(metavar="0..1", min=0, max=1, help="Lowest score that counts."),
    ] = 0.5,
    worst: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many of the worst images to list.")
    ] = 5,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table of classes here too.")
    ] = None,
    device: Device = "auto",
    json: Json = False,
) -> int:
    """Measure a model or a file of predictions.

    They are measured against the masks of corrected and done images: of the held-out ones (val)
    where there are any, unless --part or --images names others. What nobody has labelled counts
    nowhere.

    --predictions takes COCO results (a list), a whole COCO file, or a panoptic file with its
    folder of PNGs beside it. Images and classes are known by name where the file lists them, else
    by the numbers that an export gives them. Pixels and panoptic segments count from --threshold
    on; for AP every prediction counts, as it does for COCO.

    The last line of --json has in "result": miou, pixel_accuracy, macro_f1, confusion, classes
    (iou, dice, pixels), images, skipped; instances: segm, bbox and boundary (each with AP, AP50,
    AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl) and classes (AP, AP50, box_AP,
    boundary_AP); panoptic: all, things and stuff (each with pq, sq, rq, n) and classes (pq, sq,
    rq, tp, fp, fn). null stands for what cannot be computed, such as AP without a true object;
    instances is null without a class of things.
    """
    output = Output(json)
    if bool(model) == (predictions is not None):
        raise typer.BadParameter("Name either --model or --predictions.")
    if predictions is not None and device != "auto":
        raise typer.BadParameter("--device says where a model runs. Leave it out.")
    if part:
        one_of("--part", part, PARTS)
    with reading(project) as opened:
        table = None if csv is None else spared(csv, opened)
        chosen = _in_part(opened, matching(opened, images), part)
        labelled = {
            row.id for row in opened.images() if row.status in (Status.CORRECTED, Status.DONE)
        }
        if chosen is not None and not labelled.intersection(chosen):
            raise EngineError("None of these images is corrected or done, so nothing is known.")
        spec = EvaluateSpec(
            project=str(opened.path),
            model=known_model(opened, model) if model else "",
            predictions=str(predictions.resolve()) if predictions is not None else "",
            images=chosen,
            device=device,
            threshold=threshold,
        )
    done = run_beside(spec, output)
    result = done.result
    if done.outcome == "done":
        _tell(output, result, worst, part)
        if table is not None:
            rows = [[each[name] for name in _CLASS_COLUMNS] for each in result["classes"]]
            write_csv(table, _CLASS_COLUMNS, rows)
    code = finish(output, done)
    return PARTLY if code == DONE and result.get("skipped") else code


def _in_part(project: Project, chosen: tuple[int, ...] | None, part: str) -> tuple[int, ...] | None:
    """Those of the chosen images (None: all) that are in a part of the split ("": any)."""
    if not part:
        return chosen
    wanted = None if chosen is None else {*chosen}
    folds = project.images().folds()
    found = tuple(
        image
        for image, fold in folds.items()
        if NAMES.get(fold) == part and (wanted is None or image in wanted)
    )
    if not found:
        raise EngineError(f"No image is in the part {part}. See: maskwright folds {project.path}.")
    return found


def _tell(output: Output, result: Mapping[str, Any], worst: int, part: str) -> None:
    fold = "held-out image" if result["held_out"] else f"{part} image".lstrip()
    met = [each for each in result["classes"] if each["iou"] is not None]
    output.table(
        ("class", "IoU", "Dice", "pixels"),
        [(each["name"], each["iou"], each["dice"], each["pixels"]) for each in met],
        counted(len(result["images"]), fold),
    )
    if absent := len(result["classes"]) - len(met):
        output.say(f"{counted(absent, 'class')} neither drawn nor predicted there")
    output.say(
        f"mean IoU {_figure(result['miou'])}, pixel accuracy "
        f"{_figure(result['pixel_accuracy'])}, macro F1 {_figure(result['macro_f1'])}"
    )
    _tell_objects(output, result["instances"])
    _tell_panoptic(output, result["panoptic"])
    if worst and result["images"]:
        output.table(
            ("worst images", "mean IoU"),
            [(each["file_name"], each["miou"]) for each in result["images"][:worst]],
        )


def _tell_objects(output: Output, instances: Mapping[str, Any] | None) -> None:
    """COCO's figures of objects, where there is a true one."""
    names = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR100")
    kinds = (("masks", "segm"), ("boxes", "bbox"), ("boundaries", "boundary"))
    if instances is None or instances["segm"]["AP"] is None:
        return
    rows = [(words, *(instances[kind][name] for name in names)) for words, kind in kinds]
    output.table(("objects", *names), rows)


def _tell_panoptic(output: Output, panoptic: Mapping[str, Any]) -> None:
    """Panoptic quality, where there is a segment."""
    rows = [
        (split, figures["pq"], figures["sq"], figures["rq"], figures["n"])
        for split, figures in panoptic.items()
        if split != "classes" and figures["n"]
    ]
    if rows:
        output.table(("panoptic", "PQ", "SQ", "RQ", "classes"), rows)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
