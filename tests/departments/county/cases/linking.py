"""How a record finds its person: numbers and names as they are typed, conflicts, houses known by a name alone.

All use a medical burden far over the line, or a house graded D, so that a link is a lead and no link is none."""
from __future__ import annotations

from .. import days as d
from .. import names
from ..numbers import check_character, is_valid, make, to_15, to_certificate, transpose
from ..people import Household, Person, add_twins
from .medical import REGISTERED, line
from .education import with_aid
from .housing import UNSAFE
from .plan import Plan

OTHER_NAME = "欧阳震霆"


def plant(plan: Plan) -> None:
    numbers(plan)
    repaired(plan)
    written_names(plan)
    conflicts(plan)
    shared(plan)
    houses(plan)
    roster_side(plan)


def wrong_digit(number: str, place: int = 15) -> str:
    """A wrong digit that the check digit notices."""
    for step in range(1, 10):
        typed = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1:]
        if not is_valid(typed):
            return typed
    raise ValueError(number)


def bill(plan: Plan, name: str, person: Person, household: Household, opens: bool, *, number: str | None = None,
         called: str | None = None, note: str = "", sure: bool = True) -> None:
    with plan.case(name):
        event = plan.in_year(plan.last, 2)
        plan.settlement(person, event, line(plan.last) + 700000, shown=plan.shown_from(plan.last), number=number,
                        name=called, updated=d.add(plan.last, -1))
        if opens:
            plan.opens(name, REGISTERED, household, plan.last, person=person, note=note, sure=sure)
        else:
            plan.never(name, REGISTERED, household, person=person, note=note, sure=sure)


def patient(plan: Plan, years: int = 44) -> tuple[Household, Person]:
    household = plan.household("lifted")
    return household, household.members[1]


def numbers(plan: Plan) -> None:
    """Forms that all lead to the number without a repair."""
    forms = {"as_is": lambda n: n, "fifteen": to_15, "wide": d.widen, "apostrophe": lambda n: "'" + n,
             "blanks": lambda n: f" {n[:6]} {n[6:14]} {n[14:]} ", "certificate": to_certificate,
             "certificate_22": lambda n: to_certificate(n) + "B1", "zero_width": lambda n: "\u200b" + n + "\ufeff"}
    for label, form in forms.items():
        household, person = patient(plan)
        bill(plan, f"number.{label}", person, household, True, number=form(person.number))
    for label, mark in (("lower_x", "x"), ("wide_x", "Ｘ"), ("times", "×"), ("star", "*")):
        household, person = patient(plan)
        person.number = person.shown_number = plan.maker.numbers.ending_in_x(person.birth, False)
        bill(plan, f"number.{label}", person, household, True, number=person.number[:17] + mark)
    for label, number in (("scientific", "9.901E+17"), ("nothing", ""), ("no_number", "无"), ("words", "身份证丢失补办中"),
                          ("seventeen", None)):
        household, person = patient(plan)
        typed = person.number[:17] if number is None else number
        with plan.case(f"number.{label}"):
            plan.settlement(person, d.add(plan.first, -40), line(plan.last) + 700000, number=typed)
            plan.never(f"number.{label}", REGISTERED, household, person=person, note="no readable number")


