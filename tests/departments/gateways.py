#!/usr/bin/python3
"""The gateways of six sample departments, each with a manner of its own, on the loopback.

    gateways.py --data DIR --port-file FILE        (ends on SIGTERM; --port N, 0 takes a free one)

DIR is the folder `gateways` that publish.py fills; it is read anew whenever it changes. DIR/../misbehave says how they
misbehave (gateway_misbehave.py).

human_resources     HMAC-SHA256 in base64 over client id, millisecond timestamp and nonce, in four headers; POST body paging
public_security     SOAP with basic authentication; accident and cancellation in pages, vehicle by person
finance             a token from app key and secret, good for ten minutes; bodies in SM4-CBC, base64
tax, market_regulation, natural_resources (and vehicle)
                    one person or a batch a question, only with a consent number and date, so many a day

Every question about persons is written to DIR/../questions.log: time, path, persons asked about as a count, consent number;
and to DIR/../persons.log: path, number of a person, consent number and date.
What is refused is answered as such gateways do: HTTP 200 with a code of their own, or 401, 403, 429."""
from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import secrets
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway_misbehave import Misbehaviour, bomb

CLIENT, SECRET = "bidui-990121", os.environ.get("HUMAN_RESOURCES_SECRET", "human-resources-secret")
SOAP_USER, SOAP_PASSWORD = "bidui", os.environ.get("PUBLIC_SECURITY_PASSWORD", "public-security-password")
APP_KEY, APP_SECRET = "fpxzj", os.environ.get("FINANCE_SECRET", "finance-secret")
SM4_KEY = bytes.fromhex(os.environ.get("FINANCE_SM4_KEY", "0123456789abcdeffedcba9876543210"))
SM4_IV = bytes.fromhex(os.environ.get("FINANCE_SM4_IV", "30313233343536373839616263646566"))
LOOKUP_TOKEN = os.environ.get("LOOKUP_TOKEN", "lookup-token")
LOOKUPS = {"/tax/income": ("tax", "income"), "/market_regulation/enterprise": ("market_regulation", "enterprise"),
           "/natural_resources/property": ("natural_resources", "property"),
           "/public_security/vehicle": ("public_security", "vehicle")}
QUOTA = int(os.environ.get("LOOKUP_QUOTA", 2000))
SKEW_MS, TOKEN_SECONDS, MAX_BATCH = 300_000, 600, 50
NUMBER_COLUMNS = ("zjhm", "sfzh")

lock = threading.Lock()
nonces: set[str] = set()
tokens: dict[str, float] = {}
asked: dict[str, int] = {}
tables: dict[Path, tuple[int, list[dict[str, str]]]] = {}


def rows_of(data: Path, department: str, name: str) -> list[dict[str, str]]:
    path = data / department / f"{name}.json"
    changed = path.stat().st_mtime_ns
    with lock:
        if path not in tables or tables[path][0] != changed:
            content = json.loads(path.read_text(encoding="utf-8"))
            tables[path] = changed, [dict(zip(content["columns"], row)) for row in content["rows"]]
        return tables[path][1]


def sm4(text: bytes, key: bytes = SM4_KEY) -> bytes:
    padder = padding.PKCS7(128).padder()
    cipher = Cipher(algorithms.SM4(key), modes.CBC(SM4_IV)).encryptor()
    return base64.b64encode(cipher.update(padder.update(text) + padder.finalize()) + cipher.finalize())


