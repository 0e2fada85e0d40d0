"""Learning from corrections, measuring, and which model is in use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import NO_PROJECT, cannot_write
from app.jobs import JobView
from app.services import Services
from app.state import Banner
from engine.errors import EngineError
from engine.jobs.job import EvaluateSpec, PredictSpec

if TYPE_CHECKING:
    from app.window import Window


class LearningIntents:
    """A better model takes over at the next image, if the rule allows it; else it waits."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        self._before: str | None = None  # what was in use before the swap that runs now
        self._waiting: str | None = None  # a better model, until the next image
        handle = services.actions.handle
        handle("learn.toggle", self.toggle, partial(cannot_write, services.session))
        handle("model.propose_all", self.propose_all, lambda: self._cannot_run("predict"))
        handle("model.evaluate", self.evaluate, lambda: self._cannot_run("evaluate"))
        handle("inspect.fix", self.fix, lambda: "" if self._session.image else "Choose an image.")
        services.jobs.ended.connect(self._on_ended)
        services.jobs.set_hold(lambda: window.canvas.is_stroking)
        services.inference.swapped.connect(self._on_swapped)
        services.inference.swap_failed.connect(self._on_swap_failed)
        services.inference.stopped.connect(self._on_stopped)
        services.inference.moved.connect(self._on_moved)
        services.session.image_changed.connect(self._on_image)
        services.session.project_changed.connect(self._forget)
        services.model_chosen.connect(self.use)

    # -- jobs --------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Stop the round that runs; go on with the last one if it was stopped; else begin one."""
        jobs = self._services.jobs
        rounds = [view for view in jobs.jobs() if view.kind == "train"]
        running = next((view for view in rounds if view.live), None)
        if running is not None:
            jobs.cancel(running.id)
        elif rounds and rounds[0].can_resume:
            jobs.resume(rounds[0].id)
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
        session = self._session
        self._waiting = None
        session.drop_banner("learned")
        before = session.model
        self._before = before.id
        try:
            self._services.inference.use(model_id)
        except EngineError as problem:
            self._before = None
            session.say(str(problem), "error")
            return
        if before.state in ("ready", "busy") and self._before is not None:
            session.say(f"{self._name(model_id)} starts; {before.name} answers until it is ready.")

    def _on_swapped(self, model_id: str) -> None:
        session, project = self._session, self._session.project
        session.drop_banner("model")
        if project is not None and not project.read_only and project.current_model != model_id:
            project.set_current_model(model_id)
        before, self._before = self._before, None
        if session.model.reason:
            session.say(session.model.reason, "warning")
        elif before and before != model_id:
            session.say(f"{session.model.name} answers from now on.", "ok")

    def _on_swap_failed(self, model_id: str, reason: str) -> None:
        model, name = self._session.model, self._name(model_id)
        self._before = None
        text = f"{name} could not be started. {reason}"
        if model.id and model.id != model_id:
            self._session.raise_banner(Banner("model", f"{text} {model.name} stays in use."))
            return
        self._session.raise_banner(
            Banner("model", text, "error", "Choose another model", self._look)
        )

    def _on_stopped(self, reason: str) -> None:
        text = f"{self._session.model.name} ended again and again and is not started by itself."
        self._session.raise_banner(
            Banner("model", f"{text} {reason}", "error", "Start it again", self._restart)
        )

    def _on_moved(self, reason: str) -> None:
        text = reason.removesuffix("Try the GPU again.").rstrip()
        self._session.raise_banner(
            Banner("model", text, "warning", "Try the GPU again", self._restart)
        )

    def _restart(self) -> None:
        try:
            self._services.inference.restart()
        except EngineError as problem:
            self._session.say(str(problem), "error")

    def _name(self, model_id: str) -> str:
        try:
            return self._services.catalog.get(model_id).card.name
        except EngineError:
            return model_id

    # -- a round has ended -------------------------------------------------------------------

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
        # What it was found better than must be what it would take over from.
        same = getattr(view.spec, "model", "") == self._session.model.id
        swap = same and (rule == "always" or (rule == "better" and better))
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

    # -- why not -----------------------------------------------------------------------------

    def _cannot_run(self, kind: str) -> str:
        if self._session.project is None:
            return NO_PROJECT
        if not self._session.model.id:
            return "There is no model in use. Add one first."
        running = self._services.jobs.running(kind)
        if running:
            return f"{running[0].title} goes on already; a click on it in the top bar stops it."
        return cannot_write(self._session)
