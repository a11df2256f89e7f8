"""A private deployment for tests: generated county, departments served for real, PostgreSQL, configuration.

Only the standard library. Everything lies in one folder and ends by pid. Keys are fixed, so that two deployments
on the same input must give the same bytes.
"""
from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", ROOT / "build")).resolve()
PG = ROOT / "tests/lib/pg.sh"
SERVE = ROOT / "tests/departments/serve.sh"
GENERATE = ROOT / "tests/departments/generate.py"
PYTHON = "/usr/bin/python3"
# The departments whose records decide the leads; the other twelve are pulled where a test asks for them.
FIVE = ("civil_affairs", "education", "health_insurance", "housing", "water")
OTHERS = tuple(sorted({path.stem for path in (ROOT / "config/connectors").glob("*.yaml")} - {*FIVE, "roster"}))
CODE_KEY, SEAL_KEY = "11" * 32, "22" * 32


def read_exports(text: str) -> dict[str, str]:
    """The values of `export NAME=VALUE` lines, as a shell reads them."""
    script = text + "\nenv -0\n"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, env={"PATH": os.environ["PATH"]})
    names = re.findall(r"^export (\w+)=", text, re.M)
    values = dict(item.split("=", 1) for item in done.stdout.decode().split("\0") if "=" in item)
    return {name: values[name] for name in names}


def generate(folder: Path, persons: int, days: int, last_day: str, seed: int = 1) -> list[str]:
    subprocess.run([PYTHON, GENERATE, "--out", folder, "--seed", str(seed), "--persons", str(persons), "--days",
                    str(days), "--last-day", last_day], check=True, stdout=subprocess.DEVNULL)
    return (folder / "days").read_text().split()


def rules_of_five(text: str) -> str:
    """Rules without those that read the others, and without the exceptions that do."""
    kept = []
    for rule in re.split(r"^(?=- id: )", text, flags=re.M)[1:]:
        rule = re.sub(r"^    \w+: .*\b(?:%s)\.\w+.*\n" % "|".join(OTHERS), "", rule, flags=re.M) if "\n  unless:\n" in rule else rule
        rule = re.sub(r"^  unless:\n(?!    )", "", rule, flags=re.M)
        if not re.search(r"\b(?:%s)\.\w" % "|".join(OTHERS), re.sub(r"(?m)^  waiting:.*\n(?:    - .*\n)*", "", rule)):
            kept.append(rule)
    return "".join(kept)


class Cluster:
    """A private PostgreSQL; databases are made and dropped in it at will."""

    def __init__(self, folder: Path, fast: bool = True):
        self.folder, self.fast = folder, fast
        self.start()

    def start(self) -> None:
        subprocess.run([PG, "start", self.folder] + (["--fast"] if self.fast else []), check=True,
                       stdout=subprocess.DEVNULL)
        self.env = read_exports(subprocess.run([PG, "env", self.folder], check=True, capture_output=True,
                                               text=True).stdout)

    def stop(self, kill9: bool = False) -> None:
        subprocess.run([PG, "stop", self.folder] + (["--kill9"] if kill9 else []), stdout=subprocess.DEVNULL)

    def remove(self) -> None:
        subprocess.run([PG, "remove", self.folder], stdout=subprocess.DEVNULL)

    def psql(self, sql: str, database: str = "bidui") -> str:
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
                              env={**os.environ, **self.env}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr}")
        return done.stdout

    def dump(self, database: str = "bidui") -> str:
        """Everything in it, as SQL."""
        done = subprocess.run(["pg_dump", "-d", database], env={**os.environ, **self.env}, capture_output=True, text=True,
                              check=True)
        return done.stdout

    def create(self, database: str, template: str | None = None) -> None:
        self.psql(f'drop database if exists "{database}" with (force)', "postgres")
        self.psql(f'create database "{database}"' + (f' template "{template}"' if template else ""), "postgres")


class Departments:
    """The sample departments of one generated county."""

    def __init__(self, folder: Path, data: Path, has_others: bool = False):
        self.folder, self.data, self.has_others = folder, data, has_others
        env = {**os.environ, "DEPARTMENT_SERVER": str(BUILD / "department-server")}
        subprocess.run([SERVE, "start", folder, data] + (["all"] if has_others else []), check=True, env=env, stdout=subprocess.DEVNULL)
        self.env = read_exports((folder / "env").read_text())

    def day(self, day: str) -> None:
        subprocess.run([SERVE, "day", self.folder, day], check=True, stdout=subprocess.DEVNULL)
        self.today = day

    def misbehave(self, *lines: str) -> None:
        (self.folder / "http" / "misbehave").write_text("".join(line + "\n" for line in lines))

    def stop(self) -> None:
        subprocess.run([SERVE, "stop", self.folder], stdout=subprocess.DEVNULL)