class Gateway(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    data: Path
    misbehaviour: Misbehaviour
    skewed_ms = 0       # of the answer being given

    def log_message(self, *args) -> None:
        pass

    def answer(self, status: int, body: bytes | dict, kind: str = "application/json;charset=UTF-8", **headers: str) -> None:
        raw = json.dumps(body, ensure_ascii=False).encode() if isinstance(body, dict) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.skewed_ms / 1000)

    def is_due(self, kind: str) -> bool:
        return self.misbehaviour.due(self.dataset, kind, self.page)

    def answer_badly(self) -> bool:
        """Something else than the page, if that is what is wanted."""
        if self.is_due("down"):
            self.close_connection = True
        elif self.is_due("429"):
            self.answer(429, {"code": "429", "msg": "slower"}, Retry_After="1")
        elif self.is_due("500"):
            self.answer(500, b"<h1>Internal Server Error</h1>", "text/html")
        elif self.is_due("error200"):
            self.answer(200, {"code": 50001, "message": "error", "data": None})
        elif self.is_due("garbage"):
            self.answer(200, b"<html><body>maintenance</body></html>", "text/html")
        elif self.is_due("gzip_bomb"):
            self.answer(200, bomb(), Content_Encoding="gzip")
        else:
            return False
        return True

    def give(self, text: bytes, kind: str) -> None:
        """A page, or what is left of it."""
        if self.is_due("slow"):
            time.sleep(3)
        if self.is_due("truncated"):
            text = text[:len(text) * 2 // 3]
        missing = self.is_due("wrong_length") * 100
        cut = self.is_due("cut")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text) + missing))
        self.end_headers()
        self.wfile.write(text[:len(text) // 2] if cut else text)
        self.close_connection = self.close_connection or cut or missing > 0

    def do_GET(self) -> None:
        self.handle_request(b"")

    def do_POST(self) -> None:
        self.handle_request(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def handle_request(self, body: bytes) -> None:
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        try:
            if url.path in LOOKUPS:
                self.lookup(url.path, query, body)
            elif url.path.startswith("/human_resources/"):
                self.signed(url.path.rpartition("/")[2], body)
            elif url.path == "/public_security/services":
                self.soap(body)
            elif url.path == "/finance/token":
                self.token(body)
            elif url.path.startswith("/finance/"):
                self.encrypted(url.path.rpartition("/")[2], query)
            else:
                self.answer(404, {"code": "404", "msg": "no such service"})
        except (ValueError, KeyError, FileNotFoundError, ElementTree.ParseError):
            self.answer(400, {"code": "400", "msg": "bad request"})

    # -- human_resources ----------------------------------------------------------------------------------------------

    def is_signed(self) -> str:
        """Empty, or why the request is refused."""
        client, stamp = self.headers.get("X-Client-Id", ""), self.headers.get("X-Timestamp", "")
        nonce, signature = self.headers.get("X-Nonce", ""), self.headers.get("X-Signature", "")
        if client != CLIENT or not stamp.isdigit() or not nonce:
            return "unknown client"
        if abs(int(stamp) - time.time() * 1000 - self.skewed_ms) > SKEW_MS:
            return "timestamp out of range"
        wanted = base64.b64encode(hmac.new(SECRET.encode(), (client + stamp + nonce).encode(), hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(wanted, signature):
            return "bad signature"
        with lock:
            if nonce in nonces:
                return "nonce used before"
            nonces.add(nonce)
        return ""

    def signed(self, name: str, body: bytes) -> None:
        asked_for = json.loads(body)
        self.dataset, self.page = f"human_resources.{name}", int(asked_for["pageNo"])
        self.skewed_ms = self.misbehaviour.skew_ms(self.dataset)
        refusal = self.is_signed()
        if refusal:
            self.answer(200 if self.skewed_ms == 0 else 401, {"code": 40101, "message": refusal, "data": None})
            return
        if self.answer_badly():
            return
        total, rows = self.misbehaviour.page(self.dataset, rows_of(self.data, "human_resources", name), self.page,
                                             min(1000, int(asked_for["pageSize"])))
        text = json.dumps({"code": 0, "message": "success", "data": {"total": total, "list": rows}}, ensure_ascii=False)
        self.give(text.encode(), "application/json;charset=UTF-8")

    # -- public_security ----------------------------------------------------------------------------------------------

    def soap(self, body: bytes) -> None:
        login = base64.b64encode(f"{SOAP_USER}:{SOAP_PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            self.answer(401, b"", WWW_Authenticate='Basic realm="services"')
            return
        wanted = {e.tag.rpartition("}")[2]: (e.text or "").strip() for e in ElementTree.fromstring(body).iter()}
        self.dataset, self.page = f"public_security.{wanted['service']}", int(wanted["pageNo"])
        if self.answer_badly():
            return
        total, rows = self.misbehaviour.page(self.dataset, rows_of(self.data, "public_security", wanted["service"]), self.page,
                                             int(wanted["pageSize"]))
        records = "".join("<item>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in row.items()) + "</item>" for row in rows)
        text = ('<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
                f'<queryResponse xmlns="urn:gateway"><code>0</code><total>{total}</total><items>{records}</items></queryResponse>'
                "</soap:Body></soap:Envelope>")
        self.give(text.encode(), "text/xml; charset=utf-8")

    # -- finance ------------------------------------------------------------------------------------------------------

    def token(self, body: bytes) -> None:
        given = json.loads(body)
        if given.get("appKey") != APP_KEY or given.get("appSecret") != APP_SECRET:
            self.answer(200, {"code": "E401", "msg": "bad key or secret"})
            return
        token = secrets.token_hex(16)
        with lock:
            tokens[token] = time.time() + TOKEN_SECONDS
        self.answer(200, {"code": "0", "result": {"accessToken": token, "expiresIn": TOKEN_SECONDS}})

    def encrypted(self, name: str, query: dict[str, str]) -> None:
        self.dataset, self.page = f"finance.{name}", int(query["page"])
        if self.is_due("no_token"):
            with lock:
                tokens.clear()
        if tokens.get(self.headers.get("X-Access-Token", ""), 0) < time.time():
            self.answer(401, {"code": "E401", "msg": "token missing or expired"})
            return
        if self.answer_badly():
            return
        total, rows = self.misbehaviour.page(self.dataset, rows_of(self.data, "finance", name), self.page, int(query["rows"]))
        key = SM4_KEY[::-1] if self.misbehaviour.of(self.dataset, "wrong_key") else SM4_KEY
        self.give(sm4(json.dumps({"code": "0", "total": total, "rows": rows}, ensure_ascii=False).encode(), key), "text/plain")

    # -- questions about persons --------------------------------------------------------------------------------------

    def lookup(self, path: str, query: dict[str, str], body: bytes) -> None:
        given = json.loads(body) if body else {"persons": [{"number": query.get("zjhm", "")}], **query}
        persons, consent = given["persons"], given.get("consentNo", "")
        if self.headers.get("Authorization") != f"Bearer {LOOKUP_TOKEN}":
            self.answer(401, {"code": "401", "msg": "not authorized"})
            return
        with lock:
            asked[path] = asked.get(path, 0) + len(persons)
            over = asked[path] > QUOTA
        with (self.data.parent / "questions.log").open("a", encoding="utf-8") as log:
            log.write(f"{path} {len(persons)} {consent or '-'} {given.get('consentDate') or '-'}\n")
        with (self.data.parent / "persons.log").open("a", encoding="utf-8") as log:
            log.writelines(f"{path} {p['number']} {consent or '-'} {given.get('consentDate') or '-'}\n" for p in persons)
        if not consent or not given.get("consentDate"):
            self.answer(403, {"code": "403", "msg": "consent number and date required"})
        elif len(persons) > MAX_BATCH:
            self.answer(413, {"code": "413", "msg": f"at most {MAX_BATCH} persons a question"})
        elif over:
            self.answer(429, {"code": "429", "msg": "quota of the day used up"}, Retry_After="86400")
        else:
            numbers = {p["number"] for p in persons}
            found = [row for row in rows_of(self.data, *LOOKUPS[path])
                     if any(row.get(c) in numbers for c in NUMBER_COLUMNS)]
            self.answer(200, {"code": "0", "data": found})


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", required=True, type=Path)
    args = parser.parse_args()
    Gateway.data = args.data
    Gateway.misbehaviour = Misbehaviour(args.data.parent / "misbehave")
    server = ThreadingHTTPServer(("127.0.0.1", args.port), Gateway)
    server.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    part = args.port_file.with_name(args.port_file.name + ".part")
    part.write_text(f"{server.server_address[1]}\n")
    os.replace(part, args.port_file)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
