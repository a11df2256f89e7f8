"""Servers that others wrote, connected by configuration alone; every record is compared with what another client reads
from the same server."""
from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import unittest
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/e2e")]

import places  # noqa: E402
from deployment import BUILD, Cluster  # noqa: E402
from link import Link  # noqa: E402
from ward import Ward, number  # noqa: E402

PEERS = BUILD / "peers"
MARIADB = ROOT / "tests/lib/mariadb.sh"
DAY = "2026-11-30"
RECORDS = 1250
PERSONS = 40            # of the ward's roster

HEAD = """department: ward
title: 试验部门
connection:
"""
DATASET = """datasets:
  bill:
    title: 费用
    grain: person
    access: bulk
    purpose: 试验
    legal_basis: 试验
    arrives: {every: day, grace: 2d}
    key: [bill_no]
"""
FIELDS = """    identity: {id_number: number, name: name}
    fields:
      bill_no: {from: id, type: text}
      paid_on: {from: visitedOn, type: date, role: event_date}
      burden:  {from: fee, type: money}
      note:    {from: note, type: text}
    quality: {on_new_column: ignore, on_missing_column: hold}
"""


def records() -> list[dict[str, str]]:
    return [{"id": f"V{i:04}", "number": number(i % PERSONS + 1), "name": f"甲{i % PERSONS + 1}",
             "visitedOn": f"2026-11-{i % 28 + 1:02}", "fee": f"{i * 37 % 100_000}.{i % 100:02}",
             "note": f"第{i}次,“引号”\"与/斜线,€😀"} for i in range(RECORDS)]


