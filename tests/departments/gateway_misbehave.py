"""How the gateways misbehave: a file of lines `DEPARTMENT.TABLE KIND [ARGUMENT] [TIMES]`, read anew when it changes,
in the words of misbehave.h where the kind is the same.

    429 500 error200 garbage down cut wrong_length truncated slow gzip_bomb duplicate_page   [PAGE] [TIMES]
    no_token              the token is not known any more        [PAGE] [TIMES]
    repeat_page [PAGE]    first_page_only    false_total [DELTA]    shrink90    rename_column OLD-NEW
    skew SECONDS          the gateway's clock is ahead           wrong_key          bodies are encrypted with another key
"""
from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

BOMB_BYTES = 192 << 20
Rows = list[dict[str, str]]


@dataclass
class Line:
    dataset: str
    kind: str
    argument: str = "*"
    left: int = 1 << 30


class Misbehaviour:
    def __init__(self, path: Path):
        self.path, self.text, self.lines = path, "", []
        self.lock = threading.Lock()

    def _refresh(self) -> None:
        text = self.path.read_text() if self.path.exists() else ""
        if text != self.text:
            self.text = text
            words = [line.split() for line in text.splitlines()]
            self.lines = [Line(*w[:3], *map(int, w[3:4])) for w in words if len(w) > 1]

    def of(self, dataset: str, kind: str) -> Line | None:
        """What concerns the dataset as a whole."""
        with self.lock:
            self._refresh()
            return next((x for x in self.lines if x.dataset == dataset and x.kind == kind), None)

    def due(self, dataset: str, kind: str, page: int) -> bool:
        """What concerns this page, now; it counts as once."""
        with self.lock:
            self._refresh()
            for x in self.lines:
                if x.dataset == dataset and x.kind == kind and x.argument in ("*", str(page)) and x.left > 0:
                    x.left -= 1
                    return True
            return False

    def page(self, dataset: str, rows: Rows, number: int, size: int) -> tuple[int, Rows]:
        """The total that is claimed and the rows of a page."""
        if self.of(dataset, "shrink90"):
            rows = rows[::10]
        total, delta = len(rows), self.of(dataset, "false_total")
        if delta:
            total += int(delta.argument)
        repeated = self.of(dataset, "repeat_page")
        if repeated and number > int(repeated.argument):
            number = int(repeated.argument)
        if number > 1 and self.due(dataset, "duplicate_page", number):
            number -= 1
        if number > 1 and self.of(dataset, "first_page_only"):
            return total, []
        renamed = self.of(dataset, "rename_column")
        if renamed:
            old, new = renamed.argument.split("-")
            rows = [{new if name == old else name: value for name, value in row.items()} for row in rows]
        return total, rows[(number - 1) * size:number * size]

    def skew_ms(self, dataset: str) -> int:
        line = self.of(dataset, "skew")
        return int(line.argument) * 1000 if line else 0


def bomb() -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    nothing = bytes(1 << 20)
    return b"".join(packer.compress(nothing) for _ in range(BOMB_BYTES >> 20)) + packer.flush()
