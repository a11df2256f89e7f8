#!/bin/bash
# The departments of the sample county, for a deployment to pull from.
#
#   serve.sh start DIR DATA_DIR [all]   two databases, the HTTP server ($DEPARTMENT_SERVER), drop folders; writes DIR/env;
#                                       with `all` also the twelve departments of serve_others.sh
#   serve.sh day DIR DATE         all departments show that day; its roster and housing files are dropped
#   serve.sh stop DIR             ends what start began
#
# DATA_DIR is what generate.py made; it is only read. Unix sockets and loopback alone.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
PG=$here/../lib/pg.sh

die() {
    echo "serve.sh: $1" >&2
    exit 1
}

key() { head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# Prints a libpq connection string for a department's database, as its reader.
conninfo() {
    (
        eval "$("$PG" env "$DIR/pg")"
        echo "host=$PGHOST port=$PGPORT user=reader dbname=$1"
    )
}

start_databases() {
    "$PG" start "$DIR/pg" --fast
    (
        eval "$("$PG" env "$DIR/pg")"
        psql -X -q -v ON_ERROR_STOP=1 <<'SQL'
select 'create role reader login' where not exists (select from pg_roles where rolname = 'reader') \gexec
select format('create database %I', d) from unnest(array['civil_affairs', 'water']) d
 where not exists (select from pg_database where datname = d) \gexec
SQL
    )
}

# The server reads the records through a folder of our own, so that several deployments can share DATA_DIR.
start_server() {
    local i department
    [ -x "${DEPARTMENT_SERVER:-}" ] || die "DEPARTMENT_SERVER does not name the department server"
    mkdir -p "$DIR/http"
    for department in education health_insurance; do
        ln -sfn "$DATA/$department" "$DIR/http/$department"
    done
    rm -f "$DIR/port"
    setsid "$DEPARTMENT_SERVER" --data "$DIR/http" --port 0 --port-file "$DIR/port" --education-key "$EDUCATION_KEY" \
        --health-token "$HEALTH_TOKEN" </dev/null >"$DIR/server.log" 2>&1 &
    echo $! >"$DIR/server.pid"
    for i in $(seq 600); do
        [ -s "$DIR/port" ] && return
        kill -0 "$(cat "$DIR/server.pid")" 2>/dev/null || { cat "$DIR/server.log" >&2; die "the department server ended"; }
        sleep 0.05
    done
    die "the department server writes no port"
}

write_env() {
    local port
    port=$(cat "$DIR/port")
    {
        echo "export EDUCATION_URL='http://127.0.0.1:$port/education'"
        echo "export EDUCATION_KEY='$EDUCATION_KEY'"
        echo "export HEALTH_INSURANCE_URL='http://127.0.0.1:$port/health_insurance'"
        echo "export HEALTH_INSURANCE_TOKEN='$HEALTH_TOKEN'"
        echo "export CIVIL_AFFAIRS_DB='$(conninfo civil_affairs)'"
        echo "export WATER_DB='$(conninfo water)'"
        echo "export HOUSING_DIR='$DIR/housing'"
        echo "export ROSTER_DIR='$DIR/roster'"
    } >"$DIR/env.tmp"
    mv "$DIR/env.tmp" "$DIR/env"
}

set_day() {
    echo "$1" >"$DIR/http/day.tmp"
    mv "$DIR/http/day.tmp" "$DIR/http/day"
}

do_start() {
    [ -s "$DATA/days" ] || die "$DATA holds no county: run generate.py --out $DATA first"
    mkdir -p "$DIR/http" "$DIR/housing" "$DIR/roster"
    do_stop
    echo "$DATA" >"$DIR/data"
    EDUCATION_KEY=$(key)
    HEALTH_TOKEN=$(key)
    set_day "$(head -n 1 "$DATA/days")"
    start_databases
    start_server
    write_env
    load "$(head -n 1 "$DATA/days")"
    if [ "$ALL" = all ]; then
        "$here/serve_others.sh" start "$DIR/others" "$DATA"
        cat "$DIR/others/env" >>"$DIR/env"
    fi
}

load() {
    local department
    for department in civil_affairs water; do
        (
            eval "$("$PG" env "$DIR/pg")"
            PGDATABASE=$department PGOPTIONS='-c client_min_messages=warning' "$here/load_db.sh" "$DATA/$department" "$1"
        )
    done
}

# A file appears complete under its name, and only then its marker.
drop() {
    local file=$1 folder=$2 name
    name=$(basename "$file")
    rm -f "$folder/$name.done"
    cp "$file" "$folder/.$name.part"
    mv "$folder/.$name.part" "$folder/$name"
    if [ -e "$file.done" ]; then
        cp "$file.done" "$folder/$name.done"
    fi
}

do_day() {
    local file
    DATA=$(cat "$DIR/data")
    grep -qx "$1" "$DATA/days" || die "$1 is not a day of $DATA"
    set_day "$1"
    load "$1"
    for file in "$DATA/roster/$1"/*.csv; do
        drop "$file" "$DIR/roster"
    done
    for file in "$DATA/housing/$1"/*.csv; do
        drop "$file" "$DIR/housing"
    done
    if [ -e "$DIR/others/env" ]; then
        "$here/serve_others.sh" day "$DIR/others" "$1"
    fi
}

do_stop() {
    local pid i
    if [ -s "$DIR/server.pid" ]; then
        pid=$(cat "$DIR/server.pid")
        # The number may belong to another process by now.
        if [ "$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -cx -e "$DIR/http")" -gt 0 ]; then
            kill "$pid"
            for i in $(seq 100); do
                kill -0 "$pid" 2>/dev/null || break
                sleep 0.05
            done
            kill -KILL "$pid" 2>/dev/null || true
        fi
        rm -f "$DIR/server.pid"
    fi
    if [ -e "$DIR/pg" ]; then
        "$PG" stop "$DIR/pg"
    fi
    if [ -e "$DIR/others" ]; then
        "$here/serve_others.sh" stop "$DIR/others"
    fi
}

[ $# -ge 2 ] || die "usage: serve.sh start DIR DATA_DIR [all] | day DIR DATE | stop DIR"
DIR=$(readlink -m "$2")
case "$1 $#" in
"start 3" | "start 4")
    DATA=$(readlink -f "$3")
    ALL=${4:-}
    do_start
    ;;
"day 3") do_day "$3" ;;
"stop 2") do_stop ;;
*) die "usage: serve.sh start DIR DATA_DIR [all] | day DIR DATE | stop DIR" ;;
esac
