"""What people type: status, explain, rules, review, probe, baseline; exit codes, locks, signals, watch."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from datetime import datetime, timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402

import deployment  # noqa: E402
from deployment import Deployment  # noqa: E402
from shared import SHARED, misbehave  # noqa: E402
from support import FULL_NUMBER, READS, csv_rows, leads, read_json, summary, verdicts  # noqa: E402

NOTICE = "今日未出清单.txt"


def start(d: Deployment, *args: str, extra: dict[str, str] | None = None) -> subprocess.Popen:
    """A run that goes on by itself, the leader of its own group."""
    return subprocess.Popen([str(deployment.BUILD / "bidui"), *args], env=d.environment(extra), stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True)


class Asking(unittest.TestCase):
    """Commands that change nothing."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.d = SHARED.deployment
        cls.day = SHARED.days[3]
        SHARED.departments.day(cls.day)

    def say(self, *args: str, ok: tuple[int, ...] = (0,)) -> str:
        return self.d.run(*args, ok=ok, extra={"BIDUI_TODAY": self.day}).stdout

    def test_status(self) -> None:
        said = json.loads(self.say("status", "--json"))
        keys = {"dataset", "verdict", "last_complete", "as_of", "rows", "rejected", "frozen_rules"}
        for feed in said["datasets"]:
            self.assertLessEqual(keys, feed.keys())
        self.assertEqual({f["dataset"]: f["verdict"] for f in said["datasets"]},
                         {f["dataset"]: f["verdict"] for f in summary(self.d, self.day)["datasets"]}
                         | {f["dataset"]: f["verdict"] for f in said["datasets"] if f["dataset"] == "roster.person"})
        self.assertEqual({f["format"] for f in said["datasets"] if f["dataset"].startswith("housing.")}, {"csv gb18030"})
        text = self.say("status")
        for dataset in {d for datasets in READS.values() for d in datasets}:
            self.assertIn(dataset, text)
        for words in (f"{self.day}.4 已出清单", "逾期 ", "人工判定 "):
            self.assertIn(words, text)
        for word in ("published", "complete", "unchanged", "overdue"):
            self.assertNotIn(word, text)

    def test_rules(self) -> None:
        rules = {r["id"]: r for r in json.loads(self.say("rules", "list", "--json"))["rules"]}
        self.assertEqual({name: set(r["datasets"]) for name, r in rules.items()}, READS)
        listed = self.say("rules", "list")
        for rule in rules.values():
            self.assertLessEqual({"id", "version", "title", "datasets", "severity"}, rule.keys())
            self.assertIn(rule["id"], listed)

    def test_explain_a_listed_household_by_its_number_and_by_its_lead(self) -> None:
        lead = next(x for x in leads(self.d, self.day) if x["sheet"] == "changed" and len(x["reasons"]) > 1)
        for name in (lead["household_no"], lead["lead_no"]):
            said = json.loads(self.say("explain", name, "--json"))
            self.assertEqual(said["household_no"], lead["household_no"])
            self.assertEqual([x["lead_no"] for x in said["leads"]], [lead["lead_no"]])
            self.assertEqual({r["rule"] for r in said["leads"][0]["reasons"]}, {r["rule"] for r in lead["reasons"]})
            text = self.say("explain", name)
            for reason in lead["reasons"]:
                self.assertIn(reason["text"], text)
                for record in reason["evidence"]:
                    self.assertIn(record["record_key"], text)
                if reason["parameter"]:
                    self.assertIn(reason["parameter"]["basis"], text)
            self.assertRegex(text, r"证据 \S+ \S+\.\S+ .*  (精确匹配|更正号码后匹配),第 \d+ 版来数\((完整|无变化),收到 \d+ 行\)")
            self.assertIsNone(FULL_NUMBER.search(text))

    def test_explain_a_works(self) -> None:
        lead = next(x for x in leads(self.d, self.day) if x["kind"] == "works" and x["state"] == "open")
        text = self.say("explain", lead["works_no"])
        self.assertIn(lead["lead_no"], text)
        self.assertIn(lead["reasons"][0]["text"], text)

    def test_explain_a_household_that_is_not_listed(self) -> None:
        case = next(c for c in read_json(SHARED.sandbox.data / "truth.json")["cases"]
                    if c["case"] == "medical.lifted.first.exact")
        text = self.say("explain", case["household_no"])
        self.assertIn("不在清单上", text)
        self.assertIn("10500.00", text, "the value that would have fired")
        self.assertEqual(json.loads(self.say("explain", case["household_no"], "--json"))["leads"], [])
        self.say("explain", "没有这一户", ok=(1, 2))

    def test_one_rule_is_shown_with_what_it_stands_on(self) -> None:
        told = self.say("rules", "show", "inpatient_registered")
        for words in ("住院自付", "医疗费用结算·burden合计(kind 为 住院 且 settled_on 早于 当月一日,本年)", "inpatient_line_registered = 5000 yuan",
                      "县级因病返贫监测办法2020-2021(转引)", "脱贫户、监测对象", "health_insurance.settlement  医疗费用结算  完整"):
            self.assertIn(words, told)
        self.assertIn("例外", self.say("rules", "show", "unsafe_house"))
        said = json.loads(self.say("rules", "show", "medical_burden_registered", "--json"))
        self.assertEqual((said["id"], said["version"], said["rule"]["unless"]), ("medical_burden_registered", 1, {}))
        values = {p["name"]: (p["value"], p["from"]) for p in said["parameters"]}
        self.assertEqual(values, {"registered_burden_share": ("0.5", "2022-01-01"), "rural_income": ("21000", "2026-01-01")})
        self.assertEqual([(f["dataset"], f["as_of"]) for f in said["datasets"]],
                         [("health_insurance.settlement", SHARED.days[-1])])
        wrong = SHARED.deployment.run("rules", "show", "unsafe_hous", ok=(1, 2))
        self.assertIn("unsafe_house", wrong.stderr)

    def test_an_earlier_night_is_explained_as_it_was_known(self) -> None:
        case = next(c for c in read_json(SHARED.sandbox.data / "truth.json")["cases"]
                    if c["case"] == "medical.updated_down")
        self.assertIn("10600元", self.say("explain", case["household_no"], "--date", SHARED.days[2]))

    def test_an_earlier_night_is_explained_by_its_own_rules(self) -> None:
        lead = next(x for x in leads(self.d, self.day) if any(r["rule"] == "unsafe_house" for r in x["reasons"]))
        d = SHARED.sandbox.deployment(template=f"after{len(SHARED.days)}")
        said = sorted(d.run("explain", lead["lead_no"], "--date", self.day).stdout.splitlines())
        self.assertTrue(any(line.startswith("  unsafe_house (第 1 版)") for line in said))
        d.edit("rules/housing.yaml", "- id: unsafe_house", "- id: house_of_today")
        d.edit("rules/medical.yaml", "let:", "let:\n    unused: count(education.aid)")
        self.assertEqual(sorted(d.run("explain", lead["lead_no"], "--date", self.day).stdout.splitlines()), said)
        education = d.config / "connectors/education.yaml"
        education.write_text(education.read_text().replace("  enrolment:", "  enrolled:"))
        for rules in (d.config / "rules").glob("*.yaml"):
            rules.write_text(rules.read_text().replace("education.enrolment", "education.enrolled"))
        d.run("init")
        self.assertIn("现行规则", d.run("explain", lead["lead_no"], "--date", self.day).stdout)

    def test_probe(self) -> None:
        for dataset in ("education.enrolment", "civil_affairs.allowance", "housing.assessment"):
            text = self.say("probe", dataset)
            self.assertIn(dataset, text)
            self.assertIsNone(FULL_NUMBER.search(text))
        self.assertIn("grade", text, "files that wait in the folder are shown, not taken")
        self.assertTrue(list((SHARED.departments.folder / "housing").glob("*.csv")))
        self.say("probe", "education.enrollment", ok=(2,))

    def test_usage(self) -> None:
        for args in (("runn",), ("run", "--date", "2026-13-01"), ("run", "--datum", "x"), ("accept",), ("explain",),
                     ("review", "accept", "x", "--reason", "y"), ("probe",)):
            with self.subTest(args):
                self.say(*args, ok=(2,))
        self.say("run", "--date", "2026-11-18", ok=(2,))


