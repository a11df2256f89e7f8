#!/bin/bash
# Runs test programs against a private PostgreSQL, each with a database of its own (PGDATABASE).
#   tests/run-integration.sh PROGRAM...
# The cluster lies in a temporary folder and goes when the script ends, however it ends.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: run-integration.sh PROGRAM..." >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/bidui-integration.XXXXXX")
chmod 711 "$work"   # the server's user walks through
end_servers() { # of a test that was killed
    "$here/lib/mariadb.sh" remove "$work/tmp/mariadb" || true
}
clean_up() {
    local cluster
    for cluster in "$work/pg" "$work"/tmp/*/pg; do   # a killed test may have left one of its own
        "$here/lib/pg.sh" remove "$cluster" || true
    done
    end_servers
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$here/lib/pg.sh" start "$work/pg" --fast
eval "$("$here/lib/pg.sh" env "$work/pg")"
export BIDUI_TEST_TMP="$work/tmp"
failed=0
for program in "$@"; do
    name=$(basename "$program" | tr -c 'a-z0-9\n' _)
    end_servers
    rm -rf "$BIDUI_TEST_TMP"
    mkdir -m 700 "$BIDUI_TEST_TMP"
    psql -X -q -d postgres -c "create database $name template template0"
    PGDATABASE=$name "$program" || { echo "FAILED: $program" >&2; failed=1; }
done
exit $failed
