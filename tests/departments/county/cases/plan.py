"""What every planted case needs: its own household, records that show on the right day, and an entry in the truth.

A case is planted whatever the size of the county. `first` is the first day of the runs, `last` the last one and
`mid` a day between them, before the last. A case whose dates cannot be had (a window that is empty on that day)
raises Skip and is listed under `skipped`."""
from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import Callable, Iterator, Sequence

from .. import days as d
from .. import names
from ..background import Background
from ..columns import ALL
from ..people import Household, Maker, Person
from ..records import Literal, Records
from ..roster import Roster, money_text

RURAL_INCOME = {2025: 2000000, 2026: 2100000}     # fen; a later year keeps the last one


class Skip(Exception):
    """This case cannot be planted on these days."""


def rural_income(day: date) -> int:
    return RURAL_INCOME[min(max(day.year, min(RURAL_INCOME)), max(RURAL_INCOME))]


class Plan:
    def __init__(self, days: Sequence[date], maker: Maker, records: Records, background: Background) -> None:
        self.days = days
        self.first, self.last = days[0], days[-1]
        self.mid = days[(len(days) - 1) // 2]
        self.maker = maker
        self.records = records
        self.background = background
        self.roster: Roster | None = None      # set before anything is written
        self.households: list[Household] = []
        self.joining: list[tuple[int, Household]] = []
        self.moves: list[tuple[int, Callable[[], object]]] = []
        self.cases: list[dict[str, object]] = []
        self.skipped: list[dict[str, str]] = []
        self._heads = 0

    # -- households ----------------------------------------------------------------------------------------------

    def household(self, kind: str = "lifted", children: Sequence[int] = (), spouse: bool = True,
                  origin: str = "") -> Household:
        """A quiet household: insured, its children enrolled and aided, nothing else known of it."""
        maker = self.maker
        household = maker.empty_household(kind)
        household.quiet = True
        if origin:
            household.origin = origin
        self._heads += 1
        household.members.append(maker.person("户主", 45, True, name=names.of_case(self._heads)))
        if spouse:
            household.members.append(maker.person("配偶", 44, False))
        for years in children:
            self.child(household, years=years)
        for person in household.members:
            person.ordinary = False
        self.households.append(household)
        return household

    def child(self, household: Household, years: int | None = None, birth: date | None = None) -> Person:
        male = len(household.members) % 2 == 0
        child = self.maker.person("子" if male else "女", years, male, birth, family=household.head.name[0])
        child.ordinary = False
        household.members.append(child)
        return child

    # -- days ----------------------------------------------------------------------------------------------------

    def need_days(self, count: int) -> None:
        if len(self.days) < count:
            raise Skip(f"needs {count} days")

    def before(self, day: date) -> date:
        """The run before this one."""
        index = self.days.index(day)
        if index == 0:
            raise Skip("needs a day before")
        return self.days[index - 1]

    def seen(self, event: date) -> date | None:
        """The day a record of an event of that day first shows: the day after, or from the beginning."""
        shown = d.add(event, 1)
        return shown if shown > self.first else None

    def shown_from(self, day: date) -> date | None:
        return day if day > self.first else None

    def in_year(self, day: date, back: int = 1) -> date:
        """A day `back` days before, in the same calendar year."""
        event = d.add(day, -back)
        if event.year != day.year:
            event = d.year_start(day)
        if event >= day:
            raise Skip("the calendar year has only begun")
        return event

    def in_term(self, day: date, back: int = 1) -> date:
        event = max(d.add(day, -back), d.term_start(day))
        if event >= day:
            raise Skip("the term has only begun")
        return event

    def _known(self, event: date | str, shown: date | None) -> date:
        """When the department wrote it down: who asks for what is new since yesterday must get it."""
        if shown:
            return d.add(shown, -1)
        return event if isinstance(event, date) and event < self.first else d.add(self.first, -30)

    # -- records -------------------------------------------------------------------------------------------------

    def settlement(self, person: Person, event: date | str, amount: int | str, *, shown: date | None = None,
                   until: date | None = None, number: str | None = None, name: str | None = None,
                   setl_id: str = "", updated: date | None = None, kind: str = "11") -> str:
        """`event` as text is taken as it is; so is `amount`; else it is fen. Returns the record's key."""
        setl_id = setl_id or self.records.serial("JSP")
        when = f"{event.isoformat()} 10:30:00" if isinstance(event, date) else event
        updated = updated or self._known(event, shown)
        text = money_text(amount) if isinstance(amount, int) else amount
        self.records.add("health_insurance.settlement", (
            setl_id, person.number if number is None else number, name or person.name, when, kind, Literal("50000.00"), text,
            f"{updated.isoformat()} 18:00:00"), shown, until)
        return setl_id

    def insured(self, person: Person, year: int, status: str, *, shown: date | None = None, until: date | None = None,
                number: str | None = None, name: str | None = None, psn_no: str = "", scheme: str = "390",
                updated: date | None = None) -> str:
        psn_no = psn_no or self.records.serial("CBP")
        updated = updated or d.add(shown or self.first, -1)
        self.records.add("health_insurance.enrolment", (
            psn_no, person.number if number is None else number, name or person.name, scheme, Literal(year), status,
            f"{updated.isoformat()} 17:00:00"), shown, until)
        return psn_no

    def pupil(self, person: Person, status: str = "在籍", *, mode: str = "走读", shown: date | None = None,
              until: date | None = None, number: str | None = None, name: str | None = None, student_no: str = "",
              updated: date | None = None) -> str:
        student_no = student_no or f"G{person.number}"
        updated = updated or d.add(shown or self.first, -1)
        years = d.age(person.birth, d.school_cutoff(self.last))
        self.records.add("education.enrolment", (
            student_no, person.number if number is None else number, name or person.name, d.iso(person.birth),
            "男女"[not person.male], "石桥镇中心小学", f"{max(1, years - 5)}年级", status, mode,
            f"{self.first.year - 1}-09-01", f"{updated.isoformat()} 09:00:00"), shown, until)
        return student_no

    def absence(self, person: Person, event: date | str, length: int | str, leave: str = "旷课", *,
                shown: date | None = None, until: date | None = None, number: str | None = None,
                absence_no: str = "", updated: date | None = None) -> str:
        absence_no = absence_no or self.records.serial("QQP")
        updated = updated or self._known(event, shown)
        text = d.iso(event) if isinstance(event, date) else event
        self.records.add("education.attendance", (
            absence_no, person.number if number is None else number, person.name, text, Literal(length), leave,
            f"{updated.isoformat()} 16:00:00"), shown, until)
        return absence_no

    def aid(self, person: Person, event: date | str, *, shown: date | None = None, amount: str = "625.00") -> None:
        text = d.iso(event) if isinstance(event, date) else event
        self.records.add("education.aid", (
            self.records.serial("ZZP"), person.number, person.name, "家庭经济困难学生生活补助", amount, text), shown)

    def relief(self, person: Person, event: date | str, amount: int | str, *, shown: date | None = None,
               until: date | None = None, relief_no: str = "", number: str | None = None, name: str | None = None) -> str:
        relief_no = relief_no or self.records.serial("LSP")
        text = d.iso(event) if isinstance(event, date) else event
        amount = money_text(amount) if isinstance(amount, int) else amount
        self.records.add("civil_affairs.relief", (
            relief_no, person.number if number is None else number, name or person.name, "突发疾病", amount, text),
            shown, until)
        return relief_no

    def allowance(self, household: Household, *, decision: str = "同意", applied: str = "", started: str = "",
                  ended: str = "", reason: str = "", holder: Person | None = None, shown: date | None = None,
                  until: date | None = None, certificate: str = "") -> str:
        person = holder or household.head
        certificate = certificate or self.records.serial("DBP")
        self.records.add("civil_affairs.allowance", (
            certificate, person.number, person.name, household.village.name, "B", "320.00", applied, decision, started,
            ended, reason), shown, until)
        return certificate

    def hardship(self, person: Person, started: str, *, ended: str = "", shown: date | None = None) -> None:
        self.records.add("civil_affairs.hardship", (
            self.records.serial("TKP"), person.number, person.name, "分散供养", started, ended), shown)

    def house(self, household: Household, grade: str, assessed: date | str, *, alternative: str = "无",
              shown: date | None = None, until: date | None = None, number: str | None = None, name: str | None = None,
              village: str = "", house_no: str = "") -> str:
        house_no = house_no or self.records.serial("FWP")
        text = d.iso(assessed) if isinstance(assessed, date) else assessed
        self.records.add("housing.assessment", (
            house_no, name or household.head.name, household.head.number if number is None else number,
            village or household.village.name, grade, text, "是", alternative), shown, until)
        return house_no

    def renovation(self, household: Household, finished: date | str, *, shown: date | None = None,
                   grant: str = "2.1") -> None:
        text = d.iso(finished) if isinstance(finished, date) else finished
        self.records.add("housing.renovation", (
            self.records.serial("GZP"), household.head.name, household.head.number, household.village.code, "翻建",
            "2020-03-01", text, grant), shown)

    def row(self, dataset: str, person: Person, *, shown: date | None = None, **columns: str) -> None:
        """A record of one of the smaller registers; its number of its own where nothing is said, blank what isn't named."""
        names = ALL[dataset][2]
        whose = {"sfzh": person.number, "xm": person.name, "hz_sfzh": person.number, "hz_xm": person.name, "zjhm": person.number,
                 "证件号码": person.number, "姓名": person.name, "身份证号": person.number, "户主姓名": person.name,
                 names[0]: self.records.serial("P" + dataset[:2].upper() + dataset.split(".")[1][:3].upper())}
        values = {**{k: v for k, v in whose.items() if k in names}, **columns}
        self.records.add(dataset, tuple(values.get(name, "") for name in names), shown)

    # -- the roster ----------------------------------------------------------------------------------------------

    def move(self, day: date, household: Household, change: Callable[[Roster, Household], object]) -> None:
        """`change(roster, household)` happens on that day."""
        self.moves.append((self.days.index(day), lambda: (change(self.roster, household), self.roster.touch(household))))

    def joins(self, day: date, household: Household) -> None:
        """The household comes on the roster on that day only."""
        if day == self.first:
            raise Skip("needs a day before")
        self.households.remove(household)
        self.joining.append((self.days.index(day), household))

    # -- the truth -----------------------------------------------------------------------------------------------

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """Whatever is planted inside is dropped again, with the reason, when it raises Skip."""
        households, cases, joining, moves = (len(x) for x in (self.households, self.cases, self.joining, self.moves))
        rows = self.records.counts()
        try:
            yield
        except Skip as reason:
            del self.households[households:], self.cases[cases:], self.joining[joining:], self.moves[moves:]
            for dataset, count in rows.items():
                del self.records.rows[dataset][count:]
            self.skipped.append({"case": name, "reason": str(reason)})

    def expect(self, name: str, rule: str, subject: Household | str, expect: str, day: date | None = None, *,
               person: Person | None = None, opened: date | None = None, kind: str = "", note: str = "",
               sure: bool = True) -> None:
        """`day` is when it opens, clears, escalates or is withdrawn; `opened` when that is another day."""
        works = subject if isinstance(subject, str) else None
        if not kind and expect != "never":
            opening = opened or day
            kind = "works" if works else "standing" if opening == self.first else subject.kind_of_lead
        self.cases.append({
            "case": name, "rule": rule, "household_no": None if works else subject.household_no, "works_no": works,
            "person_no": person.person_no if person else None, "day": d.iso(day) or None,
            "opened": d.iso(opened or (day if expect != "never" else None)) or None,
            "expect": expect, "kind": kind or None, "sure": sure, "note": note})

    def opens(self, name: str, rule: str, subject: Household | str, day: date, **more) -> None:
        self.expect(name, rule, subject, "opens", day, **more)

    def never(self, name: str, rule: str, subject: Household | str, **more) -> None:
        self.expect(name, rule, subject, "never", **more)
