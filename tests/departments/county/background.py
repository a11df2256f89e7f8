"""What the departments know of ordinary people: roster persons without a risk, a little noise, and strangers."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count
from random import Random
from typing import Iterator, Sequence

from . import days as d
from . import names
from .numbers import PLANTED_STRANGER_PLACE, STRANGER_PLACES, dirty, dirty_beyond, make, scientific, mistype, to_certificate
from .people import Household, Person
from .places import Village
from .records import Literal, Records
from .roster import money_text

SCHOOLS = ("石桥镇中心小学", "龙潭镇中心小学", "县第一小学", "县第三中学", "青山镇初级中学", "白水镇九年一贯制学校", "县特殊教育学校")
CAUSES = ("突发疾病", "意外伤害", "火灾", "家庭变故", "务工受阻")
HOW = ("翻建", "加固", "修缮", "新建")


@dataclass(slots=True)
class Stranger:
    name: str
    number: str
    birth: date
    male: bool


def make_strangers(seed: int, wanted: int, today: date) -> list[Stranger]:
    rng = Random(f"{seed}/strangers")
    people = []
    for i in range(wanted):
        male = rng.random() < 0.5
        birth = d.add(today, -400 - int(rng.random() * 29000))
        number = make(STRANGER_PLACES[i % len(STRANGER_PLACES)], birth, male, int(rng.random() * 500))
        people.append(Stranger(names.full(rng, male), number, birth, male))
    return people


def make_planted(seed: int, today: date) -> list[Stranger]:
    rng = Random(f"{seed}/planted strangers")
    people = []
    for i, name in enumerate(names.planted_strangers()):
        birth = d.add(today, -3000 - int(rng.random() * 22000))
        people.append(Stranger(name, make(PLANTED_STRANGER_PLACE, birth, i % 2 == 0, i // 2), birth, i % 2 == 0))
    return people


class Background:
    """Adds ordinary records. Each `know_*` method is told of one person or household."""

    def __init__(self, seed: int, records: Records, days: Sequence[date], villages: list[Village]) -> None:
        self.rng = Random(f"{seed}/background")
        self.records = records
        self.first, self.last = days[0], days[-1]
        self.villages = villages
        self.years = sorted({self.first.year, self.last.year})
        self.term = d.term_start(self.first)
        # School age on any of the days; pupils of the edge years are enrolled as well.
        self.cutoffs = (d.school_cutoff(self.first), d.school_cutoff(self.last))

    # -- roster persons ------------------------------------------------------------------------------------------

    def know_household(self, household: Household) -> None:
        for person in household.members:
            if person.number:
                self.know_person(household, person)
        self._allowance_of(household)
        if not household.quiet and self.rng.random() < 0.5:
            self.house(household.head.name, household.head.number, household.village)

    def know_person(self, household: Household, person: Person) -> None:
        number = self._number(person, household)
        name = person.name if household.quiet else names.as_written(self.rng, person.name)
        if person.insured == "normal":
            for year in self.years:
                self.insured(name, number, year, "4" if person.died else "1")
        if person.at_school != "none":
            self._pupil(household, person, name, number)
        if not person.ordinary or person.died:
            return
        if self.rng.random() < 0.45:
            for _ in range(1 + int(self.rng.random() * 2)):
                self.settlement(name, number)
        if self.rng.random() < 0.02 and d.age(person.birth, self.last) > 20:
            self.disability(name, to_certificate(person.number, 4, 2))

    def _number(self, person: Person, household: Household) -> str:
        return person.number if household.quiet else dirty(self.rng, person.number)

    def _pupil(self, household: Household, person: Person, name: str, number: str) -> None:
        oldest, youngest = (max(d.age(person.birth, c) for c in self.cutoffs),
                            min(d.age(person.birth, c) for c in self.cutoffs))
        if oldest < 6 or youngest > 18 or (youngest > 15 and self.rng.random() < 0.3):
            return
        mode = "送教上门" if person.ordinary and self.rng.random() < 0.004 else ""
        self.pupil(name, number, person.birth, person.male, oldest, person.number, mode=mode)
        if person.aided and (household.is_registered or household.monitor_class or self.rng.random() < 0.03):
            self.aid(name, number, self.term)
            if self.last >= d.add(d.term_start(self.last), 20) and d.term_start(self.last) != self.term:
                self.aid(name, number, d.term_start(self.last))
        if person.ordinary and not mode and self.rng.random() < 0.08:
            self.absence(name, number)

    def _allowance_of(self, household: Household) -> None:
        """Monitored households below the line, and some lifted ones, hold the allowance for long."""
        poor = household.is_monitored and not household.quiet
        if poor and self.rng.random() < 0.3:
            household.income = 380000 + int(self.rng.random() * 200000)
        elif household.quiet or household.origin == "general" or self.rng.random() > 0.12:
            return
        self.allowance(household.head.name, household.head.number, household.village)

    # -- one record each -----------------------------------------------------------------------------------------

    def insured(self, name: str, number: str, year: int, status: str = "1") -> None:
        rng = self.rng
        status = {"1": "1" if rng.random() < 0.7 else "正常参保"}.get(status, status)
        employee = rng.random() < 0.08
        scheme = ("310" if rng.random() < 0.5 else "职工基本医疗保险") if employee else (
            "390" if rng.random() < 0.8 else "城乡居民基本医疗保险")
        day = d.add(date(year, 1, 1), -20 - int(rng.random() * 60))
        self.records.add("health_insurance.enrolment", (
            self.records.serial(f"CB{year}"), number, name, scheme, Literal(year), status, d.moment(rng, day)))

    def settlement(self, name: str, number: str, day: date | None = None) -> None:
        """Small amounts: four of them stay far below every line."""
        rng = self.rng
        day = day or self._past_day(400)
        burden = 2000 + int(rng.random() ** 3 * 180000)
        total = burden * (2 + int(rng.random() * 3)) + int(rng.random() * 100)
        amount = self._amount(burden)
        known = d.add(day, 1)
        self.records.add("health_insurance.settlement", (
            self.records.serial("JS"), number, name, self._time(day), self.visit(), Literal(money_text(total)), amount,
            d.moment(rng, day)), known if known > self.first else None)

    def visit(self) -> str:
        """In hospital, for a lasting illness, or just to the doctor."""
        return ("21", "14", "11", "普通门诊", "11", "门诊慢特病", "住院", "11", "11", "11")[int(self.rng.random() * 10)]

    def low_income(self, name: str, number: str, village: Village, started: date) -> None:
        rng, known = self.rng, d.add(started, 1)
        self.records.add("civil_affairs.low_income", (
            self.records.serial("RD"), number, name, village.as_written(rng), ("低保边缘家庭", "刚性支出困难家庭", "1", "2")[int(rng.random() * 4)],
            d.some_form(rng, started), ""), known if known > self.first else None)

    def child(self, name: str, number: str, started: date) -> None:
        rng, known = self.rng, d.add(started, 1)
        self.records.add("civil_affairs.child", (
            self.records.serial("ET"), number, name, ("事实无人抚养儿童", "困境儿童", "孤儿", "1")[int(rng.random() * 4)],
            d.some_form(rng, started), ""), known if known > self.first else None)

    def pupil(self, name: str, number: str, birth: date, male: bool, years: int, own_number: str = "",
              mode: str = "", status: str = "") -> None:
        rng = self.rng
        student_no = f"G{own_number}" if own_number and rng.random() < 0.95 else self.records.serial("L9901")
        start = date(self.first.year - 1 - int(rng.random() * 3), 9, 1)
        grade = f"{max(1, min(12, years - 5))}年级"
        self.records.add("education.enrolment", (
            student_no, number, name, d.some_form(rng, birth), "男女"[not male], SCHOOLS[int(rng.random() * len(SCHOOLS))],
            grade, status or ("在籍" if rng.random() < 0.7 else "1"), mode or ("走读" if rng.random() < 0.6 else "2"),
            d.some_form(rng, start), d.moment(rng, d.add(start, 5))))

    def absence(self, name: str, number: str, day: date | None = None) -> None:
        """Either excused or short."""
        rng = self.rng
        day = day or self._past_day(120)
        excused = rng.random() < 0.7
        length = 1 + int(rng.random() * (12 if excused else 4))
        leave = ("病假", "1", "事假", "2")[int(rng.random() * 4)] if excused else ("旷课" if rng.random() < 0.5 else "0")
        known = d.add(day, 1)
        self.records.add("education.attendance", (
            self.records.serial("QQ"), number, name, d.some_form(rng, day), Literal(length), leave, d.moment(rng, day)),
            known if known > self.first else None)

    def aid(self, name: str, number: str, term: date) -> None:
        rng = self.rng
        day = d.add(term, 3 + int(rng.random() * 40))
        if day >= self.last:
            day = d.add(self.last, -1) if self.last > term else term
        known = d.add(day, 1)
        amount = ("500", "625.00", "1,000.00", "1250元", Literal("750.00"))[int(rng.random() * 5)]
        self.records.add("education.aid", (
            self.records.serial("ZZ"), number, name, "家庭经济困难学生生活补助", amount, d.some_form(rng, day)),
            known if known > self.first else None)

    def allowance(self, name: str, number: str, village: Village, started: date | None = None,
                  ended: date | None = None, reason: str = "") -> None:
        rng = self.rng
        started = started or d.add(self.first, -120 - int(rng.random() * 1500))
        monthly = f"{200 + int(rng.random() * 300)}.00"
        self.records.add("civil_affairs.allowance", (
            self.records.serial("DB"), number, name, village.as_written(rng), "ABC"[int(rng.random() * 3)], monthly,
            d.some_form(rng, d.add(started, -30)), "同意" if rng.random() < 0.8 else "1", d.some_form(rng, started),
            d.iso(ended), reason))

    def relief(self, name: str, number: str, day: date, fen: int) -> None:
        known = d.add(day, 1)
        self.records.add("civil_affairs.relief", (
            self.records.serial("LS"), number, name, CAUSES[int(self.rng.random() * len(CAUSES))],
            money_text(fen, int(self.rng.random() * 50)), d.some_form(self.rng, day)),
            known if known > self.first else None)

    def hardship(self, name: str, number: str, started: date) -> None:
        known = d.add(started, 1)
        self.records.add("civil_affairs.hardship", (
            self.records.serial("TK"), number, name, "分散供养" if self.rng.random() < 0.7 else "集中供养",
            d.some_form(self.rng, started), ""), known if known > self.first else None)

    def disability(self, name: str, certificate: str) -> None:
        rng = self.rng
        self.records.add("civil_affairs.disability_allowance", (
            self.records.serial("CB"), certificate, name, ("困难残疾人生活补贴", "重度残疾人护理补贴", "1", "2")[int(rng.random() * 4)],
            f"{80 + int(rng.random() * 60)}", d.some_form(rng, d.add(self.first, -60 - int(rng.random() * 1500))), ""))

    def house(self, name: str, number: str, village: Village, grade: str = "", assessed: date | None = None,
              alternative: str = "无") -> None:
        rng = self.rng
        grade = grade or ("A", "A级", "甲", "B", "B级", "乙")[int(rng.random() * 6)]
        assessed = assessed or d.add(self.first, -30 - int(rng.random() * 1200))
        known = d.add(assessed, 1)
        if rng.random() < 0.25:
            number = ""
        self.records.add("housing.assessment", (
            self.records.serial("FW"), name, number, village.as_written(rng), grade, d.some_form(rng, assessed), "是",
            alternative), known if known > self.first else None)

    def renovation(self, name: str, number: str, village: Village, finished: date) -> None:
        rng = self.rng
        self.records.add("housing.renovation", (
            self.records.serial("GZ"), name, number, village.as_written(rng), HOW[int(rng.random() * len(HOW))],
            d.some_form(rng, d.add(finished, -90)), d.some_form(rng, finished),
            ("1.4", "2", "3.5000", "0.85", "2.1万元", "14000元")[int(rng.random() * 6)]))

    # -- small helpers -------------------------------------------------------------------------------------------

    def _past_day(self, within: int) -> date:
        return d.add(self.last, -1 - int(self.rng.random() * within))

    def _time(self, day: date) -> str:
        if self.rng.random() < 0.8:
            return d.moment(self.rng, day)
        return d.some_form(self.rng, day)

    def _amount(self, fen: int) -> str:
        chance = self.rng.random()
        text = money_text(fen)
        if chance < 0.5:
            return Literal(text)
        if chance < 0.9:
            return text
        return (d.widen(text), f"{fen // 100:,}.{fen % 100:02d}", f"{text}元", f" {text} ")[int((chance - 0.9) * 40)]


class Noise:
    """Real risks that nobody planted: a few a night for 60,000 persons, and what has gathered before the first day."""

    def __init__(self, background: Background, households: list[Household], persons: int) -> None:
        self.back = background
        self.rng = background.rng
        self.pool = [h for h in households if not h.quiet and h.head.number]
        self.scale = persons / 60000

    def _times(self, rate: float) -> int:
        expected = rate * self.scale
        return int(expected) + (self.rng.random() < expected % 1)

    def _some(self, registered: bool | None = None) -> Household:
        while True:
            household = self.pool[int(self.rng.random() * len(self.pool))]
            if registered is None or household.is_registered == registered:
                return household

    def add(self) -> None:
        back, first, last = self.back, self.back.first, self.back.last
        for ago in range((last - first).days + 31):
            day = d.add(last, -1 - ago)
            for _ in range(self._times(5)):
                head = self._some().head
                back.relief(head.name, head.number, day, 20000 + int(self.rng.random() * 300000))
            for _ in range(self._times(4)):
                head = self._some().head
                back.relief(head.name, head.number, day, 5000 + int(self.rng.random() * 14000))
            for _ in range(self._times(1)):
                self._granted(day)
                household = self._some(True)
                back.low_income(household.head.name, household.head.number, household.village, day)
            for _ in range(self._times(0.6)):
                head = self._some().head
                back.hardship(head.name, head.number, day)
        self._houses()
        self._bills()

    def _granted(self, day: date) -> None:
        household = self._some(True)
        self.back.allowance(household.head.name, household.head.number, household.village, day)

    def _houses(self) -> None:
        back = self.back
        for n in range(self._times(160)):
            household = self._some()
            head, village = household.head, household.village
            assessed = d.add(back.last, -1 - int(self.rng.random() * 900))
            kind = n % 8
            back.house(head.name, head.number, village, ("C", "D", "C级危房", "丁")[n % 4], assessed,
                       "有" if kind >= 6 else "无")
            if 1 <= kind < 6:
                back.renovation(head.name, head.number, village, d.add(assessed, 1 + int(self.rng.random() * 300)))

    def _bills(self) -> None:
        """Large bills, half of them of the days of the runs."""
        back = self.back
        for n in range(self._times(40)):
            household = self._some()
            person = household.head
            day = d.add(back.last, -1 - int(self.rng.random() * (8 if n % 2 else 200)))
            known = d.add(day, 1)
            burden = 1100000 + int(self.rng.random() * 2500000)
            back.records.add("health_insurance.settlement", (
                back.records.serial("JS"), person.number, person.name, d.moment(self.rng, day), "住院",
                Literal(money_text(burden * 2)), money_text(burden), d.moment(self.rng, day)),
                known if known > back.first else None)


class Crowd:
    """Records of people who are not on the roster: most of what departments send."""

    # Of 100 records of strangers, and the fewest of a dataset whatever the county's size.
    SHARES = (("settlement", 48, 4000), ("insured", 24, 2500), ("pupil", 9, 1500), ("absence", 3, 1200), ("aid", 4, 1200),
              ("allowance", 3, 1200), ("hardship", 1, 600), ("relief", 2, 1500), ("disability", 2, 600),
              ("house", 3, 1200), ("renovation", 1, 800), ("low_income", 1, 300), ("child", 1, 300))

    def __init__(self, background: Background, strangers: list[Stranger], planted: list[Stranger]) -> None:
        self.back = background
        self.rng = background.rng
        self.strangers = strangers
        self.young = [s for s in strangers if 6 <= d.age(s.birth, background.last) < 18]
        self.planted = planted
        self._pupils: set[str] = set()

    def add(self, wanted: int) -> None:
        for kind, share, least in self.SHARES:
            add_one = getattr(self, f"_{kind}")
            people = self.young if kind in ("pupil", "absence", "aid", "child") else self.strangers
            for i in range(max(least, wanted * share // 100)):
                stranger = people[i % len(people)]
                add_one(stranger, dirty_beyond(self.rng, stranger.number))
        for i, stranger in enumerate(self.planted):
            self._plant(i, stranger)

    def stream(self) -> Iterator[None]:
        """One more record each time, of the kinds in their shares."""
        adders = [getattr(self, f"_{kind}") for kind, share, _ in self.SHARES for _ in range(share)]
        self.rng.shuffle(adders)
        young = {self._pupil, self._absence, self._aid}
        for i in count():
            add_one = adders[i % len(adders)]
            people = self.young if add_one in young else self.strangers
            stranger = people[i % len(people)]
            add_one(stranger, dirty_beyond(self.rng, stranger.number))
            yield

    def _plant(self, i: int, stranger: Stranger) -> None:
        """Each in two datasets, with every fault that might carry a name or number further than it should."""
        kinds = [kind for kind, _, _ in self.SHARES]
        numbers = (stranger.number, stranger.number, stranger.number, mistype(self.rng, stranger.number), "",
                   stranger.number.lower(), d.widen(stranger.number), scientific(stranger.number))
        getattr(self, f"_{kinds[i % len(kinds)]}")(stranger, stranger.number)
        getattr(self, f"_{kinds[(i // 2 + 3) % len(kinds)]}")(stranger, numbers[i % 97 % len(numbers) if i % 9 == 0 else 0])

    def _village(self) -> Village:
        return self.back.villages[int(self.rng.random() * len(self.back.villages))]

    def _settlement(self, s: Stranger, number: str) -> None:
        self.back.settlement(s.name, number)

    def _insured(self, s: Stranger, number: str) -> None:
        self.back.insured(s.name, number, self.back.last.year)

    def _pupil(self, s: Stranger, number: str) -> None:
        again = s.number in self._pupils
        self._pupils.add(s.number)
        self.back.pupil(s.name, number, s.birth, s.male, max(6, min(17, d.age(s.birth, self.back.last))),
                        "" if again else s.number)

    def _absence(self, s: Stranger, number: str) -> None:
        self.back.absence(s.name, number)

    def _aid(self, s: Stranger, number: str) -> None:
        self.back.aid(s.name, number, self.back.term)

    def _allowance(self, s: Stranger, number: str) -> None:
        self.back.allowance(s.name, number, self._village())

    def _hardship(self, s: Stranger, number: str) -> None:
        self.back.hardship(s.name, number, self.back._past_day(900))

    def _relief(self, s: Stranger, number: str) -> None:
        self.back.relief(s.name, number, self.back._past_day(400), 5000 + int(self.rng.random() * 300000))

    def _disability(self, s: Stranger, number: str) -> None:
        self.back.disability(s.name, to_certificate(number, 3, 2) if len(number) == 18 else number)

    def _low_income(self, s: Stranger, number: str) -> None:
        self.back.low_income(s.name, number, self._village(), self.back._past_day(900))

    def _child(self, s: Stranger, number: str) -> None:
        self.back.child(s.name, number, self.back._past_day(900))

    def _house(self, s: Stranger, number: str) -> None:
        self.back.house(s.name, number, self._village())

    def _renovation(self, s: Stranger, number: str) -> None:
        self.back.renovation(s.name, number, self._village(), self.back._past_day(1500))
