#!/usr/bin/python3
"""Real servers for files on 127.0.0.1, as a user who is not root: OpenSSH, vsftpd and nginx.

places.py FOLDER   serves FOLDER/files until its standard input ends; FOLDER/places.json says where, and is written
                   when all answer. Connections through the cutting ports break off after `CUT` bytes, each port once.
"""
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

CUT = 3 << 20
STEP, STEP_SECONDS = 16 << 10, 0.1
USER = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
AS_USER = {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run(*args: str) -> None:
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pump(source: socket.socket, sink: socket.socket, budget: list[int] | None) -> None:
    try:
        while data := source.recv(65536):
            if budget is not None:
                budget[0] -= len(data)
                if budget[0] <= 0:
                    break
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def cutting_port(target: int) -> int:
    """Passes connections on; the first that has brought CUT bytes is broken off."""
    listener = socket.create_server(("127.0.0.1", 0))
    budgets = [[CUT]]

    def accept() -> None:
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", target))
            budget = budgets[0] if budgets and budgets[0][0] > 0 else None
            threading.Thread(target=pump, args=(client, server, None), daemon=True).start()
            threading.Thread(target=pump, args=(server, client, budget), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def slow_port(target: int) -> int:
    """Passes connections on; what is sent to the server behind the first bytes goes step by step."""
    listener = socket.create_server(("127.0.0.1", 0))

    def trickle(source: socket.socket, sink: socket.socket) -> None:
        passed = 0
        try:
            while data := source.recv(STEP):
                passed += len(data)
                time.sleep(STEP_SECONDS if passed > STEP else 0)
                sink.sendall(data)
        except OSError:
            pass
        sink.close()

    def accept() -> None:
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", target))
            threading.Thread(target=trickle, args=(client, server), daemon=True).start()
            threading.Thread(target=pump, args=(server, client, None), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def certificate(folder: Path, name: str) -> None:
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt"))
    (folder / f"{name}.pem").write_bytes((folder / f"{name}.key").read_bytes() + (folder / f"{name}.crt").read_bytes())


def start_sshd(folder: Path) -> tuple[subprocess.Popen, int]:
    port = free_port()
    for kind, name in (("ed25519", "host"), ("ed25519", "other_host"), ("ed25519", "client"), ("ecdsa", "client_ecdsa"), ("ed25519", "stranger")):
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(folder / name))
    authorized = folder / "authorized"
    authorized.write_bytes((folder / "client.pub").read_bytes() + (folder / "client_ecdsa.pub").read_bytes())
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM yes\nStrictModes no\n"
        f"AuthorizedKeysFile {authorized}\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
        f"ForceCommand internal-sftp\nLogLevel ERROR\n")
    if AS_USER:
        for path in folder.iterdir():
            shutil.chown(path, USER)
    return subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")], **QUIET, **AS_USER), port


def start_ftps(folder: Path, **settings: str | int) -> tuple[subprocess.Popen, int]:
    """Writing anonymously is what vsftpd allows a user who is not root to serve; the sessions are TLS all the same."""
    port = int(settings.get("listen_port", 0)) or free_port()
    config = {"listen": "YES", "listen_address": "127.0.0.1", "listen_port": port, "background": "NO",
              "run_as_launching_user": "YES", "anonymous_enable": "YES", "local_enable": "NO", "anon_root": f"{folder}/files",
              "write_enable": "YES", "anon_upload_enable": "YES", "anon_mkdir_write_enable": "YES",
              "anon_other_write_enable": "YES", "anon_world_readable_only": "NO", "ssl_enable": "YES", "allow_anon_ssl": "YES",
              "force_anon_data_ssl": "YES", "force_anon_logins_ssl": "YES", "rsa_cert_file": f"{folder}/server.pem",
              "seccomp_sandbox": "NO", "xferlog_enable": "NO", "anon_umask": "022", **settings}
    path = folder / "vsftpd.conf"
    path.write_text("".join(f"{key}={value}\n" for key, value in config.items()))
    if AS_USER:
        shutil.chown(path, USER)
    return subprocess.Popen(["/usr/sbin/vsftpd", str(path)], **QUIET, **AS_USER), port


def start_nginx(folder: Path) -> tuple[subprocess.Popen, int]:
    port = free_port()
    work = folder / "nginx"
    work.mkdir()
    temp = "".join(f"{kind}_temp_path {work}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {work}/pid; error_log {work}/error.log; events {{}}\n"
        f"http {{ access_log {work}/access.log; {temp} etag on;\n"
        f" server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/server.crt; ssl_certificate_key {folder}/server.key;\n"
        f"  location /out/ {{ alias {folder}/files/; }} }} }}\n")
    if AS_USER:
        for path in (work, folder / "nginx.conf"):
            shutil.chown(path, USER)
    return subprocess.Popen(["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-e", str(work / "error.log")],
                            **QUIET, **AS_USER), port


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"no server on port {port}")


def fingerprint(folder: Path, name: str) -> str:
    out = subprocess.run(["ssh-keygen", "-lf", str(folder / f"{name}.pub")], check=True, text=True, stdout=subprocess.PIPE).stdout
    return out.split()[1]


def main(folder: Path) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    (folder / "files").mkdir(exist_ok=True)
    certificate(folder, "server")
    certificate(folder, "other")
    servers = []
    try:
        servers.append(start_sshd(folder))
        if AS_USER:
            for path in folder.rglob("*"):
                shutil.chown(path, USER)
            folder.chmod(0o755)
        servers.append(start_ftps(folder))
        servers.append(start_nginx(folder))
        for _, port in servers:
            wait_for(port)
        (sftp, ftps, https) = (port for _, port in servers)
        (folder / "client").chmod(0o600)
        places = {"user": USER, "sftp": sftp, "ftps": ftps, "https": https, "sftp_cut": cutting_port(sftp), "https_cut": cutting_port(https),
                  "sftp_slow": slow_port(sftp),
                  "host_key": fingerprint(folder, "host"), "host_line": (folder / "host.pub").read_text().strip(),
                  "other_key": fingerprint(folder, "other_host"), "pids": [p.pid for p, _ in servers]}
        (folder / "places.tmp").write_text(json.dumps(places))
        (folder / "places.tmp").rename(folder / "places.json")
        sys.stdin.read()
    finally:
        for server, _ in servers:
            server.send_signal(signal.SIGTERM)
            server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
