#!/bin/bash
# The servers of others that `make test-peers` connects: install.sh FOLDER. Node.js comes from Debian where it is missing.
set -euo pipefail
folder=$1
packages="json-server@0.17.4 @sap-ux/fe-mockserver-core@1.7.16"
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    [ "$(id -u)" -eq 0 ] || { echo "missing packages; as root: apt-get install nodejs npm" >&2; exit 1; }
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
fi
mkdir -p "$folder"
[ "$(cat "$folder/installed" 2>/dev/null)" != "$packages" ] || exit 0
# shellcheck disable=SC2086
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-package-lock --no-save $packages
echo "$packages" >"$folder/installed"
