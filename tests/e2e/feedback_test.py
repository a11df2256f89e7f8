"""What townships send back, and what becomes of it: several nights with the lists written by hand from the texts, and
workbooks that were spoiled on purpose."""
from __future__ import annotations

import json
import shutil
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402

import returned  # noqa: E402
from ward import ROSTER, RULE, ClusterCase, Ward, bill, number  # noqa: E402

HOUSE = """- id: bad_house
  title: 危房
  family: housing
  subject: household
  applies_to: [lifted, monitored, general]
  let:
    grade: latest(ward.bill.grade)
  when: grade in [C, D]
  severity: medium
  cooling: 3d
  reason: 住房{grade}级
  field_reason: 请核实住房安全
  basis: {document: 试验, place: 试验, year: 2026}
"""
TOWNSHIP = "990121001"
N1, N2, N3, N4, N5, N6 = (f"2026-11-0{i}" for i in range(2, 8))


class FeedbackTest(ClusterCase):
    def setUp(self) -> None:
        name = self.id().rsplit(".", 1)[1]
        self.own = self.folder / name
        self.ward = Ward(self.own, self.cluster, name[:60])
        (self.ward.d.config / "rules/ward.yaml").write_text(RULE + HOUSE)
        self.ward.check()

    # -- nights --

    def bills(self, **changes: tuple[str, str]) -> None:
        """Everybody's bill; of some another fee and grade."""
        rows = {f"H{i}": ("1", "A") for i in range(1, 11)} | changes
        self.ward.write(*(bill(int(h[1:]), fee=fee, grade=grade) for h, (fee, grade) in rows.items()))

    def night(self, day: str, **changes: tuple[str, str]) -> None:
        self.bills(**changes)
        self.ward.night(day)

    def leads(self, day: str) -> dict[str, dict[str, Any]]:
        return {x["household_no"]: x for x in json.loads((self.ward.d.out / day / "leads.json").read_text())["leads"]}

    def number(self, day: str, household: str) -> str:
        return self.leads(day)[household]["lead_no"]

    def shown(self, day: str) -> dict[str, tuple]:
        return {h: (x["kind"], x["level"], x["state"], x["sheet"], {r["rule"]: (r["state"], r["cause"]) for r in x["reasons"]})
                for h, x in self.leads(day).items()}

    # -- workbooks --

    def sent(self, day: str) -> returned.Table:
        return returned.read(self.ward.d.out / day / "townships" / f"{TOWNSHIP}.xlsx")

    def feedback(self, day: str, *files: Path, ok: tuple[int, ...] = (0,), more: tuple[str, ...] = ()) -> dict[str, Any]:
        return json.loads(self.ward.run("feedback", "--json", *more, *map(str, files), day=day, ok=ok).stdout)

    def send_back(self, day: str, table: returned.Table, **kwargs) -> dict[str, Any]:
        return self.feedback(day, returned.save(table, self.own / "back.xlsx"), **kwargs)

    def results(self) -> str:
        return self.ward.sql("select string_agg(concat_ws(' ', lead_id, learned, ended, code, visited_on, way), '; ' order by lead_id,"
                             " learned) from bidui.result")

    def faults(self, said: dict[str, Any]) -> list[tuple[int, str]]:
        return [(row["row"], f["column"]) for row in said["rows"] for f in row["faults"]]


BAD = {"H1": ("6000", "A"), "H2": ("6000", "A"), "H3": ("6000", "C"), "H4": ("1", "C"), "H5": ("6000", "A")}


