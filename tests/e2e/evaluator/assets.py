"""The asset screen: what a household with a lead has to explain, of persons who were asked about and whose answer is clear.

A person's companies that exist, counted by subscribed capital, 200,000 yuan or more; who is but a nominal member of a
cooperative owns none of it. Two family cars or more; a three-wheeler is none."""
from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any, Iterator

from .asking import Asking
from .county import County, Record, read_csv
from .links import link
from .roster import Person, Roster
from .texts import fold
from .values import Codes, Unreadable, fen, span

CLIENT, CITIZEN = {"id_number": "zjhm", "name": "xm"}, {"id_number": "sfzh", "name": "xm"}
Note = tuple[str, str, dict[str, Any]]           # rule, person as shown, values


class Doubt(Exception):
    """The answer holds what is nobody's for sure: it says nothing of the person."""


def rows_of(source: County, dataset: str, column: str, number: str, day: date) -> Iterator[Record]:
    """What the department answers to the number."""
    today = day.isoformat()
    for row in read_csv(source.folder / f"{dataset.replace('.', '/')}.csv"):
        if row[column] == number and (row["_from"] or today) <= today and (not row["_to"] or today < row["_to"]):
            yield row


def theirs(rows: Iterator[Record], identity: dict[str, str], person: Person, roster: Roster, codes: Codes) -> list[Record]:
    found = list(rows)
    for row in found:
        decided = link(row, identity, "person", roster, codes)
        if decided.word != "exact" or decided.person != person.person_no:
            raise Doubt
    return found


def capital(rows: list[Record]) -> Decimal:
    total = Decimal(0)
    for row in rows:
        try:
            amount = fen(row["rjcze"])
            span(row["clrq"])
        except Unreadable as e:
            raise Doubt from e
        is_nominal = fold(row["ztlx"]) == "农民专业合作社" and fold(row["zw"]) == "成员"
        if fold(row["jyzt"]) == "存续" and not is_nominal:
            total += amount or 0
    return total / 100


def cars(rows: list[Record]) -> int:
    try:
        return sum(1 for row in rows if span(row["djrq"]) is not None and fold(row["cllx"]) == "小型轿车")
    except Unreadable as e:
        raise Doubt from e


def of_person(source: County, codes: Codes, roster: Roster, person: Person, asked_on: date) -> Iterator[Note]:
    shown, number = " ".join(person.shown), person.number.text
    try:
        owned = capital(theirs(rows_of(source, "market_regulation.enterprise", "zjhm", number, asked_on), CLIENT, person, roster, codes))
        if owned >= 200_000:
            yield "company_capital", shown, {"capital": owned}
    except Doubt:
        pass
    try:
        driven = cars(theirs(rows_of(source, "public_security.vehicle", "sfzh", number, asked_on), CITIZEN, person, roster, codes))
        if driven >= 2:
            yield "several_cars", shown, {"cars": Decimal(driven)}
    except Doubt:
        pass


def notes(source: County, codes: Codes, asking: Asking, index: int) -> dict[str, list[Note]]:
    """By household, on the night of that index: by what was answered on the day each person was asked."""
    rosters = [Roster(source.roster(day), codes) for day in source.days[:index + 1]]
    now, found = rosters[-1], defaultdict(list)
    for night in range(index + 1):
        numbers = {number for number, _, _ in asking.of_night(night)}
        for person in rosters[night].persons.values():
            if person.number.text not in numbers or person.person_no not in now.persons:
                continue
            household = now.persons[person.person_no].household_no
            found[household] += of_person(source, codes, rosters[night], person, source.days[night])
    return {household: sorted(all_of, key=lambda n: n[0]) for household, all_of in found.items()}
