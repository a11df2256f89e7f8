#!/usr/bin/env python3
"""Makes the sample county: roster, departments' records, and the truth about what was planted.

    generate.py --out DIR --seed N --persons N --days N --last-day YYYY-MM-DD [--county 990121] [--bench]

The same arguments give the same bytes. README.md beside this file tells what is in DIR."""
from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from random import Random
from typing import Sequence

sys.path.insert(0, str(Path(__file__).resolve().parent))

from county import bench, days as d  # noqa: E402
from county.background import Background, Crowd, Noise, make_planted, make_strangers  # noqa: E402
from county.cases import plant, water  # noqa: E402
from county.cases.plan import Plan  # noqa: E402
from county.consents import Consents  # noqa: E402
from county.numbers import Numbers  # noqa: E402
from county.others import Others  # noqa: E402
from county.people import Maker, populate  # noqa: E402
from county.places import make_villages  # noqa: E402
from county.records import Records  # noqa: E402
from county.roster import DailyLife, Roster  # noqa: E402

RECORDS_PER_PERSON = 6.7
FIRST_ORDINARY = 100000     # households below are planted


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Makes the sample county.")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--persons", type=int, default=60000)
    parser.add_argument("--records", type=int, default=0, help="about so many department records (default: 6.7 a person)")
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--last-day", required=True, type=date.fromisoformat)
    parser.add_argument("--county", default="990121")
    parser.add_argument("--bench", action="store_true", help="no dirt, no cases; streamed, for millions of records")
    return parser.parse_args()


def plan_cases(plan: Plan, seed: int) -> None:
    water.ordinary(plan.records, seed, plan.maker.villages, plan.first, plan.last)
    plant(plan)
    for household in [*plan.households, *(h for _, h in plan.joining)]:
        plan.background.know_household(household)


def make_county(args: argparse.Namespace, days: Sequence[date]) -> dict[str, object]:
    villages = make_villages(args.county)
    numbers = Numbers(Random(f"{args.seed}/numbers"))
    records = Records(args.seed)
    background = Background(args.seed, records, days, villages)
    plan = Plan(days, Maker(args.seed, "cases", villages, numbers, 0, days[-1]), records, background)
    plan_cases(plan, args.seed)

    maker = Maker(args.seed, "people", villages, numbers, FIRST_ORDINARY, days[-1])
    in_cases = sum(len(h.members) for h in plan.households)
    households = populate(maker, args.persons - in_cases)
    for household in households:
        background.know_household(household)
    Noise(background, households, args.persons).add()

    roster = Roster([*plan.households, *households], days)
    plan.roster = roster
    for index, household in plan.joining:
        roster.on(index, lambda h=household: roster.join(h))
    for index, change in plan.moves:
        roster.on(index, change)
    for household in DailyLife(args.seed, roster, maker, households).plan():
        background.know_household(household)

    planted = make_planted(args.seed, days[-1])
    strangers = make_strangers(args.seed, max(3000, args.persons * 2), days[-1])
    wanted = (args.records or int(args.persons * RECORDS_PER_PERSON)) - sum(records.counts().values())
    Crowd(background, strangers, planted).add(max(0, wanted))
    others = Others(args.seed, records, days, villages)
    others.know(households)
    others.work([*plan.households, *(h for _, h in plan.joining), *households])
    consents = Consents(args.seed, [*plan.households, *households], days)
    others.own([h for h in consents.covered if h.monitor_class])
    others.crowd(strangers, planted)
    records.write(args.out, days)
    consents.write(args.out / "consents.csv")
    rows = roster.write(args.out / "roster")
    return {
        "format": 1, "county": args.county, "seed": args.seed, "persons": rows, "days": [d.iso(day) for day in days],
        "records": records.counts(), "strangers": [{"name": s.name, "number": s.number} for s in planted],
        "cases": plan.cases, "skipped": plan.skipped, "roster_changes": roster.log}


def main() -> int:
    args = arguments()
    if args.days < 1 or args.persons < 1:
        print("generate.py: --days and --persons must be at least 1", file=sys.stderr)
        return 2
    days = d.span(d.add(args.last_day, 1 - args.days), args.last_day)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.bench:
        truth = bench.make_county(args.out, args.seed, args.persons, args.records or args.persons * bench.RECORDS_PER_PERSON, days, args.county)
    else:
        truth = make_county(args, days)
    (args.out / "days").write_text("".join(d.iso(day) + "\n" for day in days), encoding="ascii")
    with (args.out / "truth.json").open("w", encoding="utf-8", newline="\n") as out:
        json.dump(truth, out, ensure_ascii=False, indent=1)
        out.write("\n")
    total = sum(truth["records"].values())
    print(f"{args.out}: {truth['persons']} persons, {total} records, {len(truth['cases'])} planted cases", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