class Nights(FeedbackTest):
    def test_a_lead_goes_out_comes_back_and_is_closed(self) -> None:
        opened, still = ("opened", ""), ("open", "")
        self.night(N1)
        self.assertEqual(self.shown(N1), {})
        self.night(N2, **BAD)
        self.assertEqual(self.shown(N2), {
            "H1": ("new", "high", "opened", "new", {"burden": opened}),
            "H2": ("new", "high", "opened", "new", {"burden": opened}),
            "H3": ("new", "high", "opened", "new", {"burden": opened, "bad_house": opened}),
            "H4": ("new", "medium", "opened", "new", {"bad_house": opened}),
            "H5": ("new", "high", "opened", "new", {"burden": opened})})
        table, no = self.sent(N2), {h: self.number(N2, h) for h in BAD}
        returned.fill(table, no["H1"], "40 不符合条件", N2, "不属实")
        returned.fill(table, no["H2"], "10 属实拟纳入", N2, "属实", remarks="电话13912345678,身份证990121198001010015")
        returned.fill(table, no["H3"], "40 不符合条件", N2, "不属实")        # the house was not looked at
        returned.fill(table, no["H4"], "60 联系不上", N2)
        said = self.send_back(N2, table)
        self.assertEqual((said["taken"], said["refused"], said["blank"]), (4, 0, 1))

        self.night(N3, **BAD)
        self.assertEqual(self.shown(N3), {
            "H1": ("new", "high", "answered", "cleared", {"burden": ("answered", "40")}),
            "H2": ("new", "high", "answered", "cleared", {"burden": ("answered", "10")}),
            "H3": ("new", "medium", "open", "open", {"burden": ("answered", "40"), "bad_house": still}),
            "H4": ("new", "medium", "open", "open", {"bad_house": still}),
            "H5": ("new", "high", "open", "open", {"burden": still})})
        first = self.leads(N3)["H1"]
        self.assertEqual(first["result"], {"code": 40, "visited_on": N2, "way": "visit"})
        self.assertEqual(first["reasons"][0]["answer"], "untrue")
        table = self.sent(N3)
        self.assertNotIn("原因2核实", table[0])
        returned.fill(table, no["H3"], "50", N3, "数据有误")
        returned.fill(table, no["H4"], "不符合条件", N3, "不属实", way="电话")
        self.assertEqual(self.send_back(N3, table)["taken"], 2)

        self.night(N4, **BAD | {"H1": ("7799.99", "A")})
        self.assertEqual(self.shown(N4), {
            "H3": ("new", "medium", "answered", "cleared", {"bad_house": ("answered", "50")}),
            "H4": ("new", "medium", "answered", "cleared", {"bad_house": ("answered", "40")}),
            "H5": ("new", "high", "open", "open", {"burden": still})})
        book = openpyxl.load_workbook(self.ward.d.out / N4 / "leads.xlsx")
        self.assertEqual([(row[1], row[5], row[7]) for row in book["待更正数据"].iter_rows(min_row=2, values_only=True)],
                         [("H3", "50 数据有误", "危房")])
        # answered on 3 November, 90 days of cooling; 6000 and 30 % of it are 7800
        told = json.loads(self.ward.run("explain", "--json", "H1", day=N4).stdout)
        self.assertEqual(told["held"], [{"rule": "burden", "person_no": "P1", "why": "cooling", "answer": "untrue", "code": 40, "answered_on": N2,
                                         "until": "2027-02-01", "opens_at": "7800.00"}])
        self.assertIn("2027-02-01", self.ward.run("explain", "H1", day=N4).stdout)
        # true, yet answered: three burdens and two houses
        self.assertEqual(json.loads((self.ward.d.out / N4 / "summary.json").read_text())["held"], 5)

        more = BAD | {"H1": ("7800", "A"), "H2": ("9000", "A")}
        self.night(N5, **more)
        self.assertEqual(self.shown(N5), {
            "H1": ("new", "high", "opened", "new", {"burden": opened}),
            "H2": ("changed", "high", "opened", "changed", {"burden": opened}),       # reported, so counted as monitored
            "H5": ("new", "high", "open", "open", {"burden": still})})
        self.assertNotEqual(self.number(N5, "H1"), no["H1"])

        # the house cools for three days from the 4th; the roster shows what was reported
        self.ward.roster()
        before = self.ward.inbox / "roster-1.csv"
        lines = before.read_text().replace("P2,H2,户主,男,1980-01-01,990121001001,001村,石桥镇,农户,脱贫户,,",
                                                                       "P2,H2,户主,男,1980-01-01,990121001001,001村,石桥镇,农户,脱贫户,突发严重困难户,")
        before.unlink()
        (self.ward.inbox / "roster-2.csv").write_text(lines)
        self.night(N6, **more)
        self.assertEqual(self.shown(N6), {
            "H1": ("new", "high", "open", "open", {"burden": still}),
            "H2": ("changed", "high", "open", "open", {"burden": still}),
            "H3": ("new", "medium", "opened", "new", {"bad_house": opened}),
            "H4": ("new", "medium", "opened", "new", {"bad_house": opened}),
            "H5": ("new", "high", "open", "open", {"burden": still})})
        self.assertEqual(self.ward.sql("select class from bidui.household h join bidui.household_key using (county, household_id)"
                                       " where household_no = 'H2' and ended is null"), "monitored")
        # what was written of people is nowhere in the open, and numbers are not kept at all
        dump = self.ward.sql("select string_agg(x::text, ' ') from (select to_jsonb(r) as x from bidui.result r union all"
                             " select to_jsonb(a) from bidui.answer a) y")
        self.assertNotIn("张三", dump)
        found = [row[16] for row in openpyxl.load_workbook(self.ward.d.out / N3 / "leads.xlsx")["已消除"].iter_rows(min_row=2, values_only=True)]
        self.assertIn("张三、李四\n电话***********,身份证******************", found)

    def test_the_lists_come_again_byte_for_byte(self) -> None:
        self.night(N1)
        self.night(N2, **BAD)
        table = self.sent(N2)
        returned.fill(table, self.number(N2, "H1"), "40", N2, "不属实")
        self.send_back(N2, table)
        self.night(N3, **BAD)
        before = self.ward.d.files()
        returned.fill(table, self.number(N2, "H5"), "31", N3, "属实")
        self.send_back(N3, table)
        for day in (N2, N3):
            shutil.rmtree(self.ward.d.out / day)
            self.ward.night(day)
        self.assertEqual(self.ward.d.files(), before)


