from hypothesis import settings

from tests.engine.document.machine import Machine

TestAnyWork = Machine.TestCase
TestAnyWork.settings = settings(max_examples=60, stateful_step_count=30)
