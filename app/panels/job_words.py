"""How a running job is said in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.jobs import JobView

SOON = 5.0  # seconds left from which on the time is not said: it would only flicker


def job_fraction(job: JobView) -> float | None:
    """How much is done, 0..1; None while that is not known."""
    return min(1.0, job.done / job.total) if job.total > 0 else None


def job_words(job: JobView) -> str:
    """For example "Learning 62 %, 3 min left"."""
    title = job.title or job.kind.capitalize()
    fraction = job_fraction(job)
    if fraction is None or job.text == "Stopping":
        return f"{title}, stopping" if job.text == "Stopping" else title
    left = job.seconds_left
    time = f", {time_words(left)} left" if left is not None and left >= SOON else ""
    return f"{title} {round(fraction * 100)} %{time}"


def time_words(seconds: float) -> str:
    """A wait in words: "40 s", "3 min 40 s", "2 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(whole // 60, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
