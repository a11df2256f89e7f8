"""absent_from_enrolment, enrolled_but_absent, aid_not_granted."""
from __future__ import annotations

from datetime import date

from .. import days as d
from ..people import Household, Person
from .plan import Plan, Skip

NO_SCHOOL, ABSENT, NO_AID = "absent_from_enrolment", "enrolled_but_absent", "aid_not_granted"
AID_DAYS = 60


def plant(plan: Plan) -> None:
    no_record(plan)
    ages(plan)
    status(plan)
    absences(plan)
    absences_changing(plan)
    aid(plan)


def pupil(plan: Plan, kind: str = "lifted", years: int = 11, known: bool = False) -> tuple[Household, Person]:
    """A household with one child, of whom the education bureau knows nothing unless `known`."""
    household = plan.household(kind, children=(years,), origin="lifted" if kind == "cleared" else "")
    child = household.members[-1]
    if not known:
        child.at_school = "none"
        child.aided = False
    return household, child


def with_aid(plan: Plan, child: Person) -> None:
    """Aid in every term the runs touch, so that nothing is missing there."""
    child.aided = False
    for term in sorted({d.term_start(plan.first), d.term_start(plan.last)}):
        if term < plan.last:
            plan.aid(child, term, shown=plan.seen(term))


def no_record(plan: Plan) -> None:
    for kind in ("lifted", "general", "unstable", "marginal", "cleared"):
        household, child = pupil(plan, kind)
        plan.opens(f"school.none.{kind}", NO_SCHOOL, household, plan.first, person=child)
    with plan.case("school.none.wrong_number"):
        household, child = pupil(plan)
        with_aid(plan, child)
        head = household.head
        plan.pupil(child, number=head.number, student_no="L9901GUARD001")
        plan.never("school.none.wrong_number", NO_SCHOOL, household, person=child, sure=False,
                   note="registered under the guardian's number: waits for review, which names the pupil's household")
    with plan.case("school.none.unreadable_number"):
        household, child = pupil(plan)
        plan.pupil(child, number="9.901E+17", student_no="L9901SCI0001")
        plan.never("school.none.unreadable_number", NO_SCHOOL, household, person=child, sure=False,
                   note="quarantined; name and birth date are the child's")
    with plan.case("school.none.blank_number"):
        household, child = pupil(plan)
        plan.pupil(child, number="", student_no="L9901BLANK01")
        plan.never("school.none.blank_number", NO_SCHOOL, household, person=child, sure=False,
                   note="no number, but name and birth date are the child's: waits for review")


def ages(plan: Plan) -> None:
    """The cut-off is the day before the school year starts: six by then, not sixteen by then."""
    cut = d.school_cutoff(plan.first)
    if cut != d.school_cutoff(plan.last):
        plan.skipped.append({"case": "school.age", "reason": "the school year starts between the runs"})
        return
    for label, birth, opens in (
            ("six_on_the_day", d.years_before(cut, 6), True), ("six_a_day_late", d.add(d.years_before(cut, 6), 1), False),
            ("sixteen_on_the_day", d.years_before(cut, 16), False),
            ("sixteen_a_day_late", d.add(d.years_before(cut, 16), 1), True)):
        household = plan.household("general")
        child = plan.child(household, birth=birth)
        child.at_school = "none"
        name = f"school.age.{label}"
        if opens:
            plan.opens(name, NO_SCHOOL, household, plan.first, person=child, note=d.iso(birth))
        else:
            plan.never(name, NO_SCHOOL, household, person=child, note=d.iso(birth))


