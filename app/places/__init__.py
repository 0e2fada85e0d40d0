"""The places beside Correct: Inspect and Models, and the first page."""
