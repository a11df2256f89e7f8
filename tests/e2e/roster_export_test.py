"""The roster as the national system exports it: workbooks of households and of persons give what one flat file gives."""
from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Callable

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402

from deployment import ROOT, Deployment, Sandbox, read_exports  # noqa: E402
from support import csv_rows, leads, summary, verdicts  # noqa: E402

FLAT = '    match: "roster-*.csv"\n    format: {kind: csv, charset: auto, header: true}\n'
PARTS = """    match: "*_{yyyyMMdd}.xlsx"
    exported_on: title
    parts:
      on: 户编号
      households: {match: ["脱贫户_*", "监测对象户_*", "一般农户_*"], sheets: ["户*"]}
      persons: {match: ["脱贫户_*", "监测对象人员_*", "一般农户_*"], sheets: ["人*"]}
"""
OF_HOUSEHOLDS = ("行政村编码", "行政村名称", "乡镇名称", "户类型", "户来源", "监测对象类别", "风险是否已消除", "风险消除日期",
                 "人均纯收入（元）", "是否危房户", "是否解决安全饮用水", "风险消除后是否住房损毁", "风险消除后是否饮水设施损毁")
SSHD = ROOT / "tests/lib/sshd.sh"
TABLES = ("person", "household", "identity", "village")


def read_flat(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    text = raw.decode("utf-8-sig") if raw.startswith(b"\xef\xbb\xbf") else raw.decode("gb18030")
    return list(csv.DictReader(io.StringIO(text, newline="")))


class Export:
    """A day's flat roster, taken apart; `write` makes the workbooks."""

    def __init__(self, rows: list[dict[str, str]], exported_on: str):
        self.exported_on = exported_on
        names = list(rows[0])
        self.house_columns = ["户编号", *OF_HOUSEHOLDS]
        self.person_columns = [name for name in names if name not in OF_HOUSEHOLDS]
        self.houses: dict[str, dict[str, str]] = {}
        for row in rows:
            if row["与户主关系"] in ("户主", "01") or row["户编号"] not in self.houses:
                self.houses[row["户编号"]] = row
        self.persons = rows

    @staticmethod
    def kind(house: dict[str, str]) -> str:
        return "监测对象" if house["监测对象类别"] else "脱贫户" if house["户来源"] == "脱贫户" else "一般农户"

    def sheet(self, book: openpyxl.Workbook, title: str, columns: list[str], rows: list[dict[str, str]]) -> None:
        sheet = book.create_sheet(title)
        sheet.append(["防止返贫监测信息系统"])
        sheet.append(["导出单位：某县", "", f"导出日期：{self.exported_on}"])
        sheet.append(columns)
        for row in rows:
            sheet.append([row[name] for name in columns])

    def write(self, folder: Path) -> None:
        day = self.exported_on.replace("-", "")
        for kind, apart in (("脱贫户", False), ("监测对象", True), ("一般农户", False)):
            houses = [h for h in self.houses.values() if self.kind(h) == kind]
            persons = [p for p in self.persons if p["户编号"] not in self.houses and kind == "脱贫户"
                       or p["户编号"] in self.houses and self.kind(self.houses[p["户编号"]]) == kind]
            book = openpyxl.Workbook()
            book.remove(book.active)
            self.sheet(book, "户信息", self.house_columns, houses)
            if apart:
                book.save(folder / f"{kind}户_{day}.xlsx")
                book = openpyxl.Workbook()
                book.remove(book.active)
            self.sheet(book, "人员信息", self.person_columns, persons)
            book.save(folder / (f"{kind}人员_{day}.xlsx" if apart else f"{kind}_{day}.xlsx"))


class RosterExport(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.sandbox = Sandbox(persons=1500, days=2)
        cls.sandbox.__enter__()
        cls.addClassCleanup(cls.sandbox.__exit__, None, None, None)
        cls.days = cls.sandbox.days
        cls.flat = cls.sandbox.first_night()
        for day in cls.days:
            cls.flat.night(day)

    def export(self, day: str, exported_on: str = "") -> Export:
        rows = read_flat(self.sandbox.data / "roster" / day / f"roster-{day}.csv")
        return Export(rows, exported_on or day)

    def deployment(self, more: str = "", change: Callable[[Export], None] | None = None, exported_on: str = "") -> Deployment:
        d = self.sandbox.deployment()
        d.inbox = d.folder / "inbox"
        d.inbox.mkdir()
        d.extra["ROSTER_DIR"] = str(d.inbox)
        d.edit("connectors/roster.yaml", FLAT, PARTS + more)
        d.run("check")
        d.run("init")
        export = self.export(self.days[0], exported_on)
        if change is not None:
            change(export)
        export.write(d.inbox)
        return d

    def load(self, d: Deployment, day: str, ok: tuple[int, ...] = (0,)) -> str:
        done = d.run("roster", "load", extra={"BIDUI_TODAY": day}, ok=ok)
        return done.stdout + done.stderr

    def sql(self, d: Deployment, text: str) -> str:
        return d.cluster.psql(text, d.database).strip()

    def test_the_same_county_and_the_same_leads(self) -> None:
        d = self.deployment()
        self.load(d, self.days[0])
        for n, day in enumerate(self.days):
            if n > 0:
                self.export(day).write(d.inbox)
            d.night(day)
            self.assertEqual([], list(d.inbox.iterdir()))
            self.assertEqual(leads(self.flat, day), leads(d, day))
            self.assertEqual({"is_old": False, "exported_on": day}, summary(d, day)["roster"])
            self.assertIsNone(summary(self.flat, day)["roster"]["exported_on"])
            self.assertEqual(verdicts(self.flat, day)["roster.person"], verdicts(d, day)["roster.person"])
        self.assertGreater(len(leads(d, self.days[-1])), 50)
        ours, theirs = d.fact_rows(), self.flat.fact_rows()
        for table in TABLES:
            self.assertEqual(theirs[table], ours[table], table)

    def sftp(self, d: Deployment) -> Callable[..., None]:
        """The roster's folder on a server; what comes back puts files there."""
        folder = d.folder / "sftp"
        subprocess.run([SSHD, "start", folder], check=True)
        self.addCleanup(subprocess.run, [SSHD, "stop", folder], check=True)
        said = subprocess.run([SSHD, "env", folder], check=True, capture_output=True, text=True).stdout
        d.extra.update(read_exports(said))
        d.edit("connectors/roster.yaml", '  folder: "${env:ROSTER_DIR}"\n',
               '  url: "${env:SFTP_URL}"\n  user: "${env:SFTP_USER}"\n  key: "${env:SFTP_KEY}"\n  host_key: ["${env:SFTP_HOST_KEY}"]\n')
        d.edit("connectors/roster.yaml", "    exported_on: title\n", "    exported_on: title\n    after: keep\n")
        d.run("check")
        return lambda files: subprocess.run([SSHD, "put", folder, *files], check=True)

    def test_the_names_of_regions_are_learned(self) -> None:
        def named(export: Export) -> None:
            export.house_columns += ["省", "市", "县"]
            for n, house in enumerate(export.houses.values()):
                house.update({"省": "测试省", "市": "安宁市", "县": "示例县" if n % 5 else ("示列县" if n % 2 else "")})
        d = self.deployment(change=named)
        d.edit("connectors/roster.yaml", "      category: ", "      province_name: {from: 省, type: text}\n      prefecture_name:"
               " {from: 市, type: text}\n      county_name: {from: 县, type: text}\n      category: ")
        d.run("check")
        d.run("init")
        self.load(d, self.days[0])
        self.assertEqual("99 测试省\n9901 安宁市\n990121 示例县",
                         self.sql(d, "select region_code || ' ' || region_name from bidui.region where ended is null order by 1"))
        # an address finds its village, where the number doesn't tell whose house it is
        d.extra["HOUSING_DIR"] = str(d.folder / "housing")
        (d.folder / "housing").mkdir()
        source = self.sandbox.data / "housing" / self.days[0] / f"鉴定_{self.days[0]}.csv"
        lines = source.read_bytes().decode("gb18030").splitlines()
        head = lines[0].split(",")
        house = next(h for h in self.export(self.days[0]).houses.values()
                     if h["与户主关系"] in ("户主", "01") and h["行政村名称"].endswith("村"))
        values = {"房屋编号": "F1", "户主姓名": house["姓名"], "身份证号": "", "鉴定等级": "A级", "鉴定日期": "2026-01-05",
                  "所在村": f"测试省安宁市示例县{house['乡镇名称']}{house['行政村名称']}", "是否唯一住房": "是", "有无其他安全住房": "无"}
        path = d.folder / "housing" / f"鉴定_{self.days[0]}.csv"
        path.write_bytes("\n".join((lines[0], ",".join(values.get(name, "") for name in head))).encode("gb18030"))
        Path(f"{path}.done").touch()
        d.run("pull", "housing.assessment", extra={"BIDUI_TODAY": self.days[0]}, ok=(0, 3))
        self.assertEqual(house["户编号"] + " probable", self.sql(
            d, "select household_no || ' ' || link from bidui.fact_housing__assessment join bidui.household_key using"
               " (county, household_id)"))

    def test_over_sftp(self) -> None:
        d, first, second = self.deployment(), *self.days
        put = self.sftp(d)
        put(sorted(d.inbox.iterdir()))
        self.load(d, first)
        d.night(first)
        self.assertEqual(leads(self.flat, first), leads(d, first))
        known = self.sql(d, "select count(*) from bidui.person where ended is null")
        for path in d.inbox.iterdir():
            path.unlink()
        self.export(second).write(d.inbox)
        files = sorted(d.inbox.iterdir())
        put(files[1:])                                        # one of the new export's files is still on its way
        d.departments.day(second)
        d.run("run", "--date", second, ok=(3,), extra={"BIDUI_TODAY": second})
        self.assertIn(verdicts(d, second)["roster.person"], ("failed", "incomplete"))
        self.assertEqual(known, self.sql(d, "select count(*) from bidui.person where ended is null"))
        put(files[:1])
        d.run("run", "--date", second, "--new-edition", extra={"BIDUI_TODAY": second})
        self.assertEqual({"is_old": False, "exported_on": second}, summary(d, second)["roster"])
        current = "select person_no, household_no, village_code, class, risk_cleared from bidui.person join bidui.person_key using" \
                  " (county, person_id) join bidui.household h using (county, household_id) join bidui.household_key using (county," \
                  " household_id) where bidui.person.ended is null and h.ended is null order by 1"
        self.assertEqual(self.sql(self.flat, current), self.sql(d, current))

    def test_the_lonely_wait_in_quarantine(self) -> None:
        d = self.deployment()
        self.load(d, self.days[0])
        d.night(self.days[0])
        before = self.sql(d, "select count(*) from bidui.person where ended is null")
        export = self.export(self.days[0], self.days[1])
        alone, homeless, gone = list(export.houses)[:3]
        export.persons = [p for p in export.persons if p["户编号"] not in (alone, gone)]
        del export.houses[homeless], export.houses[gone]
        export.write(d.inbox)
        self.load(d, self.days[1])
        reasons = self.sql(d, "select reason || ' ' || column_name || ' ' || expected from bidui.quarantine"
                              " where dataset = 'roster.person' group by reason, column_name, expected order by 1")
        self.assertIn("household_missing 户编号", reasons)
        self.assertIn("这一户没有人员", reasons)
        left = self.sql(d, "select count(*) from bidui.person where ended is null")
        members = sum(p["户编号"] == gone for p in self.export(self.days[0]).persons)
        self.assertEqual(int(before) - members, int(left))      # only those of whom nothing is said have left

    def test_a_missing_part_holds_the_delivery(self) -> None:
        d = self.deployment()
        part = next(d.inbox.glob("监测对象人员_*"))
        kept = part.rename(d.folder / part.name)
        said = self.load(d, self.days[0], ok=(0, 1, 3))
        self.assertIn("监测对象人员_*", said)
        self.assertEqual("0", self.sql(d, "select count(*) from bidui.person"))
        self.assertEqual(3, len(list(d.inbox.iterdir())))
        kept.rename(part)
        self.load(d, self.days[0])
        self.assertNotEqual("0", self.sql(d, "select count(*) from bidui.person"))

    def test_an_old_export_says_so_on_every_list(self) -> None:
        d = self.deployment(more="    max_age: 45d\n", exported_on="2026-10-07")     # 46 days before the second night
        self.load(d, self.days[0])
        for day in self.days:
            d.night(day)
        first, day = self.days
        self.assertEqual({"is_old": False, "exported_on": "2026-10-07"}, summary(d, first)["roster"])
        self.assertEqual({"is_old": True, "exported_on": "2026-10-07"}, summary(d, day)["roster"])
        self.assertEqual({None}, {lead["note"] for lead in leads(d, first)})
        notes = {lead["lead_no"]: lead["note"] for lead in leads(d, day)}
        new = {lead["lead_no"] for lead in leads(d, day) if lead["kind"] == "new"}
        self.assertTrue(new)
        self.assertEqual(new, {number for number, note in notes.items() if note is not None})
        self.assertEqual({"可能已纳入(底册为2026-10-07导出)"}, {notes[number] for number in new})
        self.assertEqual(notes, {row["线索编号"]: row["提示"] or None for row in csv_rows(d.out / day / "leads.csv")})
        book = openpyxl.load_workbook(d.out / day / "leads.xlsx")
        shown = {row[0]: row[14] for sheet in book.worksheets[:7] for row in sheet.iter_rows(min_row=2, values_only=True)
                 if row[0] in notes}
        self.assertEqual(notes, {number: note or None for number, note in shown.items()})
        exported = {row[0]: row[9] for row in book["数据健康"].iter_rows(min_row=2, values_only=True)}
        self.assertEqual("2026-10-07", exported["roster.person"].date().isoformat())
        status = d.run("status", extra={"BIDUI_TODAY": day}).stdout
        self.assertIn("底册导出日期 2026-10-07  已超过 max_age", status)
        said = json.loads(d.run("status", "--json", extra={"BIDUI_TODAY": first}).stdout)
        self.assertEqual({"exported_on": "2026-10-07", "is_old": False}, said["roster"])
        watched = d.run("watch", "--date", day, extra={"BIDUI_TODAY": day}, ok=(0, 1)).stderr
        self.assertIn("roster export is old", watched)
        before = d.files()
        d.run("deliver", "--date", day, extra={"BIDUI_TODAY": day}, ok=None)
        self.assertEqual(before, d.files())


if __name__ == "__main__":
    unittest.main()
