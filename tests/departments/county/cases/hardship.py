"""relief_granted, allowance_granted, allowance_ended, allowance_refused, hardship_granted, and the linked registers."""
from __future__ import annotations

from datetime import date
from typing import Callable

from .. import days as d
from ..people import Household
from .plan import Plan, Skip

RELIEF, GRANTED, ENDED, REFUSED = "relief_granted", "allowance_granted", "allowance_ended", "allowance_refused"
TEKUN, UNREGISTERED, WITHOUT = "hardship_granted", "allowance_not_registered", "registered_without_allowance"
KINDS = ("lifted", "general", "unstable", "marginal", "sudden", "cleared")
FLOOR = 20000
LINE = 600000       # fen: the allowance line of the county


def plant(plan: Plan) -> None:
    relief_amounts(plan)
    relief_days(plan)
    relief_keys(plan)
    month_edges(plan)
    decisions(plan)
    vanishing(plan)
    registers(plan)
    two_families(plan)


def home(plan: Plan, kind: str = "lifted") -> Household:
    return plan.household(kind, origin="lifted" if kind == "cleared" else "")


def settle(plan: Plan, opens: bool, name: str, rule: str, household: Household, day: date, **more) -> None:
    if opens:
        plan.opens(name, rule, household, day, **more)
    else:
        plan.never(name, rule, household, **more)


def relief_amounts(plan: Plan) -> None:
    first, last = plan.first, plan.last
    for kind in KINDS:
        for place, day in (("first", first), ("last", last)):
            for label, fen in (("floor", FLOOR), ("under", FLOOR - 1)):
                household = home(plan, kind)
                plan.relief(household.head, d.add(day, -1), fen, shown=plan.shown_from(day))
                settle(plan, fen >= FLOOR, f"relief.{kind}.{place}.{label}", RELIEF, household, day)
    for label, amount, opens in (("wide", "２００．００", True), ("thousands", "1,200.50", True), ("wan", "0.02万元", True),
                                 ("yuan", "200元", True), ("wan_under", "0.019999万元", False), ("unreadable", "贰佰元", False),
                                 ("blank", "-", False), ("negative", "-500.00", False)):
        household = home(plan)
        plan.relief(household.members[1], d.add(first, -2), amount)
        settle(plan, opens, f"relief.amount.{label}", RELIEF, household, first, note=amount)
    household = home(plan, "general")
    plan.relief(household.members[1], d.add(first, -3), FLOOR - 5000)
    plan.relief(household.head, d.add(first, -2), FLOOR - 5000)
    plan.never("relief.two_small", RELIEF, household, note="the greatest counts, not the sum")


def relief_days(plan: Plan) -> None:
    """The edges of [D - 1 month, D), and months."""
    first, mid, last = plan.first, plan.mid, plan.last
    edge = d.months_before(first, 1)
    for label, event, opens in (("first_of_window", edge, True), ("day_before_window", d.add(edge, -1), False),
                                ("yesterday", d.add(first, -1), True)):
        household = home(plan, "general")
        plan.relief(household.head, event, 50000)
        settle(plan, opens, f"relief.{label}", RELIEF, household, first, note=d.iso(event))
    household = home(plan, "general")
    plan.relief(household.head, last, 50000, shown=plan.shown_from(last))
    plan.never("relief.today", RELIEF, household, note="dated the day of the list itself")
    household = home(plan, "general")
    plan.relief(household.head, d.add(last, 15), 50000)
    plan.never("relief.future", RELIEF, household, note="a future date: quarantined")
    with plan.case("relief.window_moved_on"):
        plan.before(last)
        event = d.months_before(mid, 1)
        if d.months_before(last, 1) <= event:
            raise Skip("the window does not move between these days")
        household = home(plan)
        plan.relief(household.head, event, 50000, shown=plan.shown_from(mid))
        plan.opens("relief.window_moved_on", RELIEF, household, mid,
                   note="out of the window on the last day: must not clear")
    with plan.case("relief.month_straddles"):
        window = d.months_before(first, 1)
        if first.day == 1 or last.month != first.month:
            raise Skip("a whole month lies in the window")
        household = home(plan)
        plan.relief(household.head, d.month_dot(window), 50000)
        plan.never("relief.month_straddles", RELIEF, household,
                   note="known to the month: the window begins inside it, so nobody can say")
    with plan.case("relief.month_inside"):
        if first.day != 1:
            raise Skip("no whole month in the window")
        household = home(plan)
        plan.relief(household.head, d.month_dot(d.add(first, -1)), 50000)
        plan.opens("relief.month_inside", RELIEF, household, first)
    household = home(plan)
    plan.relief(household.head, d.month_dot(d.months_before(first, 4)), 50000)
    plan.never("relief.month_outside", RELIEF, household)
    for form in d.EXACT_FORMS:
        household = home(plan)
        plan.relief(household.head, form(d.add(last, -1)), 50000, shown=plan.shown_from(last))
        plan.opens(f"relief.date.{form.__name__}", RELIEF, household, last, note=form(d.add(last, -1)))


