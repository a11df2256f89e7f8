"""Files of lists that are out of the ordinary."""
from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402

from shared import SHARED  # noqa: E402
from support import csv_rows, leads  # noqa: E402

EXCEL_MOST = 32767


class LongCells(unittest.TestCase):
    def test_what_is_too_long_for_a_cell_is_cut_visibly(self) -> None:
        d, day = SHARED.at(3), SHARED.days[3]
        for reason in ("reason: 本年个人医疗负担", "field_reason: "):
            d.edit("rules/medical.yaml", f" {reason}", f" {reason}" + "😀" * 4000 + "长" * 9000 + "x" * 20000)
        d.night(day)
        long = {lead["lead_no"]: max((r["text"] for r in lead["reasons"]), key=len) for lead in leads(d, day)}
        long = {number: text for number, text in long.items() if len(text) > EXCEL_MOST}
        self.assertGreater(len(long), 3)
        whole = {row["线索编号"]: row["预警原因"] for row in csv_rows(d.out / day / "leads.csv")}
        county = self.cells(d.out / day / "leads.xlsx", 10)
        for number, text in long.items():
            self.assertIn(text, whole[number])
            self.assertTrue(county[number].endswith("……(过长已截断,全文见 leads.csv)"), county[number][-40:])
            self.assertLessEqual(len(county[number].encode("utf-16-le")) // 2, EXCEL_MOST)
        field = [text for book in sorted((d.out / day / "townships").glob("*.xlsx"))
                 for number, text in self.cells(book, 6).items() if number in long]
        self.assertTrue(field)
        self.assertTrue(all(text.endswith("……(过长已截断,全文请询县级)") for text in field))

    @staticmethod
    def cells(path: Path, column: int) -> dict[str, str]:
        """By lead number."""
        return {row[0]: row[column] or "" for sheet in openpyxl.load_workbook(path)
                for row in sheet.iter_rows(min_row=2, values_only=True) if len(row) > column}


if __name__ == "__main__":
    unittest.main()
