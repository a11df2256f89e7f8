"""A county of any size, written as it is made: no planted cases, the roster the same on all days."""
from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from random import Random
from typing import Sequence, TextIO

from . import days as d
from .background import Background, Crowd, Noise, make_strangers
from .cases import water
from .columns import ALL, FILE_DATASETS, JSON_DATASETS, ROSTER, TABLE_DATASETS
from .numbers import Numbers
from .people import Household, Maker, ordinary_household, pick_kind, soil
from .places import make_villages
from .records import Records, Row, csv_line, json_keys, json_line
from .roster import person_line

RECORDS_PER_PERSON = 10
MOST_STRANGERS = 500000
NOISY = 20000           # so many households may meet with a risk


class Stream(Records):
    """Records that go straight to their files."""

    def __init__(self, seed: int, out: Path, days: Sequence[date]) -> None:
        super().__init__(seed)
        self._counts = {name: 0 for name in ALL}
        self._keys: dict[str, list[str]] = {}
        self._files: dict[str, TextIO] = {}
        self._daily: dict[str, list[tuple[str, TextIO]]] = {}
        for dataset, (folder, name, columns) in JSON_DATASETS.items():
            self._keys[dataset] = json_keys(columns)
            self._files[dataset] = self._open(out / folder / f"{name}.jsonl", "utf-8")
        for dataset, (folder, name, columns) in TABLE_DATASETS.items():
            self._files[dataset] = self._open(out / folder / f"{name}.csv", "utf-8")
            self._files[dataset].write(",".join(columns) + ",_from,_to\n")
        for dataset, (folder, name, columns) in FILE_DATASETS.items():
            self._daily[dataset] = [
                (d.iso(day), self._open(out / folder / d.iso(day) / f"{name}_{d.iso(day)}.csv", "gb18030")) for day in days]
            for _, file in self._daily[dataset]:
                file.write(csv_line(columns) + "\r\n")

    @staticmethod
    def _open(path: Path, charset: str) -> TextIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding=charset, newline="", buffering=1 << 20)

    def add(self, dataset: str, row: Row, first: date | None = None, until: date | None = None) -> None:
        self._counts[dataset] += 1
        keys = self._keys.get(dataset)
        if keys:
            self._files[dataset].write(json_line(keys, row, d.iso(first), d.iso(until), True))
        elif dataset in self._files:
            self._files[dataset].write(f"{csv_line(row)},{d.iso(first)},{d.iso(until)}\n")
        else:
            for day, file in self._daily[dataset]:
                if d.iso(first) <= day and (until is None or day < d.iso(until)):
                    file.write(csv_line(row) + "\r\n")

    def counts(self) -> dict[str, int]:
        return dict(self._counts)

    def total(self) -> int:
        return sum(self._counts.values())

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        for daily in self._daily.values():
            for _, file in daily:
                file.close()
                Path(f"{file.name}.done").write_bytes(b"")


def write_household(file: TextIO, household: Household, last: date) -> None:
    for person in household.members:
        file.write(person_line(household, person, last) + "\r\n")


def link_days(first_file: Path, out: Path, days: Sequence[date]) -> None:
    """The other days have the same roster."""
    for day in days[1:]:
        path = out / "roster" / d.iso(day) / f"roster-{d.iso(day)}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        os.link(first_file, path)


def fill(stream: Stream, background: Background, maker: Maker, roster: TextIO, seed: int, persons: int,
         records: int) -> int:
    """Households and strangers in turns, so that roster persons are spread over every file."""
    crowd = Crowd(background, make_strangers(seed, min(MOST_STRANGERS, 3000 + persons * 2), background.last), [])
    strangers = crowd.stream()
    kept: list[Household] = []
    count = 0
    while count < persons:
        household = ordinary_household(maker, pick_kind(maker.rng))
        soil(maker.rng, household, background.last)
        background.know_household(household)
        write_household(roster, household, background.last)
        count += len(household.members)
        if len(kept) < NOISY:
            kept.append(household)
        while stream.total() * persons < records * count:
            next(strangers)
    Noise(background, kept, persons).add()
    return count


def make_county(out: Path, seed: int, persons: int, records: int, days: Sequence[date], county: str) -> dict[str, object]:
    villages = make_villages(county)
    stream = Stream(seed, out, days)
    background = Background(seed, stream, days, villages)
    maker = Maker(seed, "people", villages, Numbers(Random(f"{seed}/numbers")), 0, days[-1])
    water.ordinary(stream, seed, villages, days[0], days[-1])
    first_file = out / "roster" / d.iso(days[0]) / f"roster-{d.iso(days[0])}.csv"
    first_file.parent.mkdir(parents=True, exist_ok=True)
    with first_file.open("w", encoding="utf-8-sig", newline="", buffering=1 << 20) as roster:
        roster.write(csv_line(ROSTER) + "\r\n")
        count = fill(stream, background, maker, roster, seed, persons, records)
    link_days(first_file, out, days)
    stream.close()
    return {"format": 1, "county": county, "seed": seed, "persons": count, "days": [d.iso(day) for day in days],
            "records": stream.counts(), "strangers": [], "cases": [], "skipped": [], "roster_changes": []}
