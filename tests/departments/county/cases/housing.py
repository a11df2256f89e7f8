"""unsafe_house, house_damaged_after_clearing."""
from __future__ import annotations

from datetime import date

from .. import days as d
from .plan import Plan

UNSAFE, DAMAGED = "unsafe_house", "house_damaged_after_clearing"
KINDS = ("lifted", "general", "unstable", "marginal", "cleared")


def plant(plan: Plan) -> None:
    grades(plan)
    exceptions(plan)
    several(plan)
    changing(plan)
    after_clearing(plan)


def grades(plan: Plan) -> None:
    first, last = plan.first, plan.last
    assessed = d.add(first, -200)
    for label, grade, opens in (("C", "C", True), ("D", "D级", True), ("bing", "丙", True), ("C_label", "C级危房", True),
                                ("ding", "丁", True), ("wide", "Ｃ", True), ("B", "B级", False), ("A", "甲", False)):
        household = plan.household("lifted")
        plan.house(household, grade, assessed)
        if opens:
            plan.opens(f"house.{label}", UNSAFE, household, first)
        else:
            plan.never(f"house.{label}", UNSAFE, household)
    for kind in KINDS:
        household = plan.household(kind)
        plan.house(household, "D", d.add(last, -1), shown=plan.shown_from(last))
        plan.opens(f"house.last.{kind}", UNSAFE, household, last)
        if kind == "cleared":
            plan.opens("house.last.cleared.damaged", DAMAGED, household, last)
    for label, grade, when in (("grade_unreadable", "E", d.iso(assessed)), ("date_blank", "D", ""),
                               ("date_unreadable", "D", "去年秋天"), ("date_future", "D", d.iso(d.add(last, 30)))):
        household = plan.household("general")
        plan.house(household, grade, when)
        plan.never(f"house.{label}", UNSAFE, household, note="quarantined")
    for form in (*d.EXACT_FORMS, *d.MONTH_FORMS):
        household = plan.household("general")
        plan.house(household, "C", form(assessed))
        plan.opens(f"house.date.{form.__name__}", UNSAFE, household, first, note=form(assessed))


def exceptions(plan: Plan) -> None:
    """Rebuilt after the assessment, or another safe house."""
    first = plan.first
    assessed = d.add(first, -200)
    for label, finished, opens in (("day_after", d.add(assessed, 1), False), ("same_day", assessed, True),
                                   ("day_before", d.add(assessed, -1), True)):
        household = plan.household("general")
        plan.house(household, "D", assessed)
        plan.renovation(household, finished, grant="1.05")
        if opens:
            plan.opens(f"house.renovated.{label}", UNSAFE, household, first)
        else:
            plan.never(f"house.renovated.{label}", UNSAFE, household, note="already_rebuilt")
    household = plan.household("general")
    plan.house(household, "D", assessed)
    plan.renovation(household, "")
    plan.opens("house.renovated.unfinished", UNSAFE, household, first, note="no date of completion yet")
    household = plan.household("lifted")
    plan.house(household, "C", assessed, alternative="有")
    plan.never("house.alternative", UNSAFE, household, note="safe_alternative")


def several(plan: Plan) -> None:
    """Of several assessments the latest decides; one house number twice is quarantined."""
    first = plan.first
    for label, grades, opens in (("worse_later", ("B", "D"), True), ("better_later", ("D", "B"), False)):
        household = plan.household("general")
        for years, grade in zip((3, 1), grades):
            plan.house(household, grade, d.years_before(first, years))
        if opens:
            plan.opens(f"house.two.{label}", UNSAFE, household, first)
        else:
            plan.never(f"house.two.{label}", UNSAFE, household)
    household = plan.household("general")
    key = plan.house(household, "D", d.add(first, -300))
    plan.house(household, "C", d.add(first, -100), house_no=key)
    plan.never("house.same_key", UNSAFE, household, note="one key twice, no time of update: both quarantined")


def changing(plan: Plan) -> None:
    first, mid, last = plan.first, plan.mid, plan.last
    assessed = d.add(mid, -30)
    with plan.case("house.rebuilt_at_last"):
        plan.need_days(2)
        for kind in ("general", "unstable"):
            household = plan.household(kind)
            plan.house(household, "D", assessed, shown=plan.shown_from(mid))
            plan.renovation(household, d.add(last, -1), shown=last, grant="3.5万元")
            plan.expect(f"house.rebuilt_at_last.{kind}", UNSAFE, household, "clears", last, opened=mid,
                        note="the cause is already_rebuilt")
    with plan.case("house.alternative_at_last"):
        plan.need_days(2)
        household = plan.household("lifted")
        key = plan.house(household, "C", assessed, shown=plan.shown_from(mid), until=last)
        plan.house(household, "C", assessed, alternative="有", house_no=key, shown=last)
        plan.expect("house.alternative_at_last", UNSAFE, household, "clears", last, opened=mid,
                    note="the cause is safe_alternative")
    with plan.case("house.assessed_again"):
        plan.need_days(2)
        household = plan.household("general")
        plan.house(household, "D", assessed, shown=plan.shown_from(mid))
        plan.house(household, "B", d.add(last, -1), shown=last)
        plan.expect("house.assessed_again", UNSAFE, household, "clears", last, opened=mid,
                    note="no window to hold: the newest assessment decides")
    with plan.case("house.corrected"):
        plan.need_days(2)
        household = plan.household("general")
        key = plan.house(household, "D", assessed, shown=plan.shown_from(mid), until=last)
        plan.house(household, "B", assessed, house_no=key, shown=last)
        plan.expect("house.corrected", UNSAFE, household, "clears", last, opened=mid)
    with plan.case("house.retracted"):
        plan.need_days(2)
        household = plan.household("general")
        plan.house(household, "D", assessed, shown=plan.shown_from(mid), until=last)
        plan.expect("house.retracted", UNSAFE, household, "withdrawn", last, opened=mid)


def after_clearing(plan: Plan) -> None:
    first, last = plan.first, plan.last

    def cleared(on: date):
        household = plan.household("cleared")
        household.cleared_on = on
        return household

    on = d.add(first, -120)
    for label, assessed, opens in (("day_after", d.add(on, 1), True), ("same_day", on, False), ("before", d.add(on, -1), False)):
        household = cleared(on)
        plan.house(household, "C", assessed, alternative="有")
        if opens:
            plan.opens(f"damaged.{label}", DAMAGED, household, first)
        else:
            plan.never(f"damaged.{label}", DAMAGED, household, note="another safe house, so that no other rule fires")
    household = cleared(on)
    plan.house(household, "D", d.add(on, 10))
    plan.renovation(household, d.add(on, 60))
    plan.never("damaged.rebuilt", DAMAGED, household)
    household = cleared(on)
    plan.house(household, "D", d.add(last, -1), shown=plan.shown_from(last))
    plan.opens("damaged.last", DAMAGED, household, last)
    plan.opens("damaged.last.unsafe", UNSAFE, household, last)
    household = plan.household("marginal")
    plan.house(household, "D", d.add(first, -60), alternative="有")
    plan.never("damaged.not_cleared", DAMAGED, household)
