"""Learning from corrections, measuring, and which model is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.jobs import JobView
from app.services import Services
from app.session import Banner
from engine.errors import EngineError
from engine.jobs.job import EvaluateSpec, PredictSpec

if TYPE_CHECKING:
    from app.window import Window

NO_PROJECT = "Open a folder or a project first."


class LearningIntents:
    """A better model takes over at the next image, if the rule allows it; else it waits."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        self._before: str | None = None  # what was in use before the swap that runs now
        self._waiting: str | None = None  # a better model, until the next image
        handle = services.actions.handle
        handle("learn.toggle", self.toggle, self._cannot_write)
        handle("model.propose_all", self.propose_all, self._cannot_run)
        handle("model.evaluate", self.evaluate, self._cannot_run)
        handle("inspect.fix", self.fix, lambda: "" if self._session.image else "Choose an image.")
        services.jobs.ended.connect(self._on_ended)
        services.inference.swapped.connect(self._on_swapped)
        services.inference.swap_failed.connect(self._on_swap_failed)
        services.session.image_changed.connect(self._on_image)
        services.session.project_changed.connect(self._forget)
        services.model_chosen.connect(self.use)

    # -- jobs --------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Stop the round that runs; go on with one that was stopped; else begin one."""
        jobs = self._services.jobs
        running = jobs.running("train")
        if running:
            jobs.cancel(running[0].id)
            return
        stopped = [view for view in jobs.jobs() if view.kind == "train" and view.can_resume]
        if stopped:
            jobs.resume(stopped[0].id)
            self._session.say("Learning goes on from its last checkpoint.")
        else:
            self._services.actions.trigger("learn.start")

    def propose_all(self) -> None:
        """Let the model in use propose for every image that is not done."""
        project = self._session.project
        if project is not None:
            device = self._services.settings.value("device", "auto")
            spec = PredictSpec(
                project=str(project.path), model=self._session.model.id, device=device
            )
            self._services.jobs.start(spec)
            self._session.say("Proposing for every image that is not done; you can go on drawing.")

    def evaluate(self) -> None:
        """Measure the model in use on the held-back images."""
        project = self._session.project
        if project is not None:
            device = self._services.settings.value("device", "auto")
            spec = EvaluateSpec(
                project=str(project.path), model=self._session.model.id, device=device
            )
            self._services.jobs.start(spec)
            self._session.say("Measuring the model on the held-back images.")

    def fix(self) -> None:
        """Open the image that is inspected in Correct."""
        self._session.set_place("correct")

    # -- the model in use --------------------------------------------------------------------

    def use(self, model_id: str) -> None:
        """Answer with this model from now on; going back to an earlier one is the same."""
        self._waiting = None
        self._session.drop_banner("learned")
        if model_id == self._session.model.id and self._session.model.state in ("ready", "busy"):
            return
        self._before = self._session.model.id
        try:
            self._services.inference.use(model_id)
        except EngineError as problem:
            self._session.say(str(problem), "error")

    def _on_swapped(self, model_id: str) -> None:
        project = self._session.project
        if project is not None and not project.read_only and project.current_model != model_id:
            project.set_current_model(model_id)
        name = self._session.model.name
        if self._before and self._before != model_id:
            self._session.say(f"{name} answers from now on.", "ok")
        self._before = None

    def _on_swap_failed(self, model_id: str, reason: str) -> None:
        kept = self._session.model.name
        self._session.raise_banner(
            Banner("model", f"{model_id} could not be started: {reason} {kept} stays in use.")
        )
        self._before = None

    def _on_ended(self, job_id: str) -> None:
        view = self._services.jobs.get(job_id)
        if view is not None and view.kind == "train" and view.state == "done" and view.fresh:
            self._judge(view)

    def _judge(self, view: JobView) -> None:
        model_id = str(view.outcome.get("model", ""))
        reason = str(view.outcome.get("reason", ""))
        better = bool(view.outcome.get("better"))
        rule = str(view.outcome.get("accept", "better"))
        if not model_id:
            return
        swap = rule == "always" or (rule == "better" and better)
        if swap and self._services.settings.value("swap_when_better", False):
            self._waiting = model_id
            self._session.say(f"{reason} It takes over at the next image.", "ok")
            return
        self._session.raise_banner(
            Banner(
                "learned",
                reason or "The new model is ready.",
                "info" if better else "warning",
                "Switch" if better else "Look",
                (lambda: self.use(model_id)) if better else self._look,
            )
        )

    def _look(self) -> None:
        self._session.drop_banner("learned")
        self._session.set_place("models")

    def _on_image(self) -> None:
        if self._waiting is not None and self._session.image is not None:
            self.use(self._waiting)

    def _forget(self) -> None:
        self._waiting = self._before = None

    def _cannot_write(self) -> str:
        project = self._session.project
        if project is None:
            return NO_PROJECT
        return project.owner if project.read_only else ""

    def _cannot_run(self) -> str:
        if not self._session.model.id:
            return "There is no model in use. Add one first."
        return self._cannot_write()