def status(plan: Plan) -> None:
    first, last = plan.first, plan.last
    for label, text, opens in (("suspended", "休学", False), ("code", "1", False), ("reading", "在读", False),
                               ("left", "退学", True), ("moved_out", "转出", True), ("code_left", "3", True)):
        household, child = pupil(plan, "general")
        plan.pupil(child, text)
        name = f"school.status.{label}"
        if opens:
            plan.opens(name, NO_SCHOOL, household, first, person=child)
        else:
            plan.never(name, NO_SCHOOL, household, person=child)
    for label, order, opens in (("later_enrolled", ("退学", "在籍"), False), ("later_left", ("在籍", "退学"), True)):
        household, child = pupil(plan, "general")
        key = plan.pupil(child, order[0], updated=d.add(first, -40))
        plan.pupil(child, order[1], student_no=key, updated=d.add(first, -20))
        name = f"school.same_key.{label}"
        if opens:
            plan.opens(name, NO_SCHOOL, household, first, person=child)
        else:
            plan.never(name, NO_SCHOOL, household, person=child)
    for kind in ("lifted", "general", "sudden", "cleared"):
        with plan.case(f"school.left_last_day.{kind}"):
            plan.before(last)
            household, child = pupil(plan, kind)
            with_aid(plan, child)
            key = plan.pupil(child, "在籍", until=last)
            plan.pupil(child, "退学", student_no=key, shown=last)
            plan.opens(f"school.left_last_day.{kind}", NO_SCHOOL, household, last, person=child)
    with plan.case("school.vanished_last_day"):
        plan.before(last)
        household, child = pupil(plan, "general")
        plan.pupil(child, until=last)
        plan.opens("school.vanished_last_day", NO_SCHOOL, household, last, person=child)
    with plan.case("school.enrolled_again"):
        plan.before(last)
        household, child = pupil(plan, "general")
        plan.pupil(child, shown=last)
        plan.expect("school.enrolled_again", NO_SCHOOL, household, "clears", last, person=child, opened=first)
    with plan.case("school.enrolled_again_other_school"):
        plan.before(last)
        household, child = pupil(plan, "general")
        plan.pupil(child, "转出", student_no="L9901MOVED01")
        plan.pupil(child, shown=last, student_no="L9901MOVED02")
        plan.expect("school.enrolled_again_other_school", NO_SCHOOL, household, "clears", last, person=child, opened=first)


def absences(plan: Plan) -> None:
    first, last = plan.first, plan.last
    for kind in ("lifted", "general", "unstable", "cleared"):
        for place, day in (("first", first), ("last", last)):
            for label, length in (("five", 5), ("four", 4)):
                name = f"absence.{kind}.{place}.{label}"
                with plan.case(name):
                    event = plan.in_term(day, 9)
                    household, child = pupil(plan, kind, known=True)
                    plan.absence(child, event, length, shown=plan.shown_from(day))
                    if length == 5:
                        plan.opens(name, ABSENT, household, day, person=child)
                    else:
                        plan.never(name, ABSENT, household, person=child)
    for label, length, leave, mode, opens in (
            ("sick", 8, "病假", "走读", False), ("personal", 8, "2", "走读", False), ("transfer", 9, "转学办理中", "走读", False),
            ("home_teaching", 9, "旷课", "送教上门", False), ("code", 6, "0", "2", True), ("half_day", "5.5", "无故缺勤", "住校", True),
            ("just_under", "4.5", "旷课", "1", False)):
        name = f"absence.{label}"
        with plan.case(name):
            event = plan.in_term(last, 9)
            household, child = pupil(plan, "general")
            plan.pupil(child, mode=mode)
            plan.absence(child, event, length, leave, shown=plan.shown_from(last))
            if opens:
                plan.opens(name, ABSENT, household, last, person=child)
            else:
                plan.never(name, ABSENT, household, person=child)
    edges(plan)


def edges(plan: Plan) -> None:
    """The first day of the term and the day before it."""
    term = d.term_start(plan.last)
    with plan.case("absence.term_start"):
        if term >= plan.last:
            raise Skip("the term has only begun")
        household, child = pupil(plan, "general", known=True)
        plan.absence(child, term, 7, shown=plan.seen(term))
        plan.opens("absence.term_start", ABSENT, household, max(plan.first, d.add(term, 1)), person=child)
    with plan.case("absence.day_before_term"):
        event = d.add(term, -1)
        if event >= plan.first:
            raise Skip("the term starts between the runs")
        household, child = pupil(plan, "general", known=True)
        plan.absence(child, event, 20)
        plan.never("absence.day_before_term", ABSENT, household, person=child)
    with plan.case("absence.term_moved_on"):
        if term == d.term_start(plan.first):
            raise Skip("no term starts between the runs")
        household, child = pupil(plan, "general", known=True)
        plan.absence(child, plan.in_term(plan.first, 9), 7)
        plan.opens("absence.term_moved_on", ABSENT, household, plan.first, person=child,
                   note="the new term must not clear it")