class Reviewing(unittest.TestCase):
    def test_accepting_and_rejecting_questions(self) -> None:
        d, day = SHARED.at(4), SHARED.days[3]
        extra = {"BIDUI_TODAY": day}
        text = d.run("review", "list", extra=extra).stdout
        self.assertIsNone(FULL_NUMBER.search(text))
        asked = [block for block in text.split("\n") if block[:1].isdigit()]
        self.assertGreater(len(asked), 5)
        settlements = [line.split()[0] for line in asked if "health_insurance.settlement" in line]
        several = [line.split()[0] for line in asked if "housing.assessment" in line and "多个" in line]
        d.run("review", "accept", settlements[-1], ok=(2,), extra=extra)
        d.run("review", "accept", several[0], "--reason", "不知道是哪一户", ok=(2,), extra=extra)
        d.run("review", "reject", settlements[0], "--reason", "不是同一人", extra=extra)
        d.run("review", "reject", settlements[0], "--reason", "再来一次", ok=(1, 2), extra=extra)
        single = self.single(text)
        number, household = single
        d.run("review", "accept", number, "--reason", "村里核实为同一人", extra=extra)
        left = d.run("review", "list", extra=extra).stdout
        self.assertEqual(len([x for x in left.split("\n") if x[:1].isdigit()]), len(asked) - 2)
        SHARED.departments.day(day)
        d.run("run", "--date", day, "--new-edition", ok=(0,), extra=extra)
        rules = {r["rule"] for x in leads(d, day) if x["household_no"] == household for r in x["reasons"]}
        self.assertIn("medical_burden_registered", rules, "what was accepted is a fact of the next edition")

    @staticmethod
    def single(text: str) -> tuple[str, str]:
        """A settlement with one candidate: its number and the candidate's household."""
        blocks: list[list[str]] = []
        for line in text.split("\n"):
            if line[:1].isdigit():
                blocks.append([line])
            elif line.startswith(" ") and blocks:
                blocks[-1].append(line)
        fitting = [b for b in blocks if "health_insurance.settlement" in b[0] and len(b) == 2]
        return fitting[-1][0].split()[0], fitting[-1][1].split()[3]


