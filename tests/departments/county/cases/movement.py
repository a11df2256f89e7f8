"""The roster moves: households join, leave and split while their alerts are open."""
from __future__ import annotations

from .. import days as d
from ..people import Household
from ..roster import Roster
from .hardship import RELIEF
from .housing import UNSAFE
from .plan import Plan


def plant(plan: Plan) -> None:
    first, mid, last = plan.first, plan.mid, plan.last
    with plan.case("roster.joins"):
        household = plan.household("lifted")
        plan.house(household, "D", d.add(first, -300))
        plan.joins(last, household)
        plan.opens("roster.joins", UNSAFE, household, last, kind="standing",
                   note="the house was unsafe before the household came on the roster")
    with plan.case("roster.leaves"):
        plan.need_days(2)
        household = relieved(plan)
        plan.move(last, household, lambda roster, h: roster.leave(h))
        plan.expect("roster.leaves", RELIEF, household, "withdrawn", last, opened=mid, note="household_gone")
    with plan.case("roster.becomes_monitored"):
        plan.need_days(2)
        household = relieved(plan)
        plan.move(last, household, lambda _, h: setattr(h, "monitor_class", "marginal"))
        plan.opens("roster.becomes_monitored", RELIEF, household, mid,
                   note="the rule applies to both classes: stays open, the kind follows the household")
    with plan.case("roster.cleared"):
        plan.need_days(2)
        household = plan.household("unstable")
        plan.relief(household.head, d.add(mid, -1), 60000, shown=plan.shown_from(mid))
        plan.move(last, household, lambda _, h: setattr(h, "cleared_on", d.add(last, -1)))
        plan.opens("roster.cleared", RELIEF, household, mid, note="its risk is declared cleared while the alert is open")
    with plan.case("roster.new_head"):
        plan.need_days(2)
        household = relieved(plan)
        plan.move(last, household, lambda _, h: new_head(h))
        plan.opens("roster.new_head", RELIEF, household, mid, note="another householder, the same lead")
    with plan.case("roster.splits"):
        plan.need_days(2)
        household = plan.household("lifted", children=(24,))
        child = household.members[-1]
        child.insured = "none"
        plan.move(last, household, split)
        plan.opens("roster.splits", "not_insured", household, first, person=child, sure=False,
                   note="the person moves to a household of its own on the last day, and the alert with it")


def relieved(plan: Plan) -> Household:
    household = plan.household("general")
    plan.relief(household.members[1], d.add(plan.mid, -1), 60000, shown=plan.shown_from(plan.mid))
    return household


def new_head(household: Household) -> None:
    old = household.members.pop(0)
    household.members[0].relation, old.relation = "户主", "配偶"
    household.members.append(old)


def split(roster: Roster, household: Household) -> None:
    child = household.members.pop()
    child.relation = "户主"
    roster.join(Household(f"9903{household.household_no[4:]}", household.village, household.origin, household.monitor_class,
                          household.cleared_on, household.income, [child]))
