"""The rest of the catalogue's rules, by hand from its text: registers, the roster's own word, and the other departments'."""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Callable

from . import days
from .conditions import Condition, Outcome, Scene, Subject, Truth, at_least, both, either, evidence, exists, negated, total
from .days import after, before, inside
from .feeds import Fact
from .roster import Person
from .rules import ALL, REGISTERED, RULES, Rule, has, in_last_month, is_in_force, known, yuan
from .values import Span

Judge = Callable[[Scene, Subject], Outcome]
Bounds = tuple[Decimal, Decimal]
EXITED, RURAL = ("lifted",), ("lifted", "general")       # RURAL: whoever is not monitored


def is_under(bounds: Bounds, line) -> Truth:
    return True if bounds[1] < line else False if bounds[0] >= line else None


def is_over(bounds: Bounds, line) -> Truth:
    return True if bounds[0] > line else False if bounds[1] <= line else None


def not_before(span: Span | None, line: Span | date) -> Truth:
    """A blank day is neither on nor after anything."""
    first, last = (line.first, line.last) if isinstance(line, Span) else (line, line)
    if span is None:
        return False
    return True if span.first >= last else False if span.last < first else None


def not_after(span: Span | None, line: date) -> Truth:
    return before(span, days.add_days(line, 1))


def flag_is(value: bool | None, wanted: bool) -> Truth:
    return None if value is None else value is wanted


def burden(scene: Scene, subject: Subject, window, condition: Condition = lambda f: True) -> tuple[Bounds, list]:
    found = scene.satisfying("health_insurance.settlement", subject, condition, window)
    return total(found, lambda f: f.values["burden"]), found


# ---- medical ----

def line_of_class(scene: Scene, subject: Subject, share: str) -> Decimal:
    """Fen: above it the graver rule stands."""
    return scene.parameter(share, subject) * scene.parameter("rural_income", subject) * 100


def inpatient(share: str, line: str) -> Judge:
    """In hospital from 1 January to the end of last month; silent where the whole burden passes the graver line."""
    def judge(scene: Scene, subject: Subject) -> Outcome:
        def counts(fact: Fact) -> Truth:
            return both(fact.values["kind"] == "inpatient", before(fact.event, scene.month_start))
        sums, found = burden(scene, subject, scene.calendar_year, counts)
        whole, _ = burden(scene, subject, scene.calendar_year)
        least = scene.parameter(line, subject)
        graver = is_over(whole, line_of_class(scene, subject, share))
        return Outcome(both(negated(is_under(sums, least * 100)), negated(graver)), values={"inpatient": yuan(known(sums))},
                       threshold=least, evidence=evidence(found))
    return judge


def special_outpatient(scene: Scene, subject: Subject) -> Outcome:
    line = scene.parameter("special_outpatient_line", subject)

    def month(count: int) -> Bounds:
        def counts(fact: Fact) -> Truth:
            return both(fact.values["kind"] == "special", inside(fact.event, scene.month_before(count)))
        return burden(scene, subject, None, counts)[0]
    last, former = month(1), month(2)
    return Outcome(both(negated(is_under(last, line * 100)), negated(is_under(former, line * 100))),
                   values={"last": yuan(known(last)), "before": yuan(known(former))}, threshold=line)


def medical_burden_year(scene: Scene, subject: Subject) -> Outcome:
    sums, found = burden(scene, subject, scene.calendar_year)
    line = scene.parameter("medical_year_line", subject)
    share = "other_burden_share" if subject.household.family_class == "general" else "registered_burden_share"
    graver = is_over(sums, line_of_class(scene, subject, share))
    return Outcome(both(is_over(sums, line * 100), negated(graver)), values={"burden": yuan(known(sums))}, threshold=line,
                   evidence=evidence(found))


def left_over(subject: Subject, sums: Bounds) -> tuple[Fraction, Fraction] | None:
    income, people = subject.household.income, len(subject.household.members)
    return None if income is None else (income - Fraction(sums[1]) / people, income - Fraction(sums[0]) / people)


def income_after_medical(scene: Scene, subject: Subject) -> Outcome:
    sums, found = burden(scene, subject, scene.last_months(12))
    line, rest = scene.parameter("monitoring_line", subject), left_over(subject, sums)
    when = None if rest is None else both(is_under(rest, line * 100), subject.household.income >= line * 100)
    return Outcome(when, values={"burden": yuan(known(sums))}, threshold=line, evidence=evidence(found))


