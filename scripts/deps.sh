#!/bin/bash
# Installs the Debian packages that are missing. deps.sh run: to build and run the demo; deps.sh test: the tests too.
set -euo pipefail
run="gcc make libc6-dev libpq-dev unixodbc-dev libcurl4-openssl-dev libyaml-dev libyajl-dev libexpat1-dev libzip-dev
     libfreexl-dev libssh-dev libssl-dev libxlsxwriter-dev libxxhash-dev zlib1g-dev libicu-dev
     libmicrohttpd-dev libgnutls28-dev postgresql-15 postgresql-client-15 mariadb-server-core mariadb-client-core
     odbc-mariadb libsqliteodbc openssh-server python3 python3-openpyxl python3-xlwt python3-cryptography procps util-linux"
test="libcmocka-dev openssl zip vsftpd nginx-light odbc-postgresql sqlite3 python3-yaml python3-jsonschema valgrind clang libclang-rt-14-dev
      locales-all"
wanted=$run
[ "${1:-run}" = test ] && wanted="$run $test"

missing=()
for package in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "missing packages; as root: apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "installing: ${missing[*]}" >&2
# The package must not make and start a cluster of its own: ours are private.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
export DEBIAN_FRONTEND=noninteractive
# Nor must the servers start for themselves: ours listen on the loopback alone and run as nobody of note.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f $policy' EXIT
fi
log=$(mktemp)
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    echo "could not install the packages above; log: $log" >&2
    exit 1
fi
rm -f "$log"