class Spoiled(FeedbackTest):
    """One night's workbook in every shape; what is right is taken, what is wrong is told."""

    def setUp(self) -> None:
        super().setUp()
        self.night(N1)
        self.night(N2, **BAD)
        self.table = self.sent(N2)
        self.no = {h: self.number(N2, h) for h in BAD}

    def fill(self, household: str, code: str = "40", answer: str | None = "不属实", day: str = N2, **more) -> list[Any]:
        returned.fill(self.table, self.no[household], code, day, answer, **more)
        return returned.row_of(self.table, self.no[household])

    def cell(self, row: list[Any], name: str, value: Any) -> None:
        row[returned.column(self.table, name)] = value

    def test_columns_moved_sheets_renamed_charsets(self) -> None:
        self.fill("H1")
        self.fill("H2", "10 属实拟纳入", "属实")
        turned = returned.moved(self.table, lambda names: names[::-1])
        titled = [["某镇核查反馈表"], [None], *turned]
        files = [returned.save(titled, self.own / "a.xlsx", "核实情况 1")]
        for charset in ("gb18030", "utf-8", "utf-8-sig", "utf-16"):
            files.append(returned.save_csv(turned, self.own / f"{charset}.csv", charset))
        said = self.feedback(N2, *files)
        self.assertEqual((said["taken"], said["known"], said["refused"], said["blank"]), (2, 8, 0, 15))

    def test_an_old_workbook(self) -> None:
        import xlwt
        self.fill("H1")
        book = xlwt.Workbook()
        sheet = book.add_sheet("待核实")
        for i, row in enumerate(self.table):
            for k, value in enumerate(row):
                sheet.write(i, k, returned.text_of(value))
        book.save(str(self.own / "old.xls"))
        self.assertEqual(self.feedback(N2, self.own / "old.xls")["taken"], 1)

    def test_twice_in_part_and_dry(self) -> None:
        self.fill("H1")
        before = self.results()
        self.assertEqual(self.send_back(N2, self.table, more=("--dry-run",))["taken"], 1)
        self.assertEqual(self.results(), before)
        self.assertEqual(self.send_back(N2, self.table)["taken"], 1)
        kept = self.results()
        said = self.send_back(N2, self.table)
        self.assertEqual((said["taken"], said["known"]), (0, 1))
        self.fill("H2")
        said = self.send_back(N2, [self.table[0]] + [r for r in self.table[1:] if r[0] in (self.no["H1"], self.no["H2"])])
        self.assertEqual((said["taken"], said["known"]), (1, 1))
        self.assertTrue(self.results().startswith(kept))

    def test_the_later_visit_wins_and_equal_ones_are_a_conflict(self) -> None:
        self.fill("H1", "40", "不属实")
        self.send_back(N2, self.table)
        self.fill("H1", "31", "属实")                                       # the same day, another answer
        said = self.send_back(N2, self.table, ok=(3,))
        self.assertEqual(self.faults(said), [(2, "核查结果")])
        self.fill("H1", "31", "属实", N3)                                   # a later day
        self.assertEqual(self.send_back(N3, self.table)["taken"], 1)
        self.fill("H1", "40", "不属实", N2, remarks="又填")
        self.assertEqual(self.faults(self.send_back(N3, self.table, ok=(3,))), [(2, "核查日期")])
        self.assertEqual(self.ward.sql("select code from bidui.result where ended is null"), "31")
        self.fill("H1", "", None, "", visitors="", way="")
        row = self.fill("H5", "40", "不属实", N3)
        twice = [*self.table, list(row)]
        self.cell(twice[-1], "核查结果", "31")
        self.cell(twice[-1], "原因1核实", "属实")
        said = self.send_back(N3, twice, ok=(3,))
        self.assertEqual([f for f in self.faults(said) if f[1] == "核查结果"], [(5, "核查结果"), (7, "核查结果")])
        self.assertEqual(self.ward.sql("select count(*) from bidui.result r join bidui.lead l using (county, lead_id)"
                                       f" where l.lead_no = '{self.no['H5']}'"), "0")

    def test_tokens_swapped_changed_lost(self) -> None:
        one, two = self.fill("H1"), self.fill("H2")
        token = returned.column(self.table, "校验码")
        one[token], two[token] = two[token], one[token]
        said = self.send_back(N2, self.table, ok=(3,))
        self.assertEqual(self.faults(said), [(2, "线索编号"), (3, "线索编号")])
        one[token], two[token] = two[token], one[token]
        lead, edition, recipient, code = one[token].split(".")
        for forged in (f"{lead}.{int(edition) + 1}.{recipient}.{code}", f"{lead}.{edition}.990121002.{code}",
                       f"{self.no['H2']}.{edition}.{recipient}.{code}", "k" * 3000, "=1+1", None):
            one[token] = forged
            said = self.send_back(N2, self.table, ok=(3,))
            self.assertIn((2, "校验码"), self.faults(said), forged)
            self.assertEqual(said["rows"][0]["verdict"], "refused")
        self.assertEqual(said["rows"][1]["verdict"], "known")
        self.assertEqual(self.ward.sql("select count(*) from bidui.result"), "1")
        bare = [[v for i, v in enumerate(row) if i != token] for row in self.table]
        self.assertEqual(self.send_back(N2, bare, ok=(3,))["rows"][0]["row"], 0)

    def test_cells_that_must_not_be_edited(self) -> None:
        row = self.fill("H1")
        self.cell(row, "户编号", "H2")
        self.cell(row, "核实事项", "改过")
        self.assertEqual(self.faults(self.send_back(N2, self.table, ok=(3,))), [(2, "户编号")])
        self.cell(row, "户编号", "H1")
        self.cell(row, "核查期限", "2099-01-01")
        self.assertEqual(self.send_back(N2, self.table)["taken"], 1)
        self.assertEqual(self.ward.sql("select count(*) from bidui.lead_state where due_on > '2098-01-01'"), "0")

    def test_formulas_are_not_answers(self) -> None:
        row = self.fill("H1")
        self.fill("H2")
        self.cell(row, "核查日期", "=TODAY()")
        self.cell(row, "原因1核实", '=T("不属实")')
        for reckoned in (False, True):
            back = returned.save(self.table, self.own / "back.xlsx")
            if reckoned:        # 46329 is 3 November
                returned.reckon(back, TODAY="46329", T="不属实")
            said = self.feedback(N2, back, ok=(3,))
            self.assertEqual({column for n, column in self.faults(said)}, {"核查日期", "原因1核实"})
            self.assertEqual(said["taken"] + said["known"], 1)

    def test_every_mistake_of_a_row_is_told(self) -> None:
        row = self.fill("H1", "99", "也许", way="书信", visitors="")
        self.cell(row, "核查日期", "昨天")
        for household, code, answer, day in (("H2", "40", "不属实", "2026-11-02"), ("H3", "10", "不属实", N2), ("H4", "60", "属实", N2),
                                             ("H5", "40", "不属实", "2026-11-09")):
            self.fill(household, code, answer, day)
        said = self.send_back(N2, self.table, ok=(3,))
        self.assertEqual(said["taken"], 0)
        at = {row[0]: i + 1 for i, row in enumerate(self.table)}
        self.assertEqual(sorted(self.faults(said)), sorted(
            [(at[self.no["H1"]], c) for c in ("原因1核实", "核查结果", "核查日期", "核查人", "核查方式")]
            + [(at[self.no["H2"]], "核查日期"), (at[self.no["H3"]], "核查结果"), (at[self.no["H4"]], "核查结果"), (at[self.no["H5"]], "核查日期")]))
        text = self.ward.run("feedback", str(self.own / "back.xlsx"), day=N2, ok=(3,)).stdout
        self.assertIn("back.xlsx [待核实] 第2行", text)
        self.assertNotIn("也许", text)

    def test_a_reason_that_came_up_after_the_visit(self) -> None:
        """Of the 3rd H1 has a burden, from the 4th on a bad house as well; somebody went there on the 3rd."""
        self.night(N3, **BAD | {"H1": ("6000", "C"), "H2": ("6000", "C"), "H5": ("6000", "C")})
        self.table = self.sent(N3)
        named = [row for row in self.table[1:] if "住房" in row[returned.column(self.table, "核实事项")]]
        self.assertEqual({r[0] for r in named}, {self.no[h] for h in ("H1", "H2", "H3", "H4", "H5")})
        for household, code, answers in (("H1", "40", ("不属实", "不属实")), ("H2", "40", ("不属实", "不属实")), ("H5", "52", (None, None))):
            row = self.fill(household, code, None, N2)
            house = row[returned.column(self.table, "核实事项")].split("\n")[0].startswith("1. 请核实住房")
            for i, answer in enumerate(answers):
                self.cell(row, f"原因{i + 1}核实", answer)
            if household == "H2":
                self.cell(row, "原因1核实" if house else "原因2核实", None)
        said = self.send_back(N3, self.table, ok=(3,))
        self.assertEqual((said["taken"], [r["lead_no"] for r in said["rows"] if r["faults"]]), (2, [self.no["H1"]]))
        self.assertIn(N3, said["rows"][0]["faults"][0]["expected"])
        answers = self.ward.sql("select string_agg(l.lead_no || ' ' || x.rule || ' ' || x.answer, '; ' order by l.lead_no) from bidui.answer x"
                                " join bidui.lead l using (county, lead_id)")
        self.assertEqual(answers, "; ".join(sorted((f"{self.no['H2']} burden untrue", f"{self.no['H5']} burden data_wrong"))))
        self.night(N4, **BAD | {"H1": ("6000", "C"), "H2": ("6000", "C"), "H5": ("6000", "C")})
        self.assertEqual(self.shown(N4)["H5"][4], {"burden": ("answered", "52"), "bad_house": ("open", "")})

    def test_a_code_that_fills_needs_a_reason_that_was_there(self) -> None:
        """The burden of H1 ended, the house came up a day later: of a visit before, nothing is left to fill."""
        self.night(N3, H1=("6000", "C"))
        self.night(N4, H1=("1", "C"))
        self.table = self.sent(N4)
        self.fill("H1", "52", None, N2)
        said = self.send_back(N4, self.table, ok=(3,))
        self.assertEqual((said["taken"], [f["column"] for f in said["rows"][0]["faults"]]), (0, ["核查日期"]))
        self.fill("H1", "52", None, N3)
        self.assertEqual(self.send_back(N4, self.table)["taken"], 1)

    def test_the_same_row_twice_beside_another_answer(self) -> None:
        """Three rows of one lead and day, two of them the same: none is taken, none counts as known."""
        row = self.fill("H1")
        other = list(row)
        self.cell(other, "核查结果", "31")
        self.cell(other, "原因1核实", "属实")
        said = self.send_back(N2, [self.table[0], row, list(row), other], ok=(3,))
        self.assertEqual([r["verdict"] for r in said["rows"]], ["refused"] * 3)
        self.assertEqual(self.ward.sql("select count(*) from bidui.result"), "0")

    def test_columns_that_are_lost_are_told_of(self) -> None:
        self.fill("H1")
        for name in ("线索编号", "核查结果", "校验码"):
            bare = [[v for v, head in zip(row, self.table[0]) if head != name] for row in self.table]
            said = self.send_back(N2, bare, ok=(3,))
            self.assertEqual((said["taken"], self.faults(said)), (0, [(0, "-")]), name)
            self.assertIn(name, said["rows"][0]["faults"][0]["expected"])
        self.assertEqual(self.ward.sql("select count(*) from bidui.result"), "0")

    def test_files_that_are_none(self) -> None:
        self.fill("H1")
        (self.own / "x.pdf").write_bytes(b"%PDF-1.4 nothing")
        (self.own / "y.csv").write_text("a,b\n1,2\n")
        back = returned.save(self.table, self.own / "back.xlsx")
        said = self.feedback(N2, self.own / "x.pdf", back, self.own / "y.csv", self.own / "none.xlsx", ok=(3,))
        self.assertEqual((said["taken"], said["refused"]), (1, 3))
        self.assertEqual([r["file"] for r in said["rows"] if r["verdict"] == "refused"], ["x.pdf", "y.csv", "none.xlsx"])

    def test_two_hundred_thousand_rows(self) -> None:
        """One row a hundred thousand times, and as often with a token that is none."""
        row = [returned.text_of(v) for v in self.fill("H1")]
        token = returned.column(self.table, "校验码")
        good, bad = ",".join(row), ",".join([*row[:token], "1." + row[token], *row[token + 1:]])
        path = self.own / "many.csv"
        path.write_text(",".join(self.table[0]) + "\n" + f"{good}\n{bad}\n" * 100000)
        said = self.feedback(N2, path, ok=(3,))
        self.assertEqual((said["taken"], said["known"], said["refused"]), (1, 99999, 100000))
        self.assertEqual(self.ward.sql("select count(*) from bidui.result"), "1")

    def test_killed_and_again(self) -> None:
        self.fill("H1")
        self.fill("H3", "31", "属实")
        back = returned.save(self.table, self.own / "back.xlsx")
        for point in (1, 2, 3):     # the edition is opened, made to be assessed anew, and the results are kept
            killed = self.ward.d.run("feedback", str(back), ok=None, extra={"BIDUI_TODAY": N2, "BIDUI_FAULT": f"run:{point}",
                                                                           "BIDUI_FAULT_KINDS": "commit"})
            self.assertEqual(killed.returncode, -9)
            self.assertEqual(self.ward.sql("select count(*) from bidui.result"), "2" if point == 3 else "0")
        said = self.feedback(N2, back)
        self.assertEqual((said["taken"], said["known"]), (0, 2))
        self.assertEqual(self.ward.sql("select count(*) || ' ' || count(distinct lead_id) from bidui.result where ended is null"), "2 2")
        self.assertEqual(self.ward.sql("select count(*) from bidui.answer where ended is null"), "2")


