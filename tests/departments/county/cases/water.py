"""Supply works: outage_days, repeated_outages, water_test_old, water_test_failed. Planted works serve a village of
their own choosing; ordinary works stay far from every line."""
from __future__ import annotations

from datetime import date
from random import Random
from typing import Sequence

from .. import days as d
from ..places import Village
from ..records import Records
from .plan import Plan, Skip

DAYS, OFTEN, OLD, FAILED = "outage_days", "repeated_outages", "water_test_old", "water_test_failed"
MODES = ("集中供水", "联村供水", "单村供水")


def plant(plan: Plan) -> None:
    days_of_outage(plan)
    repeated(plan)
    tests(plan)
    changing(plan)


class Works:
    """Planted works with a good test, unless `tested` says otherwise."""

    def __init__(self, plan: Plan, tested: bool = True, shown: date | None = None, until: date | None = None) -> None:
        self.plan, self.records = plan, plan.records
        self.number = plan.records.serial("GCP", 5)
        village = plan.maker.villages[len(plan.records.rows["water.works"]) * 7 % (len(plan.maker.villages) - 1)]
        add_works(self.records, self.number, village, shown, until)
        if tested:
            self.test(d.add(plan.first, -200))

    def test(self, on: date | str, result: str = "合格", items: str = "", *, shown: date | None = None,
             until: date | None = None, number: str = "") -> str:
        number = number or self.records.serial("JCP")
        text = d.iso(on) if isinstance(on, date) else on
        self.records.add("water.test", (number, self.number, text, result, items), shown, until)
        return number

    def outage(self, on: date | str, days: str, hours: str, *, truck: str = "否", shown: date | None = None,
               until: date | None = None, number: str = "") -> str:
        number = number or self.records.serial("TSP")
        text = d.iso(on) if isinstance(on, date) else on
        self.records.add("water.outage", (number, self.number, text, days, hours, "管道破损", truck), shown, until)
        return number


def add_works(records: Records, number: str, village: Village, shown: date | None = None, until: date | None = None,
              people: int = 640) -> None:
    records.add("water.works", (number, f"{village.township}{village.name}供水站", MODES[len(number + village.name) % 3],
                                str(people)), shown, until)
    by_code = int(village.code[-1]) % 2 or village.code.endswith("100200")   # that name occurs twice
    records.add("water.served_village", (number, village.code if by_code else "", village.name), shown, until)


