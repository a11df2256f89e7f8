"""Whole-night time and memory of bidui, side by side with what a user would otherwise do, in one run: the first night, which
lands everything, and the second, when the departments send everything again with one record in a hundred changed. For the
alternatives the second is as the first.

PERSONS (default 1,000,000) and RECORDS (10,000,000) may be set. Ratios are what counts; absolute times are this
machine's; on a busy one look at the CPU seconds, of the programs and the database server together. The alternatives'
SQL stands beside this file. DuckDB is compared when python finds it (DUCKDB_PYTHON). All ways must find the same.
"""
from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build"
BENCH = BUILD / "bench"
PERSONS = int(os.environ.get("PERSONS", 1_000_000))
RECORDS = int(os.environ.get("RECORDS", 10_000_000))
ROUNDS = int(os.environ.get("ROUNDS", 3))
ROSTER = BENCH / f"roster-{PERSONS}.csv"
DAY, NEXT_DAY = "2026-11-22", "2026-11-23"
TUNED = ["-c", "shared_buffers=2GB", "-c", "max_wal_size=8GB"]


def sh(*args: str | Path, env: dict[str, str] | None = None, **kwargs) -> str:
    return subprocess.run([str(a) for a in args], check=True, env=env, text=True, stdout=subprocess.PIPE, **kwargs).stdout


