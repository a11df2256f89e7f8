"""Nights that go wrong, and nights that must not differ: determinism, misbehaving departments, held deliveries."""
from __future__ import annotations

import json
import shutil
import sys
import unittest
from pathlib import Path
from random import Random

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402

from deployment import Departments, Deployment  # noqa: E402
from shared import SHARED, misbehave  # noqa: E402
from support import READS, Row, leads, summary, verdicts  # noqa: E402

HEALTHY = {"complete", "unchanged", "not_due"}
NOT_OF_FEEDS = {"household_gone", "class_changed"}     # a healthy roster closes these all the same
NOWHERE = {"EDUCATION_URL": "http://127.0.0.1:9/education", "HEALTH_INSURANCE_URL": "http://127.0.0.1:9/health",
           "CIVIL_AFFAIRS_DB": "host=/nonexistent dbname=x", "WATER_DB": "host=/nonexistent dbname=x"}


def shuffled_copy(data: Path, copy: Path) -> None:
    """The same county with the lines of every file in another order; a file sent twice stays the same file."""
    shutil.copytree(data, copy)
    for path in sorted(copy.rglob("*")):
        if path.suffix not in (".csv", ".jsonl"):
            continue
        lines = path.read_bytes().splitlines(keepends=True)
        head, rest = (lines[:1], lines[1:]) if path.suffix == ".csv" else ([], lines)
        Random(f"shuffled/{path.name[:5]}").shuffle(rest)
        path.write_bytes(b"".join(head + rest))


def different_files(a: dict[str, bytes], b: dict[str, bytes]) -> list[str]:
    return [name for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]


def alerts(rows: list[Row], rules: set[str]) -> dict[tuple, Row]:
    """By rule and subject. A person who moved stands in two leads: the open one counts."""
    found: dict[tuple, Row] = {}
    for lead in rows:
        for r in lead["reasons"]:
            person = r["person"]
            who = (person["name"], person["number"]) if person else (lead["household_no"] or lead["works_no"],)
            if r["rule"] in rules and r["cause"] != "person_moved":
                found[r["rule"], *who] = r
    return found


def facts_of(d: Deployment, day: str, rules: set[str]) -> set[tuple]:
    return {(*key, r["state"], r["cause"], str(r["values"])) for key, r in alerts(leads(d, day), rules).items()}


