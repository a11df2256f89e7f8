"""The roster as the bureau exports it each day, and what changes in it from day to day."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Callable, Iterable, Sequence

from . import days as d
from .columns import ROSTER
from .people import CLASS_LABELS, LIFTED, ORIGIN_LABELS, Household, Maker, Person, ordinary_household
from .records import csv_line

RELATION_CODES = {"户主": "01", "配偶": "10", "子": "20", "女": "30", "父亲": "51", "母亲": "52", "孙子": "41", "孙女": "42"}
Change = Callable[[], None]


def school_texts(person: Person, household: Household, today: date) -> tuple[str, str, str]:
    years = d.age(person.birth, d.school_cutoff(today))
    if person.at_school == "blank":
        return "", "", ""
    if 6 <= years < 16:
        if person.at_school == "none":
            return "", person.study_reason or "其他", "是" if household.is_registered else ""
        return ("小学" if years < 12 else "初中"), "", "否"
    return ("高中" if 16 <= years < 18 else ""), "", ""


def labour_text(person: Person, today: date, salt: int) -> str:
    years = d.age(person.birth, today)
    if person.labour:
        return person.labour
    if years < 16:
        return "无劳动力"
    if years < 60:
        return "技能劳动力" if salt % 7 == 2 else "普通劳动力"
    return "弱劳动力或半劳动力" if years < 78 else "丧失劳动力"


def birth_text(person: Person, salt: int) -> str:
    return (d.compact, d.iso, d.iso, d.slashed, d.chinese)[salt % 5](person.birth)


def person_line(household: Household, person: Person, today: date) -> str:
    """One row. How it is written depends on the person alone, so that an unchanged row stays the same text."""
    salt = int(person.person_no[-6:])
    status, reason, dropout = school_texts(person, household, today)
    was_monitored = bool(household.monitor_class)
    registered = household.is_registered
    cleared = household.cleared_on is not None
    return csv_line((
        household.household_no, person.person_no, person.name, person.shown_number,
        RELATION_CODES.get(person.relation, person.relation) if salt % 11 == 3 else person.relation,
        ("12"[not person.male] if salt % 13 == 4 else "男女"[not person.male]),
        birth_text(person, salt), person.phone,
        household.village.code, household.village.name, household.village.township,
        "监测对象" if was_monitored and not cleared else ORIGIN_LABELS[household.origin],
        ORIGIN_LABELS[household.origin], CLASS_LABELS[household.monitor_class],
        ("是" if cleared else "否") if was_monitored else "", d.iso(household.cleared_on),
        money_text(household.income, salt) if registered or was_monitored else "",
        "否是"[household.unsafe], "是" if household.safe_water else "否",
        "否是"[household.house_damaged] if cleared else "", "否是"[household.water_damaged] if cleared else "",
        "是" if person.insured == "normal" else "否", "否", person.covered or ("是" if person.insured == "normal" else "否"),
        status, reason, dropout, labour_text(person, today, salt)))


def money_text(fen: int, salt: int = 0) -> str:
    yuan, rest = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    if salt % 17 == 5:
        return f"{sign}{yuan:,}.{rest:02d}"
    if salt % 3 == 1 and rest == 0:
        return f"{sign}{yuan}"
    return f"{sign}{yuan}.{rest:02d}"


class Roster:
    """The households on the roster, and what is to change on which day (by index)."""

    def __init__(self, households: Iterable[Household], days: Sequence[date]) -> None:
        self.households: dict[str, Household] = {h.household_no: h for h in households}
        self.days = days
        self.changes: list[list[Change]] = [[] for _ in days]
        self.log: list[dict[str, str]] = []
        self._lines: dict[str, str] = {}

    def on(self, index: int, change: Change) -> None:
        self.changes[index].append(change)

    def touch(self, household: Household) -> None:
        self._lines.pop(household.household_no, None)

    def join(self, household: Household) -> None:
        self.households[household.household_no] = household
        self.touch(household)

    def leave(self, household: Household) -> None:
        self.households.pop(household.household_no, None)
        self.touch(household)

    def write(self, out: Path) -> int:
        """Every day's file; the number of rows of the last one."""
        rows = 0
        for index, day in enumerate(self.days):
            for change in self.changes[index]:
                change()
            rows = self._write_day(out / d.iso(day) / f"roster-{d.iso(day)}.csv", day)
        return rows

    def _write_day(self, path: Path, day: date) -> int:
        path.parent.mkdir(parents=True, exist_ok=True)
        charset = "utf-8-sig" if day.day % 2 else "gb18030"
        rows = 0
        with path.open("w", encoding=charset, newline="") as out:
            out.write(csv_line(ROSTER) + "\r\n")
            for number in sorted(self.households):
                household = self.households[number]
                rows += len(household.members)
                out.write(self._household_lines(household))
        return rows

    def _household_lines(self, household: Household) -> str:
        lines = self._lines.get(household.household_no)
        if lines is None:
            last = self.days[-1]
            lines = "".join([person_line(household, p, last) + "\r\n" for p in household.members])
            self._lines[household.household_no] = lines
        return lines


