"""Cases of the rules that read one thing of the roster or of a register: standing on the first day, new on the last, and
just not so. `tests/e2e/catalogue/` has each rule's every edge; here they stand among all that happens in a county."""
from __future__ import annotations

from typing import Callable

from .. import days as d
from ..people import Household, Person
from .plan import Plan, Skip

LINE = 870000           # fen: the monitoring line
Change = Callable[[Household], None]


def plant(plan: Plan) -> None:
    medical(plan)
    roster(plan)
    registers(plan)
    pupils(plan)
    others(plan)
    work(plan)


def both(plan: Plan, rule: str, make: Callable[..., Person | None], *misses: tuple[str, Callable[..., Person | None]],
         kind: str = "lifted") -> None:
    """`make(household, day, shown)` makes what the rule fires on; each miss what it just does not."""
    for label, day in (("first", plan.first), ("last", plan.last)):
        with plan.case(f"{rule}.{label}"):
            if label == "last":
                plan.before(day)
            household = plan.household(kind, origin="lifted" if kind == "cleared" else "")
            person = make(household, day, plan.shown_from(day))
            plan.opens(f"{rule}.{label}", rule, household, day, person=person)
    for label, miss in misses:
        with plan.case(f"{rule}.{label}"):
            household = plan.household(kind, origin="lifted" if kind == "cleared" else "")
            person = miss(household, plan.last, plan.shown_from(plan.last))
            plan.never(f"{rule}.{label}", rule, household, person=person)


def flagged(plan: Plan, rule: str, change: Change, miss: Change, kind: str = "lifted", of_person: bool = False) -> None:
    """What the roster itself says, from the first day or on the last."""
    def whose(household: Household) -> Person | None:
        return household.members[1] if of_person else None
    household = plan.household(kind, origin="lifted" if kind == "cleared" else "")
    change(household)
    plan.opens(f"{rule}.first", rule, household, plan.first, person=whose(household))
    with plan.case(f"{rule}.last"):
        plan.before(plan.last)
        household = plan.household(kind, origin="lifted" if kind == "cleared" else "")
        plan.move(plan.last, household, lambda _, h: change(h))
        plan.opens(f"{rule}.last", rule, household, plan.last, person=whose(household))
    household = plan.household(kind, origin="lifted" if kind == "cleared" else "")
    miss(household)
    plan.never(f"{rule}.miss", rule, household, person=whose(household))


# -- medical -----------------------------------------------------------------------------------------------------

def bills(plan: Plan, *amounts: int, back: int = 1, **more) -> Callable[..., Person]:
    def make(household: Household, day, shown) -> Person:
        person = household.members[1]
        for amount in amounts:
            plan.settlement(person, plan.in_year(day, back), amount, shown=shown, **more)
        return person
    return make


def in_hospital(plan: Plan, amount: int) -> Callable[..., Person]:
    """Known on the day, but of last month: the department was late."""
    def make(household: Household, day, shown) -> Person:
        event = d.add(d.month_start(plan.first), -1)
        if event.year != day.year:
            raise Skip("last month was last year's")
        person = household.members[1]
        plan.settlement(person, event, amount, shown=shown, kind="21")
        return person
    return make


def two_months(plan: Plan, last: int, before: int) -> Callable[..., Person]:
    def make(household: Household, day, shown) -> Person:
        if plan.first.month != plan.last.month:
            raise Skip("the month ends between the runs")
        start, person = d.month_start(day), household.members[1]
        plan.settlement(person, d.add(start, -1), last, shown=shown, kind="14")
        plan.settlement(person, d.add(d.months_before(start, 1), -1), before, shown=shown, kind="门诊慢特病")
        return person
    return make


def medical(plan: Plan) -> None:
    both(plan, "inpatient_registered", in_hospital(plan, 500000), ("under", in_hospital(plan, 499999)))
    both(plan, "inpatient_other", in_hospital(plan, 2000000), ("under", in_hospital(plan, 1999999)), kind="general")
    both(plan, "special_outpatient", two_months(plan, 50000, 50000), ("under", two_months(plan, 49999, 50000)))
    if plan.first.year >= 2026:         # before, the graver line was no higher
        both(plan, "medical_burden_year", bills(plan, 2000001), ("exact", bills(plan, 2000000)), kind="general")
    else:
        plan.skipped.append({"case": "medical_burden_year.first", "reason": "the line of another year"})

    def household_bills(income: int, amount: int) -> Callable[..., None]:
        def make(household: Household, day, shown) -> None:
            household.income = income
            plan.settlement(household.members[1], d.add(day, -1), amount, shown=shown)
        return make
    both(plan, "income_after_medical", household_bills(900000, 60002), ("exact", household_bills(900000, 60000)))
    both(plan, "household_medical_share", household_bills(1450000, 870002), ("exact", household_bills(1450000, 870000)))
    flagged(plan, "no_major_illness_cover", lambda h: setattr(h.members[1], "covered", "否"), lambda h: None, of_person=True)


