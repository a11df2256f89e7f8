"""medical_burden_registered, medical_burden_other, not_insured."""
from __future__ import annotations

from datetime import date

from .. import days as d
from ..people import Household, Person
from ..roster import money_text
from .plan import Plan, Skip, rural_income

REGISTERED, OTHER, INSURED = "medical_burden_registered", "medical_burden_other", "not_insured"


def line(day: date, rule: str = REGISTERED) -> int:
    """The burden in fen that must be exceeded."""
    return rural_income(day) // 2 if rule == REGISTERED else rural_income(day)


def plant(plan: Plan) -> None:
    thresholds(plan)
    days_of_the_year(plan)
    ways_of_writing(plan)
    unreadable(plan)
    versions(plan)
    closing(plan)
    uninsured(plan)
    newborns(plan)


def patient(plan: Plan, kind: str = "lifted") -> tuple[Household, Person]:
    household = plan.household(kind)
    return household, household.members[1]


def thresholds(plan: Plan) -> None:
    """A fen on both sides of the line, for each class and kind, standing and new."""
    for kind, rule in (("lifted", REGISTERED), ("unstable", REGISTERED), ("marginal", REGISTERED),
                       ("cleared", REGISTERED), ("general", OTHER)):
        for place, day in (("first", plan.first), ("last", plan.last)):
            for label, fen in (("exact", 0), ("over", 1), ("under", -1)):
                name = f"medical.{kind}.{place}.{label}"
                with plan.case(name):
                    event = plan.in_year(day)
                    household = plan.household(kind, origin="lifted" if kind == "cleared" else "")
                    person = household.members[1]
                    early = plan.in_year(day, 40)
                    plan.settlement(person, early, line(day, rule) - 123456, shown=plan.seen(early))
                    plan.settlement(person, event, 123456 + fen, shown=plan.shown_from(day))
                    if fen > 0:
                        plan.opens(name, rule, household, day, person=person, note="a fen over the line")
                    else:
                        plan.never(name, rule, household, person=person, note="on or a fen under the line")
    with plan.case("medical.general.registered_line"):
        household, person = patient(plan, "general")
        plan.settlement(person, plan.in_year(plan.last), line(plan.last) + 100000, shown=plan.shown_from(plan.last))
        plan.never("medical.general.registered_line", REGISTERED, household, person=person,
                   note="over the line of registered persons, but of a general household")


def days_of_the_year(plan: Plan) -> None:
    """The year's edges: 31 December before, 1 January, the day itself, months."""
    big = line(plan.last) + 500000
    new_year = d.year_start(plan.last)
    with plan.case("medical.31_december"):
        household, person = patient(plan)
        event = d.add(new_year, -1)
        plan.settlement(person, event, big, shown=plan.seen(event))
        plan.never("medical.31_december", REGISTERED, household, person=person, note="last year's")
    with plan.case("medical.1_january"):
        if plan.last == new_year:
            raise Skip("the calendar year has only begun")
        household, person = patient(plan)
        plan.settlement(person, new_year, big, shown=plan.seen(new_year))
        opens = max(plan.first, d.add(new_year, 1))
        plan.opens("medical.1_january", REGISTERED, household, opens, person=person)
    with plan.case("medical.today"):
        household, person = patient(plan)
        plan.settlement(person, plan.last, big, shown=plan.shown_from(plan.last), updated=d.add(plan.last, -1))
        plan.never("medical.today", REGISTERED, household, person=person, note="dated the day of the list itself")
    with plan.case("medical.future"):
        household, person = patient(plan)
        event = d.add(plan.last, 20)
        plan.settlement(person, event, big, updated=d.add(plan.first, -30))
        plan.never("medical.future", REGISTERED, household, person=person, note="a future date: quarantined")
    with plan.case("medical.month_inside"):
        if plan.first.month == 1 or plan.first.year != plan.last.year:
            raise Skip("no whole month of the year has passed")
        household, person = patient(plan)
        plan.settlement(person, d.month_dot(d.add(d.month_start(plan.first), -1)), big)
        plan.opens("medical.month_inside", REGISTERED, household, plan.first, person=person,
                   note="known to the month, all of it inside the year")
    with plan.case("medical.month_straddles"):
        if plan.first.month != plan.last.month:
            raise Skip("the month ends between the runs")
        household, person = patient(plan)
        plan.settlement(person, d.month_chinese(plan.last), big)
        plan.never("medical.month_straddles", REGISTERED, household, person=person,
                   note="known to the month of the list: unknown whether before the day")


