"""Where the county screens: nothing goes to a township before it was dispatched, or was grave and left too long."""
from __future__ import annotations

import json
import shutil
import unittest
from pathlib import Path
from typing import Any

import openpyxl

import returned
from feedback_test import BAD, N1, N2, N3, N4, N5, TOWNSHIP, FeedbackTest

DECIDE, BECAUSE = "派发意见", "派发理由"


class Dispatch(FeedbackTest):
    def setUp(self) -> None:
        super().setUp()
        self.ward.d.edit("bidui.yaml", "dispatch: automatic", "dispatch: screened\nscreen_within: 48h\ncontact: 王科长 0999-1234567\n#")
        self.ward.check()
        self.night(N1)
        self.night(N2, **BAD)
        self.no = {h: self.number(N2, h) for h in BAD}

    def county(self, day: str) -> dict[str, returned.Table]:
        book = openpyxl.load_workbook(self.ward.d.out / day / "leads.xlsx")
        return {s.title: [list(r) for r in s.iter_rows(values_only=True)] for s in book}

    def decide(self, day: str, ok: tuple[int, ...] = (0,), more: tuple[str, ...] = (), **decisions: tuple[str, str | None]) -> dict[str, Any]:
        """The county fills in its workbook of the day and hands it in."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, table in self.county(day).items():
            sheet = book.create_sheet(title)
            for row in table:
                for household, (word, because) in decisions.items():
                    if row and row[0] == self.no[household] and DECIDE in table[0]:
                        row[returned.column(table, DECIDE)], row[returned.column(table, BECAUSE)] = word, because
                sheet.append(row)
        book.save(self.own / "county.xlsx")
        return json.loads(self.ward.run("dispatch", "--json", *more, str(self.own / "county.xlsx"), day=day, ok=ok).stdout)

    def batch(self, name: str) -> openpyxl.Workbook:
        return openpyxl.load_workbook(self.ward.d.out / "dispatch" / name / "townships" / f"{TOWNSHIP}.xlsx")

    def of_township(self, day: str) -> dict[str, str] | None:
        path = self.ward.d.out / day / "townships" / f"{TOWNSHIP}.xlsx"
        if not path.exists():
            return None
        book = openpyxl.load_workbook(path)
        return {row[0]: title for title in ("待核实", "已消除") for row in book[title].iter_rows(min_row=2, values_only=True) if row[0]}

    def test_only_what_was_dispatched_goes_out(self) -> None:
        self.assertIsNone(self.of_township(N2))
        self.assertEqual(self.decide(N2, H1=("派发", None), more=("--dry-run",))["taken"], 1)
        self.assertFalse((self.ward.d.out / "dispatch").exists())
        said = self.decide(N2, H1=("派发", None), H3=("暂缓", "等住建鉴定"), H4=("不派发", "重复"))
        self.assertEqual((said["taken"], said["refused"]), (3, 0))
        book = self.batch(f"{N2}-1")
        self.assertEqual(book.sheetnames, ["交办单", "待核实", "填写说明"])
        order = dict(row for row in book["交办单"].iter_rows(min_row=2, values_only=True))
        self.assertEqual((order["文号"], order["线索"], order["最早期限"], order["县级联系人"], order["承办乡镇"]),
                         (f"{N2}-1-{TOWNSHIP}", "1 条(高 1,中 0,低 0)", "2026-11-06", "王科长 0999-1234567", "石桥镇"))
        table = [list(row) for row in book["待核实"].iter_rows(values_only=True)]
        self.assertEqual([row[0] for row in table[1:]], [self.no["H1"]])
        again = self.decide(N2, H1=("派发", None))
        self.assertEqual((again["taken"], again["known"], again["folder"]), (0, 1, None))

        returned.fill(table, self.no["H1"], "40", N2, "不属实")        # the batch's own workbook comes back
        self.assertEqual(self.send_back(N2, table)["taken"], 1)
        self.night(N3, **BAD)
        self.assertEqual(self.of_township(N3), {self.no["H1"]: "已消除"})
        for more in (("--dry-run",), ()):                               # over, whether it is kept or only checked
            self.assertEqual(self.decide(N2, H1=("不派发", "重复"), more=more, ok=(3,))["refused"], 1)
        sheet = self.county(N3)["在办"]
        notes = {row[0]: row[14] for row in sheet[1:]}
        self.assertEqual(notes[self.no["H3"]], "暂缓:等住建鉴定")
        self.assertEqual(notes[self.no["H4"]], "不派发:重复")
        # opened on the 3rd and grave: two days later H2 and H5 go out by themselves; H3 is held by the county, H4 too
        self.night(N4, **BAD)
        self.assertEqual(self.of_township(N4), {self.no["H2"]: "待核实", self.no["H5"]: "待核实"})
        self.assertIn("到时未处理,已自动派发", [row[14] for row in self.county(N4)["在办"]])
        said = self.decide(N4, H3=("派发", None))
        self.assertEqual(said["folder"], str(self.ward.d.out / "dispatch" / f"{N4}-2"))

    def test_what_went_out_by_itself_stays_with_the_township(self) -> None:
        self.night(N3, **BAD)
        self.night(N4, **BAD)                                       # grave and undecided for two days: H1, H2, H3 and H5
        for household in ("H1", "H2", "H3", "H5"):
            self.assertEqual(self.of_township(N4)[self.no[household]], "待核实", household)
        said = self.decide(N4, ok=(3,), H1=("不派发", "重复"), H2=("暂缓", "等等"))
        self.assertEqual((said["taken"], said["refused"]), (0, 2))
        self.assertIn("bidui withdraw", said["rows"][0]["faults"][0]["expected"])
        bad = BAD | {"H3": ("1", "C")}                              # no burden any more: medium
        self.night(N5, **bad)
        self.assertEqual(self.leads(N5)["H3"]["level"], "medium")
        self.assertEqual(self.of_township(N5), {self.no[h]: "待核实" for h in ("H1", "H2", "H3", "H5")})
        notes = {row[0]: row[14] for row in self.county(N5)["在办"][1:]}
        self.assertEqual((notes[self.no["H3"]], notes[self.no["H1"]]), ("此前已派发", "到时未处理,已自动派发"))
        self.assertEqual(self.decide(N5, H3=("派发", None))["taken"], 1)      # an order for it all the same

    def test_why_is_sealed(self) -> None:
        said = self.decide(N2, H3=("暂缓", "问过张三139 1234 5678"), H4=("并案", f"并入{self.no['H3']}"))
        self.assertEqual(said["taken"], 2)
        self.assertEqual(self.decide(N2, H3=("暂缓", "问过张三139 1234 5678"))["known"], 1)
        self.assertNotIn("张三", self.ward.sql("select string_agg(to_jsonb(d)::text, ' ') from bidui.decision d"))
        self.night(N3, **BAD)
        notes = {row[0]: row[14] for row in self.county(N3)["在办"][1:]}
        self.assertEqual((notes[self.no["H3"]], notes[self.no["H4"]]), ("暂缓:问过张三*** **** ****", f"并案:并入{self.no['H3']}"))

    def test_what_cannot_be_taken_is_told(self) -> None:
        self.assertEqual(self.decide(N2, H1=("派发", None))["taken"], 1)
        said = self.decide(N2, ok=(3,), H1=("不派发", "重复"), H2=("不派发", None), H3=("再说", None), H4=("并案", f"并入{self.no['H3']}"),
                           H5=("不派发", "=REASON()"))
        self.assertEqual((said["taken"], said["refused"]), (1, 4))
        self.assertEqual({(r["lead_no"], f["column"]) for r in said["rows"] for f in r["faults"]},
                         {(self.no["H1"], DECIDE), (self.no["H2"], BECAUSE), (self.no["H3"], DECIDE), (self.no["H5"], BECAUSE)})
        table = self.county(N2)["新增"]
        token, decide = returned.column(table, "校验码"), returned.column(table, DECIDE)
        one, two = returned.row_of(table, self.no["H2"]), returned.row_of(table, self.no["H3"])
        one[decide] = two[decide] = "派发"
        one[token], two[token] = two[token], one[token]
        returned.save(table, self.own / "swapped.xlsx")
        said = json.loads(self.ward.run("dispatch", "--json", str(self.own / "swapped.xlsx"), day=N2, ok=(3,)).stdout)
        self.assertEqual((said["taken"], said["refused"]), (0, 2))
        for name in ("线索编号", DECIDE, "校验码"):
            bare = [[v for v, head in zip(row, table[0]) if head != name] for row in table]
            returned.save(bare, self.own / "bare.xlsx")
            said = json.loads(self.ward.run("dispatch", "--json", str(self.own / "bare.xlsx"), day=N2, ok=(3,)).stdout)
            self.assertEqual([(r["row"], name in f["expected"]) for r in said["rows"] for f in r["faults"]], [(0, True)], name)

    def test_a_townships_token_decides_nothing_and_the_countys_answers_nothing(self) -> None:
        self.decide(N2, H1=("派发", None))
        table = self.county(N2)["新增"]
        sheet = returned.read(self.ward.d.out / "dispatch" / f"{N2}-1" / "townships" / f"{TOWNSHIP}.xlsx")
        mine = returned.row_of(sheet, self.no["H1"])[returned.column(sheet, "校验码")]
        row = returned.row_of(table, self.no["H1"])
        row[returned.column(table, DECIDE)] = "派发"
        theirs, row[returned.column(table, "校验码")] = row[returned.column(table, "校验码")], mine
        returned.save(table, self.own / "x.xlsx")
        said = json.loads(self.ward.run("dispatch", "--json", str(self.own / "x.xlsx"), day=N2, ok=(3,)).stdout)
        self.assertEqual(said["refused"], 1)
        returned.fill(sheet, self.no["H1"], "40", N2, "不属实")
        returned.row_of(sheet, self.no["H1"])[returned.column(sheet, "校验码")] = theirs
        self.assertEqual(self.faults(self.send_back(N2, sheet, ok=(3,))), [(2, "校验码")])

    def test_killed_and_again(self) -> None:
        undisturbed: dict[str, bytes] = {}
        for point in range(1, 12):
            if point > 1:
                name = f"again{point}"
                self.ward.d.cluster.create(name, template="before")
                self.ward.d.database = name
                shutil.rmtree(self.ward.d.out / "dispatch", ignore_errors=True)
            else:
                self.ward.d.cluster.create("before", template=self.ward.d.database)
                self.decide(N2, H1=("派发", None), H4=("派发", None))
                undisturbed = self.files()
                continue
            killed = self.ward.d.run("dispatch", str(self.own / "county.xlsx"), ok=None,
                                     extra={"BIDUI_TODAY": N2, "BIDUI_FAULT": f"run:{point - 1}"})
            if killed.returncode != -9:
                break
            self.ward.d.run("dispatch", str(self.own / "county.xlsx"), extra={"BIDUI_TODAY": N2})
            self.assertEqual(self.files(), undisturbed, f"killed at {point - 1}")
            self.assertEqual(self.ward.sql("select count(*) || ' ' || bool_and(made) from bidui.dispatch_batch"), "1 true")
        self.assertGreater(point, 4)

    def files(self) -> dict[str, bytes]:
        root: Path = self.ward.d.out / "dispatch"
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}

    def test_where_it_is_automatic_nothing_is_decided(self) -> None:
        self.ward.d.edit("bidui.yaml", "dispatch: screened", "dispatch: automatic")
        self.ward.run("dispatch", str(self.own / "x.xlsx"), day=N2, ok=(1,))


if __name__ == "__main__":
    unittest.main()
