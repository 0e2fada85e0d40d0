"""Many hands: handing out, taking back, agreement; the guideline of a class and its lock."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.canvas.errands import Errand, Errands
from app.intents.reasons import cannot_write, no_project
from app.panels.common import plural
from engine.document.taxonomy import ClassLock
from engine.errors import EngineError
from engine.masks.box import union

if TYPE_CHECKING:
    from app.conflict_queue import ConflictQueue
    from app.dialogs.hands_sheet import HandsSheet
    from app.services import Services
    from app.slices import Work
    from app.tools.base import Watch
    from app.window import Window
    from engine.hands.agreement import Comparison
    from engine.hands.report import Merged
    from engine.hands.split import Dealt, MadePart, Split
    from engine.store import Project
    from engine.store.part_file import PartPlan


class HandIntents:
    """Everything is imported when it is first asked for."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        self._errands = Errands(window)
        self._errand: Errand[Any] | None = None
        self._queue: ConflictQueue | None = None
        window.closing.connect(self._errands.close)
        handle = services.actions.handle
        handle("file.share", self.share, partial(no_project, services.session))
        handle("class.guideline", self.guideline, partial(no_project, services.session))
        handle("class.lock", self.lock, partial(cannot_write, services.session))

    # -- the sheet ---------------------------------------------------------------------------

    @property
    def queue(self) -> ConflictQueue:
        """The conflicts of the open project; made when first asked for."""
        if self._queue is None:
            from app.conflict_queue import ConflictQueue

            canvas = self._window.canvas
            self._queue = ConflictQueue(self._session, canvas.picture, canvas.zoom_to, self._window)
        return self._queue

    def share(self) -> None:
        """The sheet that hands out, takes back and compares."""
        from app.dialogs.hands_sheet import HandsSheet

        sheet = HandsSheet(self._services, self.queue, self._window)
        sheet.main.clicked.connect(lambda: self._main(sheet))
        sheet.back.asked.connect(lambda files: self.take_back(sheet, files))
        sheet.agree.asked.connect(lambda files: self.compare(sheet, files))
        sheet.agree.opened.connect(self.show_difference)
        self._window.show_sheet(sheet)
        if self.queue.rows:
            sheet.show_page("back")

    def _main(self, sheet: HandsSheet) -> None:
        if sheet.page == "out":
            self.hand_out(sheet)
        elif sheet.page == "back":
            problem = cannot_write(self._session)
            sheet.say(problem) if problem else sheet.back.choose()
        else:
            sheet.agree.choose()

    def _busy(self, sheet: HandsSheet) -> bool:
        problem = self._session.slices.words
        if self._errand is not None and not self._errand.done:
            problem = "Something is still under way. Wait until it is done."
        if problem:
            sheet.say(problem)
        return bool(problem)

    # -- handing out -------------------------------------------------------------------------

    def hand_out(self, sheet: HandsSheet) -> None:
        """Deal the images on a thread, set numbers aside here, write the parts on a thread."""
        from engine.hands.split import dealt, plans, write

        session, project, folder = self._session, self._session.project, sheet.out.place
        if project is None or self._busy(sheet):
            return
        problem = cannot_write(session) or ("" if folder else "Choose a folder first.")
        if problem or folder is None:
            sheet.say(problem)
            return
        split, rows, path = sheet.out.split, session.images, project.path
        place = folder.absolute()

        def planned() -> None:
            who = self._answer(sheet)
            if who is None or session.project is not project or self._busy(sheet):
                return  # a change of classes may have begun meanwhile
            try:
                parts = plans(project, split, who)
            except EngineError as refusal:
                sheet.say(str(refusal))
                return
            self._run(sheet, partial(written, parts), done, "Writing the parts")

        def written(parts: list[PartPlan], watch: Watch) -> list[MadePart]:
            def tell(count: int, total: int) -> None:
                watch.check()
                watch.report(count / total)

            return write(project, parts, tell)

        def done() -> None:
            made = self._answer(sheet)
            if made is not None:
                words = f"{plural(len(made), 'part')} in {made[0].path.parent}."
                self._say(sheet, words)

        sheet.say("Dealing the images")
        work = partial(_dealt, dealt, rows, split, path, place)
        self._run(sheet, work, planned, "Dealing the images")

    # -- taking back -------------------------------------------------------------------------

    def take_back(self, sheet: HandsSheet, files: Sequence[Path]) -> None:
        """Merge files one after the other, between events."""
        session, project = self._session, self._session.project
        if project is None or not files or self._busy(sheet):
            return
        names = files[0].stem if len(files) == 1 else plural(len(files), "part")

        def over(result: tuple[list[Merged], list[str]]) -> None:
            done, problems = result
            session.refresh_images()
            session.saved_changed.emit()
            if self._window.sheet is sheet:
                notes = [*problems, *(note for each in done for note in each.notes)]
                sheet.back.show_results([merged_words(each) for each in done], notes)
                sheet.say("")
            self.queue.refresh()
            changed = len({number for each in done for number in each.images})
            waits = sum(len(each.conflicts) for each in done)
            words = f"Merged {names}: {plural(changed, 'image')} changed"
            words += f", {plural(waits, 'conflict')} to decide." if waits else "."
            session.say(
                problems[0] if problems and not done else words, "ok" if done else "warning"
            )

        if session.slices.change(session, _merging(project, files), f"Merging {names}", over):
            if session.slices.words:
                sheet.say("Merging")
        else:
            sheet.say("Nothing was merged.")

    # -- agreement ---------------------------------------------------------------------------

    def compare(self, sheet: HandsSheet, files: Sequence[Path]) -> None:
        """Compare copies on a thread."""
        from app.agreement_work import compared

        project = self._session.project
        if project is None or not files or self._busy(sheet):
            return
        path, begun = project.path, sheet.agree.begun.isChecked()

        def work(watch: Watch) -> list[Comparison]:
            def tell(share: float) -> None:
                watch.check()
                watch.report(share)

            project.flush()
            return compared(path, files, begun, tell)

        def done() -> None:
            found = self._answer(sheet)
            if found is None or self._window.sheet is not sheet:
                return
            sheet.say("")
            if not found:
                kind = "begun" if begun else "done"
                sheet.agree.say(f"No two of them have an image that is {kind} in both.", "warning")
            sheet.agree.show_found(found)

        self._run(sheet, work, done, "Comparing")

    def show_difference(self, found: Comparison, image: int) -> None:
        """Open an image and lay over it where two copies differ."""
        from app.agreement_work import differences
        from app.tools.base import Tint

        session, sheet = self._session, self._window.sheet
        if session.row(image) is None:
            session.say("This image is not in the open project.", "warning")
            return
        try:
            session.open_image(image)
        except EngineError as problem:
            session.say(str(problem), "warning")
            return
        picture = self._window.canvas.picture
        picture.plan.clear()

        def done() -> None:
            try:
                masks = errand.answer()
            except EngineError as problem:
                session.say(str(problem), "warning")
                return
            if self._window.sheet is sheet and session.image and session.image.id == image:
                tints = [Tint(m, n if n > 1 else None, hatched=True) for n, m in masks.items()]
                picture.plan.show(tints)
                if masks:
                    boxes = [mask.box for mask in masks.values()]
                    self._window.canvas.zoom_to(functools.reduce(union, boxes))

        errand = self._errands.run(lambda watch: differences(found, image), done)

    # -- classes -----------------------------------------------------------------------------

    def guideline(self) -> None:
        """The sheet with the guideline and the example of the current class."""
        from app.dialogs.class_sheet import ClassSheet

        self._window.show_sheet(ClassSheet(self._services, self._window))

    def lock(self) -> None:
        """Lock the class list, or unlock it."""
        session, project = self._session, self._session.project
        if project is None:
            return
        if session.slices.words:  # it may still bring classes in, or take one away at its end
            session.say(session.slices.words, "warning")
            return
        locked = project.class_lock is not None
        try:
            project.lock_classes(None if locked else ClassLock(_who(project), time.time()))
        except EngineError as problem:
            session.say(str(problem), "warning")
            return
        session.touch_taxonomy()
        session.saved_changed.emit()
        words = "The classes can be changed again." if locked else "The classes are locked."
        session.say(f"{words} {{class.lock}} {'locks' if locked else 'unlocks'} them.", "ok")

    # -- errands -----------------------------------------------------------------------------

    def _run(self, sheet: HandsSheet, work: Any, done: Any, words: str) -> None:
        def shared() -> None:
            if self._errand is not None and self._window.sheet is sheet:
                sheet.say(f"{words}: {self._errand.share * 100:.0f} %")

        self._errand = self._errands.run(work, done, shared)

    def _answer(self, sheet: HandsSheet) -> Any:
        """What the errand came to; None where it was refused, which is said."""
        errand = self._errand
        try:
            return None if errand is None else errand.answer()
        except EngineError as problem:
            self._say(sheet, str(problem), "warning")
            return None

    def _say(self, sheet: HandsSheet, words: str, level: Any = "ok") -> None:
        if self._window.sheet is sheet:
            sheet.say(words)
        self._session.say(words, level)


