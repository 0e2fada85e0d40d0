"""predict and train."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from engine.cli.options import Device, Images, Json, ProjectArgument, word_of
from engine.cli.output import Output
from engine.cli.work import (
    counted,
    finish,
    matching,
    one_of,
    owning,
    run_apart,
    seconds_since,
)
from engine.document import edits
from engine.errors import EngineError
from engine.jobs.folder import Done
from engine.jobs.job import PredictSpec, TrainSpec
from engine.jobs.take_up import TakenUp
from engine.runtimes.packages import require_learning
from engine.store import Project

ACCEPTS: Final = ("better", "always", "never")


def predict(
    project: ProjectArgument,
    model: Annotated[str, typer.Option(metavar="NAME|FILE", help="Model that proposes.")],
    accept: Annotated[bool, typer.Option("--accept", help="Accept every proposal.")] = False,
    threshold: Annotated[
        float,
        typer.Option(metavar="0..1", min=0, max=1, help="With --accept: only from this score on."),
    ] = 0.0,
    images: Images = None,
    device: Device = "auto",
    json: Json = False,
) -> int:
    """Let a model propose masks.

    Images that are done are left out, unless --images names them.
    """
    output = Output(json)
    if threshold and not accept:
        raise typer.BadParameter("--threshold needs --accept.")
    began = time.monotonic()
    with owning(project) as opened:
        spec = PredictSpec(
            project=str(opened.path),
            model=known_model(opened, model),
            images=matching(opened, images),
            device=device,
        )
        _, done, taken = run_apart(opened, spec, output, parts=True)
        accepted = _accept(opened, taken, threshold) if accept else 0
    result = {**done.result, "proposals": taken.objects, "accepted": accepted}
    done = Done(done.outcome, done.error, result, done.detail)
    if done.outcome == "done":
        said = f"{counted(taken.objects, 'proposal')} in {counted(len(taken.images), 'image')}"
        said += f", {accepted:,} accepted" if accept else ""
        output.say(f"{said}. {_device_in_words(done.result)}, {seconds_since(began)}")
    some = bool(taken.images) if done.outcome != "done" else bool(done.result.get("failed"))
    return finish(output, done, some=some)


def _device_in_words(result: Mapping[str, Any]) -> str:
    provider = str(result.get("provider", "")).removesuffix("ExecutionProvider")
    name = provider.removeprefix("torch ")
    return provider if name == provider else f"{name.upper()} with PyTorch"


def known_model(project: Project, given: str) -> str:
    """The name of a model that is there, or the full path of its file: the job runs elsewhere.

    Raises:
        EngineError: There is none of this name, or the file is no model that can be used yet;
            the sentence says why and what to do.
    """
    from engine.models.catalog import Catalog

    path = Path(given)
    name = str(path.resolve()) if path.exists() else given
    try:
        Catalog(project_files=project.files).get(name)
    except EngineError as error:
        if path.is_file():
            raise EngineError(_what_it_lacks(project, path)) from error
        raise
    return name


def _what_it_lacks(project: Project, file: Path) -> str:
    """What to do with a model file that has no card."""
    from engine.models.inspect_file import inspect

    found = inspect(file, [], frozenset())  # a file that can never be used is refused here
    trust = " --trust" if found.needs_trust else ""
    return (
        f"{file.name} has no card yet that says what goes in and comes out. Add it first: "
        f"maskwright models add {shlex.quote(str(file))} --project "
        f"{shlex.quote(str(project.path))}{trust}"
    )


def _accept(project: Project, taken: TakenUp, threshold: float) -> int:
    """Accept the new proposals, one undo step an image."""
    accepted = 0
    for image_id in taken.images:
        document = project.load(image_id)
        ids = [
            each.id
            for each in document.proposals.values()
            if (1.0 if each.score is None else each.score) >= threshold
        ]
        command = edits.accept(document, ids, project.taxonomy) if ids else None
        if command is not None:
            project.history(document).do(command)
            accepted += len(ids)
    project.flush()
    return accepted


def train(
    project: ProjectArgument,
    recipe: Annotated[Path | None, typer.Option(metavar="FILE", help="Recipe, as JSON.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the recipe.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(metavar="N", min=0, help="Time to learn.")
    ] = None,
    accept: Annotated[
        str | None,
        word_of(
            "--accept",
            ACCEPTS,
            "When the new model takes over; as the recipe says, better without one.",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="Model in use; the project's by default.")
    ] = "",
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="auto, cpu, cuda …; as the recipe says, auto without one.",
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Learn from corrected and done images, compare, and swap.

    The new model is compared with the one in use on held-back images. It starts from the model in
    use; choose otherwise with --set start=unet_small. Other keys of --set: classes, images,
    epochs, batch, lr, size, seed …; for an unknown one all are listed.
    """
    output = Output(json)
    if accept is not None:
        one_of("--accept", accept, ACCEPTS)
    require_learning()
    began = time.monotonic()
    with owning(project) as opened:
        spec = _train_spec(opened, recipe, set_ or [], minutes, accept, model, device)
        _, done, taken = run_apart(opened, spec, output)
        swapped = bool(done.outcome == "done" and taken.model and done.result.get("take_over"))
        if swapped:
            opened.set_current_model(taken.model)
    done.result["swapped"] = swapped
    if done.outcome == "done":
        done.result["model"] = taken.model
        _tell_comparison(output, done.result)
        output.say(f"{done.result['summary']} {seconds_since(began)}")
        use = f"{done.result['name']} is in use now." if swapped else "The model in use stays."
        output.say(f"{use} The new one is {taken.model}.")
    return finish(output, done)


def _train_spec(
    project: Project,
    recipe_file: Path | None,
    settings: list[str],
    minutes: float | None,
    accept: str | None,
    model: str,
    device: str | None,
) -> TrainSpec:
    from engine.models.catalog import DEFAULT_MODEL, Catalog
    from engine.training.recipe import load, make_recipe, parse_settings, recipe_to_data

    catalog = Catalog(project_files=project.files)
    options: dict[str, Any] = load(recipe_file) if recipe_file is not None else {}
    named = {"accept": accept, "device": device, "minutes": minutes}
    options |= {key: value for key, value in named.items() if value is not None}
    options |= parse_settings(settings)
    recipe = make_recipe(project, catalog, options)
    used = known_model(project, model or project.current_model or DEFAULT_MODEL)
    return TrainSpec(project=str(project.path), recipe=recipe_to_data(recipe), model=used)


def _tell_comparison(output: Output, result: Mapping[str, Any]) -> None:
    rows = [
        (each["name"], each.get("iou_before"), each.get("iou_after"), _change(each))
        for each in result.get("classes", ())
    ]
    both = {"iou_before": result.get("miou_before"), "iou_after": result.get("miou_after")}
    rows.append(("mean", both["iou_before"], both["iou_after"], _change(both)))
    output.table(("class", "IoU before", "IoU after", "change"), rows)


def _change(each: Mapping[str, Any]) -> str:
    before, after = each.get("iou_before"), each.get("iou_after")
    return "-" if before is None or after is None else f"{after - before:+.3f}"
