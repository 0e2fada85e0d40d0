"""Backups of a project: what each holds, and the way back to one of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.bridge import Relay
from app.dialogs.line_list import HIGH, Line, LineList
from app.dialogs.sheet import Sheet
from app.places.figures import counted, file_size
from app.theme.theme import theme
from app.theme.widgets import Button, TextBlock
from engine.errors import EngineError
from engine.store import backup, check, restore

if TYPE_CHECKING:
    from pathlib import Path

    from app.services import Services
    from engine.store.backup import Backup

Replace = Callable[["Path", str, Callable[[], object], str], None]

SHOWN = 10
"""Rows that show at once; the others scroll."""

NONE = (
    "There is no backup yet. The first is made some seconds after a project was opened, then one "
    "each day; Settings says how many stay."
)


class BackupsSheet(Sheet):
    """Works on a project's file, whether the project is open or cannot be opened."""

    def __init__(
        self, services: Services, path: Path, replace: Replace, parent: QWidget | None = None
    ) -> None:
        """Make it.

        Args:
            services: the running program.
            path: the project file.
            replace: see ``BackupIntents.replace``; outlives the sheet.
            parent: of the sheet.
        """
        key = services.actions.key_text("file.backups")
        super().__init__("Backups", key, "Restore", parent)
        self._services, self._session, self._path = services, services.session, path
        self._known: list[Backup] = []
        self._busy, self._replace = "", replace
        self.about = TextBlock(
            f"Whole copies of {path.name}. Restoring one keeps the present project as a backup "
            "first, so it can be taken back. Images, exports and models are not part of a backup."
        )
        self.list = LineList("Backups, newest first")
        self.none = TextBlock(NONE, "body", "regular", "text.primary")
        self.now = Button("Back up now", "copy")
        self.check = Button("Check the project", "check-circle")
        self._build()
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_done)
        self.list.chosen.connect(lambda _key: self._tell())
        self.list.doubleClicked.connect(lambda _index: self.restore())
        self.main.clicked.connect(self.restore)
        self.now.clicked.connect(self.back_up)
        self.check.clicked.connect(self.look)
        self.refresh()

    def _build(self) -> None:
        self.add(self.about)
        self.add(self.none)
        self.body.addSpacing(6)
        self.add(self.list, 12)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.now)
        row.addWidget(self.check)
        row.addStretch(1)
        self.body.addSpacing(8)
        self.add(row)
        self.found = TextBlock("", "body", "regular", "text.primary")
        self.body.addSpacing(8)
        self.add(self.found)
        self.body.addStretch(1)

    # -- looking -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """List what there is; what each holds is read on another thread."""
        self._known = backup.backups_of(self._path)
        self._list({})
        whole = [each.name for each in self._known if each.kind != backup.DAMAGED]
        if whole and self.list.key() is None:
            self.list.choose(whole[0])
        self._run("", partial(_contents, self._known), self._list)

    def _list(self, held: dict[str, str]) -> None:
        lines = [
            Line(
                each.name,
                f"{each.day}  {each.clock}",
                _kind(each, held.get(each.name, "")),
                file_size(_size(each)),
            )
            for each in self._known
        ]
        self.list.show_lines(lines)
        rows = min(len(lines), SHOWN)
        self.list.setFixedHeight(theme().px(HIGH) * rows + 2)
        self.list.setVisible(bool(lines))
        self.none.setVisible(not lines)
        self._tell()

    def _tell(self) -> None:
        """What can be done now."""
        chosen, project = self.chosen(), self._session.project
        elsewhere = project is not None and project.read_only
        broken = chosen is not None and chosen.kind == backup.DAMAGED
        self.main.setEnabled(not (chosen is None or self._busy or elsewhere or broken))
        self.now.setEnabled(not self._busy and project is not None)
        self.check.setEnabled(not self._busy)
        words = self._busy
        if not words and elsewhere and project is not None:
            words = project.owner
        elif not words and broken:
            words = "This is the damaged file as it was; it cannot be restored."
        self.foot_words.set_text(words)

    def chosen(self) -> Backup | None:
        """The backup whose row is the current one."""
        key = self.list.key()
        return next((each for each in self._known if each.name == key), None)

    # -- doing -------------------------------------------------------------------------------

    def back_up(self) -> None:
        """Make one now."""
        project = self._session.project
        if project is not None:
            project.flush()
            self._run("Making a backup", partial(backup.make, self._path), self._made)

    def _made(self, _made: object) -> None:
        self.refresh()
        self._session.say("A backup was made.", "ok")

    def restore(self) -> None:
        """Put the chosen backup in the place of the project and open it."""
        chosen = self.chosen()
        if chosen is not None and self.main.isEnabled():
            text = f"The project is as it was on {chosen.day} at {chosen.clock}."
            work = partial(restore.restore, self._path, chosen)
            self._replace(self._path, "Restoring the backup.", work, text)

    def look(self) -> None:
        """Check the project; the button then repairs what was found."""
        self._run("Looking through the project", partial(check.check, self._path), self._checked)

    def _checked(self, report: check.Report) -> None:
        if report.sound:
            self.found.set_text("The project is sound.")
            return
        self.found.set_text("\n".join(f"{each.text} {each.repair}" for each in report.findings[:8]))
        self.check.set_text("Repair it")
        self.check.clicked.disconnect()
        self.check.clicked.connect(self.repair)

    def repair(self) -> None:
        """Mend what was found, after a backup, and open the project."""
        text = "The project was repaired; as it was, it is among its backups."
        work = partial(check.repair, self._path)
        self._replace(self._path, "Repairing the project.", work, text)

    # -- on another thread -------------------------------------------------------------------

    def _run(self, words: str, work: Callable[[], object], then: Callable[..., None]) -> None:
        """Do something on a worker thread, then something here with its result."""
        self._busy = words
        self._tell()

        def run() -> None:
            with suppress(RuntimeError):  # the sheet was closed meanwhile
                try:
                    self._relay.send((then, work()))
                except EngineError as problem:
                    self._relay.send((self._failed, problem))

        self._services.jobs.workers.run(run)

    def _on_done(self, done: tuple[Callable[[object], None], object]) -> None:
        then, result = done
        self._busy = ""
        then(result)
        self._tell()

    def _failed(self, problem: EngineError) -> None:
        self.found.set_text(str(problem))


def _contents(known: list[Backup]) -> dict[str, str]:
    """What each holds, in words, by its name: two made at once may have one number."""
    said = {}
    for each in known:
        try:
            held = backup.contents(each.path)
        except EngineError:
            said[each.name] = "cannot be read"
        else:
            images, objects = counted(held.images, "image"), counted(held.objects, "object")
            said[each.name] = f"{images}, {objects}"
    return said


def _kind(each: Backup, held: str) -> str:
    return ", ".join(filter(None, (held, backup.WORDS.get(each.kind, each.kind))))


def _size(each: Backup) -> int:
    try:
        return each.path.stat().st_size
    except OSError:
        return 0
