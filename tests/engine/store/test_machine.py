"""Any work, with the program closed and opened again in between, at any place."""

import tempfile
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis.stateful import rule

from engine.store import Project
from tests.engine.document.machine import HEIGHT, WIDTH, Machine


class Stored(Machine):
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "a.maskwright"
        self.project = Project.create(self.path)
        self.project.add_classes(self.taxonomy.classes)
        self.project.add_images([self.path.parent / "a.png"], [(HEIGHT, WIDTH)])
        self.open()

    def open(self):
        self.document = self.project.load(1)
        self.history = self.project.history(self.document)

    def propose(self, proposals):
        self.project.set_proposals(1, proposals)

    @rule()
    def restart(self):
        self.history.close()
        self.project.close()
        self.project = Project.open(self.path)
        self.open()
        row = self.project.image(1)
        assert row.objects == len(self.model.objects)
        assert row.proposals == len(self.model.proposals)
        assert str(row.status) == self.model.status

    def teardown(self):
        self.project.close()
        self.folder.cleanup()


TestAnyStoredWork = Stored.TestCase
TestAnyStoredWork.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    phases=[Phase.generate],  # to make a failure small takes minutes of files being written
)
