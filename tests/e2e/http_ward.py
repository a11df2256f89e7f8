"""The ward of ward.py, its bills served over HTTP by the sample departments' server: the whole of them at /enrolment, and
page by page with {since}, or by days, at /attendance."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from deployment import BUILD, Cluster  # noqa: E402
from ward import DEPARTMENT, Ward  # noqa: E402

FILE = 'connection: {kind: file, folder: "${env:WARD_DIR}"}'
HTTP = ('connection: {kind: http, base_url: "${env:WARD_URL}", auth: {kind: api_key, header: X-Api-Key, key: "${env:WARD_KEY}"},\n'
        '             ok: {pointer: /code, equals: ["0"]}}')
MATCH = '    match: "bill*.csv"\n    format: {kind: csv, header: true}\n    after: keep\n'
WHOLE = '    request: {path: /enrolment, query: {pageSize: "10000"}}\n    records: /data/rows\n'
COLUMNS = ("no", "id", "name", "day", "fee", "grade", "changed")


class HttpWard(Ward):
    def __init__(self, folder: Path, cluster: Cluster, database: str, source: str = WHOLE, incremental: bool = False):
        self.data, self.process = folder / "data", None
        (self.data / "education").mkdir(parents=True)
        (self.data / "day").write_text("2026-03-01\n")
        (self.data / "misbehave").write_text("")
        self.serve()
        text = DEPARTMENT.replace(FILE, HTTP).replace(MATCH, source)
        if incremental:
            text = text.replace("    updated_at: updated_at\n", "    incremental: {by: updated_at, overlap: 1h}\n")
        super().__init__(folder, cluster, database, text, {"WARD_URL": self.url, "WARD_KEY": "open sesame"})

    def serve(self) -> None:
        port = self.data / "port"
        self.process = subprocess.Popen([BUILD / "department-server", "--data", self.data, "--port", "0", "--port-file", port,
                                         "--education-key", "open sesame"])
        while not port.exists() and self.process.poll() is None:
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        self.url = f"http://127.0.0.1:{port.read_text().strip()}/education"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def misbehave(self, line: str) -> None:
        (self.data / "misbehave").write_text(line + "\n" if line else "")

    def write(self, *rows: str, head: str = "") -> None:
        """The department's records from now on: lines of `bill`."""
        text = ""
        for row in rows:
            record = dict(zip(COLUMNS, row.split(",")))
            record["GXSJ"] = record["changed"]
            text += json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
        for name in ("enrolment", "attendance"):
            part = self.data / f"education/{name}.part"
            part.write_text(text)
            os.replace(part, self.data / f"education/{name}.jsonl")

    def last_log(self) -> str:
        """What the last command wrote."""
        return self.d.log.read_text().rsplit("\n$ bidui ", 1)[-1]


__all__ = ["HttpWard", "WHOLE"]
