"""Departments that are asked about persons: who is asked, by whose consent, how often; what an answer means."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from datetime import date
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[i]) for i in (0,)] + \
    [str(Path(__file__).resolve().parents[1] / folder) for folder in ("lib", "departments")]

from county.numbers import make  # noqa: E402
from deployment import PYTHON, ROOT, Cluster, Deployment, read_exports  # noqa: E402,F401

GATEWAYS = ROOT / "tests/departments/gateways.py"
DAY1, DAY2, LATE = "2026-11-21", "2026-11-22", "2027-06-01"
HEADER = "人编号,户编号,姓名,证件号码,与户主关系,性别,出生日期,行政村编码,行政村名称,乡镇名称,户来源,监测对象类别,风险是否已消除,人均纯收入(元)"
OTHER_COLUMNS = ("联系电话", "户类型", "风险消除日期", "是否危房户", "是否解决安全饮用水", "风险消除后是否住房损毁", "风险消除后是否饮水设施损毁",
                 "是否参加城乡居民基本医疗保险", "是否参加城镇职工基本医疗保险", "是否参加大病保险", "在校生状况", "义务教育阶段未上学原因",
                 "是否义务教育阶段适龄儿童少年失学辍学", "劳动技能")
RULES = """- id: earns
  title: 有工资收入
  family: income
  subject: person
  applies_to: [monitored, lifted, general]
  let:
    income: sum(tax.income.income)
  when: income > 1000
  severity: low
  reason: 有收入{income}元
  field_reason: 请入户核实
  basis: {document: 试验, place: 试验, year: 2026}
- id: earns_nothing
  title: 没有申报收入
  family: income
  subject: person
  applies_to: [monitored, lifted, general]
  let:
    nothing: absent(tax.income)
  when: nothing
  severity: low
  reason: 没有申报收入
  field_reason: 请入户核实
  basis: {document: 试验, place: 试验, year: 2026}
"""


def person(i: int) -> str:
    return make("990121", date(1970, 1, 1 + i), True, 7 + i)


# household, class, persons
HOUSEHOLDS = {"H1": ("脱贫不稳定户", (1, 2)), "H2": ("边缘户", (3,)), "H3": ("边缘户", (4,)), "H4": ("", (5,)), "H5": ("边缘户", (6, 7))}


def roster() -> str:
    lines = [HEADER.replace("(", "（").replace(")", "）") + "," + ",".join(OTHER_COLUMNS)]
    for household, (monitor, members) in HOUSEHOLDS.items():
        for n, i in enumerate(members):
            lines.append(f"P{i},{household},试验{'甲乙丙丁戊己庚'[i - 1]},{person(i)},{'户主' if n == 0 else '配偶'},男,1970-01-{1 + i:02d},"
                         f"990121001001,东村,东镇,{'一般农户' if not monitor else '脱贫户'},{monitor},否,8000" + "," * len(OTHER_COLUMNS))
    return "\n".join(lines) + "\n"


class Gateway:
    """The sample departments' lookups, and what they were asked."""
    has_others = True

    def __init__(self, folder: Path, **environment: str):
        self.folder, self.environment, self.process = folder, environment, None
        (folder / "gateways/tax").mkdir(parents=True)
        self.rows([["T1", person(1), "试验甲", "工资薪金", "2025", "5000.00"], ["T2", person(1), "试验甲", "劳务报酬", "2025", "800.00"],
                   ["T3", person(6), "试验己", "工资薪金", "2025", "900.00"]])
        self.env: dict[str, str] = {"ROSTER_DIR": str(folder / "roster"), "LOOKUP_TOKEN": "lookup-token"}
        (folder / "roster").mkdir()

    def rows(self, rows: list[list[str]]) -> None:
        part = self.folder / "gateways/tax/income.part"
        part.write_text(json.dumps({"columns": ["jlbh", "zjhm", "xm", "sdxm", "sdnd", "sre"], "rows": rows}))
        os.replace(part, self.folder / "gateways/tax/income.json")

    def start(self, **environment: str) -> None:
        self.stop()
        port = self.folder / "port"
        port.unlink(missing_ok=True)
        reading, writing = os.pipe()
        self.process = subprocess.Popen([PYTHON, GATEWAYS, "--data", self.folder / "gateways", "--port-file", port],
                                        env={**os.environ, **self.environment, **environment}, pass_fds=(writing,))
        os.close(writing)
        os.close(reading)
        while not port.exists() and self.process.poll() is None:
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
        self.env["LOOKUP_URL"] = f"http://127.0.0.1:{port.read_text().strip()}"

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    @property
    def asked(self) -> list[str]:
        log = self.folder / "questions.log"
        return log.read_text().splitlines() if log.exists() else []

    def day(self, day: str) -> None:
        self.today = day


