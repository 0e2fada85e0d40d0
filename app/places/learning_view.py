"""The middle of Models: one round, or one model, with its curves, its table and its verdict."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.jobs import JobView
from app.places import round_view
from app.places.champion import ChampionTable
from app.places.comparison import Comparison, Verdict
from app.places.curves import Chart
from app.places.figures import counted
from app.places.model_facts import facts
from app.places.thumb_strip import ThumbStrip
from app.places.verdict_banner import VerdictBanner
from app.services import Services
from app.theme.theme import theme
from app.theme.widgets import (
    Button,
    Card,
    ElidedLabel,
    SectionHeader,
    TextBlock,
    ThinProgress,
)
from engine.models.catalog import Entry

_SIDE_BY_SIDE = 640


class LearningView(QScrollArea):
    """Shows what it is given; asks with its signals."""

    stop_asked = Signal(str)  # job id
    resume_asked = Signal(str)  # job id
    use_asked = Signal(str)  # model id
    acted = Signal(str)  # what the verdict's button means
    image_asked = Signal(int)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job_id = self._model_id = ""
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._title = ElidedLabel("", "title", "semibold")
        self._detail = ElidedLabel("", "body", role="text.secondary")
        self._stop = Button("Stop", "stop")
        self._resume = Button("Go on", "play")
        self._use = Button("Use this model", "check")
        self._stop.clicked.connect(lambda: self.stop_asked.emit(self._job_id))
        self._resume.clicked.connect(lambda: self.resume_asked.emit(self._job_id))
        self._use.clicked.connect(lambda: self.use_asked.emit(self._model_id))
        self._progress = ThinProgress("Progress of learning", 5)
        self._loss = Chart("Loss")
        self._miou = Chart("Mean IoU on held-back images", first="epoch")
        self._table = ChampionTable()
        self._verdict = VerdictBanner()
        self._verdict.acted.connect(self.acted)
        self._notes = TextBlock("")
        self._from = _LearnsFrom(services)
        self._from.strip.clicked.connect(self.image_asked)
        self._facts = _Facts()
        self._build()

    def _build(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(words, 1)
        for button in (self._resume, self._stop, self._use):
            head.addWidget(button)
        self._charts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._charts.setSpacing(12)
        for chart in (self._loss, self._miou):
            chart.setFixedHeight(theme().px(266))
            self._charts.addWidget(chart, 1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 18, 24, 20)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._progress)
        column.addWidget(self._verdict)
        column.addLayout(self._charts)
        column.addWidget(self._table)
        column.addWidget(self._notes)
        column.addWidget(self._from)
        column.addWidget(self._facts)
        column.addStretch(1)
        self.setWidget(inside)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(760, 700)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the charts below each other where they would get too narrow."""
        wide = event.size().width() >= theme().px(_SIDE_BY_SIDE)
        side_by_side = QBoxLayout.Direction.LeftToRight
        self._charts.setDirection(side_by_side if wide else QBoxLayout.Direction.TopToBottom)
        super().resizeEvent(event)

    # -- contents ----------------------------------------------------------------------------

    def show_round(self, job: JobView, before: float | None, before_name: str) -> None:
        """Show a learning job: running, ended or stopped.

        Args:
            job: the job.
            before: mean IoU of the model in use on the same images, where known.
            before_name: how that model is called.
        """
        said = round_view.words(job)
        self._job_id, self._model_id = job.id, ""
        self._title.set_text(said.title)
        self._detail.set_text(said.detail)
        running = said.fraction is not None
        self._progress.setVisible(running)
        self._progress.set_fraction(said.fraction or 0.0)
        self._stop.setVisible(running)
        self._stop.set_text(f"Stop and keep {before_name}" if before_name else "Stop")
        self._resume.setVisible(job.can_resume)
        self._use.hide()
        self._loss.set_series(*round_view.loss_series(job))
        self._miou.set_series(*round_view.miou_series(job, before, before_name))
        curves = running or bool(job.metrics)
        self._loss.setVisible(curves)
        self._miou.setVisible(curves)
        self._notes.set_text("\n".join(job.notes[-4:]))
        self._notes.setVisible(bool(job.notes))
        self._from.show_job(job)
        self._facts.hide()

    def show_model(self, entry: Entry, *, in_use: bool) -> None:
        """Show a model no round of this project made: what its card says."""
        self._job_id, self._model_id = "", entry.id
        self._title.set_text(entry.card.name)
        self._detail.set_text("in use" if in_use else "not in use")
        self._set_use(in_use)
        hidden: list[QWidget] = [self._progress, self._stop, self._resume, self._loss, self._miou]
        hidden += [self._notes, self._from, self._table, self._verdict]
        for widget in hidden:
            widget.hide()
        self._facts.show_facts(facts(entry))

    def offer_use(self, model_id: str, *, in_use: bool) -> None:
        """Offer the model that the shown round made."""
        self._model_id = model_id
        self._set_use(in_use)

    def _set_use(self, in_use: bool) -> None:
        self._use.setVisible(not in_use)

    def show_comparison(
        self,
        comparison: Comparison | None,
        verdict: Verdict | None,
        names: tuple[str, str],
        services: Services,
    ) -> None:
        """Show the table and the verdict of the round; None hides either.

        Args:
            comparison: what was measured.
            verdict: of the round that has ended.
            names: of the old and the new model; the old may be "".
            services: for the classes' colours.
        """
        self._table.setVisible(comparison is not None)
        if comparison is not None:
            old, new = names
            self._table.show_comparison(comparison, services.session.taxonomy, new, old)
        self._verdict.setVisible(verdict is not None)
        if verdict is not None:
            self._verdict.show_verdict(verdict, f"Keep {names[0]}" if names[0] else "")
            self._use.hide()  # the banner has the action


class _LearnsFrom(Card):
    """Pictures of what the round learns from."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._heading = SectionHeader("What it learns from")
        self.strip = ThumbStrip(services)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 12)
        column.setSpacing(6)
        column.addWidget(self._heading)
        row = QHBoxLayout()
        row.setContentsMargins(14, 0, 14, 0)
        row.addWidget(self.strip)
        column.addLayout(row)

    def show_job(self, job: JobView) -> None:
        """Show the images of a job; hidden where it names none."""
        train, held = round_view.images_of(job)
        self.setVisible(bool(train))
        self._heading.set_title(f"What {round_view.name_of(job)} learns from")
        kept = f" · {counted(len(held), 'other image')} kept back for checking" if held else ""
        self._heading.set_count(f"{counted(len(train), 'image')}{kept}")
        self.strip.show_images(train)


class _Facts(Card):
    """Names and values in two columns."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 12, 16, 14)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, rows: list[tuple[str, str]]) -> None:
        """Show other facts."""
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for line, (name, value) in enumerate(rows):
            label = ElidedLabel(name, "small", role="text.secondary")
            label.setFixedWidth(theme().px(110))
            words = TextBlock(value, "body", role="text.primary")
            self._grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(words, line, 1)
        self.show()