def ordinary(records: Records, seed: int, villages: Sequence[Village], first: date, last: date) -> None:
    """Works of every village: tested well within three years, a few short outages, half of them with water by truck."""
    rng = Random(f"{seed}/water")
    for village in villages[:-1]:
        number = records.serial("GC", 6)
        add_works(records, number, village, people=200 + int(rng.random() * 2000))
        tested = d.add(first, -20 - int(rng.random() * 700))
        for _ in range(4):
            records.add("water.test", (records.serial("JC"), number, d.some_form(rng, tested),
                                       ("合格", "达标", "1")[int(rng.random() * 3)], ""))
            tested = d.add(tested, -90 - int(rng.random() * 90))
        for i in range(5):
            day = d.add(last, -1 - 75 * i - int(rng.random() * 40))
            hours = 2 + int(rng.random() * 40)
            known = d.add(day, 1)
            records.add("water.outage", (
                records.serial("TS"), number, d.some_form(rng, day), str(hours // 24 + 1), str(hours), "检修",
                "是" if rng.random() < 0.5 else "否"), known if known > first else None)


def days_of_outage(plan: Plan) -> None:
    """More than 36 days in the calendar year without water by truck."""
    for place, day in (("first", plan.first), ("last", plan.last)):
        for label, parts, opens in (("37", ("20", "17"), True), ("36", ("20", "16"), False), ("36.5", ("20", "16.5"), True)):
            name = f"outage.{place}.{label}"
            with plan.case(name):
                early, late = plan.in_year(day, 60), plan.in_year(day)
                works = Works(plan)
                works.outage(early, parts[0], "20", shown=plan.seen(early))
                works.outage(late, parts[1], "20", shown=plan.shown_from(day))
                if opens:
                    plan.opens(name, DAYS, works.number, day)
                else:
                    plan.never(name, DAYS, works.number)
    with plan.case("outage.truck"):
        event = plan.in_year(plan.first, 3)
        works = Works(plan)
        works.outage(event, "50", "20", truck="是")
        works.outage(event, "30", "20")
        plan.never("outage.truck", DAYS, works.number, note="water came by truck")
    with plan.case("outage.last_year"):
        event = d.add(d.year_start(plan.last), -1)
        works = Works(plan)
        works.outage(event, "60", "20", shown=plan.seen(event))
        plan.never("outage.last_year", DAYS, works.number)
    with plan.case("outage.wide_number"):
        works = Works(plan)
        works.outage(plan.in_year(plan.first), "３７", "10")
        plan.opens("outage.wide_number", DAYS, works.number, plan.first)
    with plan.case("outage.year_moved_on"):
        if plan.first.year == plan.last.year:
            raise Skip("no new year between the runs")
        works = Works(plan)
        works.outage(plan.in_year(plan.first, 30), "60", "20")
        plan.opens("outage.year_moved_on", DAYS, works.number, plan.first, note="the new year must not clear it")


def repeated(plan: Plan) -> None:
    """Three outages of a day or more within 30 days."""
    first, last = plan.first, plan.last
    for label, hours, backs, opens in (
            ("three", ("24", "30", "48"), (1, 9, 30), True), ("two_and_23_hours", ("24", "30", "23"), (1, 9, 20), False),
            ("third_31_days_ago", ("24", "30", "48"), (1, 9, 31), False), ("23.99", ("24", "23.99", "48"), (2, 9, 20), False),
            ("24.0", ("24.0", "25", "48"), (2, 9, 20), True)):
        works = Works(plan)
        for hour, back in zip(hours, backs):
            works.outage(d.add(first, -back), "1", hour)
        if opens:
            plan.opens(f"often.{label}", OFTEN, works.number, first)
        else:
            plan.never(f"often.{label}", OFTEN, works.number)
    with plan.case("often.third_on_last"):
        plan.before(last)
        works = Works(plan)
        works.outage(d.add(last, -29), "1", "26", shown=plan.seen(d.add(last, -29)))
        works.outage(d.add(last, -12), "1", "36", shown=plan.seen(d.add(last, -12)))
        works.outage(d.add(last, -1), "2", "40", shown=last)
        plan.opens("often.third_on_last", OFTEN, works.number, last)
    with plan.case("often.window_moved_on"):
        plan.need_days(2)
        works = Works(plan)
        for back, hour in ((30, "24"), (25, "24"), (20, "24")):
            works.outage(d.add(first, -back), "1", hour)
        plan.opens("often.window_moved_on", OFTEN, works.number, first, note="two in the window later: must not clear")
    works = Works(plan)
    key = works.outage(d.add(first, -5), "50", "40")
    works.outage(d.add(first, -5), "60", "40", number=key)
    works.outage(d.add(first, -8), "1", "40")
    works.outage(d.add(first, -9), "1", "40")
    plan.never("often.same_key", OFTEN, works.number, note="one key twice: both quarantined; two are left")


def tests(plan: Plan) -> None:
    first, last = plan.first, plan.last
    line = d.years_before(last, 3)
    works = Works(plan, tested=False)
    works.test(d.add(d.years_before(first, 3), -1))
    plan.opens("test.old.day_over", OLD, works.number, first)
    works = Works(plan, tested=False)
    works.test(line)
    plan.never("test.old.exact", OLD, works.number, note="three years ago to the day")
    with plan.case("test.old.on_last"):
        before = plan.before(last)
        tested = d.add(line, -1)
        if tested < d.years_before(before, 3):
            raise Skip("the line does not move between these days")
        works = Works(plan, tested=False)
        works.test(tested)
        plan.opens("test.old.on_last", OLD, works.number, last)
    works = Works(plan, tested=False)
    plan.never("test.none", OLD, works.number, note="no test at all: nothing to compare")
    for label, result, items, opens in (("fail", "不合格", "总大肠菌群", True), ("code", "0", "浑浊度", True),
                                        ("over", "超标", "氟化物", True), ("pass", "达标", "", False)):
        works = Works(plan)
        works.test(d.add(first, -20), result, items)
        if opens:
            plan.opens(f"test.{label}", FAILED, works.number, first)
        else:
            plan.never(f"test.{label}", FAILED, works.number)
    works = Works(plan, tested=False)
    works.test(d.add(first, -90), "不合格", "菌落总数")
    works.test(d.add(first, -30), "合格")
    plan.never("test.failed_then_passed", FAILED, works.number)
    works = Works(plan)
    works.test("2025-13-40", "不合格")
    plan.never("test.unreadable_date", FAILED, works.number, note="quarantined")


def changing(plan: Plan) -> None:
    first, mid, last = plan.first, plan.mid, plan.last
    with plan.case("test.fails_on_last"):
        plan.before(last)
        works = Works(plan)
        works.test(d.add(last, -1), "不合格", "耗氧量", shown=last)
        plan.opens("test.fails_on_last", FAILED, works.number, last)
    with plan.case("test.passes_again"):
        plan.need_days(2)
        works = Works(plan)
        works.test(d.add(mid, -3), "不合格", "耗氧量", shown=plan.shown_from(mid))
        works.test(d.add(last, -1), "合格", shown=last)
        plan.expect("test.passes_again", FAILED, works.number, "clears", last, opened=mid,
                    note="no window to hold: the newest test decides")
    with plan.case("test.corrected"):
        plan.need_days(2)
        works = Works(plan)
        key = works.test(d.add(mid, -3), "不合格", "铁", shown=plan.shown_from(mid), until=last)
        works.test(d.add(mid, -3), "合格", number=key, shown=last)
        plan.expect("test.corrected", FAILED, works.number, "clears", last, opened=mid)
    with plan.case("test.old_tested_again"):
        plan.need_days(2)
        works = Works(plan, tested=False)
        works.test(d.add(d.years_before(first, 3), -40))
        works.test(d.add(last, -1), shown=last)
        plan.expect("test.old_tested_again", OLD, works.number, "clears", last, opened=first)
    with plan.case("outage.corrected"):
        plan.need_days(2)
        event = plan.in_year(mid, 4)
        works = Works(plan)
        key = works.outage(event, "40", "20", shown=plan.shown_from(mid), until=last)
        works.outage(event, "4", "20", number=key, shown=last)
        plan.expect("outage.corrected", DAYS, works.number, "clears", last, opened=mid)
    with plan.case("works.gone"):
        plan.need_days(2)
        works = Works(plan, until=last)
        works.test(d.add(first, -20), "不合格", "砷")
        plan.expect("works.gone", FAILED, works.number, "withdrawn", last, opened=first, note="household_gone")
    with plan.case("works.new"):
        plan.need_days(2)
        works = Works(plan, shown=last)
        works.test(d.add(first, -20), "不合格", "砷")
        plan.opens("works.new", FAILED, works.number, last, note="first listed on the last day: standing")
    with plan.case("works.two_rules"):
        plan.before(last)
        works = Works(plan)
        works.test(d.add(last, -1), "不合格", "锰", shown=last)
        for back in (1, 5, 9):
            works.outage(d.add(last, -back), "1", "30", shown=last)
        plan.opens("works.two_rules", FAILED, works.number, last)
        plan.opens("works.two_rules.often", OFTEN, works.number, last, note="one lead, one family")