def get(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.loads(answer.read())


def spaceless(row: list[Any]) -> list[Any]:
    """Facts hold text without line breaks, invisible characters and blanks at its ends; None is blank."""
    return ["".join(c for c in v if unicodedata.category(c) not in ("Cc", "Cf", "Zs")) if isinstance(v, str) else v
            for v in ("" if v is None else v for v in row)]


class PeersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="bidui-peers-"))
        cls.folder.chmod(0o711)
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.cluster = Cluster(cls.folder / "pg")
        cls.addClassCleanup(cls.cluster.remove)

    def ward(self, connection: str, dataset: str, fields: str = FIELDS) -> Ward:
        """A deployment whose only department is the peer's; its roster is loaded."""
        name = self.id().rsplit(".", 1)[1]
        rules = ROOT / "config/rules"
        self.assertTrue(rules.is_dir())
        ward = Ward(self.folder / name, self.cluster, name, HEAD + connection + DATASET + dataset + fields)
        ward.run("roster", "load", day=DAY)
        return ward

    def facts(self, ward: Ward, *columns: str) -> list[list[str]]:
        ward.run("pull", "ward.bill", day=DAY)
        what = ", ".join(("record_key", *(f"f_{c}" for c in columns)))
        return json.loads(ward.sql("select coalesce(json_agg(json_build_array(" + what + ") order by record_key), '[]')"
                                   " from bidui.fact_ward__bill"))

    def same(self, got: list[list[Any]], want: list[list[Any]]) -> None:
        """The first that differs is told; a comparison of the whole would take for ever to print."""
        differ = [(g, w) for g, w in zip(got, want) if g != w]
        self.assertEqual(differ[:1], [])
        self.assertEqual(len(got), len(want))

    def compare(self, ward: Ward, read: list[dict[str, Any]]) -> None:
        """The facts, money as fen, are what the other client has read."""
        got = self.facts(ward, "paid_on", "burden", "note")
        want = [[r["id"], r["visitedOn"], int(r["fee"].replace(".", "")), r["note"]] for r in read]
        self.assertEqual(len(want), RECORDS)
        self.same(got, sorted(want))

    def serve(self, *command: object) -> subprocess.Popen:
        server = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL,
                                  env={**os.environ, "NODE_PATH": str(PEERS / "node_modules")})
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        return server

    # -- json-server --------------------------------------------------------------------------------------------------

    def json_server(self) -> str:
        port = places.free_port()
        data = self.folder / f"{self.id().rsplit('.', 1)[1]}.json"
        data.write_text(json.dumps({"visits": records()}, ensure_ascii=False))
        self.serve("node", PEERS / "node_modules/json-server/lib/cli/bin.js", "--host", "127.0.0.1", "--port", port, "--quiet",
                   data)
        places.wait_for(port)
        return f"http://127.0.0.1:{port}"

    def read_json_server(self, url: str) -> list[dict[str, Any]]:
        """Without pages it gives everything."""
        return get(f"{url}/visits")

    def test_json_server_by_pages_with_the_total_in_a_header(self) -> None:
        url = self.json_server()
        ward = self.ward(f"  kind: http\n  base_url: {url}\n", """    request: {path: /visits, query: {_sort: id}}
    paging: {kind: page_number, page: _page, size: _limit, page_size: 100, total_header: X-Total-Count}
    records: ""
""")
        self.compare(ward, self.read_json_server(url))

    def test_json_server_by_its_links(self) -> None:
        url = self.json_server()
        ward = self.ward(f"  kind: http\n  base_url: {url}\n", """    request: {path: /visits, query: {_page: '1', _limit: '90'}}
    paging: {kind: link, total_header: X-Total-Count}
    records: ""
""")
        self.compare(ward, self.read_json_server(url))

    # -- OData --------------------------------------------------------------------------------------------------------

    def test_odata_by_skip_and_top_with_its_count(self) -> None:
        data = self.folder / "odata"
        data.mkdir()
        (data / "Visits.json").write_text(json.dumps(records(), ensure_ascii=False))
        server = self.serve("node", ROOT / "tests/peers/odata.js", data)
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/odata"
        ward = self.ward(f"  kind: http\n  base_url: {url}\n", """    request: {path: /Visits, query: {$count: 'true', $orderby: id}}
    paging: {kind: offset, offset: $skip, limit: $top, page_size: 100, total: /@odata.count}
    records: /value
""")
        self.compare(ward, get(f"{url}/Visits?$top={RECORDS}")["value"])

    # -- nginx --------------------------------------------------------------------------------------------------------

    def nginx(self) -> tuple[str, Path]:
        """Static exports, gzipped for who asks; its log has status and what was sent of what."""
        work, port = self.folder / f"nginx_{self.id().rsplit('.', 1)[1]}", places.free_port()
        (work / "files").mkdir(parents=True)
        temp = "".join(f"{kind}_temp_path {work}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (work / "nginx.conf").write_text(
            f"daemon off; pid {work}/pid; error_log {work}/error.log; events {{}}\n"
            "http { log_format said '$status $sent_http_content_encoding $http_range';"
            f" access_log {work}/access.log said; {temp} etag on; gzip on; gzip_min_length 1; gzip_types *;\n"
            f" server {{ listen 127.0.0.1:{port}; root {work}/files; }} }}\n")
        if places.AS_USER:
            for path in [work, *work.rglob("*")]:
                shutil.chown(path, places.USER)
        server = subprocess.Popen(["/usr/sbin/nginx", "-c", str(work / "nginx.conf"), "-e", str(work / "error.log")],
                                  **places.QUIET, **places.AS_USER)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        places.wait_for(port)
        return f"http://127.0.0.1:{port}", work

    def test_nginx_export_in_gzip(self) -> None:
        url, work = self.nginx()
        (work / "files/visits.json").write_text(json.dumps({"rows": records()}, ensure_ascii=False))
        ward = self.ward(f"  kind: http\n  base_url: {url}\n", "    request: {path: /visits.json}\n    records: /rows\n")
        request = urllib.request.Request(f"{url}/visits.json", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            read = json.loads(gzip.decompress(answer.read()))["rows"]
        self.compare(ward, read)
        self.assertEqual([line for line in (work / "access.log").read_text().splitlines()], ["200 gzip -"] * 2)

    def test_nginx_export_whose_rest_is_fetched_by_range(self) -> None:
        url, work = self.nginx()
        text = "id,number,name,visitedOn,fee,note\n" + "".join(
            ",".join(['"' + v.replace('"', '""') + '"' for v in r.values()]) + "\n" for r in records())
        (work / f"files/visits_{DAY}.csv").write_bytes(text.encode("gb18030"))
        link = Link(("127.0.0.1", int(url.rpartition(":")[2])))
        link.fail(after=60_000, times=1)
        ward = self.ward(f"  kind: file\n  url: http://127.0.0.1:{link.port}\n",
                         "    match: \"visits_{yyyy-MM-dd}.csv\"\n    format: {kind: csv}\n")
        with urllib.request.urlopen(f"{url}/visits_{DAY}.csv") as answer:
            lines = answer.read().decode("gb18030")
        self.assertEqual(lines, text)
        self.compare(ward, records())
        self.assertIn("206 - bytes=", (work / "access.log").read_text())

    # -- MariaDB ------------------------------------------------------------------------------------------------------

    def test_mariadb_its_own_tables(self) -> None:
        """Its manual, which it fills itself; a column of the query names the person, for its records speak of nobody."""
        folder = self.folder / "mariadb"
        subprocess.run([MARIADB, "start", folder], check=True)
        self.addCleanup(subprocess.run, [MARIADB, "remove", folder], check=True)
        socket = subprocess.run([MARIADB, "socket", folder], check=True, capture_output=True, text=True).stdout.strip()
        ward = self.ward(f"""  kind: odbc
  dialect: mysql
  connection_string: "Driver=MariaDB Unicode;Socket={socket};Database=mysql;CHARSET=utf8mb4"
  user: root
""", f"""    query: "select help_topic_id, help_category_id, name, url, description, '{number(1)}' as person, '2026-11-01' as visited from help_topic where {{after}}"
    page_by: [help_topic_id]
    page_rows: 100
    long: [description]
""", """    identity: {id_number: person}
    fields:
      bill_no:     {from: help_topic_id, type: text}
      burden:      {from: help_category_id, type: money}
      paid_on:     {from: visited, type: date, role: event_date}
      topic:       {from: name, type: text}
      url:         {from: url, type: text}
      description: {from: description, type: text}
    quality: {on_new_column: ignore, on_missing_column: hold}
""")
        got = self.facts(ward, "burden", "topic", "url", "description")
        said = subprocess.run(["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-u", "root", "-S", socket, "--raw",
                               "--batch", "--skip-column-names", "-e",
                               "select json_array(convert(help_topic_id, char), help_category_id * 100, name, url, description)"
                               " from mysql.help_topic"], check=True, capture_output=True, text=True).stdout
        want = sorted(json.loads(line) for line in said.splitlines())
        self.assertGreater(len(want), 500)
        self.same([spaceless(row) for row in got], [spaceless(row) for row in want])


if __name__ == "__main__":
    unittest.main()