class Broken(unittest.TestCase):
    def test_one_departments_broken_file_does_not_stop_the_others(self) -> None:
        d, day = SHARED.at(3), SHARED.days[3]
        file = d.config / "connectors/water.yaml"
        file.write_text(file.read_text().replace("datasets:", "datasets: [}", 1))
        SHARED.departments.day(day)
        household = self.rename_head(day)
        d.night(day, ok=(3,), switch=False)
        self.check_harmless(d, day, household)
        said = summary(d, day)
        self.assertIn("water", str(said["broken_departments"]))
        others = {name: verdict for name, verdict in verdicts(d, day).items() if not name.startswith("water.")}
        self.assertLessEqual(set(others.values()), {"complete", "unchanged", "not_due"})
        mine = [x for x in leads(d, day) if x["kind"] != "works"]
        undisturbed = [x for x in leads(SHARED.deployment, day) if x["kind"] != "works"]
        self.assertEqual([(x["household_no"], x["state"]) for x in mine], [(x["household_no"], x["state"]) for x in undisturbed])
        for lead in leads(d, day):
            if lead["kind"] == "works":
                self.assertEqual(lead["state"], "open")
        d.run("check", ok=(2,))


    FORMULA = "=HYPERLINK(A1)"

    def rename_head(self, day: str) -> str:
        """A householder whose name is a formula, in the roster that waits in the folder."""
        case = next(c for c in read_json(SHARED.sandbox.data / "truth.json")["cases"]
                    if c["case"] == "medical.lifted.last.over")
        path = SHARED.departments.folder / f"roster/roster-{day}.csv"
        charset = "utf-8-sig" if path.read_bytes().startswith(b"\xef\xbb\xbf") else "gb18030"
        lines = path.read_bytes().decode(charset).split("\r\n")
        for i, line in enumerate(lines):
            cells = line.split(",")
            if cells[0] == case["household_no"] and "户主" in cells[4:5]:
                lines[i] = ",".join([*cells[:2], self.FORMULA, *cells[3:]])
        path.write_bytes("\r\n".join(lines).encode(charset))
        return case["household_no"]

    def check_harmless(self, d: Deployment, day: str, household: str) -> None:
        row = next(r for r in csv_rows(d.out / day / "leads.csv") if r["户编号或工程编号"] == household)
        self.assertEqual(row["户主或工程名称"], "'" + self.FORMULA)
        book = openpyxl.load_workbook(d.out / day / "leads.xlsx")
        cells = [c for sheet in book for r in sheet.iter_rows() for c in r if self.FORMULA in str(c.value)]
        self.assertEqual([c.data_type for c in cells], ["s"])
        self.assertFalse(str(cells[0].value).startswith("="), "harmless too when saved as CSV")


class Baseline(unittest.TestCase):
    def test_a_baseline_counts_and_publishes_nothing(self) -> None:
        d, day = SHARED.at(0), SHARED.days[0]
        SHARED.departments.day(day)
        done = d.run("run", "--date", day, "--baseline", extra={"BIDUI_TODAY": day})
        self.assertEqual(d.files(), {})
        counts = {line.split("\t")[0]: line for line in done.stdout.splitlines() if "\t" in line}
        found = [r["rule"] for x in leads(SHARED.deployment, day) for r in x["reasons"]]
        self.assertEqual(counts.keys(), set(found))
        for rule, line in counts.items():
            self.assertIn(str(found.count(rule)), line)
        self.assertIn(f"{day}.1 已预警", d.run("status", extra={"BIDUI_TODAY": day}).stdout)


