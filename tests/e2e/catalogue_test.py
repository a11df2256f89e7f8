"""Every rule of the sample configuration against its table of cases: what fires, what just does not, and each exception."""
from __future__ import annotations

import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from catalogue import Case, Files, read_cases, read_rules  # noqa: E402
from deployment import Cluster, Deployment  # noqa: E402
from support import read_json  # noqa: E402
from ward import NoDepartments  # noqa: E402

OPEN = ("opened", "open", "escalated")


class Catalogue(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        root = Path(tempfile.mkdtemp(prefix="bidui-catalogue."))
        cls.addClassCleanup(shutil.rmtree, root, True)
        cluster = Cluster(root / "pg")
        cls.addClassCleanup(cluster.remove)
        inbox = root / "inbox"
        inbox.mkdir()
        cluster.create("catalogue")
        d = Deployment(root / "bidui", cluster, NoDepartments({"WARD_DIR": str(inbox)}), "catalogue")
        files = Files(d.config, inbox)
        cls.cases = read_cases()
        d.run("init")
        cls.found: dict[str, set[str]] = {}
        for day in sorted({case.day for case in cls.cases}):
            files.night([case for case in cls.cases if case.day <= day])       # nothing ever vanishes
            if files.nights == 1:
                d.run("roster", "load", extra={"BIDUI_TODAY": day.isoformat()})
            d.run("run", "--date", day.isoformat(), extra={"BIDUI_TODAY": day.isoformat()})
            cls.take({case.key for case in cls.cases if case.day == day}, read_json(d.out / day.isoformat() / "leads.json")["leads"])

    @classmethod
    def take(cls, keys: set[str], leads: list[dict[str, Any]]) -> None:
        for lead in leads:
            key = (lead["household_no"] or lead["works_no"]).removeprefix("H")
            if key not in keys:
                continue
            whose = cls.found.setdefault(key, set())
            whose |= {r["rule"] for r in lead["reasons"] if r["state"] in OPEN}
            whose |= {n["rule"] for n in lead["notes"] or []}

    def fires(self, case: Case) -> bool:
        return case.rule in self.found.get(case.key, set())

    def test_every_case(self) -> None:
        wrong = [f"{case}: {'did not fire' if case.fires else 'fired'}" for case in self.cases if self.fires(case) != case.fires]
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(self.cases)}")

    def test_no_rule_is_without_its_cases(self) -> None:
        rules = read_rules()
        self.assertEqual({case.rule for case in self.cases} - set(rules), set(), "cases of rules that are not there")
        for name, rule in rules.items():
            with self.subTest(name):
                own = [case for case in self.cases if case.rule == name]
                self.assertTrue(any(case.fires for case in own), "no case that fires")
                self.assertTrue(any(not case.fires and not case.exception for case in own), "no near miss")
                self.assertEqual({case.exception for case in own} - {""}, set(rule.get("unless") or {}), "its exceptions")


if __name__ == "__main__":
    unittest.main()
