"""The departments' records on their way to files. A record is visible on day X when from <= X < to."""
from __future__ import annotations

from datetime import date
from json.encoder import encode_basestring, encode_basestring_ascii
from pathlib import Path
from random import Random
from typing import Iterable, Sequence

from .columns import ALL, FILE_DATASETS, JSON_DATASETS, OTHER_DATASETS, TABLE_DATASETS
from .days import iso


Row = tuple[str, ...]


class Literal(str):
    """A JSON number, digit for digit."""


def json_text(value: str, plain: bool) -> str:
    if isinstance(value, Literal):
        return value
    return encode_basestring(value) if plain else encode_basestring_ascii(value)


def csv_text(value: str) -> str:
    if "," in value or '"' in value or "\n" in value or "\r" in value:
        return '"' + value.replace('"', '""') + '"'
    return value


def csv_line(values: Sequence[str]) -> str:
    line = ",".join(values)
    if line.count(",") == len(values) - 1 and '"' not in line and "\n" not in line and "\r" not in line:
        return line
    return ",".join([csv_text(v) for v in values])


def json_keys(columns: Sequence[str]) -> list[str]:
    return [f'"{c}":' for c in columns]


def json_line(keys: Sequence[str], row: Row, first: str, until: str, plain: bool) -> str:
    line = ",".join([k + json_text(v, plain) for k, v in zip(keys, row)])
    if first:
        line += f',"_from":"{first}"'
    if until:
        line += f',"_to":"{until}"'
    return "{" + line + "}\n"


class Records:
    """All records of all datasets, each with its days of visibility (ISO text, empty: unbounded)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rows: dict[str, list[tuple[Row, str, str]]] = {name: [] for name in ALL}
        self._serials: dict[str, int] = {}

    def add(self, dataset: str, row: Row, first: date | None = None, until: date | None = None) -> None:
        self.rows[dataset].append((row, iso(first), iso(until)))

    def serial(self, prefix: str, width: int = 8) -> str:
        """The next number of a kind, as departments number their papers."""
        n = self._serials.get(prefix, 0) + 1
        self._serials[prefix] = n
        return f"{prefix}{n:0{width}d}"

    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.rows.items()}

    def write(self, out: Path, days: Sequence[date]) -> None:
        for dataset in ALL:
            Random(f"{self.seed}/order/{dataset}").shuffle(self.rows[dataset])
        for dataset, (folder, name, columns) in JSON_DATASETS.items():
            write_json(out / folder / f"{name}.jsonl", columns, self.rows[dataset])
        for dataset, (folder, name, columns) in {**TABLE_DATASETS, **OTHER_DATASETS}.items():
            write_table(out / folder / f"{name}.csv", columns, self.rows[dataset])
        for dataset, (folder, name, columns) in FILE_DATASETS.items():
            for day in days:
                write_housing(out / folder / iso(day), f"{name}_{iso(day)}.csv", columns, self.rows[dataset], iso(day))


def write_json(path: Path, columns: Sequence[str], rows: Iterable[tuple[Row, str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = json_keys(columns)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for i, (row, first, until) in enumerate(rows):
            plain = i % 40 != 7     # now and then all of it in \u escapes
            out.write(json_line(keys, row, first, until, plain))


def write_table(path: Path, columns: Sequence[str], rows: Iterable[tuple[Row, str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(",".join(columns) + ",_from,_to\n")
        for row, first, until in rows:
            out.write(f"{csv_line(row)},{first},{until}\n")


def write_housing(folder: Path, name: str, columns: Sequence[str], rows: Iterable[tuple[Row, str, str]],
                  day: str) -> None:
    """One day's full file in GB18030 with CR LF, and the marker that says it is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w", encoding="gb18030", newline="") as out:
        out.write(csv_line(columns) + "\r\n")
        for row, first, until in rows:
            if first <= day and (not until or day < until):
                out.write(csv_line(row) + "\r\n")
    (folder / f"{name}.done").write_bytes(b"")
