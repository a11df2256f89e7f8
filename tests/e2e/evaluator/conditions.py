"""Three-valued conditions over facts. True, False, and None for unknown."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Callable, Iterable

from .days import Calendar, Parameters, Window, add_days, add_months, before, inside
from .feeds import ALL_DATASETS as DATASETS
from .feeds import Fact, Feeds
from .roster import Household, Person, Roster

Truth = bool | None
Condition = Callable[[Fact], Truth]


def both(*truths: Truth) -> Truth:
    if any(t is False for t in truths):
        return False
    return None if any(t is None for t in truths) else True


def either(*truths: Truth) -> Truth:
    if any(t is True for t in truths):
        return True
    return None if any(t is None for t in truths) else False


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


@dataclass
class Outcome:
    """What a rule says of one subject."""
    when: Truth
    unless: dict[str, Truth] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    threshold: Decimal | None = None
    evidence: list[Fact] = field(default_factory=list)

    @property
    def exception(self) -> str | None:
        return next((name for name, truth in self.unless.items() if truth is True), None)

    @property
    def result(self) -> Truth:
        if self.when is False or self.exception is not None:
            return False
        return both(self.when, *(negated(t) for t in self.unless.values()))


@dataclass
class Subject:
    key: str                                # person_no, household_no or works_no
    region: str
    facts: tuple[tuple[str, str], ...]      # whose facts count
    persons: tuple[str, ...] = ()           # whom an uncertain record may concern
    person: Person | None = None
    household: Household | None = None


class Scene:
    """What is known on a night. Facts count before `day`; windows end there and begin where they stood on `anchor`,
    which is the day itself except in the closing test of an alert. Lines, years and terms are those of the anchor."""

    def __init__(self, feeds: Feeds, roster: Roster, parameters: Parameters, calendar: Calendar, day: date,
                 anchor: date | None = None) -> None:
        self.feeds, self.roster, self.parameters, self.calendar = feeds, roster, parameters, calendar
        self.day, self.anchor = day, anchor or day

    def at(self, anchor: date) -> "Scene":
        return Scene(self.feeds, self.roster, self.parameters, self.calendar, self.day, anchor)

    @property
    def calendar_year(self) -> Window:
        return date(self.anchor.year, 1, 1), self.day

    @property
    def last_month(self) -> Window:
        return add_months(self.anchor, -1), self.day

    @property
    def term(self) -> Window:
        return self.calendar.term_start(self.anchor), self.day

    def last_days(self, count: int) -> Window:
        return add_days(self.anchor, -count), self.day

    @property
    def has_others(self) -> bool:
        """Are there departments beside the five that decide most?"""
        return "health.death" in self.feeds.feeds

    @property
    def month_start(self) -> date:
        return self.anchor.replace(day=1)

    def month_before(self, count: int) -> Window:
        """The whole calendar month so many before the list's."""
        return add_months(self.month_start, -count), add_months(self.month_start, 1 - count)

    def last_months(self, count: int) -> Window:
        return add_months(self.anchor, -count), self.day

    def parameter(self, name: str, subject: Subject) -> Decimal:
        return self.parameters.value(name, subject.region, self.anchor)

    def satisfying(self, dataset: str, subject: Subject, condition: Condition = lambda f: True,
                   window: Window | None = None) -> list[tuple[Fact, Truth]]:
        """Facts that satisfy, or may; the event lies in the window, or before the day."""
        found = []
        for fact in self.feeds.of(dataset, subject.facts):
            truth = condition(fact)
            if DATASETS[dataset].event:
                truth = both(truth, inside(fact.event, window) if window else before(fact.event, self.day))
            if truth is not False:
                found.append((fact, truth))
        return found

    def absent(self, dataset: str, subject: Subject, condition: Condition = lambda f: True,
               window: Window | None = None) -> Truth:
        found = exists(self.satisfying(dataset, subject, condition, window))
        if found is False and self.feeds.may_concern(dataset, subject.persons):
            return None
        return negated(found)

    def latest(self, dataset: str, subject: Subject, field: str) -> Fact | None:
        """The fact of the greatest event date, ties by the greater key; nobody's when a fact known to the month may be
        later and says otherwise."""
        found = self.satisfying(dataset, subject)
        sure = [f for f, truth in found if truth]
        if not sure:
            return None
        bound = max(f.event.first for f in sure)
        running = [f for f, _ in found if f.event.last >= bound]
        if any(f.event.first != f.event.last for f in running) and len({f.values[field] for f in running}) > 1:
            return None
        return max((f for f in running if f in sure), key=lambda f: (f.event, "\x1f".join(f.key).encode()))


def exists(found: list[tuple[Fact, Truth]]) -> Truth:
    return either(*(truth for _, truth in found))


def evidence(*founds: Iterable[tuple[Fact, Truth]]) -> list[Fact]:
    return [fact for found in founds for fact, truth in found if truth]


def total(found: list[tuple[Fact, Truth]], value: Callable[[Fact], Any]) -> tuple[Decimal, Decimal]:
    """The sum: the least and the most it can be."""
    least = most = Decimal(0)
    for fact, truth in found:
        amount = value(fact) or 0
        least += amount if truth or amount < 0 else 0
        most += amount if truth or amount > 0 else 0
    return least, most


def at_least(found: list[tuple[Fact, Truth]], value: Callable[[Fact], Any], line: Decimal) -> tuple[Truth, Any]:
    """Is the greatest value at least the line? None of them: unknown. And the greatest one known."""
    sure = [value(f) for f, truth in found if truth and value(f) is not None]
    maybe = [value(f) for f, truth in found if truth is None and value(f) is not None]
    greatest = max(sure, default=None)
    if greatest is not None and greatest >= line:
        return True, greatest
    return (None if greatest is None or any(v >= line for v in maybe) else False), greatest
