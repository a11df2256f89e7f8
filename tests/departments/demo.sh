#!/bin/bash
# The demo: a county of 60,000 persons, seventeen departments served for real, and several nights. demo.sh start | stop.
# Everything lies under build/demo. PERSONS, DAYS and LAST_DAY may be set.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
demo=$root/build/demo
persons=${PERSONS:-60000}
days=${DAYS:-4}
last_day=${LAST_DAY:-$(TZ=Asia/Shanghai date +%F)}

stop() {
    tests/departments/serve.sh stop "$demo/departments" 2>/dev/null || true
    tests/lib/pg.sh stop "$demo/pg" 2>/dev/null || true
}

key() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

write_env() {
    {
        echo "export PATH='$root/build':\"\$PATH\""
        echo "export BIDUI_CONFIG='$root/config'"
        echo "export BIDUI_OUT='$demo/out'"
        echo "export BIDUI_DATABASE=''"
        echo "export BIDUI_CODE_KEY=$(key)"
        echo "export BIDUI_SEAL_KEY=$(key)"
        tests/lib/pg.sh env "$demo/pg"
        cat "$demo/departments/env"
    } >"$demo/env.tmp"
    mv "$demo/env.tmp" "$demo/env"
}

night() {
    echo "== $1" >&2
    tests/departments/serve.sh day "$demo/departments" "$1"
    local code=0
    BIDUI_TODAY=$1 bidui run --date "$1" >/dev/null || code=$?
    # 3: published, but a feed is not healthy; the list says which
    [ "$code" -eq 0 ] || [ "$code" -eq 3 ] || exit "$code"
}

start() {
    stop
    rm -rf "$demo"
    mkdir -p "$demo/out"
    echo "generating a county of $persons persons" >&2
    /usr/bin/python3 tests/departments/generate.py --out "$demo/data" --seed 1 --persons "$persons" --days "$days" \
        --last-day "$last_day"
    tests/lib/pg.sh start "$demo/pg"
    DEPARTMENT_SERVER=$root/build/department-server tests/departments/serve.sh start "$demo/departments" "$demo/data" all
    write_env
    # shellcheck disable=SC1091
    . "$demo/env"
    bidui init
    local first
    first=$(head -n 1 "$demo/data/days")
    tests/departments/serve.sh day "$demo/departments" "$first"
    BIDUI_TODAY=$first bidui roster load
    bidui consent load "$demo/data/consents.csv"
    while read -r day; do
        night "$day"
    done <"$demo/data/days"
    echo "try:  . build/demo/env; bidui status; bidui help   (make demo-stop ends it)" >&2
    echo "the list: $demo/out/$last_day"
}

case "${1:-}" in
start) start ;;
stop) stop ;;
*) sed -n 2,3p "$0" >&2; exit 2 ;;
esac
