"""The roster of one day: persons, households, villages, and the ways to find them."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Iterable

from .county import Record
from .texts import Number, fold, is_private, mask_name, name_key, names_agree, number, village_key, without_blanks
from .values import Codes, Span, Unreadable, fen, flag, span


@dataclass
class Person:
    person_no: str
    household_no: str
    name: str
    number: Number
    relation: str | None
    male: bool | None
    birth: date | None
    labour: str | None = None
    school_status: str | None = None
    study_reason: str | None = None
    is_dropout: bool | None = None
    is_covered: bool | None = None           # against a major illness
    is_employee: bool | None = None          # insured as one

    @property
    def key(self) -> str:
        return name_key(self.name)

    @property
    def shown(self) -> tuple[str, str]:
        return mask_name(self.name), self.number.masked


@dataclass
class Household:
    household_no: str
    village: str = ""
    village_name: str = ""
    township_name: str = ""
    category: str = ""
    origin: str | None = None
    monitor_class: str | None = None
    risk_cleared: bool = False
    cleared_on: Span | None = None
    income: int | None = None
    unsafe_house: bool | None = None
    safe_water: bool | None = None
    house_damaged: bool | None = None
    water_damaged: bool | None = None
    members: list[Person] = field(default_factory=list)

    @property
    def family_class(self) -> str:
        if self.monitor_class and not self.risk_cleared:
            return "monitored"
        return "lifted" if self.origin == "lifted" else "general"

    @property
    def head(self) -> Person | None:
        heads = sorted((p for p in self.members if p.relation == "head"), key=lambda p: p.person_no)
        return heads[0] if heads else None

    @property
    def kind(self) -> str:
        return "reopen" if self.risk_cleared else "changed" if self.family_class == "monitored" else "new"

    def is_under(self, classes: Iterable[str]) -> bool:
        return self.family_class in classes or (self.risk_cleared and "cleared" in classes)


class Roster:
    def __init__(self, rows: Iterable[Record], codes: Codes) -> None:
        self.persons: dict[str, Person] = {}
        self.households: dict[str, Household] = {}
        spoken: dict[str, tuple] = {}
        for row in rows:
            person = self._person(row, codes)
            if person is None:
                continue
            self.persons[person.person_no] = person
            household = self.households.setdefault(person.household_no, Household(person.household_no))
            household.members.append(person)
            # The householder's row speaks for the household, else that of the least person number.
            rank = (person.relation != "head", person.person_no)
            if person.household_no not in spoken or rank < spoken[person.household_no]:
                spoken[person.household_no] = rank
                self._speak(household, row, codes)
        self._index()

    @staticmethod
    def _person(row: Record, codes: Codes) -> Person | None:
        try:
            born = span(row["出生日期"])
            sex = codes.read("sex", row["性别"])
            return Person(fold(row["人编号"]), fold(row["户编号"]), row["姓名"], number(row["证件号码"]),
                          codes.read("relation", row["与户主关系"]), None if sex is None else sex == "male",
                          born.first if born and born.first == born.last else None,
                          codes.read("labour", row["劳动技能"]), fold(row["在校生状况"]) or None,
                          fold(row["义务教育阶段未上学原因"]) or None, flag(row["是否义务教育阶段适龄儿童少年失学辍学"]),
                          flag(row["是否参加大病保险"]), flag(row["是否参加城镇职工基本医疗保险"]))
        except Unreadable:
            return None

    @staticmethod
    def _speak(household: Household, row: Record, codes: Codes) -> None:
        household.village = fold(row["行政村编码"])
        household.village_name = fold(row["行政村名称"])
        household.township_name = fold(row["乡镇名称"])
        household.category = fold(row["户类型"])
        household.origin = codes.read("origin", row["户来源"])
        household.monitor_class = codes.read("monitor_class", row["监测对象类别"])
        household.risk_cleared = bool(flag(row["风险是否已消除"]))
        household.cleared_on = span(row["风险消除日期"])
        household.income = fen(row["人均纯收入（元）"])
        household.unsafe_house = flag(row["是否危房户"])
        household.safe_water = flag(row["是否解决安全饮用水"])
        household.house_damaged = flag(row["风险消除后是否住房损毁"])
        household.water_damaged = flag(row["风险消除后是否饮水设施损毁"])

    def _index(self) -> None:
        self.by_number: dict[str, list[Person]] = defaultdict(list)
        self.by_name: dict[str, list[Person]] = defaultdict(list)
        self.villages: set[str] = set()
        self.by_village_name: dict[str, set[str]] = defaultdict(set)
        for person in self.persons.values():
            if person.number.text:
                self.by_number[person.number.text].append(person)
            self.by_name[person.key].append(person)
        for h in self.households.values():
            self.villages.add(h.village)
            township = without_blanks(h.township_name)
            for name in (village_key(h.village_name), township + village_key(h.village_name),
                         h.village[:9] + village_key(h.village_name)):
                self.by_village_name[name].add(h.village)

    def village_of(self, *labels: str | None) -> str | None:
        """By code, else by name; nobody's when unknown or when several answer to it."""
        for label in labels:
            text = without_blanks(label)
            if text in self.villages:
                return text
            found = self.by_village_name.get(village_key(text), set()) if text else set()
            if len(found) == 1:
                return next(iter(found))
        return None

    def named(self, key: str) -> list[Person]:
        """Persons whose name agrees; a name that is only gaps says nothing."""
        if not key:
            return []
        if any(c in "?？□■*〓\ufffd" or is_private(c) for c in key):
            return [p for p in self.persons.values() if names_agree(p.key, key)]
        return self.by_name.get(key, [])

    def heads_named(self, village: str, key: str) -> list[Household]:
        found = [self.households[p.household_no] for p in self.by_name.get(key, [])]
        return [h for h in found if h.village == village and h.head is not None and h.head.key == key]
