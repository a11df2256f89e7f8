"""What townships answered: an answer closes the alert it is about, and for a while keeps its rule from asking again."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .days import add_days

COOLING = dict.fromkeys(("unsafe_house", "house_damaged_after_clearing", "unsafe_house_registered", "house_damaged_registered"), 365)     # what lasts; of all else 90 days
AMOUNTS = {"medical_burden_registered": "burden", "medical_burden_other": "burden", "relief_granted": "amount",
           "enrolled_but_absent": "days", "inpatient_registered": "inpatient", "inpatient_other": "inpatient",
           "special_outpatient": "last", "medical_burden_year": "burden", "household_medical_share": "burden",
           "several_pupils": "pupils", "loan_overdue": "days", "zero_employment": "able", "relocated_zero_employment": "able",
           "dividend_owed": "due"}                                # whose growth asks again before
GROWTH = Decimal("1.3")
ENROLLED = (10, 11, 20, 21)                                              # already, or proposed


@dataclass(frozen=True)
class Answer:
    learned: date                # the night that takes it in
    rule: str
    subject: str
    answer: str
    code: int
    visited: date
    household_no: str

    @staticmethod
    def of(row: dict[str, Any]) -> "Answer":
        return Answer(date.fromisoformat(row["learned"]), row["rule"], row["subject"], row["answer"], row["code"],
                      date.fromisoformat(row["visited_on"]), row["household_no"])

    def is_about(self, opened_on: date, first_night: date) -> bool:
        """Of what stood open when somebody went there, and was on a list before the answer came."""
        return self.visited >= opened_on and self.learned > first_night

    def holds(self, day: date, before: Decimal | None, now: Decimal | None) -> bool:
        """Is it too early to ask again?"""
        has_grown = before is not None and before > 0 and now is not None and now >= before * GROWTH
        return day < add_days(self.visited, COOLING.get(self.rule, 90)) and not has_grown