# -- the roster's own word ---------------------------------------------------------------------------------------

def earns(fen: int) -> Change:
    return lambda household: setattr(household, "income", fen)


def cannot_work(household: Household) -> None:
    for person in household.members:
        person.labour = "丧失劳动力"


def one_can(household: Household) -> None:
    cannot_work(household)
    household.members[1].labour = "弱劳动力或半劳动力"


def roster(plan: Plan) -> None:
    flagged(plan, "income_below_line", earns(LINE - 1), earns(LINE))
    flagged(plan, "no_labour_unprotected", cannot_work, one_can)
    flagged(plan, "no_labour_cleared", cannot_work, one_can, kind="cleared")
    flagged(plan, "unsafe_house_registered", lambda h: setattr(h, "unsafe", True), lambda h: None)
    flagged(plan, "house_damaged_registered", lambda h: setattr(h, "house_damaged", True), lambda h: None, kind="cleared")
    flagged(plan, "no_safe_water", lambda h: setattr(h, "safe_water", False), lambda h: None)
    flagged(plan, "water_damaged_registered", lambda h: setattr(h, "water_damaged", True), lambda h: None, kind="cleared")
    with plan.case("unsafe_house_registered.assessed"):
        household = plan.household("general")
        household.unsafe = True
        plan.house(household, "A", d.add(plan.first, -100))
        plan.never("unsafe_house_registered.assessed", "unsafe_house_registered", household)


# -- education ---------------------------------------------------------------------------------------------------

def child_of_ten(plan: Plan, at_school: str, reason: str = "", kind: str = "lifted") -> tuple[Household, Person]:
    household = plan.household(kind, children=(10,))
    child = household.members[-1]
    child.at_school, child.study_reason = at_school, reason
    return household, child


def pupils(plan: Plan) -> None:
    household, child = child_of_ten(plan, "blank")
    plan.opens("schooling_unknown.first", "schooling_unknown", household, plan.first, person=child)
    household, child = child_of_ten(plan, "blank", kind="general")
    plan.never("schooling_unknown.general", "schooling_unknown", household, person=child)
    household, child = child_of_ten(plan, "none")
    plan.opens("dropout_registered.first", "dropout_registered", household, plan.first, person=child)
    household, child = child_of_ten(plan, "none", "因残无学习能力")
    plan.never("dropout_registered.unable", "dropout_registered", household, person=child)
    for label, income, count in (("first", 2 * LINE - 1, 2), ("ample", 2 * LINE, 2), ("one", 2 * LINE - 1, 1)):
        household = plan.household("lifted", children=(18, 19)[:count])
        household.income = income
        for person in household.members[2:]:
            person.at_school = "none"           # the background would enrol one of them or not
            plan.pupil(person)
        if label == "first":
            plan.opens("several_pupils.first", "several_pupils", household, plan.first)
        else:
            plan.never(f"several_pupils.{label}", "several_pupils", household)


# -- civil affairs -----------------------------------------------------------------------------------------------

def registered(plan: Plan, dataset: str, back: int, of_child: bool = False, **columns: str) -> Callable[..., Person | None]:
    """A record whose day is so many days before the list's."""
    def make(household: Household, day, shown) -> Person | None:
        person = household.members[1] if of_child else household.head
        event = d.add(d.months_before(plan.first, 1), -1) if back < 0 else d.add(day, -back)
        plan.row(dataset, person, shown=shown if back >= 0 else None, rdrq=d.iso(event), **columns)
        return person if of_child else None
    return make


def registers(plan: Plan) -> None:
    for rule, label in (("marginal_recognised", "低保边缘家庭"), ("rigid_expense_recognised", "刚性支出困难家庭")):
        both(plan, rule, registered(plan, "civil_affairs.low_income", 1, rdlb=label),
             ("before_the_month", registered(plan, "civil_affairs.low_income", -40, rdlb=label)))
    both(plan, "child_registered", registered(plan, "civil_affairs.child", 1, True, rtlb="事实无人抚养儿童"),
         ("orphan", registered(plan, "civil_affairs.child", 1, True, rtlb="孤儿")))

    def granted(grade: str) -> Callable[..., None]:
        def make(household: Household, day, shown) -> None:
            if plan.first.day < 21 or plan.first.month != plan.last.month:
                raise Skip("not after the 20th on all days")
            plan.allowance(household, started=d.iso(d.add(d.month_start(day), -1)), shown=shown)
            if grade:
                plan.house(household, grade, d.add(plan.first, -500))
        return make
    both(plan, "low_income_unassessed", granted(""), ("assessed", granted("A")))


# -- the other departments ---------------------------------------------------------------------------------------

def known_of(plan: Plan, dataset: str, column: str, back: int, of_person: bool = True, **columns: str) -> Callable[..., Person | None]:
    def make(household: Household, day, shown) -> Person | None:
        person = household.members[1] if of_person else household.head
        plan.row(dataset, person, shown=shown, **{column: d.iso(d.add(day, -back)), **columns})
        return person if of_person else None
    return make


