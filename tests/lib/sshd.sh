#!/bin/bash
# A private SFTP server on the loopback, never as root: one user, one key, one folder to read.
#
#   sshd.sh start DIR          creates if absent, starts if stopped
#   sshd.sh put DIR FILE...    copies files where it serves them; each appears complete
#   sshd.sh env DIR            prints the port, the user, the client's key and the host key's fingerprint as shell settings
#   sshd.sh stop DIR           ends it by pid
#
# Root hands over to the user nobody; what is served lies under /var/tmp, where that user can read it. DIR/where names
# the folder.
set -euo pipefail
umask 022

die() {
    echo "sshd.sh: $1" >&2
    exit 1
}

as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u nobody -- "$@"
    else
        "$@"
    fi
}

running_pid() {
    local pid
    pid=$(cat "$DIR/pid" 2>/dev/null) || return 1
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -q -e "$HOME_DIR/sshd_config" && echo "$pid"
}

free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

create() {
    mkdir -p "$DIR"
    HOME_DIR=$(mktemp -d /var/tmp/bidui-sshd.XXXXXX)
    chmod 755 "$HOME_DIR"
    echo "$HOME_DIR" >"$DIR/where"
    mkdir "$HOME_DIR/files"
    ssh-keygen -q -t ed25519 -N '' -f "$HOME_DIR/host"
    ssh-keygen -q -t ed25519 -N '' -C bidui -f "$DIR/client"
    cp "$DIR/client.pub" "$HOME_DIR/authorized"
    [ "$(id -u)" -ne 0 ] || chown -R nobody "$HOME_DIR"
}

do_start() {
    local port i
    [ -e "$DIR/where" ] || create
    HOME_DIR=$(cat "$DIR/where")
    ! running_pid >/dev/null || return 0
    port=$(free_port)
    cat >"$DIR/sshd_config" <<CONFIG
Port $port
ListenAddress 127.0.0.1
HostKey $HOME_DIR/host
PidFile none
UsePAM yes
StrictModes no
PasswordAuthentication no
AuthorizedKeysFile $HOME_DIR/authorized
Subsystem sftp internal-sftp
ForceCommand internal-sftp -R
LogLevel ERROR
CONFIG
    cp "$DIR/sshd_config" "$HOME_DIR/sshd_config"
    echo "$port" >"$DIR/port"
    as_owner setsid /usr/sbin/sshd -D -e -f "$HOME_DIR/sshd_config" </dev/null >"$DIR/log" 2>&1 &
    for i in $(seq 200); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
        [ "$i" -lt 200 ] || { tail -3 "$DIR/log" >&2; die "the server does not answer"; }
        sleep 0.05
    done
    pgrep -f -o "sshd.*$HOME_DIR/sshd_config" >"$DIR/pid"
}

do_put() {
    local file name folder
    folder=$(cat "$DIR/where")/files
    for file in "$@"; do
        name=$(basename "$file")
        cp "$file" "$folder/.$name.part"
        mv "$folder/.$name.part" "$folder/$name"
    done
}

do_env() {
    echo "export SFTP_URL='sftp://127.0.0.1:$(cat "$DIR/port")$(cat "$DIR/where")/files'"
    echo "export SFTP_USER='$([ "$(id -u)" -eq 0 ] && echo nobody || id -un)'"
    echo "export SFTP_KEY='$DIR/client'"
    echo "export SFTP_HOST_KEY='$(ssh-keygen -lf "$(cat "$DIR/where")/host.pub" | cut -d' ' -f2)'"
}

do_stop() {
    [ -e "$DIR/where" ] || return 0
    HOME_DIR=$(cat "$DIR/where")
    local pid
    pid=$(running_pid) && kill "$pid"
    case $HOME_DIR in
    /var/tmp/bidui-sshd.*) rm -rf "$HOME_DIR" ;;
    esac
    rm -rf "$DIR"
}

[ $# -ge 2 ] || die "usage: sshd.sh start DIR | put DIR FILE... | env DIR | stop DIR"
ACTION=$1
DIR=$(readlink -m "$2")
shift 2
case $ACTION in
start) do_start ;;
put) do_put "$@" ;;
env) do_env ;;
stop) do_stop ;;
*) die "unknown action $ACTION" ;;
esac
