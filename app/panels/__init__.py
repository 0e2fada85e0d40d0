"""The parts of the Correct place: chrome, lists and cards around the canvas."""
