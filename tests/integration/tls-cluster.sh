#!/bin/bash
# A cluster that speaks TLS on 127.0.0.1 under the name mz.test; it lets nobody in over TCP, so that a client which
# accepts the certificate is told 28000 and one which does not never asks.
#   tls-cluster.sh start|stop DIR PORT      DIR/ca.crt vouches for it, DIR/other.crt does not
set -euo pipefail
pg=$(cd "$(dirname "$0")" && pwd)/../lib/pg.sh
dir=$2
certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=DNS:$1" \
        -keyout "$2.key" -out "$2.crt" 2>/dev/null
}
case $1 in
start)
    "$pg" start "$dir/pg" --fast
    "$pg" stop "$dir/pg"
    certificate mz.test "$dir/ca"
    certificate mz.test "$dir/other"
    data=$(readlink -f "$dir/pg/data")
    cp "$dir/ca.crt" "$data/server.crt"
    install -m 600 "$dir/ca.key" "$data/server.key"
    chown --reference="$data" "$data/server.crt" "$data/server.key"
    "$pg" start "$dir/pg" --fast -c port="$3" -c listen_addresses=127.0.0.1 -c ssl=on
    ;;
stop) "$pg" remove "$dir/pg" ;;
esac
