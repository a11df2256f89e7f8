"""Whom lookups may ask about: a person with a proven number, in a household that is monitored, whose risk was cleared, or
that has an open lead; and only by a consent in force, his own or his household's. Nobody is asked twice in these few days."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .county import County, read_csv
from .roster import Household, Person, Roster
from .values import Codes

Question = tuple[str, str, str]          # number, consent number, its date


@dataclass(frozen=True)
class Consent:
    subject: str
    number: str
    signed: date
    until: date | None


class Asking:
    def __init__(self, county: County, codes: Codes) -> None:
        self.county, self.codes = county, codes
        self.consents = [Consent(row["人编号"] or row["户编号"], row["授权书编号"], date.fromisoformat(row["签署日期"]),
                                 date.fromisoformat(row["有效期至"]) if row["有效期至"] else None)
                         for row in read_csv(county.folder / "consents.csv")]
        self.nights: list[list[Question]] = []
        self.asked: set[str] = set()     # person numbers of the roster

    @property
    def questions(self) -> list[Question]:
        return [question for night in self.nights for question in night]

    def of_night(self, index: int) -> list[Question]:
        return self.nights[index]

    def _consent(self, person: Person, day: date) -> Consent | None:
        found = [c for c in self.consents if c.subject in (person.person_no, person.household_no)
                 and c.signed <= day and (c.until is None or day <= c.until)]
        return max(found, key=lambda c: (c.signed, c.number), default=None)

    @staticmethod
    def _is_meant(household: Household, with_leads: set[str]) -> bool:
        return household.is_under(("monitored", "cleared")) or household.household_no in with_leads

    def night(self, day: date, with_leads: set[str]) -> Roster:
        """`with_leads`: households with an open lead on the list before."""
        roster = Roster(self.county.roster(day), self.codes)
        questions = []
        for person in roster.persons.values():
            consent = self._consent(person, day)
            if consent is None or person.person_no in self.asked or person.number.state != "valid":
                continue
            if self._is_meant(roster.households[person.household_no], with_leads):
                self.asked.add(person.person_no)
                questions.append((person.number.text, consent.number, consent.signed.isoformat()))
        self.nights.append(questions)
        return roster
