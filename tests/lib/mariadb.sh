#!/bin/bash
# A private MariaDB: unix socket only, never as root, superuser `root` without a password.
#
#   mariadb.sh start DIR [--NAME=VALUE]...   create if absent, start if stopped; options go to the server
#   mariadb.sh stop DIR [--kill9]            by pid; --kill9 kills it at once
#   mariadb.sh socket DIR                    prints the path of its socket
#   mariadb.sh pid DIR                       prints the pid; exit 1 if it isn't running
#   mariadb.sh sql DIR                       runs the SQL on stdin, in utf8mb4
#   mariadb.sh remove DIR                    stops it and deletes what belongs to it
#
# Root hands over to the user mysql (or nobody). The files lie under /var/tmp, where that user can reach them;
# DIR/where names the folder.
set -euo pipefail
umask 022

die() {
    echo "mariadb.sh: $1" >&2
    exit 1
}

as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && exec setpriv --reuid="$OWNER" --regid="$(id -gn "$OWNER")" --clear-groups -- "$@")
    else
        "$@"
    fi
}

home_of() {
    [ -e "$DIR/where" ] || die "no server in $DIR; start it first"
    HOME_DIR=$(cat "$DIR/where")
}

running_pid() {
    local pid
    pid=$(cat "$HOME_DIR/pid" 2>/dev/null) || return 1
    kill -0 "$pid" 2>/dev/null && tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qx -- "--datadir=$HOME_DIR/data" && echo "$pid"
}

client() {
    mariadb --no-defaults --default-character-set=utf8mb4 -u root -S "$HOME_DIR/sock" "$@"
}

create() {
    mkdir -p "$DIR"
    HOME_DIR=$(mktemp -d /var/tmp/bidui-mariadb.XXXXXX)
    chmod 755 "$HOME_DIR"
    [ "$(id -u)" -ne 0 ] || chown "$OWNER" "$HOME_DIR"
    echo "$HOME_DIR" >"$DIR/where"
    as_owner mariadb-install-db --no-defaults --datadir="$HOME_DIR/data" --auth-root-authentication-method=normal \
        --skip-test-db --skip-name-resolve >"$DIR/install.log" 2>&1 || { tail -5 "$DIR/install.log" >&2; die "cannot create"; }
}

do_start() {
    [ -e "$DIR/where" ] || create
    home_of
    ! running_pid >/dev/null || return 0
    rm -f "$HOME_DIR/pid" "$HOME_DIR/sock"
    as_owner setsid mariadbd --no-defaults --datadir="$HOME_DIR/data" --socket="$HOME_DIR/sock" --pid-file="$HOME_DIR/pid" \
        --skip-networking --skip-name-resolve --innodb-flush-log-at-trx-commit=2 --log-error="$HOME_DIR/log" "$@" \
        </dev/null >/dev/null 2>&1 &
    local server=$!
    for _ in $(seq 300); do
        client -e "select 1" >/dev/null 2>&1 && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    tail -5 "$HOME_DIR/log" >&2
    die "the server does not start"
}

do_stop() {
    home_of
    local pid signal=TERM
    pid=$(running_pid) || return 0
    [ "${1:-}" != --kill9 ] || signal=KILL
    kill -"$signal" "$pid"
    for _ in $(seq 300); do
        running_pid >/dev/null || return 0   # a zombie has no command line either
        sleep 0.1
    done
    die "process $pid does not end"
}

do_remove() {
    [ -e "$DIR/where" ] || return 0
    do_stop --kill9
    case $HOME_DIR in
    /var/tmp/bidui-mariadb.*) rm -rf "$HOME_DIR" ;;
    esac
    rm -rf "$DIR"
}

[ $# -ge 2 ] || die "usage: mariadb.sh start|stop|socket|pid|sql|remove DIR [...]"
ACTION=$1
DIR=$(readlink -m "$2")
shift 2
OWNER=mysql
id -u "$OWNER" >/dev/null 2>&1 || OWNER=nobody
case $ACTION in
start) do_start "$@" ;;
stop) do_stop "$@" ;;
socket) home_of && echo "$HOME_DIR/sock" ;;
pid) home_of && running_pid ;;
sql) home_of && client --batch --skip-column-names ;;
remove) do_remove ;;
*) die "unknown action $ACTION" ;;
esac
