"""Township workbooks as cadres send them back: filled in, moved about, spoiled."""
from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any, Callable

import openpyxl

SHEET = "待核实"
Table = list[list[Any]]


def read(path: Path) -> Table:
    """The sheet to fill in: its header and rows."""
    sheet = openpyxl.load_workbook(path)[SHEET]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def column(table: Table, name: str) -> int:
    return table[0].index(name)


def row_of(table: Table, lead_no: str) -> list[Any]:
    return next(row for row in table[1:] if row[0] == lead_no)


def fill(table: Table, lead_no: str, code: str, day: str, *answers: str | None, visitors: str = "张三、李四", way: str = "入户",
         remarks: str | None = None) -> None:
    row = row_of(table, lead_no)
    for i, answer in enumerate(answers, 1):
        row[column(table, f"原因{i}核实")] = answer
    for name, value in {"核查结果": code, "核查日期": date.fromisoformat(day) if day else None, "核查人": visitors, "核查方式": way,
                        "情况说明": remarks}.items():
        row[column(table, name)] = value


def save(table: Table, path: Path, title: str = SHEET) -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in table:
        book.active.append(row)
    book.save(path)
    return path


def reckon(path: Path, **values: str) -> Path:
    """The workbook as a spreadsheet program saves it: its formulas, by their beginning, with what they came to."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for name, part in parts.items():
        if not name.startswith("xl/worksheets/"):
            continue
        text = part.decode()
        for beginning, value in values.items():
            kind = "" if value.isdigit() else ' t="str"'
            text, n = re.subn(rf"<c ([^>]*?)(?: t=\"[a-z]+\")?><f>({beginning}[^<]*)</f><v ?/?>(?:</v>)?</c>",
                              rf"<c \1{kind}><f>\2</f><v>{value}</v></c>", text)
            assert n == 1, text[-2000:]
        parts[name] = text.encode()
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return path


def text_of(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def save_csv(table: Table, path: Path, charset: str = "gb18030") -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([[text_of(v) for v in row] for row in table])
    path.write_bytes(out.getvalue().encode(charset))
    return path


def moved(table: Table, order: Callable[[list[str]], list[str]], extra: str = "备注") -> Table:
    """The columns in another order, with one of somebody's own in front."""
    names = order(list(table[0]))
    places = [column(table, n) for n in names]
    return [[extra if i == 0 else "自己的", *(row[p] for p in places)] for i, row in enumerate(table)]
