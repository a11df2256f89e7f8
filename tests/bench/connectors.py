"""Rows a second of each connector against its driver's own floor, in one run; memory at a tenth and at all.

ROWS (default 1,000,000), ROUNDS (3, the median counts). The floors: libpq's COPY and single-row mode drained, ODBC
blocks of bound rows with nothing converted, libcurl's download (from nginx) parsed by yajl for nothing, a file's line ends
counted. Ratios count; absolute times are this machine's.
"""
from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from places import AS_USER, QUIET, USER, free_port, wait_for  # noqa: E402

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
READ = ROOT / "build/tests/bench/read_source"
ROWS = int(os.environ.get("ROWS", 1_000_000))
ROUNDS = int(os.environ.get("ROUNDS", 3))
COLUMNS = ["bh", "sfzh", "xm", "je", "rq", "gxsj", "bz", "zt"]
LIST = ", ".join(COLUMNS)


def sh(*args: str | Path, text: str | None = None) -> str:
    return subprocess.run([str(a) for a in args], check=True, text=True, input=text, stdout=subprocess.PIPE).stdout


def measure(name: str, *args: str) -> tuple[float, float, int]:
    """Median rows a second and CPU seconds, and the peak RSS."""
    runs = [[float(v) for v in sh(READ, *args).split()] for _ in range(ROUNDS)]
    assert all(run[0] == runs[0][0] for run in runs), name
    rate = statistics.median(run[0] / max(run[1], 0.001) for run in runs)
    return rate, statistics.median(run[2] for run in runs), int(max(run[3] for run in runs))


def report(floor: str | None, name: str, result: tuple[float, float, int], floors: dict) -> None:
    rate, cpu, rss = result
    ratio = f"{rate / floors[floor][0]:.2f} of {floor}" if floor else "floor"
    print(f"{name:<34} {rate / 1e6:6.2f} M rows/s  {cpu:6.2f} CPU s  {rss / 1024:6.0f} MB  {ratio}", flush=True)
    floors[name] = result