def repaired(plan: Plan) -> None:
    for label, typed, called, opens, note in (
            ("one_digit", lambda n: wrong_digit(n), None, True, "name agrees: corrected"),
            ("check_digit", lambda n: n[:17] + ("1" if n[17] == "0" else "0"), None, True, "name agrees: corrected"),
            ("place_digit", lambda n: wrong_digit(n, 4), None, True, "name agrees: corrected"),
            ("transposed", transpose, None, True, "name agrees: corrected"),
            ("other_name", lambda n: wrong_digit(n), OTHER_NAME, False, "the name disagrees: review"),
            ("two_digits", lambda n: wrong_digit(n[:8] + str((int(n[8]) + 3) % 10) + n[9:]), None, False, "two digits wrong")):
        household, person = patient(plan)
        number = typed(person.number)
        if label == "two_digits" and is_valid(number):
            continue
        bill(plan, f"repair.{label}", person, household, opens, number=number, called=called, note=note)
    household = plan.household("lifted")
    first, second = add_twins(plan.maker, household, 20)
    first.ordinary = second.ordinary = False
    typed = first.number[:17] + second.number[17]
    bill(plan, "repair.twins", first, household, False, number=typed,
         note="a digit away from both twins: review, whatever the name")
    bill(plan, "repair.twins_exact", second, household, True, note="the other twin, rightly typed")
    household, person = patient(plan)
    person.insured = "none"
    for year in sorted({plan.first.year, plan.last.year}):
        plan.insured(person, year, "1", number=wrong_digit(person.number))
    plan.never("repair.insured", "not_insured", household, person=person, note="insured; the number needs a repair")
    household, person = patient(plan)
    person.insured = "none"
    for year in sorted({plan.first.year, plan.last.year}):
        plan.insured(person, year, "1", number=wrong_digit(person.number), name=OTHER_NAME)
    plan.never("repair.insured_other_name", "not_insured", household, person=person,
               note="a record in review may be this person's: unknown")
    household = plan.household("lifted", children=(10,))
    child = household.members[-1]
    child.at_school = "none"
    with_aid(plan, child)
    plan.pupil(child, number=wrong_digit(child.number), name=child.name[0] + "晓")
    plan.never("repair.birth_and_sex", "absent_from_enrolment", household, person=child,
               note="the name differs, birth date and sex of columns of their own agree: corrected")


def written_names(plan: Plan) -> None:
    """The same name written otherwise; it must agree."""
    for i, separator in enumerate(names.SEPARATOR_FORMS):
        household, person = patient(plan)
        person.name = "热依罕·托合提"
        bill(plan, f"name.separator.{i:02d}", person, household, True, called=f"热依罕{separator}托合提")
    for label, own, called in (("blanks", "", None), ("beyond_bmp", "𬭎", "𬭎"), ("question", "𪨊", "?"),
                               ("geta", "𠅤", "〓"), ("square", "𬬱", "□"), ("replacement", "𬸚", "\ufffd"),
                               ("private_use", "䶮", "\ue863")):
        household, person = patient(plan)
        if own:
            person.name = person.name[0] + "玉" + own
            bill(plan, f"name.{label}", person, household, True, called=person.name[:-1] + called)
        else:
            bill(plan, f"name.{label}", person, household, True, called="  ".join(person.name))
    for i, separator in enumerate(names.SEPARATOR_FORMS[1:4]):
        household, person = patient(plan)
        person.name = f"古丽娜尔{separator}依明"
        bill(plan, f"name.roster_separator.{i}", person, household, True, called="古丽娜尔·依明")
    household, person = patient(plan)
    person.name = "依明古丽"
    bill(plan, "name.repaired_with_gap", person, household, True, number=wrong_digit(person.number), called="依明 古丽",
         note="one digit wrong, the name agrees without its blank")


def conflicts(plan: Plan) -> None:
    """A valid number under a clearly different name is never taken silently."""
    household, person = patient(plan)
    bill(plan, "conflict.other_name", person, household, False, called=OTHER_NAME, note="waits for review")
    household, person = patient(plan)
    bill(plan, "conflict.head_for_member", person, household, False, number=household.head.number,
         note="the head's number under another member's name")
    household, person = patient(plan)
    bill(plan, "conflict.no_name", person, household, True, called=" ", sure=False,
         note="the number alone: nothing contradicts it")


