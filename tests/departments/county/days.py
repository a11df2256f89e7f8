"""Days, windows and every way a department writes a date."""
from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from random import Random

EXCEL_BASE = date(1899, 12, 30)


def add(day: date, days: int) -> date:
    return day + timedelta(days=days)


def months_before(day: date, months: int) -> date:
    """The same day `months` earlier; month ends are clamped."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def years_before(day: date, years: int) -> date:
    return months_before(day, 12 * years)


def year_start(day: date) -> date:
    return date(day.year, 1, 1)


def month_start(day: date) -> date:
    return day.replace(day=1)


def term_start(day: date) -> date:
    """The latest 1 March or 1 September that is not after `day`."""
    starts = [date(day.year, 9, 1), date(day.year, 3, 1), date(day.year - 1, 9, 1)]
    return next(start for start in starts if start <= day)


def school_cutoff(day: date) -> date:
    """The day by which the age of compulsory schooling is reached in the school year of `day`."""
    start = date(day.year, 9, 1)
    if start > day:
        start = date(day.year - 1, 9, 1)
    return add(start, -1)


def age(birth: date, at: date) -> int:
    return at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))


def span(first: date, last: date) -> list[date]:
    return [add(first, i) for i in range((last - first).days + 1)]


def iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def compact(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def short(day: date) -> str:
    return f"{day.year}-{day.month}-{day.day}"


def slashed(day: date) -> str:
    return f"{day.year}/{day.month}/{day.day}"


def dotted(day: date) -> str:
    return f"{day.year}.{day.month}.{day.day}"


def chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def stamp(day: date) -> str:
    return f"{day.isoformat()} 00:00:00"


def excel(day: date) -> str:
    return str((day - EXCEL_BASE).days)


def wide(day: date) -> str:
    return widen(day.isoformat())


def month_dot(day: date) -> str:
    return f"{day.year}.{day.month:02d}"


def month_compact(day: date) -> str:
    return f"{day.year}{day.month:02d}"


def month_chinese(day: date) -> str:
    return f"{day.year}年{day.month}月"


EXACT_FORMS = (iso, compact, short, slashed, dotted, chinese, stamp, excel, wide)
MONTH_FORMS = (month_dot, month_compact, month_chinese)


def widen(text: str) -> str:
    """Half-width ASCII to full width."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def some_form(rng: Random, day: date) -> str:
    """Mostly the department's usual form; now and then another clerk's."""
    if rng.random() < 0.9:
        return day.isoformat()
    return EXACT_FORMS[int(rng.random() * len(EXACT_FORMS))](day)


def moment(rng: Random, day: date) -> str:
    """A time of update during office hours of `day`."""
    n = int(rng.random() * 36000)
    return f"{day.isoformat()} {8 + n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}"