def ways_of_writing(plan: Plan) -> None:
    """Amounts and dates in the forms departments use; each is a fen over the line."""
    fen = line(plan.last) + 1
    text = money_text(fen)
    amounts = {"thousands": f"{fen // 100:,}.{fen % 100:02d}", "wide": d.widen(text), "yuan": text + "元",
               "wan": f"{fen // 1000000}.{fen % 1000000:06d}万元", "blanks": f"  {text} ", "sign": "+" + text}
    for label, amount in amounts.items():
        with plan.case(f"medical.amount.{label}"):
            household, person = patient(plan)
            plan.settlement(person, plan.in_year(plan.last), amount, shown=plan.shown_from(plan.last))
            plan.opens(f"medical.amount.{label}", REGISTERED, household, plan.last, person=person, note=amount)
    for form in d.EXACT_FORMS:
        with plan.case(f"medical.date.{form.__name__}"):
            household, person = patient(plan)
            event = plan.in_year(plan.last)
            plan.settlement(person, form(event), text, shown=plan.shown_from(plan.last), updated=event)
            plan.opens(f"medical.date.{form.__name__}", REGISTERED, household, plan.last, person=person,
                       note=form(event))


def unreadable(plan: Plan) -> None:
    """Old deliveries only: a night's few new records would else be held for their share of rejects."""
    big = money_text(line(plan.last) + 500000)
    event = d.add(plan.first, -45)
    faults = {"amount": (d.iso(event), "见附件"), "blank_amount": (d.iso(event), "-"), "date": ("2026-02-30", big),
              "blank_date": ("", big), "zero_date": ("0000-00-00", big), "fen_parts": (d.iso(event), "99999.999")}
    for label, (when, amount) in faults.items():
        household, person = patient(plan)
        plan.settlement(person, when, amount)
        plan.never(f"medical.unreadable.{label}", REGISTERED, household, person=person, note=f"{when} {amount}")


def versions(plan: Plan) -> None:
    """One key twice: the later update wins, in one delivery and from night to night."""
    big, small = line(plan.last) + 500000, 50000
    for label, order, opens in (("later_big", (small, big), True), ("later_small", (big, small), False)):
        with plan.case(f"medical.same_key.{label}"):
            event = plan.in_year(plan.first, 20)
            household, person = patient(plan)
            key = plan.settlement(person, event, order[0], updated=d.add(plan.first, -3))
            plan.settlement(person, event, order[1], setl_id=key, updated=d.add(plan.first, -2))
            name = f"medical.same_key.{label}"
            if opens:
                plan.opens(name, REGISTERED, household, plan.first, person=person, note="two versions in one delivery")
            else:
                plan.never(name, REGISTERED, household, person=person, note="two versions in one delivery")
    with plan.case("medical.updated_up"):
        plan.before(plan.last)
        household, person = patient(plan)
        event = plan.in_year(plan.last, 20)
        key = plan.settlement(person, event, small, until=plan.last, shown=plan.seen(event))
        plan.settlement(person, event, big, setl_id=key, shown=plan.last, updated=d.add(plan.last, -1))
        plan.opens("medical.updated_up", REGISTERED, household, plan.last, person=person, note="the amount was raised")


def closing(plan: Plan) -> None:
    """Opened on the middle day, changed on the last."""
    fen = line(plan.mid) + 10000
    for label in ("updated_down", "reversed", "reversed_by_half", "reversed_later", "stays"):
        name = f"medical.{label}"
        with plan.case(name):
            plan.need_days(2)
            event = plan.in_year(plan.mid, 10)
            household, person = patient(plan, "lifted" if label != "reversed" else "unstable")
            keeps = plan.last if label == "updated_down" else None
            key = plan.settlement(person, event, fen, shown=plan.shown_from(plan.mid), until=keeps)
            office = d.add(plan.last, -1)
            if label == "updated_down":
                plan.settlement(person, event, fen - 20000, setl_id=key, shown=plan.last, updated=office)
            elif label == "reversed":
                plan.settlement(person, event, -fen, shown=plan.last, updated=office)
            elif label == "reversed_by_half":
                plan.settlement(person, event, -9999, shown=plan.last, updated=office)
            elif label == "reversed_later":
                plan.settlement(person, plan.in_year(plan.last), -fen, shown=plan.last, updated=office)
            if label in ("updated_down", "reversed"):
                plan.expect(name, REGISTERED, household, "clears", plan.last, person=person, opened=plan.mid)
            elif label == "reversed_later":
                plan.opens(name, REGISTERED, household, plan.mid, person=person, sure=False,
                           note="the reversal is dated after the last true finding, outside the held window: still "
                                "open on the last day by docs/episodes.md")
            else:
                plan.opens(name, REGISTERED, household, plan.mid, person=person, note="still open on the last day")
    with plan.case("medical.year_moved_on"):
        if plan.first.year == plan.last.year:
            raise Skip("no new year between the runs")
        household, person = patient(plan)
        plan.settlement(person, plan.in_year(plan.first, 30), line(plan.first) + 500000)
        plan.opens("medical.year_moved_on", REGISTERED, household, plan.first, person=person,
                   note="the new year must not clear it")


