"""Every rule, written by hand from what it means."""
from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Callable

from . import days
from .conditions import Condition, Outcome, Scene, Subject, at_least, both, evidence, exists, total
from .days import after, before, inside
from .feeds import Fact

ALL = ("lifted", "monitored", "general")
REGISTERED = ("lifted", "monitored")


@dataclass(frozen=True)
class Rule:
    id: str
    family: str
    subject: str                 # person, household, works
    severity: str
    judge: Callable[[Scene, Subject], Outcome]
    applies_to: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


def yuan(fen: Decimal | int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen) / 100


def over(bounds: tuple[Decimal, Decimal], line: Decimal) -> bool | None:
    """Is the sum more than the line, whatever the months known to nobody's day hold?"""
    least, most = bounds
    return True if least > line else False if most <= line else None


def known(bounds: tuple[Decimal, Decimal]) -> Decimal | None:
    return bounds[0] if bounds[0] == bounds[1] else None


# ---- medical ----

def medical_burden(share: str) -> Callable[[Scene, Subject], Outcome]:
    """The person's own burden of this calendar year is more than a share of the rural income."""
    def judge(scene: Scene, subject: Subject) -> Outcome:
        line = scene.parameter(share, subject) * scene.parameter("rural_income", subject)
        found = scene.satisfying("health_insurance.settlement", subject, window=scene.calendar_year)
        burden = total(found, lambda f: f.values["burden"])
        return Outcome(over(burden, line * 100), values={"burden": yuan(known(burden))}, threshold=line,
                       evidence=evidence(found))
    return judge


def not_insured(scene: Scene, subject: Subject) -> Outcome:
    """No normal enrolment for this year, and not a newborn of less than 90 days."""
    def insured(fact: Fact) -> bool:
        return fact.values["status"] == "normal" and fact.values["year"] == scene.anchor.year
    born = subject.person.birth
    newborn = None if born is None else born > days.add_days(scene.anchor, -90)
    return Outcome(scene.absent("health_insurance.enrolment", subject, insured), {"newborn": newborn})


# ---- education ----

def has(name: str, *wanted: str) -> Condition:
    return lambda fact: fact.values[name] in wanted


def absent_from_enrolment(scene: Scene, subject: Subject) -> Outcome:
    born = subject.person.birth
    if born is None:
        is_of_age = None
    else:
        years = days.age(born, scene.calendar.school_cutoff(scene.anchor))
        is_of_age = (scene.parameter("school_age_from", subject) <= years < scene.parameter("school_age_to", subject))
    return Outcome(both(is_of_age, scene.absent("education.enrolment", subject, has("status", "enrolled", "suspended"))))


def enrolled_but_absent(scene: Scene, subject: Subject) -> Outcome:
    enrolled = scene.satisfying("education.enrolment", subject, has("status", "enrolled"))
    missed = scene.satisfying("education.attendance", subject, has("leave", "none"), scene.term)
    line = scene.parameter("absence_days", subject)
    long, longest = at_least(missed, lambda f: f.values["school_days"], line)
    at_home = exists(scene.satisfying("education.enrolment", subject, has("mode", "home_teaching")))
    return Outcome(both(exists(enrolled), long), {"home_teaching": at_home}, {"days": longest}, line,
                   evidence(enrolled, missed))


def aid_not_granted(scene: Scene, subject: Subject) -> Outcome:
    enrolled = scene.satisfying("education.enrolment", subject, has("status", "enrolled"))
    day_of_term = (scene.anchor - scene.term[0]).days
    line = scene.parameter("aid_term_days", subject)
    return Outcome(both(exists(enrolled), day_of_term >= line, scene.absent("education.aid", subject, window=scene.term)),
                   evidence=evidence(enrolled))


# ---- civil affairs ----