def shared(plan: Plan) -> None:
    """Two persons on the roster under one number: the name must tell, or nobody does."""
    one, other = plan.household("lifted"), plan.household("lifted")
    first, second = one.members[1], other.members[1]
    second.number = second.shown_number = first.number
    second.name, first.name = "赵翠沅", "钱玉泓"
    second.insured = "none"
    bill(plan, "shared.name_tells", first, one, True, sure=False, note="two persons under one number, the name is hers")
    plan.opens("shared.uninsured", "not_insured", other, plan.first, person=second, sure=False,
               note="the other person's record is under the same number and another name")
    plan.never("shared.other", REGISTERED, other, person=second, note="shares the number of another person")


def houses(plan: Plan) -> None:
    """Houses are often listed under the head's name and the village."""
    first = plan.first
    assessed = d.add(first, -100)
    for label, village in (("village_name", lambda v: v.name), ("village_code", lambda v: v.code),
                           ("village_committee", lambda v: v.name + "民委员会")):
        household = plan.household("general")
        plan.house(household, "D", assessed, number="", village=village(household.village))
        plan.opens(f"by_name.{label}", UNSAFE, household, first, note="no number; the name is unique in the village")
    one = plan.household("general")
    other = plan.household("general")
    other.village, other.head.name = one.village, one.head.name
    plan.house(one, "D", assessed, number="")
    for label, household in (("one", one), ("other", other)):
        plan.never(f"by_name.two_heads.{label}", UNSAFE, household, note="two heads of that name in the village: review")
    household = plan.household("general")
    plan.house(household, "D", assessed, number="", village="无此地村")
    plan.never("by_name.no_such_village", UNSAFE, household)
    household = plan.household("general")
    plan.house(household, "D", assessed, number="", village=plan.maker.villages[-2].name
               if household.village is not plan.maker.villages[-2] else plan.maker.villages[-3].name)
    plan.never("by_name.other_village", UNSAFE, household)
    household = plan.household("general")
    household.village = plan.maker.villages[-1]
    plan.house(household, "D", assessed, number="", village=household.village.name)
    plan.never("by_name.two_villages", UNSAFE, household, sure=False,
               note="two villages of that name; only one of them has a head of that name")
    household = plan.household("general")
    plan.house(household, "D", assessed, number=household.members[1].number, name=household.members[1].name)
    plan.opens("by_name.member", UNSAFE, household, first, note="in the name of another member")
    household = plan.household("general")
    plan.house(household, "D", assessed, number=household.members[1].number)
    plan.never("by_name.head_name_member_number", UNSAFE, household, sure=False,
               note="a member's number under the head's name: a conflict inside one household")
    household = plan.household("general")
    plan.house(household, "D", assessed, number=wrong_digit(household.head.number))
    plan.opens("by_name.repaired", UNSAFE, household, first, note="one digit wrong, the name agrees")


def roster_side(plan: Plan) -> None:
    """The fault lies in the roster."""
    for label, shown in (("fifteen", to_15), ("wide", d.widen), ("certificate", to_certificate)):
        household, person = patient(plan)
        person.shown_number = shown(person.number)
        bill(plan, f"roster.{label}", person, household, True)
    household, person = patient(plan)
    person.number = person.shown_number = plan.maker.numbers.ending_in_x(person.birth, False)
    person.shown_number = person.number.lower()
    bill(plan, "roster.lower_x", person, household, True)
    household, person = patient(plan)
    person.shown_number = wrong_digit(person.number)
    person.insured = "none"
    plan.opens("roster.mistyped.uninsured", "not_insured", household, plan.first, person=person)
    bill(plan, "roster.mistyped", person, household, False, sure=False,
         note="the record's number is right, the roster's is not: nothing says whose it is")
    household, person = patient(plan)
    person.number = person.shown_number = make("990121", d.add(person.birth, 400), False, 77)
    person.shown_number = person.number
    person.insured = "none"
    for year in sorted({plan.first.year, plan.last.year}):
        plan.insured(person, year, "1")
    bill(plan, "roster.birth_differs", person, household, True, note="the birth date on the roster contradicts the number")
