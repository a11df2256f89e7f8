"""Several nights of the sample county against the independent evaluator and against what was planted."""
from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from comparing import differences  # noqa: E402
from deployment import Sandbox  # noqa: E402
from shared import LAST_DAY, SHARED  # noqa: E402
from support import READS, ROOT, Row, expected_nights, leads, read_json, start_evaluator, verdicts  # noqa: E402
from writing import ListFiles  # noqa: E402

SHOWN = 40


class County:
    """Mixed into a test case: one county over its nights; `last_day` says which."""
    last_day = ""

    @classmethod
    def setUpClass(cls) -> None:
        cls.start()
        cls.days = cls.sandbox.days
        evaluator = start_evaluator(cls.sandbox.data, ROOT / "config")
        cls.run_nights()
        cls.got = {day: leads(cls.deployment, day) for day in cls.days}
        cls.expected = expected_nights(evaluator)
        cls.truth = read_json(cls.sandbox.data / "truth.json")

    @classmethod
    def start(cls) -> None:
        cls.sandbox = Sandbox(persons=2000, days=4, last_day=cls.last_day).__enter__()
        cls.addClassCleanup(cls.sandbox.__exit__, None, None, None)

    @classmethod
    def run_nights(cls) -> None:
        cls.deployment = cls.sandbox.first_night()
        for day in cls.days:
            cls.deployment.night(day)

    def test_every_lead_of_every_night_is_the_expected_one(self) -> None:
        for day in self.days:
            with self.subTest(day):
                said = differences(self.expected[day], self.got[day])
                if said:
                    self.fail(f"{len(said)} differences\n" + "\n".join(said[:SHOWN]))

    def test_planted_cases_hold(self) -> None:
        wrong = [f"{c['case']}: {c['rule']} expected {c['expect']} on {c['day']} (opened {c['opened']}, {c['kind']}),"
                 f" got {self.history(c)}" for c in self.truth["cases"] if c["sure"] and c["rule"] in READS and not self.holds(c)]
        if wrong:
            self.fail(f"{len(wrong)} cases\n" + "\n".join(wrong[:SHOWN]))
        self.assertGreater(len(self.truth["cases"]), 400)

    def test_all_feeds_are_healthy(self) -> None:
        for day in self.days:
            self.assertLessEqual(set(verdicts(self.deployment, day).values()), {"complete", "unchanged", "not_due"})

    def history(self, case: Row) -> list[tuple[str, Row, Row]]:
        """The days on which the case's alert is shown: day, lead, reason."""
        found = []
        for day in self.days:
            for lead in self.got[day]:
                if case["works_no"] and lead.get("works_no") != case["works_no"]:
                    continue
                if not case["works_no"] and lead["household_no"] != case["household_no"]:
                    continue
                found += [(day, f"{lead['kind']} {lead['level']} {lead['state']}", reason["state"], lead["kind"])
                          for reason in lead["reasons"] if reason["rule"] == case["rule"] and self.is_of(case, reason)]
        return found

    def is_of(self, case: Row, reason: Row) -> bool:
        return not case["person_no"] or self.masked[case["person_no"]] == self.shown(reason)

    @staticmethod
    def shown(reason: Row) -> str:
        person = reason["person"] or {}
        return f"{person.get('name')} {person.get('number') or ''}"

    @property
    def masked(self) -> dict[str, str]:
        if not hasattr(type(self), "_masked"):
            type(self)._masked = masked_persons(self.sandbox.data, self.days)
        return self._masked

    def holds(self, case: Row) -> bool:
        history = self.history(case)
        if case["expect"] == "never":
            return not history
        if case["expect"] == "escalates":       # `opened` is the lead's
            return any(day == case["day"] and "escalated" in lead for day, lead, _, _ in history)
        if not history or history[0][0] != case["opened"] or history[0][3] != case["kind"]:
            return False
        day, _, state, _ = history[-1]
        if case["expect"] == "opens":
            return state in ("opened", "open") and day == self.days[-1]
        return day == case["day"] and state == {"clears": "cleared", "withdrawn": "withdrawn"}[case["expect"]]


def masked_persons(data: Path, days: list[str]) -> dict[str, str]:
    from evaluator.county import County as Source
    from evaluator.roster import Roster
    from evaluator.values import Codes
    source, codes = Source(data), Codes(ROOT / "config/codes")
    return {p.person_no: " ".join(p.shown) for day in source.days for p in Roster(source.roster(day), codes).persons.values()}


class November(ListFiles, County, unittest.TestCase):
    """Also what the files of the last night look like."""
    last_day = LAST_DAY

    @classmethod
    def start(cls) -> None:
        cls.sandbox = SHARED.sandbox

    @classmethod
    def run_nights(cls) -> None:
        cls.deployment = SHARED.deployment

    def test_the_last_list_has_rows_of_every_kind(self) -> None:
        sheets = {lead["sheet"] for lead in self.got[self.days[-1]]}
        self.assertEqual(sheets, {"new", "changed", "reopen", "works", "standing", "open", "cleared"})
        self.assertLessEqual({"opened", "open", "escalated", "cleared", "withdrawn"},
                             {lead["state"] for lead in self.got[self.days[-1]]})


class March(County, unittest.TestCase):
    """The second day of a term that has only begun."""
    last_day = "2026-03-05"


class NewYear(County, unittest.TestCase):
    """The calendar year, the insurance year and the lines move on between the nights."""
    last_day = "2026-01-02"



if __name__ == "__main__":
    unittest.main()