def others(plan: Plan) -> None:
    def case(rule: str, dataset: str, column: str, fires: tuple[int, dict], miss: tuple[int, dict], of_person: bool = True) -> None:
        both(plan, rule, known_of(plan, dataset, column, fires[0], of_person, **fires[1]),
             ("miss", known_of(plan, dataset, column, miss[0], of_person, **miss[1])))
    case("major_disease_found", "health.major_disease", "确诊日期", (1, {"病种": "胃癌", "救治状态": "救治中"}),
         (60, {"病种": "胃癌", "救治状态": "救治中"}))
    level = {"cjlb": "肢体", "zt": "正常"}
    case("severely_disabled", "disabled_persons.certificate", "fzrq", (1, {**level, "cjdj": "一级"}), (1, {**level, "cjdj": "三级"}))
    case("care_allowance_missing", "disabled_persons.certificate", "fzrq", (90, {**level, "cjdj": "2"}), (50, {**level, "cjdj": "2"}))
    damage = {"灾害种类": "洪涝", "受损间数": "3", "是否转移安置": "是"}
    case("house_destroyed", "emergency.damage", "发生日期", (1, {**damage, "损坏程度": "倒塌"}), (1, {**damage, "损坏程度": "一般损坏"}), False)
    case("traffic_casualty", "public_security.accident", "sgrq", (1, {"shcd": "重伤", "sgzr": "次要"}), (1, {"shcd": "轻伤", "sgzr": "次要"}))
    case("dividend_owed", "agriculture.dividend", "ffrq", (1, {"xmmc": "光伏项目", "yfje": "800", "sfje": "799.99"}),
         (1, {"xmmc": "光伏项目", "yfje": "800", "sfje": "800"}))
    case("loan_overdue", "finance.microcredit", "dqrq", (30, {"dkye": "9000.00", "yqts": "30"}), (29, {"dkye": "9000.00", "yqts": "29"}))
    case("insurance_paid", "finance.payout", "pfrq", (1, {"pfyy": "因病", "pfje": "900.00"}), (60, {"pfyy": "因病", "pfje": "900.00"}), False)
    case("lost_work", "human_resources.unemployment", "syrq", (1, {"syyy": "合同到期"}), (60, {"syyy": "合同到期"}))

    def earner(make_row: Callable[..., None], others_can: bool) -> Callable[..., Person]:
        def make(household: Household, day, shown) -> Person:
            household.head.labour = "普通劳动力" if others_can else "弱劳动力或半劳动力"
            household.members[1].labour = "普通劳动力"
            make_row(household.members[1], day, shown)
            return household.members[1]
        return make

    def dead(person: Person, day, shown) -> None:
        plan.row("public_security.cancellation", person, shown=shown, zxyy="死亡", zxrq=d.iso(d.add(day, -1)))
        plan.row("health.death", person, shown=shown, 死亡日期=d.iso(d.add(day, -3)), 死因编码="I21")

    def in_prison(person: Person, day, shown) -> None:
        plan.row("justice.sentence", person, shown=shown, 类别="服刑", 起始日期=d.iso(d.add(day, -10)), 截止日期=d.iso(d.add(day, 300)))
    both(plan, "earner_died", earner(dead, False), ("others_can", earner(dead, True)))
    both(plan, "earner_imprisoned", earner(in_prison, False), ("others_can", earner(in_prison, True)))


def work(plan: Plan) -> None:
    def jobless(relocated: bool) -> Callable[..., None]:
        def make(household: Household, day, shown) -> None:
            household.jobless = True
            if relocated:
                plan.row("relocation.household", household.head, shown=shown, hbh=household.household_no, azd="分散安置",
                         bqrq="2019-05-01", sfrz="是", azmj="80")
        return make

    def on_post(rule: str, relocated: bool) -> None:
        household = plan.household("lifted")
        jobless(relocated)(household, plan.first, None)
        plan.row("human_resources.public_post", household.head, gwlb="护林员", ksrq=d.iso(d.add(plan.first, -300)),
                 htzz=d.iso(plan.last), ygz="800.00")
        plan.never(f"{rule}.on_post", rule, household)
    household = plan.household("lifted")
    household.jobless = True
    plan.opens("zero_employment.first", "zero_employment", household, plan.first)
    on_post("zero_employment", False)
    both(plan, "relocated_zero_employment", jobless(True))
    on_post("relocated_zero_employment", True)

    def post(back: int) -> Callable[..., Person]:
        def make(household: Household, day, shown) -> Person:
            person = household.members[1]
            plan.row("human_resources.public_post", person, shown=shown, gwlb="保洁员", ksrq=d.iso(d.add(day, -400)),
                     htzz=d.iso(d.add(day, -back)), ygz="800.00")
            return person
        return make
    both(plan, "post_ended", post(35), ("too_soon", post(20)))
