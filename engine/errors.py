"""The one kind of error that is meant for the user's eyes."""


class EngineError(Exception):
    """Something the user can act on: the text says what failed, where, and what to do.

    Anything else that escapes the engine is a bug and belongs in a crash report.
    """
