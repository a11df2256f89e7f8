"""Values as departments write them: dates in every form, amounts to the fen, flags, numbers, codes."""
from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from .texts import fold, without_blanks

EXCEL_BASE = date(1899, 12, 30)
YES, NO = ("是", "有", "1", "Y", "YES", "TRUE", "T", "对"), ("否", "无", "0", "N", "NO", "FALSE", "F", "没有", "不是")
UNKNOWN_MARKS = ("", "-", "--", "—", "/")
FULL = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?(?:[ T]?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?"
                  r"(Z|[+-]\d\d:?\d\d)?)?")
MONTH = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})月?")


class Unreadable(Exception):
    """This value goes to quarantine."""


@dataclass(frozen=True, order=True)
class Span:
    """A day, or the month somebody meant."""
    first: date
    last: date


def real(year: int, month: int, day: int) -> date:
    try:
        value = date(year, month, day)
    except ValueError:
        raise Unreadable("date") from None
    if not 1900 <= year <= 2100:
        raise Unreadable("date")
    return value


def day_span(day: date) -> Span:
    return Span(day, day)


def month_span(year: int, month: int) -> Span:
    first = real(year, month, 1)
    return Span(first, first.replace(day=monthrange(year, month)[1]))


def span(raw: str | None) -> Span | None:
    text = fold(raw)
    if text in UNKNOWN_MARKS:
        return None
    if text.isdigit() and text.isascii():
        if len(text) == 8:
            return day_span(real(int(text[:4]), int(text[4:6]), int(text[6:])))
        if len(text) == 6:
            return month_span(int(text[:4]), int(text[4:]))
        if len(text) == 5 and 20000 <= int(text) <= 80000:
            return day_span(EXCEL_BASE + timedelta(days=int(text)))
        if len(text) in (10, 13):
            seconds = int(text) // (1000 if len(text) == 13 else 1)
            return day_span((datetime(1970, 1, 1) + timedelta(seconds=seconds, hours=8)).date())
        raise Unreadable("date")
    found = FULL.fullmatch(text)
    if found:
        moment(text)
        return day_span(local(found).date())
    found = MONTH.fullmatch(text)
    if found:
        return month_span(int(found[1]), int(found[2]))
    raise Unreadable("date")


def local(found: re.Match) -> datetime:
    day = real(int(found[1]), int(found[2]), int(found[3]))
    try:
        at = datetime(day.year, day.month, day.day, int(found[4] or 0), int(found[5] or 0), int(found[6] or 0))
    except ValueError:
        raise Unreadable("time") from None
    if found[7] == "Z":
        at += timedelta(hours=8)
    elif found[7]:
        sign = -1 if found[7][0] == "-" else 1
        hours, minutes = int(found[7][1:3]), int(found[7][-2:])
        at += timedelta(hours=8) - sign * timedelta(hours=hours, minutes=minutes)
    return at


def moment(raw: str | None) -> datetime | None:
    text = fold(raw)
    if text in UNKNOWN_MARKS:
        return None
    found = FULL.fullmatch(text)
    if found:
        return local(found)
    day = span(text)
    return datetime(day.first.year, day.first.month, day.first.day) if day else None


def decimal(text: str) -> Decimal:
    plain = text.replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", plain):
        raise Unreadable("number")
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise Unreadable("number") from None


def fen(raw: str | None, unit: int = 1) -> int | None:
    """An amount in fen; `unit` is what 1 means in yuan unless the text says it itself."""
    text = fold(raw)
    if text in UNKNOWN_MARKS:
        return None
    text = text.lstrip("¥￥")
    if text.endswith("万元"):
        text, unit = text[:-2], 10000
    elif text.endswith("元"):
        text, unit = text[:-1], 1
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    value = decimal(text) * unit * 100
    if value != int(value):
        raise Unreadable("money")
    return int(value)


def plain_number(raw: str | None) -> Decimal | None:
    text = fold(raw)
    return None if text in UNKNOWN_MARKS else decimal(text)


def flag(raw: str | None) -> bool | None:
    text = without_blanks(raw).upper()
    if text in YES:
        return True
    if text in NO:
        return False
    if text in UNKNOWN_MARKS:
        return None
    raise Unreadable("flag")


class Codes:
    """What departments write, and the one value it means."""

    def __init__(self, folder: Path) -> None:
        self.lists: dict[str, dict[str, str]] = {}
        for file in sorted(folder.glob("*.yaml")):
            for name, values in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
                self.lists[name] = {without_blanks(str(label)): self._word(value)
                                    for value, labels in values.items() for label in labels}

    @staticmethod
    def _word(value: Any) -> str:
        return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)

    def read(self, name: str, raw: str | None) -> str | None:
        text = without_blanks(raw)
        if not text:
            return None
        labels = self.lists[name]
        if text in labels:
            return labels[text]
        if "*" in labels:
            return labels["*"]
        raise Unreadable(name)
