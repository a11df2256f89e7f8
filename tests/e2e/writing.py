"""Tests of the files of a list: CSV, workbooks, and what must stand in none of them."""
from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl

from support import FULL_NUMBER, PHONE, Finder, Row, SHEETS, csv_rows, leads, read_json, roster_identities, summary, texts_of

MASKED = re.compile(r"\d{6}\*{8}\d{3}[\dX]")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cells(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]


class ListFiles:
    """Mixed into a test case with `deployment`, `sandbox`, `days` and `got`."""

    @property
    def folder(self) -> Path:
        return self.deployment.out / self.days[-1]

    @property
    def list(self) -> list[Row]:
        return self.got[self.days[-1]]

    def test_csv_carries_the_same_leads(self) -> None:
        for day in self.days:
            raw = (self.deployment.out / day / "leads.csv").read_bytes()
            self.assertTrue(raw.startswith(b"\xef\xbb\xbf"), "a BOM, or WPS takes it for GBK")
            rows = csv_rows(self.deployment.out / day / "leads.csv")
            self.assertEqual([r["线索编号"] for r in rows], [x["lead_no"] for x in leads(self.deployment, day)])
        for row, lead in zip(rows, self.list):
            self.assertEqual(row["户编号或工程编号"], lead["household_no"] or lead["works_no"])
            self.assertEqual(row["分表"], SHEETS[lead["sheet"]])
            self.assertEqual(row["核查期限"], lead["due_on"] or "")
            self.assertEqual(row["区划代码"], lead["region"])
            for reason in lead["reasons"]:
                self.assertIn(reason["text"], row["预警原因"])
            if row["户主证件号码(脱敏)"]:
                self.assertRegex(row["户主证件号码(脱敏)"], MASKED)

    def test_summary_counts_the_sheets(self) -> None:
        said = summary(self.deployment, self.days[-1])
        counted = Counter(lead["sheet"] for lead in self.list)
        self.assertEqual(said["sheets"], {name: counted.get(name, 0) for name in (*SHEETS, "off_roster")})
        self.assertEqual(said["leads"], len(self.list))
        self.assertEqual(said["frozen_rules"], [])

    def test_workbook_has_a_sheet_for_each_kind(self) -> None:
        book = openpyxl.load_workbook(self.folder / "leads.xlsx")
        self.assertEqual(book.sheetnames, [*SHEETS.values(), "数据健康"])
        self.assertEqual(book.properties.created.date().isoformat(), self.days[-1])
        for name, title in SHEETS.items():
            sheet = book[title]
            self.assertEqual(sheet.freeze_panes, "A2", title)
            self.assertTrue(sheet.auto_filter.ref, title)
            mine = [lead for lead in self.list if lead["sheet"] == name]
            self.assertEqual([row[0] for row in cells(sheet)], [lead["lead_no"] for lead in mine], title)
            for row, lead in zip(cells(sheet), mine):
                self.assertIn(lead["household_no"] or lead["works_no"], row)
                self.assertTrue(all(c is None or not MASKED.search(str(c)) or str(c) != lead["household_no"] for c in row))
        health = {row[0]: row for row in cells(book["数据健康"])}
        self.assertEqual(set(health), {f["dataset"] for f in summary(self.deployment, self.days[-1])["datasets"]})

    def test_townships_get_their_own_leads_without_amounts(self) -> None:
        books = {p.stem: openpyxl.load_workbook(p) for p in sorted((self.folder / "townships").glob("*.xlsx"))}
        fields = field_reasons(self.deployment.config / "rules")
        for code, book in books.items():
            rows = [row for sheet in book if sheet.title != "填写说明" for row in cells(sheet)]
            mine = [x for x in self.list if x["region"].startswith(code) and x["household_no"] and is_released(x)]
            shown = {row[0] for row in rows}
            self.assertEqual(shown, {lead["lead_no"] for lead in mine}, code)
            for sheet in book:
                self.assertEqual(sheet.freeze_panes, "A2")
            by_number = {row[0]: " ".join(str(c) for c in row[5:8]) for row in rows}
            for lead in mine:
                said = by_number[lead["lead_no"]]
                for reason in lead["reasons"]:
                    self.assertIn(fields[reason["rule"]], said)
                    if any(c.isdigit() for c in reason["text"]) or reason["text"] != fields[reason["rule"]]:
                        self.assertNotIn(reason["text"], said)
                self.assertNotRegex(said, r"\d+(\.\d+)?元")
        everywhere = {row[0] for book in books.values() for sheet in book if sheet.title != "填写说明" for row in cells(sheet)}
        self.assertEqual(everywhere, {x["lead_no"] for x in self.list if x["household_no"] and is_released(x)})

    def test_no_full_number_and_no_phone_in_any_file(self) -> None:
        numbers, _, phones = roster_identities(self.sandbox.data)
        of_roster = Finder(numbers | phones)
        strangers = Finder({s["name"] for s in read_json(self.sandbox.data / "truth.json")["strangers"]})
        for path in sorted(self.deployment.out.rglob("*")):
            if path.is_file():
                for text in texts_of(path):
                    name = str(path.relative_to(self.deployment.out))
                    self.assertEqual(FULL_NUMBER.findall(text)[:3], [], name)
                    if path.suffix != ".xlsx":      # numbers of dates and styles look like phones to a pattern
                        self.assertEqual(PHONE.findall(text)[:3], [], name)
                    self.assertFalse(of_roster.found(text), name)
                    self.assertFalse(strangers.found(text), name)

    def test_cells_that_begin_like_a_formula_are_harmless(self) -> None:
        for row in csv_rows(self.folder / "leads.csv"):
            for cell in row.values():
                self.assertFalse(cell.startswith(FORMULA), cell)
        for path in [self.folder / "leads.xlsx", *sorted((self.folder / "townships").glob("*.xlsx"))]:
            for text in texts_of(path):
                self.assertNotIn("<f>", text)


def is_released(lead: Row) -> bool:
    """Townships wait for standing leads until they are released; of high severity they are at once."""
    open_reasons = [r for r in lead["reasons"] if r["state"] in ("opened", "open", "escalated")]
    return lead["kind"] != "standing" or any(r["severity"] == "high" for r in open_reasons or lead["reasons"])


def field_reasons(folder: Path) -> dict[str, str]:
    import yaml
    rules = [rule for file in sorted(folder.glob("*.yaml")) for rule in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return {rule["id"]: rule.get("field_reason", "") for rule in rules}