def _dealt(deal: Any, rows: Any, split: Split, path: Path, place: Path, watch: Watch) -> Dealt:
    """See ``engine.hands.split.dealt``; rows are made on the thread, for there may be many."""
    watch.check()
    found: Dealt = deal(list(rows), split, path, place)
    return found


def _who(project: Project) -> str:
    """Who works here: the name steps are signed with, else the user of the computer."""
    from app.intents.origin import system_user

    return project.person or system_user()


def _merging(project: Project, files: Sequence[Path]) -> Work:
    """Merge files in turn; what one refuses is kept as a sentence and the others go on."""
    from engine.hands.merge import merging

    done: list[Merged] = []
    problems: list[str] = []
    for at, path in enumerate(files):
        work = merging(project, path)
        try:
            while True:
                try:
                    share = next(work)
                except StopIteration as end:
                    done.append(end.value)
                    break
                yield (at + share) / len(files)
        except EngineError as problem:
            problems.append(str(problem))
    return done, problems


def merged_words(done: Merged) -> str:
    """What merging one file did."""
    words = [f"{plural(len(done.images), 'image')} changed"]
    words += [plural(done.objects, "object")] if done.objects else []
    words += [plural(done.new_images, "new image")] if done.new_images else []
    words += [f"{plural(len(done.conflicts), 'conflict')}"] if done.conflicts else []
    return f"{done.name}: {', '.join(words)}."