def household_medical_share(scene: Scene, subject: Subject) -> Outcome:
    sums, found = burden(scene, subject, scene.last_months(12))
    house, rest = subject.household, left_over(subject, sums)
    if rest is None:
        return Outcome(None)
    line = scene.parameter("household_medical_share", subject) * house.income * len(house.members)
    is_below = both(house.family_class != "monitored", is_under(rest, scene.parameter("monitoring_line", subject) * 100))
    return Outcome(both(is_over(sums, line), negated(is_below)), values={"burden": yuan(known(sums))}, evidence=evidence(found))


def no_major_illness_cover(scene: Scene, subject: Subject) -> Outcome:
    return Outcome(flag_is(subject.person.is_covered, False), {"employee_scheme": subject.person.is_employee is True})


# ---- education ----

def is_of_school_age(scene: Scene, subject: Subject) -> Truth:
    born = subject.person.birth
    if born is None:
        return None
    years = days.age(born, scene.calendar.school_cutoff(scene.anchor))
    return scene.parameter("school_age_from", subject) <= years < scene.parameter("school_age_to", subject)


def schooling_unknown(scene: Scene, subject: Subject) -> Outcome:
    person = subject.person
    return Outcome(both(is_of_school_age(scene, subject), person.school_status is None, person.study_reason is None))


def dropout_registered(scene: Scene, subject: Subject) -> Outcome:
    unable = subject.person.study_reason in ("因病无学习能力", "因残无学习能力")
    return Outcome(flag_is(subject.person.is_dropout, True), {"unable_to_study": unable})


def who(scene: Scene, fact: Fact) -> Person | None:
    return scene.roster.persons.get(fact.subject[1])


def several_pupils(scene: Scene, subject: Subject) -> Outcome:
    """Enrolled past the age of compulsory schooling."""
    cutoff, until = scene.calendar.school_cutoff(scene.anchor), scene.parameter("school_age_to", subject)

    def counts(fact: Fact) -> bool:
        person = who(scene, fact)
        return fact.values["status"] == "enrolled" and person.birth is not None and days.age(person.birth, cutoff) >= until
    found = scene.satisfying("education.enrolment", subject, counts)
    line, income = scene.parameter("pupils_at_once", subject), subject.household.income
    ample = income is not None and income >= 2 * scene.parameter("monitoring_line", subject) * 100
    return Outcome(len(found) >= line, {"ample_income": ample}, {"pupils": Decimal(len(found))}, line, evidence(found))


# ---- housing and water ----

def unsafe_house_registered(scene: Scene, subject: Subject) -> Outcome:
    rebuilt = exists(scene.satisfying("housing.renovation", subject, lambda f: not_after(f.values["finished_on"], scene.anchor)))
    return Outcome(both(flag_is(subject.household.unsafe_house, True), scene.absent("housing.assessment", subject)),
                   {"already_rebuilt": rebuilt})


def low_income_unassessed(scene: Scene, subject: Subject) -> Outcome:
    """Recognised in the calendar month before, no assessment by the 20th."""
    def is_of_last_month(fact: Fact) -> Truth:
        return inside(fact.values["started_on"], scene.month_before(1))
    granted = scene.satisfying("civil_affairs.allowance", subject, lambda f: both(f.values["decision"] == "granted", is_of_last_month(f)))
    other = scene.satisfying("civil_affairs.low_income", subject, is_of_last_month)
    return Outcome(both(either(exists(granted), exists(other)), scene.anchor.day > 20, scene.absent("housing.assessment", subject)),
                   evidence=evidence(granted, other))


def house_damaged_registered(scene: Scene, subject: Subject) -> Outcome:
    cleared = subject.household.cleared_on

    def is_later(fact: Fact) -> Truth:
        finished = fact.values["finished_on"]
        return after(finished, cleared) if cleared else (None if finished else False)
    return Outcome(flag_is(subject.household.house_damaged, True),
                   {"already_rebuilt": exists(scene.satisfying("housing.renovation", subject, is_later))})


def household_flag(name: str, wanted: bool) -> Judge:
    return lambda scene, subject: Outcome(flag_is(getattr(subject.household, name), wanted))


# ---- income and work ----

def income_below_line(scene: Scene, subject: Subject) -> Outcome:
    line, income = scene.parameter("monitoring_line", subject), subject.household.income
    return Outcome(None if income is None else income < line * 100, values={"net_income": yuan(income)}, threshold=line)


def nobody_can_work(subject: Subject) -> bool:
    return all(p.labour == "without" for p in subject.household.members)


