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
    "$lib/mariadb.sh" sql "$DIR/mariadb" <<'SQL'
create database if not exists disabled_persons default charset gbk;
create user if not exists reader@localhost;
grant select on disabled_persons.* to reader@localhost;
SQL
}

write_env() {
    local url
    url=http://127.0.0.1:$(cat "$DIR/port")
    {
        echo "export HUMAN_RESOURCES_URL='$url/human_resources' HUMAN_RESOURCES_SECRET='$HUMAN_RESOURCES_SECRET'"
        echo "export PUBLIC_SECURITY_URL='$url/public_security' PUBLIC_SECURITY_PASSWORD='$PUBLIC_SECURITY_PASSWORD'"
        echo "export FINANCE_URL='$url/finance' FINANCE_SECRET='$FINANCE_SECRET' FINANCE_SM4_KEY='$FINANCE_SM4_KEY' FINANCE_SM4_IV='$FINANCE_SM4_IV'"
        echo "export LOOKUP_URL='$url' LOOKUP_TOKEN='$LOOKUP_TOKEN'"
        echo "export DISABLED_PERSONS_ODBC='Driver=MariaDB Unicode;Socket=$("$lib/mariadb.sh" socket "$DIR/mariadb");Database=disabled_persons;CHARSET=utf8mb4'"
        echo "export AGRICULTURE_ODBC='Driver=SQLite3;Database=$DIR/show/agriculture.db'"
        echo "export EMERGENCY_DIR='$DIR/show/emergency' JUSTICE_DIR='$DIR/show/justice' RELOCATION_DIR='$DIR/show/relocation'"
        "$lib/sshd.sh" env "$DIR/sftp"
    } >"$DIR/env.tmp"
    mv "$DIR/env.tmp" "$DIR/env"
}

do_day() {
    /usr/bin/python3 "$here/publish.py" "$(cat "$DIR/data")" "$DIR/show" "$1"
    "$lib/mariadb.sh" sql "$DIR/mariadb" <<<"set names utf8mb4; use disabled_persons; $(cat "$DIR/show/disabled_persons.sql")"
}
