#!/usr/bin/env python3
"""Breaks a copy of config/ in one place at a time and judges what `bidui check` says about it.

Usage: broken_config.py BIDUI [NAME...]

Each mistake is an edit of one file: text is replaced (once, after an optional anchor), or the file is written or
removed. The expected line is found here, from the edited text, never from what the program printed.
A mistake passes when `check --json` exits 2 (0 for a warning), names that file, line and key with the wanted words
in message and hint, and says nothing else is wrong except what the mistake lists under `also`.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "config")
GUIDE = os.path.join(SOURCE, "..", "docs", "odbc")
EDU, CIV, HEA = "connectors/education.yaml", "connectors/civil_affairs.yaml", "connectors/health_insurance.yaml"
MATCH = '    match: "roster-*.csv"\n'
PARTS = '    parts: {on: 户编号, households: {match: ["户*"]}, persons: {match: ["人*"]}}\n'
HOU, WAT, ROS = "connectors/housing.yaml", "connectors/water.yaml", "connectors/roster.yaml"
TAX, BANK = "connectors/tax.yaml", "connectors/bank.yaml"
PAR, CAL, COD, MAIN = "parameters.yaml", "calendar.yaml", "codes/codes.yaml", "bidui.yaml"
REDU, RMED, RWAT = "rules/education.yaml", "rules/medical.yaml", "rules/water.yaml"
SECRET = "s3cr3t-Zq81"            # planted in the clear where a secret belongs; may never be shown


class Mistake:
    """`at`: text that marks the expected line in the edited file, searched after `after`."""

    def __init__(self, name, file, old=None, new=None, *, after="", at=None, key="", says="", hint="",
                 write=None, remove=False, also=(), warning=False, line=None, department=None,
                 file_said=None, silences_rules=False):
        self.name, self.file, self.old, self.new, self.after = name, file, old, new, after
        self.at = new if at is None else at
        self.key, self.says, self.hint, self.write, self.remove = key, says, hint, write, remove
        self.silences_rules = silences_rules    # rules may be told, too, that what they name is gone
        self.file_said = file_said or file      # where the problem is told, if not where the edit was made
        self.also, self.warning, self.line, self.department = also, warning, line, department

    def apply(self, folder):
        path = os.path.join(folder, self.file)
        if self.remove:
            (shutil.rmtree if os.path.isdir(path) else os.remove)(path)
            return
        text = self.write
        if text is None:
            text = open(path, encoding="utf-8").read()
            start = text.index(self.after)
            cut = text.index(self.old, start)
            text = text[:cut] + self.new + text[cut + len(self.old):]
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)

    def wanted_line(self, folder):
        if self.line is not None:
            return self.line
        text = open(os.path.join(folder, self.file_said), encoding="utf-8").read()
        start = text.index(self.after) if self.file_said == self.file else 0
        return text.count("\n", 0, text.index(self.at, start)) + 1


M = Mistake
DB, DB_FILE = open(os.path.join(SOURCE, "..", "docs", "odbc", "sqlserver.yaml"), encoding="utf-8").read(), "connectors/mz.yaml"


def O(name, old, new, *, at=None, **wanted):
    """A mistake in a department that is read by ODBC."""
    if old not in DB:
        raise ValueError(f"{name}: {old!r} not found")
    return M(f"odbc-{name}", DB_FILE, write=DB.replace(old, new), department="civil_affairs_sqlserver",
             at=new.strip() if at is None else at, **wanted)


CONTROL = """      query: "select ZT, JZSJ from BIDUI_KZB where BM = 'V_BIDUI_DIBAO'"\n"""
BEARER, REF = 'auth: {kind: bearer, token: "${env:HEALTH_INSURANCE_TOKEN}"}', '"${env:HEALTH_INSURANCE_TOKEN}"'
TIMEOUT = "timeout: 30s"


def signature(old="", new=""):
    """A right `auth: {kind: signature}` for the health insurance, with one thing in it replaced."""
    text = f"""auth:
    kind: signature
    app_key: bidui
    app_secret: {REF}
    sign: {{text: "{{app_key}}{{app_secret}}{{time}}", digest: sha1}}
    headers: {{key: "{{app_key}}", time: "{{time}}", sign: "{{sign}}"}}"""
    assert old in text
    return text.replace(old, new)


def token(old="", new=""):
    text = f"""auth:
    kind: token
    token_from:
      request: {{path: /login, json: {{user: bidui, password: {REF}}}}}
      value: /data/token
      expires_in: /data/ttl
    headers: {{Authorization: "Bearer {{token}}"}}"""
    assert old in text
    return text.replace(old, new)


def AID(name, old, new, *, key, **rest):
    """A mistake in education.aid, the last of its file; `key` is below the dataset."""
    return M("aid-" + name, EDU, old, new, after="  aid:\n", key="datasets.aid." + key, **rest)


def lists_far(to):
    """Name lists by SFTP, read in /drop/back."""
    text = open(os.path.join(SOURCE, BANK), encoding="utf-8").read()
    for old, new in (('folder: "${env:BANK_DIR}/back"', 'url: "sftp://bank.example/drop/back", user: u, password: "${env:BANK_DIR}",'
                      ' host_key: ["SHA256:a"]'), ('"${env:BANK_DIR}/out"', f'"{to}"')):
        assert old in text
        text = text.replace(old, new)
    return text


def FIL(name, format, *, key, **rest):
    """A mistake in how the housing department's first file is read."""
    records = "" if "kind: csv" in format else "\n    records: /rows"
    return M("file-" + name, HOU, 'format: {kind: csv, charset: gb18030, header: true, delimiter: ","}', f"format: {{{format}}}{records}",
             at="format: {", key="datasets.assessment.format" + key, **rest)