class History(FeedbackTest):
    """What was verified by hand before cools from the first list on."""

    def ledger(self, *lines: str, head: str = "户编号,证件号码,规则,核查日期,核查结果", ok: tuple[int, ...] = (0,),
               more: tuple[str, ...] = ()) -> dict[str, Any]:
        path = self.own / "ledger.csv"
        path.write_text("\n".join((head, *lines)) + "\n")
        return json.loads(self.ward.run("feedback", "--json", "--history", str(path), *more, day=N1, ok=ok).stdout)

    def test_from_the_first_list_on(self) -> None:
        self.ward.run("roster", "load", day=N1)
        lines = ("H1,,burden,2026-10-01,31", f",{number(2)},medical,2026-10-01,不属实", "H3,,危房,2026-10-31,40", ",,,,",
                 "H4,,bad_house,2026-10-30,属实", "H5,,burden,2026-08-05,40")
        self.assertEqual(self.ledger(*lines, more=("--dry-run",))["taken"], 5)
        self.assertEqual(self.ward.sql("select count(*) from bidui.answer"), "0")
        said = self.ledger(*lines)
        self.assertEqual((said["taken"], said["refused"], said["blank"]), (5, 0, 1))
        self.assertEqual(self.ledger(*lines)["known"], 5)
        # 2 November: burdens cool for 90 days, so those of October do and that of 4 August (until the 3rd) does; houses
        # cool for three days: until 3 November (H3), until 2 November (H4)
        self.night(N1, **BAD)
        self.assertEqual({h: set(x[4]) for h, x in self.shown(N1).items()}, {"H3": {"burden"}, "H4": {"bad_house"}})
        self.night(N2, **BAD)
        self.assertEqual({h: set(x[4]) for h, x in self.shown(N2).items()}, {"H3": {"burden", "bad_house"}, "H4": {"bad_house"}, "H5": {"burden"}})

    def test_lines_that_cannot_be_taken(self) -> None:
        self.ward.run("roster", "load", day=N1)
        said = self.ledger("H99,,burden,2026-10-01,31", ",990121198001019999,burden,2026-10-01,31", "H1,,nothing,2026-10-01,31",
                           "H1,,burden,2027-01-01,31", "H1,,burden,2026-10-01,60", ",,burden,2026-10-01,31", "H1,,burden,2026-10-01,31",
                           "H1,,burden,2026-10-01", ok=(3,))
        self.assertEqual(self.faults(said), [(2, "户编号"), (3, "证件号码"), (4, "规则"), (5, "核查日期"), (6, "核查结果"), (7, "户编号"), (9, "-")])
        self.assertEqual(said["taken"], 1)
        self.ledger("H1,2026-10-01", head="户编号,核查日期", ok=(3,))
        book = openpyxl.Workbook()
        for sheet, head in ((book.active, ["户编号", "规则", "核查日期", "核查结果"]), (book.create_sheet("二"), ["户编号", "规则", "核查结果"])):
            sheet.append(head)
            sheet.append({"户编号": "H2", "规则": "burden", "核查日期": "2026-10-01", "核查结果": "31"}[c] for c in head)
        book.save(self.own / "two.xlsx")
        said = self.feedback(N1, ok=(3,), more=("--history", str(self.own / "two.xlsx")))
        self.assertEqual((said["taken"], [(r["sheet"], r["row"]) for r in said["rows"] if r["faults"]]), (1, [("二", 0)]))
        self.assertIn("核查日期", said["rows"][1]["faults"][0]["expected"])
        self.ward.run("feedback", day=N1, ok=(2,))

    def test_formulas_are_no_blanks(self) -> None:
        self.ward.run("roster", "load", day=N1)
        table = [["户编号", "证件号码", "规则", "核查日期", "核查结果"], ["H1", "=NUMBER()", "burden", "2026-10-01", "31"],
                 ["H2", None, "burden", "2026-10-01", "31"], [None, None, None, None, "=RESULT()"]]
        path = returned.save(table, self.own / "ledger.xlsx")
        for reckoned in (False, True):
            if reckoned:
                returned.reckon(path, NUMBER="", RESULT="31")
            said = self.feedback(N1, ok=(3,), more=("--history", str(path), "--dry-run"))
            self.assertEqual(self.faults(said), [(2, "证件号码"), (4, "核查结果")])
            self.assertEqual((said["taken"], said["blank"]), (1, 0))

    def test_the_later_answer_counts(self) -> None:
        self.night(N1)
        self.night(N2, **BAD)
        table = self.sent(N2)
        returned.fill(table, self.number(N2, "H1"), "40", N2, "不属实")
        self.send_back(N2, table)
        path = self.own / "ledger.csv"
        path.write_text("户编号,规则,核查日期,核查结果\nH1,burden,2026-11-01,31\n")
        self.assertEqual(self.feedback(N2, ok=(0,), more=("--history", str(path)))["known"], 1)
        self.assertEqual(self.ward.sql("select code || ' ' || visited_on from bidui.answer where ended is null"), "40 2026-11-03")


