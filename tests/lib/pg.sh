#!/bin/bash
# A private PostgreSQL cluster: unix socket only, never as root, superuser and database `bidui`.
#
#   pg.sh start DIR [--fast] [-c NAME=VALUE]...  create if absent, start if stopped
#   pg.sh stop DIR [--kill9]                     fast shutdown; --kill9 kills the postmaster at once
#   pg.sh env DIR                                prints export lines: PGHOST PGPORT PGUSER PGDATABASE
#   pg.sh pid DIR                                prints the postmaster's pid; exit 1 if it isn't running
#   pg.sh remove DIR                             stops it and deletes DIR and all that belongs to it
#
# initdb and the postmaster refuse root, so root hands over to the user postgres (or makes one). Where that user
# can't reach DIR, the data lies in a folder of its own under /var/tmp; where DIR/sock is too long for a socket
# address, the socket lies in a folder under /tmp. DIR/where says so, and DIR/data and DIR/sock lead there.
set -euo pipefail
umask 022
PORT=5432
ROLE=bidui
DATABASE=bidui
MAX_SOCKET_FOLDER=85   # sun_path holds 108 bytes; the file name and a reserve go off

die() {
    echo "pg.sh: $1" >&2
    if [ $# -gt 1 ]; then
        echo "  hint: $2" >&2
    fi
    exit 1
}

find_bindir() {
    local candidate
    for candidate in "$(pg_config --bindir 2>/dev/null || true)" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
        if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ]; then
            echo "$candidate"
            return
        fi
    done
    command -v initdb >/dev/null 2>&1 && dirname "$(readlink -f "$(command -v initdb)")" && return
    die "no PostgreSQL server programs found (initdb, pg_ctl)" "install them: apt-get install postgresql-15"
}

# Sets OWNER, the user who runs the server; empty when that is the caller.
find_owner() {
    OWNER=
    if [ "$(id -u)" -ne 0 ]; then
        return
    fi
    OWNER=postgres
    if ! id -u "$OWNER" >/dev/null 2>&1; then
        OWNER=bidui-pg
        id -u "$OWNER" >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin "$OWNER" ||
            die "cannot create the system user $OWNER" "PostgreSQL refuses root; create a user postgres or call as another user"
    fi
}

# Runs a server program as OWNER, away from folders it may not enter and from the caller's locale.
as_owner() {
    (
        cd /
        unset PGOPTIONS PGSERVICE PGSSLMODE PGPASSFILE PGCLIENTENCODING LANGUAGE
        export LC_ALL=C.UTF-8
        if [ -n "$OWNER" ]; then
            exec runuser -u "$OWNER" -- "$@"
        fi
        exec "$@"
    )
}

own() {
    if [ -n "$OWNER" ]; then
        chown "$OWNER" "$@"
    fi
}

# Makes PATH a link to a fresh private folder under BASE, owned by the server's user.
make_elsewhere() {
    local path=$1 base=$2 folder
    folder=$(mktemp -d "$base/bidui-pg.XXXXXX") || die "cannot create a folder under $base" "make room or rights there"
    own "$folder"
    rm -rf "$path"
    ln -s "$folder" "$path"
    echo "$(basename "$path") $folder" >>"$DIR/where"
}

is_reachable() {
    as_owner test -w "$1" -a -x "$1" 2>/dev/null
}

prepare_data() {
    if [ -e "$DIR/data/PG_VERSION" ]; then
        return
    fi
    rm -rf "$DIR/data"
    mkdir -m 700 "$DIR/data"
    own "$DIR/data"
    if ! is_reachable "$DIR/data"; then
        make_elsewhere "$DIR/data" /var/tmp
    fi
}

prepare_sock() {
    if [ -d "$DIR/sock" ] && is_reachable "$DIR/sock/"; then
        return
    fi
    rm -rf "$DIR/sock"
    mkdir -m 700 "$DIR/sock"
    own "$DIR/sock"
    if [ "$(printf %s "$DIR/sock" | wc -c)" -gt "$MAX_SOCKET_FOLDER" ] || ! is_reachable "$DIR/sock"; then
        make_elsewhere "$DIR/sock" /tmp
    fi
}

init_cluster() {
    if [ -e "$DIR/data/PG_VERSION" ]; then
        return
    fi
    local sync=()
    if [ "$FAST" = 1 ]; then
        sync=(--no-sync)
    fi
    as_owner "$BIN/initdb" -D "$DATA" -U "$ROLE" --auth-local=trust --auth-host=reject --encoding=UTF8 \
        --locale=C.UTF-8 "${sync[@]}" >"$DIR/initdb.log" 2>&1 ||
        { tail -5 "$DIR/initdb.log" >&2; die "initdb failed in $DATA" "see $DIR/initdb.log"; }
    echo "include 'private.conf'" | as_owner tee -a "$DATA/postgresql.conf" >/dev/null
}