class LookupCase(unittest.TestCase):
    """A small deployment with some of the sample connectors, and the gateway they ask."""
    connectors, rules = ("roster.yaml", "tax.yaml"), RULES
    count = 0

    @classmethod
    def setUpClass(cls) -> None:
        cls.root = Path(tempfile.mkdtemp(prefix="bidui-lookup."))
        cls.cluster = Cluster(cls.root / "pg")
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        cls.addClassCleanup(cls.cluster.remove)

    def setUp(self) -> None:
        LookupCase.count += 1
        name = f"l{LookupCase.count}"
        self.gateway = Gateway(self.root / name)
        self.addCleanup(self.gateway.stop)
        self.gateway.start()
        self.d = self.deployment(name)

    def deployment(self, name: str) -> Deployment:
        self.cluster.create(name)
        d = Deployment(self.root / f"{name}-deployment", self.cluster, self.gateway, name)
        for path in [*(d.config / "connectors").iterdir(), *(d.config / "rules").iterdir()]:
            if path.name not in self.connectors:
                path.unlink()
        (d.config / "rules/income.yaml").write_text(self.rules)
        d.run("init")
        (self.gateway.folder / "roster/roster-1.csv").write_text(roster())
        d.run("roster", "load", extra={"BIDUI_TODAY": DAY1})
        return d

    def consents(self, d: Deployment, text: str, ok: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess:
        path = d.folder / "consents.csv"
        path.write_text(text)
        return d.run("consent", "load", str(path), ok=ok)

    def usual_consents(self, d: Deployment) -> None:
        self.consents(d, "户编号,人编号,授权书编号,签署日期,有效期至\nH1,,SQ-1,2026-10-01,\n,P3,SQ-3,2026-10-02,2027-12-31\n"
                         "H3,,SQ-4,2025-01-01,2026-01-01\nH4,,SQ-5,2026-10-01,\nH5,,SQ-6,2026-10-05,\n")

    def questions(self, d: Deployment) -> list[str]:
        return d.cluster.psql("select k.person_no || ' ' || q.asked_on || ' ' || q.consent_no || ' ' || q.outcome from"
                              " bidui.question q join bidui.person_key k using (county, person_id) order by q.edition, 1",
                              d.database).split("\n")[:-1]

    def reasons(self, d: Deployment) -> str:
        return d.cluster.psql("select array_to_string(reasons, '; ') from bidui.delivery where dataset = 'tax.income'"
                              " order by edition desc limit 1", d.database).strip()

    def found(self, d: Deployment, day: str) -> dict[str, set[str]]:
        """What is open, by household."""
        leads = json.loads((d.out / day / "leads.json").read_text())["leads"]
        self.assertTrue(all(lead["reasons"] for lead in leads))
        rows = d.cluster.psql("select h.household_no, a.rule from bidui.alert a join bidui.lead l using (county, lead_id) join"
                              " bidui.household_key h on h.county = l.county and h.household_id = l.household_id"
                              " where a.closed_edition is null", d.database).split()
        found: dict[str, set[str]] = {}
        for row in rows:
            found.setdefault(row.split("|")[0], set()).add(row.split("|")[1])
        return found

    def dump(self, d: Deployment, *options: str) -> str:
        return subprocess.run(["pg_dump", *options, d.database], check=True, capture_output=True, text=True,
                              env={**os.environ, **self.cluster.env}).stdout


class Lookups(LookupCase):
    def asked(self) -> list[str]:
        return [line.split(" ", 1)[1] for line in self.gateway.asked]

    def test_nothing_leaves_without_consent(self) -> None:
        self.d.night(DAY1)
        self.assertEqual(self.gateway.asked, [])
        self.assertEqual(self.questions(self.d), [])
        self.assertEqual(self.found(self.d, DAY1), {})

    def test_who_is_asked_and_what_it_means(self) -> None:
        d = self.d
        self.usual_consents(d)
        d.night(DAY1)
        # H3's consent is over, H4 is no monitored household: neither is asked about
        self.assertEqual(self.asked(), ["2 SQ-1 2026-10-01", "1 SQ-3 2026-10-02", "2 SQ-6 2026-10-05"])
        self.assertEqual(self.questions(d), [f"P{p} {DAY1} SQ-{c} {o}" for p, c, o in
                                             ((1, 1, "record"), (2, 1, "none"), (3, 3, "none"), (6, 6, "record"), (7, 6, "none"))])
        self.assertEqual(self.reasons(d), "answered 5 of 5")
        self.assertEqual(d.cluster.psql("select f_record_no, f_income from bidui.fact_tax__income order by 1", d.database),
                         "T1|500000\nT2|80000\nT3|90000\n")
        # 5,800 yuan; nothing by their own word; below the line; never asked
        self.assertEqual(self.found(d, DAY1), {"H1": {"earns", "earns_nothing"}, "H2": {"earns_nothing"}, "H5": {"earns_nothing"}})
        d.night(DAY2)
        self.assertEqual(len(self.asked()), 3)
        self.assertEqual(self.found(d, DAY2), self.found(d, DAY1))
        dump = self.dump(d, "--exclude-table-data=bidui.identity") + d.log.read_text()
        for i in range(1, 8):
            self.assertNotIn(person(i), dump)

    def test_an_old_answer_is_no_answer(self) -> None:
        d = self.d
        self.usual_consents(d)
        d.night(DAY1)
        self.gateway.stop()                          # asked again after 90 days, but nobody answers any more
        d.night(LATE, ok=(3,))
        self.assertIn("unreachable", self.reasons(d))
        states = d.cluster.psql("select distinct state from bidui.alert_state where state not in ('opened', 'open')", d.database)
        self.assertEqual(states, "")                 # unknown clears nothing
        explained = json.loads(d.run("explain", "H2", "--json").stdout)
        self.assertNotIn('"result": true', json.dumps(explained))

    def test_a_new_answer_replaces_the_old(self) -> None:
        d = self.d
        self.usual_consents(d)
        d.night(DAY1)
        self.gateway.rows([["T3", person(6), "试验己", "工资薪金", "2025", "950.00"], ["T9", person(3), "试验丙", "工资薪金", "2026", "4000.00"]])
        d.night("2027-02-19")                        # 90 days later
        self.assertEqual(d.cluster.psql("select f_record_no, f_income, ended_why from bidui.fact_tax__income order by 1, learned",
                                        d.database), "T1|500000|vanished\nT2|80000|vanished\nT3|90000|superseded\nT3|95000|\nT9|400000|\n")
        self.assertEqual(self.found(d, "2027-02-19"), {"H1": {"earns_nothing"}, "H2": {"earns"}, "H5": {"earns_nothing"}})

    def test_a_record_of_somebody_else(self) -> None:
        d = self.d
        self.usual_consents(d)
        with (self.gateway.folder / "gateways/tax/income.json").open() as f:
            content = json.load(f)
        stranger = make("990221", date(1980, 5, 5), True, 9)
        content["columns"].append("sfzh")            # the gateway finds it under P3's number and hands over another's
        content["rows"] = [row + [""] for row in content["rows"]] + [["T7", stranger, "外人某", "工资薪金", "2025", "70000", person(3)]]
        (self.gateway.folder / "gateways/tax/income.json").write_text(json.dumps(content))
        d.night(DAY1)
        self.assertIn(f"P3 {DAY1} SQ-3 conflict", self.questions(d))
        self.assertEqual(d.cluster.psql("select reason from bidui.quarantine where dataset = 'tax.income'", d.database), "not_asked\n")
        self.assertEqual(self.found(d, DAY1), {"H1": {"earns", "earns_nothing"}, "H5": {"earns_nothing"}})
        dump = self.dump(d)
        self.assertNotIn(stranger, dump + d.log.read_text())
        self.assertNotIn("外人某", dump + d.log.read_text())

    def test_the_quota_of_the_department(self) -> None:
        d = self.d
        self.usual_consents(d)
        self.gateway.start(LOOKUP_QUOTA="3")
        d.night(DAY1)
        self.assertEqual(self.reasons(d), "answered 3 of 5; stopped RC_NOT_NOW")
        self.assertEqual(len(self.asked()), 3)       # the third was refused, and not asked again
        self.gateway.start()
        d.night(DAY2)
        self.assertEqual(self.asked()[3:], ["2 SQ-6 2026-10-05"])
        self.assertEqual(self.reasons(d), "answered 2 of 2")
        self.assertEqual(len([q for q in self.questions(d) if "asked" in q]), 2)

    def test_our_own_share_of_a_night(self) -> None:
        d = self.d
        self.usual_consents(d)
        d.edit("connectors/tax.yaml", "per_night: 500", "per_night: 3")
        d.night(DAY1)
        self.assertEqual(self.asked(), ["2 SQ-1 2026-10-01", "1 SQ-3 2026-10-02"])
        d.run("run", "--date", DAY1, "--new-edition", extra={"BIDUI_TODAY": DAY1})
        self.assertEqual(len(self.asked()), 2)
        d.night(DAY2)
        self.assertEqual(self.asked()[2:], ["2 SQ-6 2026-10-05"])

    def test_killed_anywhere(self) -> None:
        d = self.d
        self.usual_consents(d)
        counted = d.night(DAY1, extra={"BIDUI_FAULT": "count", "BIDUI_FAULT_KINDS": "request,commit"})
        points = int(counted.stderr.split("fault_points=")[1].split()[0])
        want, rows = d.files(), d.fact_rows()
        self.assertGreater(points, 10)
        for point in range(2, points + 1, 5):
            self.gateway = Gateway(self.root / f"kill{point}")
            self.gateway.start()
            k = self.deployment(f"kill{point}")
            self.usual_consents(k)
            k.night(DAY1, ok=None, extra={"BIDUI_FAULT": f"run:{point}", "BIDUI_FAULT_KINDS": "request,commit"})
            landed = {q.split()[0] for q in self.questions(k) if not q.endswith("asked")}
            before = len(self.asked())
            k.night(DAY1)
            again = sum(int(line.split()[0]) for line in self.asked()[before:])
            self.assertEqual(again, 5 - len(landed), f"point {point}")
            self.assertEqual(k.files(), want, f"point {point}")
            self.assertEqual(k.fact_rows(), rows, f"point {point}")
            self.gateway.stop()

    def test_consents_are_loaded_whole_or_not_at_all(self) -> None:
        d = self.d
        done = self.consents(d, "户编号,授权书编号,签署日期\nH1,SQ-1,2026-10-01\nH9,SQ-2,2026-10-01\nH2,,2026-13-01\n", ok=(2,))
        self.assertIn("consents.csv:3: 户编号", done.stderr)
        self.assertIn("consents.csv:4: 授权书编号", done.stderr)
        self.assertIn("consents.csv:4: 签署日期", done.stderr)
        self.assertEqual(d.cluster.psql("select count(*) from bidui.consent", d.database), "0\n")
        self.assertIn("授权书编号", self.consents(d, "a,b\n1,2\n", ok=(2,)).stderr)

    def test_one_person_a_request(self) -> None:
        d = self.d
        self.usual_consents(d)
        shutil.copy(ROOT / "config/connectors/natural_resources.yaml", d.config / "connectors")
        (self.gateway.folder / "gateways/natural_resources").mkdir()
        (self.gateway.folder / "gateways/natural_resources/property.json").write_text(json.dumps(
            {"columns": ["bdcdyh", "zjhm", "xm", "mj", "yt", "djrq"], "rows": [["B1", person(2), "试验乙", "98.5", "住宅", "2020-03-04"]]}))
        d.run("init")
        d.night(DAY1)
        asked = [line for line in self.gateway.asked if line.startswith("/natural_resources/property ")]
        self.assertEqual(asked, [f"/natural_resources/property 1 {c}" for c in
                                 ("SQ-1 2026-10-01", "SQ-1 2026-10-01", "SQ-3 2026-10-02", "SQ-6 2026-10-05", "SQ-6 2026-10-05")])
        self.assertEqual(d.cluster.psql("select f_unit_no, f_area from bidui.fact_natural_resources__property", d.database), "B1|98500000\n")

    def test_a_lookup_is_not_probed(self) -> None:
        self.assertIn("bidui pull", self.d.run("probe", "tax.income", ok=(2,)).stderr)
        self.assertEqual(self.gateway.asked, [])


if __name__ == "__main__":
    unittest.main()
