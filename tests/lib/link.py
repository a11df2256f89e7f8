"""A TCP link on the loopback that can break: it passes bytes on to a server until it is told to fail.

    link = Link(("127.0.0.1", 5432))       or Link("/path/of/a/socket"), Link(..., tls=(certificate, key))
    link.fail(after=1000)                  each connection is reset when it has brought 1000 bytes
    link.heal()

It fails `times` times, later connections pass. With `tls` the link speaks TLS with the client and plain with the server;
`postgres=True` lets it answer PostgreSQL's request for TLS first.
"""
from __future__ import annotations

import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

SSL_REQUEST = struct.pack("!II", 8, 80877103)


@dataclass
class Failure:
    """What happens to a connection when `after` bytes have passed: reset, close (orderly), stall, garble (one bit of
    the next byte is another) or call (something else, then reset)."""
    how: str
    after: int
    upwards: bool
    times: int
    call: Callable[[], None] | None = None


class Link:
    def __init__(self, target: tuple[str, int] | str, host: str = "127.0.0.1", port: int = 0,
                 tls: tuple[Path, Path] | None = None, postgres: bool = False):
        self.target, self.postgres = target, postgres
        self.tls: ssl.SSLContext | None = None
        if tls:
            self.present(*tls)
        self.failure: Failure | None = None
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()
        self.failed = 0
        self.listener = socket.create_server((host, port))
        self.host, self.port = self.listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    # -- what tests say ----------------------------------------------------------------------------------------------

    def present(self, certificate: Path, key: Path) -> None:
        """From the next connection on the server is the one of this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.tls = context

    def fail(self, how: str = "reset", after: int = 0, upwards: bool = False, times: int = 1 << 30,
             call: Callable[[], None] | None = None) -> None:
        with self.lock:
            self.failed = 0
            self.failure = Failure(how, after, upwards, times, call)

    def heal(self) -> None:
        """Nothing fails any more; connections that hang are reset."""
        with self.lock:
            self.failure = None
            left = list(self.open)
        for end in left:
            self._reset(end)

    # -- connections --------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _strikes(self, failure: Failure) -> bool:
        """A connection has come to the byte: does it fail?"""
        with self.lock:
            if failure is not self.failure or failure.times == 0:
                return False
            failure.times -= 1
            self.failed += 1
            return True

    def _connect(self) -> socket.socket:
        if isinstance(self.target, str):
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            return server
        return socket.create_connection(self.target)

    def _begin_tls(self, client: socket.socket) -> socket.socket:
        if self.postgres:
            if client.recv(len(SSL_REQUEST), socket.MSG_WAITALL) != SSL_REQUEST:
                raise OSError("no request for TLS")
            client.sendall(b"S")
        return self.tls.wrap_socket(client, server_side=True) if self.tls else client

    def _serve(self, client: socket.socket) -> None:
        ends = [client]
        with self.lock:
            self.open.add(client)
        try:
            client = self._begin_tls(client)
            ends[0] = client
            ends.append(self._connect())
        except OSError:
            self._end(ends)
            return
        with self.lock:
            self.open = self.open | set(ends)
        failure = self.failure
        down = threading.Thread(target=self._pump, args=(ends[1], client, ends, failure, False), daemon=True)
        down.start()
        self._pump(client, ends[1], ends, failure, True)
        down.join()
        self._end(ends)

    def _pump(self, source: socket.socket, sink: socket.socket, ends: list[socket.socket], failure: Failure | None,
              upwards: bool) -> None:
        failure = failure if failure and failure.upwards == upwards else None
        passed = 0
        try:
            while True:
                if failure and passed == failure.after and failure.how != "garble":
                    if self._strikes(failure):
                        self._break(failure, ends)
                        return
                    failure = None
                data = source.recv(min(65536, failure.after - passed) if failure and passed < failure.after else 65536)
                if not data:
                    break
                if failure and passed == failure.after:
                    data = bytes([data[0] ^ 1]) + data[1:] if self._strikes(failure) else data
                    failure = None
                passed += len(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for end in ends:
                self._reset(end)

    def _break(self, failure: Failure, ends: list[socket.socket]) -> None:
        if failure.call:
            failure.call()
        if failure.how == "stall":
            return
        for end in ends:
            if failure.how == "close":
                end.shutdown(socket.SHUT_RDWR)
            else:
                self._reset(end)

    @staticmethod
    def _reset(end: socket.socket) -> None:
        """The other side gets RST, and whoever reads here wakes up."""
        try:
            if end.family != socket.AF_UNIX:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket.shutdown(end, socket.SHUT_RD)
            end.close()
        except OSError:
            pass

    def _end(self, ends: list[socket.socket]) -> None:
        with self.lock:
            self.open = self.open - set(ends)
        for end in ends:
            try:
                end.close()
            except OSError:
                pass
