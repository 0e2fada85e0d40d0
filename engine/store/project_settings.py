"""The settings of a project: how images are shown, models and their classes, jobs."""

from collections.abc import Mapping
from typing import Any

from engine.images.tone import TONE, Tone, tone_from
from engine.store.project_origin import ProjectOrigin
from engine.store.rows import JobRow
from engine.store.settings import CURRENT_MODEL, Choice, Jobs, Settings
from engine.store.store import Store


class ProjectSettings(ProjectOrigin):
    """Part of ``Project``."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._settings = Settings(store)
        self._jobs = Jobs(store)

    def setting(self, key: str, default: Any = None) -> Any:
        """A value kept with the project."""
        return self._settings.get(key, default)

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a JSON value with the project; None forgets it."""
        self._settings.set(key, value)

    @property
    def tone(self) -> Tone:
        """How values of images become what is seen and what networks are given.

        Raises:
            EngineError: it was written by another version.
        """
        return tone_from(self.setting(TONE))

    def set_tone(self, tone: Tone) -> None:
        """Show images without a tone of their own like this."""
        self.set_setting(TONE, None if tone.as_is else tone.as_json())

    def mapping(self, model_id: str) -> dict[int, Choice] | None:
        """What each class index of a model becomes here: a class, "new" or "ignore"."""
        return self._settings.mapping(model_id)

    def set_mapping(self, model_id: str, mapping: Mapping[int, Choice] | None) -> None:
        """Keep the class mapping of a model; None forgets it."""
        self._settings.set_mapping(model_id, mapping)

    @property
    def current_model(self) -> str | None:
        """The catalog id of the model in use."""
        said = self.setting(CURRENT_MODEL)
        return str(said) if said else None

    def set_current_model(self, model_id: str | None) -> None:
        """Say which model is in use."""
        self.set_setting(CURRENT_MODEL, model_id)

    def jobs(self) -> list[JobRow]:
        """The jobs of the project, oldest first."""
        return self._jobs.rows()

    def add_job(self, row: JobRow) -> None:
        """Keep a new job."""
        self._jobs.add(row)

    def update_job(self, job_id: str, **fields: Any) -> JobRow:
        """Change fields of a job."""
        return self._jobs.update(job_id, **fields)

    def remove_job(self, job_id: str) -> None:
        """Forget a job; its folder is not touched."""
        self._jobs.remove(job_id)