def relief_granted(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("civil_affairs.relief", subject, window=scene.last_month)
    line = scene.parameter("relief_floor", subject)
    enough, greatest = at_least(found, lambda f: f.values["amount"], line * 100)
    return Outcome(enough, values={"amount": yuan(greatest)}, threshold=line, evidence=evidence(found))


def in_last_month(field: str, dataset: str, condition: Condition = lambda f: True) -> Callable[[Scene, Subject], Outcome]:
    """A record that satisfies and whose own date lies in the month before the list."""
    def judge(scene: Scene, subject: Subject) -> Outcome:
        window = scene.last_month
        found = scene.satisfying(dataset, subject, lambda f: both(condition(f), inside(f.values[field], window)))
        return Outcome(exists(found), evidence=evidence(found))
    return judge


def is_refused_in_good_faith(fact: Fact) -> bool:
    return fact.values["decision"] == "refused" and fact.values["end_reason"] != "false_statement"


def is_in_force(fact: Fact) -> bool:
    return fact.values["decision"] == "granted" and fact.values["ended_on"] is None


def allowance_not_registered(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("civil_affairs.allowance", subject, is_in_force)
    return Outcome(exists(found), evidence=evidence(found))


def registered_without_allowance(scene: Scene, subject: Subject) -> Outcome:
    income, line = subject.household.income, scene.parameter("allowance_line", subject)
    return Outcome(both(None if income is None else income < line * 100,
                        scene.absent("civil_affairs.allowance", subject, is_in_force),
                        scene.absent("civil_affairs.hardship", subject, lambda f: f.values["ended_on"] is None)),
                   values={"net_income": yuan(income)}, threshold=line)


# ---- housing ----

def rebuilt_after(scene: Scene, subject: Subject, grade: Fact | None) -> bool | None:
    """A renovation finished later than the assessment; later than none, nobody can say."""
    def later(fact: Fact) -> bool | None:
        finished = fact.values["finished_on"]
        return after(finished, grade.event) if grade else (None if finished else False)
    return exists(scene.satisfying("housing.renovation", subject, later))


def is_unsafe(grade: Fact | None) -> bool | None:
    return None if grade is None or grade.values["grade"] is None else grade.values["grade"] in ("C", "D")


def of(grade: Fact | None) -> dict:
    found = [] if grade is None else [(grade, True)]
    return {"values": {"grade": grade and grade.values["grade"]}, "evidence": evidence(found)}


def unsafe_house(scene: Scene, subject: Subject) -> Outcome:
    grade = scene.latest("housing.assessment", subject, "grade")
    other = exists(scene.satisfying("housing.assessment", subject, lambda f: f.values["safe_alternative"] is True))
    return Outcome(is_unsafe(grade), {"already_rebuilt": rebuilt_after(scene, subject, grade), "safe_alternative": other},
                   **of(grade))


def house_damaged_after_clearing(scene: Scene, subject: Subject) -> Outcome:
    grade, cleared = scene.latest("housing.assessment", subject, "grade"), subject.household.cleared_on
    later = None if grade is None or cleared is None else after(grade.event, cleared)
    return Outcome(both(is_unsafe(grade), later), {"already_rebuilt": rebuilt_after(scene, subject, grade)}, **of(grade))


# ---- water ----

def outage_days(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("water.outage", subject, lambda f: f.values["truck_supply"] is not True,
                             scene.calendar_year)
    line, lost = scene.parameter("outage_days_line", subject), total(found, lambda f: f.values["days"])
    return Outcome(over(lost, line), values={"days": known(lost)}, threshold=line, evidence=evidence(found))


def repeated_outages(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("water.outage", subject, lambda f: f.values["hours"] is not None and f.values["hours"] >= 24,
                             scene.last_days(30))
    line = scene.parameter("outage_count_line", subject)
    sure, most = sum(1 for _, truth in found if truth), len(found)
    when = True if sure >= line else False if most < line else None
    return Outcome(when, values={"outages": Decimal(sure)}, threshold=line, evidence=evidence(found))


def water_test_old(scene: Scene, subject: Subject) -> Outcome:
    tested, line = scene.latest("water.test", subject, "tested_on"), days.add_months(scene.anchor, -36)
    when = None if tested is None else before(tested.event, line)
    return Outcome(when, values={"tested": tested and tested.event},
                   evidence=evidence([(tested, True)] if tested else []))


def water_test_failed(scene: Scene, subject: Subject) -> Outcome:
    tested = scene.latest("water.test", subject, "result")
    result = tested and tested.values["result"]
    return Outcome(None if result is None else result == "fail", values={"result": result},
                   evidence=evidence([(tested, True)] if tested else []))


RULES: tuple[Rule, ...] = (
    Rule("relief_granted", "hardship", "household", "medium", relief_granted, ALL, ("relief_floor",)),
    Rule("allowance_granted", "hardship", "household", "medium",
         in_last_month("started_on", "civil_affairs.allowance", has("decision", "granted")), ALL),
    Rule("hardship_granted", "hardship", "person", "medium", in_last_month("started_on", "civil_affairs.hardship"), ALL),
    Rule("allowance_ended", "hardship", "household", "low",
         in_last_month("ended_on", "civil_affairs.allowance",
                       lambda f: f.values["end_reason"] not in ("death", "employed")), ALL),
    Rule("allowance_refused", "hardship", "household", "low",
         in_last_month("applied_on", "civil_affairs.allowance", is_refused_in_good_faith), ALL),
    Rule("allowance_not_registered", "linked_registers", "household", "low", allowance_not_registered, ("general",)),
    Rule("registered_without_allowance", "linked_registers", "household", "low", registered_without_allowance,
         ("monitored",), ("allowance_line",)),
    Rule("absent_from_enrolment", "education", "person", "high", absent_from_enrolment, ALL,
         ("school_age_from", "school_age_to")),
    Rule("enrolled_but_absent", "education", "person", "high", enrolled_but_absent, ALL, ("absence_days",)),
    Rule("aid_not_granted", "education", "person", "low", aid_not_granted, REGISTERED, ("aid_term_days",)),
    Rule("unsafe_house", "housing", "household", "high", unsafe_house, ALL),
    Rule("house_damaged_after_clearing", "housing", "household", "high", house_damaged_after_clearing, ("cleared",)),
    Rule("medical_burden_registered", "medical", "person", "high", medical_burden("registered_burden_share"), REGISTERED,
         ("registered_burden_share", "rural_income")),
    Rule("medical_burden_other", "medical", "person", "high", medical_burden("other_burden_share"), ("general",),
         ("other_burden_share", "rural_income")),
    Rule("not_insured", "medical", "person", "high", not_insured, REGISTERED),
    Rule("outage_days", "water", "works", "medium", outage_days, (), ("outage_days_line",)),
    Rule("repeated_outages", "water", "works", "medium", repeated_outages, (), ("outage_count_line",)),
    Rule("water_test_old", "water", "works", "medium", water_test_old),
    Rule("water_test_failed", "water", "works", "medium", water_test_failed),
)
BY_ID = {rule.id: rule for rule in RULES}
