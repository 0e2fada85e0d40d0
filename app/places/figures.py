"""Numbers in the user's words: the one place where figures of Models and Inspect become text."""

from __future__ import annotations

import time

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
THIN = "\N{NO-BREAK SPACE}"


def share(value: float | None) -> str:
    """A score of 0..1 with two digits; a dash where there is none."""
    return NONE if value is None else f"{value:.2f}"


def short_share(value: float) -> str:
    """A share of 0..1 for a narrow cell: ``.07``; ``1`` for all, empty under half a percent."""
    if value < 0.005:
        return ""
    text = f"{value:.2f}"
    return "1" if text == "1.00" else text.removeprefix("0")


def change(value: float | None) -> str:
    """A signed difference with two digits and a real minus; a dash where there is none."""
    if value is None:
        return NONE
    text = f"{abs(value):.2f}"
    if text == "0.00":
        return text
    return ("+" if value > 0 else MINUS) + text


def count(number: int) -> str:
    """A whole number with separators: ``1,284``."""
    return f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 image``, ``1,284 images``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def large(number: int) -> str:
    """A count of pixels short enough for a column: ``9,431``, ``412 k``, ``3.1 M``."""
    if number < 10_000:
        return f"{number:,}"
    if number < 999_500:
        return f"{number / 1000:.0f}{THIN}k"
    return f"{number / 1e6:.1f}{THIN}M"


def percent(value: float) -> str:
    """A share as percent: ``21 %``; a share that is small but not zero says so."""
    if 0 < value < 0.005:
        return f"under 1{THIN}%"
    return f"{value * 100:.0f}{THIN}%"


def duration(seconds: float | None) -> str:
    """A length of time, to two units: ``40 s``, ``3 min 40 s``, ``2 h 5 min``."""
    if seconds is None:
        return NONE
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60} min" if rest >= 60 else f"{hours} h"


def file_size(size: int) -> str:
    """Bytes, in steps of 1000 as file managers do: ``6.2 MB``."""
    if size < 1000:
        return counted(size, "byte")
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5 or unit == "GB":
            return f"{value:.0f} {unit}" if value >= 99.5 else f"{value:.1f} {unit}"
    return f"{value:.1f} GB"


def when(moment: float, now: float | None = None) -> str:
    """A moment (seconds since 1970) as one says it: ``today 14:07``, ``Tue 14:20``, ``14 Mar``."""
    now = time.time() if now is None else now
    try:
        then, today = time.localtime(moment), time.localtime(now)
    except (ValueError, OverflowError, OSError):  # of a damaged project
        return "at no known time"
    clock = time.strftime("%H:%M", then)
    if then[:3] == today[:3]:
        return f"today {clock}"
    if 0 <= now - moment < 6.5 * 86400:
        return f"{_DAYS[then.tm_wday]} {clock}"
    day = f"{then.tm_mday} {_MONTHS[then.tm_mon - 1]}"
    return day if then.tm_year == today.tm_year else f"{day} {then.tm_year}"


def short_file(name: str, most: int = 30) -> str:
    """A file name cut in the middle, its ending kept."""
    if len(name) <= most:
        return name
    tail = most // 2
    return f"{name[: most - tail - 1]}…{name[-tail:]}"


def short_names(old: str, new: str) -> tuple[str, str]:
    """Two names without the words they begin with alike: ("v7", "v8") of two long ones."""
    one, two = old.split(), new.split()
    same = 0
    while same < min(len(one), len(two)) - 1 and one[same] == two[same]:
        same += 1
    strip = " ·-–,"
    short = (" ".join(each[same:]).strip(strip) for each in (one, two))
    first, second = short
    return first or old, second or new


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
