"""Written consents as the bureau keeps them, for about half of the households that are or were monitored."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Sequence

from . import days as d
from .people import Household
from .records import csv_line

COLUMNS = ("户编号", "人编号", "授权书编号", "签署日期", "有效期至")


class Consents:
    """Most are a household's and in force. Of ten one has ended, one is the householder's alone, and one is signed only after
    the last day. Now and then a household that was never monitored has one."""

    def __init__(self, seed: int, households: Sequence[Household], days: Sequence[date]) -> None:
        rng = Random(f"{seed}/consents")
        self.lines: list[tuple[str, ...]] = []
        self.covered: list[Household] = []       # everybody of them may be asked about
        for household in households:
            if rng.random() < (0.5 if household.monitor_class else 0.02):
                self._sign(household, len(self.lines), days, d.add(days[0], -5 - int(rng.random() * 200)))

    def _sign(self, household: Household, i: int, days: Sequence[date], signed: date) -> None:
        person, ends = "", ""
        if i % 10 == 7:
            ends = d.iso(d.add(days[0], -1))
        elif i % 10 == 8:
            person = household.head.person_no
        elif i % 10 == 9:
            signed = d.add(days[-1], 3)
        else:
            self.covered.append(household)
        self.lines.append((household.household_no if not person else "", person, f"SQ{i + 1:05d}", d.iso(signed), ends))

    def write(self, path: Path) -> None:
        path.write_text("".join(csv_line(line) + "\n" for line in (COLUMNS, *self.lines)), encoding="utf-8")
