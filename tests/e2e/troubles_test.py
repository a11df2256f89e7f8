"""Single troubles from end to end: a department that sends yesterday's copy, sessions of a dead run, tables that lag
behind, a delivery accepted before its edition has a date, a configuration nobody can read."""
from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from deployment import Deployment  # noqa: E402
from shared import SHARED, misbehave  # noqa: E402
from support import READS, Row, leads, summary, verdicts  # noqa: E402

COUNTY, NOTICE = "990121", "今日未出清单.txt"
HEALTHY = {"complete", "unchanged", "not_due"}


def reasons(rows: list[Row], rules: set[str]) -> dict[tuple, Row]:
    return {(x["lead_no"], r["rule"], str(r["person"])): r for x in rows for r in x["reasons"] if r["rule"] in rules}


class Yesterday(unittest.TestCase):
    """Settlements come daily and have two days' grace. The fourth night's are the third's once more, three days later."""

    LATE = "2026-11-25"
    FROZEN = {rule for rule, datasets in READS.items() if "health_insurance.settlement" in datasets}

    def night(self, day: str, code: int) -> Deployment:
        d = SHARED.at(3)
        SHARED.departments.day(SHARED.days[3])
        misbehave(SHARED.departments, "health_insurance.settlement yesterday")
        self.addCleanup(misbehave, SHARED.departments)
        d.night(day, ok=(code,), switch=False)
        return d

    def test_past_due_and_grace_its_rules_are_frozen(self) -> None:
        d = self.night(self.LATE, 3)
        said = summary(d, self.LATE)
        self.assertEqual([n for n, v in verdicts(d, self.LATE).items() if v not in HEALTHY], ["health_insurance.settlement"])
        self.assertEqual(verdicts(d, self.LATE)["health_insurance.settlement"], "late")
        self.assertEqual({r["rule"] for r in said["frozen_rules"]}, self.FROZEN)
        now = reasons(leads(d, self.LATE), self.FROZEN)
        then = reasons(leads(SHARED.deployment, SHARED.days[2]), self.FROZEN)
        standing = {key for key, r in then.items() if r["state"] in ("opened", "open")}
        self.assertGreater(len(standing), 5)
        self.assertLessEqual({r["state"] for r in now.values() if r["cause"] != "household_gone"}, {"open"})
        self.assertEqual(standing - now.keys(), set())
        self.assertEqual(now.keys() - then.keys(), set())
        undisturbed = reasons(leads(SHARED.deployment, SHARED.days[3]), self.FROZEN).values()
        self.assertIn("opened", {r["state"] for r in undisturbed}, "there was something to open")

    def test_within_its_grace_it_is_healthy(self) -> None:
        d = self.night(SHARED.days[3], 0)
        self.assertEqual(verdicts(d, SHARED.days[3])["health_insurance.settlement"], "unchanged")
        self.assertEqual(summary(d, SHARED.days[3])["frozen_rules"], [])