class Withdrawn(FeedbackTest):
    """What is taken back is told to whoever had it, and the same evidence does not bring it again."""

    def setUp(self) -> None:
        super().setUp()
        self.night(N1)
        self.night(N2, **BAD)
        self.no = {h: self.number(N2, h) for h in BAD}

    def withdraw(self, what: str, day: str = N2, ok: tuple[int, ...] = (0,)) -> str:
        return self.ward.run("withdraw", what, "--because", "来数有误", day=day, ok=ok).stdout

    def notices(self, day: str) -> list[tuple]:
        path = self.ward.d.out / day / "withdrawn" / f"{TOWNSHIP}.xlsx"
        return [(r[0], r[4], r[5], r[7]) for r in openpyxl.load_workbook(path)["撤回通知"].iter_rows(min_row=2, values_only=True)]

    def test_a_lead(self) -> None:
        said = self.withdraw(self.no["H1"])
        self.assertIn("1 条线索的 1 项预警", said)
        self.withdraw(self.no["H1"], ok=(1,))
        self.withdraw("260000999", ok=(1,))
        self.ward.run("withdraw", self.no["H2"], day=N2, ok=(2,))
        self.night(N3, **BAD)
        self.assertEqual(self.shown(N3)["H1"], ("new", "high", "withdrawn", "cleared", {"burden": ("withdrawn", "taken_back")}))
        self.assertEqual([n for n in self.notices(N3)], [(self.no["H1"], "甲* 请入户核实", "来数有误", "已撤回")])
        self.night(N4, **BAD)
        self.assertNotIn("H1", self.shown(N4))
        self.assertFalse((self.ward.d.out / N4 / "withdrawn").exists())
        held = json.loads(self.ward.run("explain", "--json", "H1", day=N4).stdout)["held"]
        self.assertEqual(held, [{"rule": "burden", "person_no": "P1", "why": "withdrawn", "because": "来数有误"}])
        self.assertIn("来数有误", self.ward.run("explain", "H1", day=N4).stdout)
        self.night(N5, **BAD | {"H1": ("6000.01", "A")})      # a corrected record is other evidence
        self.assertEqual(self.shown(N5)["H1"], ("new", "high", "opened", "new", {"burden": ("opened", "")}))
        audit = self.ward.sql("select action || ' ' || object || ' ' || reason from bidui.audit where action = 'withdraw'")
        self.assertEqual(audit, f"withdraw {self.no['H1']} withdrawal 1")

    def test_why_is_sealed_and_emptied_when_its_days_are_over(self) -> None:
        self.ward.d.edit("bidui.yaml", "dispatch: automatic", "remark_days: 3\ndispatch: automatic")
        self.ward.run("withdraw", self.no["H1"], "--because", "电话139 1234 5678问过张三", day=N2)
        table = self.sent(N2)
        returned.fill(table, self.no["H2"], "40", N2, "不属实", remarks="李四说的")
        self.send_back(N2, table)
        dump = self.ward.sql("select string_agg(x::text, ' ') from (select to_jsonb(w) as x from bidui.withdrawal w union all"
                             " select to_jsonb(a) from bidui.audit a union all select to_jsonb(r) from bidui.result r) y")
        for word in ("张三", "李四", "5678"):
            self.assertNotIn(word, dump)
        self.night(N3, **BAD)
        self.assertEqual(self.notices(N3)[0][2], "电话*** **** ****问过张三")
        self.night(N4, **BAD)
        self.assertIn("张三", self.ward.run("explain", "H1", day=N4).stdout)
        sealed = ("select (select count(sealed) from bidui.withdrawal) || ' ' || (select count(sealed) from bidui.result)")
        for day, kept in ((N5, "1 1"), (N6, "0 0")):                # learned by the edition of the 4th and over in it: three days on
            self.night(day, **BAD | {"H10": (day[-1], "A")})
            self.assertEqual(self.ward.sql(sealed), kept, day)
        told = json.loads(self.ward.run("explain", "--json", "H1", day=N6).stdout)["held"]
        self.assertEqual([(h["why"], h["because"]) for h in told], [("withdrawn", "")])
        self.ward.night(N3)                                        # given again, without what is gone
        self.assertEqual(self.notices(N3)[0][2], None)

    def test_a_rule(self) -> None:
        self.withdraw("bad_house")
        self.night(N3, **BAD)
        shown = self.shown(N3)
        self.assertEqual(shown["H3"], ("new", "high", "open", "open", {"burden": ("open", ""), "bad_house": ("withdrawn", "taken_back")}))
        self.assertEqual(shown["H4"], ("new", "medium", "withdrawn", "cleared", {"bad_house": ("withdrawn", "taken_back")}))
        self.assertEqual(sorted(self.notices(N3)), sorted([(self.no["H3"], "请核实住房安全", "来数有误", "在办"),
                                                          (self.no["H4"], "请核实住房安全", "来数有误", "已撤回")]))
        before = self.ward.d.files()
        shutil.rmtree(self.ward.d.out / N3)
        self.ward.night(N3)
        self.assertEqual(self.ward.d.files(), before)

    def test_a_run_and_results_given_stay(self) -> None:
        table = self.sent(N2)
        returned.fill(table, self.no["H2"], "40", N2, "不属实")
        self.send_back(N2, table)
        self.withdraw(f"{N2}.2")
        returned.fill(table, self.no["H1"], "31", N2, "属实")
        self.assertEqual(self.send_back(N2, table)["taken"], 1)
        self.night(N3, **BAD)
        self.assertEqual({h: x[2] for h, x in self.shown(N3).items()}, dict.fromkeys(BAD, "withdrawn"))
        self.assertEqual(self.leads(N3)["H2"]["result"]["code"], 40)
        self.night(N4, **BAD)
        self.assertEqual(self.shown(N4), {})

    def test_an_attempt_that_came_to_no_list_opened_and_closed_nothing(self) -> None:
        self.bills(**BAD | {"H6": ("6000", "A"), "H1": ("1", "A")})     # H1 is closed and H6 opened
        for stage in ("pull", "assess", "alert"):
            self.ward.run(stage, day=N3)
        self.assertEqual(self.ward.sql("select count(*) filter (where opened_edition = 3) || ' ' || count(*) filter"
                                       " (where closed_edition = 3) from bidui.alert"), "1 1")
        self.withdraw(N3, day=N3, ok=(1,))
        self.assertIn("4 条线索的 4 项预警", self.withdraw("burden", day=N3))


if __name__ == "__main__":
    unittest.main()
