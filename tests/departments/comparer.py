#!/usr/bin/python3
"""A sample bank: compares the name lists that were sent to it with its accounts, and hands them back filled in.

    comparer.py OUT_DIR BACK_DIR ACCOUNTS.json LOG

Whoever has accounts gets a row for each, everybody else 无. What is taken is written to LOG: list number, persons, and for
each of them number, consent number and consent date. A list is answered once; its file is left for its sender to remove."""
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import openpyxl

FILLED = {"账户代码": "ckbh", "余额": "ckye", "统计日期": "tjrq"}


def accounts_of(path: Path) -> dict[str, list[dict[str, str]]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, list[dict[str, str]]] = {}
    for row in content["rows"]:
        account = dict(zip(content["columns"], row))
        found.setdefault(account["zjhm"], []).append(account)
    return found


def compare(source: Path, target: Path, accounts: dict[str, list[dict[str, str]]], log: Path) -> None:
    sheet = openpyxl.load_workbook(source).active
    header, *rows = sheet.iter_rows(values_only=True)
    persons = [dict(zip(header, row)) for row in rows]
    book = openpyxl.Workbook()
    answer = book.active
    answer.append(header)
    for person in persons:
        for account in accounts.get(person["证件号码"]) or [None]:
            filled = {name: account[column] for name, column in FILLED.items()} if account else {"核对结果": "无"}
            answer.append([{**person, **filled}[name] for name in header])
    part = target.with_name(f".{target.name}.part")
    book.save(part)
    with log.open("a", encoding="utf-8") as lines:
        for person in persons:
            lines.write(f"{person['名单号']} {person['证件号码']} {person['授权书编号']} {person['授权日期']}\n")
    os.replace(part, target)


def main() -> int:
    if len(sys.argv) != 5:
        print("usage: comparer.py OUT_DIR BACK_DIR ACCOUNTS.json LOG", file=sys.stderr)
        return 2
    out, back, accounts, log = map(Path, sys.argv[1:])
    back.mkdir(parents=True, exist_ok=True)
    taken = {line.split()[0] for line in log.read_text(encoding="utf-8").splitlines()} if log.exists() else set()
    for source in sorted(out.glob("*.xlsx")) if out.exists() else []:
        if source.stem.rpartition("_")[2] not in taken:
            compare(source, back / source.name, accounts_of(accounts), log)
    return 0


if __name__ == "__main__":
    sys.exit(main())