def uninsured(plan: Plan) -> None:
    first, last, year = plan.first, plan.last, plan.last.year
    same_year = first.year == last.year

    def bare(kind: str = "lifted") -> tuple[Household, Person]:
        household, person = patient(plan, kind)
        person.insured = "none"
        return household, person

    for kind in ("lifted", "unstable", "sudden", "cleared"):
        household = plan.household(kind, origin="lifted" if kind == "cleared" else "")
        person = household.members[1]
        person.insured = "none"
        plan.opens(f"insured.none.{kind}", INSURED, household, first, person=person)
    household, person = bare("general")
    plan.never("insured.none.general", INSURED, household, person=person, note="the rule is for registered households")
    for label, status, scheme, years, opens in (
            ("suspended", "2", "390", (first.year, year), True), ("ended", "终止参保", "390", (first.year, year), True),
            ("last_year", "1", "390", (first.year - 1,), True), ("label", "正常参保", "城乡居民基本医疗保险", (first.year, year), False),
            ("employee", "1", "310", (first.year, year), False)):
        household, person = bare()
        for each in sorted(set(years)):
            plan.insured(person, each, status, scheme=scheme)
        if opens:
            plan.opens(f"insured.{label}", INSURED, household, first, person=person)
        else:
            plan.never(f"insured.{label}", INSURED, household, person=person)
    with plan.case("insured.dead"):
        household, person = bare()
        person.died = True
        for each in sorted({first.year, year}):
            plan.insured(person, each, "4")
        plan.opens("insured.dead", INSURED, household, first, person=person,
                   note="dead, but the exception waits for a dataset")
    for label, order, opens in (("later_normal", ("4", "1"), False), ("later_ended", ("1", "4"), True)):
        household, person = bare()
        for each in sorted({first.year, year}):
            key = plan.insured(person, each, order[0], updated=d.add(first, -20))
            plan.insured(person, each, order[1], psn_no=key, updated=d.add(first, -10))
        if opens:
            plan.opens(f"insured.same_key.{label}", INSURED, household, first, person=person)
        else:
            plan.never(f"insured.same_key.{label}", INSURED, household, person=person)
    if not same_year:
        with plan.case("insured.not_renewed"):
            household, person = bare()
            plan.insured(person, first.year, "1")
            plan.opens("insured.not_renewed", INSURED, household, d.year_start(last), person=person,
                       note="insured last year, not in the new one")
    with plan.case("insured.suspended_last_day"):
        plan.before(last)
        for kind in ("lifted", "marginal"):
            household, person = bare(kind)
            if not same_year:
                plan.insured(person, first.year, "1")
            key = plan.insured(person, year, "1", until=last)
            plan.insured(person, year, "2", psn_no=key, shown=last)
            plan.opens(f"insured.suspended_last_day.{kind}", INSURED, household, last, person=person)
    with plan.case("insured.vanished_last_day"):
        plan.before(last)
        household, person = bare()
        if not same_year:
            plan.insured(person, first.year, "1")
        plan.insured(person, year, "1", until=last)
        plan.opens("insured.vanished_last_day", INSURED, household, last, person=person)
    with plan.case("insured.found_last_day"):
        plan.before(last)
        household, person = bare()
        for each in sorted({first.year, year}):
            plan.insured(person, each, "1", shown=last)
        plan.expect("insured.found_last_day", INSURED, household, "clears", last, person=person, opened=first)


def newborns(plan: Plan) -> None:
    """Excepted while born after D - 90 days."""
    first, last = plan.first, plan.last
    for label, birth, opens in (("89_days", d.add(last, -89), None), ("90_days", d.add(last, -90), last),
                                ("91_days_first", d.add(first, -91), first)):
        with plan.case(f"insured.newborn.{label}"):
            household = plan.household("lifted")
            baby = plan.child(household, birth=birth)
            baby.insured = "none"
            if opens is None:
                plan.never(f"insured.newborn.{label}", INSURED, household, person=baby)
            else:
                plan.opens(f"insured.newborn.{label}", INSURED, household, opens, person=baby)
    household = plan.household("lifted")
    baby = plan.child(household, birth=d.add(last, -50))
    baby.insured, baby.number, baby.shown_number = "none", "", ""
    plan.never("insured.newborn.no_number", INSURED, household, person=baby, note="an infant without a number yet")