def no_labour_unprotected(scene: Scene, subject: Subject) -> Outcome:
    return Outcome(both(nobody_can_work(subject), scene.absent("civil_affairs.allowance", subject, is_in_force),
                        scene.absent("civil_affairs.hardship", subject, lambda f: f.values["ended_on"] is None)))


def no_labour_cleared(scene: Scene, subject: Subject) -> Outcome:
    return Outcome(both(subject.household.risk_cleared, nobody_can_work(subject)))


def still(name: str, scene: Scene) -> Condition:
    return lambda fact: either(fact.values[name] is None, not_before(fact.values[name], scene.anchor))


def zero_employment(scene: Scene, subject: Subject) -> Outcome:
    """Somebody of working age is able to and not at school, and nobody has a job or a public post."""
    pension = scene.parameter("pension_age", subject)

    def is_able(person: Person) -> bool:
        return person.labour == "able" and person.birth is not None and 16 <= days.age(person.birth, scene.anchor) < pension
    pupils = scene.satisfying("education.enrolment", subject, lambda f: f.values["status"] == "enrolled" and is_able(who(scene, f)))
    able = sum(map(is_able, subject.household.members))
    jobless = scene.absent("human_resources.employment", subject, still("ended_on", scene))
    on_post = exists(scene.satisfying("human_resources.public_post", subject, still("ends_on", scene)))
    return Outcome(both(able > len(pupils), jobless, negated(on_post)), values={"able": Decimal(able), "pupils": Decimal(len(pupils))},
                   evidence=evidence(pupils))


def relocated_zero_employment(scene: Scene, subject: Subject) -> Outcome:
    moved = scene.satisfying("relocation.household", subject, lambda f: not_after(f.values["moved_on"], scene.anchor))
    outcome = zero_employment(scene, subject)
    return replace(outcome, when=both(exists(moved), outcome.when), evidence=evidence(moved) + outcome.evidence)


def lost_work(scene: Scene, subject: Subject) -> Outcome:
    lost = scene.latest("human_resources.unemployment", subject, "registered_on")

    def since(name: str) -> Condition:
        def judge(fact: Fact) -> Truth:
            day = fact.values[name]
            return not_before(day, lost.event) if lost else (None if day else False)
        return judge
    again = either(exists(scene.satisfying("human_resources.employment", subject, since("started_on"))),
                   exists(scene.satisfying("human_resources.unemployment", subject, since("employed_on"))))
    return Outcome(not_before(lost.event, days.add_months(scene.anchor, -1)) if lost else None, {"new_job": again},
                   evidence=[lost] if lost else [])


def post_ended(scene: Scene, subject: Subject) -> Outcome:
    """The last post ended 30 to 59 days ago, and there is no job."""
    found = scene.satisfying("human_resources.public_post", subject)
    ends = [f.values["ends_on"] for f, _ in found if f.values["ends_on"]]
    wait, born = scene.parameter("post_wait_days", subject), subject.person.birth
    retired = None if born is None else days.age(born, scene.anchor) >= scene.parameter("pension_age", subject)
    if not ends:
        return Outcome(None, {"pension_age_reached": retired})
    ago = (Decimal((scene.anchor - max(e.last for e in ends)).days), Decimal((scene.anchor - max(e.first for e in ends)).days))
    jobless = scene.absent("human_resources.employment", subject, still("ended_on", scene))
    latest = [f for f, _ in found if f.values["ends_on"] and f.values["ends_on"].first == max(e.first for e in ends)]
    return Outcome(both(negated(is_under(ago, wait)), is_under(ago, 2 * wait), jobless), {"pension_age_reached": retired}, {}, wait,
                   latest)


# ---- the other departments ----

def seen(dataset: str, window: str, condition: Condition = lambda f: True) -> Judge:
    """Such a record within the window."""
    def judge(scene: Scene, subject: Subject) -> Outcome:
        found = scene.satisfying(dataset, subject, condition, getattr(scene, window))
        return Outcome(exists(found), evidence=evidence(found))
    return judge


def is_severe(fact: Fact) -> bool:
    return fact.values["status"] == "valid" and fact.values["level"] in ("severe", "serious")