def postgres(folder: Path, results: dict) -> None:
    sh(ROOT / "tests/lib/pg.sh", "start", folder, "--fast", "-c", "shared_buffers=512MB")
    try:
        exports = dict(line.removeprefix("export ").split("=", 1) for line in
                       sh(ROOT / "tests/lib/pg.sh", "env", folder).split("\n") if line)
        conninfo = f"host={exports['PGHOST']} port={exports['PGPORT']} user={exports['PGUSER']} dbname=bidui".replace("'", "")
        sh("psql", "-Xq", conninfo, "-c", f"""create table dibao as select n::bigint bh, '99012119900101' || lpad((n % 9999)::text, 4, '0')
            sfzh, '姓名' || n xm, (n % 100000) / 100.0 je, date '2026-01-01' + (n % 300)::int rq, timestamp '2026-01-01' + n *
            interval '1 s' gxsj, '备注文字' bz, '正常' zt from generate_series(1, {ROWS}) n; alter table dibao add primary key (bh);
            analyze dibao""")
        query = f"select {LIST} from dibao where bh <= {ROWS}"
        connection = f"{{conninfo: '{conninfo}'}}"

        def ours(more: str, limit: int = ROWS) -> list[str]:
            return ["connector", "postgres", connection, f"{{query: 'select {LIST} from dibao where bh <= {limit}'{more}}}", *COLUMNS]
        report(None, "libpq COPY", measure("copy", "copy", conninfo, query), results)
        report(None, "libpq single row", measure("single", "single", conninfo, query), results)
        report("libpq single row", "postgres", measure("postgres", *ours("")), results)
        report("libpq single row", "postgres, order_by", measure("ordered", *ours(", order_by: [bh]")), results)
        report("libpq single row", "postgres, 2 slices", measure("slices", *ours(", order_by: [bh], slices: 2")), results)
        report("libpq single row", "postgres, a tenth of the rows", measure("tenth", *ours(", order_by: [bh]", ROWS // 10)), results)
    finally:
        sh(ROOT / "tests/lib/pg.sh", "remove", folder)


def mariadb(folder: Path, results: dict) -> None:
    server = ROOT / "tests/lib/mariadb.sh"
    sh(server, "start", folder, "--innodb-buffer-pool-size=512M")
    try:
        sh(server, "sql", folder, text=f"""create database mz character set utf8mb4; use mz; create table dibao (bh bigint primary key,
            sfzh char(18), xm varchar(40), je decimal(12,2), rq date, gxsj datetime, bz varchar(100), zt varchar(10));
            insert into dibao select seq, concat('99012119900101', lpad(seq % 9999, 4, '0')), concat('姓名', seq), (seq % 100000) / 100,
            date '2026-01-01' + interval (seq % 300) day, timestamp('2026-01-01') + interval seq second, '备注文字', '正常'
            from seq_1_to_{ROWS}; analyze table dibao""")
        string = f"Driver=MariaDB Unicode;SOCKET={sh(server, 'socket', folder).strip()};UID=root;DATABASE=mz;CHARSET=utf8mb4"
        query = f"select {LIST} from dibao"
        pages = [f"{query} where bh > {n} order by bh limit 5000" for n in range(0, ROWS, 5000)]
        connection = f"{{dialect: mysql, connection_string: '{string}'}}"

        def ours(more: str) -> list[str]:
            return ["connector", "odbc", connection, f"{{{more}}}", *COLUMNS]
        report(None, "ODBC blocks, one result", measure("block", "block", string, query), results)
        report(None, "ODBC blocks, pages by key", measure("pages", "block", string, *pages), results)
        report("ODBC blocks, one result", "odbc, one result", measure("whole", *ours(f"query: '{query}'")), results)
        report("ODBC blocks, pages by key", "odbc, page_by", measure("paged", *ours("table: dibao, page_by: [bh]")), results)
        report("ODBC blocks, pages by key", "odbc, page_by, a tenth",
               measure("tenth", *ours(f"table: dibao, page_by: [bh], where: bh <= {ROWS // 10}")), results)
    finally:
        sh(server, "remove", folder)


PAGE = 1000


def record(n: int) -> dict[str, object]:
    return {"bh": n, "sfzh": f"99012119900101{n % 9999:04}", "xm": f"姓名{n}", "je": n % 100000 / 100, "rq": f"2026-01-{n % 28 + 1:02}",
            "gxsj": f"2026-01-{n % 28 + 1:02} 08:00:00", "bz": "备注文字", "zt": "正常"}


def http(folder: Path, results: dict) -> None:
    """Pages of a static export behind nginx, ours asking for one at a time and for eight."""
    pages, port = max(ROWS // 4 // PAGE, 1), free_port()
    folder.mkdir()
    for page in range(1, pages + 1):
        rows = [record(n) for n in range((page - 1) * PAGE, page * PAGE)]
        (folder / f"{page}.json").write_text(json.dumps({"data": {"total": pages * PAGE, "rows": rows}}, ensure_ascii=False))
    temp = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temp} server {{ listen 127.0.0.1:{port}; root {folder};"
        f" location = /rows {{ try_files /$arg_page.json =404; }} }} }}\n")
    if AS_USER:
        shutil.chown(folder, USER)
    server = subprocess.Popen(["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")],
                              **QUIET, **AS_USER)
    try:
        wait_for(port)
        url, wanted = f"http://127.0.0.1:{port}", ("{request: {path: /rows}, paging: {kind: page_number, page: page, size: size,"
                                                     f" page_size: {PAGE}, total: /data/total}}, records: /data/rows}}")
        report(None, "curl and yajl", measure("download", "download", f"{url}/rows?page=", str(pages), str(pages * PAGE)), results)
        for parallel in (1, 8):
            ours = ["connector", "http", f"{{base_url: '{url}', parallel: {parallel}}}", wanted, *COLUMNS]
            report("curl and yajl", f"http, {parallel} in flight", measure(f"http {parallel}", *ours), results)
    finally:
        server.terminate()
        server.wait()


def files(folder: Path, results: dict) -> None:
    folder.mkdir()
    path = folder / "dibao.csv"
    with path.open("w") as out:
        out.write(LIST.replace(" ", "") + "\n")
        out.writelines(",".join(str(v) for v in record(n).values()) + "\n" for n in range(ROWS))
    ours = ["connector", "file", f"{{kind: file, folder: {folder}}}",
            "{match: '*.csv', format: {kind: csv, charset: utf-8, header: true}, after: keep}", *COLUMNS]
    report(None, "line ends counted", measure("lines", "lines", str(path), str(ROWS)), results)
    report("line ends counted", "file, CSV", measure("file", *ours), results)


def main() -> int:
    results: dict = {}
    with TemporaryDirectory(prefix="bidui-bench.") as top:
        Path(top).chmod(0o755)
        postgres(Path(top) / "pg", results)
        mariadb(Path(top) / "mariadb", results)
        http(Path(top) / "http", results)
        files(Path(top) / "files", results)
    for name, tenth in [("postgres, order_by", "postgres, a tenth of the rows"), ("odbc, page_by", "odbc, page_by, a tenth")]:
        print(f"{name}: peak RSS of all rows {results[name][2] / results[tenth][2]:.2f} of a tenth's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