def relief_keys(plan: Plan) -> None:
    """One key twice without a time of update: nobody can say which holds, both are quarantined."""
    household = home(plan)
    key = plan.relief(household.head, d.add(plan.first, -5), 50000)
    plan.relief(household.head, d.add(plan.first, -5), 60000, relief_no=key)
    plan.never("relief.same_key", RELIEF, household, note="both versions quarantined")


def month_edges(plan: Plan) -> None:
    """Dates of allowances and hardship support at the edges of the last month."""
    first, last = plan.first, plan.last
    edge = d.months_before(first, 1)
    adders: dict[str, tuple[str, Callable[[Household, str, date | None], object]]] = {
        "granted": (GRANTED, lambda h, text, shown: plan.allowance(h, started=text, applied="2019-01-01", shown=shown)),
        "ended": (ENDED, lambda h, text, shown: plan.allowance(
            h, started="2019-02-01", ended=text, reason="收入超标", shown=shown)),
        "refused": (REFUSED, lambda h, text, shown: plan.allowance(h, decision="不同意", applied=text, shown=shown)),
        "tekun": (TEKUN, lambda h, text, shown: plan.hardship(h.members[1], text, shown=shown)),
    }
    for label, (rule, add) in adders.items():
        for kind in KINDS:
            if label == "granted" and kind == "general":
                continue        # the linked registers have their own
            household = home(plan, kind)
            add(household, d.iso(d.add(last, -1)), plan.shown_from(last))
            person = household.members[1] if rule == TEKUN else None
            plan.opens(f"{label}.{kind}.last", rule, household, last, person=person)
        for place, event, opens in (("first_of_window", edge, True), ("day_before_window", d.add(edge, -1), False),
                                    ("yesterday", d.add(first, -1), True), ("today", last, False)):
            household = home(plan)
            add(household, d.chinese(event), plan.shown_from(last) if place == "today" else None)
            person = household.members[1] if rule == TEKUN else None
            settle(plan, opens, f"{label}.{place}", rule, household, first, person=person, note=d.iso(event))
        household = home(plan)
        add(household, "", None)
        plan.never(f"{label}.blank", rule, household, note="no date")


def decisions(plan: Plan) -> None:
    first = plan.first
    recent, old = d.iso(d.add(first, -4)), "2019-03-01"
    for label, reason, opens in (("death", "死亡", False), ("employed", "稳定就业", False), ("income", "收入超标", True),
                                 ("false", "虚假申报", True), ("free_text", "户主自愿放弃", True), ("blank", "", True)):
        household = home(plan, "unstable")
        plan.allowance(household, started=old, ended=recent, reason=reason)
        settle(plan, opens, f"ended.reason.{label}", ENDED, household, first, note=reason)
    for label, decision, reason, opens in (("code", "2", "", True), ("label", "不予批准", "", True),
                                           ("pending", "审批中", "", False), ("false", "拒绝", "隐瞒收入", False),
                                           ("granted", "同意", "", False)):
        household = home(plan, "lifted")
        plan.allowance(household, decision=decision, applied=recent, reason=reason, started=old if label == "granted" else "")
        settle(plan, opens, f"refused.{label}", REFUSED, household, first)
    household = home(plan, "lifted")
    plan.allowance(household, started=recent, holder=household.members[1], decision="1")
    plan.opens("granted.holder_not_head", GRANTED, household, first, note="in the name of another member")
    household = home(plan, "lifted")
    key = plan.allowance(household, started=recent)
    plan.allowance(household, started=old, certificate=key)
    plan.never("granted.same_key", GRANTED, household, note="one key twice, no time of update: both quarantined")


def vanishing(plan: Plan) -> None:
    """Opened on the middle day; on the last its record is gone, or has another date."""
    with plan.case("granted.retracted"):
        plan.need_days(2)
        household = home(plan, "lifted")
        plan.allowance(household, started=d.iso(d.add(plan.mid, -3)), shown=plan.shown_from(plan.mid), until=plan.last)
        plan.expect("granted.retracted", GRANTED, household, "withdrawn", plan.last, opened=plan.mid,
                    note="record_retracted: the record is gone from a full snapshot")
    with plan.case("granted.corrected"):
        plan.need_days(2)
        household = home(plan, "marginal")
        key = plan.allowance(household, started=d.iso(d.add(plan.mid, -3)), shown=plan.shown_from(plan.mid), until=plan.last)
        plan.allowance(household, started="2020-01-01", certificate=key, shown=plan.last)
        plan.expect("granted.corrected", GRANTED, household, "clears", plan.last, opened=plan.mid,
                    note="the date was corrected: a newer version of the same key")
    with plan.case("relief.retracted"):
        plan.need_days(2)
        household = home(plan, "general")
        plan.relief(household.head, d.add(plan.mid, -3), 80000, shown=plan.shown_from(plan.mid), until=plan.last)
        plan.expect("relief.retracted", RELIEF, household, "withdrawn", plan.last, opened=plan.mid)


