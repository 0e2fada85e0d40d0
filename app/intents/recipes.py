"""Starting a round of learning from the window; the command line builds the same recipe."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.services import Services
from engine.errors import EngineError
from engine.jobs.job import TrainSpec
from engine.runtimes.base import thread_count
from engine.runtimes.packages import require_learning
from engine.training.recipe import make_recipe


def start_learning(services: Services, options: Mapping[str, Any] | None = None) -> str:
    """Start a round with the project's defaults and what was chosen otherwise.

    Args:
        services: the running program.
        options: as after ``--set`` on the command line.

    Returns:
        The job's id.

    Raises:
        EngineError: no project, nothing to learn from yet, or packages are not installed.
    """
    project = services.session.project
    if project is None:
        raise EngineError("Open a folder or a project first.")
    require_learning()
    recipe = make_recipe(project, services.catalog, dict(options or {}))
    spec = TrainSpec(
        project=str(project.path),
        recipe=msgspec.to_builtins(recipe),
        model=services.session.model.id,
        threads=thread_count(0),  # one core stays the labeler's
    )
    return services.jobs.start(spec)