# Written anew at each start. The log stays terse: details and statements may quote personal data.
write_settings() {
    local setting
    {
        echo "listen_addresses = ''"
        echo "port = $PORT"
        echo "unix_socket_directories = '$SOCK'"
        echo "unix_socket_permissions = 0777"   # the folder is private
        echo "log_error_verbosity = terse"
        echo "log_min_error_statement = panic"
        echo "max_wal_size = 4GB"
        if [ "$FAST" = 1 ]; then
            printf '%s\n' "fsync = off" "synchronous_commit = off" "full_page_writes = off"
        fi
        for setting in ${SETTINGS[@]+"${SETTINGS[@]}"}; do
            echo "${setting%%=*} = '${setting#*=}'"
        done
    } | as_owner tee "$DATA/private.conf" >/dev/null
}

# After a kill -9 the old backends need a moment to notice; until then the server refuses to start.
start_server() {
    local i
    for i in $(seq 60); do
        if as_owner "$BIN/pg_ctl" -D "$DATA" -l "$DATA/server.log" -w -t 120 -s start </dev/null >/dev/null 2>&1; then
            return
        fi
        if ! as_owner tail -3 "$DATA/server.log" | grep -q -e 'still in use' -e 'another server' -e 'lock file'; then
            break
        fi
        sleep 0.5
    done
    as_owner tail -5 "$DATA/server.log" >&2 || true
    die "PostgreSQL does not start" "see $DATA/server.log"
}

create_database() {
    local have
    have=$(as_owner "$BIN/psql" -X -h "$SOCK" -p "$PORT" -U "$ROLE" -d postgres -Atc \
        "select 1 from pg_database where datname = '$DATABASE'") ||
        die "the server at $SOCK does not answer" "see $DATA/server.log"
    if [ "$have" != 1 ]; then
        as_owner "$BIN/createdb" -h "$SOCK" -p "$PORT" -U "$ROLE" "$DATABASE"
    fi
}

# The pid, if the server runs: pg_ctl looks whether the pid in the lock file is alive.
running_pid() {
    [ -e "$DIR/data/postmaster.pid" ] || return 1
    as_owner "$BIN/pg_ctl" -D "$(readlink -f "$DIR/data")" status >/dev/null 2>&1 || return 1
    head -1 "$DIR/data/postmaster.pid"
}

do_start() {
    FAST=0
    SETTINGS=()
    while [ $# -gt 0 ]; do
        case $1 in
        --fast) FAST=1 ;;
        -c)
            [ $# -gt 1 ] || die "-c needs NAME=VALUE"
            SETTINGS+=("$2")
            case $2 in port=*) PORT=${2#port=} ;; esac
            shift
            ;;
        *) die "unknown argument $1" "start DIR [--fast] [-c NAME=VALUE]..." ;;
        esac
        shift
    done
    mkdir -p "$DIR" || die "cannot create $DIR"
    if running_pid >/dev/null; then
        return
    fi
    prepare_data
    prepare_sock
    DATA=$(readlink -f "$DIR/data")
    SOCK=$(readlink -f "$DIR/sock")
    init_cluster
    write_settings
    start_server
    create_database
}

do_stop() {
    local pid i
    pid=$(running_pid) || return 0
    if [ "${1:-}" = --kill9 ]; then
        kill -KILL "$pid"
        for i in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || return 0
            sleep 0.1
        done
        die "process $pid does not end"
    fi
    as_owner "$BIN/pg_ctl" -D "$(readlink -f "$DIR/data")" -m fast -w -t 120 -s stop ||
        die "PostgreSQL (pid $pid) does not stop" "look at $DIR/data/server.log"
}

do_env() {
    [ -e "$DIR/sock" ] || die "no cluster in $DIR" "start it first: pg.sh start $DIR"
    if [ -r "$DIR/data/private.conf" ]; then
        PORT=$(sed -n "s/^port = '*\([0-9]*\)'*$/\1/p" "$DIR/data/private.conf" | tail -1)
    fi
    printf "export PGHOST='%s'\nexport PGPORT=%s\nexport PGUSER=%s\nexport PGDATABASE=%s\n" \
        "$(readlink -f "$DIR/sock")" "$PORT" "$ROLE" "$DATABASE"
}

do_remove() {
    [ -e "$DIR" ] || return 0
    [ -L "$DIR/data" ] || [ -e "$DIR/data/PG_VERSION" ] || [ -e "$DIR/sock" ] || die "$DIR holds no cluster" "nothing was deleted"
    do_stop
    if [ -e "$DIR/where" ]; then
        while read -r _ folder; do
            case $folder in
            /tmp/bidui-pg.* | /var/tmp/bidui-pg.*) rm -rf "$folder" ;;
            esac
        done <"$DIR/where"
    fi
    rm -rf "$DIR"
}

[ $# -ge 2 ] || die "usage: pg.sh start|stop|env|pid|remove DIR [...]"
ACTION=$1
DIR=$(readlink -m "$2")
shift 2
case $DIR in
*"'"*) die "a quote in the folder name $DIR" "choose another folder" ;;
esac
BIN=$(find_bindir)
find_owner
case $ACTION in
start) do_start "$@" ;;
stop) do_stop "$@" ;;
env) do_env ;;
pid) running_pid ;;
remove) do_remove ;;
*) die "unknown action $ACTION" "start, stop, env, pid or remove" ;;
esac