def registers(plan: Plan) -> None:
    """Allowance households that are not registered, and monitored households without the allowance."""
    first, last, old = plan.first, plan.last, "2021-05-01"
    for label, opens, more in (("holds", True, {}), ("ended", False, {"ended": "2023-06-30", "reason": "就业"}),
                               ("refused", False, {"decision": "不同意"}), ("pending", False, {"decision": "0"})):
        household = home(plan, "general")
        plan.allowance(household, started=old, **more)
        settle(plan, opens, f"registers.{label}", UNREGISTERED, household, first)
    for kind in ("lifted", "marginal"):
        household = home(plan, kind)
        plan.allowance(household, started=old)
        plan.never(f"registers.{kind}", UNREGISTERED, household)
    household = plan.household("cleared", origin="general")
    plan.allowance(household, started=old)
    plan.opens("registers.cleared_general", UNREGISTERED, household, first, note="cleared, of general origin: reopen")
    with plan.case("registers.becomes_monitored"):
        plan.before(last)
        household = home(plan, "general")
        plan.allowance(household, started=old)

        plan.move(last, household, lambda _, h: (setattr(h, "monitor_class", "marginal"), setattr(h, "income", 700000)))
        plan.expect("registers.becomes_monitored", UNREGISTERED, household, "clears", last, opened=first,
                    kind="standing", note="class_changed")
    for label, income, holds, opens in (("under", LINE - 1, "", True), ("exact", LINE, "", False),
                                        ("allowance", LINE - 100000, "dibao", False), ("hardship", LINE - 100000, "tekun", False),
                                        ("hardship_ended", LINE - 100000, "tekun ended", True)):
        household = home(plan, "unstable")
        household.income = income
        if holds == "dibao":
            plan.allowance(household, started=old)
        elif holds:
            plan.hardship(household.members[1], "2020-04-01", ended="2022-01-31" if "ended" in holds else "")
        settle(plan, opens, f"without.{label}", WITHOUT, household, first)
    household = home(plan, "lifted")
    household.income = LINE - 100000
    plan.never("without.lifted", WITHOUT, household, note="the rule is for monitored households")
    with plan.case("without.income_falls"):
        plan.before(last)
        household = home(plan, "sudden")
        household.income = LINE + 1
        plan.move(last, household, lambda _, h: setattr(h, "income", LINE - 1))
        plan.opens("without.income_falls", WITHOUT, household, last, kind="changed")
    with plan.case("without.granted_at_last"):
        plan.before(last)
        household = home(plan, "unstable")
        household.income = LINE - 1
        plan.allowance(household, started="2021-05-01", shown=last)
        plan.expect("without.granted_at_last", WITHOUT, household, "clears", last, opened=first)


def two_families(plan: Plan) -> None:
    """A second family within 90 days raises the lead one level."""
    first, mid, last = plan.first, plan.mid, plan.last
    with plan.case("escalate.second_family"):
        plan.need_days(2)
        household = home(plan, "unstable")
        household.income = LINE + 1
        plan.relief(household.head, d.add(mid, -1), 90000, shown=plan.shown_from(mid))
        plan.move(last, household, lambda _, h: setattr(h, "income", LINE - 1))
        plan.opens("escalate.second_family.relief", RELIEF, household, mid)
        plan.expect("escalate.second_family", WITHOUT, household, "escalates", last, opened=mid,
                    note="medium (hardship), then low (linked registers): high from the last day")
    with plan.case("escalate.higher_alert"):
        plan.need_days(2)
        household = home(plan, "general")
        plan.relief(household.head, d.add(mid, -1), 90000, shown=plan.shown_from(mid))
        plan.house(household, "D", d.add(mid, -20), shown=last)
        plan.opens("escalate.higher_alert.relief", RELIEF, household, mid)
        plan.expect("escalate.higher_alert", "unsafe_house", household, "escalates", last, opened=mid,
                    note="a high alert joins a medium one")
    with plan.case("escalate.same_family"):
        plan.need_days(2)
        household = home(plan, "lifted")
        plan.relief(household.head, d.add(mid, -1), 90000, shown=plan.shown_from(mid))
        plan.hardship(household.members[1], d.iso(d.add(last, -1)), shown=last)
        plan.opens("escalate.same_family.relief", RELIEF, household, mid)
        plan.expect("escalate.same_family", TEKUN, household, "escalates", last, opened=mid, person=household.members[1],
                    note="a new alert joins, of the same family: escalated, but the level stays medium")
    household = home(plan, "general")
    plan.allowance(household, started=d.iso(d.add(last, -1)), applied="2019-01-01", shown=plan.shown_from(last))
    plan.opens("two_families.at_once", GRANTED, household, last, note="with allowance_not_registered: high at once")
    plan.opens("two_families.at_once.registers", UNREGISTERED, household, last)
