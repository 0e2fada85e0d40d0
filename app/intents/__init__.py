"""What the user can mean: each module binds a group of actions to what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.intents.files import FileIntents
    from app.services import Services
    from app.window import Window


def bind_all(services: Services, window: Window) -> FileIntents:
    """Bind every action; returns the one that ``main`` also calls directly."""
    from app.intents.backups import BackupIntents
    from app.intents.carrying import CarryIntents
    from app.intents.classes import ClassIntents
    from app.intents.debug import DebugIntents
    from app.intents.files import FileIntents
    from app.intents.hands import HandIntents
    from app.intents.history import HistoryIntents
    from app.intents.images import ImageIntents
    from app.intents.learning import LearningIntents
    from app.intents.limits import LimitIntents
    from app.intents.linting import LintIntents
    from app.intents.looking import LookIntents
    from app.intents.objects import ObjectIntents
    from app.intents.origin import OriginIntents
    from app.intents.pages import PageIntents
    from app.intents.proposing import ProposingIntents
    from app.intents.recovering import RecoveringIntents
    from app.intents.resolving import ResolveIntents
    from app.intents.shapes import ShapeIntents
    from app.intents.shaping import ShapingIntents
    from app.intents.sheets import SheetIntents
    from app.intents.tones import ToneWatch
    from app.intents.view import ViewIntents

    files = FileIntents(services, window)
    backups = BackupIntents(services, window)
    files.not_opened = backups.not_opened
    files.expect = window.canvas.picture.photo.expect
    window.canvas.picture.photo.ready.connect(services.thumbnails.retry)
    window.dropped.connect(files.open_dropped)
    services.actions.paths_dropped.connect(files.open_dropped)
    services.actions.recent_chosen.connect(files.open_recent)
    # Kept alive by the window: their bound methods are what the actions call.
    window.intents = [
        files,
        ImageIntents(services, window),
        HistoryIntents(services, window),
        PageIntents(services, window),
        ProposingIntents(services),
        ObjectIntents(services, window),
        ClassIntents(services, window),
        HandIntents(services, window),
        LearningIntents(services, window),
        SheetIntents(services, window),
        LimitIntents(services, window),
        ResolveIntents(services, window),
        LintIntents(services, window),
        ShapeIntents(services, window),
        ShapingIntents(services, window),
        ViewIntents(services, window),
        ToneWatch(services),
        CarryIntents(services),
        RecoveringIntents(services, window),
        backups,
        LookIntents(services, window),
        OriginIntents(services, window),
        DebugIntents(services, window),
    ]
    return files