def severely_disabled(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("disabled_persons.certificate", subject,
                             lambda f: both(is_severe(f), inside(f.values["issued_on"], scene.last_month)))
    home = exists(scene.satisfying("civil_affairs.hardship", subject,
                                   lambda f: f.values["mode"] == "集中供养" and f.values["ended_on"] is None))
    return Outcome(exists(found), {"in_institution": home}, evidence=evidence(found))


def care_allowance_missing(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("disabled_persons.certificate", subject,
                             lambda f: both(is_severe(f), before(f.values["issued_on"], days.add_months(scene.anchor, -2))))
    unpaid = scene.absent("civil_affairs.disability_allowance", subject,
                          lambda f: f.values["kind"] == "care" and f.values["ended_on"] is None)
    return Outcome(both(exists(found), unpaid), evidence=evidence(found))


def house_destroyed(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("emergency.damage", subject, has("damage", "collapsed", "serious"), scene.last_months(12))
    sure = [f.event for f, truth in found if truth]
    hit = Span(max(e.first for e in sure), max(f.event.last for f, _ in found)) if sure else None

    def is_later(fact: Fact) -> Truth:
        finished = fact.values["finished_on"]
        return after(finished, hit) if hit else (None if finished else False)
    newest = [(f, t) for f, t in found if t and f.event.first == hit.first]
    return Outcome(exists(found), {"already_rebuilt": exists(scene.satisfying("housing.renovation", subject, is_later))},
                   evidence=evidence(newest))


def is_only_worker(scene: Scene, subject: Subject) -> Truth:
    if subject.person.labour is None:
        return None
    return subject.person.labour == "able" and sum(p.labour == "able" for p in subject.household.members) == 1


def earner_died(scene: Scene, subject: Subject) -> Outcome:
    cancelled = scene.satisfying("public_security.cancellation", subject, has("cause", "death"))
    certified = scene.satisfying("health.death", subject)
    return Outcome(both(exists(cancelled), exists(certified), is_only_worker(scene, subject)), evidence=evidence(cancelled, certified))


def earner_imprisoned(scene: Scene, subject: Subject) -> Outcome:
    def is_long(fact: Fact) -> Truth:
        began, ends = fact.values["started_on"], fact.values["ends_on"]
        three_on = Span(days.add_months(began.first, 3), days.add_months(began.last, 3)) if began else None
        return both(fact.values["kind"] == "服刑", not_before(ends, scene.anchor), after(ends, three_on))
    found = scene.satisfying("justice.sentence", subject, is_long)
    return Outcome(both(exists(found), is_only_worker(scene, subject)), evidence=evidence(found))


def dividend_owed(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("agriculture.dividend", subject, window=scene.last_months(12))
    due, paid = total(found, lambda f: f.values["due"]), total(found, lambda f: f.values["paid"])
    when = True if due[0] > paid[1] else False if due[1] <= paid[0] else None
    return Outcome(when, values={"due": yuan(known(due)), "paid": yuan(known(paid))}, evidence=evidence(found))


def loan_overdue(scene: Scene, subject: Subject) -> Outcome:
    found = scene.satisfying("finance.microcredit", subject, lambda f: (f.values["balance"] or 0) > 0)
    line = scene.parameter("loan_overdue_days", subject)
    late, most = at_least(found, lambda f: f.values["overdue_days"], line)
    return Outcome(late, values={"days": most}, threshold=line, evidence=[f for f in evidence(found) if f.values["overdue_days"] == most])


def died(scene: Scene, subject: Subject) -> Truth:
    return either(exists(scene.satisfying("public_security.cancellation", subject, has("cause", "death"))),
                  exists(scene.satisfying("health.death", subject)))


def excepting(rule: Rule, **exceptions: Callable[[Scene, Subject], Truth]) -> Rule:
    """The same rule with more exceptions, which only a county with the other departments can know."""
    def judge(scene: Scene, subject: Subject) -> Outcome:
        outcome = rule.judge(scene, subject)
        return replace(outcome, unless={**outcome.unless, **{name: test(scene, subject) for name, test in exceptions.items()}})
    return replace(rule, judge=judge)


def in_army(scene: Scene, subject: Subject) -> Truth:
    return exists(scene.satisfying("public_security.cancellation", subject, has("cause", "army")))


def in_prison(scene: Scene, subject: Subject) -> Truth:
    return exists(scene.satisfying("justice.sentence", subject,
                                   lambda f: both(f.values["kind"] == "服刑", not_before(f.values["ends_on"], scene.anchor))))


SHARES = ("registered_burden_share", "other_burden_share", "rural_income")
OF_FIVE = (
    Rule("inpatient_registered", "medical", "person", "medium", inpatient("registered_burden_share", "inpatient_line_registered"),
         REGISTERED, ("inpatient_line_registered", "registered_burden_share", "rural_income")),
    Rule("inpatient_other", "medical", "person", "medium", inpatient("other_burden_share", "inpatient_line_other"), ("general",),
         ("inpatient_line_other", "other_burden_share", "rural_income")),
    Rule("special_outpatient", "medical", "person", "low", special_outpatient, ALL, ("special_outpatient_line",)),
    Rule("medical_burden_year", "medical", "person", "medium", medical_burden_year, ALL, ("medical_year_line", *SHARES)),
    Rule("income_after_medical", "medical", "household", "high", income_after_medical, RURAL, ("monitoring_line",)),
    Rule("household_medical_share", "medical", "household", "medium", household_medical_share, ALL,
         ("household_medical_share", "monitoring_line")),
    Rule("no_major_illness_cover", "medical", "person", "medium", no_major_illness_cover, EXITED),
    Rule("schooling_unknown", "education", "person", "medium", schooling_unknown, REGISTERED, ("school_age_from", "school_age_to")),
    Rule("dropout_registered", "education", "person", "high", dropout_registered, EXITED),
    Rule("several_pupils", "education", "household", "low", several_pupils, REGISTERED,
         ("school_age_to", "pupils_at_once", "ample_income_factor", "monitoring_line")),
    Rule("unsafe_house_registered", "housing", "household", "high", unsafe_house_registered, RURAL),
    Rule("low_income_unassessed", "housing", "household", "medium", low_income_unassessed, ALL),
    Rule("house_damaged_registered", "housing", "household", "high", house_damaged_registered, ("cleared",)),
    Rule("no_safe_water", "water", "household", "high", household_flag("safe_water", False), RURAL),
    Rule("water_damaged_registered", "water", "household", "high", household_flag("water_damaged", True), ("cleared",)),
    Rule("marginal_recognised", "hardship", "household", "low",
         in_last_month("started_on", "civil_affairs.low_income", has("kind", "marginal")), ALL),
    Rule("rigid_expense_recognised", "hardship", "household", "medium",
         in_last_month("started_on", "civil_affairs.low_income", has("kind", "rigid_expense")), ALL),
    Rule("child_registered", "hardship", "person", "medium",
         in_last_month("started_on", "civil_affairs.child", has("kind", "unattended", "hardship")), ALL),
    Rule("income_below_line", "income", "household", "high", income_below_line, RURAL, ("monitoring_line",)),
    Rule("no_labour_unprotected", "income", "household", "high", no_labour_unprotected, RURAL),
    Rule("no_labour_cleared", "income", "household", "medium", no_labour_cleared, ("cleared",)),
)
OF_OTHERS = (
    Rule("major_disease_found", "medical", "person", "medium", seen("health.major_disease", "last_month"), ALL),
    Rule("severely_disabled", "disability", "person", "medium", severely_disabled, ALL),
    Rule("care_allowance_missing", "disability", "person", "low", care_allowance_missing, REGISTERED),
    Rule("house_destroyed", "disaster", "household", "high", house_destroyed, ALL),
    Rule("traffic_casualty", "accident", "person", "high",
         seen("public_security.accident", "last_month", has("harm", "serious", "death")), ALL),
    Rule("earner_died", "accident", "person", "medium", earner_died, ALL),
    Rule("earner_imprisoned", "crime", "person", "medium", earner_imprisoned, ALL),
    Rule("dividend_owed", "industry", "person", "low", dividend_owed, REGISTERED),
    Rule("loan_overdue", "finance", "person", "medium", loan_overdue, REGISTERED, ("loan_overdue_days",)),
    Rule("insurance_paid", "finance", "household", "medium", seen("finance.payout", "last_month"), ALL),
    Rule("lost_work", "employment", "person", "medium", lost_work, REGISTERED),
    Rule("zero_employment", "employment", "household", "high", zero_employment, REGISTERED, ("pension_age",)),
    Rule("post_ended", "employment", "person", "low", post_ended, REGISTERED, ("post_wait_days", "pension_age")),
    Rule("relocated_zero_employment", "relocation", "household", "high", relocated_zero_employment, REGISTERED, ("pension_age",)),
)


def all_rules(has_others: bool) -> tuple[Rule, ...]:
    if not has_others:
        return RULES + OF_FIVE
    more = {"not_insured": {"died": died, "in_army": in_army, "in_prison": in_prison}, "absent_from_enrolment": {"died": died}}
    return tuple(excepting(rule, **more.get(rule.id, {})) for rule in RULES) + OF_FIVE + OF_OTHERS