class Same(unittest.TestCase):
    def test_another_locale_zone_and_order_give_the_same_bytes(self) -> None:
        undisturbed = SHARED.deployment
        sandbox = SHARED.sandbox
        copy = sandbox.root / "shuffled"
        shuffled_copy(sandbox.data, copy)
        departments = Departments(sandbox.root / "departments2", copy)
        self.addCleanup(departments.stop)
        misbehave(departments, "* shuffle 7")
        sandbox.cluster.create("shuffled")
        d = Deployment(sandbox.root / "shuffled-deployment", sandbox.cluster, departments, "shuffled")
        d.extra = {"LC_ALL": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8", "TZ": "America/New_York"}
        d.run("init")
        departments.day(SHARED.days[0])
        d.run("roster", "load", extra={"BIDUI_TODAY": SHARED.days[0]})
        for day in SHARED.days:
            d.night(day)
        self.assertEqual(different_files(undisturbed.files(), d.files()), [])
        self.assertGreaterEqual(len(d.files()), 4 * len(SHARED.days))

    def test_a_published_date_is_given_again_without_asking_anybody(self) -> None:
        d = SHARED.at(4)
        before = d.files()
        for day in (SHARED.days[3], SHARED.days[1]):
            shutil.rmtree(d.out / day)
            d.night(day, switch=False, extra=NOWHERE)
            self.assertEqual(different_files(before, d.files()), [])
        d.run("deliver", "--date", SHARED.days[2], extra=NOWHERE)
        self.assertEqual(different_files(before, d.files()), [])


class Misbehaving(unittest.TestCase):
    """The fourth night, with departments that misbehave in many ways at once."""

    def night(self, *lines: str, code: int = 3, files: dict[str, bytes | None] | None = None, sql: tuple = (),
              extra: dict[str, str] | None = None) -> Deployment:
        d, day = SHARED.at(3), SHARED.days[3]
        SHARED.departments.day(day)
        for name, content in (files or {}).items():
            path = SHARED.departments.folder / "housing" / name
            path.unlink() if content is None else path.write_bytes(content)
        for database, statement in sql:
            self.department_sql(database, statement)
        misbehave(SHARED.departments, *lines)
        self.addCleanup(misbehave, SHARED.departments)
        d.night(day, ok=(code,), switch=False, extra=extra)
        return d

    @staticmethod
    def department_sql(database: str, statement: str) -> None:
        import os
        import subprocess
        from deployment import PG, read_exports
        folder = SHARED.departments.folder / "pg"
        env = read_exports(subprocess.run([PG, "env", folder], check=True, capture_output=True, text=True).stdout)
        subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement], check=True,
                       env={**os.environ, **env})

    def check(self, d: Deployment, expected: dict[str, set[str]], apart: set[str] = frozenset()) -> None:
        """Each named dataset has one of its verdicts; the rules that read it neither open nor clear; others go on,
        save those set apart."""
        day, yesterday, undisturbed = SHARED.days[3], SHARED.days[2], SHARED.deployment
        got = verdicts(d, day)
        for dataset, allowed in expected.items():
            with self.subTest(dataset):
                self.assertIn(got[dataset], allowed)
        well = {name: verdict for name, verdict in got.items() if name not in expected}
        self.assertLessEqual(set(well.values()), HEALTHY, well)
        frozen = {rule for rule, datasets in READS.items() if datasets & expected.keys()}
        self.assertEqual({self.rule_id(r) for r in summary(d, day)["frozen_rules"]}, frozen)
        now, then = alerts(leads(d, day), frozen), alerts(leads(undisturbed, yesterday), frozen)
        for key, reason in now.items():
            if reason["cause"] in NOT_OF_FEEDS or (reason["state"] == "opened" and reason["opened_on"] < day):
                continue        # the latter moved here with its person
            self.assertEqual(reason["state"], "open", key)
            self.assertIn(key, then)
        still = {k for k, r in then.items() if r["state"] in ("opened", "open")}
        self.assertEqual(sorted(still - now.keys()), [])
        self.check_reminders(d, set(expected))
        others = set(READS) - frozen - apart
        self.assertEqual([], sorted(facts_of(d, day, others) ^ facts_of(undisturbed, day, others))[:10])

    def check_reminders(self, d: Deployment, troubled: set[str]) -> None:
        """Each department is told of its own troubled datasets, what was wrong, and nothing of our insides."""
        folder = d.out / SHARED.days[3] / "departments"
        texts = {path.stem.removeprefix("催报单-"): path.read_text() for path in folder.iterdir()}
        self.assertEqual(set(texts), {name.split(".")[0] for name in troubled})
        for name, text in texts.items():
            told = {block.partition("(")[2].partition(")")[0] for block in text.split("数据集:")[1:]}
            self.assertEqual(told, {dataset for dataset in troubled if dataset.startswith(name + ".")})
            self.assertEqual(text.count("情况:"), len(told))
            self.assertNotRegex(text, r"RC_|yaml|_column|[{}]")

    @staticmethod
    def rule_id(said: Row | str) -> str:
        return said["rule"] if isinstance(said, dict) else said

    def test_renamed_repeating_shrunken_and_down(self) -> None:
        csv = f"鉴定_{SHARED.days[3]}.csv"
        d = self.night("education.enrolment rename_column XJZT QINGKUANG", "education.aid repeat_cursor",
                       "health_insurance.enrolment shrink90", "health_insurance.settlement down",
                       "education.attendance error200", files={csv: b"\xff\xfe\x00garbage\n\x00\x01"},
                       sql=[("water", "alter table tingshui rename tsts to days")],
                       extra={"CIVIL_AFFAIRS_DB": NOWHERE["CIVIL_AFFAIRS_DB"]})
        self.check(d, {"education.enrolment": {"held"}, "education.aid": {"incomplete", "failed"},
                       "health_insurance.enrolment": {"held"}, "health_insurance.settlement": {"failed"},
                       "education.attendance": {"failed"}, "housing.assessment": {"failed", "held", "incomplete"},
                       "water.outage": {"failed", "held"},
                       **{f"civil_affairs.{n}": {"failed"} for n in ("allowance", "hardship", "relief",
                                                                      "low_income", "child", "disability_allowance")}})

        feed = next(f for f in summary(d, SHARED.days[3])["datasets"] if f["dataset"] == "education.enrolment")
        self.assertEqual(feed["reasons"][0], "renamed_column XJZT -> QINGKUANG at connectors/education.yaml:27", "by its contents")

    def test_garbage_truncated_cut_and_short(self) -> None:
        csv = f"鉴定_{SHARED.days[3]}.csv"
        text = (SHARED.sandbox.data / "housing" / SHARED.days[3] / csv).read_bytes().decode("gb18030")
        lines = text.splitlines(keepends=True)
        renovated = f"改造_{SHARED.days[3]}.csv"
        d = self.night("education.enrolment garbage", "education.aid truncated_json",
                       "health_insurance.enrolment first_page_only", "health_insurance.settlement cut",
                       "education.attendance gzip_bomb",
                       files={csv: "".join(lines[:1] + lines[1::10]).encode("gb18030"),
                              renovated: text.replace("竣工日期", "完工日期").encode("gb18030")},
                       sql=[("civil_affairs", "delete from linshijiuzhu where jzbh not like '%7'")])
        self.check(d, {"education.enrolment": {"failed"}, "education.aid": {"failed", "incomplete"},
                       "health_insurance.enrolment": {"incomplete", "held"},
                       "health_insurance.settlement": {"failed", "incomplete"}, "education.attendance": {"failed"},
                       "housing.assessment": {"held"}, "housing.renovation": {"held"}, "civil_affairs.relief": {"held"}})

    def test_false_total_repeated_page_wrong_length_and_500(self) -> None:
        d = self.night("education.enrolment false_total", "education.aid repeat_page 2",
                       "health_insurance.enrolment duplicate_page 2", "health_insurance.settlement wrong_length",
                       "education.attendance 500", files={f"鉴定_{SHARED.days[3]}.csv.done": None})
        self.check(d, {"education.enrolment": {"incomplete", "held"}, "education.aid": {"incomplete", "failed"},
                       "health_insurance.enrolment": {"incomplete", "failed"},
                       "health_insurance.settlement": {"failed", "incomplete"}, "education.attendance": {"failed"}},
                   apart={"unsafe_house", "house_damaged_after_clearing"})
        # A file without its marker has not arrived yet, and is not due before the 20th of the next month.
        self.assertIn(verdicts(d, SHARED.days[3])["housing.assessment"], {"not_due", "unchanged"})

    def test_trouble_that_passes_leaves_no_trace(self) -> None:
        d = self.night("education.enrolment 429 1 2", "education.aid 500 2 1", "health_insurance.enrolment cut 3 1",
                       "health_insurance.settlement truncated_json 1 1", "education.attendance down 1 1",
                       "education.aid slow 1 1", code=0)
        self.assertEqual(different_files(SHARED.deployment.files(), d.files()), [])

    def test_old_copies_are_late_past_their_grace_and_healthy_before(self) -> None:
        d = SHARED.at(4)
        SHARED.departments.day(SHARED.days[3])
        for file in (SHARED.departments.folder / "housing").glob("*"):
            file.unlink()
        next_day = "2026-11-23"
        d.night(next_day, switch=False)
        self.assertLessEqual(set(verdicts(d, next_day).values()), HEALTHY)
        late_day = "2026-12-15"
        d.night(late_day, switch=False, ok=(3,))
        late = {name for name, verdict in verdicts(d, late_day).items() if verdict == "late"}
        self.assertEqual(late, {"health_insurance.settlement", "education.attendance", "civil_affairs.allowance",
                                "civil_affairs.hardship", "civil_affairs.relief", "civil_affairs.low_income",
                                "civil_affairs.child", "civil_affairs.disability_allowance"})
        frozen = {rule for rule, datasets in READS.items() if datasets & late}
        self.assertEqual({self.rule_id(r) for r in summary(d, late_day)["frozen_rules"]}, frozen)
        for key, reason in alerts(leads(d, late_day), frozen).items():
            self.assertEqual(reason["state"], "open", key)