def absences_changing(plan: Plan) -> None:
    first, mid, last = plan.first, plan.mid, plan.last
    with plan.case("absence.grows"):
        plan.before(last)
        event = plan.in_term(last, 6)
        household, child = pupil(plan, "general", known=True)
        key = plan.absence(child, event, 4, shown=plan.seen(event), until=last)
        plan.absence(child, event, 6, absence_no=key, shown=last)
        plan.opens("absence.grows", ABSENT, household, last, person=child)
    with plan.case("absence.excused_later"):
        plan.need_days(2)
        event = plan.in_term(mid, 9)
        household, child = pupil(plan, "general", known=True)
        key = plan.absence(child, event, 8, shown=plan.shown_from(mid), until=last)
        plan.absence(child, event, 8, "病假", absence_no=key, shown=last)
        plan.expect("absence.excused_later", ABSENT, household, "clears", last, person=child, opened=mid)
    with plan.case("absence.home_teaching_later"):
        plan.need_days(2)
        event = plan.in_term(mid, 9)
        household, child = pupil(plan, "marginal")
        with_aid(plan, child)
        key = plan.pupil(child, until=last)
        plan.pupil(child, mode="送教上门", student_no=key, shown=last)
        plan.absence(child, event, 8, shown=plan.shown_from(mid))
        plan.expect("absence.home_teaching_later", ABSENT, household, "clears", last, person=child, opened=mid,
                    note="the cause is home_teaching")
    with plan.case("absence.left_school"):
        plan.need_days(2)
        event = plan.in_term(mid, 9)
        household, child = pupil(plan, "general")
        key = plan.pupil(child, until=last)
        plan.pupil(child, "退学", student_no=key, shown=last)
        plan.absence(child, event, 8, shown=plan.shown_from(mid))
        plan.expect("absence.left_school", ABSENT, household, "clears", last, person=child, opened=mid,
                    note="no longer enrolled; the other rule opens instead")
        plan.opens("absence.left_school.next", NO_SCHOOL, household, last, person=child)


def aid(plan: Plan) -> None:
    first, last = plan.first, plan.last
    term = d.term_start(last)
    if term == d.term_start(first) and (first - term).days >= AID_DAYS:
        aid_due(plan, term)
    else:
        plan.skipped.append({"case": "aid", "reason": "the term is younger than 60 days on the first day"})
    crossing = d.add(term, AID_DAYS)
    with plan.case("aid.sixtieth_day"):
        if not first < crossing <= last:
            raise Skip("the sixtieth day of the term is not among the runs after the first")
        household, child = pupil(plan)
        plan.pupil(child)
        plan.opens("aid.sixtieth_day", NO_AID, household, crossing, person=child)


def aid_due(plan: Plan, term: date) -> None:
    first, last = plan.first, plan.last

    def entitled(kind: str = "lifted") -> tuple[Household, Person]:
        household, child = pupil(plan, kind, known=True)
        child.aided = False
        return household, child

    for kind, opens in (("lifted", True), ("unstable", True), ("marginal", True), ("cleared", True), ("general", False)):
        household, child = entitled(kind)
        if opens:
            plan.opens(f"aid.none.{kind}", NO_AID, household, first, person=child)
        else:
            plan.never(f"aid.none.{kind}", NO_AID, household, person=child)
    for label, granted, opens in (("day_before_term", d.iso(d.add(term, -1)), True), ("term_start", d.iso(term), False),
                                  ("month_of_term", d.month_chinese(term), False),
                                  ("month_before_term", d.month_dot(d.add(term, -1)), True)):
        household, child = entitled()
        plan.aid(child, granted)
        if opens:
            plan.opens(f"aid.{label}", NO_AID, household, first, person=child)
        else:
            plan.never(f"aid.{label}", NO_AID, household, person=child)
    with plan.case("aid.granted_at_last"):
        plan.before(last)
        household, child = entitled()
        plan.aid(child, plan.before(plan.before(last)) if len(plan.days) > 2 else d.add(first, -1), shown=last)
        plan.expect("aid.granted_at_last", NO_AID, household, "clears", last, person=child, opened=first,
                    note="granted before the last true finding, known only now")
    with plan.case("aid.vanished_last_day"):
        plan.before(last)
        household, child = entitled()
        serial = plan.records.serial("ZZP")
        plan.records.add("education.aid", (serial, child.number, child.name, "生活补助", "625", d.iso(term)), None, last)
        plan.opens("aid.vanished_last_day", NO_AID, household, last, person=child)
    with plan.case("aid.keyless_record"):
        plan.need_days(4)
        household, child = entitled()
        serial, day = plan.records.serial("ZZP"), plan.days[2]
        plan.records.add("education.aid", (serial, child.number, child.name, "生活补助", "625", d.iso(term)), None, day)
        plan.records.add("education.aid", ("", child.number, child.name, "生活补助", "625", d.iso(term)), day, plan.days[3])
        plan.opens("aid.keyless_record", NO_AID, household, plan.days[3], person=child,
                   note="for a day the record is there without its number: it may be the one that was known")
