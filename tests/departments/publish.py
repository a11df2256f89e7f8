#!/usr/bin/python3
"""Turns the other departments' tables, as they stand on a day, into what those departments hand over.

    publish.py DATA_DIR OUT_DIR DATE

OUT_DIR/health/*.xlsx       one workbook, three sheets, title lines above the header
OUT_DIR/emergency/*.zip     two CSV files in GB18030
OUT_DIR/justice/*.xls       an old workbook
OUT_DIR/relocation/*.xlsx   a header of two lines with merged cells
OUT_DIR/agriculture.db      SQLite
OUT_DIR/disabled_persons.sql  for a MariaDB server
OUT_DIR/gateways/DEPARTMENT/TABLE.json   what gateways.py answers from

Files appear complete under their names; a file like yesterday's is not written again."""
from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Callable

import openpyxl
import xlwt

GATEWAYS = ("human_resources", "public_security", "finance", "tax", "market_regulation", "natural_resources")
HEALTH_SHEETS = (("major_disease", "大病专项救治"), ("chronic_contract", "慢病签约"), ("death", "死亡医学证明"))
Table = tuple[list[str], list[list[str]]]


def table_of(data: Path, department: str, name: str, day: str) -> Table:
    """Columns and the rows visible on the day."""
    with (data / department / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(lines))
    return header[:-2], [row[:-2] for row in rows if (not row[-2] or row[-2] <= day) and (not row[-1] or day < row[-1])]


def write(path: Path, fill: Callable[[Path], None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    fill(part)
    os.replace(part, path)


def health(data: Path, out: Path, day: str) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, title in HEALTH_SHEETS:
        columns, rows = table_of(data, "health", name, day)
        sheet = book.create_sheet(title)
        sheet.append([f"{title}台账"])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
        sheet.append([f"导出日期:{day}"])
        sheet.append(["序号", *columns])
        for i, row in enumerate(rows):
            sheet.append([i + 1, *row])
    book.properties.created = book.properties.modified = datetime.fromisoformat(day)
    write(out / "health" / f"健康帮扶台账_{day.replace('-', '')}.xlsx", book.save)


def relocation(data: Path, out: Path, day: str) -> None:
    columns, rows = table_of(data, "relocation", "household", day)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "搬迁户"
    sheet.append([columns[0], columns[1], "户主", "", "安置", "", "", ""])
    sheet.append(["", "", *columns[2:]])
    for cells in ("A1:A2", "B1:B2", "C1:D1", "E1:H1"):
        sheet.merge_cells(cells)
    for row in rows:
        sheet.append([*row[:7], float(row[7])])
    book.properties.created = book.properties.modified = datetime.fromisoformat(day)
    write(out / "relocation" / f"搬迁户_{day}.xlsx", book.save)


def emergency(data: Path, out: Path, day: str) -> None:
    def fill(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("damage", "winter_relief"):
                columns, rows = table_of(data, "emergency", name, day)
                text = io.StringIO(newline="")
                csv.writer(text).writerows([columns, *rows])
                member = zipfile.ZipInfo(f"{name}.csv", (*map(int, day.split("-")), 0, 0, 0))
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, text.getvalue().encode("gb18030"))
    write(out / "emergency" / f"灾情_{day}.zip", fill)


def justice(data: Path, out: Path, day: str) -> None:
    columns, rows = table_of(data, "justice", "sentence", day)
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名单")
    for r, row in enumerate([columns, *rows]):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    write(out / "justice" / f"名单_{day}.xls", lambda path: book.save(str(path)))


def agriculture(data: Path, out: Path, day: str) -> None:
    def fill(path: Path) -> None:
        database = sqlite3.connect(path)
        for name in ("claim", "dividend", "subsidy"):
            columns, rows = table_of(data, "agriculture", name, day)
            key, *others = columns
            database.execute(f"create table {name} ({key} text primary key, {', '.join(c + ' text' for c in others)})")
            database.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)
        database.commit()
        database.close()
    write(out / "agriculture.db", fill)


def sql_text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'" if value else "null"


def disabled_persons(data: Path, out: Path, day: str) -> None:
    lines = []
    for name in ("certificate", "need"):
        columns, rows = table_of(data, "disabled_persons", name, day)
        types = [f"{c} varchar(64)" for c in columns]
        lines += [f"drop table if exists {name}_new;",
                  f"create table {name}_new ({', '.join(types)}, primary key ({columns[0]}, {columns[1]})) default charset gbk;"]
        for at in range(0, len(rows), 500):
            values = ", ".join("(" + ", ".join(map(sql_text, row)) + ")" for row in rows[at:at + 500])
            lines.append(f"insert ignore into {name}_new values {values};")
        lines += [f"create table if not exists {name} like {name}_new;", f"drop table if exists {name}_old;",
                  f"rename table {name} to {name}_old, {name}_new to {name};", f"drop table {name}_old;"]
    write(out / "disabled_persons.sql", lambda path: path.write_text("\n".join(lines) + "\n", encoding="utf-8"))


def gateways(data: Path, out: Path, day: str) -> None:
    for department in GATEWAYS:
        for source in sorted((data / department).glob("*.csv")):
            columns, rows = table_of(data, department, source.stem, day)
            answer = {"columns": columns, "rows": rows}
            write(out / "gateways" / department / f"{source.stem}.json",
                  lambda path: path.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8"))


def main() -> int:
    if len(sys.argv) != 4:
        print("usage: publish.py DATA_DIR OUT_DIR DATE", file=sys.stderr)
        return 2
    data, out, day = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    for make in (health, relocation, emergency, justice, agriculture, disabled_persons, gateways):
        make(data, out, day)
    return 0


if __name__ == "__main__":
    sys.exit(main())