class Held(unittest.TestCase):
    def test_an_accepted_delivery_is_taken_in_by_the_next_edition(self) -> None:
        d, day, dataset = SHARED.at(3), SHARED.days[3], "health_insurance.enrolment"
        SHARED.departments.day(day)
        misbehave(SHARED.departments, f"{dataset} shrink90")
        self.addCleanup(misbehave, SHARED.departments)
        d.night(day, ok=(3,), switch=False)
        before = {p.name: p.read_bytes() for p in (d.out / day).iterdir() if p.is_file()}
        self.assertEqual(verdicts(d, day)[dataset], "held")
        frozen = {self_id(r) for r in summary(d, day)["frozen_rules"]}
        self.assertEqual(frozen, {"not_insured"})
        d.run("accept", day, dataset, ok=(2,))
        d.run("accept", day, "education.enrolment", "--reason", "没有暂挂的来数", ok=(1, 2))
        d.run("accept", day, dataset, "--reason", "医保局确认本次来数无误")
        told = d.run("run", "--date", day, "--new-edition", extra={"BIDUI_TODAY": day}).stdout
        self.assertIn(verdicts(d, day)[dataset], HEALTHY)
        old, new = json_edition(before["leads.json"]), summary(d, day)["edition"]
        self.assertGreater(new, old)
        moved = d.out / f"{day}.{old}"
        self.assertEqual({p.name: p.read_bytes() for p in moved.iterdir() if p.is_file()}, before)
        opened = [r for r in alerts(leads(d, day), {"not_insured"}).values() if r["state"] == "opened"]
        self.assertGreater(len(opened), 50, "nine of ten enrolments are gone, and somebody said that is right")
        self.check_differences(d, day, json.loads(before["leads.json"])["leads"], told)
        d.run("run", "--date", SHARED.days[2], "--new-edition", ok=(2,), extra={"BIDUI_TODAY": day})

    def check_differences(self, d: Deployment, day: str, old_leads: list[Row], told: str) -> None:
        """What the new edition says of itself, and that the night stays one night."""
        old, new = ({x["lead_no"]: x for x in rows} for rows in (old_leads, leads(d, day)))
        said, edition = summary(d, day)["edition_differences"], json.loads((d.out / day / "leads.json").read_text())["edition"]
        self.assertEqual(said["superseded"], edition - 1)
        self.assertEqual(said["leads_added"], [n for n in new if n not in old])
        self.assertEqual(said["leads_gone"], [n for n in old if old[n]["sheet"] != "cleared" == new[n]["sheet"]])
        self.assertEqual([x["lead_no"] for x in said["leads_changed"]],
                         [n for n in new if n in old and n not in said["leads_gone"] and new[n] != old[n]])
        self.assertGreater(min(len(said["leads_added"]), len(said["leads_changed"])), 10)
        self.assertEqual([(x["dataset"], x["before"]) for x in said["datasets"]], [("health_insurance.enrolment", "held")])
        for change in said["leads_changed"]:
            x, y = old[change["lead_no"]], new[change["lead_no"]]
            for c in change["changes"]:
                if c["what"] in ("kind", "level", "state", "due_on"):
                    self.assertEqual((c["before"], c["now"]), (x[c["what"]], y[c["what"]]))
            joined = [r["rule"] for r in y["reasons"] if r not in x["reasons"]]
            self.assertLessEqual(set(joined), {c["rule"] for c in change["changes"] if c["what"] == "reason"})
        for number, lead in old.items():
            if lead["state"] in ("opened", "cleared", "withdrawn"):
                self.assertEqual(new[number]["state"], lead["state"], number)
        self.assertIn(f"与第 {edition - 1} 版相比", told)
        self.assertLessEqual(set(said["leads_added"]), set(told.split()))
        sheet = openpyxl.load_workbook(d.out / day / "leads.xlsx")[f"与第{edition - 1}版的差异"]
        rows = [row for row in sheet.iter_rows(min_row=2, values_only=True)]
        self.assertEqual([row[1] for row in rows if row[0] == "新增"], said["leads_added"])
        self.assertEqual(len([row for row in rows if row[0] == "变化"]), sum(len(x["changes"]) for x in said["leads_changed"]))
        self.assertIn(("来数", "health_insurance.enrolment", "暂挂"), [(row[0], row[1], row[6]) for row in rows])
        files = d.files()
        shutil.rmtree(d.out / day)
        again = d.run("run", "--date", day, "--json", extra={"BIDUI_TODAY": day, **NOWHERE}).stdout
        self.assertEqual(d.files(), files)
        self.assertEqual(json.loads(again)["edition_differences"], said)


def self_id(said: Row | str) -> str:
    return Misbehaving.rule_id(said)


def json_edition(raw: bytes) -> int:
    return json.loads(raw)["edition"]


if __name__ == "__main__":
    unittest.main()
