"""Asking the model about the open image, and what becomes of its proposals."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QTimer

from app.intents.reasons import NO_IMAGE, cannot_edit
from app.services import Services
from app.state import ProposalFilter
from engine.document import edits
from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.jobs.proposals import kept_out, proposals_of
from engine.models.answer import Answer
from engine.models.card import Card
from engine.store import Project

NOTHING_PROPOSED = "There are no proposals here. {model.propose} lets the model propose."
FILTER = "proposals.filter"  # setting of the project: the limits, as they were last
PATIENCE = 2.0  # seconds until it is said that an answer takes time, and how to stop it
SAID_EVERY = 5.0


class ProposingIntents:
    """Proposals are a layer of their own; accepting some of them is one undo step."""

    def __init__(self, services: Services) -> None:
        self._services, self._session = services, services.session
        handle = services.actions.handle
        handle("model.propose", self.propose, self._cannot_ask)
        handle("proposal.accept", self.accept, self._nothing_chosen)
        handle("proposal.accept_class", self.accept_class, self._nothing)
        handle("proposal.accept_all", self.accept_all, self._nothing)
        handle("proposal.reject", self.reject, self._nothing_to_reject)
        handle("proposal.reject_all", self.reject_all, self._nothing)
        services.inference.answered.connect(self.take)
        services.inference.failed.connect(self._on_failed)
        self._held: list[tuple[int, Answer]] = []  # came while a stroke was down
        self._look_again = self._timer(30, self._take_held)
        self._waited = self._timer(1000, self._on_waited)
        self._said = 0.0
        self._keep = self._timer(400, self._keep_filter, single=True)
        self._session.filter_changed.connect(self._keep.start)
        self._session.project_changed.connect(self._on_project)

    def _timer(self, every_ms: int, act: Callable[[], None], *, single: bool = False) -> QTimer:
        timer = QTimer(self._services)
        timer.setInterval(every_ms)
        timer.setSingleShot(single)
        timer.timeout.connect(act)
        return timer

    # -- asking ------------------------------------------------------------------------------

    def propose(self) -> None:
        """Ask the model in use about the open image; when it takes long, stop it instead."""
        image, inference = self._session.image, self._services.inference
        if image is None:
            return
        if self._asked_for() > PATIENCE:
            inference.stop()
            self._session.say(f"Stopped. {self._session.model.name} starts again.")
            return
        self._said = 0.0
        inference.propose(image.id)
        self._waited.start()

    def _asked_for(self) -> float:
        """Seconds since the model was asked about the open image; 0 where it was not."""
        image = self._session.image
        since = self._services.inference.asked_since(image.id) if image is not None else None
        return 0.0 if since is None else time.monotonic() - since

    def _on_waited(self) -> None:
        seconds, session = self._asked_for(), self._session
        if not self._services.inference.busy:
            self._waited.stop()
        elif seconds > PATIENCE and seconds > self._said + SAID_EVERY and session.image is not None:
            self._said = seconds
            key = self._services.actions.key_text("model.propose")
            session.say(
                f"{session.model.name} looks at {session.image.file_name}, {seconds:.0f} s. "
                f"{key} stops it."
            )

    def _take_held(self) -> None:
        """Answers that came while a stroke was down: it may be on what they replace."""
        if self._services.jobs.held:
            return
        self._look_again.stop()
        held, self._held = self._held, []
        for image_id, answer in held:
            self.take(image_id, answer)

    def take(self, image_id: int, answer: Answer) -> None:
        """Put an answer into the project; the open image shows it at once."""
        session, project = self._session, self._session.project
        if project is None or project.read_only or session.row(image_id) is None:
            return
        if self._services.jobs.held:
            self._held.append((image_id, answer))
            self._look_again.start()
            return
        try:
            proposals = self._proposals(answer)
            news = project.set_proposals(image_id, proposals)
        except EngineError as problem:
            session.say(str(problem), "error")
            return
        session.refresh_images([image_id])
        if session.image is not None and session.image.id == image_id:
            names = {each.index: each.name for each in self._card(answer).classes}
            session.set_confidence(answer.confidence, names, self._classes(project, answer.model))
            self._tell(answer, len(proposals) - len(news))
            self._tell_kept_out(project, answer)

    def _classes(self, project: Project, model: str) -> dict[int, int]:
        """The project's class for each of the model's that has one."""
        mapping = project.mapping(model) or {}
        return {label: own for label, own in mapping.items() if isinstance(own, int)}

    def _card(self, answer: Answer) -> Card:
        return self._services.inference.card_of(answer.model)

    def _proposals(self, answer: Answer) -> list[Annotation]:
        project = self._session.project
        assert project is not None
        known = len(project.taxonomy.classes)
        card = self._card(answer)
        found = proposals_of(project, card, answer.size, answer.objects)
        if len(project.taxonomy.classes) != known:
            self._session.touch_taxonomy()
        return found

    def _tell_kept_out(self, project: Project, answer: Answer) -> None:
        """Say that a locked class list kept some of the answer out."""
        labels = {each.label for each in answer.objects}
        sentence = kept_out(project, self._card(answer), labels)
        if sentence:
            self._session.say(sentence, "warning")

    def _tell(self, answer: Answer, known: int) -> None:
        session = self._session
        shown = len(session.visible_proposals())
        if shown:
            plural = "s" * (shown != 1)
            session.say(
                f"{shown:,} proposal{plural} from {session.model.name} in {answer.seconds:.2f} s",
                "ok",
            )
        elif known:
            what = "1 object" if known == 1 else f"{known:,} objects"
            session.say(f"The model agrees with {what} you have and proposes nothing new.", "ok")
        else:
            session.say(
                f"The model found nothing above {session.filter.show_above:.2f} here. "
                "Lower the threshold, or draw."
            )
        for note in answer.notes:
            session.say(note)

    def _on_failed(self, image_id: int, reason: str) -> None:
        row = self._session.row(image_id)
        name = row.file_name if row is not None else "The image"
        self._session.say(f"{name}: {reason}", "error")

    # -- limits, kept with the project --------------------------------------------------------

    def _on_project(self) -> None:
        self._keep.stop()
        self._held.clear()
        project = self._session.project
        found = project.setting(FILTER) if project is not None else None
        try:
            wanted = msgspec.convert(found or {}, ProposalFilter, strict=False)
        except msgspec.ValidationError:
            wanted = ProposalFilter()  # a project file is untrusted; its limits are a comfort
        if wanted != self._session.filter:
            self._session.filter = wanted
            self._session.filter_changed.emit()
            self._keep.stop()

    def _keep_filter(self) -> None:
        project = self._session.project
        if project is not None and not project.read_only:
            kept = msgspec.to_builtins(self._session.filter, str_keys=True)
            project.set_setting(FILTER, None if self._session.filter == ProposalFilter() else kept)

    # -- deciding ----------------------------------------------------------------------------

    def _accept(self, chosen: list[Annotation]) -> bool:
        session = self._session
        if session.document is None:
            return False
        ids = [each.id for each in chosen]
        return session.do(edits.accept(session.document, ids, session.taxonomy))

    def accept(self) -> None:
        """Accept the selected proposals, or the most certain one; then select the next."""
        chosen = [each for each in self._session.selected() if each.proposal]
        taken = chosen or self._by_score()[:1]
        if not taken:
            self._session.say(
                "No proposal here is shown. "
                "Lower the threshold, or show its class: then {proposal.accept} accepts it."
            )
        elif self._accept(taken):
            self._select_next()

    def accept_class(self) -> None:
        """Accept every shown proposal of the selected one's class, or of the current class."""
        session = self._session
        chosen = [each for each in session.selected() if each.proposal]
        class_id = chosen[0].class_id if chosen else session.current_class
        mine = [each for each in session.visible_proposals() if each.class_id == class_id]
        if not mine:
            label = session.label_class(class_id)
            session.say(f"There are no proposals of {label.name if label else 'this class'} here.")
        elif self._accept(mine):
            self._select_next()

    def accept_all(self) -> None:
        """Accept what is shown and not doubtful."""
        session = self._session
        sure = [
            each
            for each in session.visible_proposals()
            if each.score is None or each.score >= session.filter.accept_above
        ]
        if not sure:
            session.say(
                f"No proposal scores {session.filter.accept_above:.2f} or more. "
                "{proposal.accept} accepts the selected one."
            )
        elif self._accept(sure):
            plural = "s" * (len(sure) != 1)
            session.say(f"Accepted {len(sure):,} proposal{plural}; one undo takes it back.", "ok")

    def reject(self) -> None:
        """Reject the selected proposals, or delete the selected objects."""
        session = self._session
        if session.document is None:
            return
        if any(not each.proposal for each in session.selected()):
            self._services.actions.trigger("object.delete")
        elif session.do(edits.reject(session.document, session.selection)):
            self._select_next()

    def reject_all(self) -> None:
        """Reject every proposal of the image, those the threshold hides too."""
        session = self._session
        if session.document is not None:
            session.do(edits.reject(session.document, list(session.document.proposals)))

    def _by_score(self) -> list[Annotation]:
        shown = self._session.visible_proposals()
        return sorted(shown, key=lambda each: -(each.score if each.score is not None else 1.0))

    def _select_next(self) -> None:
        """The next proposal to decide on, in the list's order, as stepping goes."""
        left = [each for each in self._session.listing.sequence() if each.proposal]
        self._session.set_selection([left[0].id] if left else ())

    # -- why not -----------------------------------------------------------------------------

    def _cannot_ask(self) -> str:
        reason = cannot_edit(self._session)
        if reason:
            return reason
        if self._session.model.state == "none":
            return "No model yet. You can draw without one; add one to get proposals."
        return ""

    def _nothing(self) -> str:
        document = self._session.document
        if document is None:
            return NO_IMAGE
        return "" if document.proposals else NOTHING_PROPOSED

    def _nothing_chosen(self) -> str:
        return self._nothing()

    def _nothing_to_reject(self) -> str:
        if self._session.document is None:
            return NO_IMAGE
        return "" if self._session.selection else "Select a proposal or an object first."
