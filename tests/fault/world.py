"""What the fault campaign runs in: the sample departments behind links that can break, and every kind of connector
pulling one dataset through them.

A kind is pulled alone, into a database of its own that holds the roster; kinds of one lane share a server and go one
after the other."""
from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "lib"), str(Path(__file__).resolve().parents[1] / "departments")]

import places  # noqa: E402
from certificates import make_all  # noqa: E402
from deployment import ROOT, Deployment, Sandbox  # noqa: E402
from link import Link  # noqa: E402

PERSONS = 1200
ACQUAINTED = ("human_resources", "public_security", "finance", "health", "disabled_persons", "agriculture")
NUMBERS, NAMES = ("sfzh", "zjhm", "证件号码"), ("xm", "姓名")
MARIADB, SSHD, PG = (ROOT / f"tests/lib/{name}.sh" for name in ("mariadb", "sshd", "pg"))
Edit = tuple[str, str, str]

CURSOR = """    request: {method: GET, path: /aid}
    paging: {kind: cursor, cursor: cursor, next: /data/next, initial: "*", size: limit, page_size: 500}
    records: /data/rows
"""
OFFSET = """    request: {method: GET, path: /attendance, query: {since: "{since}"}}
    paging: {kind: offset, offset: offset, limit: limit, page_size: 500, total: /data/total}
"""
# What the sample configuration has no example of: dataset, and what stands in place of its own paging.
OTHER_PAGING = (
    ("http-next", "education.aid", (CURSOR, """    request: {path: /aid/next, query: {limit: '200'}}
    paging: {kind: next_url, next: /data/next, total: /data/total}
    records: /data/rows
""")),
    ("http-link", "education.aid", (CURSOR, """    request: {path: /aid/link, query: {limit: '200'}}
    paging: {kind: link, total: /data/total}
    records: /data/rows
""")),
    ("http-export", "education.aid", (CURSOR, """    request: {method: POST, path: /aid/export}
    paging: {kind: export, job: /job, poll: '/aid/export/{job}', state: /state, done: [DONE], failed: [FAILED],
             download: '/aid/export/{job}/file', every: 10ms, wait: 1s, total: /total}
    records: ''
    format: {kind: ndjson}
    filters: [{kind: gzip}]
""")),
    ("http-slices", "education.attendance", (OFFSET, """    request: {path: /attendance/days, times: yyyy-MM-dd, query: {from: '{from}', to: '{to}'}}
    paging: {kind: page_number, page: page, size: size, page_size: 100, total: /data/total}
    slices: {days: 90, begin: 2025-11-01}
""")),
)


@dataclass
class Kind:
    name: str
    dataset: str
    lane: str
    env: dict[str, str] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    link: str = ""                   # the link it goes through
    server: str = ""                 # what can be killed behind it
    secure: dict[str, str] = field(default_factory=dict)     # its environment where certificates are tried
    secure_link: str = ""
    secure_edits: list[Edit] = field(default_factory=list)

    @property
    def department(self) -> str:
        return self.dataset.partition(".")[0]

    @property
    def file(self) -> str:
        return f"connectors/{self.department}.yaml"


