"""Settings: each acts at once and is kept; there is nothing to confirm."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app.dialogs.devices import for_models
from app.dialogs.fields import Choice
from app.dialogs.sheet import Sheet
from app.intents.backups import DAILY, KEPT
from app.intents.origin import YOUR_NAME, system_user
from app.services import Services
from app.theme.widgets import (
    Button,
    CheckBox,
    NumberField,
    SegmentedControl,
    SmallSlider,
    TextBlock,
)
from engine.errors import EngineError
from engine.store.backup import KEEP

THEMES = (
    ("system", "As the system"),
    ("dark", "Dark"),
    ("light", "Light"),
    ("highContrast", "High contrast"),
)
ROOM = (("2", "2 GB"), ("8", "8 GB"), ("32", "32 GB"), ("128", "128 GB"))
SEEN = (("25", "25 %"), ("50", "50 %"), ("100", "100 %"), ("200", "200 %"))


class SettingsSheet(Sheet):
    """What the user prefers on this computer, and two settings of the open project."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Settings", services.actions.key_text("app.settings"), "", parent)
        self._services = services
        self.theme = SegmentedControl("Theme", THEMES)
        self.scale = SmallSlider("Text size", 100, 200, lambda value: f"{value} %", 240)
        self.scale.setSingleStep(5)
        self.scale.setPageStep(25)
        self.motion = CheckBox("Nothing moves by itself")
        self.touch = CheckBox("Larger buttons and rows, for fingers")
        self.hand = SegmentedControl("Pen hand", [("right", "Right"), ("left", "Left")])
        self.device = Choice(for_models())
        self.outlive = CheckBox("Learning and other jobs go on when the window is closed")
        self.swap = CheckBox("A model that is better takes over by itself, at the next image")
        self.background = CheckBox("In a done image, what is unpainted is background")
        self.daily = CheckBox("A backup of each project, once a day")
        self.kept = NumberField("Daily backups kept", 1, 60, "kept")
        self.keys = Button("Change keys", "keyboard")
        self.seen = SegmentedControl("Seen from", SEEN)
        self.room = SegmentedControl("Room for large images", ROOM)
        self.name = QLineEdit()
        self.name.setMaxLength(80)
        self.name.setPlaceholderText("No name")
        self._build()
        self._show()
        self._connect()

    def _build(self) -> None:
        self.add_section("Look")
        row = QHBoxLayout()
        row.addWidget(self.theme)
        row.addStretch(1)
        self.add_row("Theme", row)
        self.add_row("Text size", self.scale)
        self.add_row("Motion", self.motion)
        self.add_row("Touch", self.touch)
        row = QHBoxLayout()
        row.addWidget(self.hand)
        row.addStretch(1)
        self.add_row("Pen hand", row)
        self.add(
            TextBlock("Left puts the panel at the left of the canvas, the tools at the right.")
        )
        self.add_section("Keys and looking")
        row = QHBoxLayout()
        row.addWidget(self.keys)
        row.addStretch(1)
        self.add_row("Keys", row)
        row = QHBoxLayout()
        row.addWidget(self.seen)
        row.addStretch(1)
        self.add_row("Seen from", row)
        self.add(TextBlock("A part counts as seen once it was in view at this zoom or closer."))
        row = QHBoxLayout()
        row.addWidget(self.room)
        row.addStretch(1)
        self.add_row("Large images", row)
        self.add(
            TextBlock(
                "Images too large for memory are prepared once, on disk; beyond this the oldest go."
            )
        )
        self.add_row("Your name", self.name)
        self.add(
            TextBlock("Kept with what you draw and change, in your projects only. May be empty.")
        )
        self.add_row("Backups", self.daily, self.kept)
        self.add_section("Models and learning")
        self.add_row("Device", self.device)
        self.add(TextBlock("If a device does not work, the status bar says so, with the reason."))
        self.add(self.outlive)
        self.add(self.swap)
        self._project_header = self.add_section("This project")
        self.add(self.background)
        self._note = TextBlock(
            "Otherwise unpainted pixels stay unlabelled; no measure counts them."
        )
        self.add(self._note)
        self.body.addStretch(1)

    def _show(self) -> None:
        settings, project = self._services.settings, self._services.session.project
        self.theme.set_current(settings.value("theme", "system"))
        self.scale.setValue(round(settings.value("text_scale", 1.0) * 100))
        self.motion.setChecked(settings.value("reduced_motion", False))
        self.touch.setChecked(settings.value("touch_mode", False))
        self.hand.set_current(settings.value("pen_hand", "right"))
        self.seen.set_current(str(settings.value("coverage_scale", 100)))
        self.room.set_current(f"{settings.value('cache_gib', 8.0):g}")
        self.name.setText(settings.value(YOUR_NAME, system_user()))
        self.device.set_value(settings.value("device", "auto"))
        self.daily.setChecked(settings.value(DAILY, True))
        self.kept.setValue(settings.value(KEPT, KEEP))
        self.kept.setEnabled(self.daily.isChecked())
        self.outlive.setChecked(settings.value("jobs_outlive", True))
        self.swap.setChecked(settings.value("swap_when_better", False))
        for widget in (self._project_header, self.background, self._note):
            widget.setVisible(project is not None)
        if project is not None:
            self.background.setChecked(bool(project.setting("done_means_background", True)))
            self.background.setEnabled(not project.read_only)

    def _connect(self) -> None:
        settings = self._services.settings
        self.theme.chosen.connect(lambda key: settings.set("theme", key))
        self.name.editingFinished.connect(lambda: settings.set(YOUR_NAME, self.name.text().strip()))
        # The text size changes the slider itself, so it is taken when the hand lets go.
        self.scale.sliderReleased.connect(self._set_scale)
        self.scale.valueChanged.connect(
            lambda _value: None if self.scale.isSliderDown() else self._set_scale()
        )
        self.motion.toggled.connect(lambda on: settings.set("reduced_motion", on))
        self.touch.toggled.connect(lambda on: settings.set("touch_mode", on))
        self.hand.chosen.connect(lambda key: settings.set("pen_hand", key))
        self.keys.clicked.connect(lambda: self._services.actions.trigger("app.rebind"))
        self.seen.chosen.connect(lambda key: settings.set("coverage_scale", int(key)))
        self.room.chosen.connect(lambda key: settings.set("cache_gib", float(key)))
        self.device.picked.connect(lambda key: settings.set("device", str(key)))
        self.daily.toggled.connect(lambda on: settings.set(DAILY, on))
        self.daily.toggled.connect(self.kept.setEnabled)
        self.kept.valueChanged.connect(lambda number: settings.set(KEPT, number))
        self.outlive.toggled.connect(lambda on: settings.set("jobs_outlive", on))
        self.swap.toggled.connect(lambda on: settings.set("swap_when_better", on))
        self.background.toggled.connect(self._set_background)
        self._services.session.project_changed.connect(self._show)

    def _set_scale(self) -> None:
        wanted = self.scale.value() / 100
        if wanted != self._services.settings.value("text_scale", 1.0):
            self._services.settings.set("text_scale", wanted)

    def _set_background(self, on: bool) -> None:
        project = self._services.session.project
        if project is None or project.setting("done_means_background", True) == on:
            return
        try:
            project.set_setting("done_means_background", on)
        except EngineError as problem:
            self.foot_words.set_text(str(problem), "state.error")
