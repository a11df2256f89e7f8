"""Households and persons, and the ordinary ones the county is filled with."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from . import names
from .days import add, age, years_before
from .numbers import Numbers, mistype, to_15, to_certificate, transpose, widen
from .places import Village

# kind: (origin, monitor class, risk cleared)
LIFTED, GENERAL = "lifted", "general"
MONITORED = ("unstable", "marginal", "sudden")
CLEARED = "cleared"
ORIGIN_LABELS = {"lifted": "脱贫户", "general": "一般农户"}
CLASS_LABELS = {"unstable": "脱贫不稳定户", "marginal": "边缘易致贫户", "sudden": "突发严重困难户", "": ""}


@dataclass(slots=True)
class Person:
    person_no: str
    name: str
    male: bool
    birth: date
    number: str                      # the right identity number; empty for an infant without one
    relation: str
    shown_number: str = ""           # as the roster has it
    phone: str = ""
    insured: str = "normal"          # what the health insurance knows: normal, none
    at_school: str = "enrolled"      # what the education bureau knows, where the age fits: enrolled, none; blank: the roster is
    study_reason: str = ""           # why not at school, as the roster has it
    labour: str = ""                 # 劳动技能, where it does not follow from the age
    covered: str = ""                # 是否参加大病保险, where it does not follow from the insurance
    aided: bool = True               # a pupil of a registered household gets aid
    died: bool = False
    ordinary: bool = True            # background records (settlements, absences, relief) may name this person


@dataclass(slots=True)
class Household:
    household_no: str
    village: Village
    origin: str
    monitor_class: str = ""
    cleared_on: date | None = None
    income: int = 1800000            # fen per person and year
    members: list[Person] = field(default_factory=list)
    safe_water: bool = True
    unsafe: bool = False             # 是否危房户
    house_damaged: bool = False      # after its risk was cleared
    water_damaged: bool = False
    jobless: bool = False            # the human resources bureau knows of no job of anybody here
    quiet: bool = False              # a planted household: nothing happens to it by chance

    @property
    def head(self) -> Person:
        return self.members[0]

    @property
    def is_monitored(self) -> bool:
        return bool(self.monitor_class) and self.cleared_on is None

    @property
    def is_registered(self) -> bool:
        """Lifted or monitored today: the rules for registered persons apply."""
        return self.is_monitored or self.origin == LIFTED

    @property
    def kind_of_lead(self) -> str:
        if self.cleared_on is not None:
            return "reopen"
        return "changed" if self.monitor_class else "new"


class Maker:
    """Makes persons and households with numbers of their own."""

    def __init__(self, seed: int, purpose: str, villages: list[Village], numbers: Numbers, first_serial: int,
                 today: date) -> None:
        self.rng = Random(f"{seed}/{purpose}")
        self.villages = villages
        self.numbers = numbers
        self.today = today
        self._household = first_serial
        self._person = first_serial * 10

    def person(self, relation: str, years: int | None = None, male: bool | None = None, birth: date | None = None,
               family: str = "", name: str = "", number: str | None = None) -> Person:
        rng = self.rng
        male = rng.random() < 0.51 if male is None else male
        if birth is None:
            birth = add(years_before(self.today, years or 0), -15 - int(rng.random() * 320))
        number = self.numbers.new(birth, male) if number is None else number
        self._person += 1
        name = name or names.full(rng, male, family)
        phone = f"12{int(rng.random() * 10**9):09d}" if rng.random() < 0.7 else ""
        return Person(f"0{self._person:010d}", name, male, birth, number, relation, number, phone)

    def empty_household(self, kind: str, village: Village | None = None) -> Household:
        rng = self.rng
        self._household += 1
        where = village or self.villages[int(rng.random() * (len(self.villages) - 1))]
        household = Household(f"9901{self._household:010d}", where, GENERAL)
        set_kind(household, kind, rng, self.today)
        return household


def set_kind(household: Household, kind: str, rng: Random, today: date) -> None:
    """lifted, general, one of MONITORED, or cleared (lifted or general, once monitored)."""
    if kind == CLEARED:
        household.origin = LIFTED if rng.random() < 0.6 else GENERAL
        household.monitor_class = "unstable" if household.origin == LIFTED else "marginal"
        household.cleared_on = add(today, -200 - int(rng.random() * 500))
    elif kind in MONITORED:
        household.origin = {"unstable": LIFTED, "marginal": GENERAL}.get(kind) or (
            LIFTED if rng.random() < 0.5 else GENERAL)
        household.monitor_class = kind
    else:
        household.origin = kind
    low, width = (650000, 200000) if household.is_monitored else (1000000, 1600000)
    household.income = low + int(rng.random() * width)


def ordinary_household(maker: Maker, kind: str) -> Household:
    """Parents, children, grandparents: about 3.6 persons."""
    rng = maker.rng
    household = maker.empty_household(kind)
    head_years = 28 + int(rng.random() * 45)
    head = maker.person("户主", head_years, rng.random() < 0.85)
    family = head.name[0] if names.SEPARATOR not in head.name else ""
    members = household.members
    members.append(head)
    if rng.random() < 0.82:
        members.append(maker.person("配偶", max(22, head_years - 4 + int(rng.random() * 6)), not head.male))
    child_years = head_years - 22 - int(rng.random() * 6)
    for _ in range(1 + int(rng.random() * 3) if rng.random() < 0.75 else 0):
        if 0 <= child_years <= 27:
            male = rng.random() < 0.52
            members.append(maker.person("子" if male else "女", child_years, male, family=family))
        child_years -= 2 + int(rng.random() * 3)
    if head_years < 55 and rng.random() < 0.45:
        members.append(maker.person("父亲", min(92, head_years + 22 + int(rng.random() * 8)), True, family=family))
        if rng.random() < 0.7:
            members.append(maker.person("母亲", min(91, head_years + 21 + int(rng.random() * 8)), False))
    if rng.random() < 0.04:
        add_twins(maker, household, 2 + int(rng.random() * 16))
    if head_years > 50 and rng.random() < 0.25:
        members.append(maker.person("孙子" if rng.random() < 0.5 else "孙女", 1 + int(rng.random() * 14), family=family))
    return household


def add_twins(maker: Maker, household: Household, years: int) -> tuple[Person, Person]:
    family = household.head.name[0]
    first = maker.person("子", years, True, family=family, number="")
    pair = maker.numbers.twins(first.birth, True)
    second = maker.person("子", birth=first.birth, male=True, family=family, number=pair[1])
    first.number = first.shown_number = pair[0]
    household.members += [first, second]
    return first, second


KIND_SHARES = ((0.68, GENERAL), (0.93, LIFTED), (0.945, "unstable"), (0.96, "marginal"), (0.97, "sudden"), (1.0, CLEARED))


def pick_kind(rng: Random) -> str:
    chance = rng.random()
    return next(kind for share, kind in KIND_SHARES if chance < share)


def soil(rng: Random, household: Household, today: date) -> None:
    """The faults of real rosters. Those that hide a person from the departments stay with adults of general
    households, for whom no rule waits for a record, save a very few."""
    for person in household.members:
        years = age(person.birth, today)
        harmless = household.origin == GENERAL and not household.monitor_class and years > 20
        chance = rng.random()
        if chance < 0.012 and person.number[6:8] == "19":
            person.shown_number = to_15(person.number)
        elif person.number[17] == "X" and 0.012 <= chance < 0.15:
            person.shown_number = person.number.lower()
        elif 0.15 <= chance < 0.152:
            person.shown_number = widen(person.number)
        elif 0.152 <= chance < 0.157 and years > 8:
            person.shown_number = to_certificate(person.number, 1 + int(rng.random() * 7), 1 + int(rng.random() * 4))
        elif 0.157 <= chance < 0.162 and harmless:
            person.shown_number = mistype(rng, person.number)
        elif 0.162 <= chance < 0.164 and harmless:
            person.shown_number = transpose(person.number)
        elif 0.164 <= chance < 0.166 and harmless:
            person.died = True
        elif years < 4 and household.origin == GENERAL and not household.monitor_class and chance < 0.4:
            person.shown_number = person.number = ""
        elif chance > 0.9998:
            person.shown_number = mistype(rng, person.number)


def populate(maker: Maker, persons: int) -> list[Household]:
    """Ordinary households with at least `persons` persons."""
    households: list[Household] = []
    count = 0
    while count < persons:
        household = ordinary_household(maker, pick_kind(maker.rng))
        count += len(household.members)
        soil(maker.rng, household, maker.today)
        households.append(household)
    share_numbers(maker.rng, households)
    return households


def share_numbers(rng: Random, households: list[Household]) -> None:
    """A few heads of general households bear the number of another one."""
    heads = [h.head for h in households if h.origin == GENERAL and not h.monitor_class and h.head.number]
    for _ in range(max(1, len(heads) // 2000)):
        if len(heads) > 2:
            one, other = heads[int(rng.random() * len(heads))], heads[int(rng.random() * len(heads))]
            if one is not other:
                one.shown_number = one.number = other.number