class Standing(unittest.TestCase):
    """Locks, signals and the second cron line, on the fourth night."""

    def setUp(self) -> None:
        self.d, self.day = SHARED.at(3), SHARED.days[3]
        SHARED.departments.day(self.day)
        misbehave(SHARED.departments, "* latency 1500")
        self.addCleanup(misbehave, SHARED.departments)
        self.extra = {"BIDUI_TODAY": self.day}

    def running(self) -> subprocess.Popen:
        """A run of the day whose departments have begun to answer, slowly."""
        run = start(self.d, "run", "--date", self.day, extra=self.extra)
        self.addCleanup(self.end, run)
        for _ in range(200):
            if self.d.cluster.psql("select count(*) from bidui.delivery d join bidui.edition e using (county, edition)"
                                   f" where e.as_of = '{self.day}'", self.d.database).strip() != "0":
                return run
            time.sleep(0.05)
        self.fail("the run does not get going")

    @staticmethod
    def end(run: subprocess.Popen) -> None:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()

    def test_another_run_holds_the_lock_and_a_signal_stops_it(self) -> None:
        run = self.running()
        run.send_signal(signal.SIGSTOP)
        self.d.run("run", "--date", self.day, ok=(5,), extra=self.extra)
        run.send_signal(signal.SIGCONT)
        run.send_signal(signal.SIGTERM)
        self.assertIn(run.wait(30), (143, -signal.SIGTERM), "143 in a shell")
        self.assertFalse((self.d.out / self.day).exists())
        misbehave(SHARED.departments)
        self.d.night(self.day, switch=False)
        for name, content in SHARED.deployment.files().items():
            self.assertEqual(content, self.d.files().get(name), name)

    def test_watch_says_that_there_is_no_list(self) -> None:
        misbehave(SHARED.departments)
        notice = self.d.out / self.day / NOTICE
        self.d.run("watch", "--date", SHARED.days[2], extra=self.extra)
        down = {**self.extra, "PGHOST": "/nonexistent", "BIDUI_DATABASE": "host=/nonexistent"}
        self.d.run("watch", "--date", self.day, ok=(1,), extra={**down, "BIDUI_TODAY": "2026-11-23"})
        text = notice.read_text(encoding="utf-8")
        self.assertIn("今日未出清单", text)
        self.assertGreater(len(text.strip().splitlines()), 1, "and the reason")
        self.d.run("run", "--date", self.day, ok=(1,), extra=down)
        self.d.night(self.day, switch=False)
        self.assertFalse(notice.exists())
        self.d.run("watch", "--date", self.day, extra={"BIDUI_TODAY": "2026-11-23"})


class Expiring(unittest.TestCase):
    """Certificates, keys and authorizations that end within 30 days."""

    def test_watch_and_status_warn_ahead(self) -> None:
        d = SHARED.sandbox.deployment()
        d.run("init")
        pem, key = d.config / "ca.pem", d.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=ca", "-days", "400", "-keyout", key, "-out", pem], check=True, capture_output=True)
        said = subprocess.run(["openssl", "x509", "-in", pem, "-noout", "-enddate"], check=True, capture_output=True, text=True)
        ends = datetime.strptime(said.stdout.strip(), "notAfter=%b %d %H:%M:%S %Y GMT") + timedelta(hours=8)
        last = ends.date()
        for at, text in (('  conninfo: "${env:WATER_DB}"\n', '  conninfo: "${env:WATER_DB}"\n  ca_file: ca.pem\n'),
                         ("\ndatasets:\n", f"\nauthorization: {{document: 共享协议, until: {last}}}\nkey_until: {last}\ndatasets:\n"),
                         ("    title: 停水记录\n", f"    title: 停水记录\n    authorization: {{document: 补充, until: {last}}}\n")):
            d.edit("connectors/water.yaml", at, text)
        environment = {"WATER_DB": d.environment()["WATER_DB"] + " sslrootcert=/nonexistent/root.pem"}
        d.run("check", extra=environment)
        unreadable = {"what": "certificate", "where": "water", "name": "/nonexistent/root.pem", "until": None}
        ending = [{"what": what, "where": where, "name": name, "until": str(last)} for what, where, name in
                  (("certificate", "water", str(pem)), ("key", "water", "水利局"), ("authorization", "water", "共享协议"),
                   ("authorization", "water.outage", "补充"))]
        for days, word in ((31, ""), (30, "expires soon"), (0, "expires soon"), (-1, "expired")):
            with self.subTest(days=days):
                extra = {**environment, "BIDUI_TODAY": str(last - timedelta(days=days))}
                said = json.loads(d.run("status", "--json", extra=extra).stdout)["expiring"]
                self.assertEqual(said, [unreadable, *(ending if word else [])])
                told = d.run("watch", ok=None, extra=extra).stderr.splitlines()
                self.assertEqual(len([x for x in told if "not readable" in x]), 1)
                self.assertEqual([f"event=\"{word}\"" in x or f"event={word}" in x for x in told if f"until={last}" in x],
                                 [True] * len(ending) if word else [])
        self.assertIn("读不出", d.run("status", extra=extra).stdout)


if __name__ == "__main__":
    unittest.main()