def say(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.rename(path)


def output(*args: object) -> str:
    return subprocess.run([str(a) for a in args], check=True, capture_output=True, text=True).stdout.strip()


def kill_tree(pid: int) -> None:
    """A server and the processes it has begun, at once."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
    children = [int(p) for p in found.split()]
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    for child in children:
        kill_tree(child)


def acquaint(data: Path, day: str) -> None:
    """Every third record of the departments' tables speaks of somebody on the roster, so that all kinds bring facts."""
    with next((data / "roster" / day).glob("*.csv")).open(encoding="utf-8-sig", newline="") as lines:
        people = [(row["证件号码"], row["姓名"]) for row in csv.DictReader(lines) if len(row["证件号码"]) == 18]
    for department in ACQUAINTED:
        for path in sorted((data / department).glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as lines:
                header, *rows = csv.reader(lines)
            number, name = (next(header.index(c) for c in called if c in header) for called in (NUMBERS, NAMES))
            for i, row in enumerate(rows[::3]):
                row[number], row[name] = people[i % len(people)]
            with path.open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([header, *rows])


class World:
    def __init__(self) -> None:
        self.s = Sandbox(persons=PERSONS, days=2, has_others=True)

    def __enter__(self) -> "World":
        self.s.__enter__()
        try:
            self._set_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc) -> None:
        for server, _ in getattr(self, "servers", {}).values():
            kill_tree(server.pid)
            server.wait()
        self.s.__exit__()

    def _set_up(self) -> None:
        self.day, self.next_day = self.s.days
        self.env = self.s.departments.env
        self.sftp_files = Path("/" + self.env["SFTP_URL"].split("/", 3)[3])
        self.others = self.s.departments.folder / "others"
        self.root = self.s.root
        self.root.chmod(0o711)                      # servers that aren't root walk through
        self.servers: dict[str, tuple[subprocess.Popen, int]] = {}
        make_all(self.root / "certificates")
        self._start_file_servers()
        self._make_links()
        acquaint(self.s.data, self.day)
        loaded = self.s.first_night(database="loaded")      # the departments show the day, with those people in it
        self.kinds = {k.name: k for k in self._kinds()}
        self.template = loaded.database

    # -- servers ------------------------------------------------------------------------------------------------------

    def certificate(self, called: str) -> tuple[Path, Path]:
        folder = self.root / "certificates"
        return folder / f"{called}.crt", folder / f"{called}.key"

    def _start_file_servers(self) -> None:
        """vsftpd and nginx over the same files; vsftpd's second connections come to one port."""
        self.files = self.root / "places"
        (self.files / "files").mkdir(parents=True)
        for file in (self.s.data / "housing" / self.day).iterdir():
            shutil.copy(file, self.files / "files")
        for name in ("key", "crt", "pem"):
            shutil.copy(self.root / f"certificates/good.{name}", self.files / f"server.{name}")
        if os.geteuid() == 0:
            for path in [self.files, *self.files.rglob("*")]:
                shutil.chown(path, places.USER)
        self.ftps_data = places.free_port()
        self.start("ftps")
        self.start("https")

    def start(self, server: str) -> None:
        if server == "ftps":
            port = self.servers["ftps"][1] if "ftps" in self.servers else places.free_port()
            self.servers["ftps"] = places.start_ftps(self.files, listen_port=port, pasv_min_port=self.ftps_data,
                                                     pasv_max_port=self.ftps_data)
        elif server == "https":
            shutil.rmtree(self.files / "nginx", ignore_errors=True)
            self.servers["https"] = places.start_nginx(self.files)
            if hasattr(self, "links"):
                self.links["https"].target = ("127.0.0.1", self.servers["https"][1])
        elif server == "mariadb":
            subprocess.run([MARIADB, "start", self.others / "mariadb", *self.mariadb_options], check=True)
        elif server == "postgres":
            subprocess.run([PG, "start", self.s.departments.folder / "pg", "--fast"], check=True)
        elif server == "sshd":
            subprocess.run([SSHD, "start", self.others / "sftp"], check=True)
            self.links["sftp"].target = ("127.0.0.1", int((self.others / "sftp/port").read_text()))
        if server in self.servers:
            places.wait_for(self.servers[server][1])

    def kill(self, server: str) -> None:
        if server in self.servers:
            kill_tree(self.servers[server][0].pid)
            self.servers[server][0].wait()
        elif server == "mariadb":
            subprocess.run([MARIADB, "stop", self.others / "mariadb", "--kill9"], check=True)
        elif server == "postgres":
            folder = self.s.departments.folder / "pg"
            backends = output("pgrep", "-P", output(PG, "pid", folder)).split()
            subprocess.run([PG, "stop", folder, "--kill9"], check=True)
            for backend in backends:
                kill_tree(int(backend))
        elif server == "sshd":
            pid = int((self.others / "sftp/pid").read_text())
            kill_tree(pid)
            while Path(f"/proc/{pid}/exe").exists():
                time.sleep(0.01)

    mariadb_options: tuple[str, ...] = ()

    def certify_mariadb(self, called: str) -> None:
        """It starts anew and shows that certificate from now on; "": it speaks no TLS."""
        home = Path((self.others / "mariadb/where").read_text().strip())
        for suffix in ("crt", "key") if called else ():
            shown = home / f"shown.{suffix}"
            shown.unlink(missing_ok=True)
            shutil.copyfile(self.root / f"certificates/{called}.{suffix}", shown)
            os.chown(shown, home.stat().st_uid, home.stat().st_gid)
        self.mariadb_options = (f"--ssl-cert={home}/shown.crt", f"--ssl-key={home}/shown.key") if called else ()
        self.kill("mariadb")
        self.start("mariadb")

    # -- links --------------------------------------------------------------------------------------------------------

    def _make_links(self) -> None:
        def of_url(name: str) -> tuple[str, int]:
            host, _, port = self.env[name].split("/")[2].partition(":")
            return host, int(port)
        education, gateways = of_url("EDUCATION_URL"), of_url("FINANCE_URL")
        sftp = "127.0.0.1", int((self.others / "sftp/port").read_text())
        good = self.certificate("good")
        pg = output(PG, "env", self.s.departments.folder / "pg")
        host = next(line.split("'")[1] for line in pg.splitlines() if "PGHOST" in line)
        port = next(line.rpartition("=")[2] for line in pg.splitlines() if "PGPORT" in line)
        self.postgres = f"{host}/.s.PGSQL.{port}"
        ftps, https = (("127.0.0.1", self.servers[name][1]) for name in ("ftps", "https"))
        self.links = {
            "education": Link(education), "education_tls": Link(education, tls=good),
            "gateways": Link(gateways), "gateways_tls": Link(gateways, tls=good),
            "postgres": Link(self.postgres), "postgres_tls": Link(self.postgres, tls=good, postgres=True),
            "mariadb": Link(output(MARIADB, "socket", self.others / "mariadb")),
            "sftp": Link(sftp),
            "ftps": Link(ftps, host="127.0.0.2"), "ftps_data": Link(("127.0.0.1", self.ftps_data), "127.0.0.2", self.ftps_data),
            "https": Link(https), "nobody": Link(("127.0.0.1", 1)),
        }

    def url(self, link: str, path: str, scheme: str = "http") -> str:
        at = self.links[link]
        return f"{scheme}://{at.host}:{at.port}/{path}"

    # -- kinds --------------------------------------------------------------------------------------------------------

    def _http(self, name: str, dataset: str, server: str, quick: tuple[str, str], is_secure: bool) -> Kind:
        department = dataset.partition(".")[0]
        variable = f"{department.upper()}_URL"
        file = f"connectors/{department}.yaml"
        plain = {variable: self.url(server, department)}
        secure = {variable: self.url(f"{server}_tls", department, "https")}
        trust = (file, "connection:\n", "connection:\n  tls: {ca: \"${env:FAULT_CA}\"}\n  connect_timeout: 2s\n")
        limit = (file, "  kind: http\n", "  kind: http\n  timeout: 2s\n")
        known = [(file, *quick)] + ([] if department == "education" else [limit])
        return Kind(name, dataset, server, secure if is_secure else plain, known + ([trust] if is_secure else []),
                    f"{server}_tls" if is_secure else server, secure=secure, secure_link=f"{server}_tls",
                    secure_edits=[] if is_secure else [trust])

    def _kinds(self) -> list[Kind]:
        hundred = ("page_size: 200", "page_size: 100")
        made = [
            self._http("http-json", "education.enrolment", "education", ("page_size: 1000", "page_size: 200"), True),
            self._http("http-offset", "education.attendance", "education", ("page_size: 500", "page_size: 200"), False),
            self._http("http-cursor", "education.aid", "education", ("page_size: 500", "page_size: 200"), False),
            self._http("http-soap", "public_security.cancellation", "gateways", hundred, False),
            self._http("http-signed", "human_resources.employment", "gateways", ("page_size: 500", "page_size: 200"), True),
            self._http("http-encrypted", "finance.microcredit", "gateways", hundred, False),
        ]
        made += [self._http(name, dataset, "education", edit, False) for name, dataset, edit in OTHER_PAGING]
        for kind in made:
            if kind.lane == "education":
                kind.edits.append((kind.file, "timeout: 30s", "timeout: 2s"))
            if kind.name == "http-export":         # its answers carry no code
                kind.edits.append((kind.file, '  ok: {pointer: /code, equals: ["0"]}', "  connect_timeout: 2s"))
        return made + self._databases() + self._files()

    def _databases(self) -> list[Kind]:
        link, secure = self.links["postgres"].port, self.links["postgres_tls"].port
        conninfo = "host={} port={} user=reader dbname=civil_affairs"
        fast = ("connectors/civil_affairs.yaml", "statement_timeout: 10min", "statement_timeout: 1s\n  connect_timeout: 2s")
        trust = ("connectors/civil_affairs.yaml", "  kind: postgres\n",
                 "  kind: postgres\n  ca_file: \"${env:FAULT_CA}\"\n")
        query = '    query: "select jzbh, sfzh, xm, jzyy, je, jzrq from linshijiuzhu"\n'
        numbered = ('    query: "select row_number() over (order by l::text) as xh, jzbh, sfzh, xm, jzyy, je, jzrq from'
                    ' linshijiuzhu l"\n    order_by: [xh]\n')
        env = {"CIVIL_AFFAIRS_DB": conninfo.format("127.0.0.1", link)}
        tls = {"CIVIL_AFFAIRS_DB": conninfo.format("localhost", secure)}
        maria = self.links["mariadb"].port
        relief = "civil_affairs.relief"
        made = [Kind(name, relief, "databases", env, [fast] + more, "postgres", "postgres", tls, "postgres_tls", [trust])
                for name, more in (("postgres", []), ("postgres-ordered", [(fast[0], query, numbered)]),
                                   ("postgres-sliced", [(fast[0], query, numbered + "    slices: 3\n")]))]
        made.append(Kind("odbc-mariadb", "disabled_persons.certificate", "databases",
                         {"DISABLED_PERSONS_ODBC": f"Driver=MariaDB Unicode;Server=127.0.0.1;Port={maria};Database=disabled_persons;"
                                                   "CHARSET=utf8mb4;READ_TIMEOUT=2"},
                         [("connectors/disabled_persons.yaml", "    page_by: [cjzh, sfzh]\n",
                           "    page_by: [cjzh, sfzh]\n    page_rows: 200\n"),
                          ("connectors/disabled_persons.yaml", "  dialect: mysql\n", "  dialect: mysql\n  login_timeout: 1s\n")],
                         "mariadb", "mariadb"))
        made.append(Kind("odbc-sqlite", "agriculture.claim", "databases",
                         {"AGRICULTURE_ODBC": "Driver=SQLite3;Database={case}/agriculture.db;Timeout=500"},
                         [("connectors/agriculture.yaml", "    page_by: [lpbh]\n", "    page_by: [lpbh]\n    page_rows: 100\n")]))
        return made

    def _files(self) -> list[Kind]:
        file = "connectors/housing.yaml"
        folder = '  folder: "${env:HOUSING_DIR}"\n'
        ftps = f'  url: "ftps://127.0.0.2:{self.links["ftps"].port}"\n  user: anonymous\n  password: "${{env:FTPS_PASSWORD}}"\n' \
               '  ca: "${env:FAULT_CA}"\n  timeout: 2s\n'
        https = f'  url: "https://127.0.0.1:{self.links["https"].port}/out"\n  ca: "${{env:FAULT_CA}}"\n  timeout: 2s\n'
        keep = (file, '    match: "鉴定_*.csv"\n', '    match: "鉴定_*.csv"\n    after: keep\n')
        dated = [(file, f'    match: "{name}_*.csv"\n', f'    match: "{name}_{{yyyy-MM-dd}}.csv"\n') for name in ("鉴定", "改造")]
        sftp = {"SFTP_URL": self.url("sftp", self.env["SFTP_URL"].split("/", 3)[3], "sftp")}
        return [
            Kind("file-folder", "housing.assessment", "files", {"HOUSING_DIR": "{case}/housing"}),
            Kind("file-sftp", "health.major_disease", "files", sftp,
                 [("connectors/health.yaml", "  kind: file\n", "  kind: file\n  timeout: 2s\n")], "sftp", "sshd"),
            Kind("file-ftps", "housing.assessment", "files", {"FTPS_PASSWORD": "bidui"}, [(file, folder, ftps), keep],
                 "ftps_data", "ftps"),
            Kind("file-https", "housing.assessment", "files", {},
                 [(file, folder, https), (file, '    ready: {marker: ".done"}\n', ""), *dated], "https", "https"),
        ]

    def deployment(self, kind: Kind, name: str) -> Deployment:
        """Its roster is loaded, nothing pulled; what the kind reads of files of its own lies in its folder."""
        d = self.s.deployment(database=name, template=self.template)
        env = {"BIDUI_TODAY": self.day, "FAULT_CA": str(self.certificate("ca")[0]), "BIDUI_PAGES_PER_COMMIT": "1",
               "TMPDIR": str(d.folder / "tmp"), "BIDUI_RUNTIME": str(d.folder / "runtime"), **kind.env}
        d.extra = {key: value.replace("{case}", str(d.folder)) for key, value in env.items()}
        (d.folder / "tmp").mkdir()
        (d.folder / "runtime").mkdir(mode=0o700)
        for edit in kind.edits:
            d.edit(*edit)
        self.supply(kind, d)
        return d

    def supply(self, kind: Kind, d: Deployment) -> None:
        """The department's own files anew, sound."""
        if kind.name == "odbc-sqlite":
            shutil.copy(self.others / "show/agriculture.db", d.folder)
        elif kind.name == "file-folder":
            shutil.rmtree(d.folder / "housing", ignore_errors=True)
            shutil.copytree(self.s.data / "housing" / self.day, d.folder / "housing")

    def misbehave(self, kind: Kind, *what: str) -> None:
        """Of the one kind alone: kinds of a lane go one after the other."""
        text = "".join(f"{kind.dataset} {line}\n" for line in what)
        path = self.s.departments.folder / "http/misbehave" if kind.lane == "education" else self.others / "show/misbehave"
        say(path, text)

    def tidy(self, d: Deployment) -> None:
        self.s.cluster.psql(f'drop database if exists "{d.database}" with (force)', "postgres")
        shutil.rmtree(d.folder)