AID_PAGING = 'paging: {kind: cursor, cursor: cursor, next: /data/next, initial: "*", size: limit, page_size: 500}'
MISTAKES = [
    # a department's database by ODBC
    O("dialect", "dialect: sqlserver", "dialect: sqlsever", key="connection.dialect", says="sqlserver", hint="sqlserver"),
    O("dialect-missing", "  dialect: sqlserver\n", "", at="connection:", key="connection", says='"dialect"'),
    O("charset", "\n  charset: utf-16", "\n  charset: utf16", at="  charset: utf16", key="connection.charset", says="utf-16", hint="utf-16"),
    O("password-in-clear", '"${env:CIVIL_AFFAIRS_PASSWORD}"', f'"{SECRET}"', key="connection.password", says="密钥不能写"),
    O("password-in-string", "Encrypt=yes;", f"PWD={SECRET};", at="connection_string:", key="connection.connection_string",
      says="密码不能写", hint="password"),
    O("no-driver", "Driver=ODBC Driver 18 for SQL Server;", "", at="connection_string:", key="connection.connection_string",
      says="Driver="),
    O("timeout-form", "\n  charset: utf-16", "\n  statement_timeout: 10 minutes", key="connection.statement_timeout", says="时长"),
    O("no-form", "    table: dbo.v_bidui_dibao\n", "", at="  allowance:", key="datasets.allowance", says="table 和 query"),
    O("two-forms", "    page_by:", '    query: "select 1"\n    page_by:', at='    query: "select 1"',
      key="datasets.allowance.query", says="table 和 query"),
    O("where-of-query", "table: dbo.v_bidui_dibao", 'query: "select JZZH from a"\n    where: "a = 1"', at='where: "a',
      key="datasets.allowance.where", says="只用于 table"),
    O("after-without-pages", "    table: dbo.v_bidui_dibao\n    page_by: [JZZH] ", '    query: "select 1 where {after}" ',
      at="query:", key="datasets.allowance.query", says="page_by"),
    O("after-quoted", "table: dbo.v_bidui_dibao", """query: "select 1 where '{after}'\"""", at="query:",
      key="datasets.allowance.query", says="{after}"),
    O("page-rows", "    page_by:", "    page_rows: 0\n    page_by:", at="page_rows", key="datasets.allowance.page_rows",
      says="1 到 100000"),
    O("page-rows-without", "page_by: [JZZH] ", "page_rows: 10 ", key="datasets.allowance.page_rows", says="page_by"),
    O("page-by-twice", "page_by: [JZZH]", "page_by: [JZZH, JZZH]", key="datasets.allowance.page_by.1", says="重复"),
    O("page-by-empty", "page_by: [JZZH]", "page_by: []", key="datasets.allowance.page_by", says="至少"),
    O("since-without-incremental", "table: dbo.v_bidui_dibao", 'query: "select 1 where t > {since}"',
      key="datasets.allowance.query", says="增量"),
    O("control-no-as-of", "      as_of: JZSJ\n", "", at="    control:", key="datasets.allowance.control", says='"as_of"'),
    O("control-no-query", CONTROL, "", at="    control:", key="datasets.allowance.control", says='"query"'),
    O("control-since", "from BIDUI_KZB where", "from BIDUI_KZB where t > {since} and", at="      query:",
      key="datasets.allowance.control.query", says="{since}"),
    M("odbc-mysql-unpaged", DB_FILE, write=DB.replace("dialect: sqlserver", "dialect: mysql").replace("    page_by: [JZZH]", ""),
      at="  allowance:", key="datasets.allowance", says="内存", hint="page_by", warning=True),
    M("postgres-slices", WAT, '    query: "select gcbm', '    slices: 4\n    query: "select gcbm', at="    slices:",
      key="datasets.works.slices", says="order_by"),
    M("postgres-slices-range", WAT, '    query: "select gcbm', '    slices: 1\n    order_by: [gcbm]\n    query: "select gcbm',
      at="    slices:", key="datasets.works.slices", says="2 到 16"),
    M("postgres-slice-by", WAT, '    query: "select gcbm', '    slice_by: gcbm\n    query: "select gcbm', at="    slice_by:",
      key="datasets.works.slice_by", says="slices"),
    M("postgres-control", WAT, '    query: "select gcbm', '    control: {query: "select 1", done: x}\n    query: "select gcbm',
      at="    control:", key="datasets.works.control", says='"as_of"'),
    # bidui.yaml
    M("main-unknown-key", MAIN, "workers: 2", "worker: 2", key="worker", says="没有这个键", hint="workers"),
    M("main-missing-county", MAIN, 'county: "990121"', "", line=4, key="", says='"county"'),
    M("main-county-form", MAIN, '"990121"', '"99012"', key="county", says="6 位数字"),
    M("main-language", MAIN, "language: zh", "language: cn", key="language", says="zh、en"),
    M("main-workers-range", MAIN, "workers: 2", "workers: 0", key="workers", says="1 到 64"),
    M("main-workers-type", MAIN, "workers: 2", "workers: two", key="workers", says="整数"),
    M("main-trial-type", MAIN, "trial: false", "trial: maybe", key="trial", says="true 或 false"),
    M("main-dispatch", MAIN, "dispatch: automatic", "dispatch: screend", key="dispatch", says="screened",
      hint="screened"),
    M("main-list-due", MAIN, '"07:00"', '"7am"', key="list_due", says="23:59"),
    M("main-report-at", MAIN, "workers: 2", 'report_at: "18h"\nworkers: 2', key="report_at", says="23:59", hint="18:00"),
    M("main-report-day", MAIN, "workers: 2", "report_day: 29\nworkers: 2", key="report_day", says="1 到 28"),
    M("main-remark-days", MAIN, "workers: 2", "remark_days: -1\nworkers: 2", key="remark_days", says="0 到 3650"),
    M("main-key-in-clear", MAIN, '"${env:BIDUI_CODE_KEY}"', f'"{SECRET}"', key="keys.code", says="密钥不能写",
      hint="${env:"),
    M("main-database-password", MAIN, '"${env:BIDUI_DATABASE}"', f'"host=db password={SECRET}"', key="database",
      says="明文密码"),
    M("main-bad-reference", MAIN, "${env:BIDUI_OUT}", "${ENV:BIDUI_OUT}", key="out", says="引用", hint="${env:"),
    M("main-missing-file", MAIN, remove=True, line=1, says="读写失败"),
    M("main-syntax", MAIN, "title: 示例县", "title: 示例县: 全称", says="没有加引号", hint="引号"),
    # a department's file
    M("dept-syntax", EDU, "  timeout: 30s", "\ttimeout: 30s"),
    M("dept-syntax-other-file-name", "connectors/jyj.yaml", write="# 教育局\ndepartment: jyj   # 简称\ntitle: [教育局\n", line=4,
      says="方括号", department="jyj"),
    M("dept-duplicate-key", EDU, "  aid:\n", "  attendance:\n", after="absence_no", says="重复"),
    M("dept-unknown-key", EDU, "title: 教育局", "titel: 教育局\ntitle: 教育局", key="titel", says="没有这个键", hint="title"),
    M("dept-missing-connection", WAT, "connection:\n", "conection:\n", key="conection", says="没有这个键", hint="connection",
      also=[""]),
    M("dept-missing-title", WAT, "title: 水利局\n", "", line=1, says='"title"'),
    M("dept-repeated", WAT, "department: water", "department: housing", key="department", says="已在", hint="合并"),
    M("dept-name-form", WAT, "department: water", "department: Water-Bureau", key="department", says="小写字母"),
    M("kind-unknown", EDU, "kind: http", "kind: htp", key="connection.kind", says="没有这种连接方式",
      hint="http, postgres, odbc, file"),
    M("kind-missing", EDU, "  kind: http\n", "", at="connection:", key="connection", says='"kind"', hint="postgres"),
    M("connection-unknown-key", EDU, "  timeout: 30s", "  timeuot: 30s", key="connection.timeuot", says="没有这个键",
      hint="timeout"),
    M("connection-duration", CIV, "statement_timeout: 10min", "statement_timeout: 10 minutes",
      key="connection.statement_timeout", says="时长"),
    M("secret-token-in-clear", HEA, '"${env:HEALTH_INSURANCE_TOKEN}"', f'"{SECRET}"', key="connection.auth.token",
      says="密钥不能写", hint="${env:"),
    M("secret-api-key-in-clear", EDU, '"${env:EDUCATION_KEY}"', f'"{SECRET}"', key="connection.auth.key", says="密钥不能写"),
    M("secret-in-url", EDU, '"${env:EDUCATION_URL}"', f'"https://jyj:{SECRET}@jyj.example/api"',
      key="connection.base_url",
      says="明文密码", hint="${env:"),
    M("conninfo-password", WAT, '"${env:WATER_DB}"', f'"host=slj password={SECRET}"', key="connection.conninfo",
      says="密码不能写",
      hint="${env:"),
    M("base-url-scheme", HEA, '"${env:HEALTH_INSURANCE_URL}"', "ybj.example/gateway", key="connection.base_url",
      says="https://"),
    M("auth-kind", HEA, "kind: bearer", "kind: barer", key="connection.auth.kind", says="bearer", hint="bearer"),
    M("auth-needs-header", EDU, "header: X-Api-Key, ", "", at="  auth:", key="connection.auth", says="header"),
    M("api-key-twice", EDU, "header: X-Api-Key,", "header: X-Api-Key, parameter: key,", key="connection.auth",
      says="header 或 parameter"),
    M("sign-unknown-part", HEA, BEARER, signature("{app_key}{app_secret}{time}", "{app_key}{app_secret}{tim}"), at="sign: {text",
      key="connection.auth.sign.text", says="{tim}", hint="{time}"),
    M("sign-open-brace", HEA, BEARER, signature("{app_key}{app_secret}{time}", "{app_key}{app_secret"), at="sign: {text",
      key="connection.auth.sign.text", says="花括号", hint="{{"),
    M("sign-digest", HEA, BEARER, signature("digest: sha1", "digest: sha-1"), at="sign: {text", key="connection.auth.sign.digest",
      says="sha256", hint="sha1"),
    M("sign-encoding", HEA, BEARER, signature("digest: sha1", "digest: sha1, encoding: HEX"), at="sign: {text",
      key="connection.auth.sign.encoding", says="upper_hex"),
    M("sign-missing", HEA, BEARER, signature('    sign: {text: "{app_key}{app_secret}{time}", digest: sha1}\n', ""), at="auth:",
      key="connection.auth", says="sign", also=["connection.auth.headers.sign"]),
    M("sign-key-of-plain-digest", HEA, BEARER, signature("digest: sha1", f"digest: sha1, key: {REF}"), at="sign: {text",
      key="connection.auth.sign.key", says="HMAC", hint="hmac_"),
    M("sign-hmac-without-key", HEA, BEARER, signature("digest: sha1", "digest: hmac_sm3").replace(f"    app_secret: {REF}\n", "")
      .replace("{app_secret}", ""), at="sign: {text", key="connection.auth.sign", says="密钥", hint="app_secret"),
    M("sign-secret-in-clear", HEA, BEARER, signature(REF, f'"{SECRET}"'), at="app_secret", key="connection.auth.app_secret",
      says="密钥不能写"),
    M("sign-time", HEA, BEARER, signature("app_key: bidui", "app_key: bidui\n    time: YYYYMMDD"), at="time: YYYYMMDD",
      key="connection.auth.time", says="yyyy"),
    M("sign-value-name", HEA, BEARER, signature("app_key: bidui", "app_key: bidui\n    values: {time: x}"), at="values:",
      key="connection.auth.values.time", says="名字"),
    M("sign-no-token", HEA, BEARER, signature("{app_key}{app_secret}{time}", "{app_key}{token}{time}"), at="sign: {text",
      key="connection.auth.sign.text", says="{token}", hint="token_from"),
    M("nonce-kind", HEA, BEARER, signature("app_key: bidui", "app_key: bidui\n    nonce: {kind: guid}"), at="nonce:",
      key="connection.auth.nonce.kind", says="uuid"),
    M("token-needs-value", HEA, BEARER, token("      value: /data/token\n", ""), at="token_from:",
      key="connection.auth.token_from", says='"value"'),
    M("token-pointer", HEA, BEARER, token("/data/ttl", "data.ttl"), at="expires_in", key="connection.auth.token_from.expires_in",
      says="JSON Pointer"),
    M("token-password-in-clear", HEA, BEARER, token(REF, f'"{SECRET}"'), at="request:",
      key="connection.auth.token_from.request.json.password", says="密钥不能写"),
    M("token-path", HEA, BEARER, token("path: /login", "path: login"), at="request:",
      key="connection.auth.token_from.request.path", says="/ 或"),
    M("token-in-its-own-request", HEA, BEARER, token("user: bidui", 'user: "{token}"'), at="request:",
      key="connection.auth.token_from.request.json.user", says="{token}"),
    M("token-missing", HEA, BEARER, "auth: {kind: token}", key="connection.auth", says="token_from"),
    M("oauth2-needs-secret", HEA, BEARER, "auth: {kind: oauth2, token_url: /t, client_id: a}", key="connection.auth",
      says="client_secret"),
    M("tls-cert-without-key", HEA, TIMEOUT, "tls: {cert: a.pem}", key="connection.tls.cert", says="key"),
    M("tls-min", HEA, TIMEOUT, "tls: {min: '1.1'}", key="connection.tls.min", says="1.2"),
    M("tls-passphrase-in-clear", HEA, TIMEOUT, f"tls: {{cert: a.pem, key: a.key, passphrase: {SECRET}}}",
      key="connection.tls.passphrase", says="密钥不能写"),
    M("limits-hours", HEA, TIMEOUT, "limits: {hours: 22-6}", key="connection.limits.hours", says="22:00-06:00"),
    M("limits-rate-twice", HEA, TIMEOUT, "limits: {per_second: 1, per_minute: 9}", key="connection.limits.per_minute",
      says="per_second"),
    M("limits-range", HEA, TIMEOUT, "limits: {at_once: 0}", key="connection.limits.at_once", says="1 到"),
    M("redirects-range", HEA, TIMEOUT, "redirects: 9", key="connection.redirects", says="0 到 5"),
    M("decrypt-cipher", HEA, "    records: /output/data", f"    records: /output/data\n    filters: [{{kind: decrypt, cipher: sm4, key: {REF}}}]",
      at="filters:", key="datasets.enrolment.filters.0.cipher", says="sm4_cbc"),
    M("decrypt-needs-iv", HEA, "    records: /output/data", f"    records: /output/data\n    filters: [{{kind: decrypt, cipher: sm4_cbc, key: {REF}}}]",
      at="filters:", key="datasets.enrolment.filters.0", says="iv"),
    M("decrypt-key-in-clear", HEA, "    records: /output/data",
      f"    records: /output/data\n    filters: [{{kind: decrypt, cipher: sm4_ecb, key: {SECRET}}}]",
      at="filters:", key="datasets.enrolment.filters.0.key", says="密钥不能写"),
    M("decrypt-column", HEA, "    records: /output/data",
      f"    records: /output/data\n    decrypt: [{{columns: [psn_nr], cipher: sm4_ecb, key: {REF}}}]",
      at="decrypt:", key="datasets.enrolment.decrypt.0.columns.0", says="psn_nr", hint="psn_no"),
    M("credential-name", HEA, REF, '"${credential:a/b}"', key="connection.auth.token", says="a/b"),
    M("parallel-range", EDU, "parallel: 4", "parallel: 0", key="connection.parallel", says="1 到"),
    M("request-path", EDU, "path: /enrolment", "path: enrolment", key="datasets.enrolment.request.path", says="/ 开头"),
    M("request-method", EDU, "method: GET, path: /aid", "method: get, path: /aid", key="datasets.aid.request.method",
      says="GET"),
    M("records-pointer", HEA, "records: /output/data", "records: output.data", key="datasets.enrolment.records",
      says="JSON Pointer"),
    M("paging-kind", EDU, "paging: {kind: offset,", "paging: {kind: ofset,", key="datasets.attendance.paging.kind",
      says="offset", hint="offset"),
    M("paging-cursor-needs-next", EDU, "next: /data/next, ", "", at="paging: {kind: cursor",
      key="datasets.aid.paging", says="next"),
    # how bodies are written, filters, and the further ways to page (education.aid)
    AID("format-kind", "records: /data/rows", "format: {kind: jsn}\n    records: /data/rows", at="format:", key="format.kind",
        says="json"),
    AID("format-charset", "records: /data/rows", "format: {kind: json, charset: big5}\n    records: /data/rows", at="format:",
        key="format.charset", says="gb18030"),
    AID("format-namespaces", "records: /data/rows", "format: {kind: json, namespaces: {a: b}}\n    records: /data/rows",
        at="format:", key="format.namespaces", says="xml"),
    AID("format-delimiter", "records: /data/rows", "format: {kind: csv, delimiter: ab}\n    records: /data/rows",
        at="format:", key="format.delimiter", says="ASCII"),
    AID("format-inner-at", "records: /data/rows", "format: {kind: xml, inner: {kind: json}}\n    records: /data/rows",
        at="format:", key="format.inner", says='"at"'),
    AID("format-inner-of-lines", "records: /data/rows", "format: {kind: ndjson, inner: {at: /a, kind: json}}\n    records: /data/rows",
        at="format:", key="format.inner", says="json"),
    AID("xml-records", "records: /data/rows", "format: {kind: xml}\n    records: ''", at="    records:", key="records",
        says="XML"),
    AID("filter-kind", "records: /data/rows", "filters: [{kind: rar}]\n    records: /data/rows", at="filters:",
        key="filters.0.kind", says="zip"),
    AID("filter-member", "records: /data/rows", "filters: [{kind: gzip, member: a}]\n    records: /data/rows", at="filters:",
        key="filters.0.member", says="zip"),
    AID("filter-password", "records: /data/rows", f"filters: [{{kind: zip, password: {SECRET}}}]\n    records: /data/rows",
        at="filters:", key="filters.0.password", says="密钥不能写"),
    AID("caps-body", "records: /data/rows", "caps: {body: 0}\n    records: /data/rows", at="    caps:", key="caps.body", says="1024"),
    AID("caps-depth", "records: /data/rows", "caps: {depth: 1}\n    records: /data/rows", at="    caps:", key="caps.depth",
        says="2 到 1000"),
    AID("caps-fields", "records: /data/rows", "caps: {fields: 3}\n    records: /data/rows", at="    caps:", key="caps.fields",
        says="比数据集要读的"),
    AID("caps-pages", "records: /data/rows", "caps: {pages: many}\n    records: /data/rows", at="    caps:", key="caps.pages",
        says="整数"),
    AID("caps-unknown", "records: /data/rows", "caps: {page: 3}\n    records: /data/rows", at="    caps:", key="caps.page",
        says="没有这个键", hint="pages"),
    M("caps-of-a-database", CIV, "    quality:", "    caps: {body: 4096}\n    quality:", at="    caps:", key="datasets.allowance.caps.body",
      says="kind: postgres", hint="删去"),
    AID("record-cipher-needs-iv", "records: /data/rows",
        f"format: {{kind: json, record_cipher: {{cipher: sm4_cbc, key: {REF}}}}}\n    records: /data/rows", at="format:",
        key="format.record_cipher", says="iv"),
    AID("record-cipher-in-clear", "records: /data/rows",
        f"format: {{kind: json, record_cipher: {{cipher: sm4_ecb, key: {SECRET}}}}}\n    records: /data/rows", at="format:",
        key="format.record_cipher.key", says="密钥不能写"),
    AID("record-cipher-of-lines", "records: /data/rows",
        f"format: {{kind: ndjson, record_cipher: {{cipher: sm4_ecb, key: {REF}}}}}\n    records: ''", at="format:",
        key="format.record_cipher", says="JSON"),
    AID("conditional-kind", "{method: GET, path: /aid}", "{method: GET, path: /aid, conditional: always}",
        key="request.conditional", says="first_page"),
    AID("conditional-whole-of-pages", "{method: GET, path: /aid}", "{method: GET, path: /aid, conditional: whole}",
        key="request.conditional", says="一次请求"),
    AID("conditional-post", "{method: GET, path: /aid}", "{method: POST, path: /aid, conditional: first_page}",
        key="request.conditional", says="GET", hint="off"),
    AID("next-url-needs-next", AID_PAGING, "paging: {kind: next_url}", key="paging", says="next_header"),
    AID("page-needs-a-way", AID_PAGING, "paging: {kind: page_number, page_size: 10}", key="paging", says="{page}"),
    AID("page-without-paging", "method: GET, path: /aid", "method: GET, path: '/aid/{page}'", key="request", says="{page}",
        hint="page_number"),
    AID("size-without-page-size", "method: GET, path: /aid}\n    " + AID_PAGING.removesuffix("}"),
        "method: GET, path: '/aid/{size}'}\n    " + AID_PAGING.replace(", size: limit, page_size: 500}", ""),
        at="path: '/aid/{size}'", key="request", says="{size}"),
    AID("offset-without-paging", "method: GET, path: /aid", "method: GET, path: '/aid/{offset}'", key="request", says="{offset}"),
    AID("link-has-no-cursor", AID_PAGING, "paging: {kind: link, cursor: c}", key="paging.cursor", says="link"),
    AID("export-lacks", AID_PAGING, "paging: {kind: export, job: /j, state: /s, done: [d], file: /f}", key="paging", says="poll"),
    AID("export-poll", AID_PAGING, "paging: {kind: export, job: /j, poll: /x, state: /s, done: [d], file: /f}",
        key="paging.poll", says="{job}"),
    AID("export-two-files", AID_PAGING,
        "paging: {kind: export, job: /j, poll: '/x/{job}', state: /s, done: [d], file: /f, download: '/y/{job}'}",
        key="paging", says="download"),
    AID("export-answers", AID_PAGING,
        "paging: {kind: export, answers: {kind: csv}, job: /j, poll: '/x/{job}', state: /s, done: [d], file: /f}",
        key="paging.answers.kind", says="json 或 xml"),
    AID("answers-of-pages", AID_PAGING, "paging: {kind: link, answers: {kind: xml}}", key="paging.answers", says="link"),
    AID("export-wait", AID_PAGING,
        "paging: {kind: export, job: /j, poll: '/x/{job}', state: /s, done: [d], file: /f, wait: 3}",
        key="paging.wait", says="时长"),
    AID("slices-without-from", "records: /data/rows", "slices: {days: 1, begin: 2026-01-01}\n    records: /data/rows",
        at="slices:", key="slices", says="{from}", hint="{to}"),
    AID("slices-days", "request: {method: GET, path: /aid}",
        "slices: {days: 0, begin: 2026-01-01}\n    request: {path: /aid, query: {a: '{from}'}}", at="slices:", key="slices.days",
        says="1 到 3660"),
    AID("slices-begin", "request: {method: GET, path: /aid}",
        "slices: {days: 1, begin: 1.1.2026}\n    request: {path: /aid, query: {a: '{from}'}}", at="slices:", key="slices.begin",
        says="日期"),
    AID("body-of-get", "request: {method: GET, path: /aid}", "request: {method: GET, path: /aid, body: x}", key="request.body",
        says="POST"),
    AID("content-type-of-nothing", "request: {method: GET, path: /aid}",
        "request: {method: POST, path: /aid, content_type: text/xml}", key="request.content_type", says="body"),
    AID("times-form", "request: {method: GET, path: /aid}", "request: {path: /aid, times: today}", key="request.times",
        says="yyyy"),
    M("query-missing", WAT, '    query: "select gcbm, gcmc, gsfs, gsrk from gongcheng"\n', "", at="  works:",
      key="datasets.works",
      says='"query"'),
    M("query-quoted-since", WAT, "gsrk from gongcheng", "gsrk from gongcheng where t > '{since}'",
      key="datasets.works.query",
      says="{since}"),
    M("query-quoted-until", WAT, "gsrk from gongcheng", "gsrk from gongcheng where t < '{until}'", key="datasets.works.query",
      says="{until}"),
    M("query-until-of-all", WAT, "gsrk from gongcheng", "gsrk from gongcheng where t < {until}", key="datasets.works.query",
      says="只能用于增量"),
    M("match-missing", HOU, '    match: "改造_*.csv"\n', "", at="  renovation:", key="datasets.renovation",
      says='"match"'),
    M("match-with-folder", HOU, '"改造_*.csv"', '"zjj/改造_*.csv"', key="datasets.renovation.match", says="文件名"),
    M("file-neither-folder-nor-url", HOU, '  folder: "${env:HOUSING_DIR}"\n', "", at="connection:", key="connection",
      says="folder 和 url", hint="本机"),
    M("file-folder-and-url", HOU, '  folder: "${env:HOUSING_DIR}"', '  folder: "${env:HOUSING_DIR}"\n  url: ftps://zjj.example/out',
      at="connection:", key="connection", says="folder 和 url"),
    M("file-url-scheme", HOU, 'folder: "${env:HOUSING_DIR}"', "url: ftp://zjj.example/out", key="connection.url", says="sftp://"),
    M("file-url-user", HOU, 'folder: "${env:HOUSING_DIR}"', "url: ftps://fjj@zjj.example/out", key="connection.url", says="不写在 url"),
    M("file-sftp-host-key", HOU, 'folder: "${env:HOUSING_DIR}"', "url: sftp://zjj.example/out\n  user: fjj\n  key: id_ed25519",
      at="url:", key="connection.url", says="host_key", hint="ssh-keygen"),
    M("file-sftp-credential", HOU, 'folder: "${env:HOUSING_DIR}"',
      'url: sftp://zjj.example/out\n  user: fjj\n  host_key: ["SHA256:x"]', at="url:", key="connection.url", says="一种凭据"),
    M("file-sftp-host-key-form", HOU, 'folder: "${env:HOUSING_DIR}"',
      'url: sftp://zjj.example/out\n  user: fjj\n  key: id\n  host_key: ["MD5:aa:bb"]', at="host_key:",
      key="connection.host_key.0", says="SHA256:"),
    M("file-password-in-clear", HOU, 'folder: "${env:HOUSING_DIR}"',
      f'url: ftps://zjj.example/out\n  user: fjj\n  password: {SECRET}', at="password:", key="connection.password", says="密钥不能写"),
    M("file-key-without-sftp", HOU, 'folder: "${env:HOUSING_DIR}"', "url: ftps://zjj.example/out\n  key: id_ed25519",
      at="key:", key="connection.key", says="不用这个键"),
    M("file-ca-of-a-folder", HOU, '  folder: "${env:HOUSING_DIR}"', '  folder: "${env:HOUSING_DIR}"\n  ca: ca.crt', at="  ca:",
      key="connection.ca", says="不用这个键"),
    M("file-date-pattern", HOU, '"改造_*.csv"', '"改造_{MMdd}.csv"', key="datasets.renovation.match", says="yyyy", hint="{yyyyMMdd}"),
    M("file-two-dates", HOU, '"改造_*.csv"', '"改造_{yyyy}_{yyyyMM}.csv"', key="datasets.renovation.match", says="一个日期"),
    M("file-move-here", HOU, '    match: "改造_*.csv"\n', '    match: "改造_*.csv"\n    after: move\n    move_to: done\n',
      at="    after: move", key="datasets.renovation.after", says="SFTP 和 FTPS"),
    M("file-move-to-alone", HOU, '    match: "改造_*.csv"\n', '    match: "改造_*.csv"\n    move_to: done\n',
      at="    move_to:", key="datasets.renovation.move_to", says="一起写"),
    M("file-checksum", HOU, 'ready: {marker: ".done"}', "ready: {checksum: sha1}", key="datasets.assessment.ready.checksum",
      says="sm3"),
    M("file-records-missing", HOU, "kind: csv", "kind: json", at="    format:", key="datasets.assessment.format", says="records",
      hint="/data/rows"),
    M("file-records-of-csv", HOU, '    match: "改造_*.csv"\n', '    match: "改造_*.csv"\n    records: /data/rows\n',
      at="    records:", key="datasets.renovation.records", says="json 或 xml"),
    M("file-kind", HOU, "kind: csv", "kind: excel", key="datasets.assessment.format.kind", says="xlsx"),
    M("file-sheets", HOU, "header: true", "header: true, sheets: 户表", key="datasets.assessment.format.sheets", says="列表"),
    M("file-errors", HOU, "header: true", "header: true, errors: ignore", key="datasets.assessment.format.errors", says="reject"),
    M("file-hidden", HOU, "header: true", "header: true, hidden: no", key="datasets.assessment.format.hidden", says="skip"),
    M("format-delimiter", HOU, 'delimiter: ","', 'delimiter: ";;"', key="datasets.assessment.format.delimiter",
      says="一个"),
    M("format-charset", HOU, "charset: gb18030", "charset: gbk2312", key="datasets.assessment.format.charset",
      says="gb18030"),
    M("format-header", HOU, "header: true", "header: yes", key="datasets.assessment.format.header",
      says="true 或 false"),
    M("roster-missing", ROS, remove=True, file_said="connectors", line=1, says="没有底册", department=""),
    M("roster-other-dataset", ROS, "  person:", "  people:", key="datasets.people", says="person"),
    # a dataset
    M("no-purpose", CIV, "    purpose: 兜底保障监测\n", "", after="  hardship:", at="  hardship:", key="datasets.hardship",
      says='"purpose"', hint="每个数据集都要说明为什么"),
    M("authorization-without-end", CIV, "datasets:\n", "authorization: {document: 共享协议}\ndatasets:\n", at="authorization:",
      key="authorization", says='"until"'),
    M("key-until", CIV, "datasets:\n", "key_until: 明年\ndatasets:\n", at="key_until:", key="key_until", says="日期"),
    M("no-legal-basis", CIV, "    legal_basis: 社会救助暂行办法\n", "", after="  relief:", at="  relief:",
      key="datasets.relief",
      says='"legal_basis"'),
    M("empty-purpose", CIV, "purpose: 兜底保障监测", 'purpose: ""', key="datasets.allowance.purpose", says="不能为空"),
    M("open-value", CIV, "    title: 特困供养", "    title:", at="    title:", after="  hardship:",
      key="datasets.hardship.title", says="没有值"),
    M("dataset-unknown-key", EDU, "    grain: person\n    access: bulk\n    purpose: 因学返贫监测",
      "    grian: person\n    access: bulk\n    purpose: 因学返贫监测", key="datasets.aid.grian", says="没有这个键", hint="grain",
      also=["datasets.aid"]),
    M("dataset-transport-of-another", CIV, '    query: "select tkzh', '    records: /rows\n    query: "select tkzh',
      key="datasets.hardship.records", says="没有这个键"),
    M("grain", EDU, "grain: person", "grain: student", key="datasets.enrolment.grain", says="person、household"),
    M("access-lookup", EDU, "access: bulk", "access: lookup", key="datasets.enrolment.access", says="ask",
      hint="consent", also=["datasets.enrolment.request"]),
    M("link-word", EDU, "    access: bulk", "    access: bulk\n    link: likely", at="link: likely", key="datasets.enrolment.link",
      says="probable"),
    M("link-of-households", CIV, "    access: bulk", "    access: bulk\n    link: probable", at="link: probable",
      key="datasets.allowance.link", says="以人为单位"),
    M("link-without-enough", HEA, "identity: {id_number: certno, name: psn_name}",
      "link: probable\n    identity: {name: psn_name, village: cwh}", at="link: probable", key="datasets.enrolment.link",
      says="分不清人", hint="birth_date"),
    M("screened-without-reason", EDU, "    access: bulk", "    access: bulk\n    screened: true", at="screened", key="datasets.enrolment.screened",
      says="reason"),
    M("lookup-nobody", TAX, "of: [monitored, cleared], open_lead: true, ", "", at="ask:", key="datasets.income.ask", says="问谁"),
    M("lookup-class", TAX, "of: [monitored, cleared]", "of: [monitord]", at="of: [monitord]", key="datasets.income.ask.of.0", says="这一类户",
      hint="monitored"),
    M("lookup-valid", TAX, "valid: 180d", "valid: 30d", key="datasets.income.ask.valid", says="every"),
    M("lookup-days", TAX, "every: 90d", "every: 36h", key="datasets.income.ask.every", says="整天"),
    M("lookup-no-number", TAX, '{"number":"{id_number}"}', '{"number":""}', at="request:", key="datasets.income.request",
      says="{id_number}"),
    M("lookup-no-list", TAX, "[{persons}]", "[]", at="person: '", key="datasets.income.request.person", says="{persons}",
      also=["datasets.income.ask.batch", "datasets.income.request"]),
    M("lookup-grain", TAX, "grain: person", "grain: household", at="access: lookup", key="datasets.income.access", says="以人为单位"),
    M("lookup-slices", TAX, "    key: [record_no]", "    slices: {days: 1, begin: 2026-01-01}\n    key: [record_no]",
      at="slices", key="datasets.income.slices", says="时段", also=["datasets.income.slices"]),
    M("note-works", "rules/water.yaml", "  subject: works\n", "  subject: works\n  effect: note\n", at="effect: note", key="0.effect", says="工程"),
    M("note-effect", "rules/assets.yaml", "effect: note", "effect: notes", key="0.effect", says="alert、note", hint="note"),
    M("list-missing", TAX, "per_night: 500,", "per_night: 500, list: {to: x, name: \"{list}.csv\", columns: {a: list, b: token, c: id_number, d: result}, none: [无]},",
      at="list:", key="datasets.income.ask.list", says="只有文件连接"),
    M("list-column", BANK, "核对码: token", "核对码: tokn", key="datasets.deposit.ask.list.columns.核对码", says="没有这种内容",
      also=["datasets.deposit.ask.list.columns"]),
    M("list-token", BANK, "          核对码: token\n", "", at="columns:", key="datasets.deposit.ask.list.columns", says="缺少 token"),
    M("list-twice", BANK, "序号: no", "序号: list", at="名单号: list", key="datasets.deposit.ask.list.columns.名单号", says="两次"),
    M("list-name", BANK, "存款核对名单_{list}.xlsx", "存款核对名单.xlsx", key="datasets.deposit.ask.list.name", says="{list}"),
    M("list-blank", BANK, "[无, 无记录, 查无此人]", '[无, ""]', key="datasets.deposit.ask.list.none.1", says="不能为空"),
    M("list-keep", BANK, "keep: 30d", "keep: 30h", key="datasets.deposit.ask.list.keep", says="整天"),
    M("list-folder", BANK, '"${env:BANK_DIR}/out"', '"${env:BANK_DIR}/back"', at="to: ", key="datasets.deposit.ask.list.to", says="不能与"),
    *[M(f"list-folder-{i}", BANK, '"${env:BANK_DIR}/out"', f'"{to}"', at="to: ", key="datasets.deposit.ask.list.to", says="不能与")
      for i, to in enumerate(("${env:BANK_DIR}/back/", "${env:BANK_DIR}/./back", "${env:BANK_DIR}//out/../back"))],
    *[M(f"list-folder-far-{i}", BANK, write=lists_far(to), at="to: ", key="datasets.deposit.ask.list.to", says="不能与")
      for i, to in enumerate((".", "./", "/drop/./back/"))],
    FIL("cipher-iv", f"kind: json, record_cipher: {{cipher: sm4_cbc, key: {REF}}}", key=".record_cipher", says="iv"),
    FIL("cipher-csv", f"kind: csv, record_cipher: {{cipher: sm4_ecb, key: {REF}}}", key=".record_cipher", says="JSON"),
    FIL("inner-decrypt-iv", f"kind: json, inner: {{at: /a, kind: json, decrypt: {{cipher: sm4_cbc, key: {REF}}}}}",
        key=".inner.decrypt", says="iv"),
    FIL("inner-csv", "kind: csv, inner: {at: /a, kind: json}", key=".inner", says="json"),
    FIL("namespaces", "kind: json, namespaces: {a: urn}", key=".namespaces", says="xml"),
    M("list-take", BANK, '    match: "*.xlsx"', '    take: newest\n    match: "*.xlsx"', at="take: newest", key="datasets.deposit.take", says="每份都要读"),
    M("list-place", BANK, '{kind: file, folder: "${env:BANK_DIR}/back"}', '{kind: file, url: "ftps://bank.example/back", user: u, password: "${env:BANK_DIR}"}',
      at="list:", key="datasets.deposit.ask.list", says="SFTP"),
    M("lookup-file", HOU, "access: bulk", "access: lookup", key="datasets.assessment.access", says="ask",
      also=["datasets.assessment.access"]),
    M("key-no-field", HEA, "key: [settlement_no]", "key: [settlment_no]", key="datasets.settlement.key.0",
      says="没有字段", hint="settlement_no"),
    M("key-twice", WAT, "key: [works_no, village_label]", "key: [works_no, works_no]",
      key="datasets.served_village.key.1",
      says="重复"),
    M("key-type", WAT, "key: [outage_no]", "key: outage_no", key="datasets.outage.key", says="列表"),
    M("field-type", HEA, "type: money}", "type: amount}", key="datasets.settlement.fields.total.type", says="money"),
    M("field-type-near", HEA, "{from: psn_no, type: text}", "{from: psn_no, type: txt}",
      key="datasets.enrolment.fields.insured_no.type", says="text", hint="text"),
    M("field-no-from", HEA, "{from: psn_no, type: text}", "{form: psn_no, type: text}",
      key="datasets.enrolment.fields.insured_no.form", says="没有这个键", hint="from",
      also=["datasets.enrolment.fields.insured_no"]),
    M("field-no-type", WAT, "{from: gsfs, type: text}", "{from: gsfs}", key="datasets.works.fields.mode",
      says='"type"'),
    M("field-name", WAT, "      mode:  ", "      Mode:  ", key="datasets.works.fields.Mode", says="小写字母"),
    M("codes-unknown", EDU, "codes: school_status", "codes: school_state", key="datasets.enrolment.fields.status.codes",
      says="没有代码表", hint="school_status"),
    M("codes-nowhere", EDU, "codes: school_status", "codes: pupils", key="datasets.enrolment.fields.status.codes",
      says="没有代码表", hint="在 codes/"),
    M("codes-near", EDU, "codes: leave_kind", "codes: leave_kinds", key="datasets.attendance.fields.leave.codes",
      says="没有代码表", hint="leave_kind"),
    M("codes-missing", EDU, ", codes: leave_kind", "", at="QJLX", key="datasets.attendance.fields.leave",
      says="必须指明代码表"),
    M("codes-on-text", EDU, "{from: XXMC, type: text}", "{from: XXMC, type: text, codes: sex}",
      key="datasets.enrolment.fields.school.codes", says="只有 code"),
    M("unit-on-text", EDU, "{from: XXMC, type: text}", "{from: XXMC, type: text, unit: 元}",
      key="datasets.enrolment.fields.school.unit", says="只有 money"),
    M("unit-unknown", HOU, "unit: 万元", "unit: 百元", key="datasets.renovation.fields.grant_paid.unit", says="元、万元"),
    M("two-event-dates", HOU, "{from: 竣工日期, type: date}", "{from: 竣工日期, type: date, role: event_date}\n"
      "      paid_on: {from: 拨付日期, type: date, role: event_date}", at="paid_on",
      key="datasets.renovation.fields.paid_on.role",
      says="finished_on"),
    M("event-date-on-text", CIV, "{from: gyfs, type: text}", "{from: gyfs, type: text, role: event_date}",
      key="datasets.hardship.fields.mode.role", says="应为 date", hint="type: date"),
    M("role-unknown", EDU, "role: event_date", "role: event_day", key="datasets.attendance.fields.absent_from.role",
      says="event_date"),
    M("incremental-by-text", HEA, "incremental: {by: updated_at,", "incremental: {by: settlement_no,",
      key="datasets.settlement.incremental.by", says="不是时间", hint="instant"),
    M("incremental-by-unknown", HEA, "incremental: {by: updated_at,", "incremental: {by: updated,",
      key="datasets.settlement.incremental.by", says="没有字段"),
    M("incremental-no-overlap", HEA, ", overlap: 3d", "", at="incremental:", key="datasets.settlement.incremental",
      says='"overlap"'),
    M("updated-at-unknown", EDU, "    updated_at: updated_at", "    updated_at: update_at",
      key="datasets.enrolment.updated_at",
      says="没有字段", hint="updated_at"),
    M("updated-at-differs", HEA, "    newcomers: reread", "    newcomers: reread\n    updated_at: settled_on",
      at="    updated_at: settled_on",
      key="datasets.settlement.updated_at", says="不一致"),
    M("identity-person", EDU, "{id_number: SFZH, name: XM, birth_date: CSRQ, sex: XB}", "{name: XM, birth_date: CSRQ}",
      key="datasets.enrolment.identity", says="属于谁", hint="id_number"),
    M("identity-household", CIV, "{id_number: hz_sfzh, name: hz_xm, village: cwh}", "{name: hz_xm}",
      key="datasets.allowance.identity", says="属于谁", hint="household_no"),
    M("identity-house", HOU, "{id_number: 身份证号, name: 户主姓名, village: 所在村}", "{village: 所在村}",
      key="datasets.assessment.identity", says="属于谁", hint="house"),
    M("identity-works", WAT, "identity: {works_no: gcbm}", "identity: {village: gcbm}", key="datasets.works.identity",
      says="属于谁", hint="works_no"),
    M("identity-village", WAT, "{works_no: gcbm, village: cbm, village_name: cmc}", "{works_no: gcbm}",
      after="  served_village:",
      key="datasets.served_village.identity", says="属于谁", hint="village"),
    M("identity-unknown-part", EDU, "name: XM, birth_date", "nmae: XM, birth_date",
      key="datasets.enrolment.identity.nmae",
      says="没有这个键", hint="name"),
    M("identity-missing", EDU, "    identity: {id_number: SFZH, name: XM, birth_date: CSRQ, sex: XB}\n", "",
      at="  enrolment:",
      key="datasets.enrolment", says='"identity"'),
    M("field-copies-identity", EDU, "{from: XXMC, type: text}", "{from: SFZH, type: text}",
      key="datasets.enrolment.fields.school", says="identity", hint="删去"),
    M("date-last-column", HOU, "      started_on:  {from: 开工日期, type: date}",
      "      started_on:  {from: 开工日期, type: date}\n      started_on_last: {from: 顺延, type: text}",
      at="started_on_last",
      key="datasets.renovation.fields.started_on_last", says="started_on"),
    M("arrives-kind", EDU, "{every: day, grace: 3d}", "{every: daily, grace: 3d}",
      key="datasets.attendance.arrives.every",
      says="day、month", hint=""),
    M("arrives-by-range", EDU, "by: 10, grace: 10d", "by: 31, grace: 10d", key="datasets.aid.arrives.by",
      says="1 到 28"),
    M("arrives-no-by", EDU, "{every: month, by: 10, grace: 10d}", "{every: month, grace: 10d}",
      key="datasets.aid.arrives",
      says="几日前", hint="by: 5"),
    M("arrives-by-daily", EDU, "{every: day, grace: 3d}", "{every: day, by: 3, grace: 3d}",
      key="datasets.attendance.arrives.by", says="只有 every: month"),
    M("arrives-grace-form", EDU, "grace: 3d", "grace: 3 days", key="datasets.attendance.arrives.grace", says="时长"),
    M("arrives-grace-hours", EDU, "grace: 3d", "grace: 36h", key="datasets.attendance.arrives.grace", says="整天"),
    M("quality-percent", EDU, "max_shrink: 30%", "max_shrink: 0.3", key="datasets.enrolment.quality.max_shrink",
      says="百分比"),
    M("quality-over-100", EDU, "max_shrink: 30%", "max_shrink: 300%", key="datasets.enrolment.quality.max_shrink",
      says="100%"),
    M("contact-form", EDU, "connection:", "contact: 王科长\nconnection:", at="contact: ", key="contact", says="键: 值"),
    M("contact-nobody", EDU, "connection:", "contact: {phone: '110'}\nconnection:", at="contact: ", key="contact", says="name"),
    M("contact-phone", EDU, "connection:", "contact: {name: 王科长, phone: 问老李}\nconnection:", at="contact: ",
      key="contact.phone", says="数字"),
    M("contact-key", EDU, "connection:", "contact: {name: 王科长, tel: '110'}\nconnection:", at="contact: ", key="contact.tel",
      says="没有这个键"),
    M("quality-rows-empty", EDU, "max_shrink: 30%", "rows: {}", key="datasets.enrolment.quality.rows", says="least 或 most"),
    M("quality-rows-form", EDU, "max_shrink: 30%", "rows: 1000", key="datasets.enrolment.quality.rows", says="键: 值"),
    M("quality-rows-turned", EDU, "max_shrink: 30%", "rows: {least: 10, most: 9}",
      key="datasets.enrolment.quality.rows.least", says="最少大于最多"),
    M("quality-rows-negative", EDU, "max_shrink: 30%", "rows: {least: -1}", key="datasets.enrolment.quality.rows.least",
      says="0 到"),
    M("quality-rows-key", EDU, "max_shrink: 30%", "rows: {lest: 1}", key="datasets.enrolment.quality.rows.lest",
      says="没有这个键", hint="least"),
    M("quality-growth-form", EDU, "max_shrink: 30%", "max_growth: 2", key="datasets.enrolment.quality.max_growth",
      says="百分比"),
    M("quality-fresh-form", EDU, "max_shrink: 30%", "fresh: 40", key="datasets.enrolment.quality.fresh", says="时长"),
    M("quality-fresh-hours", EDU, "max_shrink: 30%", "fresh: 36h", key="datasets.enrolment.quality.fresh", says="整天"),
    M("quality-fresh-without-a-date", EDU, "    updated_at: updated_at\n    quality: {max_reject_ratio: 2%", "    quality: {fresh: 40d",
      at="quality: {fresh: 40d", key="datasets.enrolment.quality.fresh",
      says="没有事件日期", hint="role: event_date"),
    M("quality-field-unknown", EDU, "max_shrink: 30%", "fields: {studnt_no: {max_null: 5%}}",
      key="datasets.enrolment.quality.fields.studnt_no", says="没有字段 studnt_no", hint="student_no"),
    M("quality-field-key", EDU, "max_shrink: 30%", "fields: {student_no: {max_nul: 5%}}",
      key="datasets.enrolment.quality.fields.student_no.max_nul", says="没有这个键", hint="max_null"),
    M("quality-field-percent", EDU, "max_shrink: 30%", "fields: {student_no: {max_null: 101%}}",
      key="datasets.enrolment.quality.fields.student_no.max_null", says="100%"),
    M("quality-field-many", EDU, "max_shrink: 30%", "fields: {student_no: {most_distinct: 5000}}",
      key="datasets.enrolment.quality.fields.student_no.most_distinct", says="1000"),
    M("quality-field-turned", EDU, "max_shrink: 30%", "fields: {student_no: {least_distinct: 3, most_distinct: 2}}",
      key="datasets.enrolment.quality.fields.student_no.least_distinct", says="最少大于最多"),
    M("quality-field-form", EDU, "max_shrink: 30%", "fields: {student_no: 5%}",
      key="datasets.enrolment.quality.fields.student_no", says="键: 值"),
    M("quality-drift", EDU, "on_new_column: warn", "on_new_column: stop",
      key="datasets.enrolment.quality.on_new_column",
      says="ignore、warn、hold"),
    M("newcomers", EDU, "newcomers: reread", "newcomers: re-read", key="datasets.attendance.newcomers", says="reread",
      hint="reread"),
    M("newcomers-of-a-file", HOU, "    legal_basis: 农村危房改造管理办法\n", "    legal_basis: 农村危房改造管理办法\n    newcomers: reread\n",
      at="    newcomers: reread", key="datasets.assessment.newcomers", says="只读取一次", hint="--full"),
    M("table-name-length", WAT, "  outage:", "  outages_of_every_works_since_the_beginning:",
      key="datasets.outages_of_every_works_since_the_beginning", says="最多 42 个字符"),
    M("dataset-name", WAT, "  outage:", "  water__outage:", key="datasets.water__outage", says="单个下划线"),
    # the roster
    M("roster-lacks-field", ROS, "      township_name:          {from: 乡镇名称, type: text}\n", "", at="    fields:",
      key="datasets.person.fields", says="township_name"),
    M("roster-unknown-field", ROS, "      net_income:  ", "      net_incom:  ", key="datasets.person.fields.net_incom",
      says="底册没有", hint="net_income"),
    M("roster-field-type", ROS, "{from: 出生日期, type: date}", "{from: 出生日期, type: text}",
      key="datasets.person.fields.birth_date.type", says="应为 date"),
    M("roster-codes-of-another", ROS, "codes: origin", "codes: sex", after="      origin: ",
      key="datasets.person.fields.origin", says="缺少值",
      also=["datasets.person.fields.origin"]),
    M("roster-codes-lack-value", COD, "  head: [户主", "  chief: [户主", file_said=ROS, at="      relation: ",
      key="datasets.person.fields.relation",
      says="head", hint="codes/", department="roster"),
    M("roster-key", ROS, "key: [person_no]", "key: [household_no]", key="datasets.person.key", says="person_no"),
    M("roster-no-key", ROS, "    key: [person_no]\n", "", at="  person:", key="datasets.person", says='"key"'),
    M("roster-identity", ROS, "identity: {id_number: 证件号码, name: 姓名,", "identity: {id_number: 证件号码,",
      key="datasets.person.identity", says="姓名"),
    # the roster as an export in parts
    M("parts-column", ROS, MATCH, MATCH + PARTS.replace("on: 户编号", "on: 户号"), at="    parts:", key="datasets.person.parts.on",
      says="没有字段"),
    M("parts-part", ROS, MATCH, MATCH + PARTS.replace("persons:", "person:"), at="    parts:",
      key="datasets.person.parts.person", says="没有这个键", hint="persons", also=["datasets.person.parts"]),
    M("parts-match", ROS, MATCH, MATCH + PARTS.replace('["人*"]', '"人*"'), at="    parts:",
      key="datasets.person.parts.persons.match", says="列表"),
    M("parts-take", ROS, MATCH, MATCH + PARTS + "    take: all\n", at="    take:", key="datasets.person.take", says="parts"),
    M("parts-sheets", ROS, MATCH + "    format: {kind: csv, charset: auto, header: true}\n",
      MATCH + PARTS + '    format: {sheets: ["户"]}\n', at="    format:", key="datasets.person.format.sheets",
      says="format.sheets"),
    M("exported-from", ROS, MATCH, MATCH + "    exported_on: name\n", at="    exported_on:", key="datasets.person.exported_on",
      says="file_name"),
    M("max-age-alone", ROS, MATCH, MATCH + "    max_age: 45d\n", at="    max_age:", key="datasets.person.max_age",
      says="exported_on"),
    M("max-age-hours", ROS, MATCH, MATCH + "    exported_on: title\n    max_age: 36h\n", at="    max_age:",
      key="datasets.person.max_age", says="整天"),
    M("max-age-of-another", HOU, '    match: "改造_*.csv"\n', '    match: "改造_*.csv"\n    exported_on: title\n    max_age: 45d\n',
      at="    max_age:", key="datasets.renovation.max_age", says="底册"),
    M("exported-without-date", ROS, MATCH, MATCH + "    exported_on: file_name\n", at="    exported_on:",
      key="datasets.person.exported_on", says="没有日期"),
    # codes
    M("codes-same-label", COD, "female: [女, 女性, \"2\", F]", "female: [女, 女性, \"1\", F]", key="sex.female.2",
      says="已属于 male"),
    M("codes-same-label-folded", COD, "female: [女, 女性, \"2\", F]", "female: [女, 女 性, \"１\", F]", key="sex.female.2",
      says="已属于 male"),
    M("codes-two-stars", COD, "  employed: [就业, 稳定就业]", '  employed: [就业, "*"]', at='  other: ["*"]',
      after="end_reason",
      key="end_reason.other.0", says="employed"),
    M("codes-no-list", COD, "male: [男, 男性, \"1\", M]", "male: 男", key="sex.male", says="标签列表"),
    M("codes-value-name", COD, "  living: [困难", "  生活: [困难", key="disability_allowance.生活", says="英文字母"),
    M("codes-empty-label", COD, "[在籍, 在读", '[在籍, ""', key="school_status.enrolled.1", says="空"),
    # parameters
    M("param-duplicate", PAR, "from: 2026-01-01, value: 21000", "from: 2025-01-01, value: 21000", key="1", says="已有取值"),
    M("param-region", PAR, 'region: "990121"', 'region: "99012"', key="5.region", says="2、4、6、9 或 12"),
    M("param-region-letters", PAR, 'region: "990121"', 'region: "99O121"', key="5.region", says="2、4、6、9 或 12"),
    M("param-date", PAR, "from: 2024-01-01", "from: 2024-02-30", key="4.from", says="日期"),
    M("param-value", PAR, "value: 8700", "value: 约8700", key="4.value", says="数值或百分数"),
    M("param-percent-of-days", PAR, "value: 60, unit: day", "value: 60%, unit: day", key="9.value", says="不能用百分数",
      hint="share"),
    M("param-half-day", PAR, "value: 60, unit: day", "value: 60.5, unit: day", key="9.value", says="整数"),
    M("param-unit", PAR, "unit: calendar_day", "unit: calender_day", key="13.unit", says="calendar_day",
      hint="calendar_day"),
    M("param-due-unit", PAR, "unit: calendar_day", "unit: yuan", after="due_high", key="13.unit", says="due_high",
      hint="working_day"),
    M("param-two-units", PAR, "value: 21000, unit: yuan/person/year", "value: 21000, unit: yuan", key="1.unit",
      says="yuan/person/year"),
    M("param-no-basis", PAR, ", basis: 义务教育法", "", at="school_age_from", key="6", says='"basis"'),
    M("param-missing-due", PAR, "{name: due_high,", "{name: due_hi,", line=2, key="", says="due_high"),
    M("param-no-list", PAR, write="monitoring_line: 8700\n", line=1, says="参数列表", silences_rules=True),
    # calendar
    M("cal-date", CAL, "2025-01-26", "2025-01-32", key="years.2025.workdays.0", says="无法识别", hint=".."),
    M("cal-range-form", CAL, "2025-01-28..2025-02-04", "2025-01-28-2025-02-04", key="years.2025.holidays.1",
      says="无法识别"),
    M("cal-range-order", CAL, "2025-01-28..2025-02-04", "2025-02-04..2025-01-28", key="years.2025.holidays.1",
      says="早于开始"),
    M("cal-other-year", CAL, "2026-01-04,", "2025-01-04,", key="years.2026.workdays.0", says="2026 年"),
    M("cal-gap", CAL, "  2027:\n    holidays: [2027-01-01]", "  2028:\n    holidays: [2028-01-01]", at="years:",
      key="years",
      says="缺少 2027 年"),
    M("cal-no-workdays", CAL, "    workdays: []\n", "", at="  2027:", key="years.2027", says='"workdays"'),
    M("cal-both", CAL, "workdays: [2025-01-26,", "workdays: [2025-01-28,", at="years:", key="years", says="2025-01-28"),
    M("cal-term", CAL, "terms: [03-01, 09-01]", "terms: [03-01, 09-31]", key="terms.1", says="月和日"),
    M("cal-school-year", CAL, "school_year: 09-01", "school_year: 9月1日", key="school_year", says="月和日"),
    M("cal-rest-day", CAL, "rest_day: next", "rest_day: previous", key="rest_day", says="stay、next"),
    M("cal-missing", CAL, remove=True, line=1, says="读写失败"),
    # rules
    M("rule-id-twice", RMED, "- id: not_insured", "- id: medical_burden_other", after="applies_to: [general]",
      key="2.id", says="已在"),
    M("rule-id-across-files", RWAT, "- id: outage_days", "- id: not_insured", key="0.id", says="medical.yaml"),
    M("rule-id-form", REDU, "- id: aid_not_granted", "- id: Aid-Not-Granted", key="2.id", says="小写字母"),
    M("rule-family", REDU, "family: education", "family: eduction", key="0.family", says="education", hint="education"),
    M("rule-subject", RWAT, "subject: works", "subject: village", key="0.subject", says="works", also=["0"]),
    M("rule-severity", RWAT, "severity: medium", "severity: urgent", key="0.severity", says="high、medium、low"),
    M("rule-class", REDU, "applies_to: [lifted, monitored]", "applies_to: [lifted, monitord]", key="2.applies_to.1",
      says="户类", hint="monitored"),
    M("rule-class-twice", REDU, "applies_to: [lifted, monitored]", "applies_to: [lifted, lifted]", key="2.applies_to.1",
      says="重复"),
    M("rule-no-class", REDU, "  applies_to: [lifted, monitored]\n", "", at="- id: aid_not_granted", key="2",
      says="applies_to"),
    M("rule-works-class", RWAT, "  subject: works\n", "  subject: works\n  applies_to: [lifted]\n", at="applies_to",
      key="0.applies_to", says="不分户类"),
    M("rule-no-reason", REDU, "  reason: 开学{term_day}天仍无资助发放记录\n", "", at="- id: aid_not_granted", key="2",
      says='"reason"'),
    M("rule-no-basis", RWAT, "  basis: {document: 城口县农村饮水安全评价, place: 城口县, year: 2023}\n", "", at="- id: outage_days",
      key="0", says='"basis"'),
    M("rule-basis-year", RWAT, "year: 2023}", "year: 23}", key="0.basis.year", says="1949"),
    M("rule-no-when", RWAT, "  when: days > outage_days_line\n", "", at="- id: outage_days", key="0", says='"when"'),
    M("rule-unknown-key", RWAT, "  when: days", "  wenn: days", key="0.wenn", says="没有这个键", hint="when", also=["0"]),
    M("rule-no-field-reason", RMED, "  field_reason: 请核实是否参加医疗保险\n", "", at="- id: not_insured", key="2",
      says="field_reason", hint="病情"),
    M("rule-reads-disability", "rules/civil_affairs.yaml", write="""- id: carer_unpaid
  title: 未领护理补贴
  family: linked_registers
  subject: person
  applies_to: [monitored]
  let:
    unpaid: absent(civil_affairs.disability_allowance, kind = care)
  when: unpaid
  severity: low
  reason: 未领护理补贴
  basis: {document: 国发〔2015〕52号, place: 全国, year: 2015}
""", line=1, key="0", says="field_reason"),
    M("rule-waiting-needs", REDU, "needs: education.elsewhere", "needs: elsewhere", key="0.waiting.0.needs",
      says="department.dataset"),
    M("rule-waiting-key", REDU, "exception: 外县就读", "excepton: 外县就读", key="0.waiting.0.excepton", says="没有这个键",
      hint="exception", also=["0.waiting.0"]),
    M("rule-let-name", REDU, "    at_home: exists", "    at-home: exists", key="1.let.at-home", says="小写字母",
      also=["1.unless.home_teaching"]),
    M("rule-unless-name", REDU, "unless: {home_teaching: at_home}", "unless: {at_home: at_home}",
      key="1.unless.at_home",
      says="let"),
    M("rule-let-type", REDU, "  let:\n    enrolled: exists(education.enrolment, status = enrolled)\n    no_aid",
      "  let:\n    enrolled: [exists]\n    no_aid", at="enrolled: [exists]", key="2.let.enrolled", says="文本"),
    M("rule-cooling-form", RMED, "  severity: high\n", "  cooling: 90\n  severity: high\n", at="  cooling:", key="0.cooling", says="时长"),
    M("rule-cooling-hours", RMED, "  severity: high\n", "  cooling: 36h\n  severity: high\n", at="  cooling:", key="0.cooling",
      says="整天"),
    M("rule-cooling-long", RMED, "  severity: high\n", "  cooling: 9999d\n  severity: high\n", at="  cooling:", key="0.cooling",
      says="3660d"),
    M("param-growth-unit", PAR, "value: 30%, unit: share, basis: 本县规定", "value: 30, unit: day, basis: 本县规定",
      after="cooling_growth", key="16.unit", says="cooling_growth", hint="share"),
    M("main-screen-form", MAIN, "dispatch: automatic", "screen_within: 1day\ndispatch: automatic", at="screen_within:",
      key="screen_within", says="时长"),
    M("main-screen-minutes", MAIN, "dispatch: automatic", "screen_within: 90min\ndispatch: automatic", at="screen_within:",
      key="screen_within", says="整小时"),
    M("main-screen-long", MAIN, "dispatch: automatic", "screen_within: 31d\ndispatch: automatic", at="screen_within:",
      key="screen_within", says="720h"),
    M("rule-no-list", RWAT, write="id: outage_days\n", line=1, says="规则列表"),
    M("rules-folder", "rules", remove=True, line=1, says="目录"),
    # warnings: exit 0
    M("warn-region-elsewhere", PAR, 'region: "990121"', 'region: "110101"', key="5.region", says="不会生效", warning=True),
    M("warn-waiting-is-here", RMED, "needs: health_insurance.elsewhere", "needs: health_insurance.settlement",
      key="2.waiting.1.needs", says="已经接入", hint="unless", warning=True),
    M("warn-workday", CAL, "2025-01-26,", "2025-01-27,", at="years:", key="years", says="2025-01-27", warning=True),
    M("warn-yml", "connectors/tax.yml", write="department: tax\n", line=1, says=".yaml", hint="改名", warning=True),
    M("warn-school", "connectors/agriculture.yaml", "grain: person", "grain: school", after="  subsidy:",
      key="datasets.subsidy.grain", says="不与任何户", warning=True),
]


