"""lint: faults of masks, and their repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import typer

from engine.cli import DONE, FAILED, PARTLY
from engine.cli.interrupt import Interrupt
from engine.cli.options import Images, Json, ProjectArgument
from engine.cli.output import Output
from engine.cli.work import counted, matching, owning, reading
from engine.document.document import Document
from engine.document.lint import RULES, Finding, Limits, Rule
from engine.document.lint import lint as faults_of
from engine.document.mending import mend_all
from engine.errors import EngineError
from engine.jobs.events import Progress
from engine.store import ImageRow, Project
from engine.store.lint_settings import RANGES, left_of, limits_of

SHOWN = 40
"""Findings listed for people; machines are told all."""

_NAMES = "|".join(RULES)


def _bounds(limit: str) -> dict[str, Any]:
    least, most = RANGES[limit]
    return {"min": least, "max": most}


def lint(
    project: ProjectArgument,
    fix: Annotated[
        str, typer.Option(metavar="RULES", help="Repair these, or all; one undo step per image.")
    ] = "",
    only: Annotated[str, typer.Option(metavar="RULES", help=f"Look for these: {_NAMES}.")] = "",
    hole: Annotated[
        int | None,
        typer.Option(metavar="PX", help="Largest hole that is a fault.", **_bounds("hole")),
    ] = None,
    island: Annotated[
        int | None,
        typer.Option(
            metavar="PX", help="Largest island, speck and spot that is one.", **_bounds("island")
        ),
    ] = None,
    duplicate: Annotated[
        float | None,
        typer.Option(
            metavar="IOU", help="From here on two objects are one.", **_bounds("duplicate")
        ),
    ] = None,
    touch: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", help="Share of the edge that pieces touch along.", **_bounds("touch")
        ),
    ] = None,
    left: Annotated[
        bool, typer.Option("--left", help="What was left as it is in the window, too.")
    ] = False,
    images: Images = None,
    json: Json = False,
) -> int:
    """Find faults of masks, and mend them.

    Slivers, tiny holes, islands, duplicates, overlaps, pieces of one object, spots of areas, by
    the limits chosen in the project. The exit code is 1 while faults are left. What can only be
    read with an error is named, and `maskwright check` mends that.
    """
    output = Output(json)
    said: dict[str, Any] = {"hole": hole, "island": island, "duplicate": duplicate, "touch": touch}
    only_rules = _rules(only, "--only")
    wanted = _rules(fix, "--fix") if fix else frozenset()
    unsought = sorted(wanted - only_rules) if fix != "all" else []
    if unsought:
        raise typer.BadParameter(f"--only leaves out “{unsought[0]}”, which --fix is to repair.")
    with (owning if wanted else reading)(project) as opened, Interrupt() as interrupt:
        limits = replace(
            limits_of(opened), **{name: value for name, value in said.items() if value is not None}
        )
        if only:
            limits = replace(limits, rules=only_rules)
        run = _Run(opened, limits, wanted, output, left)
        run.through(_rows(opened, images), interrupt)
    return run.told()


def _rules(said: str, option: str) -> frozenset[str]:
    if said in ("", "all"):
        return frozenset(RULES)
    names = frozenset(name.strip() for name in said.split(","))
    unknown = sorted(names - RULES.keys())
    if unknown:
        raise typer.BadParameter(f"{option} knows no rule “{unknown[0]}”. There are: {_NAMES}.")
    return names


def _rows(project: Project, images: str | None) -> list[ImageRow]:
    chosen = matching(project, images)
    rows = [row for row in project.images() if row.size is not None]  # others were never opened
    return rows if chosen is None else [row for row in rows if row.id in set(chosen)]


class _Run:
    """One pass through the images."""

    def __init__(
        self,
        project: Project,
        limits: Limits,
        wanted: frozenset[str],
        output: Output,
        left: bool,
    ) -> None:
        self._project, self._limits, self._wanted = project, limits, wanted
        self._output, self._left = output, left
        self.found: Counter[Rule] = Counter()
        self.mended: Counter[Rule] = Counter()
        self.images: set[int] = set()
        self.unreadable: list[str] = []
        self.stopped = False
        self._shown: list[tuple[Any, ...]] = []

    def through(self, rows: list[ImageRow], interrupt: Interrupt) -> None:
        for at, (row, document) in enumerate(self._documents(rows), 1):
            if interrupt.asked:
                self.stopped = True
                return
            for finding, mended in self._told_of(document, row.id):
                self._note(row, finding, mended)
            self._output.event(Progress(at, len(rows), row.file_name, None))

    def _documents(self, rows: list[ImageRow]) -> Iterator[tuple[ImageRow, Document]]:
        """Image after image, so that one which cannot be read hides no other."""
        for row in rows:
            try:
                yield row, self._project.load(row.id)
            except EngineError as problem:
                self.unreadable.append(f"{row.file_name}: {problem}")
                self._output.remark(self.unreadable[-1], "warning")

    def _told_of(self, document: Document, image: int) -> list[tuple[Finding, bool]]:
        """What was found in an image, and whether it was mended."""
        spared = frozenset() if self._left else left_of(self._project, image)
        taxonomy = self._project.taxonomy
        if not self._wanted:
            found = faults_of(document, taxonomy, self._limits)
            return [(each, False) for each in found if each.key not in spared]
        made = mend_all(document, taxonomy, self._limits, spared=spared, rules=self._wanted)
        if made.command is not None:
            history = self._project.history(document)
            history.do(made.command)
            history.close()
        return [*((each, True) for each in made.done), *((each, False) for each in made.left)]

    def _note(self, row: ImageRow, finding: Finding, mended: bool) -> None:
        self.found[finding.rule] += 1
        self.mended[finding.rule] += mended
        self.images.add(row.id)
        name = self._project.taxonomy.name(finding.class_id)
        self._output.line(
            {
                "type": "fault",
                "image": row.id,
                "file": row.file_name,
                "rule": finding.rule,
                "objects": list(finding.objects),
                "class": name,
                "pixels": finding.pixels.area,
                "box": list(finding.pixels.box),
                "places": finding.count,
                "mended": mended,
            }
        )
        if len(self._shown) < SHOWN and not mended:
            ids = ", ".join(str(number) for number in finding.objects)
            self._shown.append((row.file_name, finding.words, name, ids, finding.pixels.area))

    def told(self) -> int:
        output, left = self._output, self.found.total() - self.mended.total()
        output.clear()
        if self._shown:
            output.table(("image", "fault", "class", "objects", "px"), self._shown)
        if left > len(self._shown):
            output.say(f"and {left - len(self._shown):,} more; --json tells all")
        for rule, count in self.found.most_common():
            done = f", {self.mended[rule]:,} mended" if self._wanted else ""
            output.say(f"{RULES[rule]}: {count:,}{done}")
        if self.mended.total():
            output.say(
                f"{counted(self.mended.total(), 'fault')} mended; undo takes each image back."
            )
        elif not self.found and not self.unreadable:
            output.say("No fault was found.")
        output.outcome(
            "partly" if self.stopped else "failed" if left or self.unreadable else "done",
            {
                "faults": dict(self.found),
                "mended": dict(self.mended),
                "left": left,
                "images": len(self.images),
                "unreadable": len(self.unreadable),
            },
        )
        if self.stopped:
            return PARTLY
        return FAILED if left or self.unreadable else DONE