def make_data() -> dict[str, Path]:
    tool = BENCH / "make_data"
    BENCH.mkdir(parents=True, exist_ok=True)
    sh("gcc", "-O2", "-I.", "-D_GNU_SOURCE", "-o", tool, HERE / "make_data.c", BUILD / "libbidui.a", "-lcrypto", "-lm", cwd=ROOT)
    files = {}
    for name, records in (("1x", RECORDS // 10), ("10x", RECORDS)):
        folder = BENCH / f"stream-{PERSONS}-{records}"
        files[name] = folder / "stream-1.csv"
        if not (folder / "later.csv").exists() or not ROSTER.exists():
            folder.mkdir(exist_ok=True)
            sh(tool, str(PERSONS), str(records), "10", ROSTER, files[name], folder / "later.csv")
    return files


def start_postgres() -> dict[str, str]:
    sh(ROOT / "tests/lib/pg.sh", "start", BENCH / "pg", *TUNED)
    env = dict(os.environ)
    for line in sh(ROOT / "tests/lib/pg.sh", "env", BENCH / "pg").splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        env[name] = value.strip("'\"")
    env["PGOPTIONS"] = "-c search_path=public"  # else the alternatives' tables would go with the schema of the role's name
    return env


def psql(env: dict[str, str], sql: str) -> str:
    return sh("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", "set client_min_messages = warning", "-c", sql, env=env).strip()


class Cost(NamedTuple):
    wall: float
    cpu: float


def ticks_of(pid: str, with_children: bool) -> int:
    """utime, stime and, of children that have ended, cutime and cstime; see proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0  # it has just ended: its parent has its time now
    return sum(int(field) for field in fields[11:15 if with_children else 13])


def cpu_seconds() -> float:
    """Used so far by the programs we ran and by the database server."""
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    postmaster = sh(ROOT / "tests/lib/pg.sh", "pid", BENCH / "pg").strip()
    backends = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    server = ticks_of(postmaster, True) + sum(ticks_of(pid, False) for pid in backends)
    return ours.ru_utime + ours.ru_stime + server / os.sysconf("SC_CLK_TCK")


def timed(action) -> Cost:
    cpu, began = cpu_seconds(), time.monotonic()
    action()
    wall = time.monotonic() - began
    return Cost(wall, cpu_seconds() - cpu)


# ---- bidui ----

def bidui_env(env: dict[str, str], stream: Path) -> dict[str, str]:
    out = BENCH / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    drop = BENCH / "roster"
    shutil.rmtree(drop, ignore_errors=True)
    drop.mkdir()
    return {**env, "BIDUI_CONFIG": str(HERE / "config"), "BIDUI_OUT": str(out), "BIDUI_DATABASE": "", "BIDUI_TODAY": DAY,
            "BIDUI_CODE_KEY": "11" * 32, "BIDUI_SEAL_KEY": "22" * 32, "ROSTER_DIR": str(drop), "STREAM_DIR": str(stream.parent)}


def bidui(env: dict[str, str], *args: str) -> None:
    done = subprocess.run([BUILD / "bidui", *args], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"bidui {args}: {done.returncode}\n{done.stderr[-2000:]}")


def deploy(env: dict[str, str], stream: Path) -> tuple[dict[str, str], Cost]:
    """A fresh deployment with the roster loaded, and what loading it cost."""
    psql(env, "drop schema if exists bidui cascade")
    e = bidui_env(env, stream)
    bidui(e, "init")
    cost = timed(lambda: bidui(e, "roster", "load", str(ROSTER)))
    psql(env, "checkpoint")
    return e, cost


def bidui_nights(env: dict[str, str], stream: Path) -> tuple[Cost, Cost]:
    """What is timed is the night: the first, and the second one."""
    e, _ = deploy(env, stream)
    first = timed(lambda: bidui(e, "run", "--date", DAY))
    psql(env, "checkpoint")
    later = stream.parent / "later"
    shutil.rmtree(later, ignore_errors=True)
    later.mkdir()
    (later / "stream-2.csv").hardlink_to(stream.parent / "later.csv")
    e |= {"STREAM_DIR": str(later), "BIDUI_TODAY": NEXT_DAY}
    return first, timed(lambda: bidui(e, "run", "--date", NEXT_DAY))


def print_stages(env: dict[str, str], stream: Path) -> None:
    """The night's stages one by one, as a cron that runs each by itself would have them."""
    e, roster = deploy(env, stream)
    print_stage("roster", roster)
    print_stage("pull", timed(lambda: bidui(e, "pull")))
    for stage in ("assess", "alert", "deliver"):
        print_stage(stage, timed(lambda: bidui(e, stage, "--date", DAY)))


def print_stage(name: str, cost: Cost) -> None:
    print(f"  {name:8} wall {cost.wall:7.2f} s   cpu {cost.cpu:7.2f} s", flush=True)


def peak_of_pull(env: dict[str, str], stream: Path) -> int:
    e, _ = deploy(env, stream)
    script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    return int(sh(sys.executable, "-c", script, BUILD / "bidui", "pull", "health_insurance.settlement", env=e))


# ---- the alternatives ----

def load_person(env: dict[str, str]) -> None:
    psql(env, "drop table if exists sql_person; create table sql_person (person_no text, household_no text, name text,"
              " id_number text, class text)")
    copy = ("copy sql_raw from stdin (format csv, header)")
    psql(env, "drop table if exists sql_raw; create unlogged table sql_raw (a text, b text, c text, d text, e text, f text, g text,"
              " h text, i text, j text, k text, l text, m text, n text, o text)")
    with ROSTER.open("rb") as f:
        subprocess.run(["psql", "-Xq", "-c", copy], stdin=f, env=env, check=True)
    psql(env, "insert into sql_person select a, b, c, d, case l when '脱贫户' then 'lifted' else 'general' end from sql_raw;"
              " drop table sql_raw; create index on sql_person (id_number); analyze sql_person")


def split_stream(stream: Path) -> list[Path]:
    halves = [stream.with_suffix(".a"), stream.with_suffix(".b")]
    if not halves[1].exists():
        lines = RECORDS // 2 + 1
        sh("bash", "-c", f"head -n {lines} '{stream}' > '{halves[0]}'; (head -n 1 '{stream}'; tail -n +{lines + 1} '{stream}') > '{halves[1]}'")
    return halves


def sql_night(env: dict[str, str], halves: list[Path]) -> Cost:
    psql(env, "drop table if exists stage; create unlogged table stage (setl_id text, certno text, psn_name text, insutype text,"
              " hospital text, setl_time text, medfee_sumamt text, fund_pay_sumamt text, psn_part_amt text, updt_time text)")
    psql(env, "checkpoint")

    def night() -> None:
        loads = [subprocess.Popen(["psql", "-Xq", "-c", f"\\copy stage from '{half}' (format csv, header)"], env=env) for half in halves]
        if any(load.wait() for load in loads):
            raise SystemExit("psql failed")
        sh("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", HERE / "sql_way.sql", env=env)
    return timed(night)


def duckdb_python() -> str | None:
    for candidate in (os.environ.get("DUCKDB_PYTHON"), sys.executable, shutil.which("python3")):
        if candidate and subprocess.run([candidate, "-c", "import duckdb"], capture_output=True).returncode == 0:
            return candidate
    return None


def duckdb_night(env: dict[str, str], python: str, stream: Path) -> Cost:
    parquet = ROSTER.with_suffix(".parquet")
    if not parquet.exists():
        sh(python, "-c", f"import duckdb; duckdb.sql(\"copy (from read_csv('{ROSTER}', all_varchar = true)) to '{parquet}'\")")
    psql(env, "drop table if exists duck_fact, duck_finding; create table duck_fact (setl_id text, person_no text, household_no text,"
              " class text, settled_on date, total numeric, burden numeric, updated_at timestamp)")
    psql(env, "checkpoint")

    def night() -> None:
        sh(python, HERE / "duckdb_way.py", stream, parquet, env=env)
        sh("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", HERE / "duckdb_findings.sql", env=env)
    return timed(night)


# ---- the table ----

FINDINGS = {
    "bidui": "select k.person_no, (f.details->'values'->>'burden')::numeric as burden from bidui.finding f"
             " join bidui.person_key k using (county, person_id) where edition = 1",
    "sql": "select person_no, burden from sql_finding",
    "duckdb": "select person_no, burden from duck_finding",
}


def compare_findings(env: dict[str, str], ways: list[str]) -> bool:
    """Person by person and amount by amount, each way against bidui."""
    same = True
    for way in ways:
        count = psql(env, f"select count(*) || ', sum ' || sum(burden) from ({FINDINGS[way]}) f")
        ours, theirs = FINDINGS["bidui"], FINDINGS[way]
        differ = int(psql(env, f"select count(*) from (({ours} except all {theirs}) union all ({theirs} except all {ours})) d"))
        same = same and differ == 0
        print(f"{way:8} findings {count}" + (f"  DIFFERENT in {differ}" if differ else ""))
    return same


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def print_costs(costs: dict[str, list[Cost]]) -> None:
    wall = {way: median([c.wall for c in rounds]) for way, rounds in costs.items()}
    cpu = {way: median([c.cpu for c in rounds]) for way, rounds in costs.items()}
    for way, rounds in costs.items():
        spread = f"{min(c.wall for c in rounds):.2f}-{max(c.wall for c in rounds):.2f}"
        print(f"{way:8} wall {wall[way]:7.2f} s ({spread})  {wall[way] / wall['bidui']:5.2f} x bidui"
              f"   cpu {cpu[way]:7.2f} s  {cpu[way] / cpu['bidui']:5.2f} x bidui")


def main() -> int:
    files = make_data()
    env = start_postgres()
    try:
        small, large = peak_of_pull(env, files["1x"]), peak_of_pull(env, files["10x"])
        print(f"peak memory of a pull: {small / 1024:.0f} MiB at {RECORDS // 10:,} records, {large / 1024:.0f} MiB at {RECORDS:,}"
              f" (ratio {large / small:.2f})", flush=True)
        print_stages(env, files["10x"])
        load_person(env)
        halves, python = split_stream(files["10x"]), duckdb_python()
        costs: dict[str, list[Cost]] = {"bidui": [], "sql": []}
        second = []
        for _ in range(ROUNDS):
            for way, night in zip((costs["bidui"], second), bidui_nights(env, files["10x"])):
                way.append(night)
            costs["sql"].append(sql_night(env, halves))
            if python:
                costs.setdefault("duckdb", []).append(duckdb_night(env, python, files["10x"]))
        same = compare_findings(env, list(costs))
        print("first night:")
        print_costs(costs)
        print("second night, of which one record in a hundred is new:")
        print_costs(costs | {"bidui": second})
        if not python:
            print("duckdb   not installed: not compared")
        return 0 if same else 1
    finally:
        sh(ROOT / "tests/lib/pg.sh", "stop", BENCH / "pg")


if __name__ == "__main__":
    sys.exit(main())