def environment():
    """Every variable the sample refers to, so that nothing is left to warn about."""
    values = {k: v for k, v in os.environ.items() if not k.startswith("BIDUI_")}
    for folder, _, files in os.walk(SOURCE):
        for name in files:
            text = open(os.path.join(folder, name), encoding="utf-8").read()
            values.update({n: "0" * 64 for n in re.findall(r"\$\{env:(\w+)\}", text)})
    values["CIVIL_AFFAIRS_PASSWORD"] = "0" * 64
    return values


def run(bidui, folder, *options):
    done = subprocess.run([bidui, "check", "--config", folder, *options], capture_output=True, text=True, timeout=60,
                          env=ENVIRONMENT)
    return done.returncode, done.stdout, done.stderr


def department_of(mistake):
    if mistake.department is not None or mistake.warning or not mistake.file.startswith("connectors/"):
        return mistake.department or None
    return os.path.basename(mistake.file)[:-len(".yaml")]


def judge(mistake, line, folder, code, answer, text):
    """The first thing that is wrong with the answer, or None."""
    where = os.path.join(folder, mistake.file_said)
    kind = "warning" if mistake.warning else "error"
    found = [p for p in answer["problems"] if p["severity"] == kind]
    hits = [p for p in found if (p["file"], p["line"], p["key"]) == (where, line, mistake.key)
            and mistake.says in p["message"] and mistake.hint in p["hint"]]
    rest = [p for p in answer["problems"] if p not in hits[:1] and p["key"] not in mistake.also
            and not (mistake.silences_rules and "/rules/" in p["file"])]
    broken = [d["department"] for d in answer["broken_departments"]]
    department = department_of(mistake)
    if code != (0 if mistake.warning else 2):
        return f"exit {code}"
    if not hits:
        return f"expected line {line}, key '{mistake.key}', says '{mistake.says}', hint '{mistake.hint}'"
    if rest:
        return "says more than it should"
    if not mistake.warning and hits[0]["department"] != department or broken != ([department] if department else []):
        return f"department {hits[0]['department']}, broken {broken}, expected {department}"
    if f"{where}:{line}:{mistake.key}" not in text:
        return "the text form does not name file, line and key"
    return None


