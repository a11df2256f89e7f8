"""The sample county with townships that answer every night, against the independent evaluator."""
from __future__ import annotations

import json
import subprocess
import sys
import unittest
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import returned  # noqa: E402
from comparing import differences, person_key  # noqa: E402
from deployment import PYTHON, ROOT, Deployment  # noqa: E402
from evaluator.county import County  # noqa: E402
from evaluator.roster import Roster  # noqa: E402
from evaluator.values import Codes  # noqa: E402
from shared import SHARED  # noqa: E402
from support import HERE, Row, leads  # noqa: E402

# A code, and what it makes of the reasons.
CODES = [("10 属实拟纳入", "属实"), ("31 属实有自主应对能力", "属实"), ("40 不符合条件", "不属实"), ("50 数据有误", "数据有误"), ("21", "属实"),
         ("60 联系不上", None)]
WORDS = {"属实": "true", "不属实": "untrue", "数据有误": "data_wrong"}


class Townships:
    """They answer a good part of what they were sent, some of it only in part."""

    def __init__(self, d: Deployment, data: Path) -> None:
        self.d, self.random, self.answers = d, Random("townships"), []
        self.county, self.codes = County(data), Codes(ROOT / "config/codes")

    def subjects(self, day: str, lead: Row) -> dict[tuple[str, str], str] | None:
        """By rule and masked person: whom the answer is about. None where two look alike."""
        roster = Roster(self.county.roster(date.fromisoformat(day)), self.codes)
        people = {" ".join(p.shown): p.person_no for p in roster.persons.values() if p.household_no == lead["household_no"]}
        found = {(r["rule"], person_key(r)): people.get(person_key(r)) if r["person"] else lead["household_no"]
                 for r in lead["reasons"]}
        return found if None not in found.values() and len(found) == len(lead["reasons"]) else None

    def fill(self, day: str, learned: str, lead: Row, table: returned.Table) -> None:
        subjects = self.subjects(day, lead)
        if subjects is None or self.random.random() < 0.5:
            return
        open_reasons = [r for r in lead["reasons"] if r["state"] in ("opened", "open", "escalated")]
        code, word = self.random.choice(CODES)
        words = [word if word and (i == 0 or self.random.random() < 0.7) else None for i in range(len(open_reasons))]
        returned.fill(table, lead["lead_no"], code, day, *words)
        for reason, said in zip(open_reasons, words):
            if said:
                self.answers.append({"learned": learned, "rule": reason["rule"], "code": int(code[:2]), "answer": WORDS[said],
                                     "subject": subjects[reason["rule"], person_key(reason)], "visited_on": day,
                                     "household_no": lead["household_no"]})

    def answer(self, day: str, learned: str) -> None:
        by_number = {lead["lead_no"]: lead for lead in leads(self.d, day)}
        files = []
        for path in sorted((self.d.out / day / "townships").glob("*.xlsx")):
            table = returned.read(path)
            for row in table[1:]:
                self.fill(day, learned, by_number[row[0]], table)
            files.append(returned.save(table, self.d.folder / path.name))
        said: dict[str, Any] = json.loads(self.d.run("feedback", "--json", *map(str, files), extra={"BIDUI_TODAY": day}).stdout)
        assert said["taken"] > 10 and said["refused"] == 0, {k: v for k, v in said.items() if k != "rows"}


class Answered(unittest.TestCase):
    def test_every_lead_of_every_night_is_the_expected_one(self) -> None:
        days = SHARED.days
        d = SHARED.at(1)
        townships = Townships(d, SHARED.sandbox.data)
        for day, following in zip(days, days[1:]):
            townships.answer(day, following)
            d.night(following)
        answers = d.folder / "answers.json"
        answers.write_text(json.dumps(townships.answers, ensure_ascii=False))
        out = subprocess.run([PYTHON, "-m", "evaluator", SHARED.sandbox.data, ROOT / "config", answers], cwd=HERE, check=True,
                             capture_output=True).stdout
        expected = {night["date"]: night["leads"] for night in json.loads(out)}
        for day in days[1:]:
            with self.subTest(day):
                said = differences(expected[day], leads(d, day))
                self.assertEqual(said[:20], [], f"{len(said)} differences")
        states = {lead["state"] for lead in leads(d, days[-1])}
        self.assertIn("answered", states)


if __name__ == "__main__":
    unittest.main()