class Deployment:
    """A configuration folder, an out folder and a database for the program to work on."""

    def __init__(self, folder: Path, cluster: Cluster, departments: Departments, database: str = "bidui",
                 config: Path = ROOT / "config"):
        self.folder, self.cluster, self.departments, self.database = folder, cluster, departments, database
        self.config, self.out = folder / "config", folder / "out"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(config, self.config)
        if not departments.has_others:
            self.leave_others_out()
        self.out.mkdir()
        self.log = folder / "log"
        self.extra: dict[str, str] = {}

    def leave_others_out(self) -> None:
        for path in (self.config / "connectors").glob("*.yaml"):
            if path.stem not in (*FIVE, "roster"):
                path.unlink()
        for path in (self.config / "rules").glob("*.yaml"):
            kept = rules_of_five(path.read_text())
            path.write_text(kept) if kept else path.unlink()
        (self.config / "returns.yaml").unlink()  # reads registers of other departments

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.config / file
        text = path.read_text()
        if old not in text:
            raise ValueError(f"{file}: {old!r} not found")
        path.write_text(text.replace(old, new))

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        return {"PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), **self.cluster.env,
                **self.departments.env, "PGDATABASE": self.database, "BIDUI_CONFIG": str(self.config),
                "BIDUI_OUT": str(self.out), "BIDUI_DATABASE": "", "BIDUI_CODE_KEY": CODE_KEY,
                "BIDUI_SEAL_KEY": SEAL_KEY, "BIDUI_RETRY_BASE_MS": "10", **self.extra, **(extra or {})}

    def run(self, *args: str, ok: tuple[int, ...] | None = (0,), extra: dict[str, str] | None = None,
            prefix: tuple[str, ...] = (), timeout: int = 300) -> subprocess.CompletedProcess:
        done = subprocess.run([*prefix, str(BUILD / "bidui"), *args], env=self.environment(extra),
                              capture_output=True, text=True, timeout=timeout)
        with self.log.open("a") as log:
            log.write(f"$ bidui {' '.join(args)} -> {done.returncode}\n{done.stdout}{done.stderr}")
        if ok is not None and done.returncode not in ok:
            sys.stderr.write(done.stderr[-4000:])
            raise AssertionError(f"bidui {' '.join(args)}: exit {done.returncode}, expected {ok}")
        return done

    def night(self, day: str, ok: tuple[int, ...] | None = (0,), extra: dict[str, str] | None = None,
              switch: bool = True, **kwargs) -> subprocess.CompletedProcess:
        if switch:
            self.departments.day(day)
        return self.run("run", "--date", day, ok=ok, extra={"BIDUI_TODAY": day, **(extra or {})}, **kwargs)

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.out)): p.read_bytes() for p in sorted(self.out.rglob("*")) if p.is_file()}

    def fact_rows(self) -> dict[str, str]:
        """Declared columns, links and editions of every fact table, and of the roster, in a fixed order."""
        columns = self.cluster.psql("select table_name || '|' || string_agg(quote_ident(column_name), ',' order by ordinal_position)"
                                    " from information_schema.columns where table_schema = 'bidui' and (table_name like"
                                    " 'fact\\_%' or table_name in ('person', 'household', 'identity', 'village', 'alert',"
                                    " 'alert_state', 'lead', 'lead_state')) and column_name not in ('page', 'row_number')"
                                    " group by table_name order by 1", self.database).split()
        tables = dict(line.split("|") for line in columns)
        script = "".join(f"select E'\\x01{t}'; select {names} from bidui.{t} order by {names};" for t, names in tables.items())
        parts = self.cluster.psql(script, self.database).split("\x01")[1:]
        return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


class Sandbox:
    """A temporary folder with a cluster and departments; `with Sandbox(...) as s`."""

    def __init__(self, persons: int = 2000, days: int = 4, last_day: str = "2026-11-22", seed: int = 1,
                 has_others: bool = False):
        self.args, self.has_others = (persons, days, last_day, seed), has_others

    def __enter__(self) -> "Sandbox":
        self.root = Path(tempfile.mkdtemp(prefix="bidui-test."))
        self.data = self.root / "data"
        self.days = generate(self.data, *self.args)
        self.cluster = Cluster(self.root / "pg")
        self.departments = Departments(self.root / "departments", self.data, self.has_others)
        self.numbers = itertools.count(1)
        return self

    def __exit__(self, *exc) -> None:
        self.departments.stop()
        self.cluster.remove()
        if os.environ.get("KEEP"):
            sys.stderr.write(f"kept: {self.root}\n")
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    def deployment(self, database: str | None = None, template: str | None = None) -> Deployment:
        number = next(self.numbers)
        name = database or f"d{number}"
        self.cluster.create(name, template)
        return Deployment(self.root / f"deployment{number}", self.cluster, self.departments, name)

    def first_night(self, **kwargs) -> Deployment:
        """A deployment whose schema stands and whose roster is loaded as of the first day."""
        d = self.deployment(**kwargs)
        d.run("init")
        self.departments.day(self.days[0])
        d.run("roster", "load", extra={"BIDUI_TODAY": self.days[0]})
        return d
