"""Days, windows, working days, terms; parameters in force."""
from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from .values import Span

Window = tuple[date, date]       # first day, day after the last


def add_days(day: date, days: int) -> date:
    return day + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def inside(span: Span | None, window: Window) -> bool | None:
    """A month is inside, outside, or nobody can say. Nothing is in no window."""
    if span is None:
        return False
    start, end = window
    if span.first >= start and span.last < end:
        return True
    if span.last < start or span.first >= end:
        return False
    return None


def before(span: Span | None, day: date) -> bool | None:
    if span is None:
        return False
    return True if span.last < day else False if span.first >= day else None


def after(a: Span | None, b: Span | None) -> bool | None:
    """Is a later than b? A blank field satisfies no condition."""
    if a is None or b is None:
        return False
    return True if a.first > b.last else False if a.last <= b.first else None


def age(birth: date, at: date) -> int:
    """Full years; who is born on 29 February counts from 1 March in common years."""
    return at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))


class Calendar:
    def __init__(self, path: Path) -> None:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.moves = content["rest_day"] == "next"
        self.holidays: set[date] = set()
        self.workdays: set[date] = set()
        self.years = set(content["years"])
        for year in content["years"].values():
            for item in year["holidays"]:
                self.holidays |= set(self._days(item))
            self.workdays |= {d for item in year["workdays"] for d in self._days(item)}
        self.terms = [self._month_day(t) for t in content["terms"]]
        self.school_year = self._month_day(content["school_year"])

    @staticmethod
    def _days(item: Any) -> list[date]:
        first, _, last = str(item).partition("..")
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
        return [add_days(start, i) for i in range((end - start).days + 1)]

    @staticmethod
    def _month_day(item: Any) -> tuple[int, int]:
        month, day = str(item).split("-")
        return int(month), int(day)

    def is_workday(self, day: date) -> bool:
        if day.year not in self.years:
            raise ValueError(f"calendar.yaml has no {day.year}")
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def nth_workday(self, day: date, n: int) -> date:
        while n > 0:
            day = add_days(day, 1)
            n -= self.is_workday(day)
        return day

    def moved(self, day: date) -> date:
        while self.moves and not self.is_workday(day):
            day = add_days(day, 1)
        return day

    def term_start(self, day: date) -> date:
        starts = [date(year, *start) for year in (day.year - 1, day.year) for start in self.terms]
        return max(start for start in starts if start <= day)

    def school_cutoff(self, day: date) -> date:
        starts = [date(year, *self.school_year) for year in (day.year - 1, day.year)]
        return add_days(max(start for start in starts if start <= day), -1)


class Parameters:
    def __init__(self, path: Path) -> None:
        self.entries = yaml.safe_load(path.read_text(encoding="utf-8"))

    @staticmethod
    def _number(value: Any) -> Decimal:
        text = str(value)
        return Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)

    def entry(self, name: str, region: str, at: date) -> dict[str, Any]:
        fitting = [e for e in self.entries if e["name"] == name and region.startswith(str(e["region"])) and e["from"] <= at]
        return max(fitting, key=lambda e: (len(str(e["region"])), e["from"]))

    def value(self, name: str, region: str, at: date) -> Decimal:
        return self._number(self.entry(name, region, at)["value"])

    def line(self, names: tuple[str, ...], at: date) -> tuple:
        """Every value of these parameters in force on a day: a rule's line."""
        latest: dict[tuple[str, str], tuple[date, Decimal]] = {}
        for e in self.entries:
            key = (e["name"], str(e["region"]))
            if e["name"] in names and e["from"] <= at and (key not in latest or latest[key][0] < e["from"]):
                latest[key] = (e["from"], self._number(e["value"]))
        return tuple(sorted((k, v[1]) for k, v in latest.items()))