class DailyLife:
    """The ordinary changes of each day after the first, a few of every kind for 60,000 persons."""

    def __init__(self, seed: int, roster: Roster, maker: Maker, households: list[Household]) -> None:
        self.rng = Random(f"{seed}/life")
        self.roster = roster
        self.maker = maker
        self.pool = [h for h in households if not h.quiet]
        self.scale = max(1, len(self.pool) // 17000)

    def plan(self) -> list[Household]:
        """Plans all days; returns the households that will join, whom the departments know already."""
        joiners: list[Household] = []
        for index in range(1, len(self.roster.days)):
            for _ in range(2 * self.scale):
                joiner = ordinary_household(self.maker, "general" if self.rng.random() < 0.8 else LIFTED)
                joiners.append(joiner)
                self._later(index, "joined", joiner, lambda h=joiner: self.roster.join(h))
            for kind, times, change in (
                    ("left", 2, self.roster.leave), ("split", 2, self._split), ("merged", 1, self._merge),
                    ("new householder", 3, self._new_head), ("class", 3, self._class), ("cleared", 2, self._clear)):
                for _ in range(times * self.scale):
                    household = self._take(kind)
                    if household is not None:
                        self._later(index, kind, household, lambda h=household, c=change, i=index: self._apply(c, h, i))
        return joiners

    def _later(self, index: int, kind: str, household: Household, change: Change) -> None:
        self.roster.on(index, change)
        self.roster.log.append({"day": d.iso(self.roster.days[index]), "change": kind,
                                "household_no": household.household_no})

    def _apply(self, change: Callable[..., None], household: Household, index: int) -> None:
        if change in (self._split, self._merge, self._clear):
            change(household, index)
        else:
            change(household)
        self.roster.touch(household)

    def _take(self, kind: str) -> Household | None:
        """A household not used yet to which this can happen."""
        for _ in range(2000):
            if not self.pool:
                return None
            household = self.pool[int(self.rng.random() * len(self.pool))]
            if household.quiet or not self._fits(kind, household):
                continue
            household.quiet = True
            return household
        return None

    def _fits(self, kind: str, household: Household) -> bool:
        members = household.members
        if kind == "cleared":
            return household.is_monitored
        if kind == "class":
            children = any(5 <= d.age(p.birth, self.maker.today) < 19 for p in members)
            healthy = all(p.insured == "normal" and p.number == p.shown_number for p in members)
            return not household.monitor_class and not children and healthy and bool(members[0].number)
        if kind in ("split", "new householder"):
            return len(members) >= 3 and d.age(members[-1].birth, self.maker.today) >= 0
        return not household.monitor_class

    def _split(self, household: Household, index: int) -> None:
        moved = household.members.pop(1)
        part = Household(f"9902{household.household_no[4:]}", household.village, household.origin,
                         household.monitor_class, household.cleared_on, household.income, [moved])
        moved.relation = "户主"
        self.roster.join(part)

    def _merge(self, household: Household, index: int) -> None:
        """All of it moves into another household of the village, which keeps its number."""
        for other in self.roster.households.values():
            if other is not household and other.village == household.village and not other.quiet \
                    and other.origin == household.origin and not other.monitor_class:
                for person in household.members:
                    person.relation = "其他"
                other.members += household.members
                self.roster.leave(household)
                self.roster.touch(other)
                return

    def _new_head(self, household: Household) -> None:
        old = household.members.pop(0)
        household.members[0].relation = "户主"
        household.members.append(old)
        old.relation = "父亲" if old.male else "母亲"

    def _class(self, household: Household) -> None:
        household.monitor_class = "unstable" if household.origin == LIFTED else "marginal"
        household.income = max(650000, min(household.income, 860000))

    def _clear(self, household: Household, index: int) -> None:
        household.cleared_on = d.add(self.roster.days[index], -1)
