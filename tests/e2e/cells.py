"""Pictures of coloured squares and a project in which they are done: what learning tests use."""

import numpy as np
from PIL import Image

from engine.jobs.folder import JobFolder
from engine.jobs.job import ImportSpec
from engine.jobs.runner import execute
from engine.jobs.take_up import take_up
from engine.store import Project

COLORS = np.array([[40, 60, 50], [220, 60, 60], [60, 90, 230]], np.uint8)
NAMES = {0: "background", 1: "red", 2: "blue"}


def make_cells(folder, number, labelled=True, size=(64, 64)):
    """A folder of ``number`` pictures with its project; where labelled, all are done."""
    images, masks = folder / "cells", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    for at in range(number):
        rng = np.random.default_rng(at)
        labels = np.zeros(size, np.uint8)
        for value in (1, 2):
            top, left = rng.integers(0, size[0] - 26), rng.integers(0, size[1] - 26)
            labels[top : top + 24, left : left + 24] = value
        rgb = np.clip(COLORS[labels] + rng.normal(0, 8, (*size, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(rgb).save(images / f"cell{at:03}.png")
        Image.fromarray(labels).save(masks / f"cell{at:03}.png")
    project = Project.open_or_create(images)
    project.add_images(sorted(images.glob("*.png")))
    if labelled:
        spec = ImportSpec(
            project=str(project.path),
            source=str(masks),
            format="png",
            images=str(images),
            values=NAMES,
        )
        job = JobFolder.create(project.files / "jobs", spec)
        assert execute(job).error == ""
        take_up(project, job)
    project.close()
    return images