def try_mistake(bidui, mistake):
    with tempfile.TemporaryDirectory() as top:
        folder = os.path.join(top, "config")
        shutil.copytree(SOURCE, folder)
        mistake.apply(folder)
        line = mistake.wanted_line(folder)
        code, out, err = run(bidui, folder, "--json")
        _, text, text_err = run(bidui, folder)
        try:
            answer = json.loads(out)
        except ValueError:
            return f"no JSON: {out!r} {err!r}"
        if SECRET in out + err + text + text_err:
            return "shows a secret"
        why = judge(mistake, line, folder, code, answer, text)
        return why and why + "".join(f"\n      {p}" for p in answer["problems"])


def try_sample(bidui):
    code, out, err = run(bidui, SOURCE, "--json")
    if code != 0 or json.loads(out)["problems"]:
        return f"the sample deployment is not clean: {out} {err}"
    _, _, summary = run(bidui, SOURCE, "--english")
    return None if "0 errors" in summary else f"no English summary: {summary}"


def try_guide(bidui, name):
    """A department of the guide, added to the sample deployment."""
    with tempfile.TemporaryDirectory() as top:
        folder = os.path.join(top, "config")
        shutil.copytree(SOURCE, folder)
        shutil.copy(os.path.join(GUIDE, name), os.path.join(folder, "connectors"))
        code, out, err = run(bidui, folder, "--json")
        return None if code == 0 and not json.loads(out)["problems"] else f"not clean: {out} {err}"


def main():
    bidui, chosen = sys.argv[1], set(sys.argv[2:])
    names = [m.name for m in MISTAKES]
    assert len(names) == len(set(names)), "a name is used twice"
    failures = [("sample", why) for why in [try_sample(bidui)] if why]
    guide = sorted(os.listdir(GUIDE))
    failures += [(name, why) for name in guide for why in [try_guide(bidui, name)] if why]
    for mistake in MISTAKES:
        why = try_mistake(bidui, mistake) if not chosen or mistake.name in chosen else None
        if why:
            failures.append((mistake.name, why))
    for name, why in failures:
        print(f"not ok {name}: {why}")
    print(f"{len(MISTAKES) + len(guide)} mistakes, {len(failures)} failures")
    sys.exit(1 if failures else 0)


ENVIRONMENT = environment()
if __name__ == "__main__":
    main()
