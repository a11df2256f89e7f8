"""A year of one small county: what happens in it day by day, and what the lists of all its nights must show.

Each story is a household (or a works) of its own. Its days and its end are reckoned by hand from the rules' texts and
docs/episodes.md: `shows` says from which night on the list has its lead and how; a night before the first or after the last
entry of a story has no lead of it."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

FIRST, LAST = date(2026, 1, 5), date(2027, 1, 4)
Record = tuple[str, str, str, dict[str, Any]]                # arrives, dataset, key, record; without values: vanishes
Lead = tuple[str, str, str, str | None, dict[str, str]]      # kind, level, state, due_on, state of each of its reasons
Case = tuple[str, bool, bool]                                # state, overdue, not on the roster


@dataclass
class Story:
    name: str
    people: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    household: dict[str, Any] = field(default_factory=dict)                            # as the roster has it at first
    roster: list[tuple[str, dict[str, Any] | None]] = field(default_factory=list)      # and from an export on; None: gone
    records: list[Record] = field(default_factory=list)
    answers: list[tuple[str, str, str]] = field(default_factory=list)                  # visited, result code, answer to each reason
    steps: list[tuple[str, str]] = field(default_factory=list)                         # of the case, told by the county
    withdrawn: list[str] = field(default_factory=list)
    shows: list[tuple[str, Lead | None]] = field(default_factory=list)                 # from this night on; None: nothing
    cases: list[tuple[str, Case | None]] = field(default_factory=list)
    is_works: bool = False


MEDICAL, HOUSE, SCHOOL = "medical_burden_registered", "unsafe_house", "absent_from_enrolment"
INPATIENT, AID, ABSENT = "inpatient_registered", "aid_not_granted", "enrolled_but_absent"
HELD = ("2026-10-20", "education.enrolment")                 # this night the department's file lacks a column
AFTER_HELD = "2026-10-21"                                    # and the next nothing comes
NEW_LINE = "- {name: monitoring_line, region: \"9901\", from: 2026-07-01, value: 9300, unit: yuan/person/year, basis: 试验}\n"
CHILD = {"relation": "子女", "birth_date": "2015-05-01", "school_status": "小学"}
MONITORED = {"monitor_class": "突发严重困难户", "risk_cleared": "否"}


def bill(day: str, arrives: str, no: str, fee: str, kind: str = "outpatient") -> Record:
    return arrives, "health_insurance.settlement", no, {"settled_on": day, "burden": fee, "kind": kind}


def house(day: str, arrives: str, no: str, grade: str) -> Record:
    return arrives, "housing.assessment", no, {"grade": grade, "assessed_on": day, "only_house": True, "safe_alternative": False}


def aid(day: str, arrives: str, no: str) -> Record:
    return arrives, "education.aid", no, {"amount": "500", "granted_on": day, "who": 1}


def pupil(no: str, *terms: str) -> list[Record]:
    """On the register from the first day, aided in each of the terms."""
    granted = {"autumn 2025": ("2025-10-01", "2026-01-05"), "spring": ("2026-03-15", "2026-03-20"), "autumn": ("2026-09-15", "2026-09-20")}
    return [("2026-01-05", "education.enrolment", no, {"status": "enrolled", "mode": "school", "who": 1}),
            *(aid(*granted[t], f"{no}-{i}") for i, t in enumerate(terms))]


def lasting(first: str, second: str, lead: Lead) -> list[tuple[str, Lead]]:
    """Opened on the first day, open from the second on."""
    kind, level, _, due, reasons = lead
    return [(first, (kind, level, "opened", due, dict.fromkeys(reasons, "opened"))),
            (second, (kind, level, "open", due, dict.fromkeys(reasons, "open")))]


def ended(day: str, after: str, state: str, lead: Lead) -> list[tuple[str, Lead | None]]:
    kind, level, _, due, reasons = lead
    return [(day, (kind, level, state, due, dict.fromkeys(reasons, state))), (after, None)]


def one(kind: str, level: str, due: str | None, rule: str) -> Lead:
    return kind, level, "open", due, {rule: "open"}


STORIES = [
    Story("nothing happens", people=[{}, CHILD], records=pupil("Q1", "autumn 2025", "spring", "autumn")),
    # 12000 where 10500 are the line; in April 5000 are booked back
    Story("a bill reversed late",
          records=[bill("2026-03-10", "2026-03-12", "S1", "12000"), bill("2026-04-20", "2026-04-22", "S2", "-5000")],
          shows=[*lasting("2026-03-12", "2026-03-13", one("new", "high", "2026-03-16", MEDICAL)),          # the 15th is a Sunday
                 *ended("2026-04-22", "2026-04-23", "cleared", one("new", "high", "2026-03-16", MEDICAL))]),
    # nobody tells the county's register, and ninety days after the visit it is asked again
    Story("a pupil found in another county", people=[{}, CHILD],
          records=[*pupil("X1", "autumn 2025", "spring"), ("2026-09-02", "education.enrolment", "X1", {}),
                   ("2026-12-20", "education.enrolment", "X1", {"status": "enrolled", "mode": "school", "who": 1}),
                   aid("2026-09-20", "2026-12-20", "X1-9")],
          answers=[("2026-09-04", "40", "不属实")],
          shows=[*lasting("2026-09-02", "2026-09-03", one("new", "high", "2026-09-07", SCHOOL)),           # the 5th is a Saturday
                 *ended("2026-09-05", "2026-09-06", "answered", one("new", "high", "2026-09-07", SCHOOL)),
                 *lasting("2026-12-03", "2026-12-04", one("new", "high", "2026-12-07", SCHOOL)),
                 *ended("2026-12-20", "2026-12-21", "cleared", one("new", "high", "2026-12-07", SCHOOL))]),
    Story("a house rebuilt",
          records=[house("2026-02-10", "2026-02-12", "F1", "D"),
                   ("2026-06-25", "housing.renovation", "G1", {"finished_on": "2026-06-20"})],
          shows=[*lasting("2026-02-12", "2026-02-13", one("new", "high", "2026-02-24", HOUSE)),            # Spring Festival
                 *ended("2026-06-25", "2026-06-26", "cleared", one("new", "high", "2026-02-24", HOUSE))]),
    Story("a house that was bad before the first night", records=[house("2025-03-01", "2026-01-05", "F2", "C")],
          answers=[("2026-01-07", "40", "不属实")],
          shows=[*lasting("2026-01-05", "2026-01-06", one("standing", "high", "2026-01-08", HOUSE)),
                 *ended("2026-01-08", "2026-01-09", "answered", one("standing", "high", "2026-01-08", HOUSE))]),
    # enrolled late, helped, cleared after half a year, ill in autumn
    Story("a relapse after clearing",
          records=[house("2026-01-18", "2026-01-20", "F3", "D"), ("2026-05-25", "housing.renovation", "G3", {"finished_on": "2026-05-20"}),
                   bill("2026-10-08", "2026-10-10", "S3", "12000")],
          answers=[("2026-01-22", "10", "属实"), ("2026-10-12", "21", "属实")],
          steps=[("2026-01-25", "授权核查"), ("2026-01-26", "评议公示"), ("2026-02-02", "乡镇审核"), ("2026-02-06", "县级审批"),
                 ("2026-02-06", "已纳入"), ("2026-02-23", "帮扶到位")],
          roster=[("2026-02-20", MONITORED), ("2026-08-10", {"monitor_class": "突发严重困难户", "risk_cleared": "是", "cleared_on": "2026-08-08"}),
                  ("2026-10-20", MONITORED)],
          shows=[*lasting("2026-01-20", "2026-01-21", one("new", "high", "2026-01-23", HOUSE)),
                 *ended("2026-01-23", "2026-01-24", "answered", one("new", "high", "2026-01-23", HOUSE)),
                 *lasting("2026-10-10", "2026-10-11", one("reopen", "high", "2026-10-13", MEDICAL)),
                 *ended("2026-10-13", "2026-10-14", "answered", one("reopen", "high", "2026-10-13", MEDICAL))],
          cases=[("2026-01-23", ("visited", False, False)), ("2026-01-26", ("checking", False, False)),
                 ("2026-01-27", ("reviewing", False, False)), ("2026-02-03", ("township", False, False)),
                 ("2026-02-05", ("township", True, False)), ("2026-02-07", ("enrolled", False, False)),
                 ("2026-02-24", ("helped", False, False)), ("2026-08-10", ("cleared", False, False)), ("2026-08-11", None),
                 ("2026-10-13", ("visited", False, False)), ("2026-10-20", ("enrolled", False, False)),
                 ("2026-11-05", ("enrolled", True, False))]),
    # reported on 5 March; the thirty days end in Qingming
    Story("enrolled on paper", records=[house("2026-03-01", "2026-03-03", "F4", "C")], answers=[("2026-03-05", "10", "属实")],
          roster=[("2026-04-20", MONITORED)],
          shows=[*lasting("2026-03-03", "2026-03-04", one("new", "high", "2026-03-06", HOUSE)),
                 *ended("2026-03-06", "2026-03-07", "answered", one("new", "high", "2026-03-06", HOUSE))],
          cases=[("2026-03-06", ("visited", False, False)), ("2026-03-19", ("visited", True, False)),
                 ("2026-04-08", ("visited", True, True)), ("2026-04-20", ("enrolled", False, False)),
                 ("2026-05-07", ("enrolled", True, False))]),                                              # due on 5 May, a day of rest
    # a hospital bill counts when its month is over; no aid by the sixtieth day of term makes a second family of risks
    Story("two families of risks", people=[{}, CHILD],
          records=[*pupil("X2", "autumn 2025", "autumn"), bill("2026-03-20", "2026-03-25", "S5", "6000", "inpatient"),
                   aid("2026-05-10", "2026-05-15", "X2-9")],
          answers=[("2026-05-20", "40", "不属实")],
          shows=[*lasting("2026-04-01", "2026-04-02", one("new", "medium", "2026-04-09", INPATIENT)),      # Qingming from 4 to 6 April
                 ("2026-04-30", ("new", "high", "escalated", "2026-04-09", {INPATIENT: "open", AID: "opened"})),
                 ("2026-05-01", ("new", "high", "open", "2026-04-09", {INPATIENT: "open", AID: "open"})),
                 ("2026-05-15", ("new", "medium", "open", "2026-04-09", {INPATIENT: "open", AID: "cleared"})),
                 ("2026-05-16", one("new", "medium", "2026-04-09", INPATIENT)),
                 *ended("2026-05-21", "2026-05-22", "answered", one("new", "medium", "2026-04-09", INPATIENT)),
                 *lasting("2026-08-18", "2026-08-19", one("new", "medium", "2026-08-25", INPATIENT))]),    # ninety days after the visit
    Story("a bill of somebody else", withdrawn=["2026-06-10"],
          records=[bill("2026-06-01", "2026-06-03", "S6", "13000"), bill("2026-10-01", "2026-10-03", "S7", "9000"),
                   bill("2026-11-10", "2026-11-12", "S8", "-13000")],
          shows=[*lasting("2026-06-03", "2026-06-04", one("new", "high", "2026-06-08", MEDICAL)),
                 *ended("2026-06-11", "2026-06-12", "withdrawn", one("new", "high", "2026-06-08", MEDICAL)),
                 *lasting("2026-10-03", "2026-10-04", one("new", "high", "2026-10-08", MEDICAL)),
                 *ended("2026-11-12", "2026-11-13", "cleared", one("new", "high", "2026-10-08", MEDICAL))]),
    # the year ends, the line of the new year begins at nothing, the question of the old one stays
    Story("a lead over the new year", records=[bill("2026-11-11", "2026-11-12", "S9", "10600")], answers=[("2027-01-02", "40", "不属实")],
          shows=[*lasting("2026-11-12", "2026-11-13", one("new", "high", "2026-11-16", MEDICAL)),
                 *ended("2027-01-03", "2027-01-04", "answered", one("new", "high", "2026-11-16", MEDICAL))]),
    Story("gone from the roster", records=[bill("2026-08-08", "2026-08-10", "S10", "11000")], roster=[("2026-09-10", None)],
          shows=[*lasting("2026-08-10", "2026-08-11", one("new", "high", "2026-08-13", MEDICAL)),
                 *ended("2026-09-10", "2026-09-11", "withdrawn", one("new", "high", "2026-08-13", MEDICAL))]),
    # the register was held while the pupil was away, so nobody was asked until a whole one came
    Story("a register held", people=[{}, CHILD],
          records=[*pupil("X3", "autumn 2025", "spring", "autumn"),
                   ("2026-10-20", "education.attendance", "A1", {"absent_from": "2026-10-12", "school_days": "6", "leave": "none", "who": 1}),
                   ("2026-10-23", "education.enrolment", "X3", {"status": "enrolled", "mode": "school", "grade": "5", "who": 1}),
                   ("2026-11-03", "education.attendance", "A1", {"absent_from": "2026-10-12", "school_days": "6", "leave": "sick", "who": 1})],
          shows=[*lasting("2026-10-23", "2026-10-24", one("new", "high", "2026-10-26", ABSENT)),
                 *ended("2026-11-03", "2026-11-04", "cleared", one("new", "high", "2026-10-26", ABSENT))]),
    # the line of July is above them; it asks about what stood before, not about what happened
    Story("below the new line, until the roster is corrected", household={"net_income": "9000"}, roster=[("2026-08-03", {"net_income": "9300"})],
          shows=[*lasting("2026-07-01", "2026-07-02", one("standing", "high", "2026-07-06", "income_below_line")),   # the 4th is a Saturday
                 *ended("2026-08-03", "2026-08-04", "cleared", one("standing", "high", "2026-07-06", "income_below_line"))]),
    Story("below the new line", household={"net_income": "9299.99"},
          shows=lasting("2026-07-01", "2026-07-02", one("standing", "high", "2026-07-06", "income_below_line"))),
    Story("a waterworks", is_works=True,
          records=[("2026-01-05", "water.test", "T0", {"tested_on": "2025-06-01", "result": "pass"}),
                   ("2026-04-03", "water.test", "T1", {"tested_on": "2026-04-01", "result": "fail"}),
                   ("2026-05-12", "water.test", "T2", {"tested_on": "2026-05-10", "result": "pass"}),
                   *((f"2026-07-{d + 1:02d}", "water.outage", f"O{d}", {"started_on": f"2026-07-{d:02d}", "hours": "26", "days": "1"})
                     for d in (2, 10, 20))],
          shows=[*lasting("2026-04-03", "2026-04-04", one("works", "medium", "2026-04-13", "water_test_failed")),
                 *ended("2026-05-12", "2026-05-13", "cleared", one("works", "medium", "2026-04-13", "water_test_failed")),
                 *lasting("2026-07-21", "2026-07-22", one("works", "medium", "2026-07-28", "repeated_outages"))]),
]
