"""`bidui connector new`: a department's file drafted from an interface, a table and sample files of the departments.

What a person has to decide is filled in as a person would; then the file must pass `check`, and `probe` must map rows."""
from __future__ import annotations

import base64
import contextlib
import http.server
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import unittest
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402
import yaml  # noqa: E402

from deployment import ROOT, Sandbox  # noqa: E402
from support import FULL_NUMBER  # noqa: E402
from ward import number  # noqa: E402

DECISIONS = {"purpose": "住房安全监测", "legal_basis": "政务数据共享条例", "every": "day"}
LONG_AGO = 1_600_000_000
PASSWORD = "s3cr3t-Zq81"


def fill(text: str) -> str:
    for key, value in DECISIONS.items():
        text, n = re.subn(rf"^( +{key}:)  # 待定.*$", rf"\1 {value}", text, flags=re.M)
        assert n == 1, f"{key} is not left open once:\n{text}"
    return text


class Drafting(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.sandbox = Sandbox(persons=1500, days=1)
        cls.sandbox.__enter__()
        cls.addClassCleanup(cls.sandbox.__exit__, None, None, None)
        cls.day = cls.sandbox.days[0]
        cls.sandbox.departments.day(cls.day)

    def setUp(self) -> None:
        self.d = self.sandbox.deployment()
        self.folder = self.d.folder / "trial"
        self.folder.mkdir()
        self.extra = {"TRIAL_APPTOKEN": PASSWORD, "TRIAL_DIR": str(self.folder), "BIDUI_TODAY": self.day}

    def draft(self, dataset: str, *args: str) -> str:
        text = self.d.run("connector", "new", f"trial.{dataset}", *args, extra=self.extra).stdout
        self.assertIsNone(FULL_NUMBER.search(text), "an identity number is shown")
        self.refused_until_decided(text)
        return text

    def place(self, text: str) -> Path:
        path = self.d.config / "connectors/trial.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def refused_until_decided(self, text: str) -> None:
        self.place(text)
        said = json.loads(self.d.run("check", "--json", ok=(2,), extra=self.extra).stdout)
        keys = {problem["key"].split(".")[-1] for problem in said["problems"]}
        self.assertEqual(keys, set(DECISIONS))

    def accepted(self, text: str, dataset: str, dirty: float = 0) -> dict:
        """The dataset's keys, once the filled file passes `check` and `probe` maps the rows: all but the dirty ones."""
        self.place(fill(text))
        said = json.loads(self.d.run("check", "--json", ok=None, extra=self.extra).stdout)
        self.assertEqual(said["problems"], [])
        shown = self.d.run("probe", f"trial.{dataset}", "--rows", "50", "--english", extra=self.extra).stdout
        self.assertIsNone(FULL_NUMBER.search(shown))
        rows, refused = map(int, re.search(r"(?m)^(\d+) rows, (\d+) cannot be mapped$", shown).groups())
        self.assertGreater(rows, 0)
        self.assertLessEqual(refused, rows * dirty, shown)
        return yaml.safe_load(text)["datasets"][dataset]

    def sample(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        os.utime(path, (LONG_AGO, LONG_AGO))
        return path

    def test_from_a_csv_file_in_gb18030(self) -> None:
        source = next((self.sandbox.data / "housing" / self.day).glob("鉴定_*.csv"))
        path = self.sample(source.name, source.read_bytes())
        text = self.draft("assessment", "--file", str(path))
        found = self.accepted(text, "assessment", dirty=0.1)
        self.assertEqual(found["match"], "鉴定_*.csv")
        self.assertEqual(found["format"], {"kind": "csv", "charset": "gb18030"})
        self.assertEqual((found["grain"], found["key"]), ("house", ["house_no"]))
        self.assertEqual(found["identity"], {"id_number": "身份证号", "name": "户主姓名", "village": "所在村"})
        self.assertEqual(found["fields"]["assessed_on"], {"from": "鉴定日期", "type": "date", "role": "event_date"})
        self.assertEqual(found["fields"]["only_house"]["type"], "flag")

    def test_from_a_workbook_below_a_title_with_amounts_in_ten_thousands(self) -> None:
        book = openpyxl.Workbook()
        for row in (["危房改造补助台账"], ["项目编号", "户主姓名", "身份证号", "竣工日期", "补助金额（万元）", "备注"],
                    ["X1", "张三", "990101199001012392", "2026-03-05", "1.5", "补发"],
                    ["X2", "李四", "990101198003045671", "2026年4月6日", "2", ""]):
            book.active.append(row)
        path = self.folder / "补助20260405.xlsx"
        book.save(path)
        os.utime(path, (LONG_AGO, LONG_AGO))
        text = self.draft("grant", "--file", str(path))
        found = self.accepted(text, "grant")
        self.assertEqual((found["match"], found["format"]), ("补助*.xlsx", {"kind": "xlsx"}))
        self.assertEqual(found["key"], ["project_no"])
        self.assertEqual([(f["type"], f["unit"]) for f in found["fields"].values() if "unit" in f], [("money", "万元")])
        self.assertNotIn("备注", str(found), "a column nobody knows is not read")
        self.assertIn("{from: 备注, type: text}", text, "but offered")
        for word in ("张三", "补发", "X1"):
            self.assertNotIn(word, text)

    def test_nothing_is_read_after_the_file_was_closed(self) -> None:
        path = self.sample("list.csv", "姓名,证件号码\n张三,990101199001012392\n".encode())
        self.d.run("connector", "new", "trial.list", "--file", str(path), extra=self.extra,
                   prefix=("valgrind", "-q", "--error-exitcode=9", "--leak-check=full"))

    def test_a_file_whose_columns_nobody_knows(self) -> None:
        path = self.sample("list.csv", b"alpha,beta,gamma\n1,2026-01-02,990101199001012392\n2,2026-01-03,\n")
        text = self.d.run("connector", "new", "trial.list", "--file", str(path), extra=self.extra).stdout
        self.assertIn("{from: alpha, type: number}", text)
        self.assertIn("{from: beta, type: date}", text)
        self.assertRegex(text, r"(?m)^    key:  # 待定")
        self.assertIsNone(FULL_NUMBER.search(text))

    def test_a_file_without_a_header_shows_nobody(self) -> None:
        for text in ("张三,990101199001012392,男\n李四,990101198003045671,男\n", "张三,一中,男\n李四,二中,男\n",
                     "张三,户主,990101199001012392\n李四,配偶,990101198003045671\n"):
            path = self.sample("list.csv", text.encode())
            done = self.d.run("connector", "new", "trial.list", "--file", str(path), ok=(1,), extra=self.extra)
            self.assertNotIn("张三", done.stdout + done.stderr)
            self.assertIn("没有表头", done.stderr)

    def test_from_a_table(self) -> None:
        text = self.draft("allowance", "--table", "dibao", "--connection", "${env:CIVIL_AFFAIRS_DB}")
        found = self.accepted(text, "allowance")
        self.assertEqual(yaml.safe_load(text)["connection"], {"kind": "postgres", "conninfo": "${env:CIVIL_AFFAIRS_DB}"})
        self.assertEqual(found["identity"], {"id_number": "hz_sfzh", "name": "hz_xm", "village": "cwh"})
        self.assertEqual(found["fields"]["monthly"], {"from": "ybzj", "type": "money"})
        self.assertEqual(found["key"], ["certificate_no"])

    def test_from_a_table_of_sqlite_behind_odbc(self) -> None:
        database = self.folder / "mz.db"
        with contextlib.closing(sqlite3.connect(database)) as db:
            db.execute("create table dibao (jzzh text primary key, hz_sfzh text, hz_xm text, ybzj text, bz text)")
            db.executemany("insert into dibao values (?, ?, ?, ?, ?)",
                           [(f"DB{n:03d}", number(n), f"甲{n}", f"{n}.50", "备注") for n in range(1, 300)])
            db.commit()
        self.extra["TRIAL_SQLITE"] = f"Driver=SQLite3;Database={database}"
        text = self.draft("allowance", "--table", "dibao", "--connection", "${env:TRIAL_SQLITE}", "--dialect", "sqlite")
        self.assertNotIn("甲", text)
        found = self.accepted(text, "allowance")
        self.assertEqual(yaml.safe_load(text)["connection"],
                         {"kind": "odbc", "dialect": "sqlite", "connection_string": "${env:TRIAL_SQLITE}"})
        self.assertEqual((found["table"], found["page_by"], found["key"]), ("dibao", ["jzzh"], ["certificate_no"]))
        self.assertEqual(found["identity"], {"id_number": "hz_sfzh", "name": "hz_xm"})
        self.assertIn("{from: bz, type: text}", text)

    def test_from_a_table_of_mariadb_behind_odbc(self) -> None:
        mariadb = ROOT / "tests/lib/mariadb.sh"
        subprocess.run([mariadb, "start", self.folder / "mariadb"], check=True)
        self.addCleanup(subprocess.run, [mariadb, "remove", self.folder / "mariadb"], check=True)
        socket = subprocess.run([mariadb, "socket", self.folder / "mariadb"], check=True, capture_output=True, text=True).stdout.strip()
        rows = ", ".join(f"('2026', {n}, '{number(n)}', '甲{n}', {n}.25)" for n in range(1, 40))
        subprocess.run([mariadb, "sql", self.folder / "mariadb"], check=True, text=True, stdout=subprocess.DEVNULL, input=(
            "create database mz character set utf8mb4; use mz; create table fuzhu (nd char(4), xh int, sfzh varchar(18), xm varchar(40),"
            f" je decimal(9,2), primary key (nd, xh)); insert into fuzhu values {rows};"
            f" create user reader identified by '{PASSWORD}'; grant select on mz.* to reader;"))
        self.extra["TRIAL_PASSWORD"] = PASSWORD
        self.extra["TRIAL_ODBC"] = f"Driver=MariaDB Unicode;SOCKET={socket};DATABASE=mz;CHARSET=utf8mb4"
        text = self.draft("aid", "--table", "mz.fuzhu", "--connection", self.extra["TRIAL_ODBC"], "--dialect", "mysql",
                          "--user", "reader", "--password", "${env:TRIAL_PASSWORD}")
        self.assertNotIn(socket, text, "a connection string may hold a password: it is never copied")
        found = self.accepted(text, "aid")
        self.assertEqual(found["page_by"], ["nd", "xh"])
        self.assertEqual(found["identity"], {"id_number": "sfzh", "name": "xm"})
        self.assertEqual(len(found["key"]), 2)

    def test_a_password_on_the_command_line_is_not_written(self) -> None:
        conninfo = self.sandbox.departments.env["CIVIL_AFFAIRS_DB"] + f" password={PASSWORD}"
        done = self.d.run("connector", "new", "trial.allowance", "--table", "dibao", "--connection", conninfo, extra=self.extra)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        self.assertIn('conninfo: "${env:TRIAL_DB}"', done.stdout)

    def url(self, path: str) -> tuple[str, ...]:
        return ("--url", self.sandbox.departments.env["EDUCATION_URL"] + path, "--header", "X-Api-Key=${env:EDUCATION_KEY}")

    def test_from_an_interface_whose_paging_is_proved(self) -> None:
        text = self.draft("enrolment", *self.url("/enrolment?page=1&pageSize=7"))
        self.assertRegex(text, r"paging: .*# 已核对")
        self.assertNotIn(self.sandbox.departments.env["EDUCATION_KEY"], text)
        found = self.accepted(text, "enrolment")
        self.assertEqual(found["paging"], {"kind": "page_number", "page": "page", "size": "pageSize", "first": 1,
                                           "page_size": 7, "total": "/data/total"})
        self.assertEqual(found["records"], "/data/rows")
        self.assertEqual(yaml.safe_load(text)["connection"]["ok"], {"pointer": "/code", "equals": ["0"]})
        self.assertEqual(found["identity"]["id_number"], "SFZH")
        self.assertEqual(found["fields"]["student_no"], {"from": "XJH", "type": "text"})

    def posted(self, name: str, body: str, path: str, *more: str) -> str:
        file = self.folder / "body"
        file.write_text(body, encoding="utf-8")
        return self.draft(name, *self.url(path), "--body", str(file), *more)

    def test_from_a_post_whose_body_turns_the_pages(self) -> None:
        body = '{"page": 1, "pageSize": "7",\n "appSecret": "%s", "kind": "all"}' % PASSWORD
        self.extra["TRIAL_APPSECRET"] = PASSWORD
        text = self.posted("enrolment", body, "/enrolment")
        self.assertNotIn(PASSWORD, text)
        found = self.accepted(text, "enrolment")
        self.assertEqual(found["request"]["body"], body.replace(": 1,", ": {page},").replace('"7"', '"{size}"')
                         .replace(PASSWORD, "${env:TRIAL_APPSECRET}"))
        self.assertEqual(found["request"]["method"], "POST")
        self.assertEqual(found["paging"], {"kind": "page_number", "first": 1, "page_size": 7, "total": "/data/total"})
        self.assertRegex(text, r"paging: .*# 已核对")

    def test_from_a_form(self) -> None:
        found = self.accepted(self.posted("enrolment", "page=2&pageSize=9&kind=a%20b", "/enrolment"), "enrolment")
        self.assertEqual(found["request"], {"method": "POST", "path": "/education/enrolment", "query": {"kind": "a b"}})
        self.assertEqual((found["paging"]["page"], found["paging"]["size"], found["paging"]["page_size"]), ("page", "pageSize", 9))

    def test_from_soap_with_json_in_an_element(self) -> None:
        body = '<?xml version="1.0"?>\n<s:Envelope xmlns:s="urn:s"><q:page xmlns:q="a">1</q:page><size>5</size></s:Envelope>'
        found = self.accepted(self.posted("enrolment", body, "/enrolment/soap", "--soap-action", "query"), "enrolment")
        self.assertEqual(found["request"]["body"], body.replace(">1<", ">{page}<").replace(">5<", ">{size}<"))
        self.assertEqual(found["request"]["headers"], {"SOAPAction": "query"})
        self.assertEqual(found["format"], {"kind": "xml", "inner": {"at": "/Envelope/Body/answer/return", "kind": "json"}})
        self.assertEqual((found["records"], found["paging"]["total"]), ("/data/rows", "/data/total"))
        self.assertEqual(found["identity"]["id_number"], "SFZH")

    def test_from_soap_whose_records_are_elements(self) -> None:
        rows = [[f"X{n:03d}", "2026-03-0%d" % (n % 9 + 1), number(n), f"甲{n}"] for n in range(1, 24)]
        folder = self.folder / "gateways/public_security"
        folder.mkdir(parents=True)
        (folder / "accident.json").write_text(json.dumps({"columns": ["sgbh", "sgrq", "sfzh", "xm"], "rows": rows}))
        port = self.folder / "port"
        reading, writing = os.pipe()
        server = subprocess.Popen([sys.executable, ROOT / "tests/departments/gateways.py", "--data", self.folder / "gateways",
                                   "--port-file", port], pass_fds=(writing,))
        os.close(writing)
        os.close(reading)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        while not port.exists() and server.poll() is None:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
        self.extra["TRIAL_LOGIN"] = "Basic " + base64.b64encode(b"bidui:public-security-password").decode()
        body = self.folder / "body.xml"
        body.write_text('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><query xmlns="urn:gateway">'
                        "<service>accident</service><pageNo>1</pageNo><pageSize>10</pageSize></query></s:Body></s:Envelope>")
        text = self.draft("accident", "--url", f"http://127.0.0.1:{port.read_text().strip()}/public_security/services", "--header",
                          "Authorization=${env:TRIAL_LOGIN}", "--body", str(body))
        self.assertNotIn("甲", text)
        self.assertRegex(text, r"paging: .*# 已核对:最后一页(3)正好 3 条".replace("(", "[((]").replace(")", "[))]"))
        found = self.accepted(text, "accident")
        self.assertEqual((found["format"], found["records"]), ({"kind": "xml"}, "/Envelope/Body/queryResponse/items/item"))
        self.assertEqual(found["paging"]["total"], "/Envelope/Body/queryResponse/total")
        self.assertEqual(yaml.safe_load(text)["connection"]["ok"]["pointer"], "/Envelope/Body/queryResponse/code")
        self.assertEqual(found["identity"], {"id_number": "sfzh", "name": "xm"})

    def test_an_interface_asked_without_a_page(self) -> None:
        text = self.draft("enrolment", *self.url("/enrolment?appToken=" + PASSWORD))
        self.assertNotIn(PASSWORD, text)
        self.assertIn('"appToken": "${env:TRIAL_APPTOKEN}"', text)

    def suggested(self, name: str, *lines: str) -> str:
        """Without its paging the dataset is asked what its paging is."""
        path = self.d.config / "connectors/education.yaml"
        text = path.read_text(encoding="utf-8")
        dropped = [line for line in text.splitlines(True) if not line.startswith("    paging:")]
        path.write_text("".join(dropped), encoding="utf-8")
        said = self.d.run("probe", f"education.{name}", "--suggest", extra=self.extra).stdout
        self.assertIsNone(FULL_NUMBER.search(said))
        for line in lines:
            self.assertIn(line, said)
        return said

    def test_paging_is_suggested_and_proved(self) -> None:
        said = self.suggested("enrolment", 'records: "/data/rows"', 'total: "/data/total"}  # 把握:高', "charset: utf-8")
        self.assertRegex(said, r"paging: \{kind: page_number, page: page, first: 1, page_size: \d+,")
        self.assertRegex(said, r"(?m)^# 日期 RXRQ: 9")
        self.assertRegex(said, r"(?m)^# 列 XJH: text$")
        self.assertLessEqual(int(re.search(r"共 (\d+) 次请求", said).group(1)), 5)

    def test_an_offset_and_a_cursor_are_suggested(self) -> None:
        self.suggested("attendance", "paging: {kind: offset, offset: offset, first: 0,", "把握:高")
        said = self.suggested("aid", 'paging: {kind: cursor, cursor: "cursor", next: "/data/next", initial: "*"}  # 把握:高,已读到最后一页:')
        records = len((self.sandbox.data / "education/aid.jsonl").read_text().splitlines())
        self.assertEqual(int(re.search(r"页 (\d+) 条", said).group(1)), records)

    def test_pages_without_a_total_are_read_to_the_end(self) -> None:
        """An interface that says nothing but its records: three pages of four, and one of two."""
        class Plain(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = dict(parse_qsl(urlsplit(self.path).query))
                first = 4 * (int(asked.get("page", "1")) - 1)
                body = json.dumps([{"XJH": f"X{i}", "zt": "1"} for i in range(first, min(first + 4, 14))]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):      # what was asked ahead is not waited for at the end
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            self.extra["EDUCATION_URL"] = f"http://127.0.0.1:{server.server_port}"
            self.d.edit("connectors/education.yaml", "  ok: {pointer: /code", "  # ok: {pointer: /code")
            try:
                self.suggested("enrolment", "paging: {kind: page_number, page: page, first: 1, page_size: 4}  # 把握:高,已读到最后一页:4 页 14 条")
            finally:
                server.shutdown()
                thread.join()

    def test_a_next_address_is_followed_to_the_end(self) -> None:
        self.configured("aid", "{method: GET, path: /aid/next}")
        self.suggested("aid", 'paging: {kind: next_url, next: "/data/next"}  # 把握:高,已读到最后一页:')

    def configured(self, name: str, request: str) -> None:
        self.d.edit("connectors/education.yaml", f"request: {{method: GET, path: /{name}}}", f"request: {request}")

    def test_a_body_that_turns_the_pages(self) -> None:
        body = '{"pageSize": 6, "page": "1", "appSecret": "%s"}' % PASSWORD
        self.configured("enrolment", f"{{method: POST, path: /enrolment, body: '{body}'}}")
        said = self.suggested("enrolment", "paging: {kind: page_number, first: 1, page_size: 6, total:", "把握:高",
                              "request.body: page 的值改为 {page}", "request.body: pageSize 的值改为 {size}")
        self.assertNotIn(PASSWORD, said)

    def test_a_soap_answer_is_suggested(self) -> None:
        self.configured("enrolment", "{method: POST, path: /enrolment/soap, content_type: text/xml, "
                        "body: '<e><page>{page}</page><size>{size}</size></e>'}")
        said = self.d.run("probe", "education.enrolment", "--suggest", extra=self.extra).stdout     # its holes are there already
        self.assertIn("paging: {kind: page_number, first: 1, page_size: 10, total:", said)
        self.assertNotIn("改为", said)
        self.d.edit("connectors/education.yaml", "<page>{page}</page><size>{size}</size>", "<page>1</page><size>5</size>")
        self.suggested("enrolment", "format: {kind: xml, inner: {at: \"/Envelope/Body/answer/return\", kind: json}}",
                       'records: "/data/rows"', "paging: {kind: page_number, first: 1, page_size: 5, total:", "把握:高",
                       "request.body: page 的值改为 {page}")

    def test_a_gateway_that_refuses_is_quoted(self) -> None:
        body = json.dumps({"code": 1004, "msg": "签名验证失败", "message": f"号码 {number(1)}"}).encode()

        class Refusing(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                said = self.d.run("connector", "new", "trial.x", "--url", f"http://127.0.0.1:{server.server_port}/x", ok=(1,),
                                  extra=self.extra).stderr
            finally:
                server.shutdown()
                thread.join()
        self.assertIn("返回中没有记录列表,对方说: code=1004 msg=签名验证失败\n", said)
        self.assertIn("first-gateway", said)
        self.assertNotIn(number(1), said)

    def test_what_cannot_be_drafted(self) -> None:
        for args in (("trial.x",), ("trial", "--file", "a"), ("trial.x", "--file", "a", "--url", "http://a/"),
                     ("trial.x", "--table", "a"), ("trial.x", "--table", "a; drop", "--connection", "x"),
                     ("trial.x", "--url", "ftp://a/b"), ("trial.x", "--url", "http://user:word@a/b"),
                     ("trial.x", "--url", "http://a/", "--header", "X-Api-Key=clear"),
                     ("trial.x", "--file", "a", "--body", "b"),
                     ("trial.x", "--file", "a", "--dialect", "mysql"),
                     ("trial.x", "--table", "a", "--connection", "x", "--user", "u"),
                     ("trial.x", "--table", "a", "--connection", "x", "--dialect", "db9"),
                     ("trial.x", "--table", "a", "--connection", "x", "--dialect", "mysql", "--password", "clear")):
            with self.subTest(args):
                self.d.run("connector", "new", *args, ok=(2,), extra=self.extra)
        self.d.run("connector", "new", "trial.x", "--file", "/nonexistent.csv", ok=(1,), extra=self.extra)


if __name__ == "__main__":
    unittest.main()
