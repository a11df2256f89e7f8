"""What may go out, and when: editions half way, baselines, dates, lists marked published but not yet in place."""
from __future__ import annotations

import json
import re
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from deployment import Deployment, Sandbox  # noqa: E402

COMMITS = {"BIDUI_FAULT_KINDS": "commit"}


class Editions(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox(persons=1200, days=3)
        cls.box.__enter__()
        cls.box.first_night(database="loaded")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.box.__exit__(None, None, None)

    def fresh(self) -> Deployment:
        d = self.box.deployment(template="loaded")
        for folder in ("HOUSING_DIR", "ROSTER_DIR"):  # what another test left untaken
            for path in Path(self.box.departments.env[folder]).iterdir():
                path.unlink()
        self.box.departments.day(self.box.days[0])
        return d

    def test_what_was_not_alerted_does_not_go_out(self) -> None:
        d, day = self.fresh(), self.box.days[0]
        today = {"BIDUI_TODAY": day}
        d.run("pull", extra=today)
        d.run("deliver", "--date", day, ok=(1,), extra=today)
        self.assertEqual(d.files(), {})
        d.run("assess", "--date", day, extra=today)
        d.run("alert", "--date", day, extra=today)
        d.run("deliver", "--date", day, extra=today)
        self.assertGreater(len(json.loads((d.out / day / "leads.json").read_text())["leads"]), 0)

    def test_a_baseline_never_goes_out(self) -> None:
        d, (first, second, _) = self.fresh(), self.box.days
        d.run("run", "--baseline", "--date", first, extra={"BIDUI_TODAY": first})
        d.run("deliver", "--date", first, ok=(1,), extra={"BIDUI_TODAY": first})
        d.night(second)
        self.assertFalse((d.out / first).exists())
        self.assertTrue((d.out / second / "leads.json").exists())

    def test_dates_in_the_future_are_refused(self) -> None:
        d = self.fresh()
        d.run("run", "--date", "2062-01-01", ok=(2,), extra={"BIDUI_TODAY": self.box.days[0]})
        self.assertEqual(d.files(), {})

    def test_a_list_killed_before_its_rename_appears_with_the_next(self) -> None:
        d, (first, second, _) = self.fresh(), self.box.days
        counted = d.night(first, extra={"BIDUI_FAULT": "count", **COMMITS})
        commits = int(re.search(r"fault_points=(\d+)", counted.stderr).group(1))
        want = (d.out / first / "leads.json").read_bytes()
        d = self.fresh()
        killed = d.night(first, ok=None, extra={"BIDUI_FAULT": f"run:{commits}", **COMMITS})
        self.assertEqual(killed.returncode, -9)
        self.assertFalse((d.out / first).exists())
        d.night(second)
        self.assertEqual((d.out / first / "leads.json").read_bytes(), want)

    def test_superseded_lists_keep_their_name(self) -> None:
        d, day = self.fresh(), self.box.days[0]
        d.night(day)
        d.run("run", "--new-edition", "--date", day, extra={"BIDUI_TODAY": day})
        shutil.rmtree(d.out)
        d.out.mkdir()
        for _ in range(2):
            d.night(day)
        for summary in d.out.glob("*/summary.json"):
            self.assertEqual(summary.parent.name, day)
            self.assertEqual(json.loads(summary.read_text())["edition"], 2)

    def test_a_list_is_given_again_whatever_became_of_configuration_and_facts(self) -> None:
        d, day = self.fresh(), self.box.days[0]
        d.night(day)
        before = d.files()
        works = [x for x in json.loads(before[f"{day}/leads.json"])["leads"] if x["kind"] == "works"]
        self.assertTrue(any(x["works_name"] and x["households"] for x in works))
        water = d.config / "connectors/water.yaml"
        text = re.sub(r"  served_village:\n(    .*\n)+", "", water.read_text())
        water.write_text(text.replace("      name:       {from: gcmc, type: text}\n", ""))
        for table in ("fact_water__works", "fact_water__served_village"):
            d.cluster.psql(f"delete from bidui.{table}", d.database)
        shutil.rmtree(d.out / day)
        d.night(day, switch=False)
        self.assertEqual(d.files(), before)

    def test_what_was_pulled_under_another_date_is_asked_again(self) -> None:
        """Files too: the list is that of a run which never looked before its day."""
        first, second, third = self.box.days
        want = {}
        for before in ([], ["pull"], ["run", "--baseline", "--date", first], ["pull", "housing.assessment"]):
            d = self.fresh()
            if before:
                d.run(*before, extra={"BIDUI_TODAY": first})
            d.night(second)
            d.night(third)
            with self.subTest(" ".join(before)):
                want = want or d.files()
                self.assertEqual([name for name in want if d.files().get(name) != want[name]], [])
                self.assertEqual(d.files().keys(), want.keys())

    def test_files_go_when_the_date_stands(self) -> None:
        d, day = self.fresh(), self.box.days[0]
        folder = Path(self.box.departments.env["HOUSING_DIR"])
        there = sorted(path.name for path in folder.iterdir())
        d.run("pull", extra={"BIDUI_TODAY": day})
        self.assertEqual(sorted(path.name for path in folder.iterdir()), there)
        d.night(self.box.days[1])
        self.assertEqual(sorted(path.name for path in folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
