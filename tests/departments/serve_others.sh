#!/bin/bash
# The twelve other departments of the sample county, each served in its own manner (publish.py, gateways.py tell which).
#
#   serve_others.sh start DIR DATA_DIR   a MariaDB, an SFTP server and the gateways; writes DIR/env
#   serve_others.sh day DIR DATE         all of them show that day
#   serve_others.sh stop DIR             ends what start began
#
# Loopback and unix sockets alone.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
lib=$here/../lib

die() {
    echo "serve_others.sh: $1" >&2
    exit 1
}

key() { head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

start_gateways() {
    local i
    rm -f "$DIR/port"
    setsid /usr/bin/python3 "$here/gateways.py" --data "$DIR/show/gateways" --port-file "$DIR/port" \
        </dev/null >"$DIR/gateways.log" 2>&1 &
    echo $! >"$DIR/gateways.pid"
    for i in $(seq 600); do
        [ -s "$DIR/port" ] && return
        kill -0 "$(cat "$DIR/gateways.pid")" 2>/dev/null || { cat "$DIR/gateways.log" >&2; die "the gateways ended"; }
        sleep 0.05
    done
    die "the gateways write no port"
}

stop_gateways() {
    local pid
    [ -s "$DIR/gateways.pid" ] || return 0
    pid=$(cat "$DIR/gateways.pid")
    # The number may belong to another process by now.
    if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qx -e "$DIR/show/gateways"; then
        kill "$pid"
    fi
    rm -f "$DIR/gateways.pid"
}

start_mariadb() {
    "$lib/mariadb.sh" start "$DIR/mariadb"
    "$lib/mariadb.sh" sql "$DIR/mariadb" <<SQL
create database if not exists disabled_persons default charset gbk;
create user reader@localhost identified by '$DISABLED_PERSONS_PASSWORD';
grant select on disabled_persons.* to reader@localhost;
SQL
}

write_env() {
    local url name
    url=http://127.0.0.1:$(cat "$DIR/port")
    {
        for name in HUMAN_RESOURCES_SECRET PUBLIC_SECURITY_PASSWORD FINANCE_SECRET FINANCE_SM4_KEY FINANCE_SM4_IV LOOKUP_TOKEN DISABLED_PERSONS_PASSWORD; do
            echo "export $name='${!name}'"
        done
        for name in human_resources public_security finance; do
            echo "export ${name^^}_URL='$url/$name'"
        done
        for name in emergency justice relocation; do
            echo "export ${name^^}_DIR='$DIR/show/$name'"
        done
        echo "export LOOKUP_URL='$url'"
        echo "export BANK_DIR='$DIR/bank'"
        echo "export DISABLED_PERSONS_ODBC='Driver=MariaDB Unicode;Socket=$("$lib/mariadb.sh" socket "$DIR/mariadb");Database=disabled_persons;CHARSET=utf8mb4'"
        echo "export AGRICULTURE_ODBC='Driver=SQLite3;Database=$DIR/show/agriculture.db'"
        "$lib/sshd.sh" env "$DIR/sftp"
    } >"$DIR/env.tmp"
    mv "$DIR/env.tmp" "$DIR/env"
}

do_day() {
    /usr/bin/python3 "$here/publish.py" "$(cat "$DIR/data")" "$DIR/show" "$1"
    "$lib/mariadb.sh" sql "$DIR/mariadb" <<<"set names utf8mb4; use disabled_persons; $(cat "$DIR/show/disabled_persons.sql")"
    "$lib/sshd.sh" put "$DIR/sftp" "$DIR/show/health/"*.xlsx
    # the bank compares what was sent to it since
    /usr/bin/python3 "$here/comparer.py" "$DIR/bank/out" "$DIR/bank/back" "$DIR/show/gateways/finance/deposit.json" "$DIR/names.log"
}

do_start() {
    [ -s "$DATA/days" ] || die "$DATA holds no county: run generate.py --out $DATA first"
    do_stop
    mkdir -p "$DIR/show" "$DIR/bank/out" "$DIR/bank/back"
    echo "$DATA" >"$DIR/data"
    HUMAN_RESOURCES_SECRET=$(key) PUBLIC_SECURITY_PASSWORD=$(key) FINANCE_SECRET=$(key) FINANCE_SM4_KEY=$(key)
    FINANCE_SM4_IV=$(key) LOOKUP_TOKEN=$(key) DISABLED_PERSONS_PASSWORD=$(key)
    export HUMAN_RESOURCES_SECRET PUBLIC_SECURITY_PASSWORD FINANCE_SECRET FINANCE_SM4_KEY FINANCE_SM4_IV LOOKUP_TOKEN
    start_mariadb
    "$lib/sshd.sh" start "$DIR/sftp"
    do_day "$(head -n 1 "$DATA/days")"
    start_gateways
    write_env
}

do_stop() {
    stop_gateways
    "$lib/sshd.sh" stop "$DIR/sftp"
    "$lib/mariadb.sh" remove "$DIR/mariadb"
}

[ $# -ge 2 ] || die "usage: serve_others.sh start DIR DATA_DIR | day DIR DATE | stop DIR"
DIR=$(readlink -m "$2")
case "$1 $#" in
"start 3")
    DATA=$(readlink -f "$3")
    do_start
    ;;
"day 3") do_day "$3" ;;
"stop 2") do_stop ;;
*) die "usage: serve_others.sh start DIR DATA_DIR | day DIR DATE | stop DIR" ;;
esac