class DeadRun(unittest.TestCase):
    def session(self, d: Deployment, name: str, sql: str) -> subprocess.Popen:
        """A session a run left on the server, its program being gone."""
        env = {**os.environ, **d.cluster.env, "PGAPPNAME": name}
        left = subprocess.Popen(["psql", "-XAtq", "-d", d.database, "-c", sql, "-c", "select pg_sleep(600)"], env=env,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(left.stdout.close)
        self.addCleanup(left.wait)
        self.addCleanup(left.kill)
        left.stdout.readline()
        return left

    def test_its_sessions_are_ended_by_the_next_run(self) -> None:
        d, day = SHARED.at(3), SHARED.days[3]
        holder = self.session(d, f"bidui run {COUNTY}",
                              f"select pg_advisory_lock(hashtextextended('bidui run {COUNTY}', 0))")
        worker = self.session(d, f"bidui pull {COUNTY} education.aid",
                              f"select pg_advisory_lock(hashtextextended('bidui pull {COUNTY} education.aid', 0))")
        other = self.session(d, "somebody's report", "select 1")
        d.night(day)
        self.assertNotEqual(holder.wait(10), 0)
        self.assertNotEqual(worker.wait(10), 0)
        self.assertIsNone(other.poll())
        self.assertEqual({n: v for n, v in d.files().items() if SHARED.deployment.files()[n] != v}, {})


class LaggingTables(unittest.TestCase):
    def test_a_department_without_its_tables_is_left_out(self) -> None:
        d, day = SHARED.at(3), SHARED.days[3]
        d.cluster.psql("alter table bidui.fact_civil_affairs__relief drop column f_cause", d.database)
        d.night(day, ok=(3,))
        self.assertIn("civil_affairs", str(summary(d, day)["broken_departments"]))
        got = verdicts(d, day)
        self.assertFalse([name for name in got if name.startswith("civil_affairs.") and got[name] in HEALTHY])
        self.assertEqual({v for name, v in got.items() if not name.startswith("civil_affairs.")} - HEALTHY, set())
        mine = {rule for rule, datasets in READS.items() if any(x.startswith("civil_affairs.") for x in datasets)}
        now = reasons(leads(d, day), set(READS) - mine)
        undisturbed = reasons(leads(SHARED.deployment, day), set(READS) - mine)
        self.assertEqual({(k[1], k[2], r["state"]) for k, r in now.items()},
                         {(k[1], k[2], r["state"]) for k, r in undisturbed.items()})

    def test_a_roster_without_its_tables_stops_everything(self) -> None:
        d, day = SHARED.at(3), SHARED.days[3]
        d.cluster.psql("alter table bidui.landing_roster__person drop column f_sex", d.database)
        said = d.night(day, ok=(1,))
        self.assertIn("init", said.stderr)
        self.assertFalse((d.out / day).exists())


class Undated(unittest.TestCase):
    def test_a_delivery_is_accepted_before_its_edition_has_a_date(self) -> None:
        d, day, dataset = SHARED.at(3), SHARED.days[3], "health_insurance.enrolment"
        today = {"BIDUI_TODAY": day}
        SHARED.departments.day(day)
        misbehave(SHARED.departments, f"{dataset} shrink90")
        self.addCleanup(misbehave, SHARED.departments)
        said = d.run("pull", dataset, ok=(3,), extra=today)
        self.assertIn(f"{dataset} held", said.stdout)
        misbehave(SHARED.departments)
        d.run("accept", day, dataset, "--reason", "医保局确认", extra=today)
        self.assertIn(f"{dataset} complete", d.run("pull", dataset, extra=today).stdout)
        d.night(day, switch=False)
        self.assertEqual(verdicts(d, day)[dataset], "complete")
        opened = [r for r in reasons(leads(d, day), {"not_insured"}).values() if r["state"] == "opened"]
        self.assertGreater(len(opened), 50, "nine of ten enrolments are gone, and somebody said that is right")


class Watching(unittest.TestCase):
    def test_a_configuration_nobody_can_read_is_told_where_the_list_belongs(self) -> None:
        d, day = SHARED.at(3), SHARED.days[3]
        file = d.config / "bidui.yaml"
        whole = file.read_text()
        file.write_text(whole.replace("county:", "county: [", 1))
        extra = {"BIDUI_TODAY": day}
        d.run("run", "--date", day, ok=(2,), extra=extra)
        d.run("watch", "--date", SHARED.days[2], ok=(1, 2), extra=extra)
        self.assertFalse((d.out / SHARED.days[2] / NOTICE).exists(), "that list is there")
        d.run("watch", "--date", day, ok=(1,), extra=extra)
        text = (d.out / day / NOTICE).read_text(encoding="utf-8")
        self.assertIn("今日未出清单", text)
        self.assertIn("bidui.yaml", text)
        file.write_text(whole)
        d.night(day)
        self.assertFalse((d.out / day / NOTICE).exists())


if __name__ == "__main__":
    unittest.main()
